"""The bias that decides how much of a memory a gated cell keeps, and what is one click away from an experiment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.cells import cell_named
from core.cells.alternatives import Alternative
from core.errors import InputError
from core.experiment import Experiment
from core.network.scan import Scan
from core.options import Option
from core.trace import Trace


@dataclass(frozen=True)
class KeptBy:
    """`option`: the choice of that bias, `value`: what it is in this run; `default`: whether that is what the
    cell is first met with."""

    option: Option
    value: float
    default: bool


def kept_by(trace: Trace, scan: Scan | None = None) -> KeptBy | None:
    """The bias of the gate that keeps or forgets, where every unit still has what the experiment chose for it: not
    trained, typed over or imported. None where there is no such gate or bias, or it is held at a value."""
    scan = scan or trace.scan
    if scan.cell.kept_by is None:
        return None
    option, block = scan.cell.kept_by
    chosen = float(getattr(trace.experiment, option.name))
    bias = scan.views(dict(trace.parameters)).get(f"b_{block}")
    if bias is None or block in scan.cell.frozen or not np.all(bias == chosen):
        return None
    return KeptBy(option, chosen, chosen == _usual(trace.experiment, option))


def _usual(experiment: Experiment, option: Option) -> float:
    """What the option is by default beside the cell's other options: which side of a gate keeps takes it along."""
    cell = cell_named(experiment.cell)
    others = {each.name: getattr(experiment, each.name) for each in cell.options if each is not option}
    return float(getattr(Experiment().with_cell(cell.name).with_changes(**others), option.name))


def alternatives(experiment: Experiment) -> tuple[tuple[Alternative, Experiment], ...]:
    """What the cell's list offers that would be another experiment here, each with that experiment. A bias of a gate
    that is held at a value is none, nor is one that is left out."""
    cell = cell_named(experiment.cell)
    held = cell.kept_by and (not experiment.biases or experiment.frozen_at(cell.kept_by[1]) is not None)
    found = []
    for each in cell.alternatives:
        if held and cell.kept_by and cell.kept_by[0].name in each.changes:
            continue
        try:
            changes = dict(each.changes)
            other = experiment.with_cell(changes.pop("cell", experiment.cell)).with_changes(**changes)
        except InputError:
            continue
        if other != experiment:
            found.append((each, other))
    return tuple(found)
