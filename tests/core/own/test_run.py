"""Somebody's arrays, run: the numbers of the cases, a gradient handed in as it is, templates, files and refusals."""

import json

import numpy as np
import pytest

from core import InputError, record_arrays
from core.analysis.gradcheck import finish
from core.experiment import Experiment, from_json, natural, to_json
from core.interop.scripts.numpy_script import numpy_script
from core.maths.losses import GIVEN
from core.own.files import read_file, read_files
from core.own.layout import layout_from
from core.own.presets import NAMES
from core.own.run import experiment_of
from core.own.template import template
from core.recorder import record
from core.tasks import notes

N, T, D, H = 2, 3, 4, 5
# CS231n, assignment 3: what rnn_forward is checked with, and the states it must give, (N, T, H).
X = np.linspace(-0.1, 0.3, N * T * D).reshape(N, T, D)
H0 = np.linspace(-0.3, 0.1, N * H).reshape(N, H)
WX = np.linspace(-0.2, 0.4, D * H).reshape(D, H)
WH = np.linspace(-0.4, 0.1, H * H).reshape(H, H)
B = np.linspace(-0.7, 0.1, H)
STATES = [
    [[-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
     [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
     [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525]],
    [[-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
     [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
     [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043]],
]  # fmt: skip
DH = np.random.default_rng(231).standard_normal((N, T, H))


def test_cs231n_s_states_are_those_of_the_assignment():
    trace = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH)
    assert np.allclose(trace.values["L1", "s"].transpose(1, 0, 2), STATES, atol=5e-9)


def back(x, h0, wx, wh, b, dh):
    """rnn_backward, written out for the assignment's layout: (dx, dh0, dWx, dWh, db)."""
    states = [h0]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ wx + states[-1] @ wh + b))
    carried, dx = np.zeros_like(h0), np.zeros_like(x)
    dwx, dwh, db = np.zeros_like(wx), np.zeros_like(wh), np.zeros_like(b)
    for t in reversed(range(x.shape[1])):
        da = (dh[:, t] + carried) * (1 - states[t + 1] ** 2)
        dx[:, t], carried = da @ wx.T, da @ wh.T
        dwx += x[:, t].T @ da
        dwh += states[t].T @ da
        db += da.sum(axis=0)
    return dx, carried, dwx, dwh, db


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_gradient_handed_in_goes_back_as_it_is(kind):
    """∂L/∂h_t's own addend is dh exactly, whatever the batch, and the gradients are those of rnn_backward."""
    arrays = [each.astype(kind) for each in (X, H0, WX, WH, B, DH)]
    trace = record_arrays(**dict(zip(("x", "h0", "Wx", "Wh", "b", "dh"), arrays, strict=True)))
    assert np.array_equal(trace.exact["out", "z"].transpose(1, 0, 2), arrays[-1])
    exact = [each.astype(float) for each in arrays]
    dx, dh0, dwx, dwh, db = back(*exact)
    assert np.allclose(trace.exact["L1", "x"].transpose(1, 0, 2), dx, rtol=1e-13, atol=1e-15)
    assert np.allclose(trace.start_gradients["L1", "s"], dh0, rtol=1e-13, atol=1e-15)
    for name, wanted in (("L1.U", dwx), ("L1.W", dwh), ("L1.b", db)):
        assert np.allclose(trace.exact_parameters[name], wanted, rtol=1e-13, atol=1e-15)
    states = trace.values["L1", "s"].transpose(1, 0, 2)
    assert trace.loss == pytest.approx((exact[-1] * states).sum(), rel=1e-14)
    assert trace.data.loss == GIVEN.name


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("last", [False, True])
def test_the_complex_step_agrees_with_a_gradient_handed_in(cell, last):
    numbers = np.random.default_rng(5)
    gates = {"tanh": 1, "lstm": 4, "gru": 3}[cell]
    shapes = {"x": (N, T, D), "h0": (N, H), "Wx": (D, gates * H), "Wh": (H, gates * H), "b": (gates * H,)}
    arrays = {name: numbers.standard_normal(shape) for name, shape in shapes.items()}
    arrays["dh"] = numbers.standard_normal((N, H) if last else (N, T, H))
    trace = record_arrays("batch first", **arrays)
    assert finish(trace).passed
    assert trace.experiment.structure == ("n-1" if last else "n-n")


def test_with_an_output_layer_the_gradient_comes_in_where_its_name_says():
    numbers = np.random.default_rng(6)
    arrays = {
        "x": X,
        "h0": H0,
        "Wx": WX,
        "Wh": WH,
        "b": B,
        "Why": numbers.standard_normal((H, 2)),
        "by": numbers.standard_normal(2),
    }
    dz = numbers.standard_normal((N, T, 2))
    trace = record_arrays(**arrays, dz=dz)
    assert np.array_equal(trace.exact["out", "z"].transpose(1, 0, 2), dz)
    assert np.allclose(trace.exact_parameters["out.b"], dz.sum(axis=(0, 1)))
    below = record_arrays(**arrays, dh=DH)
    assert "out.V" not in below.parameters
    assert "Why and by not used: the gradient comes in below" in notes(below.experiment)[0]


def test_targets_bring_a_loss_as_usual():
    numbers = np.random.default_rng(7)
    classes = numbers.integers(0, 6, (N, T))
    arrays = {
        "x": X,
        "h0": H0,
        "Wx": WX,
        "Wh": WH,
        "b": B,
        "W_vocab": numbers.standard_normal((H, 6)),
        "b_vocab": np.zeros(6),
    }
    mask = np.array([[1, 1, 0], [1, 1, 1]])
    trace = record_arrays("cs231n", **arrays, y=classes, mask=mask)
    assert trace.data.loss == "categorical"
    z = trace.values["out", "z"].transpose(1, 0, 2)
    terms = np.log(np.exp(z).sum(axis=-1)) - np.take_along_axis(z, classes[..., None], 2)[..., 0]
    assert trace.loss == pytest.approx((terms * mask).sum() / N, rel=1e-13)
    squared = record_arrays("cs231n, loss squared", **arrays, y=classes)
    assert squared.data.loss == "squared"


def test_min_char_rnn_s_loss_is_its_own():
    """inputs and targets are lists of whole numbers, states columns, the loss a sum over the steps."""
    numbers = np.random.default_rng(8)
    vocabulary, inputs, targets = 4, [0, 1, 2, 2, 3], [1, 2, 2, 3, 0]
    wxh, whh, why = (numbers.standard_normal(shape) for shape in ((H, vocabulary), (H, H), (vocabulary, H)))
    bh, by, hprev = numbers.standard_normal((H, 1)), numbers.standard_normal((vocabulary, 1)), np.zeros((H, 1))
    hidden, loss = hprev, 0.0
    for symbol, target in zip(inputs, targets, strict=True):
        hidden = np.tanh(wxh @ np.eye(vocabulary)[:, [symbol]] + whh @ hidden + bh)
        scores = why @ hidden + by
        loss -= np.log(np.exp(scores) / np.exp(scores).sum())[target, 0]
    trace = record_arrays(inputs=inputs, targets=targets, Wxh=wxh, Whh=whh, Why=why, bh=bh, by=by, hprev=hprev)
    assert trace.loss == pytest.approx(loss, rel=1e-13)


def test_deeplearning_ai_s_lstm_is_the_one_of_the_course():
    numbers = np.random.default_rng(9)
    inputs, units, samples, steps = 3, 5, 2, 4
    gates = {f"W{gate}": numbers.standard_normal((units, units + inputs)) for gate in "fico"}
    biases = {f"b{gate}": numbers.standard_normal((units, 1)) for gate in "fico"}
    x, a0 = numbers.standard_normal((inputs, samples, steps)), numbers.standard_normal((units, samples))

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    a, c, found = a0, np.zeros_like(a0), []
    for t in range(steps):
        both = np.concatenate((a, x[:, :, t]))
        f, i, g, o = (gates[f"W{gate}"] @ both + biases[f"b{gate}"] for gate in "fico")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        a = sigmoid(o) * np.tanh(c)
        found.append(a)
    trace = record_arrays("deeplearning.ai", x=x, a0=a0, **gates, **biases, da=np.ones((units, samples, steps)))
    assert np.allclose(trace.values["L1", "s"], np.stack(found).transpose(0, 2, 1), rtol=1e-13)


def test_an_experiment_with_arrays_is_saved_whole():
    trace = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH)
    again = from_json(to_json(trace.experiment))
    assert again == trace.experiment
    assert record(again, trace.parameters).loss == trace.loss


