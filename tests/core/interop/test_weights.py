"""Weights of PyTorch and Keras: there and back without a digit lost, and Keras's formulas against ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells.lstm import CellActivation, GateActivation
from core.errors import InputError
from core.experiment import Experiment, natural
from core.interop import files, keras_weights, torch_weights
from core.interop.libraries import LIBRARIES, library_of, translated
from core.interop.network import fit
from core.maths.arrays import Array
from core.maths.streams import stream
from core.recorder import record

NAMES = ("torch", "keras")
CELLS = {"torch": ("tanh", "relu", "lstm", "gru"), "keras": ("tanh", "relu", "sigmoid", "identity", "lstm", "gru")}


def drawn(experiment: Experiment, seed: int) -> dict[str, Array]:
    """Numbers for every parameter, none of them 0."""
    random = stream(seed, "test")
    shapes = {name: array.shape for name, array in record(experiment).parameters.items()}
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


def there(library: str, experiment: Experiment, parameters: dict[str, Array]) -> dict[str, Array]:
    if library == "torch":
        return torch_weights.state_dict(experiment, parameters)
    return keras_weights.named(keras_weights.weights(experiment, parameters))


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


# --- Keras, step by step, as its documentation has it ---


def sigmoid(v: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-v))


def relu(v: Array) -> Array:
    return np.where(v > 0, v, 0.0)


def hard_sigmoid(v: Array) -> Array:
    """Of Keras 3: 0 below −3, 1 above 3, x/6 + 0.5 between."""
    return np.select([v <= -3, v >= 3], [0.0, 1.0], v / 6 + 0.5)


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


# --- what no array shows ---


def rows(*shapes: tuple[int, ...]) -> dict[str, Array]:
    """Arrays as np.savez(file, *arrays) names them, every number another one."""
    random = stream(9, "test")
    return keras_weights.named([random.normal(size=shape) for shape in shapes])


LSTM_2_3 = (2, 12), (3, 12), (12,)
GRU_2_3 = (2, 9), (3, 9)


@pytest.mark.parametrize(
    ("arrays", "chosen", "wanted", "assumed"),
    [
        (rows(*GRU_2_3), {}, {"reset": "after", "layers": 1}, ["reset after"]),
        (rows(*GRU_2_3), {"reset": "before"}, {"reset": "before"}, []),
        (rows(*GRU_2_3, (9,)), {}, {"reset": "before"}, []),
        (rows((2, 3), (3, 3), (3,)), {}, {"cell": "tanh"}, ["activation tanh"]),
        (rows((2, 3), (3, 3), (3,)), {"cell": "relu"}, {"cell": "relu"}, []),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,)),
            {},
            {"bidirectional": None, "layers": 2},
            [
                "2 stacked layers (the file could as well hold both directions joined by concat, sum, mean, "
                "product: set bidirectional)"
            ],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {},
            {"bidirectional": None, "layers": 2},
            [
                "2 stacked layers (the file could as well hold both directions joined by sum, mean, product: set "
                "bidirectional)"
            ],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {"bidirectional": None},
            {"bidirectional": None, "layers": 2},
            [],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {"bidirectional": "mean"},
            {"bidirectional": "mean", "layers": 1},
            [],
        ),
        (rows(*LSTM_2_3, *LSTM_2_3, (6, 1), (1,)), {}, {"bidirectional": "concat", "layers": 1}, []),
    ],
)
def test_what_keras_weights_do_not_show_is_said_and_what_is_chosen_is_believed(arrays, chosen, wanted, assumed):
    experiment = natural("adding", **chosen)
    imported = keras_weights.read(arrays, experiment, chosen)
    assert {name: imported.changes[name] for name in wanted} == wanted
    gated = imported.changes["cell"] in ("lstm", "gru")
    always = [*(["activation tanh", "recurrent_activation sigmoid"] if gated else []), "go_backwards False"]
    assert list(imported.assumed) == [*assumed, *always]


@pytest.mark.parametrize(
    ("arrays", "said", "wanted"),
    [
        (rows((2, 3), (3, 3), (3,)), {"activation": "relu"}, {"cell": "relu"}),
        (rows((2, 3), (3, 3), (3,)), {"activation": "linear", "go_backwards": "false"}, {"cell": "identity"}),
        (rows(*GRU_2_3), {"reset_after": "False"}, {"cell": "gru", "reset": "before"}),
        (rows(*GRU_2_3), {"reset_after": "True", "activation": "tanh"}, {"cell": "gru", "reset": "after"}),
        (rows(*LSTM_2_3), {"activation": "tanh", "recurrent_activation": "sigmoid"}, {"cell": "lstm"}),
        (rows(*LSTM_2_3), {"activation": "relu"}, {"activation": "relu", "gate_activation": "sigmoid"}),
        (rows(*GRU_2_3, (9,)), {"recurrent_activation": "hard_sigmoid"}, {"gate_activation": "hard-sigmoid"}),
        (rows((2, 3), (3, 3), (3,)), {"go_backwards": "True"}, {"cell": "tanh", "read_backwards": True}),
        (rows(*LSTM_2_3), {"go_backwards": "true"}, {"cell": "lstm", "read_backwards": True}),
    ],
)
def test_what_is_said_of_a_keras_layer_is_believed_and_not_assumed(arrays, said, wanted):
    imported = keras_weights.read(arrays, natural("adding"), (), said)
    assert {name: imported.changes[name] for name in wanted} == wanted
    assert not any(each.split(" ")[0] in said or each.startswith("reset") for each in imported.assumed)


@pytest.mark.parametrize(
    ("arrays", "said", "sentence"),
    [
        (rows(*LSTM_2_3), {"activation": "gelu"}, "of LSTM layers: only activation=tanh or relu is computed here"),
        (rows(*LSTM_2_3), {"recurrent_activation": "relu"}, "only recurrent_activation=sigmoid or hard_sigmoid is"),
        (rows(*GRU_2_3), {"go_backwards": "1"}, "of GRU layers: only go_backwards=False or True is computed here"),
        (
            rows((2, 3), (3, 3), (3,), (3, 3), (3, 3), (3,)),
            {"go_backwards": "True"},
            "go_backwards=True cannot be used with 2 layers on each other: .* say read_backwards=true instead",
        ),
        (rows((2, 3), (3, 3), (3,)), {"activation": "gelu"}, "only activation=tanh or relu or sigmoid or linear"),
        (rows(*LSTM_2_3), {"reset_after": "True"}, "they have no such argument"),
        (rows(*GRU_2_3, (9,)), {"reset_after": "True"}, "only reset_after=False is computed here"),
    ],
)
def test_what_no_cell_computes_is_refused_by_name(arrays, said, sentence):
    with pytest.raises(InputError, match=sentence):
        keras_weights.read(arrays, natural("adding"), (), said)


def test_a_pair_that_leaves_its_join_open_is_refused_asking_for_it():
    arrays = rows(*LSTM_2_3, *LSTM_2_3, (3, 1), (1,))
    with pytest.raises(InputError, match="joined by sum or mean or product they look alike; set bidirectional"):
        keras_weights.read(arrays, natural("adding"))
    assert keras_weights.read(arrays, natural("adding", bidirectional="sum")).changes["bidirectional"] == "sum"


def test_an_rnn_of_pytorch_does_not_show_whether_it_is_tanh_or_relu():
    experiment = natural("echo", cell="relu", hidden=2)
    arrays = there("torch", experiment, drawn(experiment, 2))
    assert torch_weights.read(arrays, natural("echo")).assumed == ("nonlinearity tanh",)
    found = torch_weights.read(arrays, experiment, ("cell",))
    assert found.assumed == () and found.changes["cell"] == "relu"
    said = torch_weights.read(arrays, natural("echo"), (), {"nonlinearity": "relu"})
    assert said.assumed == () and said.changes["cell"] == "relu"


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


def test_what_is_said_stands_in_one_clause_each():
    fitted = fit(natural("adding"), keras_weights.read(rows(*GRU_2_3), natural("adding")))
    assert fitted.remarks == (
        "out.V, out.b as the seed makes them",
        "reset after, activation tanh, recurrent_activation sigmoid, go_backwards False: assumed, the file does "
        "not say",
    )


# --- embeddings, heads without a bias, single cells ---


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


# --- what does not fit ---


def gru_dict(**changes: Array | None) -> dict[str, Array]:
    """A GRU of 2 units that reads 1 input, and changes to its arrays; None leaves one out."""
    experiment = natural("echo", cell="gru", reset="after", hidden=2)
    return {
        name: a for name, a in {**there("torch", experiment, drawn(experiment, 3)), **changes}.items() if a is not None
    }


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
