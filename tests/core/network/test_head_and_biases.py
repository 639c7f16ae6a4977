"""Networks without a dense layer, and without biases: what they have, what goes back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS
from core.errors import InputError
from core.experiment import Experiment, natural
from core.network.head import Head
from core.recorder import record
from tests.core.cases import CELL, task_of
from tests.core.differences import quotients
from tests.core.structured import STRUCTURES, trace_of
from tests.core.test_gradients import agrees

BARE = [name for name in STRUCTURES if {"head", "biases"} & STRUCTURES[name].keys()]
GATED = ("tanh", "lstm", "gru", "peephole", "leaky", "clockwork")


def worst_quotient(trace) -> float:
    """How far central differences of L are from the parameters' gradients, relative, away from kinks."""
    found = quotients(trace.network, trace.parameters, trace.data, trace.exact_parameters)
    return max(each.error for each in found if not each.crossed)


@pytest.mark.parametrize("name", BARE)
@pytest.mark.parametrize("cell", GATED)
def test_every_gradient_agrees_with_autograd_and_with_differences(cell, name):
    trace = trace_of(name, cell, reset="after")
    agrees(trace)
    assert worst_quotient(trace) < 1e-6


@pytest.mark.parametrize("task", ["echo", "sine", "binary-subtraction"])
def test_the_last_state_is_the_output(task):
    trace = record(natural(task, widths=(3, 1), head=False, steps=4))
    assert [name for name in trace.parameters if name.startswith("out.")] == []
    assert np.array_equal(trace.values["out", "z"], trace.values["L2", "s"])
    assert np.array_equal(trace.values["out", "a"], trace.network.loss.output(trace.values["L2", "s"]))


def test_a_state_of_another_width_is_no_output():
    with pytest.raises(InputError, match="has 6 numbers and the task's output 1; end widths with the output's"):
        record(natural("echo", head=False))


@CELL
def test_no_part_keeps_a_bias(cell):
    chosen = {"cell": cell.name, "biases": False, "steps": 4, "convolution": 2, "bias": 0.5}
    if not cell.learned or not cell.reads_input:
        chosen.pop("convolution")
    if cell.name == "ngram":
        with pytest.raises(InputError, match="finds its context by its bias"):
            natural(task_of(cell), **chosen)
        return
    trace = record(natural(task_of(cell), **chosen))
    with_them = record(natural(task_of(cell), **{**chosen, "biases": True}))
    gone = with_them.parameters.keys() - trace.parameters.keys()
    assert {name.partition(".")[2] for name in gone} <= {"b", "b_q", "beta"} and "out.b" in gone
    assert all(factor.left != "1" for each in trace.network.declared for factor in each.factors)
    assert not any(operation.bias for each in trace.network.declared for operation in each.graph)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell.learned and cell.reads_input])
def test_without_biases_is_with_biases_of_zero(cell):
    chosen = {"cell": cell, "steps": 4, "batch": 2, "reset": "after", "forget_bias": 0.0, "update_bias": 0.0}
    without, zero = (record(natural("echo", biases=each, **chosen)) for each in (False, True))
    assert without.loss == pytest.approx(zero.loss, rel=1e-14)
    for name, array in without.exact_parameters.items():
        assert array == pytest.approx(zero.exact_parameters[name], rel=1e-12, abs=1e-15), name


def test_a_planted_error_in_the_head_is_found(monkeypatch):
    """What goes back to the state where there is no dense layer, ten percent too large."""
    monkeypatch.setattr(Head, "_sent", lambda self, back, dz: 1.1 * dz)
    trace = trace_of("no dense layer")
    with pytest.raises(AssertionError):
        agrees(trace)
    assert worst_quotient(trace) > 1e-3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cell": "esn", "head": False}, "only the dense layer is fitted"),
        ({"cell": "ar", "head": False}, "nothing to learn"),
        ({"fault": "bias-forgotten", "biases": False}, "has no biases; switch biases on"),
    ],
)
def test_what_means_nothing_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        Experiment().with_changes(**changes)
