"""The unrolled network as rows of nodes: what the chain shows, from the input below to the output above.

A row is a quantity over the columns. Where an encoder and a decoder have the same layer, both stand in one row, the
decoder's columns after the encoder's: a row is made of pieces, each with its part and its columns.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.declared import TARGETS, Declared, Read
from core.network.head import Head
from core.network.parts import OUTPUT, Key, X
from core.network.scan import Scan
from core.notation.base import Notation, Symbol
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace
from core.unrolled import maker_of, readers_of

INPUT_ROW, OUTPUT_ROW, FED_ROW = "x", "z", "fed"


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
        found = np.zeros(columns, dtype=bool)
        for piece in self.pieces:
            found[piece.offset : piece.offset + piece.steps] = True
        return found


@memoised
def rows(trace: Trace, notation: Notation = ROW) -> tuple[ChainRow, ...]:
    """All rows, from the input's to the output's: every layer's, joins, attention and contexts, what is fed back."""
    found = [_input(trace, notation)]
    first = next((scan for scan in trace.scans if scan.decodes), None)
    scans = {scan.name: scan for scan in trace.scans}
    members = {part.name for part in trace.network.members}
    for declared in trace.network.declared:  # what a decoder makes of what it reads stands below everything
        if declared.name not in members:
            found += _own_rows(trace, declared, notation)
    if first is not None:
        title = "what the decoder reads"
        found.append(_plain(trace, FED_ROW, title, READ_AGAIN, notation, ((first.name, "x"),), ("value",)))
    for part in trace.network.members:
        scan = scans.get(part.name)
        if scan is None:
            found += _own_rows(trace, part, notation)
        elif not scan.decodes:
            found += _layer(trace, scan, notation)
    return tuple(found)


def _own_rows(trace: Trace, declared: Declared, notation: Notation) -> Iterator[ChainRow]:
    """The rows of what is no cell's."""
    kinds = {each.name: "gate" if each.kind == "gate" else "value" for each in declared.quantities}
    for row in declared.rows:
        symbol = quantity_symbol(notation, declared, row.shown[-1])
        signals = tuple(declared.key(name) for name in row.shown)
        yield _plain(trace, row.name, row.title, symbol, notation, signals, tuple(kinds[name] for name in row.shown))


# With @ for the step. No book has a letter of its own for what the decoder reads.
READ_AGAIN = Symbol(r"\hat{x}@", "x̂@")


def quantity_symbol(notation: Notation, declared: Declared, name: str) -> Symbol:
    """The symbol of a declared quantity that is no cell's, with @ for the step."""
    record = next(each for each in declared.quantities if each.name == name)
    pair = (_pattern(notation, declared, name, own, own is record.tex) for own in (record.tex, record.text))
    return Symbol(*pair)


def _pattern(notation: Notation, declared: Declared, name: str, own: str, tex: bool) -> str:
    if not own:
        return notation.pattern(None, name, tex)
    if tex and "^" in own and notation.index_tex.startswith("^"):  # two superscripts need braces
        own = f"{{{own.removesuffix('@')}}}{'@' * own.endswith('@')}"
    own = own.replace("#", notation.pattern(None, "s", tex).removesuffix("@"))
    return notation.keyed(own, declared.layer, tex)


@memoised
def style_of(trace: Trace, scan: Scan, tex: bool, t: int | str | None = None, notation: Notation = ROW) -> Style:
    """How the equations of a scan are written: with its layer where there are several, with what it reads for x."""
    key, source = key_of(trace, scan), row_of_source(trace, scan)
    fed = scan.decodes and scan.source.stepwise
    reads = "fed" if fed else "task" if source == INPUT_ROW else "layer"
    again = () if scan.feedback is None else scan.feedback.reads(scan, trace.network.widths)
    teacher = any(read.signal == TARGETS for read in again)
    return Style(tex, t, notation, key, reads, teacher, output_layer(trace.head), _layer_below(trace, scan))


def _layer_below(trace: Trace, scan: Scan) -> str:
    """The key of the layer whose states, and nothing else, a scan reads at every step; "" where there is none."""
    below = {(each.name, "s"): key_of(trace, each) for each in trace.scans if each is not scan}
    reads = scan.source.reads(scan, trace.network.widths)
    alone = len(reads) == 1 and reads[0] == Read(reads[0].signal)
    return below.get(reads[0].signal, "") if alone else ""


@memoised
def output_layer(head: Head) -> Operation:
    """What makes z, with the names that a book's parameters of the output have here, V and b_z."""
    made = head.graph[0]
    return replace(made, bias="b_z") if made.bias else made


