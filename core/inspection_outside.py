"""What reads a scan's states besides its own next step and the head: layers above, joins, attention, contexts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.attention import CONTEXT
from core.cells.base import Array
from core.joins import Context, Join, joined_back
from core.scan import Scan
from core.sources import Below, Static
from core.trace import Trace


@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: the gradient that it has, with [t+0] where the step stands.

    `share(gradients, t, sample)` is what it sends to the scan's s_t, (H,), t from 1; None: no record holds it apart,
    and it is what the others leave over.
    """

    label: str
    share: Callable[..., Array] | None


def consumers(trace: Trace, scan: Scan) -> tuple[Consumer, ...]:
    """Every reader of the scan's states outside itself and the head; what is known by what is left over comes last."""
    found: list[Consumer] = []
    rest = False
    for other in trace.scans:
        source = other.source
        if isinstance(source, Static | Below) and source.signal == (scan.name, "s"):
            found += [_layer(other, scan.hidden, k, source.taps) for k in range(source.taps)]
        rest = rest or other.initial == scan.name
    for part in trace.network.members:
        if isinstance(part, Join) and (scan.name, "s") in (part.first, part.second):
            found.append(_join(trace, part, part.second == (scan.name, "s")))
        elif isinstance(part, Context):
            rest = rest or (scan.name, "s") in (part.states, *part.ends)
    attended = CONTEXT in trace.values and ("attention", "a") in trace.values and scan.name.startswith("E")
    if rest or attended:
        found.append(Consumer("∂L/∂s by way of the context", None))
    return tuple(found)


def _layer(above: Scan, width: int, k: int, taps: int) -> Consumer:
    name = above.name[1:]

    def share(gradients, t: int, sample: int) -> Array:
        dx = gradients[above.name, "x"]
        if t + k > len(dx):
            return np.zeros(width)
        return dx[t + k - 1, sample, k * width : (k + 1) * width]

    return Consumer(f"∂L/∂x⁽{name}⁾[t{k:+d}]" + (f" (tap {k})" if taps > 1 else ""), share)


def _join(trace: Trace, join: Join, second: bool) -> Consumer:
    def share(gradients, t: int, sample: int) -> Array:
        both = join.both(trace.run)
        gradient = gradients[join.name, "s"]
        if second and join.at_its_end:
            if t > 1:
                return np.zeros(both[1].shape[2])
            return joined_back(gradient, *both, join.how)[1][:, sample].sum(axis=0)
        at = t - 1
        return joined_back(gradient[at, sample], both[0][at, sample], both[1][at, sample], join.how)[int(second)]

    whole = second and join.at_its_end
    return Consumer("Σ ∂L/∂s̄, read at its own end" if whole else "∂L/∂s̄[t+0], its share", share)
