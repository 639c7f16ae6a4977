"""What does not go together is refused in one sentence that names an option; everything else runs."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import CELLS, cell_named
from core.choices import JoinBy, Structure
from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record
from tests.core.strategies import RELAXED, structures

NAMES = tuple(cell.name for cell in CELLS)
FED = ("jordan", "ar", "narx")
STATELESS = ("jordan", "feedforward", "tdnn", "ar", "narx", "ngram")
FITTED = ("esn", "ngram")
FLAT = ("ar", "ngram")  # no hidden layer
DECODED = ("encoder-decoder", "attention")


def is_refused(chosen: dict[str, Any]) -> bool:
    """The rules once more, as a list of what is impossible."""
    cell, structure, join = chosen["cell"], chosen["structure"], chosen.get("bidirectional")
    decoded, feeds = structure in DECODED, structure in (*DECODED, "1-n-feedback")
    fed = cell in FED or bool(chosen.get("output_feedback"))
    context, score = chosen.get("context", "last"), chosen.get("score", "dot")
    starts = structure == "attention" or (decoded and chosen.get("context_at", "initial") == "initial")
    convolved = chosen.get("convolution") is not None
    widths = chosen.get("widths") or (2,) * chosen.get("layers", 1)
    return any((
        decoded and cell in STATELESS,
        feeds and fed,
        join is not None and (fed or structure == "1-n-feedback"),
        convolved and structure == "1-n-feedback",
        convolved and cell == "ar",
        cell in FLAT and (len(widths) > 1 or join is not None),
        cell == "ngram" and (structure == "1-n-feedback" or bool(chosen.get("output_feedback"))),
        join == "concat" and structure == "attention" and score == "dot",
        join == "concat" and starts and context == "last",
        starts and len(set(widths)) > 1 and (context != "last" or join is not None),
        structure == "attention" and score == "dot" and widths[0] != widths[-1],
        cell in FITTED and convolved,
        cell in FITTED and decoded and context != "last",
        cell in FITTED and structure == "attention" and score != "dot",
    ))  # fmt: skip


def attempt(chosen: dict[str, Any]) -> str:
    """The sentence of the refusal; "" where it runs."""
    try:
        task = "sine" if chosen.get("cell") == "esn" else "next-character"  # its read-out is fitted to squares
        record(natural(task, text="abac", steps=3, periods=(1, 2)).with_changes(hidden=2, **chosen))
    except InputError as refused:
        return str(refused)
    return ""


@settings(RELAXED, max_examples=150)
@given(structures(), st.sampled_from(NAMES))
def test_refused_or_run_and_nothing_else(chosen, cell):
    sentence = attempt({**chosen, "cell": cell})
    assert bool(sentence) == is_refused({**chosen, "cell": cell})
    if sentence:
        assert sentence.endswith(".") and sentence.count("\n") == 0
        assert any(option in sentence for option in Experiment.__struct_fields__), sentence


@pytest.mark.parametrize("structure", get_args(Structure))
@pytest.mark.parametrize("cell", NAMES)
def test_every_cell_structure_join_and_number_of_layers(cell, structure):
    for join in (None, *get_args(JoinBy)):
        for layers in (1, 2):
            chosen = {"cell": cell, "structure": structure, "bidirectional": join, "layers": layers}
            assert bool(attempt(chosen)) == is_refused(chosen), chosen


def test_a_cell_s_own_flags_are_those_of_the_list():
    assert {name for name in NAMES if cell_named(name).fed} == set(FED)
    assert {name for name in NAMES if not cell_named(name).recurrent_states} == set(STATELESS)
    assert [name for name in NAMES if not cell_named(name).stackable] == list(FLAT)
    assert [name for name in NAMES if not cell_named(name).learned] == list(FITTED)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"cell": "feedforward", "structure": "attention"}, "no state that an encoder could pass"),
        ({"cell": "jordan", "structure": "1-n-feedback"}, "already feeds the output back"),
        ({"output_feedback": True, "structure": "encoder-decoder"}, "output_feedback"),
        ({"output_feedback": True, "bidirectional": "sum"}, "switch it off"),
        ({"structure": "1-n-feedback", "convolution": 3}, "switch the convolution off"),
        ({"cell": "ar", "layers": 2}, "set layers to 1"),
        ({"structure": "attention", "bidirectional": "concat"}, "choose score additive or bilinear"),
        ({"structure": "encoder-decoder", "bidirectional": "concat"}, "choose context transform"),
        ({"cell": "esn", "convolution": 3}, "only the read-out is fitted"),
        ({"fault": "dh1-without-dh2"}, "set layers to 2"),
    ],
)
def test_the_sentences_say_what_to_do(chosen, words):
    assert words in attempt(chosen)


def test_an_output_cannot_be_the_next_input_where_their_widths_differ():
    with pytest.raises(InputError, match="2 inputs and 1 outputs"):
        record(natural("adding", steps=3).with_changes(structure="1-n-feedback"))


def test_the_second_field_at_odds_is_refused_whichever_was_chosen_first():
    base = Experiment(structure="attention", bidirectional="sum")
    with pytest.raises(InputError, match="dot"):
        base.with_changes(bidirectional="concat")
    with pytest.raises(InputError, match="dot"):
        Experiment(structure="n-n", bidirectional="concat").with_changes(structure="attention")
