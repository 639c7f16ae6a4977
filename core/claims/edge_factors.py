"""What an edge of the chain does to the norm of a gradient that goes back along it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.chain.rows import key_of
from core.claims.step_back import SLOPE, WEIGHTS, step_back
from core.maths.arrays import Array
from core.network.parts import Key
from core.trace import Trace


def edge_factors(trace: Trace, gradients: Mapping[Key, Array]) -> dict[tuple[str, str], Array]:
    """By (source, target) of an edge of the chain: what a gradient's norm is multiplied by on its way back along the
    edge into each column, (columns,); NaN where nothing is said. Only where W and the slope are all that lies between
    two steps: W on the edge from the state before, the slope on that from pre-activation to state."""
    found: dict[tuple[str, str], Array] = {}
    for scan in trace.scans:
        back = step_back(trace, scan, gradients)
        if back is None or back.way is None:
            continue
        row = {member: each.name for each in scan.cell.rows for member in each.members}
        key = key_of(trace, scan)
        state, net = row[scan.cell.memory] + key, row[back.way.h] + key
        arrives = back.columns + (-1 if scan.reverse else 1)  # the column whose gradient is passed on
        for pair, part in (((state, net), WEIGHTS), ((net, state), SLOPE)):
            factors = found.setdefault(pair, np.full(trace.steps, np.nan))
            factors[arrives - 1] = back.parts[part]
    return found
