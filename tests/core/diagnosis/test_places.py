"""A number is named by its place in the learner's own array, through whatever layout the array has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.diagnosis import diagnosing
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.experiment import Experiment, natural
from core.jobs import finished
from core.own.layout import Layout
from core.own.presets import PRESETS
from core.own.writing import gradients_in_layout, in_layout
from core.recorder import record

CELLS = {("",): "tanh", ("i", "f", "g", "o"): "lstm", ("r", "u", "n"): "gru"}
WAYS = [(preset, blocks) for preset in PRESETS for blocks in preset.names]


def assert_named(items, arrays) -> int:
    """Every number of every item is the number at its place in the learner's array."""
    count = 0
    for item in items:
        for quantity in item.quantities:
            for index in np.ndindex(quantity.array.shape):
                entry = item.entry(quantity, index)
                assert entry is not None and arrays[item.name][entry] == quantity.array[index], (item.name, index)
                count += 1
    return count


@pytest.mark.parametrize(("preset", "blocks"), WAYS, ids=[f"{p.name}-{CELLS[b]}" for p, b in WAYS])
@pytest.mark.parametrize("order", [None, "batch first", "features first"])
def test_every_number_is_named_by_its_place_in_every_layout(preset, blocks, order):
    """Transposed, gates in any order side by side or apart, the state's and the input's matrix in one, batch first."""
    options = {"cell": CELLS[blocks], "task": "reverse", "steps": 3, "hidden": 2, "batch": 2 if preset.batched else 1}
    if len(blocks) == 3:
        options |= {"reset": preset.reset, "update": "keeps" if preset.keeps else "writes"}
    trace = record(Experiment().with_changes(**options, structure="n-n", initial_state=0.25))
    layout = Layout(preset=preset.name, order=order)
    written = {**in_layout(trace, layout), **gradients_in_layout(trace, layout)}
    numbers = np.random.default_rng(7)
    arrays = {  # numbers that are all different; symbols stay what they are
        name: each if each.dtype.kind in "iu" else numbers.permutation(each.size).reshape(each.shape) + 0.5
        for name, each in written.items()
    }
    symbols = {name for name, each in arrays.items() if each.dtype.kind in "iu"}
    items = [each for each in read(trace, arrays, layout) if each.name not in symbols]
    assert len(items) >= 6
    assert assert_named(items, arrays) > 30


def test_the_first_wrong_number_is_the_one_that_was_changed():
    trace = record(natural("echo", cell="tanh", hidden=4, steps=4, batch=2, loss_at="every"))
    w = np.array(trace.exact_parameters["L1.W"])
    wrong = w.T.copy()
    wrong[0, 3] += 2.0
    layout = Layout(weights="columns")
    (line,) = _lines(trace, {"dWhh": wrong}, layout)
    assert line.startswith(
        "The first that does not, in the order of computation: dWhh[0, 3] (here L1.W[4, 1], counted from 1): yours is "
    )
    assert f"yours is {wrong[0, 3]:.8g}".replace("-", "−") in line
    states = np.array(trace.exact["L1", "s"]).swapaxes(0, 1)
    states[1, 3, 2] += 1.0
    (line,) = _lines(trace, {"dhs": states}, Layout(order="batch first"))
    assert "dhs[1, 3, 2] (here ∂L/∂sₜ, step 4, sample 2, unit 3, counted from 1): yours is" in line


def test_what_was_filled_up_has_no_place_in_the_array():
    trace = record(natural("echo", cell="tanh", hidden=4, steps=4, batch=2))
    (item,) = read(trace, {"dlogits": np.array(trace.exact["out", "z"])[-1]})
    (quantity,) = item.quantities
    assert item.entry(quantity, (0, 1, 0)) is None and item.entry(quantity, (3, 1, 0)) == (1, 0)
    assert replace(item, shape=(9,)).entry(replace(quantity, where=None), (0, 0, 0)) is None


def _lines(trace, arrays, layout):
    report = Report(finished(diagnosing(trace, read(trace, arrays, layout))))
    return [line for line in report.lines() if line.startswith("The first")]
