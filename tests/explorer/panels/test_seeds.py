"""The page of many seeds: its bars hold core's numbers, a click opens a seed of a bar, and undo brings the run back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.ensemble.measures import MEASURES, worst
from core.ensemble.seeds import ensemble, quantiles_of
from core.experiment import Experiment
from core.jobs import finished
from explorer.panels.seeds.panel import SeedsPanel
from explorer.panels.seeds.words import value_text
from explorer.session.session import Session
from tests.explorer.driving import pulled


@pytest.fixture
def page(show_panel):
    def make(experiment=None, theme="light"):
        session = Session(experiment or Experiment(steps=9), theme)
        panel = show_panel(SeedsPanel(), session, 335, 560)[0]
        panel.run.click()
        pulled(session)
        return panel

    return make


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_every_measure_has_its_bars(page, theme):
    panel = page(Experiment(steps=9, cell="relu", w_gain=1.2), theme)
    outcomes = finished(ensemble(panel.session.experiment, 100)).outcomes
    for k, measure in enumerate(MEASURES):
        panel.measure.setCurrentIndex(k)
        spread = panel.spread
        numbers = np.array([measure.of(outcome) for outcome in outcomes])
        np.testing.assert_allclose(spread.numbers, numbers, rtol=1e-9)
        assert sum(bar.count for bar in spread.bars) == 100
        assert [bar.count for bar in spread.bars] == [len(members) for members in spread.members]
        assert 0 in spread.members[spread.mark.bar] or np.isnan(spread.own)
        low, median, high = (value_text(float(each)) for each in quantiles_of(numbers, (0.05, 0.5, 0.95)))
        assert panel.said.text().startswith(f"Median {median}, 5 … 95 %: {low} … {high}.")
        assert panel.said.text() in panel.picture.accessibleName()
        panel.grab()
        for bar in range(len(spread.bars)):
            panel.picture.look(bar)
            assert panel.picture.accessibleDescription() == panel.sentence(bar)
        panel.grab()


def test_the_rank_counts_the_others(page):
    panel = page()
    spread = panel.spread
    lower, higher = int((spread.numbers < spread.own).sum()), int((spread.numbers > spread.own).sum())
    assert lower + higher == 99
    assert f"{lower} of 100 seeds have less, {higher} more" in panel.said.text()


def test_a_click_opens_a_seed_of_the_bar_and_the_next_click_another(page):
    panel = page()
    session, spread = panel.session, panel.spread
    before = session.experiment
    bar = next(k for k, members in enumerate(spread.members) if len(members) > 1 and 0 not in members)
    members = spread.members[bar]
    spot = panel.picture.outer(panel.picture.place(bar)).center() + QPoint(0, 40)
    for place in members[:2]:
        QTest.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=spot)
        session.update()
        assert session.experiment == session.seeds.ensemble.outcomes[place].experiment
        assert panel.spread.mark.bar == bar and len(panel.spread.numbers) == 100
    session.undo()
    session.undo()
    session.update()
    assert session.experiment == before


def test_the_worst_opens_and_the_keys_reach_every_bar(page):
    panel = page()
    session, measure = panel.session, panel.spread.measure
    outcomes = session.seeds.ensemble.outcomes
    panel.open_worst.click()
    session.update()
    place = worst(measure, outcomes)
    assert session.experiment == outcomes[place].experiment
    assert panel.spread.own == pytest.approx(float(panel.spread.numbers.max()))
    QTest.keyClick(panel.picture, Qt.Key.Key_Left)
    filled = [k for k, bar in enumerate(panel.spread.bars) if bar.count]
    assert panel.picture.at == filled[-1]
    for _ in filled:
        QTest.keyClick(panel.picture, Qt.Key.Key_Left)
    assert panel.picture.at == filled[0]
    QTest.keyClick(panel.picture, Qt.Key.Key_Return)
    session.update()
    assert session.experiment == outcomes[panel.spread.members[filled[0]][0]].experiment


def test_another_experiment_offers_the_run_again(page):
    panel = page()
    assert panel.picture.isVisible() and not panel.run.isVisible()
    panel.session.change(w_gain=1.3)
    panel.session.update()
    assert panel.spread is None and panel.run.isVisible() and not panel.picture.isVisible()
