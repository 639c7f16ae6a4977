"""The unrolled chain on a worksheet: a box for every node's value and gradient, and the arrows between them.

It is made of the rows and edges that the window shows (`core.chain`), whatever the structure is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.chain.edges import ChainLink, attended, chain_links
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, ChainRow, Piece, read_again, row_of_signal, rows, shown_outputs
from core.exercises.worksheet.nodes import NodeExercises, Nodes
from core.exercises.worksheet.rows import Number
from core.network.attention import WEIGHTS
from core.network.declared import Key, X
from core.notation.base import Notation
from core.notation.equations import Style
from core.trace import Trace

Place = tuple[int, int]  # a row, from 0 below; a column, from 0
Lines = tuple[tuple[Number, ...], ...]  # one of units for each line of the row


@dataclass(frozen=True)
class Box:
    """A node at its `place`: its values and its gradients, line by line; () for a line without, and where no line has
    any."""

    place: Place
    values: Lines
    gradients: Lines


@dataclass(frozen=True)
class Label:
    """A row's symbol, and that of its gradient: «∂L/∂» of the same where there are several symbols."""

    value: str
    gradient: str


@dataclass(frozen=True)
class ChainPicture:
    """Of the first sample: rows from the input's to the output's, columns in the order of the run, boxes and arrows."""

    labels: tuple[Label, ...]
    columns: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[tuple[Place, Place], ...]
    samples: int = 1  # of the batch

    @cached_property
    def at(self) -> dict[Place, Box]:
        """The boxes by their places."""
        return {box.place: box for box in self.boxes}


def chain_picture(trace: Trace, notation: Notation, nodes: Nodes) -> ChainPicture:
    """The chain of a run; `nodes`: its exercises, which say what is given."""
    shown = rows(trace, notation)
    asked = _Asked(nodes.all)
    boxes = tuple(box for k, row in enumerate(shown) for box in _boxes(trace, row, k, asked))
    there = {box.place for box in boxes}
    index = {row.name: k for k, row in enumerate(shown)}
    arrows = dict.fromkeys((*_links(trace, index), *_attention(trace, index)))
    kept = tuple((source, target) for source, target in arrows if source in there and target in there)
    labels = tuple(_label(row, Style(False, None, notation)) for row in shown)
    return ChainPicture(labels, tuple(_columns(trace)), boxes, kept, trace.data.x.shape[1])


class _Asked:
    """Which values and gradients the sheet asks for, by part, quantity and step (from 1)."""

    def __init__(self, nodes: Iterable[NodeExercises]) -> None:
        self._given: set[tuple[str, str, int]] = set()
        self._back: dict[tuple[str, str, int], bool] = {}
        for node in nodes:
            for name in node.names_forward:
                if not any(row.answers for row in node.exercise(name, True).rows):
                    self._given.add((node.part, name, node.t))
            for name in node.names_backward:
                found = node.exercise_back(name, True).rows
                if found:
                    self._back[node.part, name, node.t] = not any(row.answers for row in found)

    def value_given(self, signal: Key, t: int) -> bool:
        """Whether the experiment gives a value."""
        return (*signal, t) in self._given

    def gradient(self, signal: Key, t: int) -> bool | None:
        """Whether a gradient is given; None where the sheet has none."""
        return self._back.get((*signal, t))


def _boxes(trace: Trace, row: ChainRow, index: int, asked: _Asked) -> Iterator[Box]:
    """The nodes of a row; of the outputs those that somebody looks at or reads."""
    looked_at = shown_outputs(trace) | read_again(trace)
    values = row.numbers({**trace.values, X: trace.data.x}, 0, trace.steps)
    for column in range(trace.steps):
        piece = row.piece(column + 1)
        if piece is None or (row.name == OUTPUT_ROW and not looked_at[column]):
            continue
        t = column + 1 - piece.offset
        given = [row.name == INPUT_ROW or asked.value_given(signal, t) for signal in piece.signals]
        yield Box((index, column), _numbers(values[column], given), _gradients(trace, row, piece, column, asked))


def _gradients(trace: Trace, row: ChainRow, piece: Piece, column: int, asked: _Asked) -> Lines:
    found = [asked.gradient(signal, column + 1 - piece.offset) for signal in piece.signals]
    if row.name == INPUT_ROW or all(each is None for each in found):
        return ()
    gradients = row.numbers(trace.used, 0, trace.steps, gradients=True)
    lines = _numbers(gradients[column], [bool(each) for each in found])
    return tuple(line if each is not None else () for line, each in zip(lines, found, strict=True))


def _numbers(lines: np.ndarray, given: list[bool]) -> Lines:
    """(lines, n) as numbers."""
    return tuple(
        tuple(Number(float(value), known, not known) for value in line)
        for line, known in zip(lines, given, strict=True)
    )


def _links(trace: Trace, index: dict[str, int]) -> Iterator[tuple[Place, Place]]:
    for link in chain_links(trace, used=True):
        for column in np.flatnonzero(link.there):
            begin, end = _ends(link, int(column))
            yield (index[link.source], begin), (index[link.target], end)


def _ends(link: ChainLink, column: int) -> tuple[int, int]:
    """The columns, from 0, of an edge that is counted in `column`."""
    if link.ends:
        return column, link.ends - 1
    return (link.begins - 1 if link.begins else column - link.lag), column


def _attention(trace: Trace, index: dict[str, int]) -> Iterator[tuple[Place, Place]]:
    """From every key to every step that attends to it."""
    if WEIGHTS not in trace.values:
        return
    _, keys = attended(trace)
    steps = trace.schedule.lanes[WEIGHTS[0]]
    for edge in keys:
        lane = trace.schedule.lanes[edge.read.signal[0]]
        for column in range(lane.first - 1, lane.last):
            for end in range(steps.first - 1, steps.last):
                source = row_of_signal(trace, edge.read.signal)
                yield (index[source], column), (index[row_of_signal(trace, edge.reader)], end)


def _label(row: ChainRow, style: Style) -> Label:
    return Label(row.text, style.gradient(row.text) if len(row.lines) == 1 else "∂L/∂")


def _columns(trace: Trace) -> Iterator[str]:
    before = trace.schedule.before_output
    for column in range(1, trace.steps + 1):
        yield f"t = {column}" if column <= before or not before else f"decoder t = {column - before}"
