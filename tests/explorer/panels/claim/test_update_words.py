"""The update in one sentence: every number in it is that of the run, whatever the network and the rule."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import CELLS
from core.experiment import Experiment, natural
from core.narration import moving
from core.recorder import record
from core.training.optimizers import OPTIMIZERS
from core.training.update import UpdateRule
from explorer.panels.claim.panel import ClaimPanel
from explorer.panels.claim.update_words import update_headline, update_reasons
from explorer.session.session import Session
from explorer.style.numbers import number, parse, percent, power
from tests.core.strategies import DRAWN, RELAXED, experiments
from tests.explorer.suited import suited_to

NUMBER = r"(−?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
RULES = [UpdateRule(each.name, each.rate_usual) for each in OPTIMIZERS]
RULES += [UpdateRule("sgd", 1e-9), UpdateRule("sgd", 3.0), UpdateRule("sgd", 0.05, (("momentum", 0.9),))]


def at_the_update(experiment, rule=RULES[0]) -> Session:
    session = Session(experiment)
    session.findings.set_rule(rule)
    while session.finding and session.findings.update is None:
        session.find(lambda: True)
    session.seek(session.timeline.last)
    return session


def check(session: Session) -> None:
    text, update, trace = update_headline(session), session.findings.update, session.trace
    assert text.endswith(".") and "{" not in text and "not a number" not in text
    if update.broken or not any(array.any() for array in update.change.values()):
        assert text.startswith("No update") == bool(update.broken)
        return
    name, symbol = moving(trace, session.notation)
    arrays = {**update.change, **trace.named_parameters(update.change)}[name]
    before = {**update.before, **trace.named_parameters(update.before)}[name]
    far = float(np.linalg.norm(arrays))
    if f"{symbol} moves by" in text:
        assert parse(re.search(rf"moves by {NUMBER}", text)[1]) == pytest.approx(far, rel=6e-3)
        share = re.search(r"\((.+) of its norm\)", text)
        assert (share is None) == (not before.any())
        if share is not None:
            assert share[1] == percent(far / float(np.linalg.norm(before)))
    else:
        assert far == 0.0 and f"{symbol} stays as it is" in text
    clipped = trace.used_parameters is not trace.unclipped_parameters
    assert "clipped" not in text or clipped
    assert ("truncated" in text) == (trace.experiment.truncate is not None and trace.used is not trace.exact)
    again = record(trace.experiment, update.after).loss
    if not np.isfinite(again):
        assert "no longer be finite" in text
        return
    assert update.loss_after == pytest.approx(again, rel=1e-9, abs=1e-300)
    falls = re.search(rf"L would (fall|rise) from {NUMBER} to {NUMBER}", text)
    if falls is not None:
        way, a, b = falls.groups()
        assert (way == "fall") == (update.loss_after < trace.loss)
        assert (parse(a), parse(b)) == pytest.approx((trace.loss, again), rel=6e-3, abs=1e-12)
        assert (parse(b) < parse(a)) == (way == "fall")
    else:
        assert f"from {number(trace.loss)}" in text or f"stay at {number(trace.loss)}" in text


@settings(RELAXED, max_examples=80)
@given(experiments(DRAWN, steps=(1, 6)), st.sampled_from(RULES))
def test_every_number_of_the_sentence_is_that_of_its_run(experiment, rule):
    check(at_the_update(experiment, rule))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_has_its_sentence_and_its_equation(cell):
    session = at_the_update(suited_to(cell.name, steps=4))
    check(session)
    assert "←" in update_reasons(session)[0] and "{" not in update_reasons(session)[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.optimizer}-{rule.rate:g}-{len(rule.options)}")
def test_every_optimizer_has_its_equation(rule):
    text = update_reasons(at_the_update(Experiment(), rule))[0]
    assert text.startswith("W ← W − η·") and "∂L/∂W" in text and "{" not in text
    assert ("m̂" in text) == (rule.optimizer == "adam")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"truncate": 3}, "the truncated gradient"), ({"clip_norm": 0.01}, "the clipped gradient"),
     ({"truncate": 3, "clip_value": 0.001}, "the truncated and clipped gradient")],
)  # fmt: skip
def test_what_is_used_is_said(changes, said):
    session = at_the_update(Experiment().with_changes(**changes))
    assert f"by {said};" in update_headline(session)


def test_the_default_run_and_one_without_a_finite_gradient():
    session = at_the_update(Experiment())
    update = session.findings.update
    far = float(np.linalg.norm(update.change["L1.W"]))
    assert update_headline(session).startswith(f"At η = 0.1 W moves by {number(far)} (")
    small = at_the_update(Experiment(), UpdateRule("sgd", 1e-12))
    assert update_headline(small).startswith(f"At η = {power(1e-12, 2)} W moves by ")
    assert "L would fall by 1." in update_headline(small)
    exploding = natural("last-step", cell="relu", steps=400, hidden=4, w_init="identity", w_gain=50.0)
    assert update_headline(at_the_update(exploding)) == "No update: the gradient is not finite."


def test_the_strip_says_it_at_its_beat_and_the_claim_below(show_panel):
    session = Session(Experiment())
    session.seek(session.timeline.last)
    panel = ClaimPanel()
    show_panel(panel, session, 940, panel.sizeHint().height())
    assert "is being computed" in panel.headline
    while session.finding:
        session.find(lambda: False)
    assert panel.headline == update_headline(session)
    assert panel.reasons[0] == "13 steps back, the gradient is 388 times smaller."
    session.seek(session.timeline.complete)
    assert panel.headline == "13 steps back, the gradient is 388 times smaller."
    session.hunt.start(1)
    session.seek(session.timeline.last)
    while session.finding:
        session.find(lambda: False)
    assert panel.headline == "One step of this backward pass is wrong: which?"
