"""Free generation: the same numbers as the recorded run, drawn as they say, and the same again from a seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.cells import CELLS
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.losses import softmax
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.recorder import record
from core.tasks import make
from core.training import sampling
from core.training.optimizers import Adam
from core.training.training import Training, train

HELLO = natural("next-character", cell="tanh", text="hello", hidden=8, w_gain=1.0)


def untrained(experiment: Experiment) -> sampling.Model:
    return sampling.model(experiment, initial_parameters(build(experiment, make(experiment)), experiment))


def written(model: sampling.Model, *arguments, **options) -> str:
    return "".join(sampling.sample(model, *arguments, **options))


@pytest.fixture(scope="module")
def hello() -> sampling.Model:
    training = Training(HELLO, Adam(0.02))
    for _ in train(training, 300):
        pass
    return sampling.model(HELLO, training.parameters)


def test_hell_becomes_ello(hello):
    """At temperature 0 whatever the seed: nothing is left to chance."""
    assert {written(hello, 4, "h", 0.0, seed) for seed in range(5)} == {"ello"}
    assert written(hello, 4) == "ello"  # it begins with the text's first character; a trained model is nearly sure
    assert written(hello, 1, "hell", 0.0) == "o"
    assert written(hello, 0, "h") == ""


@pytest.mark.parametrize("cell", [cell for cell in CELLS if not cell.couples_samples], ids=lambda cell: cell.name)
def test_the_prediction_is_the_recorded_run_s(cell):
    experiment = natural("next-character", cell=cell.name, text="abacabad", hidden=4)
    model = untrained(experiment)
    trace = record(experiment, model.parameters)
    for t in range(trace.steps):
        expected = softmax(trace.values["out", "z"][t, 0])
        assert model.probabilities("abacabad"[: t + 1]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": 2},
        {"input_scale": 0.3},
        {"output_feedback": True},
        {"output_feedback": True, "teacher_forcing": True},
        {"loss_at": "last"},
        {"initial_state": 0.5},
    ],
    ids=str,
)
def test_whatever_the_network_reads_besides(changes):
    experiment = natural("next-character", cell="gru", text="abacabad", hidden=4, **changes)
    model = untrained(experiment)
    trace = record(experiment, model.parameters)
    expected = softmax(trace.values["out", "z"][-1, 0])
    assert model.probabilities("abacaba") == pytest.approx(expected, abs=1e-12)


def test_temperature_sharpens_and_flattens():
    model = untrained(HELLO)
    plain = model.probabilities("he")
    assert plain.sum() == pytest.approx(1.0, abs=1e-15)
    assert model.probabilities("he", 0.5) == pytest.approx(plain**2 / (plain**2).sum(), rel=1e-12)
    assert model.probabilities("he", 1e6) == pytest.approx(np.full(4, 0.25), abs=1e-5)
    coldest = np.eye(4)[plain.argmax()]
    assert np.array_equal(model.probabilities("he", 0.0), coldest)
    assert np.array_equal(model.probabilities("he", 1e-300), coldest)


def test_characters_come_as_often_as_they_are_likely():
    model = untrained(HELLO)
    expected = model.probabilities("he")
    draws = 2000
    found = Counter(written(model, 1, "he", seed=seed) for seed in range(draws))
    for probability, character in zip(expected, model.alphabet, strict=True):
        spread = np.sqrt(probability * (1 - probability) / draws)
        assert abs(found[character] / draws - probability) < 5 * spread


def test_the_same_seed_writes_the_same_text():
    model = untrained(HELLO)
    assert written(model, 40, "he", seed=3) == written(model, 40, "he", seed=3)
    assert len({written(model, 40, "he", seed=seed) for seed in range(5)}) == 5
    assert set(written(model, 40, "he")) <= set("helo")


def test_a_strange_character_is_read_as_the_unknown_one():
    model = untrained(HELLO.with_changes(unknown=True))
    assert model.alphabet == ("e", "h", "l", "o", "�")
    assert written(model, 20, "hz", seed=2) == written(model, 20, "h�", seed=2)
    assert np.array_equal(model.probabilities("h猫"), model.probabilities("h�"))
    assert not np.array_equal(model.probabilities("h猫"), model.probabilities("he"))


def test_without_it_a_strange_character_is_refused():
    with pytest.raises(InputError, match="“z” is not in the text"):
        written(untrained(HELLO), 3, "hz")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "echo"}, "The task echo writes no text"),
        ({"structure": "encoder-decoder"}, "structure encoder-decoder cannot continue a text"),
        ({"bidirectional": "sum"}, "has read what it is to predict"),
        ({"read_backwards": True}, "read_backwards: a text goes on after the character that is read last"),
    ],
)
def test_what_cannot_write_is_refused(changes, sentence):
    experiment = HELLO.with_changes(**changes)
    with pytest.raises(InputError, match=sentence):
        untrained(experiment)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.couples_samples], ids=lambda cell: cell.name)
def test_a_cell_that_needs_a_batch_is_refused(cell):
    experiment = natural("next-character", cell=cell.name, text="hello", hidden=4, batch=3)
    with pytest.raises(InputError, match="needs a batch to normalise over"):
        untrained(experiment)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"length": -1}, "length: -1 cannot be used"),
        ({"length": 10_000}, "together are at most 10000"),
        ({"length": 1, "temperature": -0.5}, "temperature: -0.5 cannot be used; give a number from 0 to 1e6."),
        ({"length": 1, "temperature": float("nan")}, "temperature: nan cannot be used"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, sentence):
    with pytest.raises(InputError) as refused:
        written(untrained(HELLO), **arguments)
    assert sentence in str(refused.value)


def test_a_model_that_is_not_finite_says_so(hello):
    broken = replace(hello, parameters={**hello.parameters, "out.b": np.full(4, np.nan)})
    with pytest.raises(InputError, match="not finite"):
        written(broken, 1)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if not cell.couples_samples], ids=lambda cell: cell.name)
@pytest.mark.parametrize("changes", [{}, {"layers": 2, "initial_state": 0.3}, {"output_feedback": True}], ids=str)
def test_reading_on_is_the_same_as_reading_all_again(cell, changes):
    """After each character of a text, whether the states carry all that is known or the text is read again."""
    if not cell.stackable and "layers" in changes:
        changes = {}
    try:
        model = untrained(natural("next-character", cell=cell.name, text="abacabad", hidden=4, **changes))
    except InputError:  # a cell that has no such network
        return
    reading = sampling.Reading(model)
    for t, character in enumerate("abacabadda" * 3):
        reading.read(character)
        if t in (0, 1, 7, 17, 29):
            read = ("abacabadda" * 3)[: t + 1]
            assert reading.probabilities() == pytest.approx(model.probabilities(read), abs=1e-12)


@pytest.mark.parametrize(
    ("cell", "changes", "carries"),
    [
        ("tanh", {}, True),
        ("lstm", {"layers": 2}, True),
        ("gru", {}, True),
        ("tanh", {"output_feedback": True}, False),
        ("tdnn", {}, False),
        ("clockwork", {}, False),
        ("ngram", {}, False),
        ("tanh", {"convolution": 3}, False),
    ],
)
def test_it_is_known_whose_states_carry_everything(cell, changes, carries):
    assert untrained(natural("next-character", cell=cell, text="abacabad", hidden=4, **changes)).carries is carries


def test_a_step_s_cost_does_not_grow_with_the_text(monkeypatch):
    model, steps = untrained(HELLO), []
    run = sampling.Reading._run
    monkeypatch.setattr(sampling.Reading, "_run", lambda self, codes: steps.append(len(codes)) or run(self, codes))
    assert len(written(model, 30, "hell")) == 30
    assert steps == [4] + [1] * 29


def test_an_unknown_character_is_drawn_anew():
    model = untrained(HELLO.with_changes(unknown=True))
    assert "�" not in "".join(written(model, 200, "h", 2.0, seed) for seed in range(3))
    assert "�" in written(model, 200, "h", 2.0, 1, unknown=True)
    random, only = np.random.default_rng(0), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    assert sampling.draw(model, only, random) == "�", "there is nothing else to draw"
    without = np.array([0.1, 0.2, 0.0, 0.2, 0.5])
    found = Counter(sampling.draw(model, without, random) for _ in range(2000))
    assert set(found) == {"e", "h", "o"}
    assert found["h"] / 2000 == pytest.approx(0.4, abs=0.06)
    with pytest.raises(ValueError, match="nothing has been read yet"):
        sampling.Reading(model).probabilities()


CATS = natural(
    "next-character", text="the cat which ate  was full . the cats were full .", text_units="words", hidden=6
)


def test_words_are_read_and_drawn_as_wholes():
    model = untrained(CATS)
    assert model.alphabet == (".", "ate", "cat", "cats", "full", "the", "was", "were", "which")
    assert CATS.steps == 11
    assert set(sampling.sample(model, 100, "the cat", 2.0)) == set(model.alphabet)
    reading = sampling.Reading(model)
    reading.read("the  cat")
    assert np.array_equal(reading.probabilities(), model.probabilities("the cat"))
    with pytest.raises(InputError, match="“dog” is not in the text"):
        reading.read("the dog")
    known = untrained(CATS.with_changes(unknown=True))
    assert np.array_equal(known.probabilities("the dog"), known.probabilities("the �"))
    assert "�" not in list(sampling.sample(known, 200, "the", 3.0))


def test_a_zero_start_writes_the_text_from_its_beginning():
    """The first step reads nothing, and the whole text is what follows."""
    for experiment, expected in (
        (natural("next-character", text="hello", zero_start=True, hidden=8), list("hello")),
        (CATS.with_changes(zero_start=True, steps=12, hidden=10), CATS.text.split()),
    ):
        training = Training(experiment, Adam(0.02))
        for _ in train(training, 500):
            pass
        model = sampling.model(experiment, training.parameters)
        assert list(sampling.sample(model, len(expected), "", 0.0)) == expected
        assert sampling.first_text(model) == ""
        trace = record(experiment, training.parameters)
        for t in (0, 1, 4):
            found = model.probabilities(" ".join(expected[:t]) if experiment.text_units == "words" else "hello"[:t])
            assert found == pytest.approx(softmax(trace.values["out", "z"][t, 0]), abs=1e-12)
