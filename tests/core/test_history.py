"""Undo and redo against a model that is too simple to be wrong: a list of what was, and one of what was undone."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.experiment import Experiment
from core.history import History

MANY = [Experiment(steps=k) for k in range(1, 9)]
A, B, C, D, E = MANY[:5]


def walk(history: History) -> list[Experiment]:
    """All entries, from the first to the last; leaves the current one where it is."""
    back = 0
    while history.can_undo:
        history.undo()
        back += 1
    found, at = [history.current], 0
    while history.can_redo:
        found.append(history.redo())
        at += 1
    for _ in range(at - back):
        history.undo()
    return found


def test_undo_and_redo_walk_the_entries_and_stop_at_the_ends():
    history = History(A)
    assert not history.can_undo and not history.can_redo
    assert history.undo() == A and history.redo() == A
    history.push(B)
    history.push(C)
    assert [history.undo(), history.undo(), history.undo()] == [B, A, A]
    assert not history.can_undo and history.can_redo
    assert [history.redo(), history.redo(), history.redo()] == [B, C, C]
    assert history.can_undo and not history.can_redo


def test_a_change_forgets_what_was_undone():
    history = History(A)
    history.push(B)
    history.push(C)
    history.undo()
    history.push(D)
    assert not history.can_redo
    assert walk(history) == [A, B, D]


def test_the_same_experiment_again_is_no_entry_and_keeps_what_was_undone():
    history = History(A)
    history.push(B)
    history.undo()
    history.push(A)
    assert history.redo() == B


def test_one_gesture_is_one_entry():
    history = History(A)
    for experiment in (B, C, D):
        history.push(experiment, "steps")
    assert walk(history) == [A, D]


def test_gestures_of_another_name_or_after_an_end_are_apart():
    history = History(A)
    history.push(B, "steps")
    history.push(C, "hidden")
    history.end_gesture()
    history.push(D, "hidden")
    history.push(E)
    history.push(A, "hidden")
    assert walk(history) == [A, B, C, D, E, A]


def test_undo_and_redo_end_a_gesture():
    history = History(A)
    history.push(B, "steps")
    history.undo()
    history.redo()
    history.push(C, "steps")
    assert walk(history) == [A, B, C]


def test_a_gesture_that_leads_back_leaves_no_entry():
    history = History(A)
    history.push(B)
    history.push(C, "steps")
    history.push(B, "steps")
    assert walk(history) == [A, B]
    history.push(D, "steps")
    assert walk(history) == [A, B, D]


def test_the_oldest_entries_go_when_there_are_too_many():
    history = History(A, limit=3)
    for experiment in (B, C, D, E):
        history.push(experiment)
    assert history.current == E
    assert walk(history) == [C, D, E]


def test_a_gesture_at_the_limit_still_merges():
    history = History(A, limit=2)
    history.push(B, "steps")
    history.push(C, "steps")
    history.push(D)
    history.push(E, "steps")
    assert walk(history) == [D, E]


def test_withdrawn_after_a_change():
    history = History(A)
    history.push(B)
    history.withdraw(A)
    assert history.current == A
    assert walk(history) == [A]


def test_withdrawn_within_a_gesture_the_last_good_value_stays_an_entry():
    history = History(A)
    history.push(B, "steps")  # shown
    history.push(C, "steps")  # cannot be run
    history.withdraw(B)
    assert history.current == B
    assert walk(history) == [A, B]


def test_withdrawn_after_undo_or_redo():
    history = History(A)
    for experiment in (B, C, D):
        history.push(experiment)
    history.undo()
    history.withdraw(D)  # C cannot be run any more, its file is gone
    assert history.current == D
    assert walk(history) == [A, B, D]
    history.undo()
    history.undo()
    history.redo()
    history.withdraw(A)
    assert history.current == A
    assert walk(history) == [A, D]


def test_withdrawn_after_two_undos_at_once():
    history = History(A)
    for experiment in (B, C, D):
        history.push(experiment)
    history.undo()
    history.undo()
    history.withdraw(D)
    assert history.current == D
    assert walk(history) == [A, C, D]


def test_the_first_entry_withdrawn():
    history = History(A)
    history.push(B)
    history.undo()
    history.withdraw(B)
    assert history.current == B
    assert walk(history) == [B]


class AgainstTheModel(RuleBasedStateMachine):
    @initialize(limit=st.integers(1, 6))
    def begin(self, limit):
        self.limit = limit
        self.history = History(A, limit=limit)
        self.past, self.now, self.future = [], A, []
        self.gesture = None

    def _trim(self):
        while len(self.past) + 1 > self.limit:
            self.past.pop(0)

    @rule(experiment=st.sampled_from(MANY), gesture=st.none() | st.sampled_from(("steps", "hidden")))
    def push(self, experiment, gesture):
        self.history.push(experiment, gesture)
        if experiment == self.now:
            return
        self.future = []
        if gesture is not None and gesture == self.gesture and self.past:
            self.now = experiment
            if self.past[-1] == experiment:
                self.past.pop()
                self.gesture = None
        else:
            self.past.append(self.now)
            self.now, self.gesture = experiment, gesture
        self._trim()

    @rule()
    def undo(self):
        if self.past:
            self.future.insert(0, self.now)
            self.now = self.past.pop()
        self.gesture = None
        assert self.history.undo() == self.now

    @rule()
    def redo(self):
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop(0)
        self.gesture = None
        assert self.history.redo() == self.now

    @rule()
    def end_gesture(self):
        self.gesture = None
        self.history.end_gesture()

    @rule(experiment=st.sampled_from(MANY))
    def a_change_that_cannot_be_run(self, experiment):
        if experiment == self.now or len(self.past) + 1 == self.limit:
            return
        self.history.push(experiment)
        self.history.withdraw(self.now)
        self.future, self.gesture = [], None

    @invariant()
    def agrees(self):
        if hasattr(self, "history"):
            assert self.history.current == self.now
            assert self.history.can_undo == bool(self.past)
            assert self.history.can_redo == bool(self.future)


AgainstTheModel.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestAgainstTheModel = pytest.mark.filterwarnings("ignore::pytest.PytestCollectionWarning")(AgainstTheModel.TestCase)
