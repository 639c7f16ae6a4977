"""The tasks of words and symbols: what each one asks, recomputed from its labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import Experiment, natural
from core.tasks import make
from core.tasks.next_character import UNKNOWN, alphabet, encoded
from core.tasks.surnames import LETTERS, LONGEST, NAMES, NATIONALITIES

steps_drawn = st.integers(1, 40)
seeds = st.integers(0, 2**31 - 1)


def said(one_hot: np.ndarray, names: tuple[str, ...]) -> list[str]:
    """The name of each step's unit; "" where none is on."""
    return [names[row.argmax()] if row.any() else "" for row in one_hot]


@given(steps=steps_drawn, seed=seeds, noise=st.sampled_from((0.0, 0.5, 3.0)))
def test_recall_asks_for_the_first_symbol(steps: int, seed: int, noise: float):
    data = make(natural("recall", steps=steps, batch=4, data_seed=seed, noise=noise, loss_at="every"))
    symbol = data.x[0, :, 0]
    assert set(symbol.tolist()) <= {-1.0, 1.0}
    assert (data.x[1:, :, 0] == 0.0).all() and (data.x[0, :, 1] == 0.0).all()
    assert (data.y[..., 0] == (symbol > 0)).all()
    assert (noise == 0.0) == bool((data.x[1:, :, 1] == 0.0).all()) or steps == 1


def test_recall_distractors_have_the_size_asked_for_and_symbols_are_fair():
    data = make(natural("recall", steps=1000, batch=8))
    assert np.std(data.x[1:, :, 1]) == pytest.approx(0.5, rel=0.05)
    firsts = [make(natural("recall", batch=200, data_seed=seed, steps=1)).y.mean() for seed in range(10)]
    assert 0.4 < np.mean(firsts) < 0.6


@given(steps=steps_drawn, seed=seeds)
def test_the_verb_agrees_with_the_first_word(steps: int, seed: int):
    data = make(natural("agreement", steps=steps, batch=3, data_seed=seed))
    for sample in range(3):
        words = said(data.x[:, sample], data.input_names)
        verbs = said(data.y[:, sample], data.output_names)
        assert verbs == [{"cat": "was", "cats": "were"}[words[0]]] * steps
        assert all((word == "the") == (k % 3 == 1) for k, word in enumerate(words[1:]))
    assert list(data.labels) == said(data.x[:, 0], data.input_names)


def test_the_nearest_noun_of_an_agreement_does_not_decide():
    seen = set()
    for seed in range(60):
        data = make(natural("agreement", data_seed=seed))
        seen.add((data.labels[-1], said(data.y[:, 0], data.output_names)[-1]))
    assert len(seen) == 12  # each of six nouns before each of two verbs


@given(steps=st.integers(2, 40), seed=seeds)
def test_a_city_is_a_destination_or_an_origin(steps: int, seed: int):
    data = make(natural("slot-filling", steps=steps, batch=3, data_seed=seed))
    assert data.supervised.all()
    for sample in range(3):
        words, slots = said(data.x[:, sample], data.input_names), said(data.y[:, sample], data.output_names)
        verb = ""
        for word, slot in zip(words, slots, strict=True):
            verb = word if word in ("arrive", "leave") else verb
            city = {"arrive": "destination", "leave": "origin"}[verb]
            wanted = city if word in ("Rome", "Oslo", "Lima", "Taipei") else "day" if word.endswith("day") else "other"
            assert slot == wanted
        assert words[1] in ("in", "from") or steps == 2


def test_two_words_are_enough_for_the_first_to_decide():
    seen = set()
    for seed in range(100):
        data = make(natural("slot-filling", steps=2, data_seed=seed))
        seen.add((*data.labels, said(data.y[:, 0], data.output_names)[1]))
    assert len(seen) == 8
    assert ("arrive", "Oslo", "destination") in seen and ("leave", "Oslo", "origin") in seen


