"""Weights that do not fit are refused by the array's name."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import natural
from core.interop import keras_weights, torch_weights
from core.interop.network import fit
from core.recorder import record
from tests.core.interop.weights_of import NAMES, gru_dict, there


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rnn.weight_hh_l0": np.ones((5, 2))}, r"rnn\.weight_hh_l0 is \(5, 2\), but .* is expected"),
        ({"rnn.bias_ih_l0": np.ones(5)}, r"rnn\.bias_ih_l0 is \(5,\), but \(6,\) is expected"),
        ({"rnn.bias_ih_l0": None}, r"rnn\.bias_ih_l0 is missing"),
        ({"rnn.weight_ih_l0": None}, r"rnn\.weight_ih_l0 is missing"),
        ({"rnn.weight_hr_l0": np.ones((2, 2))}, "proj_size"),
        ({"rnn.weight_ih_l99999": np.ones((6, 2))}, "is missing"),
        ({"rnn.weight_ih_l" + "9" * 5000: np.ones((6, 2))}, "has no place"),
        ({"rnn.weight_ih": np.ones((6, 2))}, "has no place"),
        ({f"rnn.weight_ih_l{k}": np.ones((6, 2)) for k in range(9)}, "it has 9 layers, and at most 8 are supported"),
        ({"rnn.weight_hh_l0": np.ones((900, 300))}, "it has 300 units, and at most 256 are supported"),
        (
            {"emb.weight": np.ones((5, 4)), "rnn.weight_ih_l0": np.ones((6, 4))},
            "emb.weight reads 5 inputs, but the task",
        ),
        ({"rnn.weight_ih_l0": np.ones((6, 9))}, "or keep the embedding in the file"),
        ({"two.weight_ih_l0": np.ones((6, 2))}, "several recurrent modules, “rnn” and “two”"),
        ({"fc.bias": np.ones(7)}, r"fc\.bias is \(7,\)"),
        ({"more.weight": np.ones((2, 2)), "more.bias": np.ones(2)}, "2 linear layers"),
        ({"norm.running_mean": np.ones(2)}, "norm.running_mean has no place"),
        ({"rnn.weight_ih_l0": np.ones((6, 9))}, r"rnn\.weight_ih_l0 reads 9 inputs, but the task echo gives"),
        ({"fc.weight": np.ones((8, 2)), "fc.bias": np.ones(8)}, r"fc\.weight gives 8 outputs, but the task echo has"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_by_name(changes, sentence):
    experiment = natural("echo", cell="gru")
    with pytest.raises(InputError, match=sentence):
        fit(experiment, torch_weights.read(gru_dict(**changes), experiment))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ([np.ones((1, 8))], "are no kernel|is no kernel|arr_0"),
        ([np.ones((1, 10)), np.ones((2, 10))], "are no kernel"),
        ([np.ones((1, 8)), np.ones((2, 8)), np.ones(7)], r"arr_2 is \(7,\), but a bias \(8,\)"),
        ([np.ones((1, 8)), np.ones((2, 8)), np.ones(8), np.ones((3, 1)), np.ones(1)], "Dense kernel is"),
        ([np.ones((1, 8)), np.ones((2, 8)), np.ones(8), np.ones((2, 1)), np.ones(4)], "the Dense layer's bias"),
        ([np.ones((1, 8)), np.ones((2, 8)), np.ones(8), np.ones((2, 1)), np.ones(1), np.ones(1)], "behind the Dense"),
        ([np.ones((1, 8)), np.ones((2, 8)), np.ones(8), np.ones((5, 8)), np.ones((2, 8)), np.ones(8)], r"\(2, 8\)"),
        ([np.ones((9, 8)), np.ones((2, 8)), np.ones(8)], "arr_0 reads 9 inputs, but the task echo gives"),
    ],
)
def test_keras_weights_that_do_not_fit_are_refused_by_name(arrays, sentence):
    experiment = natural("echo", cell="lstm")
    with pytest.raises(InputError, match=sentence):
        fit(experiment, keras_weights.read(keras_weights.named(arrays), experiment))


def test_keras_weights_under_other_names_are_refused():
    with pytest.raises(InputError, match=r"are not arr_0, arr_1 … \(kernel\)"):
        keras_weights.read({"kernel": np.ones((1, 4))}, natural("echo"))


@pytest.mark.parametrize("library", NAMES)
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cell": "peephole"}, "has no layer for the cell peephole"),
        ({"structure": "encoder-decoder"}, "export the run as numpy-code"),
        ({"convolution": 3}, "export the run as numpy-code"),
        ({"output_feedback": True}, "export the run as numpy-code"),
    ],
)
def test_what_another_library_lacks_is_refused(library, changes, sentence):
    experiment = natural("echo", **{"cell": "tanh", "hidden": 2, "steps": 4, **changes})
    with pytest.raises(InputError, match=sentence):
        there(library, experiment, dict(record(experiment).parameters))


def test_a_held_gate_and_a_reset_before_are_refused():
    held = natural("echo", cell="lstm", hidden=2).freeze("f", 1.0)
    with pytest.raises(InputError, match="cannot hold the gate f"):
        there("keras", held, dict(record(held).parameters))
    before = natural("echo", cell="gru", hidden=2, reset="before")
    with pytest.raises(InputError, match="computes reset after; set reset=after"):
        there("torch", before, dict(record(before).parameters))
    added = natural("echo", cell="gru", hidden=2, reset="after", bidirectional="sum")
    with pytest.raises(InputError, match="set bidirectional=concat"):
        there("torch", added, dict(record(added).parameters))
