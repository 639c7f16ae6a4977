"""Recorded runs without their weights: what names of somebody's own hooks mean, what a file has, what its norms do, and
what of it can be checked."""

from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.without_weights import checked, relations
from core.documents.opening import open_file
from core.errors import InputError
from core.experiment import Experiment
from core.own.files import read_file
from core.own.layout import layout_from
from core.own.run import experiment_of
from core.own.step_names import are_sequences, step_name
from core.own.without_weights import decay, is_without_weights, run_without_weights

FOLDER = Path(__file__).parent / "recordings"
WEIGHTS = ("kernel", "bias", "weight")
NUMBERS = np.random.default_rng(3)
H, DH, F = (NUMBERS.standard_normal((6, 2, 4)) for _ in range(3))


def stripped(name):
    """A stored recording without its weights and their gradients."""
    arrays = read_file(FOLDER / f"{name}.npz")
    return {key: each for key, each in arrays.items() if not any(word in key for word in WEIGHTS)}


FILES = {path.stem: stripped(path.stem) for path in sorted(FOLDER.glob("*.npz"))}


def said(arrays, layout=None):
    return "\n".join(checked(run_without_weights(arrays, layout), arrays).lines())


@pytest.mark.parametrize(("name", "meant"), [
    ("h", ("", "h", False, False)), ("dh", ("", "h", False, True)), ("h.grad", ("", "h", False, True)),
    ("grad_h", ("", "h", False, True)), ("d_c", ("", "c", False, True)), ("df_t", ("", "f", False, True)),
    ("lstm.h_l0_reverse.grad", ("lstm_l0_reverse", "h", True, True)), ("L1r.h", ("L1r", "h", True, False)),
    ("backward_lstm.f", ("backward_lstm", "f", True, False)), ("enc_c", ("enc", "c", False, False)),
    ("o_gate", ("", "o", False, False)), ("hidden_l1", ("l1", "hidden", False, False)), ("u", ("", "u", False, False)),
    ("h0", None), ("dW", None), ("Wx", None), ("U", None), ("attn", None),
])  # fmt: skip
def test_a_name_says_quantity_layer_and_direction(name, meant):
    assert step_name(name) == meant


def test_states_or_gates_without_weights_are_a_run_to_be_shown():
    assert are_sequences(["h", "dh"]) and are_sequences(["x", "r", "u", "n"]) and are_sequences(["lstm.h", "loss"])
    for names in (["x", "dh"], ["x", "h", "Wx", "Wh"], ["dW", "dh"], ["h", "y"], ["x"], ["lstm.weight_ih_l0", "h"]):
        assert not are_sequences(names)
    assert not is_without_weights(read_file(FOLDER / "keras-rnn.npz"))
    assert all(is_without_weights(arrays) for arrays in FILES.values())


def test_what_is_in_the_file_is_what_there_is_to_see():
    arrays = FILES["keras-lstm"]
    run = run_without_weights(arrays)
    assert run.model == "Keras 3.15.1 on torch: LSTM" and run.shape == (5, 2) and run.backward
    assert [(layer.name, layer.reverse) for layer in run.layers] == [
        ("", False), ("forward_lstm", False), ("backward_lstm", True)
    ]  # fmt: skip
    for quantity in run.quantities:
        for name, array in zip(quantity.names, (quantity.values, quantity.gradient), strict=True):
            assert np.array_equal(arrays[name], array)
    named = {*(name for quantity in run.quantities for name in quantity.names), *run.others}
    assert named == {name for name in arrays if name != "recording" and not name.endswith(".above")}
    assert [layer.name for layer in run_without_weights(FILES["pytorch-lstm"]).layers][1:] == [
        "lstm_l0", "lstm_l0_reverse", "lstm_l1", "lstm_l1_reverse"
    ]  # fmt: skip


@pytest.mark.parametrize(("order", "axes"), [(None, (0, 1, 2)), ("batch first", (1, 0, 2)),
                                             ("features first", (2, 1, 0))])  # fmt: skip
def test_axes_are_as_they_are_said_to_be(order, axes):
    run = run_without_weights({"h": H.transpose(axes), "dh": DH.transpose(axes)}, order)
    (quantity,) = run.quantities
    assert np.array_equal(quantity.values, H) and np.array_equal(quantity.gradient, DH)
    assert run.assumed == (order is None) and ("assumed" in run.remarks[-1]) == (order is None)


def test_one_sequence_has_no_axis_for_samples():
    run = run_without_weights({"h": H[:, 0], "dh": DH[:, 0], "loss": np.array(1.0)})
    assert run.shape == (6, 1) and not run.assumed and run.others == ("loss",)


def test_a_letter_that_is_no_level_is_no_gate():
    kinds = {each.letter: (each.kind, each.title) for each in run_without_weights({"h": H, "f": F, "o": F**2 / 99})
             .quantities}  # fmt: skip
    assert kinds == {"h": ("state", "state"), "f": ("state", ""), "o": ("gate", "output gate")}


