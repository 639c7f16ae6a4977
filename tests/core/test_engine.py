"""The engine beneath the structures: what a pass may do, and to whom it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Experiment
from core.network.attention import Attention
from core.network.feedback import PreviousOutput
from core.network.gathered import Concatenated
from core.network.head import Head
from core.network.joins import joined, joined_back
from core.network.lockstep import Lockstep
from core.network.parts import Network, X
from core.network.scan import Scan
from core.network.sources import FullSequence
from core.recorder import backward_pass
from core.trace import collect
from tests.core.outcomes import data_of, first_parameters, outcome, run_of

LOOPS = {
    "fed back": {"structure": "n-n", "output_feedback": True, "cell": "lstm", "layers": 2},
    "one to many": {"structure": "1-n-feedback", "cell": "gru"},
    "encoder and decoder": {"structure": "encoder-decoder", "context": "transform", "context_at": "every"},
    "attention": {"structure": "attention", "cell": "gru", "score": "additive"},
    "both ways": {"structure": "n-n", "bidirectional": "product", "convolution": 2},
}
LOOP = pytest.mark.parametrize("chosen", list(LOOPS.values()), ids=list(LOOPS))


def made(chosen):
    """A run of a small network and its data."""
    experiment = Experiment().with_changes(steps=3, batch=2, hidden=3, **chosen)
    return outcome(experiment, data_of(5, "squared"), seed=6)


@LOOP
def test_a_pass_goes_back_through_its_own_run_whatever_has_run_since(chosen):
    """The gradient check runs the same network again and again while a share of the loss is looked at."""
    found = made(chosen)
    network, run, before = found.network, found.run, found.back
    other = run_of(network, first_parameters(network, 9), found.data)
    after = backward_pass(network, run)
    values, gradients = collect(network, run, after)
    assert all(np.array_equal(after.parameters[name], array) for name, array in before.parameters.items())
    assert all(np.array_equal(gradients[key], array) for key, array in collect(network, run, before)[1].items())
    assert not np.array_equal(collect(network, other, backward_pass(network, other))[0]["out", "z"], values["out", "z"])


@LOOP
def test_shares_of_the_loss_add_up(chosen):
    """The passes of single steps' losses are together the pass of all."""
    found = made(chosen)
    steps = len(found.data.supervised)
    shares = [backward_pass(found.network, found.run, at=np.arange(steps) == t) for t in range(steps)]
    for name, array in found.back.parameters.items():
        total = sum(share.parameters[name] for share in shares)
        assert np.allclose(total, array, rtol=1e-11, atol=1e-13 * np.abs(array).max()), name


@LOOP
def test_a_window_of_all_steps_cuts_nothing_and_one_of_a_single_step_everything(chosen):
    found = made(chosen)
    whole = backward_pass(found.network, found.run, window=3)
    for name, array in found.back.parameters.items():
        assert whole.parameters[name].tobytes() == array.tobytes()
    cut = backward_pass(found.network, found.run, window=1)
    for part, records in cut.records.items():
        assert not records.s_base[1:-1].any() or records.s.any()
        if not part.startswith("E"):
            assert any((cut.parameters[name] != array).any() for name, array in found.back.parameters.items())


@LOOP
def test_what_goes_back_beyond_the_head_can_be_left_out(chosen):
    """Where only the read-out is fitted; its own gradients are those of the loss alone."""
    found = made(chosen)
    head = backward_pass(found.network, found.run, head_only=True)
    for name, array in head.parameters.items():
        assert array.any() == name.startswith("out.") or name == "out.b", name
    if not any(isinstance(part, Lockstep) for part in found.network.parts):
        assert np.array_equal(head.parameters["out.V"], found.back.parameters["out.V"])


def test_attention_refuses_keys_of_another_width():
    keys = Scan("E1", outcome_cell(), 3, FullSequence(X))
    query = Scan(
        "D1", outcome_cell(), 4, Concatenated(PreviousOutput(2, False), Attention(("E1", "s"), "dot")), decodes=True
    )
    with pytest.raises(ValueError, match="as wide as the query"):
        Network((keys, Lockstep(query, Head(("D1", "s"), 2, "squared", stepwise=True))), 2, "squared")


def outcome_cell():
    """The simplest cell."""
    from core.cells import cell_named

    return cell_named("tanh")()


@pytest.mark.parametrize("how", ["sum", "concat", "product", "mean"])
def test_a_join_and_its_way_back(how):
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])
    expected = {"sum": [[4, 7]], "concat": [[1, 2, 3, 5]], "product": [[3, 10]], "mean": [[2, 3.5]]}
    assert np.array_equal(joined(a, b, how), expected[how])
    gradient = np.arange(1.0, 5.0)[None] if how == "concat" else np.array([[1.0, 10.0]])
    back = {
        "sum": ([[1, 10]], [[1, 10]]),
        "concat": ([[1, 2]], [[3, 4]]),
        "product": ([[3, 50]], [[1, 20]]),
        "mean": ([[0.5, 5]], [[0.5, 5]]),
    }
    for found, wanted in zip(joined_back(gradient, a, b, how), back[how], strict=True):
        assert np.array_equal(found, wanted)


def test_there_is_no_other_join():
    with pytest.raises(ValueError, match="difference"):
        joined(np.zeros((1, 1)), np.zeros((1, 1)), "difference")


def test_the_parts_of_a_network_in_the_order_of_computation():
    names = [part.name for part in made({"structure": "attention", "layers": 2, "context": "all"}).network.members]
    assert names == ["E1", "E2", "bridge", "D1", "D2", "out"]
    both = made({"structure": "n-n", "layers": 2, "bidirectional": "sum", "convolution": 3}).network
    assert [part.name for part in both.members] == ["conv", "L1", "L1r", "J1", "L2", "L2r", "J2", "out"]
