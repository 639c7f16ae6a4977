"""What a model writes is what `sample` gives, with the probabilities that each piece was drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from core import tasks
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.training.sampling import model, sample
from core.training.writing import writes, writing


def model_of(**fields):
    chosen = natural("next-character", **fields)
    return model(chosen, initial_parameters(build(chosen, tasks.make(chosen)), chosen))


@pytest.mark.parametrize("temperature", [0.0, 0.5, 2.0])
@pytest.mark.parametrize(
    ("start", "fields"),
    [
        ("", {}),
        ("lo", {"text": "hello world", "cell": "lstm"}),
        ("", {"text": "the cat saw the dog", "text_units": "words"}),
        ("", {"zero_start": True}),
        ("x", {"unknown": True}),
    ],
)
def test_it_writes_what_sample_gives(start, fields, temperature):
    made = model_of(**fields)
    found = finished(writing(made, 12, start, temperature, seed=4))
    assert found.pieces == tuple(sample(made, 12, start, temperature, seed=4))
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0, rtol=1e-12)
    assert tuple(found.alphabet[k] for k in found.drawn) == found.pieces
    joint = " " if fields.get("text_units") else ""
    for k in (0, 5):
        read = joint.join((found.start, *found.pieces[:k])) if found.start else "".join(found.pieces[:k])
        if read:
            np.testing.assert_allclose(
                found.probabilities[k], made.probabilities(read, temperature), rtol=1e-9, atol=1e-12
            )


def test_a_start_that_is_unknown_and_networks_that_write_nothing():
    with pytest.raises(InputError, match="“z” is not in the text"):
        finished(writing(model_of(), 3, "z"))
    assert writes(natural("next-character")) and not writes(natural("echo"))
    assert not writes(natural("next-character", read_backwards=True))
    assert not writes(natural("next-character", structure="n-1", bidirectional="concat"))
