"""The session: one run and one refresh for a change, refusals that change nothing, files, and nothing left behind."""

from __future__ import annotations

import gc
import json
import tracemalloc
import weakref

import numpy as np
import pytest

from core.analysis.gradcheck import claimed
from core.cells import CELLS
from core.documents.storage import View
from core.errors import InputError
from core.experiment import Experiment, describe, natural
from core.network.parts import BackwardPass, ForwardPass, Network
from core.recorder import record
from core.tasks import TASKS
from core.timeline.timeline import BACKWARD, FORWARD
from core.trace import Trace
from explorer.panels.base import Panel
from explorer.session.session import Change, Selection, Session
from tests.explorer.suited import task_for

HUGE = {"steps": 1000, "hidden": 256, "batch": 256, "cell": "lstm"}


class Desk:
    """A session with a bound panel, and everything that it said."""

    def __init__(self, experiment=None):
        self.session = Session(experiment or Experiment(hidden=2))
        self.panel = Panel()
        self.panel.bind(self.session)
        self.flags, self.messages, self.times, self.checks, self.selections = [], [], [], [], []
        self.session.changed.connect(self.flags.append)
        self.session.message.connect(self.messages.append)
        self.session.time_changed.connect(self.times.append)
        self.session.check_changed.connect(self.checks.append)
        self.session.selection_changed.connect(lambda: self.selections.append(self.session.selection))

    def finish(self):
        while self.session.busy:
            self.session.update()
            self.session.pull(lambda: False)

    def state(self):
        session = self.session
        return (
            session.trace, session.experiment, session.history.can_undo, session.history.can_redo, session.position,
            session.selection, session.pins, session.view, session.runs, session.path, session.modified,
        )  # fmt: skip


@pytest.fixture
def desk(qtbot):
    def make(**fields):
        made = Desk(natural(fields.pop("task", "last-step"), **{"hidden": 2, **fields}))
        qtbot.addWidget(made.panel)
        return made

    return make


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


# --- time and selection ---
@pytest.mark.parametrize(("phase", "t"), [(FORWARD, 12), (BACKWARD, 12), (FORWARD, 2), (BACKWARD, 2)])
def test_the_time_keeps_its_phase_and_its_step_as_far_as_there_is_one(desk, phase, t):
    made = desk(steps=14)
    made.session.seek_to(phase, t)
    made.session.change(steps=5)
    made.session.update()
    assert made.session.time[:2] == (phase, min(t, 5))
    made.session.change(steps=30)
    made.session.update()
    assert made.session.time[:2] == (phase, min(t, 5))


def test_at_the_end_it_stays_at_the_end_and_at_the_start_at_the_start(desk):
    made = desk(steps=14)
    for steps in (30, 3):
        made.session.seek(1e9)
        made.session.change(steps=steps)
        made.session.update()
        assert made.session.position == made.session.timeline.last == 2 * steps + 2
    made.session.seek(0)
    made.session.change(steps=9)
    made.session.update()
    assert made.session.position == 0


def test_seeking_is_clamped_and_told_once(desk):
    made = desk(steps=4)
    made.session.seek(-3)
    assert made.times == []
    made.session.seek(99)
    made.session.seek(99)
    assert made.times == [10.0]
    made.session.seek_to(BACKWARD, 4)
    assert made.session.position == 6.0


def test_a_selection_is_clamped_to_a_shorter_run(desk):
    made = desk(steps=14)
    made.session.select(Selection("h", 12, source="s", recurrent=True))
    made.session.change(steps=5)
    made.session.update()
    assert made.session.selection == Selection("h", 5, source="s", recurrent=True)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("other", CELLS, ids=lambda cell: cell.name)
def test_a_selection_is_let_go_where_the_other_cell_has_no_such_row(desk, cell, other):
    made = desk(cell=cell.name, steps=6, task=task_for(cell.name))
    rows = {row.name for row in other().rows} | {"x", "z"}
    for row in made.session.trace.scan.cell.rows:
        made.session.change(cell=cell.name)
        made.session.update()
        made.session.select(Selection(row.name, 4, record=row.shown[0], unit=1))
        made.session.change(cell=other.name, hidden=1)
        made.session.update()
        chosen = made.session.selection
        if made.session.trace.experiment.cell != other.name:  # refused: the run shown stays, and what is in hand
            assert made.messages[-1].startswith(("The cell", "The read-out of the cell"))
            assert (chosen.row, chosen.t) == (row.name, 4)
        elif row.name not in rows:
            assert chosen is None
        else:
            assert (chosen.row, chosen.t) == (row.name, 4)
            assert chosen.record in ("", *(each.name for each in other().records))
        made.session.change(hidden=2)


def test_selecting_is_told_once(desk):
    made = desk()
    made.session.select(Selection("s", 3))
    made.session.select(Selection("s", 3))
    made.session.select(None)
    made.session.select(None)
    assert made.selections == [Selection("s", 3), None]


def test_the_view_is_clamped_to_the_run(desk):
    made = desk(task="echo", batch=4, steps=10, loss_at="every")
    made.session.set_view(sample=3, share_at=9)
    made.session.change(batch=2, steps=6)
    made.flags.clear()
    made.session.update()
    assert (made.session.view.sample, made.session.view.share_at) == (1, None)  # there is no ninth step to look at
    assert made.flags == [Change.RUN | Change.VIEW]


def test_a_share_goes_with_the_losses_that_it_is_a_share_of(desk):
    made = desk(task="echo", steps=10, loss_at="every")
    made.session.set_view(share_at=9)
    made.session.change(loss_at="last")
    made.session.update()
    assert made.session.view.share_at is None


