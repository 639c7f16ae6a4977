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

from core.maths.arrays import Array
from core.memo import memoised
from core.network.joins import Context, Convolution, Join
from core.network.parts import Key, X
from core.network.scan import Scan
from core.network.sources import Concatenated, FullSequence, LayerBelow, PreviousOutput
from core.notation.base import Notation, Symbol
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace

INPUT, OUTPUT, FED = "x", "z", "fed"


@dataclass(frozen=True)
class Piece:
    """A part's share of a row: its `signals`, one line of units each, in the columns after `offset`."""

    part: str
    signals: tuple[Key, ...]
    offset: int
    steps: int


@dataclass(frozen=True)
class ChainRow:
    """One row. `kinds` says how each line is drawn: "value" on the map centred at 0, "gate" as a level 0…1. `row`: the
    name of the cell's own row; "" for what is no cell's. `tex`, `text`: its symbol in the notation that was asked for;
    `lines`: those of its lines, without a step; `complemented`: the lines that are 1 − ours there."""

    name: str
    title: str
    tex: str
    text: str
    kinds: tuple[str, ...]
    pieces: tuple[Piece, ...]
    row: str = ""
    lines: tuple[str, ...] = ()
    complemented: tuple[bool, ...] = ()

    @property
    def part(self) -> str:
        """The part of its first piece."""
        return self.pieces[0].part

    @property
    def signals(self) -> tuple[Key, ...]:
        """The signals of its first piece."""
        return self.pieces[0].signals

    def piece(self, t: int) -> Piece | None:
        """The piece that has column t (from 1); None where the row has no node."""
        return next((each for each in self.pieces if each.offset < t <= each.offset + each.steps), None)

    def numbers(self, arrays: Mapping[Key, Array], sample: int, columns: int, gradients: bool = False) -> Array:
        """(columns, lines, n) of one sample, 0 where there is no node, in the notation's meaning: 1 − u for a gate that
        is a complement, and of `gradients` −∂L/∂u."""
        stacks = [np.stack([arrays[signal][:, sample] for signal in piece.signals], axis=1) for piece in self.pieces]
        for line in np.flatnonzero(self.complemented):
            for stack in stacks:
                stack[:, line] = -stack[:, line] if gradients else 1.0 - stack[:, line]
        if len(stacks) == 1 and self.pieces[0].steps == columns:
            return stacks[0]
        found = np.zeros((columns, *stacks[0].shape[1:]))
        for piece, stack in zip(self.pieces, stacks, strict=True):
            found[piece.offset : piece.offset + piece.steps] = stack
        return found

    def present(self, columns: int) -> Array:
        """The columns that have a node, (columns,) bool."""
        return np.array([self.piece(t) is not None for t in range(1, columns + 1)])


@memoised
def rows(trace: Trace, notation: Notation = ROW) -> tuple[ChainRow, ...]:
    """All rows, from the input's to the output's: every layer's, joins, attention and contexts, what is fed back."""
    found = [_input(trace, notation)]
    scans = trace.scans
    first = next((scan for scan in scans if scan.decodes), None)
    if ("attention", "a") in trace.values:
        title = "weights of attention"
        found.append(_plain(trace, "attention", title, ALPHA, notation, "attention", ("a",), "gate"))
        found.append(_plain(trace, "contexts", "context by attention", CONTEXT, notation, "context", ("c",)))
    if first is not None:
        found.append(_plain(trace, FED, "what the decoder reads", READ_AGAIN, notation, first.name, ("x",)))
    for part in trace.network.members:
        if isinstance(part, Convolution):
            found.append(_plain(trace, part.name, "convolution", Symbol("k@", "k@"), notation, part.name, ("s",)))
        elif isinstance(part, Scan) and not part.decodes:
            found += _layer(trace, part, notation)
        elif isinstance(part, Join):
            symbol = joined_symbol(notation, part.name[1:])
            found.append(_plain(trace, part.name, "both chains, joined", symbol, notation, part.name, ("s",)))
        elif isinstance(part, Context):
            title = "context of the encoder"
            found.append(_plain(trace, part.name, title, Symbol("c", "c"), notation, part.name, ("c",)))
    output = Symbol(*(notation.pattern(None, OUTPUT, tex) for tex in (True, False)))
    found.append(_plain(trace, OUTPUT, "output", output, notation, "out", ("z",)))
    return tuple(found)


# With @ for the step. No book has a letter of its own for what the decoder reads.
ALPHA, CONTEXT, READ_AGAIN = Symbol(r"\alpha@", "α@"), Symbol("c@", "c@"), Symbol(r"\hat{x}@", "x̂@")


def joined_symbol(notation: Notation, key: str) -> Symbol:
    """A bar over the state's letter, s̄⁽¹⁾, with @ for the step."""
    tex, text = (notation.pattern(None, "s", tex).removesuffix("@") for tex in (True, False))
    pair = (rf"\bar{{{tex}}}@", f"{text}\u0304@")
    return Symbol(*(notation.keyed(each, key, each is pair[0]) for each in pair))


