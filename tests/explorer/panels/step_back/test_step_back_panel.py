"""What one step back passes on: the stacks against the run's norms, how they appear, and what is read off."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from core.claims.claim import column_norms
from core.experiment import Experiment, natural
from core.timeline.timeline import BACKWARD
from explorer.panels.step_back.panel import GAINED, LOST, PASSED, StepBackPanel
from explorer.session.session import Session
from explorer.style.numbers import plain


@pytest.fixture
def strip(show_panel):
    def make(experiment=None, width=990, height=150, theme="light", **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        session.seek(session.timeline.complete)
        panel, _ = show_panel(StepBackPanel(), session, width, height)
        return panel

    return make


def ratios(trace) -> np.ndarray:
    size = column_norms(trace, trace.exact, trace.scan.cell.memory)
    return size[:-1] / size[1:]


@pytest.mark.parametrize("gain", [0.5, 0.8, 1.0, 1.3])
def test_the_stacks_of_an_elman_cell_are_what_w_and_the_slope_leave(strip, gain):
    panel = strip(w_gain=gain)
    trace = panel.session.trace
    shares = panel.stacks()
    passed, gained, lost = shares.values
    slope = np.linalg.norm(trace.exact["L1", "h"][1:], axis=(1, 2)) / np.linalg.norm(
        trace.exact["L1", "s"][1:], axis=(1, 2)
    )
    np.testing.assert_allclose(passed + gained, ratios(trace), rtol=1e-9)
    np.testing.assert_allclose(passed + lost, slope, rtol=1e-9)
    assert not np.any((gained > 0) & (lost > 0))
    assert [shares.label(t) for t in range(shares.values.shape[1])] == [plain(ratio, 2) for ratio in ratios(trace)]
    names = {tone: name for name, tone in panel._names()}
    assert names[PASSED] == "passed on"
    assert (GAINED in names, LOST in names) == (bool((gained > 1e-9).any()), bool((lost > 1e-9).any()))


@pytest.mark.parametrize("cell", ["lstm", "gru", "leaky", "clockwork"])
def test_the_stacks_of_a_gated_cell_add_up_to_what_is_passed_on(strip, cell):
    panel = strip(cell=cell)
    np.testing.assert_allclose(panel.stacks().values.sum(axis=0), ratios(panel.session.trace), rtol=1e-8)
    assert next(name for name, _ in panel._names()) == "along the memory"


def test_a_stack_stands_between_its_steps_and_appears_with_the_backward_pass(strip):
    panel = strip(steps=8)
    session = panel.session
    session.seek(session.timeline.index(BACKWARD, 5))
    assert panel.reached() == (5, 8)
    assert panel.stacks().shift == 0.5
    assert panel.readout(4) == [("the backward pass has not reached this step", "")]
    names, numbers = zip(*panel.readout(6), strict=True)
    assert names == ("passed on", "of it: W", "of it: the slope")
    assert float(numbers[0]) == pytest.approx(float(numbers[1]) * float(numbers[2]), abs=2e-3)
    assert panel.readout(8) == [("no later step sends anything here", "")]
    before = panel.renders, panel.splits
    for beat in range(session.timeline.last):
        session.seek(beat)
        panel.grab()
    assert panel.splits == before[1] and panel.renders <= before[0] + 1


def test_a_column_is_read_off_and_selected(strip, qtbot):
    panel = strip()
    columns = panel.session.columns
    panel.hover(QPointF(columns.x(6), panel.plot.center().y()))
    assert panel._at == 6 and panel.heading(6) == "from t = 7 back to 6"
    panel.click(QPointF(columns.x(6), panel.plot.center().y()))
    assert (panel.session.selection.row, panel.session.selection.t) == ("s", 6)
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    assert panel._at == 5 and "from t = 6 back to 5: passed on" in panel.canvas.accessibleDescription()


def test_without_a_gradient_it_says_so(strip):
    panel = strip(cell="relu", bias=-3.0, input_scale=0.5)
    assert panel.readout(5) == [("no gradient arrives: there is nothing to pass on", "")]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"cell": "feedforward"}, False),
        ({"structure": "1-1"}, False),
        ({"cell": "lstm", "layers": 2}, True),
        ({"structure": "encoder-decoder", "task": "reverse"}, True),
    ],
)
def test_it_is_there_where_something_is_handed_on(changes, wanted):
    session = Session(natural(changes.pop("task", "last-step"), **changes))
    assert StepBackPanel.wanted(None, session) == wanted  # type: ignore[arg-type]


def test_it_is_gone_while_an_error_is_hidden():
    session = Session(Experiment(steps=6))
    session.hunt.start(1)
    assert not StepBackPanel.wanted(None, session)  # type: ignore[arg-type]
    session.hunt.give_up()
    assert StepBackPanel.wanted(None, session)  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [2, 24, 200, 1000])
@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_it_is_drawn_at_every_length(strip, steps, theme):
    panel = strip(natural("last-step", steps=steps, cell="gru", update_bias=0.0), theme=theme)
    picture = panel.grab().toImage()
    place = panel.plot
    colours = {picture.pixelColor(x, round(place.top() + 0.6 * place.height())).name() for x in range(80, 900, 3)}
    assert len(colours) > 1 and panel.renders >= 1
