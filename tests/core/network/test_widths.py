"""Layers of different widths: how many there are, what they hold, and where widths must agree."""

from __future__ import annotations

import numpy as np
import pytest

from core.choices import layer_widths
from core.errors import InputError
from core.experiment import Experiment, describe, from_json, natural, to_json
from core.recorder import record
from core.rules import refusal

BOTH = Experiment().with_changes(widths=(6, 1))


def test_the_widths_say_how_many_layers_there_are():
    assert (BOTH.layers, layer_widths(BOTH)) == (2, (6, 1))
    assert from_json('{"widths": [3, 2, 4]}').layers == 3
    assert layer_widths(Experiment(layers=3, hidden=5)) == (5, 5, 5)
    assert from_json(to_json(BOTH)) == BOTH
    assert "6→1" in describe(BOTH)


def test_another_number_of_layers_keeps_the_widths_there_are():
    assert BOTH.with_changes(layers=3, hidden=6).widths == ()
    assert BOTH.with_changes(layers=3).widths == (6, 1, 6)
    assert BOTH.with_changes(layers=1).widths == (6,)
    assert refusal(BOTH, layers=3) == refusal(BOTH, hidden=3) == ""


def test_one_width_for_all_takes_the_place_of_the_widths():
    assert layer_widths(BOTH.with_changes(hidden=4)) == (4, 4)


def test_a_file_from_before_has_one_width():
    values = to_json(Experiment(layers=2)).replace('"widths":[],', "")
    assert "widths" not in values and layer_widths(from_json(values)) == (6, 6)


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru", "clockwork", "batchnorm", "peephole"])
@pytest.mark.parametrize("more", [{}, {"bidirectional": "concat"}, {"structure": "encoder-decoder"}], ids=str)
def test_equal_widths_are_hidden_units_number_for_number(cell, more):
    same = natural("echo", cell=cell, steps=4, hidden=3, layers=2, batch=2, **more)
    each = same.with_changes(widths=(3, 3))
    one, other = record(same), record(each)
    assert one.loss == other.loss
    for name, array in one.exact_parameters.items():
        assert np.array_equal(array, other.exact_parameters[name]), name


@pytest.mark.parametrize("structure", ["n-1", "n-n", "1-n", "1-n-feedback", "encoder-decoder"])
def test_every_layer_has_its_width(structure):
    trace = record(natural("echo", structure=structure, steps=4, widths=(5, 1, 3)))
    assert tuple(scan.hidden for scan in trace.scans) == (5, 1, 3) * (2 if structure == "encoder-decoder" else 1)
    for scan in trace.scans:
        assert trace.parameters[f"{scan.name}.W"].shape == (scan.hidden, scan.hidden)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": 3, "widths": (6, 1)}, "3 layers need 3 numbers, and these are 2; set layers to 2"),
        ({"layers": 1, "widths": (6, 1)}, "one layer needs one number, and these are 2"),
        ({"widths": (2, 1), "w_init": "matrix", "w_matrix": ((1.0,),)}, "one typed matrix for all layers"),
        ({"widths": (2, 1), "structure": "attention", "score": "additive", "context": "all"}, "one context"),
        ({"widths": (2, 1), "structure": "encoder-decoder", "context": "transform"}, "one context"),
        ({"widths": (2, 1), "structure": "attention"}, "which 2 and 1 are not; choose score additive or bilinear"),
    ],
)
def test_what_does_not_fit_is_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        Experiment().with_changes(**changes)


@pytest.mark.parametrize("widths", [(0,), (300,), (1,) * 9, 5, "6,1", (1.5,)])
def test_what_is_no_width_is_refused(widths):
    with pytest.raises(InputError, match=r"^(widths|layers)"):
        Experiment().with_changes(widths=widths)


def test_a_typed_matrix_and_equal_widths_go_together():
    typed = Experiment().with_changes(widths=(2, 2), w_init="matrix", w_matrix=((1.0, 2.0), (3.0, 4.0)))
    assert np.array_equal(record(typed).parameters["L2.W"], [[1.0, 2.0], [3.0, 4.0]])
