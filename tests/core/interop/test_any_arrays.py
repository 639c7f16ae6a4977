"""Whatever arrays a file has, under whatever names: weights, or one sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import natural
from core.interop.libraries import LIBRARIES
from core.interop.network import Fitted, fit

NAMES = (
    *(
        f"rnn.{kind}{suffix}"
        for kind in ("weight_ih", "weight_hh", "bias_ih")
        for suffix in ("", "_l0", "_l1", "_l0_reverse")
    ),
    *(
        "rnn.weight_hr_l0",
        "fc.weight",
        "fc.bias",
        "emb.weight",
        "weight",
        ".weight",
        "\n.weight",
        "",
        "norm.running_mean",
    ),
)
SIZES = st.sampled_from((0, 1, 2, 3, 6, 8, 9, 12))
SHAPES = st.lists(SIZES, max_size=3).map(tuple)
EXPERIMENTS = [
    natural(task, steps=3, structure="n-n", **changes)
    for task in ("echo", "adding")
    for changes in ({}, {"bidirectional": "sum"}, {"cell": "gru"})
]


@st.composite
def stacked(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Shapes as of a model of Keras, one of them changed now and then."""
    hidden, gates = draw(st.sampled_from((1, 2, 3))), draw(st.sampled_from((1, 3, 4)))
    biases: list[list[tuple[int, ...]]] = [[], [(gates * hidden,)], [(2, gates * hidden)]]
    shapes: list[tuple[int, ...]] = draw(st.sampled_from(([], [(5, 2)])))
    for _ in range(draw(st.integers(1, 3))):
        shapes = [*shapes, (draw(SIZES), gates * hidden), (hidden, gates * hidden), *draw(st.sampled_from(biases))]
    shapes += draw(st.sampled_from(([], [(hidden, 1)], [(hidden, 1), (1,)], [(2 * hidden, 1), (1,)])))
    if draw(st.booleans()):
        shapes[draw(st.integers(0, len(shapes) - 1))] = draw(SHAPES)
    return shapes


ARRAYS = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), SHAPES, max_size=8),
    stacked().map(lambda shapes: {f"arr_{k}": shape for k, shape in enumerate(shapes)}),
)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
@settings(max_examples=150)
@given(
    shapes=ARRAYS, experiment=st.sampled_from(EXPERIMENTS), chosen=st.sampled_from(((), ("reset",), ("bidirectional",)))
)
def test_any_arrays_are_weights_or_refused_in_a_sentence(library, shapes, experiment, chosen):
    arrays = {name: np.ones(shape) for name, shape in shapes.items()}
    try:
        fitted = fit(experiment, library.read(arrays, experiment, chosen, {}))
    except InputError as error:
        sentence = str(error)
    else:
        sentence = ""
        assert isinstance(fitted, Fitted)
    assert len(sentence) < 900 and "\n" not in sentence
