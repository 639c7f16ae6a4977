"""The norms over many seeds: the band's numbers are core's, and it is there as long as one of those runs is on show."""

from __future__ import annotations

import numpy as np
import pytest

from core.ensemble.measures import measure_named
from core.ensemble.seeds import ensemble, quantiles_of
from core.experiment import Experiment, suited
from core.jobs import finished
from explorer.panels.claim.panel import ClaimPanel
from explorer.panels.norms.panel import NormsPanel
from explorer.panels.norms.seeds import QUANTILES, factor_text
from explorer.session.seeds import COUNT
from explorer.session.session import Session
from tests.explorer.driving import pulled


@pytest.fixture
def norms(show_panel):
    def make(experiment, width=1000, **view):
        session = Session(experiment)
        session.set_view(**view)
        session.seek(session.timeline.complete)
        panel = show_panel(NormsPanel(), session, width, 260)[0]
        session.seeds.start()
        pulled(session)
        return panel

    return make


def test_the_band_is_that_of_the_runs(norms):
    experiment = Experiment(steps=9, cell="relu", w_gain=1.1)
    panel = norms(experiment)
    found = finished(ensemble(experiment, COUNT))
    with np.errstate(divide="ignore"):
        expected = np.log10(found.bands(QUANTILES))
    for logs, wanted in zip(panel.seeds.logs, expected, strict=True):
        np.testing.assert_allclose(logs, wanted, rtol=1e-12)
    low, median, high = quantiles_of(found.of(measure_named("ratio")), QUANTILES)
    np.testing.assert_allclose(panel.seeds.ratios, (low, median, high), rtol=1e-12)
    said = panel.seeds.in_words()
    texts = factor_text(median), factor_text(high), factor_text(low)
    assert said == "100 seeds: median {}, 5 … 95 %: {} … {}".format(*texts)
    assert said in panel.canvas.accessibleDescription()
    assert panel.header._more[0].isVisible() and panel.header._more[0].text() == said
    assert not panel.header.seeds.isVisible()
    panel.grab()


def test_relative_norms_are_divided_seed_by_seed(norms):
    panel = norms(Experiment(steps=6), relative=True)
    outcomes = panel.session.seeds.ensemble.outcomes
    own = np.array([outcome.norms / outcome.norms[outcome.last - 1] for outcome in outcomes])
    np.testing.assert_allclose(10.0**panel.seeds.band.median, quantiles_of(own, (0.5,))[0], rtol=1e-12)
    assert panel.seeds.band.low[5] == panel.seeds.band.high[5] == 0.0


def test_the_last_step_alone_has_a_band_and_an_earlier_one_has_none(norms):
    panel = norms(Experiment(steps=6, task="echo", structure="n-n", loss_at="every"), share_at=6)
    outcomes = panel.session.seeds.ensemble.outcomes
    shares = np.array([outcome.share for outcome in outcomes])
    np.testing.assert_allclose(10.0**panel.seeds.band.median, quantiles_of(shares, (0.5,))[0], rtol=1e-12)
    panel.session.set_view(share_at=3)
    assert panel.seeds is None
    panel.session.set_view(share_at=None)
    assert panel.seeds is not None


def test_another_seed_keeps_the_band_and_another_experiment_has_none(norms):
    panel = norms(Experiment(steps=6))
    session = panel.session
    session.seeds.open(17)
    session.update()
    assert session.experiment.weight_seed == 18 and panel.seeds is not None
    session.change(w_gain=1.0)
    session.update()
    assert panel.seeds is None and panel.header._more[0].text() == ""
    session.undo()
    session.update()
    assert panel.seeds is not None


def test_it_is_where_no_gradient_arrives_and_where_sequences_end_earlier(norms):
    nothing = Experiment(steps=5, cell="relu", bias=-3.0, input_scale=0.5)
    for experiment in (nothing, suited(Experiment(task="surname", batch=4), {})):
        panel = norms(experiment)
        assert panel.seeds is not None
        panel.grab()
    assert factor_text(0.0) == "→ 0"


def test_the_button_runs_the_seeds_and_cancelling_leaves_none(show_panel):
    session = Session(Experiment(steps=6))
    panel = show_panel(NormsPanel(), session, 1000, 260)[0]
    assert panel.header.seeds.isVisible()
    panel.header.seeds.click()
    assert session.work.busy and session.work.title == "Running 100 seeds"
    session.work.cancel()
    assert panel.seeds is None and session.seeds.ensemble is None


def test_parameters_of_a_file_are_refused(show_panel):
    parameters = Session(Experiment(weight_seed=5)).trace.parameters
    session = Session(Experiment(), parameters=parameters)
    said = []
    session.message.connect(said.append)
    session.seeds.start()
    assert not session.work.busy and "not from a seed" in said[0]


@pytest.mark.parametrize("gain", [0.8, 3.0])
def test_the_claim_counts_the_seeds_on_the_other_side(show_panel, gain):
    session = Session(Experiment(cell="identity", w_init="normal", w_gain=gain))
    session.seek(session.timeline.complete)
    panel = show_panel(ClaimPanel(), session, 1200, 60)[0]
    session.seeds.start()
    pulled(session)
    decades = measure_named("decades")
    own, others = decades.of(session.seeds.here), session.seeds.ensemble.of(decades)
    n = int((others < own).sum() if own > 0 else (others > own).sum())
    verb = "shrinks" if own > 0 else "grows"
    assert panel.reasons[0] == f"The gradient {verb} more here than with {n} of 100 seeds."


def test_a_run_without_an_end_is_ranked_among_those_that_have_one(show_panel):
    session = Session(Experiment(steps=5))
    session.seeds.start()
    pulled(session)
    percent = measure_named("percent")
    assert np.isinf(percent.of(session.seeds.here))
    numbers = session.seeds.ensemble.of(percent)
    assert session.seeds.ranked(percent) == (int(np.isfinite(numbers).sum()), 0) != (0, 0)


def test_equal_runs_are_not_ranked_by_their_rounding(show_panel):
    session = Session(Experiment(cell="identity", w_init="orthogonal", w_gain=1.0))
    session.seeds.start()
    pulled(session)
    assert session.seeds.ranked(measure_named("ratio")) == (0, 0)
