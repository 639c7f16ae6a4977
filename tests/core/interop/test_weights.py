"""Weights of PyTorch and Keras: there and back without a digit lost."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells.lstm import CellActivation, GateActivation
from core.experiment import Experiment, natural
from core.interop import keras_weights, torch_weights
from core.interop.network import fit
from core.maths.arrays import Array
from core.recorder import record
from tests.core.interop.weights_of import GRU_2_3, LSTM_2_3, NAMES, drawn, rows, there

CELLS = {"torch": ("tanh", "relu", "lstm", "gru"), "keras": ("tanh", "relu", "sigmoid", "identity", "lstm", "gru")}


def read(library: str, arrays: dict[str, Array], experiment: Experiment, chosen: tuple[str, ...] = ()):
    return (torch_weights if library == "torch" else keras_weights).read(arrays, experiment, chosen)


@st.composite
def exportable(draw: st.DrawFn) -> tuple[str, Experiment]:
    library = draw(st.sampled_from(NAMES))
    cell = draw(st.sampled_from(CELLS[library]))
    reset = "after" if library == "torch" else draw(st.sampled_from(("before", "after")))
    joins = (None, "concat") if library == "torch" else (None, "concat", "sum", "mean", "product")
    changes: dict[str, Any] = {"hidden": draw(st.integers(1, 4)), "layers": draw(st.integers(1, 2)), "reset": reset}
    changes["bidirectional"] = draw(st.sampled_from(joins))
    changes["update"] = draw(st.sampled_from(("writes", "keeps")))
    if library == "keras" and cell in ("lstm", "gru"):
        changes["activation"] = draw(st.sampled_from(get_args(CellActivation)))
        changes["gate_activation"] = draw(st.sampled_from(get_args(GateActivation)))
    task = draw(st.sampled_from(("echo", "adding", "sine")))
    changes["read_backwards"] = draw(st.booleans())
    return library, natural(task, cell=cell, steps=3, batch=1, **changes)


@settings(max_examples=80)
@given(exportable(), st.integers(0, 1000))
def test_there_and_back_is_exact(drawn_case, seed):
    library, experiment = drawn_case
    parameters = drawn(experiment, seed)
    arrays = there(library, experiment, parameters)
    fitted = fit(experiment, read(library, arrays, experiment, ("activation", "gate_activation", "read_backwards")))
    assert fitted.experiment == experiment and fitted.initial == ()
    assert list(fitted.parameters) == list(parameters)
    for name, array in parameters.items():
        assert np.array_equal(fitted.parameters[name], array), name


@pytest.mark.parametrize("library", NAMES)
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_the_weights_alone_say_what_the_network_is(library, cell):
    """Only the task is given: cell, width, layers and direction come from the file, and the read-out from the seed."""
    experiment = natural("echo", cell=cell, hidden=3, layers=2, bidirectional="concat", reset="after")
    arrays = there(library, experiment, drawn(experiment, 1))
    without = {name: array for name, array in arrays.items() if not name.startswith("fc.")}
    if library == "keras":
        without = {name: arrays[name] for name in list(arrays)[:-2]}
    blank = natural("echo", cell="lstm", hidden=7)
    fitted = fit(blank, read(library, without, blank))
    chosen = fitted.experiment
    assert (chosen.cell, chosen.hidden, chosen.layers, chosen.bidirectional) == (cell, 3, 2, "concat")
    assert fitted.initial == ("out.V", "out.b")
    first = record(chosen)
    assert all(np.array_equal(fitted.parameters[name], first.parameters[name]) for name in fitted.initial)


@pytest.mark.parametrize("join", [None, "concat", "sum", "mean", "product"])
@pytest.mark.parametrize("layer", [((2, 3), (3, 3), (3,)), (*LSTM_2_3,), (*GRU_2_3, (9,))], ids=["rnn", "lstm", "gru"])
def test_a_keras_file_comes_back_byte_for_byte(layer, join):
    """In, and out again: where the file says all, every number is the one that was there."""
    pair = layer * (2 if join else 1)
    arrays = rows(*pair, (6 if join == "concat" else 3, 1), (1,))
    fitted = fit(
        natural("adding", bidirectional=join), keras_weights.read(arrays, natural("adding", bidirectional=join))
    )
    back = there("keras", fitted.experiment, fitted.parameters)
    assert list(back) == list(arrays) and all(back[name].tobytes() == array.tobytes() for name, array in arrays.items())


@pytest.mark.parametrize("cell", CELLS["torch"])
@pytest.mark.parametrize("join", [None, "concat"])
def test_a_state_dict_comes_back_byte_for_byte(cell, join):
    """A file of this program's own, or any whose second biases are 0 (both are added), but for a GRU's b_q."""
    experiment = natural("echo", cell=cell, reset="after", hidden=3, layers=2, bidirectional=join)
    arrays = there("torch", experiment, drawn(experiment, 8))
    fitted = fit(experiment, torch_weights.read(arrays, experiment))
    back = there("torch", fitted.experiment, fitted.parameters)
    assert list(back) == list(arrays) and all(back[name].tobytes() == array.tobytes() for name, array in arrays.items())
