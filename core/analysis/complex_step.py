"""The complex step: ∂L/∂θ = Im L(θ + iε) / ε, exact to rounding (Squire & Trapp 1998; Martins, Sturdza & Alonso 2003).

A difference quotient takes two losses from one another, and what is left of them is their rounding, divided by ε. Here
nothing is taken away: the forward pass runs in complex numbers with an ε whose square is 0, and every imaginary part is
ε times a derivative. For that the forward pass has to be analytic: it compares numbers by their real parts, and only
where a unit of a kinked activation stands exactly at its kink, and is moved, is there no derivative; the check reports
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

import numpy as np

from core import bptt
from core.choices import INPUTS, START, is_start
from core.maths.arrays import Array
from core.network.parts import ForwardPass
from core.trace import Trace

EPSILON = 1e-100  # where nothing is known of the derivative
PIECE, MOST_AT_ONCE = 20_000, 32  # multiplications and steps between two yields: well below a millisecond
UNIT = float(np.finfo(float).eps)


def epsilon_for(size: float) -> float:
    """An ε with which a derivative of about that size is seen whole: their product is about 1e-150, far from where
    numbers lose digits or vanish, and ε² is nothing beside 1."""
    return min(max(1e-150 / size, 1e-300), 1e-20) if 0.0 < size < np.inf else EPSILON


def moved_pass(trace: Trace, steps: Mapping[str, Array], dtype: type = float) -> ForwardPass:
    """A forward pass, not yet run and not recorded, with `steps` added to the numbers that the trace began with: arrays
    by an edit's name, "x", "L1.W" or "L1.s_0"."""
    parameters = {name: array.astype(dtype, copy=False) for name, array in trace.parameters.items()}
    starts, data = {}, replace(trace.data, x=trace.data.x.astype(dtype, copy=False))
    for name, step in steps.items():
        if name == INPUTS:
            data = replace(data, x=data.x + step)
        elif is_start(name):
            part, _, own = name.removesuffix(START).partition(".")
            starts[part, own] = trace.start[part, own] + step
        else:
            parameters[name] = parameters[name] + step
    return ForwardPass(trace.network, parameters, data, recorded=False, dtype=dtype, starts=starts)


class ComplexPass:
    """A forward pass in which numbers are moved by iε times `along`: arrays by an edit's name, "x", "L1.W" or
    "L1.s_0"."""

    def __init__(self, trace: Trace, along: Mapping[str, Array] | None = None, epsilon: float = EPSILON) -> None:
        self.trace, self.epsilon = trace, epsilon
        steps = {name: 1j * epsilon * direction for name, direction in (along or {}).items()}
        self.run = moved_pass(trace, steps, complex)

    def steps(self) -> Iterator[None]:
        """Runs it, a few steps at a time where they are small.

        What a step passes to the next keeps the real part that was recorded. In a chaotic run rounding grows from step
        to step, and this would become the derivative of another one.
        """
        kept: dict[str, list[tuple[Array, Array]]] = {}
        loops = bptt.forward(self.trace.network, self.run)
        numbers = self.trace.data.x.shape[1] * sum(array.size for array in self.trace.parameters.values())
        at_once = min(max(PIECE // max(numbers, 1), 1), MOST_AT_ONCE)
        done = at_once
        while done == at_once:
            done = 0
            with np.errstate(all="ignore"):
                for _, name, t in islice(loops, at_once):
                    if name not in kept:
                        kept[name] = self._carried(name)
                    for real, recorded in kept[name]:
                        real[t] = recorded[t]
                    done += 1
            yield

    def _carried(self, name: str) -> list[tuple[Array, Array]]:
        """What the scans in the loop called `name` pass on: the real parts here, and the recorded numbers."""
        members = [each for part in self.trace.network.parts if part.name == name for each in part.members or (part,)]
        return [
            (getattr(self.run.records[scan.name], key).real, getattr(self.trace.run.records[scan.name], key))
            for scan in members
            if scan.name in self.run.records
            for key in scan.recurrent_states
        ]

    def finish(self) -> ComplexPass:
        """Runs it to the end."""
        for _ in self.steps():
            pass
        return self

    @property
    def derivative(self) -> float:
        """Of L along the direction; NaN or Inf where a number has overflowed."""
        return float(np.imag(self.run.loss)) / self.epsilon

    @property
    def kink(self) -> bool:
        """Whether the derivative does not exist: a unit stands at its kink in the recorded run, and is moved. Here its
        real part may be off by ε², where it is a product of two numbers that are moved."""
        for scan in self.trace.scans:
            absent = scan.absent(self.run) if scan.cell.kinks else None
            for name, kink in scan.cell.kinks:
                h, recorded = (getattr(run.records[scan.name], name) for run in (self.run, self.trace.run))
                at_it = (recorded == kink) & (h.imag != 0.0)
                if np.any(at_it if absent is None else at_it[~absent]):  # a step that a sample has not is not read
                    return True
        return False