def test_the_norm_is_followed_from_where_the_backward_pass_begins():
    falling = np.full((5, 2, 3), 2.0) * (0.5 ** np.arange(4, -1, -1.0))[:, None, None]
    for name, begins, ends in (("h", 5, 1), ("h_reverse", 1, 5)):
        dh = falling if begins == 5 else falling[::-1]
        (layer,) = run_without_weights({name: H[:5, :, :3], f"{name}.grad": dh}).layers
        fell = decay(layer, layer.quantities[0])
        assert (fell.begins, fell.ends) == (begins, ends)
        assert fell.first == pytest.approx(2 * np.sqrt(6)) and fell.factor == pytest.approx(0.5)
    dh = falling.copy()
    dh[0] = 0.0
    (layer,) = run_without_weights({"h": H[:5, :, :3], "dh": dh}).layers
    assert decay(layer, layer.quantities[0]).last == 0.0 and decay(layer, layer.quantities[0]).factor is None
    (layer,) = run_without_weights({"h": H}).layers
    assert decay(layer, layer.quantities[0]) is None


# What of each library's recording can be made from other numbers in it: c and h of an LSTM with its gates …
CHECKED = {
    "keras-gru": 7, "keras-lstm": 16, "keras-rnn": 1, "pytorch-cells": 1, "pytorch-lstm": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_needs_no_weights_is_checked_and_the_rest_is_named(name):
    arrays, found = FILES[name], checked(run_without_weights(FILES[name]), FILES[name])
    assert found.agrees and len(found.relations) == CHECKED[name]
    assert max(each.apart for each in found.relations) < 2e-6
    text = said(arrays)
    assert "missing, so nothing can be recomputed" in text
    last = text.splitlines()[-1]
    for each in found.relations:
        whole = each.checked.all()
        assert (f" {each.name}," not in last) if whole else (f"{each.name} (step" in last)
    unchecked = {name for name in arrays if name != "recording" and not name.endswith(".above")}
    unchecked -= {each.name for each in found.relations if each.checked.all()}
    assert all(each in last for each in unchecked)


@pytest.mark.parametrize("name", ["keras-gru", "keras-lstm"])
def test_every_number_that_was_checked_is_one_that_would_be_found(name):
    arrays = FILES[name]
    for relation in relations(arrays):
        step = int(np.flatnonzero(relation.checked)[len(np.flatnonzero(relation.checked)) // 2])
        wrong = arrays[relation.name].copy()
        wrong[step, 1, 2] += 0.25
        changed = {**arrays, relation.name: wrong}
        own = next(each for each in relations(changed) if each.name == relation.name)
        assert not own.agrees and own.first == (step, 1, 2), relation.name
    wrong = arrays[relation.name] + 1.0
    changed = {**arrays, relation.name: wrong}
    assert not checked(run_without_weights(changed), changed).agrees
    assert f"The first that does not is {relation.name}[4, 0, 0] (step 5, sample 1, unit 1)" in said(changed)


def test_what_cannot_be_made_is_not_taken_as_checked():
    plain = {"h": H, "dh": DH, "c": H, "f": F}
    assert not checked(run_without_weights(plain), plain).agrees  # nothing was
    assert "does not say what kind of layer it is from" in said(plain) and "Not checked: h, dh, c and f." in said(plain)
    no_start = {key: each for key, each in FILES["keras-lstm"].items() if not key.endswith("c0")}
    found = {each.name: each for each in relations(no_start)}
    assert found["forward_lstm.c"].checked.tolist() == [False, True, True, True, True]
    assert "forward_lstm.c (step 1)" in said(no_start)
    no_gates = {key: each for key, each in FILES["keras-lstm"].items() if ".f" not in key}
    assert "forward_lstm.c" not in {each.name for each in relations(no_gates)}


@pytest.mark.parametrize(("arrays", "words"), [
    ({"h": H, "c": H[:5]}, "c has 5 steps and 2 samples, but h has 6 and 2"),
    ({"h": H, "dh": DH[:, :, :3]}, "dh is (6, 2, 3), but h is (6, 2, 4)"),
    ({"h": H, "h.grad": DH, "dh": DH}, "“h.grad” and “dh” mean the same array"),
    ({"h": np.array(1.0)}, "no array of it is of every step"),
    ({"h": np.full((2, 2, 2), "a")}, "h does not hold real numbers"),
    ({"h": np.zeros((2001, 1, 1))}, "it has 2001 steps of 1 units, more than 2000 or 1024"),
])  # fmt: skip
def test_what_cannot_be_shown_is_one_sentence(arrays, words):
    with pytest.raises(InputError) as caught:
        run_without_weights(arrays)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_it_is_opened_as_what_it_is_and_makes_no_run(tmp_path):
    np.savez(tmp_path / "hooks.npz", h=H, dh=DH)
    np.savez(tmp_path / "keras.npz", **FILES["keras-rnn"])
    for name in ("hooks.npz", "keras.npz"):
        found = open_file(tmp_path / name, Experiment())
        assert found.shown is not None and found.parameters is None and found.experiment == Experiment()
    with pytest.raises(InputError, match="no weights to make them again"):
        experiment_of({"h": H, "dh": DH})
    with pytest.raises(InputError, match="open it by itself in the window"):
        experiment_of(FILES["keras-rnn"])
    assert run_without_weights({"h": H}, layout_from("batch first").order).shape == (2, 6)
