"""A person's own gradients beside the run on show: which are right, the first that is not, and what mistake it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from core.chain.places import place_of_number
from core.chain.rows import key_of, rows
from core.choices import INPUTS
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.declared import Key
from core.notation.base import Notation
from core.trace import Trace
from explorer.session.looking import Looking
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change, Selection
from explorer.session.signals import Signals, translated
from explorer.session.work import Work, at_once
from explorer.style.pasted import cells_of
from explorer.words import in_language

if TYPE_CHECKING:  # the search for mistakes is imported by the first comparison
    from core.diagnosis.asked import Item
    from core.diagnosis.diagnosis import Diagnosis, Place
    from core.diagnosis.report import Report
    from core.own.layout import Layout

MOST_NAMES = 3  # of arrays in a sentence
MOST_PASTED = 4096  # rows or columns


@dataclass(frozen=True, eq=False)
class Shown:
    """A diagnosis on the screen, and where its numbers come from: a file's name, or what was typed."""

    diagnosis: Diagnosis
    source: str
    unchecked: tuple[str, ...] = ()  # of a recorded run, what could not be compared

    def lines(self, notation: Notation) -> Iterator[str]:
        """All that there is to say, a sentence or an equation a line."""
        if self.unchecked:
            from core.diagnosis.recorded import report_lines

            yield from map(in_language, report_lines(self.diagnosis, self.unchecked, notation))
        else:
            yield from map(in_language, self.report(notation).lines())

    def report(self, notation: Notation) -> Report:
        """What there is to say, with a few names in a sentence."""
        from core.diagnosis.report import Report

        return Report(self.diagnosis, notation, MOST_NAMES)

    def theirs(self, part: str, name: str, gradient: bool) -> Array | None:
        """The person's own numbers of a quantity, (T, B, n); None where there are none."""
        kind, wanted = ("signal" if gradient else "value"), f"{part}.{name}"
        for item in self.diagnosis.items:
            for quantity in item.quantities:
                if (quantity.kind, quantity.name) == (kind, wanted) and quantity.array.ndim == 3:
                    return quantity.array
        return None

    def entry(self, name: str, index: tuple[int, ...]) -> float | None:
        """The person's own gradient of one entry of a parameter, "L1.W_f"; None where it was not given."""
        trace = self.diagnosis.trace
        for item in self.diagnosis.items:
            for each in (each for each in item.quantities if each.kind == "parameter"):
                whole = {each.name: each.array}
                named = trace.named_parameters(whole) if each.name in trace.parameters else whole
                if name in named:
                    return float(named[name][index])
        return None


def _data_of(experiment: Experiment) -> tuple[str, str]:
    return experiment.task, experiment.arrays


