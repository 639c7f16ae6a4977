"""What is said of a training is what its history holds, over tasks, seeds and what can go wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.experiment import Experiment, natural
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.spikes import spikes
from core.training.summary import summary_of
from explorer.panels.training_words import training_headline, training_reasons
from explorer.style.numbers import number


def trained(experiment: Experiment, **choices) -> TrainingRun:
    run = TrainingRun(experiment, Plan(**{"length": 40, "rate": 0.02, "validation": 0.0, **choices}))
    for _ in run.steps():
        pass
    return run


@pytest.mark.parametrize("task", ["echo", "sine", "adding", "next-character", "last-step"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_fell_or_rose_as_the_history_says(task, seed):
    run = trained(natural(task, steps=6, hidden=4, weight_seed=seed, data_seed=seed))
    loss = [each.loss for each in run.history]
    said = training_headline(run)
    assert said.startswith("40 updates: the loss ")
    assert ("fell" in said, "rose" in said) == (loss[-1] < loss[0], loss[-1] > loss[0])
    assert number(loss[0])[:3] in said and number(loss[-1])[:3] in said
    jumps = [each for each in spikes(run.history) if each.quantity == "loss"]
    assert ("jump" in said) == bool(jumps)
    if jumps:
        highest = max(jumps, key=lambda each: each.value)
        assert f"a jump to {number(highest.value)} at update {highest.update}" in said


def test_a_rate_that_is_too_large_rises_or_breaks_off():
    run = trained(natural("sine", steps=8, hidden=4, cell="relu", w_gain=1.5), optimizer="sgd", rate=50.0, length=60)
    assert run.ended == "broken"
    found = summary_of(run)
    assert found.course == "broke" and np.isfinite([found.first, found.last]).all()
    assert "broke off" in training_headline(run) and "no longer finite" in training_headline(run)
    assert any("rose" in each for each in training_reasons(run)) == (found.last > found.first)


def test_on_validation_it_is_the_loss_of_the_validations():
    run = trained(natural("echo", steps=5, hidden=4), validation=0.2, validate_every=5)
    found, losses = summary_of(run), run.validations.loss
    assert found.validated and (found.first, found.last) == (losses[0], losses[-1])
    assert "the loss on validation" in training_headline(run)
    best = int(losses.argmin())
    assert f"after update {run.validations.updates[best]}: {number(float(losses.min()))}" in training_reasons(run)[-1]


def test_before_the_first_update_and_after_one():
    run = TrainingRun(natural("echo", steps=4, hidden=2), Plan(length=3, validation=0.0))
    assert summary_of(run).course == "none" and training_headline(run).startswith("No update")
    assert training_reasons(run) == []
    one = trained(natural("echo", steps=4, hidden=2), length=1)
    assert training_headline(one) == f"1 update: the loss was {number(one.history[0].loss)} before it."


def test_while_a_training_is_presented_the_claim_is_about_it(drive):
    driver = drive(Experiment(steps=5, hidden=3))
    driver.session.trainer.set_plan(length=20, rate=0.05)
    driver.settle()
    driver.key(Qt.Key.Key_T)
    claim, panel = driver.window.panels["claim"], driver.window.panels["training"]
    before = claim.headline
    driver.session.set_theme("projector")
    driver.settle()
    assert claim.headline == before  # the chain is the picture
    while not panel.isVisible():
        driver.window.next_picture()
        driver.settle()
    run = driver.session.trainer.training
    assert claim.headline == training_headline(run) and claim.reasons == training_reasons(run)
    driver.session.trainer.one_update()
    driver.settle()
    assert claim.headline.startswith("21 updates")
    driver.session.set_theme("light")
    driver.settle()
    assert claim.headline == before
