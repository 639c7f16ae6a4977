"""The difference of two runs in the nodes, and the run that an edit pins."""

from __future__ import annotations

import numpy as np
import pytest

from core.chain.losses import loss_nodes
from core.choices import Edit
from core.experiment import Experiment, natural
from core.recorder import record
from explorer.items.signs import NONE, ZERO
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.style.theme import theme_named
from tests.explorer.driving import pulled

T = 6  # where the input is edited, from 0


@pytest.fixture
def chain(show_panel):
    def make(experiment=None, size=(940, 360), **change):
        session = Session(experiment or Experiment())
        session.seek(session.timeline.complete)
        panel = ChainPanel()
        show_panel(panel, session, *size)
        session.pin("before")
        session.change(**change) if change else session.edits.edit([Edit("x", (T, 0, 0), 3.0)])
        pulled(session)
        return panel, session

    return make


def row(panel, name):
    return next(each for each in panel.view.whole.rows if each.name == name)


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_the_nodes_are_this_run_minus_the_pinned_one(chain, cell):
    panel, session = chain(Experiment(cell=cell))
    panel.commands()["difference"]()
    other = record(Experiment(cell=cell))
    for name in (session.trace.scan.cell.memory, "x"):
        picture = row(panel, "s" if name == "s" else name)
        signal = None if name == "x" else (session.trace.scan.name, name)
        here = session.trace.data.x if signal is None else session.trace.values[signal]
        there = other.data.x if signal is None else other.values[signal]
        np.testing.assert_array_equal(picture.values[:, 0], (here - there)[:, 0])
        if signal is not None:
            wanted = session.trace.used[signal] - other.used[signal]
            np.testing.assert_array_equal(picture.gradients[:, 0], wanted[:, 0])
    assert panel.view.frame.title() == "This run − before"
    assert panel.accessibleDescription().startswith("This run − before")
    panel.commands()["difference"]()
    np.testing.assert_array_equal(row(panel, "x").values[:, 0], session.trace.data.x[:, 0])


def test_exactly_0_has_a_mark_and_a_colour_and_what_is_small_has_not(chain):
    panel, _ = chain()
    panel.commands()["difference"]()
    states = row(panel, "s")
    signs, colours, zero = states.value_signs, states.value_colours, theme_named("light").zero
    assert (states.values[:T] == 0).all() and (states.values[T:] != 0).all()
    assert (signs[:T] == ZERO).all() and (signs[T:] == NONE).all()
    packed = int(zero.removeprefix("#"), 16) | 0xFF000000
    assert (colours[:T] == packed).all() and (colours[T:] != packed).all()
    small = np.abs(states.values[-1])
    assert 0 < small.max() < 0.01 and states.has_zero


def test_all_rows_but_the_inputs_have_one_scale_and_it_holds_every_difference(chain):
    panel, _ = chain()
    panel.commands()["difference"]()
    rest = [each for each in panel.view.whole.rows if each.name != "x"]
    assert len({each.limit for each in rest}) == 1
    largest = max(float(np.abs(each.values[each.present]).max()) for each in rest)
    assert largest <= rest[0].limit * (1 + 1e-9) <= 2.2 * largest


@pytest.mark.parametrize("change", [{"cell": "lstm"}, {"steps": 9}, {"hidden": 3}])
def test_runs_of_other_quantities_are_not_subtracted(chain, change):
    panel, session = chain(**change)
    said = []
    session.message.connect(said.append)
    panel.commands()["difference"]()
    assert "same quantities" in said[0] and not session.view.difference
    assert panel.view.whole.compared == ""


def test_it_follows_the_pins_and_the_sliders(chain):
    panel, session = chain(Experiment(steps=5), w_gain=0.5)
    panel.commands()["difference"]()
    assert panel.view.whole.compared == "before"
    session.change(w_gain=0.8)
    pulled(session)
    assert (row(panel, "s").values == 0).all() and row(panel, "s").limit == 1.0
    session.change(steps=6)
    pulled(session)
    assert panel.view.whole.compared == ""  # nothing to subtract: the run itself
    session.undo()
    pulled(session)
    session.unpin()
    pulled(session)
    assert panel.view.whole.compared == "" and not (row(panel, "s").values == 0).all()


