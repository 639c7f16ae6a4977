"""Two layers, a bidirectional pair, a fed-back output and dot attention at T = 3, any cells mixed, against autograd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import structures
from core.bptt import forward
from core.cells import CELLS, cell_named
from core.network import Network, Run
from core.recorder import backward_pass
from core.scan import Scan
from core.tasks.base import Data
from core.trace import collect
from tests.core import oracle, oracle_networks
from tests.core.differences import quotients
from tests.core.strategies import RELAXED

NAMES = st.sampled_from(oracle.KINDS)
SEEDS = st.integers(0, 10_000)
LOSSES = st.sampled_from(oracle.LOSSES)


def made_by_hand(seed: int, loss: str, steps: int = 3, read: int = 3, batch: int = 2, outputs: int = 2) -> Data:
    """x (read, B, 2) and y (steps, B, outputs); the first step has no target."""
    random = np.random.default_rng(seed)
    y = random.normal(size=(steps, batch, outputs))
    if loss == "binary":
        y = (y > 0).astype(float)
    elif loss == "categorical":
        y = np.eye(outputs)[y.argmax(axis=2)]
    names = tuple(f"y{k}" for k in range(outputs))
    return Data(random.normal(size=(read, batch, 2)), y, np.arange(steps) > 0, loss, ("x1", "x2"), names)


def run_of(network: Network, parameters, data: Data, extra=None) -> Run:
    """A forward pass."""
    run = Run(network, parameters, data, extra)
    for _ in forward(network, run):
        pass
    return run


def agrees(network: Network, data: Data, model, seed: int, extra=None) -> None:
    """Values, gradients of every record and of every parameter; and the parameters once more by differences."""
    random = np.random.default_rng(seed + 1)
    parameters = {name: 0.7 * random.normal(size=shape) for name, shape in network.parameter_shapes.items()}
    for part in network.parts:
        if isinstance(part, Scan):
            part.start_value = 0.25
    run = run_of(network, parameters, data, extra)
    back = backward_pass(network, run)
    values, gradients = collect(network, run, back)
    scans = [part for part in network.parts if isinstance(part, Scan)]
    free = [scan for scan in scans if scan.initial is None]
    begin = {
        f"start {scan.name} {name}": np.full((data.x.shape[1], scan.hidden), 0.25)
        for scan in free
        for name in scan.cell.carried
    }
    given = {**parameters, "x": data.x, **{name: array for (_, name), array in (extra or {}).items()}, **begin}
    truth = oracle.differentiate(model, given)
    for scan in scans:
        oracle.complete(truth, scan.name, oracle_cell(scan.cell.name))
    assert run.loss == pytest.approx(truth.loss, rel=1e-12)
    assert set(gradients) == set(truth.gradients)
    assert oracle.disagreement({k: v for k, v in values.items() if k != ("out", "a")}, truth.values)[0] < 1e-11
    starts = {
        f"start {scan.name} {name}": getattr(back.records[scan.name], name + "_base")[0]
        for scan in free
        for name in scan.cell.carried
    }
    worst, whose = oracle.disagreement(
        {**gradients, **back.parameters, **starts}, {**truth.gradients, **truth.inputs}
    )  # fmt: skip
    assert worst < 1e-10, (whose, worst)
    smooth = [
        each for each in quotients(network, parameters, data, back.parameters, extra, entries=1) if not each.crossed
    ]
    assert max((each.error for each in smooth), default=0.0) < 1e-6


def oracle_cell(name: str, reset: str = "before") -> oracle.OracleCell:
    """The oracle's cell of that name, nothing frozen."""
    return oracle.OracleCell(name, {}, reset)


def core_cell(name: str):
    """The cell under test of that name, nothing frozen."""
    return cell_named(name)()


def test_the_oracle_knows_every_cell_that_is_mixed_here():
    assert set(oracle.KINDS) <= {cell.name for cell in CELLS}


@settings(RELAXED, max_examples=40)
@given(names=st.lists(NAMES, min_size=2, max_size=3), loss=LOSSES, seed=SEEDS)
def test_layers(names, loss, seed):
    data = made_by_hand(seed, loss)
    hidden = tuple(range(2, 2 + len(names)))
    network = structures.stacked(tuple(core_cell(name) for name in names), hidden, data)
    agrees(network, data, oracle_networks.stacked(tuple(oracle_cell(name) for name in names), data), seed)


