"""Pinned runs in the norms: aligned at the loss or at t = 1, and relative to the value at the loss."""

from __future__ import annotations

import numpy as np
import pytest

from core.claims.claim import column_norms
from core.experiment import Experiment
from core.recorder import record
from explorer.panels.norms.panel import NormsPanel
from explorer.session.session import Session
from tests.explorer.driving import pulled


@pytest.fixture
def norms(show_panel):
    def make(pinned, now, width=900, **view):
        session = Session(Experiment(steps=pinned))
        session.pin("pinned")
        session.change(steps=now, cell="lstm")
        pulled(session)
        session.seek(session.timeline.complete)
        session.set_view(**view)
        panel = NormsPanel()
        show_panel(panel, session, width, 200)
        return panel, session

    return make


def curves(panel):
    current = next(curve for curve in panel._curves if curve.current)
    pinned = next(curve for curve in panel._curves if curve.pin is not None)
    return current, pinned


def logs(steps):
    trace = record(Experiment(steps=steps))
    return np.log10(column_norms(trace, trace.exact, "s"))


@pytest.mark.parametrize(("pinned", "now"), [(14, 24), (24, 14), (14, 14), (1, 9)])
@pytest.mark.parametrize("at", ["loss", "start"])
def test_a_pinned_run_has_its_loss_in_the_column_of_this_ones_or_its_first_step(norms, pinned, now, at):
    panel, _ = norms(pinned, now, pins_at=at)
    _, curve = curves(panel)
    alone = logs(pinned)
    for t in range(1, now + 1):
        own = t - (now - pinned) if at == "loss" else t
        if 1 <= own <= pinned:
            assert curve.logs[t - 1] == pytest.approx(alone[own - 1])
        else:
            assert t <= curve.absent or t > len(curve.logs)
    shown = {name: value for _, name, value in panel.readout(1)}
    assert (shown[curve.label] == "–") == (at == "loss" and pinned < now)
    assert panel.header.aligned.isVisibleTo(panel) == (pinned != now)
    panel.grab()  # no mark of what is no number where the run has no step
    from explorer.items.plots.norms import marks

    assert not [mark for mark in marks(curve, panel._frame, panel.small_font()) if mark.sign == "NaN"]


def test_relative_each_curve_is_divided_by_its_value_at_the_loss(norms):
    panel, session = norms(14, 24)
    before = [curve.logs.copy() for curve in curves(panel)]
    assert panel.unit() == ""
    panel.header.relative.click()
    assert session.view.relative and panel.unit() == "÷ t = 24"
    for curve, was in zip(curves(panel), before, strict=True):
        assert curve.logs[23] == 0.0
        np.testing.assert_allclose(curve.logs[curve.absent :], (was - was[23])[curve.absent :])
    (_, text), *_ = panel.tips(1)
    assert "‖∂L/∂c₁‖ / ‖∂L/∂c₂₄‖ = " in text
    assert "divided by its value at the loss" in panel.canvas.accessibleDescription()
    frame = panel._frame
    panel.header.aligned.click()
    assert session.view.pins_at == "start" and panel._curves[0].logs[13] == 0.0
    panel.grab()
    assert frame is not None


def test_a_curve_without_a_gradient_at_the_loss_is_not_drawn(norms):
    panel, session = norms(5, 5)
    session.change(task="last-step", w_gain=0.0, u_gain=0.0, cell="relu", bias=-1.0)
    pulled(session)
    session.set_view(relative=True)
    current, _ = curves(panel)
    assert not np.isfinite(current.logs).any() or current.logs[4] == 0.0


def test_narrow_the_switches_give_way_to_the_menu(norms):
    panel, session = norms(14, 24, width=420)
    panel.header.fit(420)
    assert not panel.header.relative.isVisibleTo(panel) and not panel.header.aligned.isVisibleTo(panel)
    menu = panel.menu()
    action = next(action for action in menu.actions() if "Divide each curve" in action.text())
    action.trigger()
    assert session.view.relative
    menu.deleteLater()