def test_one_loss_alone_and_several_samples_are_compared_like_with_like(chain):
    panel, session = chain(natural("echo", batch=3, steps=8), w_gain=0.4)
    panel.commands()["difference"]()
    session.set_view(share_at=7, sample=2)
    pulled(session)
    from core.analysis.contributions import share_of_step

    other = record(natural("echo", batch=3, steps=8))
    wanted = session.share["L1", "s"] - share_of_step(other, 7, True)["L1", "s"]
    np.testing.assert_allclose(row(panel, "s").gradients[:, 0], wanted[:, 2], rtol=0, atol=0)


# --- an edit that pins ---
def test_an_edit_pins_the_run_before_it_in_the_same_entry_of_the_history():
    session = Session(Experiment(steps=5))
    session.edits.pins_before = True
    for k in (1.0, 2.0):
        session.edits.edit([Edit("x", (0, 0, 0), k)], "drag")
    session.end_gesture()
    pulled(session)
    (pin,) = session.pins
    assert pin.label == "before the edit" and pin.run.experiment == Experiment(steps=5)
    session.edits.edit([Edit("x", (1, 0, 0), 2.0)])
    pulled(session)
    (pin,) = session.pins  # the run before the last edit, not one more
    assert pin.run.experiment.edits == (Edit("x", (0, 0, 0), 2.0),)
    session.undo()
    session.undo()
    pulled(session)
    assert session.pins == () and session.experiment == Experiment(steps=5)
    session.edits.pins_before = False
    session.edits.edit([Edit("x", (1, 0, 0), 2.0)])
    pulled(session)
    assert session.pins == ()


def test_without_room_an_edit_is_made_and_not_pinned():
    session = Session(Experiment(steps=3))
    for _ in range(len(session.theme.pinned)):
        session.pin("mine")
    said = []
    session.message.connect(said.append)
    session.edits.pins_before = True
    assert session.edits.edit([Edit("x", (1, 0, 0), 2.0)])
    pulled(session)
    assert "pinned already" in said[0] and all(pin.label == "mine" for pin in session.pins)
    assert session.experiment.edits


# --- the same data, the same colours ---
@pytest.mark.parametrize("cell", ["relu", "lstm", "gru", "leaky", "clockwork", "feedforward"])
def test_inputs_keep_their_colours_with_another_cell(chain, cell):
    panel, session = chain(Experiment(steps=8), w_gain=0.7)
    before = row(panel, "x").value_colours.copy()
    session.change(cell=cell)
    pulled(session)
    np.testing.assert_array_equal(row(panel, "x").value_colours, before)


@pytest.mark.parametrize("loss_at", ["last", "every"])
def test_the_loss_is_a_difference_too(chain, loss_at):
    panel, session = chain(Experiment(loss_at=loss_at, steps=8), size=(1300, 460))
    panel.commands()["difference"]()
    here, there = loss_nodes(session.trace, 0), loss_nodes(record(Experiment(loss_at=loss_at, steps=8)), 0)
    picture = panel.view.loss.picture
    for name in ("outputs", "targets", "differences", "losses"):
        np.testing.assert_array_equal(getattr(picture, name), getattr(here, name) - getattr(there, name))
    np.testing.assert_array_equal(picture.norms, here.norms)
    assert np.abs(picture.outputs).max() <= picture.limit
    a, b = session.trace.loss, session.pins[0].trace.loss
    assert panel.view.loss.words.loss == f"L: {number(a, 4)} − {number(b, 4)} = {number(a - b, 4)}"
    assert panel.view.loss.numbers == [number(float(each), 2) for each in picture.losses]


def test_losses_at_other_steps_are_not_subtracted(chain):
    panel, _ = chain(loss_at="every")
    panel.commands()["difference"]()
    assert panel.view.whole.compared == "before" and panel.view.loss is None
