"""The worksheet: every number on it is the trace's, every line multiplies out, and without answers none is told."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from core.cells import CELLS
from core.chain.rows import FED_ROW, INPUT_ROW, rows
from core.choices import FrozenGate
from core.errors import InputError
from core.exercises.hand_sized import hand_sized
from core.exercises.worksheet.rows import Exercise, Formula, Given, Number, Row, figure
from core.exercises.worksheet.sheet import MOST_LINES, Worksheet, worksheet
from core.experiment import Experiment, natural
from core.network.declared import X
from core.network.structures import STRUCTURES
from core.notation.books import NOTATIONS, notation_named
from core.recorder import record
from core.trace import Trace

LEARNED = [cell for cell in CELLS if cell.learned]
BLANK = "□"
STRUCTURED = [
    *({"structure": name} for name in STRUCTURES),
    {"structure": "n-n", "layers": 2},
    {"structure": "n-1", "bidirectional": "sum"},
    {"structure": "n-n", "bidirectional": "concat", "layers": 2},
    {"structure": "n-n", "convolution": 3},
    {"structure": "n-n", "output_feedback": True},
    {"structure": "encoder-decoder", "context": "transform"},
    {"structure": "attention", "score": "additive"},
    {"structure": "n-n", "truncate": 2},
]
FUNCTIONS = {
    "σ": lambda x: 1 / (1 + math.exp(-x)), "tanh": math.tanh, "max": max, "exp": math.exp, "ln": math.log,
}  # fmt: skip


def hand(**changes) -> Trace:
    """A hand-sized run on the first task that the choices go with."""
    for task in ("last-step", "echo", "next-character"):
        try:
            return record(hand_sized(natural(task, **changes)))
        except InputError:
            continue
    raise AssertionError(changes)


def result(row: Row) -> float | None:
    """What the right side's arithmetic gives, with the numbers in full; None for what is no arithmetic."""
    text, names = "", {}
    for piece in row.pieces[1:-1]:
        if isinstance(piece, Number):
            names[f"n{len(names)}"] = piece.value
            text += f"n{len(names) - 1}"
        else:
            text += piece
    text = text.removesuffix(" = ").replace("−", "-").replace("×", "*").replace("²", "**2")
    text = re.sub(r"\[(.*?) > 0\]", r"(\1 > 0)", text)
    return None if not text else float(eval(text, {"__builtins__": {}}, {**FUNCTIONS, **names}))


def exercises(sheet: Worksheet, heading: str) -> list[Exercise]:
    section = next(each for each in sheet.sections if each.heading == heading)
    return [item for item in section.items if isinstance(item, Exercise)]


def holds(trace: Trace, sheet: Worksheet) -> None:
    """Every line multiplies out to its answer, and every answer is a number of the trace."""
    known = [*trace.values.values(), *trace.used.values(), trace.loss_t, *trace.used_parameters.values()]
    known += [trace.parameters[name] - 0.1 * array for name, array in trace.used_parameters.items()]
    known += [trace.network.loss.value(trace.run.z, trace.data.y), np.array([trace.loss])]
    numbers = np.unique(np.abs(np.concatenate([np.ravel(array) for array in known])))
    for row in sheet.rows:
        computed = result(row)
        last = row.pieces[-1]
        assert isinstance(last, Number)
        if computed is not None:
            assert computed == pytest.approx(last.value, rel=1e-9, abs=1e-13), row.text(True)
        near = numbers[np.argmin(np.abs(numbers - abs(last.value)))]
        assert near == pytest.approx(abs(last.value), rel=1e-9, abs=1e-13), row.text(True)


@pytest.mark.parametrize("cell", LEARNED, ids=lambda cell: cell.name)
def test_every_answer_is_the_traces_and_every_line_multiplies_out(cell):
    trace = hand(cell=cell.name)
    sheet = worksheet(trace, answers=True)
    holds(trace, sheet)
    names = trace.named_parameters(trace.parameters)
    assert len(exercises(sheet, "The sums over time")) == len(exercises(sheet, "The update")) == len(names)
    assert len(sheet.rows) > 3 * len(trace.values) // 2


@pytest.mark.parametrize("changes", STRUCTURED, ids=str)
def test_in_every_structure(changes):
    trace = hand(**changes)
    holds(trace, worksheet(trace, answers=True))


@pytest.mark.parametrize(
    ("context", "heading"), [("last", "context of the encoder"), ("transform", "pre-activation of the context")]
)
def test_a_context_is_called_what_it_is(context, heading):
    """One that is passed on unchanged has no pre-activation."""
    part = record(natural("reverse", structure="encoder-decoder", steps=3, context=context)).network.part("context")
    assert part is not None and part.heading == heading


