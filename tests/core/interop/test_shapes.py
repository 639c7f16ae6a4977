"""Weights of networks of every shape to Keras and PyTorch and back: widths, no dense layer, no biases."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import natural
from core.interop.libraries import LIBRARIES, translated
from core.interop.network import fit
from core.recorder import record

SHAPES = (
    {"widths": (6, 1)},
    {"widths": (6, 1), "head": False},
    {"widths": (3, 2, 1), "head": False, "biases": False},
    {"biases": False},
    {"widths": (3, 2), "bidirectional": "concat"},
    {"widths": (3, 3)},
)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_a_network_comes_back_as_it_went_out(cell, shape, library):
    chosen = {"cell": cell, "steps": 4, "loss_at": "every", "reset": "after"}
    trace = record(natural("echo", **chosen, **shape))
    arrays, _ = translated(library.name, trace.experiment, trace.parameters)
    plain = natural("echo", **chosen, bidirectional=trace.experiment.bidirectional)
    fitted = fit(plain, library.read(arrays, plain, ("reset",), {}))
    assert fitted.parameters.keys() == trace.parameters.keys()
    assert all(np.array_equal(fitted.parameters[name], array) for name, array in trace.parameters.items())
    assert record(fitted.experiment, fitted.parameters).loss == trace.loss


def test_a_dense_layer_that_was_asked_for_is_made():
    trace = record(natural("echo", widths=(6, 1), head=False))
    arrays, _ = translated("keras", trace.experiment, trace.parameters)
    asked = natural("echo", head=True)
    read = LIBRARIES[1].read
    assert fit(asked, read(arrays, asked, ("head",), {})).initial == ("out.V", "out.b")
    fitted = fit(asked, read(arrays, asked, (), {}))
    assert not fitted.experiment.head and "the last state as the output" in " ".join(fitted.assumed)


def test_numbered_modules_of_pytorch_stand_on_each_other():
    trace = record(natural("echo", cell="gru", reset="after", widths=(3, 2)))
    arrays, _ = translated("torch", trace.experiment, trace.parameters)
    assert {name.partition(".")[0] for name in arrays} == {"rnn1", "rnn2", "fc"}
    assert arrays["rnn2.weight_ih_l0"].shape == (6, 3)
