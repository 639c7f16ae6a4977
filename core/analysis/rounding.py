"""What rounding leaves open of a gradient, measured: the same network is run with every number rounded otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core import bptt
from core.analysis.complex_step import UNIT
from core.analysis.input_gradients import given_once, sent_to_inputs
from core.choices import INPUTS, START
from core.edits.places import start_shapes
from core.faults import hook_of
from core.maths.arrays import Array
from core.maths.streams import stream
from core.network.parts import BackwardPass, ForwardPass
from core.recorder import quietly
from core.trace import Trace, collect

RUNS = 8
UNITS = 2  # in the last place, by which a number is moved at most
TIMES = 64  # of trained networks' gradients that were all rounding, none was off by more than 3 times the spread


def gradients_of(trace: Trace, back: BackwardPass) -> dict[str, Array]:
    """∂L/∂ every number that a run begins with, by an edit's name: parameters, initial states (B, H), x (T, B, I)."""
    found = dict(back.parameters)
    for name in start_shapes(trace.network, trace.data.x.shape[1]):
        part, _, own = name.removesuffix(START).partition(".")
        found[name] = getattr(back.records[part], f"{own}_base")[0]
    inputs = sent_to_inputs(trace, collect(trace.network, back.run, back)[1])
    return {**found, INPUTS: given_once(trace.experiment, inputs)}


def spreads_of(trace: Trace) -> Iterator[dict[str, Array] | None]:
    """How far from one another the gradients are of runs in which every number is moved by a unit or two in the last
    place: parameters, initial states and x before, and every record between the two passes, so that what the backward
    pass takes away from one another (a − y, 1 − s²) is rounded otherwise. TIMES the furthest is what rounding may have
    done to a gradient, by an edit's name. What the trace itself claims is not used.

    Yields None after every step of these runs, and the result at the end.
    """
    random, first = stream(0, "rounding"), {}
    found: dict[str, Array] = {}
    names = tuple(start_shapes(trace.network, trace.data.x.shape[1]))

    def moved(array: Array) -> Array:
        with np.errstate(all="ignore"):
            return array * (1.0 + UNIT * random.integers(-UNITS, UNITS, array.shape, endpoint=True))

    for _ in range(RUNS):
        parameters = {name: moved(array) for name, array in trace.parameters.items()}
        starts = {}
        for name in names:
            part, _, own = name.removesuffix(START).partition(".")
            starts[part, own] = moved(trace.start[part, own])
        run = ForwardPass(trace.network, parameters, replace(trace.data, x=moved(trace.data.x)), starts=starts)
        for _ in quietly(bptt.forward(trace.network, run)):
            yield None
        for part in trace.network.parts:
            for _, array in part.records(run):
                array[...] = moved(array)
        back = BackwardPass(run, hook=hook_of(trace.experiment.fault))
        for _ in quietly(bptt.backward(trace.network, back)):
            yield None
        again = gradients_of(trace, back)
        first = first or again
        for name, array in again.items():
            with np.errstate(all="ignore"):
                apart = TIMES * np.abs(array - first[name])
            found[name] = np.maximum(found.get(name, 0.0), apart)
    yield found
