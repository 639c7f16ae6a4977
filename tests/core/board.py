"""A board to derive on: any short sequence and any parameters through the public interface, and numbers to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import core.tasks
from core.experiment import Experiment
from core.recorder import Recorder
from core.tasks.base import Data, Task
from core.trace import Trace

Expected = str | float | Sequence[float]


def run(
    x: Sequence | np.ndarray,
    y: Sequence | np.ndarray,
    parameters: Mapping[str, Any] | None,
    loss: str = "squared",
    **changes: Any,
) -> Trace:
    """The trace of a one-unit network (unless `changes` say otherwise) that reads x and is to answer y, one sample.

    x and y hold a number a step, or (T, B, I) and (T, B, O). `parameters` gives every parameter, as a number or as
    rows; None: the experiment's own first ones. The sequence comes in as a task's does: the structure arranges it.
    """
    inputs, targets = _sequence(x), _sequence(y)
    batch = inputs.shape[1]
    names = [tuple(f"{letter}{k}" for k in range(array.shape[2])) for letter, array in (("x", inputs), ("y", targets))]
    present = changes.pop("present", None)
    data = Data(inputs, targets, np.ones(len(targets), dtype=bool), loss, *names, present=present)
    task = Task("board", "Board", "What stands on the board.", lambda experiment: data, lambda experiment: {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.tasks, "TASKS", (*core.tasks.TASKS, task))
        chosen: dict[str, Any] = {"steps": len(inputs), "hidden": 1, "batch": batch, **changes}
        experiment = Experiment().with_changes(task="board", **chosen)
        recorder = Recorder(experiment)
        if parameters is not None:
            shapes = recorder.network.parameter_shapes
            assert set(parameters) == set(shapes), "every parameter stands on the board"
            given = {name: np.array(value, dtype=float).reshape(shapes[name]) for name, value in parameters.items()}
            recorder.parameters = given
        return recorder.record()


def agree(
    trace: Trace,
    loss: str | float,
    values: Mapping[str, Expected],
    gradients: Mapping[str, Expected],
    parameters: Mapping[str, Expected],
) -> None:
    """The trace's numbers are those: to the last bit where they are written as fractions, "3/2 −1/4", else to 1e-12.

    `values` and `gradients` by "L1.s", one number after another over steps (then samples, then units); `parameters`
    holds the gradient of every parameter.
    """
    _same("loss", trace.loss, loss)
    for name, expected in values.items():
        _same(name, trace.values[_signal(name)], expected)
    for name, expected in gradients.items():
        _same(f"the gradient on {name}", trace.exact[_signal(name)], expected)
    assert set(parameters) == set(trace.exact_parameters)
    for name, expected in parameters.items():
        _same(f"the gradient of {name}", trace.exact_parameters[name], expected)


def _same(what: str, found: np.ndarray | float, expected: Expected) -> None:
    found = np.ravel(found)
    if isinstance(expected, str):
        exact = [Fraction(word.replace("−", "-")) for word in expected.split()]
        assert [Fraction(float(number)) for number in found] == exact, what
    else:
        wanted = np.ravel(expected)
        assert found.shape == wanted.shape, what
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13, err_msg=what)


def _sequence(numbers: Sequence | np.ndarray) -> np.ndarray:
    array = np.array(numbers, dtype=float)
    return array[:, None, None] if array.ndim == 1 else array


def _signal(name: str) -> tuple[str, str]:
    part, _, record = name.partition(".")
    return part, record