class Compared:
    """Of one session. `state`: what was found last; it goes when another run is shown."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, looking: Looking, work: Work) -> None:
        self._signals, self._screen, self._run, self._looking, self._work = signals, screen, run, looking, work
        self.state: Shown | None = None
        self.path: Path | None = None  # of the file that is compared, to be read again when it changes
        self._own: tuple[tuple[str, str], Layout] | None = None  # which own arrays were opened, and how they lie
        signals.changed.connect(self._on_changed)

    def open(self, path: Path, again: bool = False) -> bool:
        """Compares the arrays of a file with the run on show. False, with a message, where it cannot be. `again`: it
        has changed; while it is half written it stays as it was."""
        from core.own.files import read_file

        try:
            arrays = read_file(path)
        except InputError as error:
            if not again:
                self._signals.message.emit(in_language(error))
            return False
        return self.compare(arrays, path.name, path)

    def lie_as(self, experiment: Experiment, layout: Layout) -> None:
        """Gradients that are compared with a run on these own arrays lie as the arrays do."""
        self._own = (_data_of(experiment), layout) if experiment.arrays else None

    def _layout(self, trace: Trace) -> Layout:
        from core.own.layout import UNSAID

        return self._own[1] if self._own is not None and self._own[0] == _data_of(trace.experiment) else UNSAID

    def compare(
        self,
        arrays: Mapping[str, Array],
        source: str,
        path: Path | None = None,
        places: Mapping[str, Array] = MappingProxyType({}),
    ) -> bool:
        """Compares arrays by name, once the latest experiment has been run. `places`: of one that was brought into
        another shape, for each of its numbers the place where it stood, as `places_of` gives it."""
        from core.diagnosis.diagnosis import diagnosing
        from core.diagnosis.given import handed_in, read
        from core.diagnosis.recorded import unchecked
        from core.own.recorded import is_recording

        failed: list[str] = []

        def begin() -> None:
            trace = self._screen.trace
            try:
                new = {name: array for name, array in arrays.items() if not handed_in(trace, name, array)}
                items = [_placed(each, places.get(each.name)) for each in read(trace, new, self._layout(trace))]
                missing = unchecked(arrays) if is_recording(arrays) else ()
                job = diagnosing(trace, items)
            except InputError as error:
                failed.append(in_language(error))
                self._signals.message.emit(
                    translated("{name}: {reason}").format(name=source, reason=in_language(error))
                )
                return

            def show(found: Diagnosis) -> None:
                self._show(Shown(found, source, missing), path)

            self._work.start(translated("Looking for the mistake"), job, show)
            self._work.pull(at_once())

        self._run.when_shown(begin)
        return not failed

    def leave(self) -> None:
        """Nothing is compared any more."""
        self.path = None
        if self.state is not None:
            self.state = None
            self._signals.compared_changed.emit()

    def show_first(self) -> None:
        """Selects the node of the first wrong number, when every number of the run is on the screen."""
        first = self.state.diagnosis.first if self.state is not None else None
        if first is None or first.place is None:
            return
        screen = self._screen
        screen.seek(screen.timeline.complete)
        if first.place.sample is not None:
            self._looking.set_view(sample=first.place.sample)
        selection = selection_of(screen.trace, first.place)
        if selection is not None:
            screen.select(selection)

    def _show(self, found: Shown, path: Path | None) -> None:
        if found.diagnosis.trace is not self._screen.trace:
            return  # another run has come in between
        self.state, self.path = found, path
        self._signals.compared_changed.emit()
        self.show_first()

    def _on_changed(self, flags: Change) -> None:
        state = self.state
        if state is not None and state.diagnosis.trace is not self._screen.trace:
            self.leave()


def selection_of(trace: Trace, place: Place) -> Selection | None:
    """The node of a number: of a quantity its step and unit, of a parameter the node that it makes, with the entry."""
    index = place.index
    if place.kind in ("parameter", "weight", "start") or place.quantity in (INPUTS, "y"):
        try:
            found = place_of_number(trace, place.quantity, index, 1)
        except (KeyError, StopIteration, IndexError):
            return None
        return Selection(
            found.row, found.t, record=found.record, unit=found.unit, parameter=found.parameter, entry=found.entry
        )
    part, _, name = place.quantity.partition(".")
    return _selection_of_signal(trace, (part, name), index)


def _selection_of_signal(trace: Trace, signal: Key, index: tuple[int, ...]) -> Selection | None:
    unit = int(index[-1]) if len(index) == 3 else None
    scan = trace.scan_named(signal[0])
    if scan is not None and signal[1] == "h" and scan.cell.blocks != ("",) and unit is not None:
        signal, unit = (signal[0], f"h_{scan.cell.blocks[unit // scan.hidden]}"), unit % scan.hidden
    own = scan.cell.rows if scan is not None else ()
    made = [each.name + key_of(trace, scan) for each in own if signal[1] in each.members] if scan is not None else []
    for row in rows(trace):
        for piece in row.pieces:
            if signal in piece.signals or (row.name in made and piece.part == signal[0]):
                t = piece.offset + (index[0] + 1 if len(index) == 3 else 1)
                return Selection(row.name, t, record=signal[1], unit=unit)
    return None


def _placed(item: Item, places: Array | None) -> Item:
    """An item of which each number is named by its place in the learner's own array."""
    if places is None:
        return item
    shape = tuple(int(n) + 1 for n in places.reshape(-1, places.shape[-1]).max(axis=0))
    where = np.ravel_multi_index(tuple(np.moveaxis(places, -1, 0)), shape)
    return replace(item, quantities=tuple(replace(each, where=where) for each in item.quantities), shape=shape)


def pasted(text: str) -> Array:
    """One matrix from a text, as `explorer.style.pasted.cells_of` reads it; a vector where it is one row. Raises
    InputError where it is none."""
    try:
        rows = cells_of(text, MOST_PASTED)
    except ValueError as error:
        raise InputError(str(error)) from None
    return np.array(rows if len(rows) > 1 else rows[0])


def places_of(array: Array, shape: tuple[int, ...]) -> Array:
    """Where each number of `fitted` stood in the array, its index on one more axis, (…, array.ndim)."""
    return np.stack([fitted(np.asarray(each), shape) for each in np.indices(array.shape)], axis=-1)


def fitted(array: Array, shape: tuple[int, ...]) -> Array:
    """A matrix in the shape that is asked for, where the same numbers are in it: a column for a vector, or the
    transposed one where only that fits. Raises InputError."""
    if array.size == np.prod(shape) and [n for n in array.shape if n > 1] == [n for n in shape if n > 1]:
        return array.reshape(shape)
    if array.T.shape == shape:
        return array.T
    raise InputError(
        "The matrix is {theirs}, but that gradient is {ours} here; paste all of it.", theirs=array.shape, ours=shape
    )
