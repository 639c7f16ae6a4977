"""How a run is looked at follows it: the time, the selection, the view, the theme."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.documents.storage import View
from core.experiment import Experiment
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.session.session import Change, Selection
from tests.explorer.suited import task_for


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
        assert made.session.position == made.session.timeline.last == 2 * steps + 3
    made.session.seek(0)
    made.session.change(steps=9)
    made.session.update()
    assert made.session.position == 0


def test_where_the_gradients_are_complete_they_stay_so_in_a_run_of_another_length(desk):
    made = desk(steps=14)
    made.session.seek(made.session.timeline.complete)
    for steps in (30, 3):
        made.session.change(steps=steps)
        made.session.update()
        assert made.session.position == made.session.timeline.complete == 2 * steps + 2
    made.session.seek(made.session.timeline.complete + 0.25)
    made.session.change(steps=5)
    made.session.update()
    assert made.session.position == made.session.timeline.complete + 0.25


def test_seeking_is_clamped_and_told_once(desk):
    made = desk(steps=4)
    made.session.seek(-3)
    assert made.times == []
    made.session.seek(99)
    made.session.seek(99)
    assert made.times == [11.0]
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
        if made.session.trace.experiment.cell != other.name:  # refused: the run shown stays, and what is selected
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


# --- a cell opened at a step ---
def test_leaving_a_cell_brings_the_playhead_back_where_nothing_else_moved_it(desk):
    session = desk(steps=9).session
    last = session.timeline.complete
    session.seek(last)
    session.enter(None, 4)
    assert session.time[:3] == (BACKWARD, 4, 1.0)
    session.leave()
    assert session.position == last, "a finished run stays finished"
    session.enter(None, 4)
    session.seek_to(BACKWARD, 2)
    session.leave()
    assert session.time[:2] == (BACKWARD, 2), "where a person has moved it, it stays"


@pytest.mark.parametrize("position", [20, 11, 8])
def test_a_cell_that_shows_the_step_anyway_moves_nothing(desk, position):
    session = desk(steps=9).session
    session.seek(position)
    t = 1 if position == session.timeline.complete else session.time.t
    session.enter(None, t)
    assert session.position == position and session.inside
