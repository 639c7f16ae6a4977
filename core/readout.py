"""The read-out of a network whose cells are not learned: V and b_z in closed form, without a single backward pass."""

from __future__ import annotations

import msgspec
import numpy as np

from core import bptt
from core.cells import cell_named
from core.counts import count_readout
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.head import Head, head_of
from core.network.parts import ForwardPass, Network
from core.network.structures import build
from core.sentence import Sentence
from core.tasks.base import Data


def fit(states: Array, targets: Array, ridge: float, biased: bool = True) -> tuple[Array, Array]:
    """V (H, O) and b (O,) that minimise ‖S·V + 1·b − Y‖² + ridge·‖V‖², for S (N, H) and Y (N, O).

    Ridge regression (Hoerl & Kennard 1970; Hastie, Tibshirani & Friedman 2009, section 3.4.1): b is not penalised, so S
    and Y are centred, V = (SᵀS + ridge·I)⁻¹SᵀY of what is left, and b = ȳ − s̄·V. Solved as least squares of the system
    with √ridge·I below S and 0 below Y, which does not square the condition number; where `ridge` is 0 and the states
    do not decide V, it is the smallest V. Without a bias (`biased`) nothing is centred, and b is 0.
    """
    middle, level = states.mean(axis=0), targets.mean(axis=0)
    if not biased:
        middle, level = np.zeros_like(middle), np.zeros_like(level)
    units, outputs = states.shape[1], targets.shape[1]
    left = np.concatenate((states - middle, np.sqrt(ridge) * np.eye(units)))
    right = np.concatenate((targets - level, np.zeros((units, outputs))))
    v = np.linalg.lstsq(left, right, rcond=None)[0]
    return v, level - middle @ v


def fit_readout(network: Network, parameters: dict[str, Array], data: Data, experiment: Experiment) -> dict[str, Array]:
    """The parameters with V and b_z fitted in the way of the cell's `readout`.

    "ridge": ridge regression to the states of a forward pass; all other parameters stay. Outputs that are read again
    are replaced by their targets in this pass ("teacher forcing"; Jaeger 2001, section 4). Fitted are the steps that
    count in the loss, without the first `washout` ones. "counts": see core.counts. Raises InputError where the loss is
    not squared error (ridge), the inputs are not symbols (counts), or no step is left.
    """
    if cell_named(experiment.cell).readout == "counts":
        return count_readout(network, parameters, data, experiment, _counted(data))
    if data.loss != "squared":
        raise InputError(
            "The read-out of the cell {cell} is fitted by ridge regression, which needs squared error, but the task "
            "{task} has {loss}; choose another task or another cell.",
            cell=experiment.cell,
            task=experiment.task,
            loss=Sentence(network.loss.title),
        )
    head = head_of(network)
    states = _states(head, parameters, data, experiment)
    counted = _counted(data)
    counted[: experiment.washout] = False
    if not counted.any():
        raise InputError(
            "washout {washout} leaves no step with a target to fit the read-out to; choose a smaller one.",
            washout=experiment.washout,
        )
    v, bias = fit(states[counted], data.y[counted], experiment.ridge, head.biased)
    return {**parameters, f"{head.name}.V": v, **({f"{head.name}.b": bias} if head.biased else {})}


def _counted(data: Data) -> Array:
    """(T, B) bool: where a sample's loss counts."""
    counted = np.broadcast_to(data.supervised[:, np.newaxis], data.y.shape[:2]).copy()
    return counted if data.counted is None else counted & data.counted


def _states(head: Head, parameters: dict[str, Array], data: Data, experiment: Experiment) -> Array:
    """What the head reads, (T, B, H), with the targets in place of outputs that are fed back."""
    taught = build(msgspec.structs.replace(experiment, teacher_forcing=True), data)
    run = ForwardPass(taught, parameters, data)
    with np.errstate(all="ignore"):
        for _ in bptt.forward(taught, run):
            pass
    return run.signals[head.source]
