"""A run with parameters of its own: they are checked, they are the caller's, and a saved session brings them back."""

from __future__ import annotations

import numpy as np
import pytest

from core.documents import storage
from core.errors import InputError
from core.experiment import natural
from core.recorder import record

EXPERIMENT = natural("next-character", cell="lstm", steps=3, hidden=2, layers=2, convolution=3)


def other(trace, by: float = 0.25) -> dict[str, np.ndarray]:
    return {name: array + by for name, array in trace.parameters.items()}


def test_the_callers_arrays_stay_the_callers():
    own = other(record(EXPERIMENT))
    trace = record(EXPERIMENT, own)
    own["L1.W"][0, 0] = 99.0
    assert trace.parameters["L1.W"][0, 0] != 99.0
    assert trace.own_parameters and not record(EXPERIMENT).own_parameters


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda p: p.pop("L2.W"), "L2.W is missing"),
        (lambda p: p.update({"L3.W": np.zeros((2, 8))}), "no parameter L3.W"),
        (lambda p: p.update({"out.V": np.zeros((3, 4))}), r"out.V is \(3, 4\), but this network needs \(2, 4\)"),
        (lambda p: p["L1.b"].__setitem__(0, np.nan), "L1.b has numbers that are not finite"),
    ],
)
def test_parameters_that_do_not_fit_are_named(spoil, sentence):
    own = other(record(EXPERIMENT))
    spoil(own)
    with pytest.raises(InputError, match=sentence):
        record(EXPERIMENT, own)


def test_a_saved_session_brings_its_own_parameters_back():
    trace = record(EXPERIMENT, other(record(EXPERIMENT)))
    saved = storage.from_text(storage.to_text(trace))
    again = record(saved.experiment, saved.given)
    assert again.loss == trace.loss
    assert all(np.array_equal(again.parameters[name], array) for name, array in trace.parameters.items())
    assert storage.differences(saved, again) == ""


def test_a_session_with_the_seeds_parameters_makes_them_anew():
    saved = storage.from_text(storage.to_text(record(EXPERIMENT)))
    assert saved.given is None