def style_of(trace: Trace, scan: Scan, tex: bool, t: int | str | None = None, notation: Notation = ROW) -> Style:
    """How the equations of a scan are written: with its layer where there are several, with what it reads for x."""
    key, source = key_of(trace, scan), row_of_source(trace, scan)
    fed = scan.decodes and scan.source.stepwise
    reads = "fed" if fed else "task" if source == INPUT else "layer"
    teacher = scan.feedback is not None and scan.feedback.teacher
    return Style(tex, t, notation, key, reads, teacher)


def _plain(
    trace: Trace,
    name: str,
    title: str,
    symbol: Symbol,
    notation: Notation,
    part: str,
    names: tuple[str, ...],
    kind: str = "value",
) -> ChainRow:
    piece = _piece(trace, part, tuple((part, each) for each in names))
    tex, text = (symbol.of(each).replace("@", notation.index(0, None, each)) for each in (True, False))
    letter = symbol.text.replace("@", "")
    return ChainRow(name, title, tex, text, (kind,) * len(names), (piece,), "", (letter,), (False,))


def _piece(trace: Trace, part: str, signals: tuple[Key, ...]) -> Piece:
    lane = trace.schedule.lanes[part]
    return Piece(part, signals, lane.first - 1, lane.last - lane.first + 1)


def _input(trace: Trace, notation: Notation) -> ChainRow:
    scan = trace.scans[0]
    source = scan.source
    own = not isinstance(source, FullSequence) or (source.signal == X and source.taps == 1)
    signal = (scan.name, "x") if own else X
    piece = Piece(scan.name, (signal,), 0, len(trace.data.x))
    tex, text = (Style(each, None, notation).symbol(None, "x") for each in (True, False))
    return ChainRow(INPUT, "input", tex, text, ("value",), (piece,), "", ("x",), (False,))


def key_of(trace: Trace, scan: Scan) -> str:
    """What distinguishes a scan's rows from those of others: "" where there is one layer in one direction, else "2",
    "1r"."""
    several = len({_layer_of(each) for each in trace.scans}) > 1
    return _layer_of(scan) if several else ""


def _layer_of(scan: Scan) -> str:
    """A scan's name without the letter that says whether it encodes, decodes or neither."""
    return scan.name[1:]


def _layer(trace: Trace, scan: Scan, notation: Notation) -> list[ChainRow]:
    """A scan's rows, with the decoder's scan of the same layer in them."""
    key, cell = key_of(trace, scan), scan.cell
    scans = [scan, *(each for each in trace.scans if each.decodes and _layer_of(each) == _layer_of(scan))]
    kind_of = {record.name: "gate" if record.kind == "gate" else "value" for record in cell.records}
    plain = Style(False, None, notation)
    complemented, found = notation.complemented(cell), []
    for row in cell.rows:
        lines = tuple(plain.letter(cell, name) for name in row.shown)
        if len(row.shown) == 1:
            tex, text = (
                style_of(trace, scan, each, None, notation).symbol(cell, row.shown[0]) for each in (True, False)
            )
        else:
            tex, text = ",".join(lines), notation.keyed_parameter(" ".join(lines), key, False)
        pieces = tuple(_piece(trace, each.name, tuple((each.name, name) for name in row.shown)) for each in scans)
        kinds = tuple(kind_of[name] for name in row.shown)
        complemented = tuple(name in complemented for name in row.shown)
        found.append(ChainRow(row.name + key, row.title, tex, text, kinds, pieces, row.name, lines, complemented))
    return found


def row_named(trace: Trace, name: str, notation: Notation = ROW) -> ChainRow:
    """The row with that name. Raises StopIteration."""
    return next(row for row in rows(trace, notation) if row.name == name)


def row_of_source(trace: Trace, scan: Scan) -> str:
    """The name of the row that a scan's input comes from."""
    source = scan.source
    if not isinstance(source, FullSequence | LayerBelow):
        return FED if scan.decodes else INPUT
    part = source.signal[0]
    below = next((each for each in trace.scans if each.name == part), None)
    return "s" + key_of(trace, below) if below is not None else INPUT if source.signal == X else part


def shown_outputs(trace: Trace) -> Array:
    """The columns at which an output is drawn, (columns,) bool: those that the loss includes."""
    return trace.supervised


def read_again(trace: Trace) -> Array:
    """The columns whose output a later step reads, (columns,) bool: its gradient is complete only when that step's is.
    None with teacher forcing, where the target is read instead."""
    found = np.zeros(trace.steps, dtype=bool)
    for scan in trace.scans:
        parts = scan.source.components if isinstance(scan.source, Concatenated) else ()
        fed = (
            [scan.feedback]
            if scan.feedback is not None
            else [each for each in parts if isinstance(each, PreviousOutput)]
        )
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
