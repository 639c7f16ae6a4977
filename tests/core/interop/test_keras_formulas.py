"""Keras's formulas, step by step as its documentation has them, against an imported layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import natural
from core.interop import files, keras_weights, torch_weights
from core.interop.libraries import translated
from core.interop.network import fit
from core.maths.arrays import Array
from core.maths.streams import stream
from core.recorder import record
from tests.core.interop.weights_of import hard_sigmoid, relu, sigmoid


def hard_sigmoid_of_keras_2(v: Array) -> Array:
    """0 below −2.5, 1 above 2.5, 0.2 x + 0.5 between."""
    return np.select([v < -2.5, v > 2.5], [0.0, 1.0], 0.2 * v + 0.5)


Phi = Callable[[Array], Array]


def keras_lstm(
    x: Array, kernel: Array, recurrent: Array, bias: Array, phi: Phi = np.tanh, gate: Phi = sigmoid
) -> Array:
    """i, f, c, o = split(x K + h R + b); c = σ(f) c + σ(i) tanh(c̃); h = σ(o) tanh(c)."""
    h = c = np.zeros((x.shape[1], len(recurrent)))
    found = []
    for x_t in x:
        i, f, g, o = np.split(x_t @ kernel + h @ recurrent + bias, 4, axis=1)
        c = gate(f) * c + gate(i) * phi(g)
        h = gate(o) * phi(c)
        found.append(h)
    return np.array(found)


def keras_gru(x: Array, kernel: Array, recurrent: Array, bias: Array, phi: Phi = np.tanh, gate: Phi = sigmoid) -> Array:
    """z, r, hh; reset_after where the bias is (2, 3H): its first row is the input's, its second the state's."""
    h = np.zeros((x.shape[1], len(recurrent)))
    after = bias.ndim == 2
    k_z, k_r, k_h = np.split(kernel, 3, axis=1)
    r_z, r_r, r_h = np.split(recurrent, 3, axis=1)
    b_z, b_r, b_h = np.split(bias[0] if after else bias, 3)
    s_z, s_r, s_h = np.split(bias[1] if after else np.zeros_like(bias), 3)
    found = []
    for x_t in x:
        z = gate(x_t @ k_z + b_z + h @ r_z + s_z)
        r = gate(x_t @ k_r + b_r + h @ r_r + s_r)
        inner = r * (h @ r_h + s_h) if after else (r * h) @ r_h
        hh = phi(x_t @ k_h + b_h + inner)
        h = z * h + (1 - z) * hh
        found.append(h)
    return np.array(found)


def keras_simple(x: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    h = np.zeros((x.shape[1], len(recurrent)))
    found = []
    for x_t in x:
        h = np.tanh(x_t @ kernel + bias + h @ recurrent)
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize(
    ("step", "gates", "bias_rows", "changes"),
    [
        (keras_simple, 1, 1, {"cell": "tanh"}),
        (keras_lstm, 4, 1, {"cell": "lstm"}),
        (keras_gru, 3, 2, {"cell": "gru"}),
        (keras_gru, 3, 2, {"cell": "gru", "update": "keeps"}),
        (keras_gru, 3, 1, {"cell": "gru"}),
        (keras_gru, 3, 1, {"cell": "gru", "update": "keeps"}),
    ],
)
@pytest.mark.parametrize("join", [None, "concat", "sum"])
@pytest.mark.parametrize("backwards", ["False", "True"])
@pytest.mark.parametrize("structure", ["n-1", "n-n"])
def test_an_imported_keras_layer_computes_what_keras_does(step, gates, bias_rows, changes, join, backwards, structure):
    """go_backwards: x[:, ::-1] is read, and what is made of it stays in that order; Bidirectional turns its second
    layer's output round, so that both belong to the same x."""
    random = stream(5, "test")
    experiment = natural("adding", steps=4, batch=2, structure=structure, bidirectional=join, **changes)
    x = record(experiment).data.x[:: -1 if backwards == "True" else 1]
    hidden, inputs = 3, x.shape[2]
    chain_arrays = []
    for _ in range(2 if join else 1):
        bias = random.normal(size=(gates * hidden,) if bias_rows == 1 else (2, gates * hidden))
        chain_arrays.append(
            [random.normal(size=(inputs, gates * hidden)), random.normal(size=(hidden, gates * hidden)), bias]
        )
    dense = [random.normal(size=(hidden * (2 if join == "concat" else 1), 1)), random.normal(size=1)]
    arrays = keras_weights.named([array for chain in chain_arrays for array in chain] + dense)
    fitted = fit(experiment, keras_weights.read(arrays, experiment, (), {"go_backwards": backwards}))
    assert fitted.experiment.read_backwards == (backwards == "True")
    assert not any("go_backwards" in each for each in fitted.assumed)
    trace = record(fitted.experiment, fitted.parameters)
    assert np.array_equal(trace.data.x, x)
    states = step(x, *chain_arrays[0])
    if join:
        back = step(x[::-1], *chain_arrays[1])
        back = back[-1:] if structure == "n-1" else back[::-1]
        states = states[-1:] if structure == "n-1" else states
        states = np.concatenate((states, back), axis=2) if join == "concat" else states + back
    wanted = states @ dense[0] + dense[1]
    assert np.allclose(trace.values["out", "z"][-len(wanted) :], wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("activation", "phi"), [("tanh", np.tanh), ("relu", relu)])
