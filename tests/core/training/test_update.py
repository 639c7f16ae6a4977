"""One update of a recorded run: the numbers that a training makes of it, and the loss that they have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices import Edit
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.recorder import record
from core.training.optimizers import OPTIMIZERS, SGD
from core.training.training import Training
from core.training.update import UpdateRule, updating
from tests.core.strategies import DRAWN, RELAXED, experiments

ECHO = natural("echo", cell="lstm", steps=6, hidden=3, batch=2)
RULES = [UpdateRule(each.name, each.rate_usual) for each in OPTIMIZERS]
RULES.append(UpdateRule("sgd", 0.05, (("momentum", 0.9),)))


class Beyond(SGD):
    """Leaves no number finite."""

    def step(self, parameters, gradient):
        parameters += np.inf


def trained(trace, rule: UpdateRule) -> Training:
    """One update of a training on the run's own data, from its own parameters."""
    made = Training(
        trace.experiment, rule.new_optimizer(), parameters=trace.parameters, batches=lambda update: trace.data,
        held=rule.held,
    )  # fmt: skip
    made.update()
    return made


@RELAXED
@given(experiments(DRAWN), st.sampled_from(RULES))
def test_it_moves_the_parameters_as_a_training_does_and_its_loss_is_theirs(experiment, rule):
    trace = record(experiment)
    update, training = finished(updating(trace, rule)), trained(trace, rule)
    assert (update.broken or None) == training.broken
    for name, array in training.parameters.items():
        # A training makes only the outputs that count, in another product: they differ in rounding, of which an
        # optimizer that divides by the gradient's own size makes more.
        np.testing.assert_allclose(update.after[name], array, rtol=1e-10, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(update.before[name] + update.change[name], array, rtol=1e-10, atol=1e-9)
    if update.broken:
        assert math.isnan(update.loss_after)
    else:
        again = record(experiment, update.after).loss if not any(edit.locked for edit in experiment.edits) else None
        assert again is None or update.loss_after == pytest.approx(again, rel=1e-9, nan_ok=True)


def test_a_network_without_a_dense_layer_is_trained_on_any_output():
    experiment = natural("next-character", widths=(5, 4), head=False)
    trace = record(experiment)
    update, training = finished(updating(trace, RULES[0])), trained(trace, RULES[0])
    assert all(np.array_equal(update.after[name], array) for name, array in training.parameters.items())


@pytest.mark.parametrize("changes", [{"truncate": 3}, {"clip_norm": 0.05}, {"clip_value": 0.01}], ids=str)
def test_what_is_used_of_a_gradient_is_what_moves(changes):
    trace = record(ECHO.with_changes(**changes))
    update = finished(updating(trace, UpdateRule("sgd", 0.5)))
    for name, gradient in trace.used_parameters.items():
        np.testing.assert_allclose(update.gradients[name], gradient, rtol=1e-13, atol=1e-16)
        np.testing.assert_allclose(update.change[name], -0.5 * gradient, rtol=1e-9, atol=1e-15)
    assert any((gradient != trace.exact_parameters[name]).any() for name, gradient in update.gradients.items())


def test_what_is_locked_held_or_not_learned_stays():
    locked = ECHO.with_changes(edits=(Edit("L1.W", (1, 2), 0.25, True),))
    update = finished(updating(record(locked), UpdateRule(held=("out.V",))))
    assert update.change["L1.W"][1, 2] == 0.0 and np.count_nonzero(update.change["L1.W"]) > 20
    assert "out.V" not in update.moved and not update.change["out.V"].any()
    fitted = natural("sine", cell="esn", steps=12, hidden=3, washout=2)
    reservoir = finished(updating(record(fitted), UpdateRule("adam", 0.01)))
    assert reservoir.moved and all(name.startswith("out.") for name in reservoir.moved)
    trace = record(ECHO)
    nothing = finished(updating(trace, UpdateRule(held=tuple(trace.parameters))))
    assert nothing.moved == () and nothing.loss_after == pytest.approx(trace.loss, rel=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda each: each.name)
def test_a_later_update_goes_on_from_what_the_optimizer_remembers(optimizer):
    trace = record(ECHO)
    options = (("momentum", 0.9),) if optimizer.name == "sgd" else ()
    rule = UpdateRule(optimizer.name, 0.01, options)
    training = trained(trace, rule)
    later = UpdateRule(optimizer.name, 0.01, options, before=training.optimizer)
    kept = dict(training.parameters)
    second = record(ECHO, kept)
    for _ in range(2):  # the optimizer is not moved by it
        update = finished(updating(second, later))
    assert any((update.after[n] != finished(updating(second, rule)).after[n]).any() for n in kept)
    training.update()
    for name, array in training.parameters.items():
        np.testing.assert_array_equal(update.after[name], array, err_msg=name)


def test_nothing_moves_where_the_gradient_or_what_comes_of_it_is_not_finite():
    exploding = natural("last-step", cell="relu", steps=400, hidden=4, w_init="identity", w_gain=50.0)
    update = finished(updating(record(exploding), UpdateRule()))
    assert update.broken == "gradient" and math.isnan(update.loss_after)
    assert not any(array.any() for array in update.change.values())
    trace = record(ECHO)
    update = finished(updating(trace, UpdateRule(before=Beyond(0.1))))
    assert update.broken == "parameters" and math.isnan(update.loss_after) and update.loss == trace.loss
    for name, array in update.after.items():
        np.testing.assert_array_equal(array, trace.parameters[name])


def test_a_rule_that_cannot_be_is_one_sentence():
    for rule in (UpdateRule("sideways"), UpdateRule(rate=0.0), UpdateRule("sgd", 0.1, (("momentum", 2.0),))):
        with pytest.raises(InputError):
            rule.new_optimizer()
