"""Words as units, and a zero start: what is read, and what is predicted."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import natural
from core.tasks import make, parts
from core.tasks.next_character import alphabet, encoded, joined, pieces
from core.tasks.splits import Split

SENTENCE = "我 昨天 上学 迟到 了 ， 老师 批评 了 我"


def test_words_are_what_spaces_separate():
    words = natural("next-character", text=SENTENCE, text_units="words")
    assert words.steps == 9
    assert alphabet(words) == tuple(sorted(set(SENTENCE.split())))
    data = make(words)
    codes = encoded(words, SENTENCE)
    assert data.x.argmax(axis=2)[:, 0].tolist() == codes[:-1].tolist()
    assert data.y.argmax(axis=2)[:, 0].tolist() == codes[1:].tolist()
    assert data.labels == tuple(SENTENCE.split()[:-1]) and data.input_names == alphabet(words)
    assert joined(words, pieces(words, " a   b ")) == "a b"
    plain = natural("next-character", text=SENTENCE)
    assert joined(plain, pieces(plain, SENTENCE)) == SENTENCE


@pytest.mark.parametrize("units", ["characters", "words"])
def test_a_zero_start_reads_nothing_first(units):
    plain = natural("next-character", text="a b c a d", text_units=units)
    zero = natural("next-character", text="a b c a d", text_units=units, zero_start=True)
    assert zero.steps == plain.steps + 1
    data, other = make(zero), make(plain)
    assert not data.x[0].any() and data.labels[0] == ""
    np.testing.assert_array_equal(data.x[1:], other.x)
    np.testing.assert_array_equal(data.y[1:], other.y)
    assert np.array_equal(data.y[0], data.x[1])


def test_windows_of_words_are_apart():
    text = " ".join(f"w{k % 7}" for k in range(200))
    for zero_start in (False, True):
        chosen = natural("next-character", text=text, text_units="words", zero_start=zero_start, steps=9)
        found = parts(chosen, Split(0.25))
        used = 9 if zero_start else 10
        assert found == (range(120 - used + 1), range(120, 160 - used + 1), range(160, 200 - used + 1))


def test_another_text_is_read_and_the_text_itself_learned():
    plain = natural("next-character", text="hello", batch=2)
    other = plain.with_changes(read_text="olleh", steps=4)
    assert make(other).labels == tuple("olle") and make(other).input_names == alphabet(plain)
    np.testing.assert_array_equal(make(other, np.arange(2)).x, make(plain, np.arange(2)).x)  # what a training reads
    assert parts(other, Split(0.0)) == parts(plain, Split(0.0))
    assert natural("next-character", text="hello", read_text="hell").steps == 3
    with pytest.raises(InputError, match="“z” is not in the text"):
        make(plain.with_changes(read_text="zoo"))
    words = natural("next-character", text="a b c", text_units="words", read_text="  ")
    assert make(words).labels == ("a", "b")  # no word at all is no other text
    assert other.with_changes(text="hallo").read_text == "" == other.with_changes(text_units="words").read_text
    assert other.with_changes(hidden=3).read_text == "olleh"