@given(steps=st.integers(2, 40), seed=seeds)
def test_only_the_last_word_tells_what_the_gap_held(steps: int, seed: int):
    data = make(natural("cloze", steps=steps, batch=3, data_seed=seed))
    reasons = {"hungry": "starved", "tired": "worked", "happy": "won", "cold": "froze"}
    (gap,) = np.flatnonzero(data.supervised)
    for sample in range(3):
        words = said(data.x[:, sample], data.input_names)
        answer = said(data.y[:, sample], data.output_names)[gap]
        assert words[gap] == "___" and words.count("___") == 1
        assert words[-1] == reasons[answer]
        assert not set(words[:-1]) & set(reasons.values())
    assert gap < steps - 1
    assert make(natural("cloze", steps=steps, loss_at="last")).supervised.tolist() == [False] * (steps - 1) + [True]


@given(steps=steps_drawn, batch=st.integers(1, 8), seed=seeds)
def test_surnames_have_their_own_lengths(steps: int, batch: int, seed: int):
    data = make(natural("surname", steps=steps, batch=batch, data_seed=seed, loss_at="every"))
    assert data.present is not None and data.counted is not None
    np.testing.assert_array_equal(data.counted, data.present)
    cut = {(name[:steps], nationality) for name, nationality in NAMES}
    for sample in range(batch):
        letters = "".join(said(data.x[:, sample], data.input_names))
        length = int(data.present[:, sample].sum())
        assert data.present[:length, sample].all()
        assert len(letters) == length
        assert not data.x[length:, sample].any() and not data.y[length:, sample].any()
        assert (letters, int(data.y[0, sample].argmax())) in cut
    assert "".join(data.labels) == "".join(said(data.x[:, 0], data.input_names))


def test_the_list_of_surnames():
    assert len(NAMES) == 20 * len(NATIONALITIES) and len(set(NAMES)) == len(NAMES)
    assert {letter for name, _ in NAMES for letter in name} <= set(LETTERS)
    assert natural("surname").steps == LONGEST == 12
    assert all(len({nationality for _, nationality in part}) == 10 for part in (NAMES[:10], NAMES[160:]))


@pytest.mark.parametrize("structure", ["n-n", "encoder-decoder", "attention"])
@given(steps=st.integers(1, 12), written=st.none() | st.integers(1, 20), seed=seeds)
def test_a_sequence_is_written_backward(structure: str, steps: int, written: int | None, seed: int):
    data = make(natural("reverse", structure=structure, steps=steps, output_steps=written, batch=3, data_seed=seed))
    length = (written or steps) if structure != "n-n" else steps
    assert data.x.shape == (steps, 3, 4) and data.y.shape == (length, 3, 5)
    for sample in range(3):
        read = said(data.x[:, sample], data.input_names)
        ends = ["end"] * length
        assert said(data.y[:, sample], data.output_names) == (read[::-1] + ends)[:length]
    assert data.supervised.all()


def test_the_unknown_character_has_a_unit_where_it_is_asked_for():
    plain = Experiment(task="next-character", text="grüße 你好")
    asked = plain.with_changes(unknown=True)
    assert alphabet(plain) == tuple(sorted(set("grüße 你好")))
    assert alphabet(asked) == (*alphabet(plain), UNKNOWN)
    assert make(asked).output_names[-1] == UNKNOWN
    assert make(asked).x.shape[2] == make(plain).x.shape[2] + 1
    assert not make(asked).x[..., -1].any()
    assert encoded(asked, "gx😀好").tolist() == [
        alphabet(asked).index("g"), len(alphabet(plain)), len(alphabet(plain)), alphabet(asked).index("好"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="“x” is not in the text that the network has learned; leave it out"):
        encoded(plain, "gx")
    assert encoded(plain, "").shape == (0,)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=30), unknown=st.booleans())
def test_any_unicode_has_its_units(text: str, unknown: bool):
    chosen = Experiment(task="next-character", text=text, unknown=unknown, loss_at="every", steps=len(text) - 1)
    units = alphabet(chosen)
    assert len(set(units)) == len(units) == make(chosen).x.shape[2]
    assert "".join(units[code] for code in encoded(chosen, text)) == text