@pytest.mark.parametrize(
    ("said", "chosen", "gate"),
    [
        ({"recurrent_activation": "sigmoid"}, {}, sigmoid),
        ({"recurrent_activation": "hard_sigmoid"}, {}, hard_sigmoid),
        ({}, {"gate_activation": "hard-sigmoid"}, hard_sigmoid),
        ({"recurrent_activation": "hard_sigmoid"}, {"gate_activation": "hard-sigmoid-keras2"}, hard_sigmoid_of_keras_2),
    ],
)
@pytest.mark.parametrize(
    ("step", "gates", "update"), [(keras_lstm, 4, "writes"), (keras_gru, 3, "writes"), (keras_gru, 3, "keeps")]
)
def test_the_activations_that_are_said_of_a_keras_layer_are_computed(
    step, gates, update, said, chosen, gate, activation, phi
):
    random = stream(6, "test")
    layer = [2.0 * random.normal(size=shape) for shape in ((2, gates * 3), (3, gates * 3), (gates * 3,))]
    layer[-1] = layer[-1] if gates == 4 else np.stack((layer[-1], random.normal(size=gates * 3)))
    dense = [random.normal(size=(3, 1)), random.normal(size=1)]
    experiment = natural("adding", steps=5, batch=3, structure="n-n", update=update, **chosen)
    imported = keras_weights.read(
        keras_weights.named([*layer, *dense]), experiment, tuple(chosen), {"activation": activation, **said}
    )
    fitted = fit(experiment, imported)
    trace = record(fitted.experiment, fitted.parameters)
    states = step(trace.data.x, *layer, phi, gate)
    assert np.allclose(trace.values["out", "z"], states @ dense[0] + dense[1], rtol=1e-12, atol=1e-12)
    release = [each for each in imported.assumed if "as in Keras 3" in each]
    assert len(release) == (gate is hard_sigmoid and not chosen)
    assert not any(each.startswith(("activation", "recurrent_activation")) for each in imported.assumed)


CASE_8 = Path(__file__).parents[4] / "shared" / "cases" / "08-keras-lstm-relu"


@pytest.mark.data
@pytest.mark.skipif(not CASE_8.is_dir(), reason="the cases are not beside the project")
@pytest.mark.parametrize(
    ("weights", "table", "said", "loss", "norm"),
    [
        ("w.npz", "d.csv", {"activation": "relu"}, 1.0260880242, 2.2721638800),
        ("hardsig.npz", "hardsig.csv", {"recurrent_activation": "hard_sigmoid"}, 0.496207, 1.136747),
    ],
)
def test_the_figures_of_keras_itself(weights, table, said, loss, norm):
    """Keras 3.15.1 on JAX, in single precision: its loss, and the norm of all gradients but those of biases."""
    experiment = natural("csv", csv_path=str(CASE_8 / table), structure="n-n", steps=6, batch=3)
    fitted = fit(experiment, keras_weights.read(files.read(CASE_8 / weights), experiment, (), said))
    trace = record(fitted.experiment, fitted.parameters)
    assert trace.loss == pytest.approx(loss, rel=1e-6)
    weights_alone = [trace.exact_parameters[name].ravel() for name in ("L1.U", "L1.W", "out.V")]
    assert np.linalg.norm(np.concatenate(weights_alone)) == pytest.approx(norm, rel=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_other_library_is_told_the_activations_or_refuses_them(cell):
    chosen = {"cell": cell, "reset": "after", "activation": "relu", "gate_activation": "hard-sigmoid-keras2"}
    experiment = natural("echo", **chosen)
    parameters = record(experiment).parameters
    layer = translated("keras", experiment, parameters)[1]
    assert layer == f"{cell.upper()} (activation=relu, recurrent_activation=hard_sigmoid as in Keras 2)"
    only_relu = experiment.with_changes(gate_activation="sigmoid")
    assert translated("keras", only_relu, parameters)[1] == f"{cell.upper()} (activation=relu)"
    with pytest.raises(InputError, match=f"PyTorch's {cell.upper()} computes activation tanh; set activation=tanh"):
        torch_weights.state_dict(experiment, parameters)
    with pytest.raises(InputError, match="computes gate_activation sigmoid; set gate_activation=sigmoid"):
        torch_weights.state_dict(experiment.with_changes(activation="tanh"), parameters)
