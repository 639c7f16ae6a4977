"""The unrolled network as rows of nodes: what the chain shows, from the input below to the output above.

A row is a quantity over the columns. Where an encoder and a decoder have the same layer, both stand in one row, the
decoder's columns after the encoder's: a row is made of pieces, each with its part and its columns.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.cells.base import Array
from core.joins import Context, Convolution, Join
from core.network import Signal, X
from core.scan import Scan
from core.sources import Below, Beside, Fed, Static
from core.trace import Trace

INPUT, OUTPUT, FED = "x", "z", "fed"


@dataclass(frozen=True)
class Piece:
    """A part's share of a row: its `signals`, one line of units each, in the columns after `offset`."""

    part: str
    signals: tuple[Signal, ...]
    offset: int
    steps: int


@dataclass(frozen=True)
class ChainRow:
    """One row. `kinds` says how each line is drawn: "value" on the map centred at 0, "gate" as a level 0…1. `row`: the
    name of the cell's own row; "" for what is no cell's."""

    name: str
    title: str
    tex: str
    text: str
    kinds: tuple[str, ...]
    pieces: tuple[Piece, ...]
    row: str = ""

    @property
    def part(self) -> str:
        """The part of its first piece."""
        return self.pieces[0].part

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals of its first piece."""
        return self.pieces[0].signals

    def piece(self, t: int) -> Piece | None:
        """The piece that has column t (from 1); None where the row has no node."""
        return next((each for each in self.pieces if each.offset < t <= each.offset + each.steps), None)

    def numbers(self, arrays: Mapping[Signal, Array], sample: int, columns: int) -> Array:
        """(columns, lines, n) of one sample, 0 where there is no node."""
        stacks = [np.stack([arrays[signal][:, sample] for signal in piece.signals], axis=1) for piece in self.pieces]
        if len(stacks) == 1 and self.pieces[0].steps == columns:
            return stacks[0]
        found = np.zeros((columns, *stacks[0].shape[1:]))
        for piece, stack in zip(self.pieces, stacks, strict=True):
            found[piece.offset : piece.offset + piece.steps] = stack
        return found

    def present(self, columns: int) -> Array:
        """The columns that have a node, (columns,) bool."""
        return np.array([self.piece(t) is not None for t in range(1, columns + 1)])


def rows(trace: Trace) -> tuple[ChainRow, ...]:
    """All rows, from the input's to the output's: every layer's, joins, attention and contexts, what is fed back."""
    found = [_input(trace)]
    scans = trace.scans
    first = next((scan for scan in scans if scan.decodes), None)
    if ("attention", "a") in trace.values:
        title = "weights of attention"
        found.append(_plain(trace, "attention", title, r"\alpha_t", "αₜ", "attention", ("a",), "gate"))
        found.append(_plain(trace, "contexts", "context by attention", "c_t", "cₜ", "context", ("c",)))
    if first is not None:
        found.append(_plain(trace, FED, "what the decoder reads", r"\hat{x}_t", "x̂ₜ", first.name, ("x",)))
    for part in trace.network.members:
        if isinstance(part, Convolution):
            found.append(_plain(trace, part.name, "convolution", "k_t", "kₜ", part.name, ("s",)))
        elif isinstance(part, Scan) and not part.decodes:
            found += _layer(trace, part)
        elif isinstance(part, Join):
            title, number = "both chains, joined", part.name[1:]
            tex, text = rf"\bar{{s}}^{{({number})}}_t", f"s̄⁽{number.translate(_UPPER)}⁾ₜ"
            found.append(_plain(trace, part.name, title, tex, text, part.name, ("s",)))
        elif isinstance(part, Context):
            found.append(_plain(trace, part.name, "context of the encoder", "c", "c", part.name, ("c",)))
    found.append(_plain(trace, OUTPUT, "output", "z_t", "zₜ", "out", ("z",)))
    return tuple(found)


_UPPER = str.maketrans("0123456789r", "⁰¹²³⁴⁵⁶⁷⁸⁹ʳ")


def _plain(
    trace: Trace, name: str, title: str, tex: str, text: str, part: str, names: tuple[str, ...], kind: str = "value"
) -> ChainRow:
    piece = _piece(trace, part, tuple((part, each) for each in names))
    return ChainRow(name, title, tex, text, (kind,) * len(names), (piece,))


def _piece(trace: Trace, part: str, signals: tuple[Signal, ...]) -> Piece:
    lane = trace.schedule.lanes[part]
    return Piece(part, signals, lane.first - 1, lane.last - lane.first + 1)


