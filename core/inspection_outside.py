"""What reads a scan's states besides its own next step and the head: layers above, joins, attention, contexts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.attention import Attention
from core.cells.base import Array
from core.inspection_parts import Line, filled
from core.joins import Context, Join, joined_back
from core.network import Signal
from core.scan import Scan
from core.sources import Below, Beside, Static
from core.trace import Trace

if TYPE_CHECKING:
    from core.inspection import Step

BY_CONTEXT = "∂L/∂s by way of the context"

EVERY, END, NEXT = "every", "end", "next"  # at all steps; at the last one in order; where there is a next one


@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: the gradient that it has, with [t+0] where the step stands.

    `share(gradients, t, sample)` is what it sends to the scan's s_t, (H,), t from 1; None: no record holds it apart,
    and it is what the others leave over, at the steps that `at` says. `whole`: of all that is carried, not of s alone.
    """

    label: str
    share: Callable[..., Array] | None
    at: str = EVERY
    whole: bool = False


def consumers(trace: Trace, scan: Scan) -> tuple[Consumer, ...]:
    """Every reader of the scan's states outside itself and the head; what is known by what is left over comes last."""
    found: list[Consumer] = []
    left: list[Consumer] = []
    own: Signal = (scan.name, "s")
    for other in trace.scans:
        source = other.source
        if isinstance(source, Static | Below) and source.signal == own:
            found += [_layer(other, scan.hidden, k, source.taps) for k in range(source.taps)]
        for part in source.components if isinstance(source, Beside) else ():
            if isinstance(part, Attention) and part.keys == own:
                left.append(Consumer(BY_CONTEXT, None))
            elif isinstance(part, Attention) and other is scan:
                left.append(Consumer("∂L/∂s by way of the next step's attention", None, NEXT))
        if other.initial == scan.name:
            left.append(Consumer(BY_CONTEXT, None, END, whole=True))
    for part in trace.network.members:
        if isinstance(part, Join) and own in (part.first, part.second):
            found.append(_join(trace, part, part.second == own))
        elif isinstance(part, Context) and own in ((part.states,) if part.kind == "all" else part.ends):
            left.append(Consumer(BY_CONTEXT, None, EVERY if part.kind == "all" else END))
    left.sort(key=lambda each: each.at != EVERY)
    return (*found, *left)


def lines_from_outside(step: Step, name: str, unit: int, rest: float) -> list[Line]:
    """What other parts than the head send to what step t carries on, s_t or another, `rest` in all."""
    lines: list[Line] = []
    for consumer in step.plan.outside:
        label = filled(consumer.label, step.t).replace("∂L/∂s by", f"∂L/∂{name} by")
        if consumer.share is None:
            if _reads(consumer, step) and (name == "s" or consumer.whole):
                return [*lines, Line(label, rest, "", (), "output")]
        elif name == "s":
            value = float(consumer.share(step.gradients, step.t, step.sample)[unit])
            rest -= value
            lines.append(Line(label, value, "{}", (value,), "output"))
    return lines


def _reads(consumer: Consumer, step: Step) -> bool:
    """Whether what is left over comes from this reader at this step."""
    if consumer.at == NEXT:
        return not step.next_step
    return step.last if consumer.at == END else not step.copied or step.last


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