@pytest.mark.parametrize("task", ["next-character", "binary-subtraction", "surname"])
def test_of_every_loss(task):
    """A cross-entropy's own minus is not the sign of a target."""
    trace = record(hand_sized(natural(task)))
    sheet = worksheet(trace, answers=True)
    holds(trace, sheet)
    assert any("ln(" in row.text(True) for row in exercises(sheet, "The loss")[0].rows)
    for row in exercises(sheet, "The loss")[0].rows:
        assert row.text(True).partition(" = ")[2].startswith("−")


@pytest.mark.parametrize("structure", ["encoder-decoder", "attention"])
def test_nothing_is_asked_for_before_it_can_be_known(structure):
    """All of the encoder comes before the decoder's first step; in the backward pass the reverse."""
    sheet = worksheet(record(hand_sized(natural("reverse", structure=structure))))
    for heading, first in (("Forward", "Encoder"), ("Backward", "Decoder")):
        items = next(each.items for each in sheet.sections if each.heading == heading)
        sides = [item.split()[0].rstrip(",") for item in items if isinstance(item, str)]
        kept = [each for each in sides if each in ("Encoder", "Decoder")]
        assert kept == sorted(kept, key=lambda each: each != first) and len(set(kept)) == 2
    given = [item.symbol for item in sheet.sections[0].items if isinstance(item, Given)]
    assert len(given) == len(set(given))


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_in_every_notation_the_gates_mean_what_the_book_means(notation, cell):
    """What is flipped there (1 − u) is worked out flipped; a line multiplies out all the same."""
    trace = hand(cell=cell, layers=2)
    sheet = worksheet(trace, notation, answers=True)
    for row in sheet.rows:
        computed, last = result(row), row.pieces[-1]
        assert isinstance(last, Number)
        assert computed is None or computed == pytest.approx(last.value, rel=1e-9, abs=1e-13), row.text(True)
    formulas = [item for section in sheet.sections for item in section.items if isinstance(item, Formula)]
    assert all(each.tex and "=" in each.text for each in formulas)
    assert notation.title in " ".join(sheet.words)


@pytest.mark.parametrize("cell", LEARNED, ids=lambda cell: cell.name)
def test_without_the_answers_no_answer_is_told(cell):
    """Neither its digits nor its sign, in its own line or in one that reads it; the given numbers stay."""
    trace = hand(cell=cell.name)
    blank, solved = worksheet(trace), worksheet(trace, answers=True)
    given = {
        figure(abs(float(v))) for item in blank.sections[0].items if isinstance(item, Given) for v in item.numbers.flat
    }
    given |= {"0.1", figure(float(trace.data.x.shape[1])), "0", "1", "2", "3"}
    for before, after in zip(blank.rows, solved.rows, strict=True):
        text = before.text(False, BLANK).partition("  (")[0]
        right = text.partition(" = ")[2]
        assert before.answers == after.answers
        for number in re.findall(r"\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", right):
            assert number in given, text
        if before.answers:
            assert right.endswith(BLANK)
            assert f"(−{BLANK}" not in text and f"(({BLANK}" not in text and f"({BLANK})²" not in text
    flat = [piece for row in blank.rows for piece in row.pieces if isinstance(piece, Number)]
    assert any(each.given for each in flat) and any(each.result for each in flat)


def test_a_line_as_it_is_printed():
    rows = worksheet(hand(cell="tanh"), answers=True).rows
    assert rows[2].text(True) == "h₂ = −0.8 × 0.1 + (−1.1) × 0.3 + 0.139092 × (−0.8) + 0 = −0.521274"
    assert (
        worksheet(hand(cell="tanh")).rows[2].text(False, BLANK) == "h₂ = −0.8 × 0.1 + (−1.1) × 0.3 + □ × (−0.8) + 0 = □"
    )


def test_numbers_are_written_as_people_write_them():
    assert [figure(v) for v in (-0.8, 0.0, 1.0, 1e-9)] == ["−0.8", "0", "1", "1·10⁻⁹"]
    assert [figure(v, 6) for v in (-0.521273512, 2.5437e-7, 12.0)] == ["−0.521274", "2.5437·10⁻⁷", "12"]


def test_a_frozen_gate_is_given():
    experiment = natural("last-step", cell="lstm").with_changes(frozen=(FrozenGate("f", 1.0),))
    trace = record(hand_sized(experiment))
    sheet = worksheet(trace)
    row = next(row for row in sheet.rows if row.pieces[0] == "f₁ = ")
    assert row.text(False, BLANK) == "f₁ = 1" and not row.answers
    holds(trace, worksheet(trace, answers=True))


