"""Hand-sized: the experiment cut down to what a person computes with pencil and paper, in numbers of one decimal.

One unit, three steps, one sample; inputs, targets and parameters are those that the seed makes, rounded by edits
(`core.edits.editing`), so that everything stays editable, and rewinding brings the seed's own numbers back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from core.cells import cell_named
from core.choices import DECODED, INPUTS, TARGETS, Edit, edit_of
from core.edits.editing import edited, surviving
from core.edits.places import NUMBERS, Places
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.parts import HEAD
from core.recorder import Recorder, record

STEPS, COUPLED = 3, 3  # T; samples of a cell whose samples depend on each other: of fewer, nothing comes back


def hand_sized(experiment: Experiment, keep: Collection[str] = ()) -> Experiment:
    """One unit, T = 3, a batch of 1, numbers rounded to one decimal; the fields in `keep` stay as they are.

    Edits stay where their number still exists. A read-out that is fitted to the data is not rounded.
    Where no gradient would come back at all (one unit with a kink, shut at every step) the numbers lose their signs.
    Raises InputError where the task or the cell cannot be that small.
    """
    changes = {name: value for name, value in _sizes(experiment).items() if name not in keep}
    if "widths" in keep:
        changes.pop("hidden", None)  # it would take their place
    small = surviving(experiment, experiment.with_changes(**changes))
    recorder = Recorder(small)
    found = edited(small, _rounding(recorder, small))
    if recorder.learned and _silent(found):
        found = edited(small, _rounding(recorder, small, signed=False))
    return found


def _sizes(experiment: Experiment) -> dict[str, Any]:
    cell = cell_named(experiment.cell)
    found: dict[str, Any] = {
        "hidden": 1,
        "steps": STEPS,
        "batch": COUPLED if cell.couples_samples else 1,
        "filters": 1,
        "delay": min(experiment.delay, 1),
        "taps": min(experiment.taps, 2),
        "initial_state": round(experiment.initial_state, 1),
    }
    if experiment.structure in DECODED:
        found["output_steps"] = min(experiment.output_steps or STEPS, STEPS)
    if experiment.convolution is not None:
        found["convolution"] = min(experiment.convolution, STEPS)
    if experiment.w_matrix is not None:
        found["w_matrix"] = ((experiment.w_matrix[0][0],),)
    return found


def _silent(experiment: Experiment) -> bool:
    """Whether no parameter of a cell has a gradient."""
    trace = record(experiment)
    own = [array for name, array in trace.exact_parameters.items() if not name.startswith(f"{HEAD}.")]
    return bool(own) and not any(array.any() for array in own)


def _rounding(recorder: Recorder, experiment: Experiment, signed: bool = True) -> Iterator[Edit]:
    """Every number of the run that has more than one decimal, with what takes its place."""
    data = recorder.data
    places = Places(experiment, data, recorder.network)
    counts = places.counted[:, :, None] & np.ones(data.y.shape, dtype=bool)
    read = places.inputs[:, :, None] & np.ones(data.x.shape, dtype=bool)
    given: list[tuple[str, Array, Array | None]] = [(INPUTS, data.x, read)]
    if data.loss in NUMBERS:  # of the others the targets are probabilities
        given.append((TARGETS, data.y, counts))
    given += [
        (name, array, None)
        for name, array in recorder.parameters.items()
        if recorder.learned or not name.startswith(f"{HEAD}.")
    ]
    for name, array, mask in given:
        for index in np.ndindex(array.shape):
            nice = one_decimal(float(array[index]))
            nice = nice if signed or name == TARGETS else abs(nice)
            free = edit_of(experiment, name, index) is None and (mask is None or bool(mask[index]))
            if free and nice != array[index]:
                yield Edit(name, index, nice)


def one_decimal(value: float) -> float:
    """The nearest number of one decimal; ±0.1 for what would become 0, since a 0 stops what goes through it."""
    nice = round(value, 1)
    return nice if nice or not value else float(np.copysign(0.1, value))