@settings(RELAXED, max_examples=40)
@given(ahead=NAMES, back=NAMES, how=st.sampled_from(("concat", "sum")), loss=LOSSES, seed=SEEDS)
def test_a_bidirectional_pair(ahead, back, how, loss, seed):
    data = made_by_hand(seed, loss)
    network = structures.bidirectional(core_cell(ahead), core_cell(back), 3, data, how)
    agrees(network, data, oracle_networks.bidirectional(oracle_cell(ahead), oracle_cell(back), data, how), seed)


@settings(RELAXED, max_examples=40)
@given(name=NAMES, loss=LOSSES, seed=SEEDS)
def test_an_output_fed_back(name, loss, seed):
    data = made_by_hand(seed, loss)
    agrees(structures.fed_back(core_cell(name), 3, data), data, oracle_networks.fed_back(oracle_cell(name), data), seed)


@settings(RELAXED, max_examples=40)
@given(encoder=NAMES, decoder=NAMES, read=st.integers(1, 5), loss=LOSSES, seed=SEEDS)
def test_attention(encoder, decoder, read, loss, seed):
    data = made_by_hand(seed, loss, read=read)
    extra = {("data", "x2"): np.random.default_rng(seed + 2).normal(size=(3, 2, 1))}
    network = structures.attention(core_cell(encoder), core_cell(decoder), 3, data, query_inputs=1)
    model = oracle_networks.attention(oracle_cell(encoder), oracle_cell(decoder), data)
    agrees(network, data, model, seed, extra)


def test_attention_refuses_keys_of_another_width():
    data = made_by_hand(0, "squared")
    network = structures.attention(core_cell("tanh"), core_cell("tanh"), 3, data, query_inputs=1)
    decoder = network.parts[1]
    assert isinstance(decoder, Scan)
    decoder.hidden = 4
    with pytest.raises(ValueError, match="as wide as the query"):
        Network(network.parts, 2, "squared", {("data", "x2"): 1})


def test_the_reverse_state_at_the_last_step_knows_only_that_step():
    data = made_by_hand(3, "squared")
    network = structures.bidirectional(core_cell("tanh"), core_cell("tanh"), 3, data)
    parameters = {name: np.full(shape, 0.3) for name, shape in network.parameter_shapes.items()}
    before = run_of(network, parameters, data)
    x = data.x.copy()
    x[0] += 1.0
    after = run_of(network, parameters, Data(x, data.y, data.supervised, data.loss, ("x1", "x2"), data.output_names))
    assert np.array_equal(before.signals["L1r", "s"][-1], after.signals["L1r", "s"][-1])
    assert not np.array_equal(before.signals["L1r", "s"][0], after.signals["L1r", "s"][0])


@pytest.mark.parametrize("structure", ["fed back", "attention"])
def test_a_pass_goes_back_through_its_own_run_whatever_has_run_since(structure):
    """The gradient check runs the same network again and again while a share of the loss is looked at."""
    data, random = made_by_hand(5, "squared"), np.random.default_rng(5)
    extra = None
    if structure == "fed back":
        network = structures.fed_back(core_cell("lstm"), 3, data)
    else:
        network = structures.attention(core_cell("tanh"), core_cell("gru"), 3, data, query_inputs=1)
        extra = {("data", "x2"): random.normal(size=(3, 2, 1))}
    first, second = (
        {name: random.normal(size=shape) for name, shape in network.parameter_shapes.items()} for _ in range(2)
    )
    run = run_of(network, first, data, extra)
    before = backward_pass(network, run)
    other = run_of(network, second, data, extra)
    after = backward_pass(network, run)
    values, gradients = collect(network, run, after)
    assert all(np.array_equal(after.parameters[name], array) for name, array in before.parameters.items())
    assert all(np.array_equal(gradients[key], array) for key, array in collect(network, run, before)[1].items())
    assert not np.array_equal(collect(network, other, after)[0]["out", "z"], values["out", "z"])
