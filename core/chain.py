"""The unrolled network as rows of nodes: what the chain shows, from the input below to the output above."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from core.cells.base import Array
from core.network import Signal
from core.scan import Scan
from core.trace import Trace

INPUT, OUTPUT = "x", "z"


@dataclass(frozen=True)
class ChainRow:
    """One row. `signals`: the records that its nodes show, one line of units each; `kinds` says how each is drawn:
    "value" on the map centred at 0, "gate" as a level 0…1."""

    name: str
    part: str
    title: str
    tex: str
    signals: tuple[Signal, ...]
    kinds: tuple[str, ...]


def rows(trace: Trace, scan: Scan | None = None) -> tuple[ChainRow, ...]:
    """The rows of a scan, from the input's to the output's."""
    scan = scan or trace.scan
    kind_of = {record.name: "gate" if record.kind == "gate" else "value" for record in scan.cell.records}
    found = [ChainRow(INPUT, scan.name, "input", "x_t", ((scan.name, "x"),), ("value",))]
    for row in scan.cell.rows:
        tex = f"{row.name}_t" if len(row.shown) == 1 else ",".join(row.shown)
        signals = tuple((scan.name, name) for name in row.shown)
        found.append(ChainRow(row.name, scan.name, row.title, tex, signals, tuple(kind_of[n] for n in row.shown)))
    found.append(ChainRow(OUTPUT, "out", "output", "z_t", (("out", "z"),), ("value",)))
    return tuple(found)


def shown_outputs(trace: Trace) -> Array:
    """The steps at which an output is drawn, (T,) bool: those that the loss looks at."""
    return np.asarray(trace.data.supervised)


def records_of(trace: Trace, row: str, scan: Scan | None = None) -> tuple[str, ...]:
    """Every recorded quantity that a row's node stands for, in the order of computation."""
    scan = scan or trace.scan
    if row == INPUT:
        return ("x",)
    if row == OUTPUT:
        return ("z", "a")
    members = next(each.members for each in scan.cell.rows if each.name == row)
    return tuple(record.name for record in scan.cell.records if record.name in members)


NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def value_limit(trace: Trace, sample: int = 0, scan: Scan | None = None) -> float:
    """One scale ±limit for all values on show: the next round number above the largest finite |value| of what the cell
    carries from step to step, at least 1. A saturated h lies beyond it, and is drawn in the scale's last colour."""
    scan = scan or trace.scan
    largest = 1.0
    for name in scan.cell.carried:
        array = np.abs(trace.values[scan.name, name][:, sample])
        largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    decade = 10.0 ** math.floor(math.log10(largest))
    above = next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9))
    return min(above, sys.float_info.max)  # a run that explodes comes near it
