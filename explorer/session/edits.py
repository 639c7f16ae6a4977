"""One's own numbers: typed over, locked, reset; and the run made small enough to compute by hand."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from core.chain.rows import INPUT_ROW, OUTPUT_ROW, row_named
from core.choices import INPUTS, TARGETS, Edit
from core.edits import editing
from core.edits.places import Places, stacked
from core.exercises import hand_sized
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Selection
from explorer.session.signals import Signals, translated, translated_of
from explorer.words import in_language


class Edits:
    """Changes single numbers of the experiment. What does not fit is refused with a message."""

    def __init__(self, signals: Signals, screen: Screen, run: Run) -> None:
        self._signals, self._screen, self._run = signals, screen, run
        self.pins_before = False  # an edit pins the run before it

    def edit(self, changes: Iterable[Edit], gesture: str | None = None) -> bool:
        """Types numbers over; `gesture` names a drag or a burst of the wheel, so that it is one entry of the history.

        False, with a message, where one is locked or does not fit; nothing changes then.
        """
        wanted = tuple(changes)
        now = self._run.experiment
        held = next((e for e in wanted if (found := editing.edit_of(now, e.name, e.index)) and found.locked), None)
        if held is not None:
            text = translated("{name} is locked there; unlock it first.")
            self._signals.message.emit(text.format(name=held.name))
            return False
        bare = [msgspec.structs.replace(each, edits=()) for each in (now, self._screen.trace.experiment)]
        # A pending run has other numbers than the one on show; it reports itself what it lacks.
        reason = next(filter(None, map(self.refusal, wanted)), "") if bare[0] == bare[1] else ""
        if reason:
            self._signals.message.emit(reason)
            return False
        pinning = translated("before the edit") if self.pins_before else ""
        return self._run.change(lambda: editing.edited(now, wanted), gesture, pinning)

    def refusal(self, edit: Edit) -> str:
        """Why the run on show has no such number to edit, or one without effect, in one sentence; "" where it has."""
        places = Places(self._screen.trace.experiment, self._screen.trace.data, self._screen.trace.network)
        return in_language(places.refusal(edit) or places.unused(edit))

    def another_word(self, by: int = 1) -> bool:
        """Another symbol at the selected step: of inputs that are one-hot, the 1 moves on. False, with a message, where
        no input is selected, or none of that kind."""
        chosen, trace, sample = self._screen.selection, self._screen.trace, self._screen.view.sample
        t = chosen.t if chosen is not None and chosen.row == INPUT_ROW else 0
        if not 1 <= t <= len(trace.data.x):
            self._signals.message.emit(translated("Select an input first: a click on a node of the lowest row."))
            return False
        word = trace.data.x[t - 1, sample]
        ones = np.flatnonzero(word == 1.0)
        if len(word) < 2 or len(ones) != 1 or np.count_nonzero(word) != 1:
            self._signals.message.emit(translated("What is read here is no word or symbol, but numbers: E types them."))
            return False
        before = int(ones[0])
        after = (before + by) % len(word)
        places = [Edit(INPUTS, (t - 1, sample, k), float(k == after)) for k in (before, after)]
        return self.edit(places, f"word {t}")

    def edit_number(self, name: str, index: tuple[int, ...] | None = None) -> None:
        """Asks for the page of numbers with a matrix ("x", "L1.W", "L1.W_f"), with one of its numbers selected."""
        self._signals.edit_requested.emit(name, index)

    def selected_number(self, chosen: Selection | None = None) -> tuple[str, tuple[int, ...] | None]:
        """What a selection (None: the one there is) is about, as `edit_number` takes it: an entry of a parameter, x, a
        target, else a recurrent matrix without an entry."""
        chosen = chosen or self._screen.selection
        if chosen is None:
            return "", None
        if chosen.parameter:
            entry = chosen.entry
            return stacked(self._screen.trace.network, chosen.parameter, entry) if entry else (chosen.parameter, None)
        row = row_named(self._screen.trace, chosen.row)
        piece = row.piece(chosen.t)
        unit, t = chosen.unit or 0, chosen.t - 1 - (piece.offset if piece is not None else 0)
        if row.name == INPUT_ROW:
            return INPUTS, (t, self._screen.view.sample, unit)
        if row.name == OUTPUT_ROW:
            return TARGETS, (t, self._screen.view.sample, unit)
        return f"{piece.part if piece is not None else row.part}.W", None

    def reset_numbers(self, places: Iterable[tuple[str, tuple[int, ...]]]) -> bool:
        """Some numbers as they were before they were typed over. False, with a message, where one is locked."""
        gone, now = tuple(places), self._run.experiment
        held = next((name for name, index in gone if (e := editing.edit_of(now, name, index)) and e.locked), None)
        if held is not None:
            self._signals.message.emit(translated("{name} is locked there; unlock it first.").format(name=held))
            return False
        return self._run.change(lambda: editing.without(now, gone))

    def unlock(self, name: str, index: tuple[int, ...]) -> bool:
        """Unlocks a number; one that equals its original value is no edit any more."""
        typed = editing.edit_of(self._run.experiment, name, index)
        if typed is None:
            return False
        if name in self._screen.trace.unedited and self._screen.trace.unedited[name][index] == typed.value:
            return self._run.change(lambda: editing.without(self._run.experiment, [(name, index)]))
        return self.lock(name, index, typed.value, False)

    def lock(self, name: str, index: tuple[int, ...], value: float, locked: bool) -> bool:
        """Locks a number at its value, or unlocks it."""
        return self._run.change(lambda: editing.with_lock(self._run.experiment, name, index, value, locked))

    def rewind(self) -> None:
        """Drops all edits, so that every number is as the seeds make it, and moves the playhead before the first
        step."""
        edited = len(self._run.experiment.edits)
        if self._run.change(lambda: editing.rewound(self._run.experiment)):
            gone = edited - len(self._run.experiment.edits)
            if gone:
                one, many = "%n edited number is as the seed makes it.", "%n edited numbers are as the seeds make them."
                self._signals.undoable.emit(translated_of(gone, one, many))
        self._screen.seek(0.0)

    def make_hand_sized(self) -> None:
        """One unit, three steps, one sample, numbers of one decimal: small enough to compute by hand. One entry of the
        history; a message says so, or why the task or the cell cannot be that small."""
        if self._run.change(lambda: hand_sized.hand_sized(self._run.experiment)):
            text = translated("One unit, three steps, numbers of one decimal; undo restores the rest.")
            self._signals.undoable.emit(text)
