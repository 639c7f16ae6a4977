"""What a frame of playback works out: once what all panels ask for, and once a beat what a beat changes."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication

import core.narration
import explorer.panels.contributions.panel as contributions
from core.experiment import Experiment
from core.timeline.timeline import BACKWARD, FORWARD, Time, Timeline
from explorer.panels.step_back.panel import StepBackPanel
from explorer.panels.weights.panel import WeightsPanel


@pytest.fixture
def counts(monkeypatch):
    """`counts[name]`: how often it was called. "equation", "row", "beat", "stacks" and "sum" are counted."""
    found = Counter()

    def count(owner, attribute, name):
        made = getattr(owner, attribute)

        def counted(*args, **named):
            found[name] += 1
            return made(*args, **named)

        monkeypatch.setattr(owner, attribute, counted)

    count(core.narration, "_mathematics", "equation")
    count(contributions, "now_of", "row")
    count(Timeline, "at", "beat")
    count(StepBackPanel, "stacks", "stacks")
    count(WeightsPanel, "_show_sum", "sum")
    return found


@pytest.mark.parametrize("phase", [FORWARD, BACKWARD])
def test_a_frame_asks_once_and_a_beat_makes_its_equation_once(drive, counts, phase):
    driver = drive(Experiment(steps=24))
    session = driver.session
    session.pull(lambda: session.contributions is not None)
    begin = session.timeline.position(Time(phase, 9, 0.0))
    session.seek(begin)
    driver.settle(3)
    counts.clear()
    for share in (0.2, 0.4, 0.6, 0.8):
        session.seek(begin + share)
        QApplication.processEvents()
    assert counts["equation"] == 1
    assert counts["row"] == counts["beat"] == 4
    assert counts["stacks"] == counts["sum"] == 0
    session.seek(begin + 1.0)
    QApplication.processEvents()
    assert counts["equation"] == 1 and counts["stacks"] == 0
    assert counts["sum"] == (phase == BACKWARD)