@pytest.mark.parametrize(
    ("experiment", "sentence"),
    [
        (Experiment(steps=200, hidden=8), "at most 300; choose fewer steps (T = 200), units (H = 8)"),
        (Experiment(steps=14, hidden=6), "the hand-sized run"),
        (hand_sized(natural("last-step", cell="esn")), "choose another cell"),
        (hand_sized(natural("last-step", fault="diag-forgotten")), "set fault to off"),
        (hand_sized(natural("last-step", clip_norm=1.0)), "set clip_norm and clip_value to off"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_nobody_works_out_by_hand_is_refused_in_one_sentence(experiment, sentence):
    with pytest.raises(InputError) as refused:
        worksheet(record(experiment))
    assert sentence in str(refused.value) and str(refused.value).count(".") == 1
    assert MOST_LINES == 300


def test_notation_is_by_name():
    assert worksheet(hand(cell="gru"), notation_named("pytorch")).title == "GRU: Target at the last step"


@pytest.mark.parametrize("changes", [*({"cell": cell.name} for cell in LEARNED), *STRUCTURED], ids=str)
def test_the_chain_asks_for_what_the_computation_finds(changes):
    trace = hand(**changes)
    sheet = worksheet(trace)
    chain, shown = sheet.chain, rows(trace)
    answers = {answer for row in sheet.rows for answer in row.answers}
    for box in chain.boxes:
        row, column = shown[box.place[0]], box.place[1]
        piece = row.piece(column + 1)
        assert piece is not None
        for arrays, lines in (({**trace.values, X: trace.data.x}, box.values), (trace.used, box.gradients)):
            for signal, line in zip(piece.signals, lines, strict=bool(lines)):
                if line:
                    numbers = [number.value for number in line]
                    np.testing.assert_array_equal(numbers, arrays[signal][column - piece.offset, 0])
        asked = [number for line in (*box.gradients, *box.values) for number in line if number.result]
        assert row.name == FED_ROW or {number.value for number in asked} <= answers
        assert bool(asked) != (row.name == INPUT_ROW)
        clock = changes == {"cell": "clockwork"}  # which units work at a step is given, and has no gradient
        assert bool(box.gradients) != (row.name == INPUT_ROW) or clock
    for scan in trace.scans:  # nothing of the recurrence is left out
        lane = trace.schedule.lanes[scan.name]
        index = next(k for k, row in enumerate(shown) if (scan.name, "s") in {s for p in row.pieces for s in p.signals})
        assert {(index, column) for column in range(lane.first - 1, lane.last)} <= set(chain.at)
    assert all(place in chain.at for arrow in chain.arrows for place in arrow)
    assert len(chain.columns) == trace.steps


def arrows(named: dict[str, int], changes: dict[str, str], source: str, target: str) -> set[tuple[int, int]]:
    """The columns of the arrows from row to row."""
    chain = worksheet(hand(**changes)).chain
    ends = named[source], named[target]
    return {(begin[1], end[1]) for begin, end in chain.arrows if (begin[0], end[0]) == ends}


@pytest.mark.parametrize(
    ("changes", "source", "target", "expected"),
    [
        ({"structure": "n-n"}, "s", "h", [(0, 1), (1, 2)]),
        ({"structure": "n-n"}, "x", "h", [(0, 0), (1, 1), (2, 2)]),
        ({"structure": "n-1"}, "s", "z", [(2, 2)]),
        ({"structure": "n-1", "cell": "lstm"}, "c", "c", [(0, 1), (1, 2)]),
        ({"structure": "n-1", "bidirectional": "sum"}, "s1r", "h1r", [(1, 0), (2, 1)]),
        ({"structure": "encoder-decoder"}, "context", "h", [(2, 3)]),
        ({"structure": "attention"}, "s", "contexts", [(k, t) for k in range(3) for t in range(3, 6)]),
    ],
    ids=str,
)
def test_the_arrows_are_those_of_the_unrolled_network(changes, source, target, expected):
    named = {row.name: k for k, row in enumerate(rows(hand(**changes)))}
    assert arrows(named, changes, source, target) == set(expected)


def test_a_frozen_gate_is_given_in_the_chain_and_has_no_gradient():
    trace = record(hand_sized(natural("last-step", cell="lstm").with_changes(frozen=(FrozenGate("f", 1.0),))))
    chain = worksheet(trace).chain
    gates = [box for box in chain.boxes if len(box.values) == 4]
    assert len(gates) == 3
    for box in gates:
        assert [number.given for line in box.values for number in line] == [False, True, False, False]
        assert [len(line) for line in box.gradients] == [1, 0, 1, 1]


def test_given_numbers_of_several_samples_say_whose_they_are():
    trace = record(hand_sized(natural("last-step", cell="batchnorm")))
    given = [item.symbol for item in worksheet(trace).sections[0].items if isinstance(item, Given)]
    assert len(given) == len(set(given)) and "x₁ (sample 2)" in given