def _input(trace: Trace) -> ChainRow:
    scan = trace.scans[0]
    source = scan.source
    own = not isinstance(source, Static) or (source.signal == X and source.taps == 1)
    signal = (scan.name, "x") if own else X
    piece = Piece(scan.name, (signal,), 0, len(trace.data.x))
    return ChainRow(INPUT, "input", "x_t", "xₜ", ("value",), (piece,))


def key_of(trace: Trace, scan: Scan) -> str:
    """What tells a scan's rows from those of others: "" where there is one layer in one direction, else "2", "1r"."""
    several = len({_layer_of(each) for each in trace.scans}) > 1
    return _layer_of(scan) if several else ""


def _layer_of(scan: Scan) -> str:
    """A scan's name without the letter that says whether it encodes, decodes or neither."""
    return scan.name[1:]


def _layer(trace: Trace, scan: Scan) -> list[ChainRow]:
    """A scan's rows, with the decoder's scan of the same layer in them."""
    key = key_of(trace, scan)
    scans = [scan, *(each for each in trace.scans if each.decodes and _layer_of(each) == _layer_of(scan))]
    kind_of = {record.name: "gate" if record.kind == "gate" else "value" for record in scan.cell.records}
    found = []
    for row in scan.cell.rows:
        above, upper = (rf"^{{({key})}}", f"⁽{key.translate(_UPPER)}⁾") if key else ("", "")
        single = len(row.shown) == 1
        tex = f"{row.shown[0] if single else row.name}{above}_t" if single else ",".join(row.shown)
        text = f"{row.shown[0]}{upper}ₜ" if single else " ".join(row.shown) + upper
        pieces = tuple(_piece(trace, each.name, tuple((each.name, name) for name in row.shown)) for each in scans)
        kinds = tuple(kind_of[name] for name in row.shown)
        found.append(ChainRow(row.name + key, row.title, tex, text, kinds, pieces, row.name))
    return found


def row_named(trace: Trace, name: str) -> ChainRow:
    """The row with that name. Raises StopIteration."""
    return next(row for row in rows(trace) if row.name == name)


def row_of_source(trace: Trace, scan: Scan) -> str:
    """The name of the row that a scan's input comes from."""
    source = scan.source
    if not isinstance(source, Static | Below):
        return FED if scan.decodes else INPUT
    part = source.signal[0]
    below = next((each for each in trace.scans if each.name == part), None)
    return "s" + key_of(trace, below) if below is not None else INPUT if source.signal == X else part


def shown_outputs(trace: Trace) -> Array:
    """The columns at which an output is drawn, (columns,) bool: those that the loss looks at."""
    return trace.supervised


def read_again(trace: Trace) -> Array:
    """The columns whose output a later step reads, (columns,) bool: its gradient is complete only when that step's is.
    None with teacher forcing, where the target is read instead."""
    found = np.zeros(trace.steps, dtype=bool)
    for scan in trace.scans:
        parts = scan.source.components if isinstance(scan.source, Beside) else ()
        fed = [scan.feedback] if scan.feedback is not None else [each for each in parts if isinstance(each, Fed)]
        if any(not each.teacher for each in fed):
            first, last = trace.schedule.lanes[scan.name][:2]
            found[first - 1 : last - 1] = True
    return found


def records_of(trace: Trace, name: str) -> tuple[str, ...]:
    """Every recorded quantity that a row's node stands for, in the order of computation. Raises StopIteration for a
    row that there is not."""
    if name == OUTPUT:
        return ("z", "a")
    row = row_named(trace, name)
    if not row.row:
        return tuple(each for _, each in row.signals)
    scan = next(each for each in trace.scans if each.name == row.part)
    members = next(each.members for each in scan.cell.rows if each.name == row.row)
    return tuple(record.name for record in scan.cell.records if record.name in members)


NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def value_limit(trace: Trace, sample: int = 0) -> float:
    """One scale ±limit for all values on show: the next round number above the largest finite |value| of what the cells
    carry from step to step, at least 1. A saturated h lies beyond it, and is drawn in the scale's last colour."""
    largest = 1.0
    for scan in trace.scans:
        for name in scan.cell.carried or ("s",):
            array = np.abs(trace.values[scan.name, name][:, sample])
            largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    decade = 10.0 ** math.floor(math.log10(largest))
    above = next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9))
    return min(above, sys.float_info.max)  # a run that explodes comes near it