def _plain(
    trace: Trace,
    name: str,
    title: str,
    symbol: Symbol,
    notation: Notation,
    signals: tuple[Key, ...],
    kinds: tuple[str, ...],
) -> ChainRow:
    piece = _piece(trace, signals[0][0], signals)
    tex, text = (symbol.of(each).replace("@", notation.index(0, None, each)) for each in (True, False))
    letter = symbol.text.replace("@", "")
    return ChainRow(name, title, tex, text, kinds, (piece,), "", (letter,) * len(kinds), (False,) * len(kinds))


def _piece(trace: Trace, part: str, signals: tuple[Key, ...]) -> Piece:
    lane = trace.schedule.lanes[part]
    return Piece(part, signals, lane.first - 1, lane.last - lane.first + 1)


def _input(trace: Trace, notation: Notation) -> ChainRow:
    scan = trace.scans[0]
    source = scan.source
    own = source.stepwise or source.reads(scan, trace.network.widths) == (Read(X),)
    signal = (scan.name, "x") if own else X
    piece = Piece(scan.name, (signal,), 0, len(trace.data.x))
    tex, text = (Style(each, None, notation).symbol(None, "x") for each in (True, False))
    return ChainRow(INPUT_ROW, "input", tex, text, ("value",), (piece,), "", ("x",), (False,))


def key_of(trace: Trace, declared: Declared) -> str:
    """What distinguishes a scan's rows from those of others: "" where there is one layer in one direction, else "2",
    "1r"; "" for what is no scan, whose rows have names of their own."""
    scans = trace.scans
    several = declared in scans and len({_layer_of(each) for each in scans}) > 1
    return _layer_of(declared) if several else ""


def _layer_of(scan: Declared) -> str:
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
            tex, text = ",".join(lines), notation.keyed_together(lines, key)
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
    if scan.source.gathers:
        return FED_ROW if scan.decodes else INPUT_ROW
    return row_of_signal(trace, scan.source.reads(scan, trace.network.widths)[0].signal)


def row_of_signal(trace: Trace, signal: Key) -> str:
    """The row that shows a signal: the input's, a scan's states', or that of the part that makes it."""
    maker = maker_of(trace.network, signal)
    if maker is None:
        return INPUT_ROW
    return next(row.name for row in maker.rows if signal in map(maker.key, row.members)) + key_of(trace, maker)


def shown_outputs(trace: Trace) -> Array:
    """The columns at which an output is drawn, (columns,) bool: those that the loss includes."""
    return trace.supervised


def read_again(trace: Trace) -> Array:
    """The columns whose output a later step reads, (columns,) bool: its gradient is complete only when that step's is.
    None with teacher forcing, where the target is read instead."""
    found = np.zeros(trace.steps, dtype=bool)
    for edge in readers_of(trace.network, OUTPUT):
        first, last = trace.schedule.lanes[edge.reader[0]][:2]
        found[first - 1 : last - 1] = True
    return found


def records_of(trace: Trace, name: str) -> tuple[str, ...]:
    """Every recorded quantity that a row's node stands for, in the order of computation. Raises StopIteration for a
    row that there is not."""
    if name == OUTPUT_ROW:
        return ("z", "a")
    row = row_named(trace, name)
    if not row.row:
        return tuple(each for _, each in row.signals)
    part = trace.network.part(row.part)
    assert part is not None
    members = next(each.members for each in part.rows if each.name == row.row)
    return tuple(record.name for record in part.quantities if record.name in members)


NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def value_limit(trace: Trace, sample: int = 0) -> float:
    """One scale ±limit for all values on show: the next round number above the largest finite |value| of what the cells
    carry from step to step, at least 1. A saturated h lies beyond it, and is drawn in the scale's last colour."""
    states = ((scan.name, name) for scan in trace.scans for name in scan.cell.recurrent_states or ("s",))
    return _round_above(trace.values[state][:, sample] for state in states)


def input_limit(trace: Trace) -> float:
    """The scale ±limit of the inputs, which depends on the data alone: the same data look the same under every cell.
    The next round number above the largest finite |input| of the batch, at least 1; of |target|, too, where a decoder
    reads those."""
    decodes = any(scan.decodes for scan in trace.scans)
    return _round_above([trace.data.x, trace.data.y] if decodes else [trace.data.x])


def limit_of(trace: Trace, row: str, sample: int = 0) -> float:
    """The scale ±limit of a row's values."""
    return input_limit(trace) if row in (INPUT_ROW, FED_ROW) else value_limit(trace, sample)


def _round_above(arrays: Iterable[Array]) -> float:
    """The next round number above the largest finite magnitude, at least 1."""
    largest = 1.0
    for array in map(np.abs, arrays):
        largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    decade = 10.0 ** math.floor(math.log10(largest))
    above = next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9))
    return min(above, sys.float_info.max)  # a run that explodes comes near it