@pytest.mark.parametrize(
    "chosen",
    [
        {"task": "echo", "cell": "lstm", "layers": 2, "bidirectional": "sum"},
        {"task": "reverse", "cell": "gru", "structure": "attention", "output_steps": 4},
        {"task": "sine", "structure": "1-n-every"},
        {"task": "last-step"},
    ],
)
def test_a_template_of_any_experiment_is_read_as_the_same_run(chosen):
    trace = record(natural(**chosen, hidden=3, batch=2, steps=5, initial_state=0.5))
    fitted, _ = experiment_of(template(trace))
    again = record(fitted.experiment, fitted.parameters)
    assert again.loss == trace.loss
    for name, gradient in trace.exact_parameters.items():
        assert np.array_equal(again.exact_parameters[name], gradient)


def test_a_template_in_a_layout_has_the_gradient_under_its_name():
    trace = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH)
    found = template(trace, layout_from("deeplearning.ai", NAMES))
    assert np.array_equal(found["da"], DH.transpose(2, 0, 1))
    again, _ = experiment_of(found)
    assert record(again.experiment, again.parameters).loss == pytest.approx(trace.loss, rel=1e-14)


def test_the_run_is_a_numpy_script_too(tmp_path):
    trace = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH)
    text = numpy_script(trace, "script").text
    assert "dz = counts[..., None] * y\n" in text
    exec(compile(text, "script", "exec"), {"__name__": "script"})  # ends with an error where the numbers differ


