"""Errors planted in the parts of a network: one term of a backward pass is left out, and both opinions are red."""

from __future__ import annotations

import inspect
import sys
import textwrap

import pytest

from core.experiment import Experiment
from core.network import stepping
from core.network.attention import Attention
from core.network.context import Context
from core.network.convolution import Convolution
from core.network.feedback import PreviousOutput
from core.network.gathered import ContextInput
from core.network.head import Head
from core.network.joins import Join
from core.network.scan import Scan
from core.network.sources import FullSequence, LayerBelow
from tests.core.oracle import derivatives as oracle
from tests.core.outcomes import agrees, data_of, differences_agree, outcome

SEEN = {"structure": "attention", "score": "additive", "context": "all"}
BILINEAR = {"structure": "attention", "score": "bilinear", "cell": "gru"}
CODED = {"structure": "encoder-decoder", "cell": "lstm"}
EVERY = {"structure": "encoder-decoder", "context": "transform", "context_at": "every"}
FED = {"structure": "n-n", "output_feedback": True, "layers": 2}
PAIR = {"structure": "n-n", "bidirectional": "product", "layers": 2}
PLANTED = [
    (Attention.take_back, "d.s_prev[t] += inner.sum(axis=0) @ source.T", "pass", SEEN),
    (Attention.take_back, "keys_back += inner @ target.T", "pass", SEEN),
    (Attention.take_back, "(1.0 - hidden**2)", "1.0", SEEN),
    (Attention.take_back, "query.T @ inner.sum(axis=0)", "0.0", SEEN),
    (Attention.take_back, 'keys_back += np.einsum("bj,bh->jbh", weights, dx)', "pass", BILINEAR),
    (Attention.take_back, "(weights * weights_back).sum(axis=1, keepdims=True)", "0.0", BILINEAR),
    (Attention.take_back, "read @ matrix.T, query @ matrix", "read @ matrix.T, query", BILINEAR),
    (Attention.take_back, "d.s_prev[t] += read", "pass", BILINEAR),
    (Context.begin_back, "self.shares(run) * gradient", "gradient", SEEN),
    (Context.begin_back, '(1.0 - np.square(run.signals[self.name, "c"][0]))', "1.0", EVERY),
    (ContextInput.take_back, "+= dx", "= dx", EVERY),
    (Scan.finish_back, 'last[-1] += getattr(d, name + "_base")[0]', "pass", CODED),
    (PreviousOutput.take_back, "+= np.where", "-= np.where", CODED),
    (PreviousOutput.take_back, "+= np.where", "-= np.where", FED),
    (LayerBelow.before_back, "target[t - k] += ", "target[t - k] = ", {**FED, "cell": "gru"}),
    (Head.begin_back, "output_back(a[t], da[t])", "da[t]", FED),
    (Join.begin_back, "back.signals[self.second] += second", "back.signals[self.second] += second[::-1]", PAIR),
    (FullSequence.finish_back, "scan.order(back.records[scan.name].x)", "back.records[scan.name].x", PAIR),
    (FullSequence.finish_back, ", scan.reverse, back.run.data.present", "", {**PAIR, "cell": "tdnn", "taps": 2}),
    (FullSequence.begin, ", scan.reverse, run.data.present", "", {**PAIR, "cell": "tdnn", "taps": 2}),
    (FullSequence.begin, ", run.data.present", "", {**PAIR, "cell": "tdnn", "taps": 2}),
    (Convolution.begin_back, "(1.0 - np.square(s))", "1.0", {"structure": "n-n", "convolution": 3}),
    (stepping.copying_back, "before[t, rows] += gradient", "pass", CODED),
]
WINDOWED = [
    (PreviousOutput.take_back, "np.where(within[:, None], dx, 0.0)", "dx", CODED, 2),
    (stepping.truncated, "before[t, rows] = passed", "pass", BILINEAR, 2),
    (stepping.truncated, "rows = begins[t]", "rows = begins[t] | begins[t].any()", PAIR, 2),
    (stepping.truncated, ", absent)", ")", PAIR, 3),
    (Scan.allocate_back, ", self.absent(back.run)", "", FED, 3),
    (PreviousOutput.take_back, "np.where(within[:, None], dx, 0.0)", "dx", FED, 2),
]


def plant(monkeypatch, function, right: str, wrong: str) -> None:
    """The same method with a piece of its source exchanged."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(right) == 1, source
    module = sys.modules[function.__module__]
    made: dict = {}
    exec("from __future__ import annotations\n" + source.replace(right, wrong), vars(module), made)
    owner, method, _ = function.__qualname__.partition(".")
    monkeypatch.setattr(getattr(module, owner) if method else module, function.__name__, made[function.__name__])


def run(chosen, window=None):
    """A run with a sample shorter than the other, whose numbers are away from 0."""
    lengths = (4, 2)
    last = chosen["structure"] == "n-1"
    written = 3 if chosen["structure"] in ("attention", "encoder-decoder") else None
    data = data_of(8, "binary", 4, written, last=last, lengths=lengths)
    shape = {"steps": 4, "output_steps": written, "batch": 2, "hidden": 2, "initial_state": 0.4}
    return outcome(Experiment().with_changes(**shape, **chosen), data, seed=4, window=window)


def names(planted) -> str:
    function, right, *_ = planted
    return f"{function.__qualname__}: {right.strip()}"


@pytest.mark.parametrize("planted", PLANTED, ids=names)
def test_a_planted_error_is_red_in_both(planted, monkeypatch):
    function, right, wrong, chosen = planted
    agrees(run(chosen))
    differences_agree(run(chosen), entries=9)
    plant(monkeypatch, function, right, wrong)
    found = run(chosen)
    with pytest.raises(AssertionError):
        agrees(found)
    with pytest.raises(AssertionError):
        differences_agree(found, entries=9)


@pytest.mark.parametrize("planted", WINDOWED, ids=names)
def test_a_planted_error_of_truncation_is_red(planted, monkeypatch):
    """Differences know nothing of windows; the oracle does."""
    function, right, wrong, chosen, window = planted
    agrees(run(chosen, window), window)
    plant(monkeypatch, function, right, wrong)
    found = run(chosen, window)
    truth = oracle.of_trace(found, window)
    assert oracle.disagreement(found.gradients, {**truth.gradients, **truth.inputs})[0] > 1e-6
