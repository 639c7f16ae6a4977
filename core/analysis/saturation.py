"""How far a gradient reaches back, and how much of a run is saturated: two figures that say in one line why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.maths.activations import ACTIVATIONS, activation_named
from core.maths.arrays import Array
from core.memo import memoised
from core.network.scan import Scan
from core.trace import Trace

FLAT = 0.1  # a slope below it belongs to a saturated unit
END = 0.1  # a gate that is no farther from 0 or 1 is shut or open
HALF, ONE_PERCENT = 0.5, 0.01
_NAMES = frozenset(each.name for each in ACTIVATIONS)


def lag_of(size: Array, last: int, share: float) -> int | None:
    """The effective memory: how many steps back from column `last` (from 1) the norms `size` (columns,) are first at
    most `share` of that column's; None where they never are, or there is nothing to compare with."""
    begin = float(size[last - 1])
    if not 0.0 < begin < np.inf:
        return None
    below = np.flatnonzero(size[: last - 1][::-1] <= share * begin)
    return int(below[0]) + 1 if below.size else None


@dataclass(frozen=True, eq=False)
class Saturation:
    """`flat` by record, (T, B, H) bool in data time: where |φ′| < FLAT; of a gate, where it is within END of 0 or 1.
    Steps that a sample does not have count for nothing: `counted` (T, B) bool."""

    flat: Mapping[str, Array]
    counted: Array

    def share(self, names: tuple[str, ...]) -> float:
        """Of all these records, over units, samples and steps; NaN where there are none."""
        found = [self.flat[name][self.counted].ravel() for name in names]
        return float(np.concatenate(found).mean()) if found else float("nan")

    def by_unit(self, name: str) -> Array:
        """Of each unit (H,), the share of its steps."""
        return self.flat[name][self.counted].mean(axis=0)

    def by_step(self, name: str) -> Array:
        """Of each step (T,), the share of its units; NaN where no sample has it."""
        flat, there = self.flat[name].mean(axis=2), self.counted.sum(axis=1)
        total = np.where(self.counted, flat, 0.0).sum(axis=1)
        return np.where(there > 0, total / np.maximum(there, 1), np.nan)


def activated(scan: Scan) -> tuple[str, ...]:
    """The records that an activation makes, gates left out: those whose slope the gradient is multiplied by."""
    return tuple(name for name, gate in _made(scan) if not gate)


def gates(scan: Scan) -> tuple[str, ...]:
    """The records that are gates, learned ones: not held at a value."""
    return tuple(name for name, gate in _made(scan) if gate)


def _made(scan: Scan) -> list[tuple[str, bool]]:
    kinds = {record.name: record.kind for record in scan.cell.records}
    return [(each.out, kinds[each.out] == "gate") for each in scan.cell.graph
            if each.kind in _NAMES and each.out in kinds]  # fmt: skip


@memoised
def saturation(trace: Trace, scan: Scan) -> Saturation:
    """That of a scan's activations and gates, over all samples."""
    found: dict[str, Array] = {}
    makers = {each.out: each for each in scan.cell.graph}
    with np.errstate(invalid="ignore"):
        for name, gate in _made(scan):
            value = trace.values[scan.name, name]
            if gate:
                found[name] = (value <= END) | (value >= 1 - END)
            else:
                h = trace.values[scan.name, makers[name].inputs[0]]
                found[name] = np.abs(activation_named(makers[name].kind).slope(h, value)) < FLAT
    steps, batch = len(trace.values[scan.name, "s"]), trace.data.x.shape[1]
    present = trace.data.present
    counted = np.ones((steps, batch), dtype=bool) if present is None or scan.decodes else present
    return Saturation(found, counted)