def test_files_of_every_kind_are_put_together(tmp_path):
    np.savez(tmp_path / "w.npz", WX, WH, B)
    np.save(tmp_path / "dh.npy", DH)
    np.savez(tmp_path / "xh.npz", x=X, h0=H0)
    (tmp_path / "b.json").write_text(json.dumps({"Wx": WX.tolist(), "Wh": WH.tolist(), "b": B.tolist()}))
    wanted = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH).loss
    for names in (("w.npz", "dh.npy", "xh.npz"), ("b.json", "dh.npy", "xh.npz")):
        fitted, _ = experiment_of(read_files(tmp_path / name for name in names))
        assert record(fitted.experiment, fitted.parameters).loss == wanted
    (tmp_path / "all").mkdir()
    for name, array in {"x": X, "h0": H0, "Wx": WX, "Wh": WH, "b": B, "dh": DH}.items():
        np.save(tmp_path / "all" / f"{name}.npy", array)
    assert set(read_file(tmp_path / "all")) == {"x", "h0", "Wx", "Wh", "b", "dh"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b'{"x": [[1], [1, 2]]}', "“x” is no list of numbers whose rows are of one length"),
        ("a.json", b"{", "a.json cannot be used: it is no JSON"),
        ("a.json", b'{"format": 2}', "name it with --experiment"),
        ("a.npy", b"\x93NUMPY", "a.npy cannot be used"),
        ("a.txt", b"hello", "neither NPZ nor safetensors"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        read_file(tmp_path / name)
    assert words in str(error.value)


def test_one_name_in_two_files_is_refused(tmp_path):
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", x=X)
    with pytest.raises(InputError, match="“x” is in a.npz and in b.npz"):
        read_files([tmp_path / "a.npz", tmp_path / "b.npz"])


def refused(**changes):
    arrays = {"x": X, "h0": H0, "Wx": WX, "Wh": WH, "b": B, "dh": DH, **changes}
    with pytest.raises(InputError) as error:
        record_arrays(**{name: array for name, array in arrays.items() if array is not None})
    return str(error.value)


def test_what_does_not_go_together_is_one_sentence():
    assert "dh and dout are gradients of sequences" in refused(dout=DH)
    assert "there is neither" not in refused(b=np.zeros(4))
    large = np.zeros((2, 999, 60))
    assert "more than the 100,000 that are kept" in refused(x=large, Wx=np.zeros((60, H)), dh=np.zeros((2, 999, H)))
    long = np.zeros((1, 1001, D))
    assert "more than 1000 or 256" in refused(x=long, h0=None, dh=np.zeros((1, 1001, H)))


def test_without_y_and_without_a_gradient_it_is_1_everywhere_and_said():
    trace = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B)
    assert trace.loss == pytest.approx(np.sum(STATES), abs=1e-6)
    assert "1 for every number of the output: assumed" in notes(trace.experiment)[0]


def test_a_chosen_cell_of_the_same_kind_is_kept():
    arrays = {"x": X, "h0": H0, "Wx": WX, "Wh": WH, "b": B, "dh": DH}
    trace = record_arrays(**arrays, options={"cell": "relu"})
    assert trace.experiment.cell == "relu"
    assert "the activation" not in notes(trace.experiment)[0]
    with pytest.raises(InputError):
        record_arrays(**arrays, options={"cell": "lstm"})


def test_more_steps_or_samples_than_there_are_is_one_sentence():
    experiment = record_arrays(x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH).experiment
    assert record(experiment.with_changes(steps=2, batch=1)).loss != 0.0
    for name in ("steps", "batch"):
        with pytest.raises(InputError, match=f"set {name} to"):
            record(experiment.with_changes(**{name: 9}))
    with pytest.raises(InputError, match="keep hidden at 5"):
        record(experiment.with_changes(hidden=6, head=True))
    with pytest.raises(InputError, match="this is no text of arrays"):
        record(Experiment(task="arrays", arrays="{}"))
