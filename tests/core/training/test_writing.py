"""What a model writes is what `sample` gives, with the probabilities that each piece was drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from core import tasks
from core.choices import Edit
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.maths.losses import softmax
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.recorder import record
from core.training.sampling import model, sample
from core.training.writing import refuse_through_chain, through_chain, writes, writing


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


# --- through the chain ---
@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    ("start", "fields"),
    [
        ("", {"batch": 3, "input_scale": 2.0}),
        ("lo", {"text": "hello world", "cell": "lstm", "truncate": 9, "layers": 2}),
        ("", {"text": "the cat saw the dog", "text_units": "words"}),
        ("cat saw", {"text": "the cat saw the dog", "text_units": "words", "zero_start": True}),
        ("", {"zero_start": True, "layers": 2}),
        ("x", {"unknown": True, "cell": "gru"}),
        ("he", {"edits": [Edit("L1.s_0", (0, 1), 0.7), Edit("x", (0, 0, 0), 3.0), Edit("L1.W", (0, 1), 1.5)]}),
    ],
)
def test_the_outputs_of_the_run_are_what_was_drawn_from(start, fields, temperature):
    chosen = natural("next-character", **fields)
    trained = record(chosen).parameters
    found = finished(writing(model(chosen, trained), 7, start, temperature, seed=4))
    experiment, first = through_chain(chosen, found)
    trace = record(experiment, trained)
    assert trace.steps == experiment.steps == first + 6 and trace.data.x.shape[1] == 1
    z, a = (trace.values["out", name][first - 1 :, 0] for name in ("z", "a"))
    if temperature:
        at = np.array([softmax((row - row.max()) / temperature) for row in z])
    else:
        at = np.eye(z.shape[1])[z.argmax(axis=1)]
    np.testing.assert_allclose(at, found.probabilities, rtol=0.0, atol=1e-12)
    if temperature == 1.0:
        np.testing.assert_allclose(a, found.probabilities, rtol=0.0, atol=1e-12)
    np.testing.assert_array_equal(trace.data.y[first - 1 :, 0].argmax(axis=1), found.drawn)
    np.testing.assert_array_equal(trace.data.y[:-1], trace.data.x[1:] / chosen.input_scale)
    again = finished(writing(model(experiment, trained), 7, start, temperature, seed=4))
    assert again.pieces == found.pieces


def test_networks_that_have_not_an_output_at_every_step():
    refuse_through_chain(natural("next-character"))
    with pytest.raises(InputError, match="structure n-1 has its output after the last step alone"):
        refuse_through_chain(natural("next-character", structure="n-1"))
    with pytest.raises(InputError, match="The task echo writes no text"):
        refuse_through_chain(natural("echo"))
