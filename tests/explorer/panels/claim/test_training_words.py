"""What is said of a training is what its history holds, over tasks, seeds and what can go wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.experiment import Experiment, natural
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.spikes import spikes
from core.training.summary import standing_of, summary_of
from explorer.panels.training_words import Raced, race_headline, training_headline, training_reasons
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


# --- a race ---
@pytest.mark.parametrize("validation", [0.0, 0.3])
@pytest.mark.parametrize("pinned", [["lstm"], ["relu", "lstm"]])
def test_of_a_race_it_names_the_run_with_the_lowest_loss(drive, pinned, validation):
    driver = drive(natural("echo", steps=5, hidden=3, batch=4))
    session = driver.session
    session.trainer.set_plan(length=9, rate=0.3, validation=validation)
    for cell in pinned:
        session.choose_cell(cell)
        driver.settle()
        session.pin()
    session.choose_cell("tanh")
    session.screen.set_presented("training")
    driver.settle()
    session.trainer.toggle_race()
    driver.settle()
    runs = {"tanh": session.trainer.training}
    for pin, run in session.trainer.race.trainings():
        runs[session.pinned.short(pin)] = run
    losses = {name: run.validations.loss[-1] if validation else run.history[8].loss for name, run in runs.items()}
    order = sorted(losses, key=lambda name: losses[name])
    claim = driver.window.panels["claim"]
    assert len(losses) == len(pinned) + 1 == len({number(each) for each in losses.values()})
    which = ("lower" if len(pinned) == 1 else "lowest") + (" loss on validation" if validation else " loss")
    when = "After 9 updates" if validation else "At update 9"
    rest = "; ".join(f"{name} has {number(losses[name])}" for name in order[1:])
    assert claim.headline == f"{when} {order[0]} has the {which}, {number(losses[order[0]])}; {rest}."
    assert "same" in claim.reasons[0]
    assert claim.reasons[1] == f"This run, {training_headline(runs['tanh'])}"
    session.trainer.set_plan(length=20)
    driver.settle()
    session.trainer.toggle()  # this one alone: it is no race any more
    driver.settle()
    assert claim.headline == training_headline(session.trainer.training)


def test_a_run_that_broke_off_has_no_place_and_equal_ones_share_it():
    good = trained(natural("echo", steps=4, hidden=2), length=5)
    wild = natural("sine", steps=8, hidden=4, cell="relu", w_gain=1.5)
    bad = trained(wild, optimizer="sgd", rate=50.0, length=60)
    assert bad.training.broken
    standing = standing_of([bad, good])
    assert standing.update == 5 and standing.order == [1] and not standing.validated
    assert standing.losses[1] == good.history[4].loss
    said = race_headline(Raced(["fast", "slow"], [bad, good], standing))
    x, last = number(good.history[4].loss), bad.history[-1].update
    assert said == f"At update 5 slow has the loss {x}; fast broke off at update {last}."
    assert race_headline(Raced(["a", "b"], [good, good], standing_of([good, good]))) == (
        f"At update 5 a has the loss {x}; b has {x}."
    )
    assert standing_of([good, trained(natural("echo", steps=4, hidden=2), length=8)]) is None
    assert standing_of([bad]) is None
