"""Runs on data made by hand: any loss, any lengths, any numbers of inputs, outputs and steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from core.bptt import forward
from core.experiment import Experiment
from core.faults import hook_of
from core.network.parts import BackwardPass, ForwardPass, Network
from core.network.scan import Scan
from core.network.structures import build
from core.recorder import backward_pass
from core.tasks.base import Data
from core.trace import collect
from tests.core.differences import quotients
from tests.core.oracle import derivatives as oracle

LARGE = 20.0


@dataclass(frozen=True)
class Outcome:
    """What a Trace holds, as far as it is compared: `gradients` by signal, by parameter's name and by start."""

    experiment: Experiment
    network: Network
    data: Data
    run: ForwardPass
    back: BackwardPass
    loss: float
    values: dict[Any, np.ndarray]
    gradients: dict[Any, np.ndarray]
    parameters: dict[str, np.ndarray]
    start: dict[tuple[str, str], np.ndarray]


def data_of(
    seed: int,
    loss: str,
    read: int = 3,
    written: int | None = None,
    batch: int = 2,
    inputs: int = 2,
    outputs: int = 2,
    last: bool = False,
    lengths: tuple[int, ...] = (),
) -> Data:
    """x (read, B, inputs) and y (written, B, outputs) with a loss at every step, or at each sample's last alone.

    `lengths`: how many steps of x each sample has; y, where it is as long, has as many.
    """
    random = np.random.default_rng(seed)
    written = read if written is None else written
    x, y = random.normal(size=(read, batch, inputs)), random.normal(size=(written, batch, outputs))
    if loss == "binary":
        y = (y > 0).astype(float)
    elif loss == "categorical":
        y = np.eye(outputs)[y.argmax(axis=2)]
    present = counted = None
    ends = np.array(lengths or [written] * batch)
    if lengths:
        present = np.arange(read)[:, None] < ends
        x = np.where(present[:, :, None], x, 0.0)
        if written == read:
            counted = present.copy()
            y = np.where(present[:, :, None], y, 0.0)
        else:
            ends[:] = written
    if last:
        counted = np.arange(written)[:, None] == ends - 1
    supervised = np.ones(written, dtype=bool) if counted is None else np.asarray(counted.any(axis=1))
    names = [tuple(f"{letter}{k}" for k in range(n)) for letter, n in (("x", inputs), ("y", outputs))]
    return Data(x, y, supervised, loss, names[0], names[1], present=present, counted=counted)


def first_parameters(network: Network, seed: int) -> dict[str, np.ndarray]:
    """Numbers of a size that neither saturates nor vanishes."""
    random = np.random.default_rng(seed)
    return {name: 0.7 * random.normal(size=shape) for name, shape in network.parameter_shapes.items()}


def run_of(network: Network, parameters: dict[str, np.ndarray], data: Data) -> ForwardPass:
    """A forward pass."""
    run = ForwardPass(network, parameters, data)
    for _ in forward(network, run):
        pass
    return run


def outcome(
    experiment: Experiment,
    data: Data,
    seed: int = 0,
    parameters: dict[str, np.ndarray] | None = None,
    window: int | None = None,
) -> Outcome:
    """The network of `experiment` on `data`, forward and back. Raises InputError where they do not fit."""
    network = build(experiment, data)
    parameters = parameters or first_parameters(network, seed)
    run = run_of(network, parameters, data)
    back = backward_pass(network, run, window=window, hook=hook_of(experiment.fault))
    values, gradients = collect(network, run, back)
    start, arrived = {}, {}
    for name in (member.name for member in network.members if isinstance(member, Scan)):
        for key in vars(run.records[name]):
            if key.endswith("_base"):
                start[name, key[:-5]] = getattr(run.records[name], key)[0]
                arrived[f"start {name} {key[:-5]}"] = getattr(back.records[name], key)[0]
    found = {**gradients, **back.parameters, **arrived}
    return Outcome(experiment, network, data, run, back, run.loss, values, found, parameters, start)


def agrees(found: Outcome, window: int | None = None) -> None:
    """Every value and every gradient, of records, parameters and initial states, against autograd."""
    truth = oracle.of_trace(found, window)
    assert found.loss == pytest.approx(truth.loss, rel=1e-12, abs=1e-14)
    values = {key: value for key, value in found.values.items() if key != ("out", "a")}
    assert set(values) == set(truth.values)
    worst, whose = oracle.disagreement(values, truth.values)
    assert worst < 1e-11, (whose, worst)
    expected = {**truth.gradients, **truth.inputs}
    assert set(found.gradients) == set(expected) - {"x"}
    worst, whose = oracle.disagreement(found.gradients, expected)
    assert worst < 1e-10, (whose, worst)


def differences_agree(found: Outcome, entries: int = 0) -> None:
    """The parameters' gradients once more, by differences in one random direction each, and of some entries alone.

    Where the identity or a product of states has let the numbers grow far, quotients resolve too little to say.
    """
    if max(float(np.abs(array).max()) for array in found.values.values()) > LARGE:
        return
    every = list(quotients(found.network, found.parameters, found.data, found.back.parameters, entries=entries))
    smooth = [each for each in every if not each.crossed]
    worst = max(smooth, key=lambda each: each.error, default=None)
    assert worst is None or worst.error < 1e-6, worst
