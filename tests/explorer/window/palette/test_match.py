"""What is typed finds what it means: the beginning of a name before its middle, letters in order last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.window.palette.match import NOT, fit, ranked

NAMES = ["Play or pause", "To the end of this pass", "Pin this run", "GRU", "simplified GRU", "peephole LSTM", "LSTM"]


def found(query):
    return ranked(query, [(name, name, "") for name in NAMES])


@pytest.mark.parametrize(
    ("query", "first"),
    [("pi", "Pin this run"), ("gru", "GRU"), ("sgru", "simplified GRU"), ("lstm", "LSTM"), ("pause", "Play or pause"),
     ("run pin", "Pin this run"), ("end pass", "To the end of this pass")],
)  # fmt: skip
def test_the_best_answer_comes_first(query, first):
    assert found(query)[0] == first


def test_every_word_must_occur():
    assert found("gru lstm") == []
    assert found("xyz") == []
    assert found("") == NAMES or set(found("")) == set(NAMES)


def test_a_word_of_the_hint_counts_less_than_one_of_the_title():
    assert fit("gates", "Gates") > fit("gates", "Clip", "gates") > NOT


@given(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=12), st.data())
def test_any_letters_of_a_name_in_their_order_find_it(name, data):
    kept = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    query = "".join(letter for letter, keep in zip(name, kept, strict=True) if keep)
    assert fit(query, name) > NOT
