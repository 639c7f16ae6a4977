"""The read-out of a count model: which contexts the data has, and what followed each of them."""

from __future__ import annotations

import numpy as np

from core import bptt
from core.cells.ngram import detectors
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.head import head_of
from core.network.parts import ForwardPass, Network
from core.network.scan import scans_of
from core.tasks.base import Data


def count_readout(
    network: Network, parameters: dict[str, Array], data: Data, experiment: Experiment, counted: Array
) -> dict[str, Array]:
    """The parameters with U, b of the scan from the data's contexts, and V, b_z from what followed them.

    `counted` (T, B): the steps that count. Raises InputError where the inputs are not symbols.
    """
    scan, head = scans_of(network)[0], head_of(network)
    run = ForwardPass(network, parameters, data)
    for _ in bptt.forward(network, run):  # once, for the windows that the scan reads
        pass
    windows = run.records[scan.name].x
    levels = np.unique(windows[windows != 0.0])
    if len(levels) > 1:
        raise InputError(
            "The cell {cell} counts contexts of symbols, but the inputs of {task} are measured numbers, and none would "
            "come twice; choose a task of bits or characters, or another cell.",
            cell=experiment.cell,
            task=experiment.task,
        )
    level = float(levels[0]) if len(levels) else 1.0
    contexts, met = _most_frequent(windows[counted] != 0.0, scan.hidden)
    u, b = detectors(contexts, level, scan.hidden)
    v, level_of_all = _what_followed(met, data.y[counted], network.loss.name, scan.hidden)
    return {
        **parameters, f"{scan.name}.U": u, f"{scan.name}.b": b, f"{head.name}.V": v, f"{head.name}.b": level_of_all
    }  # fmt: skip


def _most_frequent(windows: Array, most: int) -> tuple[Array, Array]:
    """The most frequent rows of (N, I) bool, at most so many, of equals the earlier one first; and for each of the N
    rows which of them it is, −1 for none."""
    rows, first, place, counts = np.unique(windows, axis=0, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))[:most]
    number = np.full(len(rows), -1)
    number[order] = np.arange(len(order))
    return rows[order].astype(float), number[place.reshape(-1)]


def _what_followed(met: Array, y: Array, loss: str, units: int) -> tuple[Array, Array]:
    """V (H, O) and b_z (O,): the logits of what followed anywhere, and of what followed each context less those."""
    total = np.zeros((units, y.shape[1]))
    np.add.at(total, met[met >= 0], y[met >= 0])
    times = np.bincount(met[met >= 0], minlength=units)[:, np.newaxis].astype(float)
    anywhere = _logits(y.sum(axis=0), float(len(y)), loss)
    return np.where(times > 0, _logits(total, times, loss) - anywhere, 0.0), anywhere


def _logits(total: Array, times: Array | float, loss: str) -> Array:
    """z such that the output is the mean of the targets: of numbers as it is, of bits and symbols with one added to
    each count (the targets' sum is the count)."""
    if loss == "squared":
        return total / np.maximum(times, 1.0)
    if loss == "binary":
        return np.log((total + 1.0) / (times - total + 1.0))
    return np.log((total + 1.0) / (times + total.shape[-1]))
