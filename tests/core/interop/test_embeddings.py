"""Embeddings, heads without a bias and single cells are read too."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Experiment, natural
from core.interop import keras_weights, torch_weights
from core.interop.libraries import LIBRARIES, library_of
from core.interop.network import fit
from core.maths.arrays import Array
from core.maths.streams import stream
from tests.core.interop.weights_of import gru_dict, rows


def character_model(embedding: int = 3, hidden: int = 5, order: str = "enh") -> dict[str, Array]:
    """Embedding, LSTM and a linear layer for 6 characters, the parts in this order."""
    random = stream(4, "test")
    gates = 4 * hidden
    parts = {
        "e": {"encoder.weight": (6, embedding)},
        "n": {
            "rnn.weight_ih_l0": (gates, embedding),
            "rnn.weight_hh_l0": (gates, hidden),
            "rnn.bias_ih_l0": (gates,),
            "rnn.bias_hh_l0": (gates,),
        },
        "h": {"fc.weight": (6, hidden)},
    }
    return {name: random.normal(size=shape) for part in order for name, shape in parts[part].items()}


def character_experiment() -> Experiment:
    return natural("next-character", text="abcdefabcfed", steps=8, structure="n-n")


@pytest.mark.parametrize("order", ["enh", "ehn", "hen"])
@pytest.mark.parametrize(("embedding", "hidden"), [(3, 5), (5, 5)])
def test_an_embedding_is_one_hot_times_its_rows(order, embedding, hidden):
    """Where both are as wide, the name or the place tells the embedding from a linear layer without a bias."""
    arrays, experiment = character_model(embedding, hidden, order), character_experiment()
    if embedding == hidden and order == "hen":
        arrays["embedding.weight"] = arrays.pop("encoder.weight")
    if embedding == hidden and order == "ehn":
        arrays["out.weight"] = arrays.pop("fc.weight")
    table = arrays.get("encoder.weight", arrays.get("embedding.weight"))
    assert table is not None
    imported = torch_weights.read(arrays, experiment)
    fitted = fit(experiment, imported)
    folded = {name: array for name, array in arrays.items() if array is not table}
    folded["rnn.weight_ih_l0"] = folded["rnn.weight_ih_l0"] @ table.T
    wanted = fit(experiment, torch_weights.read(folded, experiment))
    assert "folded into the input weights" in imported.notes[0] and fitted.initial == ()
    for name, array in wanted.parameters.items():
        assert np.allclose(fitted.parameters[name], array, rtol=1e-14, atol=0), name


def test_a_linear_layer_without_a_bias_has_a_bias_of_0():
    arrays, experiment = character_model(), character_experiment()
    fitted = fit(experiment, torch_weights.read(arrays, experiment))
    assert not fitted.parameters["out.b"].any()
    assert np.array_equal(fitted.parameters["out.V"], arrays["fc.weight"].T)


@pytest.mark.parametrize("width", [3, 20])
def test_a_keras_embedding_is_folded_in_too(width):
    """Also one as wide as the kernel, so that both look like a SimpleRNN's kernel and recurrent kernel."""
    random = stream(4, "test")
    layers = [random.normal(size=shape) for shape in ((6, width), (width, 20), (5, 20), (20,), (5, 6), (6,))]
    experiment = character_experiment()
    imported = keras_weights.read(keras_weights.named(layers), experiment)
    fitted = fit(experiment, imported)
    folded = keras_weights.read(keras_weights.named([layers[0] @ layers[1], *layers[2:]]), experiment)
    assert np.allclose(imported.parameters["L1.U"], folded.parameters["L1.U"], rtol=1e-14)
    assert fitted.initial == () and imported.notes == ("the embedding arr_0 is folded into the input weights",)


@pytest.mark.parametrize("prefix", ["", "cell.", "decoder.cell."])
def test_a_single_cell_is_a_layer(prefix):
    arrays = {
        name.replace("rnn.", prefix).removesuffix("_l0"): array
        for name, array in character_model(6).items()
        if name.startswith("rnn.")
    }
    experiment = character_experiment()
    found = torch_weights.read(arrays, experiment)
    wanted = torch_weights.read({name + "_l0": array for name, array in arrays.items()}, experiment)
    assert found.changes == wanted.changes and found.changes["layers"] == 1
    assert all(np.array_equal(found.parameters[name], array) for name, array in wanted.parameters.items())


def test_a_library_is_recognised_by_the_names():
    assert [library_of(each) for each in (gru_dict(), rows((1, 1)), {"kernel": np.ones(1)}, {})] == [
        *LIBRARIES,
        None,
        None,
    ]
