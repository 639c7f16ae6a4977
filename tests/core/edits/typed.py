"""Runs with numbers typed over, for the tests of what becomes of them."""

from __future__ import annotations

import numpy as np
import pytest

from core.choices import Edit
from core.edits import editing
from core.edits.places import Places, probability_edits
from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record
from core.trace import Trace

SMALL = natural("echo", steps=3, hidden=2, batch=2)


def places(trace: Trace) -> Places:
    return Places(trace.experiment, trace.data, trace.network)


def read_back(trace: Trace, edit: Edit) -> float:
    """The number that the run has at an edit's place."""
    if editing.is_data(edit.name):
        return float((trace.data.x if edit.name == "x" else trace.data.y)[edit.index])
    if editing.is_start(edit.name):
        part, _, name = edit.name.removesuffix("_0").partition(".")
        return float(trace.start[part, name][edit.index])
    return float(trace.parameters[edit.name][edit.index])


def some_of_everything(trace: Trace) -> list[Edit]:
    """One number of everything that can be edited, another one in each."""
    found: list[Edit] = []
    for k, (name, shape) in enumerate(places(trace).shapes.items()):
        every = [Edit(name, index, 0.1 + 0.07 * k) for index in np.ndindex(shape)]
        good = [edit for edit in every if not places(trace).refusal(edit)]
        if not good:
            continue
        chosen = good[(5 * k) % len(good)]
        if name == "y":
            t, sample, unit = chosen.index
            found += probability_edits(trace.data, t, sample, unit, chosen.value)
        else:
            found.append(chosen)
    return found


def typed(experiment: Experiment, *chosen: Edit) -> Trace:
    return record(editing.edited(experiment, chosen))


def refused(experiment: Experiment, *chosen: Edit) -> str:
    with pytest.raises(InputError) as caught:
        typed(experiment, *chosen)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


W, X, S0 = Edit("L1.W", (0, 1), 0.5), Edit("x", (0, 0, 0), 0.25), Edit("L1.s_0", (0, 0), 0.1)