def test_a_new_experiment_is_looked_at_as_at_the_start(desk):
    made = desk(task="echo", steps=10, loss_at="every")
    made.session.set_view(share_at=9, normalise=True)
    made.session.pin("a")
    made.session.select(Selection("s", 3))
    made.session.new()
    made.session.update()
    assert made.session.trace.experiment == Experiment()
    assert (made.session.view, made.session.pins, made.session.selection) == (View(), (), None)


def test_a_length_that_was_the_last_tasks_own_goes_with_it(desk):
    made = desk(steps=14)
    made.session.choose_task("next-character")
    assert made.session.experiment.steps == 4
    made.session.choose_task("sine")
    assert made.session.experiment.steps == 14
    made.session.change(steps=9)
    made.session.choose_task("adding")
    assert made.session.experiment.steps == 9


# --- views ---
def test_another_view_is_told_and_makes_no_run(desk):
    made = desk(task="echo", truncate=3, steps=8)
    made.flags.clear()
    made.session.set_view(gradient="exact")
    assert made.flags == [Change.VIEW]
    assert made.session.gradients is made.session.trace.exact
    made.session.set_view(gradient="exact")
    assert made.flags == [Change.VIEW]
    made.session.set_view(gradient="used")
    assert made.session.gradients is made.session.trace.used
    assert made.session.runs == 0


def test_the_share_of_a_step_is_made_once_and_for_the_run_shown(desk):
    made = desk(task="echo", steps=6, loss_at="every")
    assert made.session.share is made.session.gradients
    made.session.set_view(share_at=4)
    share = made.session.share
    assert made.session.share is share
    assert not share["L1", "s"][4:].any() and share["L1", "s"][:4].any()
    made.session.set_view(share_at=6)
    assert made.session.share["L1", "s"][5].any()
    made.session.change(hidden=3)
    made.session.update()
    assert made.session.share["L1", "s"].shape[2] == 3


def test_another_theme_is_told(desk):
    made = desk()
    made.session.set_theme("light")
    assert made.flags == []
    made.session.set_theme("dark")
    assert made.flags == [Change.THEME]
    assert made.session.theme.name == "dark"


# --- jobs ---
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


# --- files ---
def test_a_session_comes_back_from_its_file(desk, tmp_path):
    made = desk(task="echo", batch=3, steps=9, cell="lstm", loss_at="every", truncate=4)
    made.session.pin("pinned")
    made.session.change(forget_bias=2.5)
    made.session.set_view(sample=2, share_at=6, gradient="exact", normalise=True)
    assert made.session.modified
    made.session.seek(3.0)
    assert made.session.save(tmp_path / "a.json")
    assert not made.session.modified
    assert made.messages[-1] == "Saved as a.json."
    saved = made.session
    other = desk()
    assert other.session.open(tmp_path / "a.json")
    assert other.session.experiment == saved.experiment
    assert other.session.trace.loss == saved.trace.loss
    assert (other.session.position, other.session.view) == (3.0, saved.view)
    assert [pin.trace.experiment for pin in other.session.pins] == [pin.trace.experiment for pin in saved.pins]
    assert other.session.pins[0].label == "pinned"
    assert other.messages == ["Opened a.json."]
    assert not other.session.modified and other.session.path == tmp_path / "a.json"
    other.session.update()
    assert other.session.runs == 1
    other.session.undo()
    other.session.update()
    assert other.session.experiment.task == "last-step"
    assert other.session.path is None and not other.session.modified


def test_a_change_that_waits_is_saved_too(desk, tmp_path):
    made = desk()
    made.session.change(hidden=5)
    made.session.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["experiment"]["hidden"] == 5


def test_a_change_that_waits_does_not_run_after_opening(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    made.session.change(hidden=5)
    made.session.open(tmp_path / "a.json")
    made.session.update()
    assert made.session.trace.experiment.hidden == 2


@pytest.mark.parametrize("text", ["", "no JSON", "{}[", '{"format": 9}', '{"steps": 0}', '{"task": "csv"}'])
def test_a_file_that_cannot_be_opened_changes_nothing(desk, tmp_path, text):
    made = desk()
    made.session.pin("kept")
    path = tmp_path / "bad.json"
    path.write_text(text)
    before = made.state()
    assert not made.session.open(path)
    assert made.state() == before
    (sentence,) = made.messages
    assert sentence.endswith(".") and "\n" not in sentence


def test_a_pinned_run_that_cannot_be_made_changes_nothing_either(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values["pinned"] = [{"task": "csv", "csv_path": str(tmp_path / "gone.csv")}]
    (tmp_path / "a.json").write_text(json.dumps(values))
    before = made.state()
    assert not made.session.open(tmp_path / "a.json")
    assert made.state() == before


def test_a_view_beyond_the_run_is_clamped(desk, tmp_path):
    made = desk(steps=4)
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values |= {"view": {"sample": 77, "share_at": 50}, "position": 1e9}
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert made.session.open(tmp_path / "a.json")
    assert (made.session.view.sample, made.session.view.share_at) == (0, None)
    assert made.session.position == made.session.timeline.last


def test_a_file_with_other_numbers_says_so(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values["loss"] *= 1.001
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert made.session.open(tmp_path / "a.json")
    assert "the loss is" in made.messages[-1]


def test_what_cannot_be_saved_is_said(desk, tmp_path):
    made = desk()
    made.session.change(hidden=3)
    assert not made.session.save(tmp_path / "no such folder" / "a.json")
    assert "cannot be written" in made.messages[-1]
    assert made.session.modified and made.session.path is None


def test_a_new_session(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    made.session.new("echo")
    made.session.update()
    assert made.session.path is None
    assert made.session.experiment == natural("echo")
    made.session.undo()
    assert made.session.experiment.hidden == 2


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
