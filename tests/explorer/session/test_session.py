"""The session: one run and one refresh for a change, refusals that change nothing, and nothing left behind."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from core.analysis.gradcheck import claimed
from core.cells import CELLS
from core.errors import InputError
from core.experiment import Experiment, describe
from core.network.parts import BackwardPass, ForwardPass, Network
from core.recorder import record
from core.tasks import TASKS
from core.trace import Trace
from explorer.session.session import Change, Session

HUGE = {"steps": 1000, "hidden": 256, "batch": 256, "cell": "lstm"}


# --- a change ---
def test_ten_changes_in_a_frame_are_one_run_and_one_refresh(desk):
    made = desk()
    before = made.panel.refreshes
    for hidden in range(3, 13):
        assert made.session.change(gesture="hidden", hidden=hidden)
    assert made.session.runs == 0 and made.panel.refreshes == before
    assert made.session.experiment.hidden == 12 and made.session.trace.experiment.hidden == 2
    made.session.update()
    assert made.session.runs == 1
    assert made.panel.refreshes == before + 1
    assert made.flags == [Change.RUN]
    assert made.session.trace.experiment == made.session.experiment
    made.session.update()
    assert made.session.runs == 1 and made.panel.refreshes == before + 1
    made.session.undo()
    made.session.update()
    assert made.session.trace.experiment.hidden == 2


def test_the_same_value_again_is_no_run(desk):
    made = desk()
    assert made.session.change(hidden=2)
    made.session.update()
    assert made.session.runs == 0 and made.flags == []
    assert not made.session.history.can_undo


def test_a_frame_is_wanted_for_a_change(desk, qtbot):
    made = desk()
    with qtbot.waitSignal(made.session.frame_wanted):
        made.session.change(hidden=3)
    assert made.session.busy


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"hidden": 0}, "hidden"),
        ({"hidden": 257}, "hidden"),
        ({"hidden": "many"}, "hidden"),
        ({"steps": 1001}, "steps"),
        ({"w_gain": -1.0}, "w_gain"),
        ({"w_gain": float("nan")}, "w_gain"),
        ({"input_scale": 0.0}, "input_scale"),
        ({"cell": "transformer"}, "cell"),
        ({"task": "chess"}, "task"),
        ({"colour": "blue"}, "colour"),
        ({"w_init": "matrix"}, "w_matrix"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, "clip_norm"),
        ({"text": "a"}, "text"),
    ],
)
def test_a_refused_value_changes_nothing_and_says_one_sentence(desk, fields, names):
    made = desk()
    made.finish()
    made.messages.clear()
    before, refreshes = made.state(), made.panel.refreshes
    assert not made.session.change(gesture="drag", **fields)
    made.session.update()
    assert made.state() == before
    assert made.panel.refreshes == refreshes
    assert not made.session.busy
    (sentence,) = made.messages
    assert names in sentence and sentence.endswith(".") and "\n" not in sentence


def test_a_gate_that_is_not_there_cannot_be_frozen(desk):
    made = desk()
    made.session.freeze("q", 0.5)
    made.session.freeze("f", 1.5)
    assert len(made.messages) == 2 and "q" in made.messages[0]
    assert not made.session.history.can_undo
    made.session.change(cell="lstm")
    made.session.freeze("f", 1.0)
    made.session.update()
    assert (made.session.trace.values["L1", "f"] == 1.0).all()
    made.session.freeze("f", None)
    made.session.update()
    assert (made.session.trace.values["L1", "f"] < 1.0).all()


def test_a_run_that_needs_too_much_memory_leaves_the_one_shown(desk):
    made = desk(cell="gru")
    made.session.change(hidden=3)
    made.finish()
    made.session.seek(7.5)
    trace, experiment, runs = made.session.trace, made.session.experiment, made.session.runs
    made.messages.clear()
    assert made.session.change(**HUGE)
    made.session.update()
    (sentence,) = made.messages
    assert "MB" in sentence and sentence.endswith(".")
    assert made.session.trace is trace
    assert made.session.experiment == experiment
    assert made.session.runs == runs
    assert made.session.position == 7.5
    assert not made.session.history.can_redo
    made.session.undo()
    assert made.session.experiment.hidden == 2
    made.session.redo()
    assert made.session.experiment == experiment


def test_a_drag_into_too_much_memory_stays_at_the_last_value_that_ran(desk):
    made = desk(cell="lstm", batch=256, hidden=64, steps=3)
    for steps in (4, 5, 1000):
        made.session.change(gesture="steps", steps=steps)
        made.session.update()
    assert made.session.trace.steps == 5
    assert made.session.experiment.steps == 5
    made.session.undo()
    made.session.update()
    assert made.session.trace.steps == 3


def test_the_csv_task_without_a_file_says_so_and_stays(desk):
    made = desk()
    trace = made.session.trace
    made.session.choose_task("csv")
    made.session.update()
    assert "no file" in made.messages[-1]
    assert made.session.trace is trace
    assert made.session.experiment == trace.experiment
    assert not made.session.history.can_undo


def test_a_panel_is_told_when_a_run_was_refused_so_that_it_shows_the_values_that_hold(desk):
    made = desk()
    made.session.change(**HUGE)
    before = made.panel.refreshes
    made.session.update()
    assert made.panel.refreshes == before + 1


# --- undo ---
def test_undo_and_redo_run_again(desk):
    made = desk()
    loss = made.session.trace.loss
    made.session.change(cell="lstm")
    made.session.update()
    other = made.session.trace.loss
    made.session.undo()
    made.session.update()
    assert made.session.trace.loss == loss
    made.session.redo()
    made.session.update()
    assert made.session.trace.loss == other
    made.session.redo()
    made.session.update()
    assert made.session.runs == 3


def test_undo_and_redo_within_a_frame_show_what_was(desk):
    made = desk()
    loss = made.session.trace.loss
    made.session.change(cell="lstm")
    made.session.undo()
    made.session.update()
    assert made.session.trace.loss == loss
    assert made.session.trace.experiment.cell == "tanh"


def test_gestures_are_entries(desk):
    made = desk()
    for hidden in (3, 4, 5):
        made.session.change(gesture="hidden", hidden=hidden)
        made.session.update()
    made.session.end_gesture()
    for hidden in (6, 7):
        made.session.change(gesture="hidden", hidden=hidden)
    made.session.undo()
    assert made.session.experiment.hidden == 5
    made.session.undo()
    assert made.session.experiment.hidden == 2
    assert not made.session.history.can_undo


# --- tasks ---
@pytest.mark.parametrize("task", [task for task in TASKS if not task.files], ids=lambda task: task.name)
def test_a_task_comes_with_the_choices_that_suit_it(desk, task):
    made = desk()
    made.session.change(text="hello world")
    assert made.session.choose_task(task.name)
    made.session.update()
    chosen = made.session.experiment
    assert chosen.task == task.name
    for field, value in task.natural(chosen).items():
        assert getattr(chosen, field) == value
    made.session.undo()
    assert made.session.experiment.task == "last-step"


def test_what_the_person_asks_for_goes_before_what_suits(desk):
    made = desk()
    assert made.session.choose_task("next-character", text="abcabc", steps=3, loss_at="last")
    assert (made.session.experiment.steps, made.session.experiment.loss_at) == (3, "last")
    assert made.session.choose_task("next-character", text="abcabc")
    assert made.session.experiment.steps == 5


def test_an_unknown_task_or_option_is_refused(desk):
    made = desk()
    assert not made.session.choose_task("chess")
    assert not made.session.choose_task("echo", delay=0)
    assert len(made.messages) == 2 and "delay" in made.messages[1]
    assert not made.session.history.can_undo


# --- jobs ---
@pytest.mark.checked
def test_the_check_and_the_contributions_come_and_start_anew_with_each_run(desk):
    made = desk(steps=5)
    assert made.session.check is None and made.session.contributions is None
    made.finish()
    assert made.session.check.finished and made.session.check.passed
    first = made.session.contributions
    assert first.decades.shape == (5, 5)
    assert made.flags == [Change.CONTRIBUTIONS]
    made.checks.clear()
    made.session.change(steps=7)
    made.session.update()
    assert made.session.check is None and made.session.contributions is None
    assert made.checks == [None]
    made.finish()
    assert made.session.contributions.decades.shape == (7, 7)
    assert made.session.check.passed
    assert made.checks[-1] is made.session.check


@pytest.mark.checked
def test_a_run_in_the_middle_of_a_check_drops_it(desk):
    made = desk(steps=5)
    made.session.pull(iter([False] * 12 + [True]).__next__)
    assert made.session.check is not None and not made.session.check.finished
    made.session.change(hidden=3)
    made.session.update()
    made.finish()
    assert made.session.check.total == sum(array.size for array in claimed(made.session.trace).values())


def test_another_sample_has_its_own_contributions(desk):
    made = desk(task="echo", batch=2, steps=5)
    made.finish()
    first = made.session.contributions
    made.session.set_view(sample=1)
    assert made.session.busy
    made.finish()
    assert made.session.contributions is not first
    assert not np.array_equal(made.session.contributions.decades, first.decades, equal_nan=True)


# --- pins ---
def test_as_many_pins_as_there_are_colours(desk):
    made = desk()
    most = len(made.session.theme.pinned)
    for k in range(most):
        made.session.pin(f"run {k}")
    assert [pin.number for pin in made.session.pins] == list(range(most))
    made.session.pin("one too many")
    assert len(made.session.pins) == most
    assert len(made.messages) == 1 and str(most) in made.messages[0]
    made.session.unpin(0)
    made.session.pin("again")
    assert sorted(pin.number for pin in made.session.pins) == list(range(most))
    assert made.session.pins[-1].number == 0, "the others keep their colours"
    made.session.unpin()
    assert made.session.pins == ()
    made.flags.clear()
    made.session.unpin()
    made.session.unpin(3)
    assert made.flags == []


def test_a_pin_keeps_its_run(desk):
    made = desk()
    trace = made.session.trace
    made.session.pin("first")
    made.session.change(cell="gru")
    made.session.update()
    assert made.session.pins[0].trace is trace


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_runs_are_described_by_what_tells_them_apart(cell):
    base = Experiment(cell=cell.name)
    told = describe(base)
    assert told.startswith(cell.title) and "\n" not in told and len(told) < 60
    assert describe(base.with_changes(w_gain=0.5)) != told
    assert "read backwards" in describe(base.with_changes(read_backwards=True))
    for gate in cell.gates:
        assert f"{gate} ≡ 1" in describe(base.freeze(gate, 1.0))


# --- panels ---
def test_a_panel_bound_anew_no_longer_hears_the_old_session(desk):
    made, other = desk(), desk()
    made.panel.bind(other.session)
    before = made.panel.refreshes
    made.session.change(hidden=3)
    made.session.update()
    assert made.panel.refreshes == before
    other.session.change(hidden=3)
    other.session.update()
    assert made.panel.refreshes == before + 1


# --- nothing is left behind ---
def count(*types) -> dict[str, int]:
    gc.collect()
    objects = gc.get_objects()
    return {each.__name__: sum(type(one) is each for one in objects) for each in types}


def test_the_old_run_is_gone_once_another_is_shown(desk):
    made = desk()
    made.finish()
    old = weakref.ref(made.session.trace)
    made.session.change(hidden=3)
    made.session.update()
    made.finish()
    gc.collect()
    assert old() is None


@pytest.mark.slow
def test_many_reruns_leave_nothing_behind(desk):
    made = desk(steps=3, hidden=2)
    made.session.set_view(share_at=2)

    def rerun(times):
        for k in range(times):
            made.session.change(gesture="hidden", hidden=2 + k % 2)
            made.session.update()
            made.session.share
            made.session.pull(iter([False] * 5 + [True]).__next__)
            made.flags.clear()
            made.checks.clear()

    rerun(100)
    kinds = (Trace, Network, ForwardPass, BackwardPass, Session)
    before = count(*kinds)
    tracemalloc.start()
    try:
        rerun(20)
        gc.collect()
        low, _ = tracemalloc.get_traced_memory()
        rerun(500)
        gc.collect()
        high, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count(*kinds) == before
    assert high - low <= 500 * 100  # bytes: no object a rerun


def test_a_run_refused_at_the_start_says_so():
    with pytest.raises(InputError):
        Session(Experiment(task="csv"))
    assert record(Experiment()).steps == 14
