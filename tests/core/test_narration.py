"""What the status says in mathematics, at every phase, for every cell."""

from __future__ import annotations

import pytest

from core.arithmetic.cell_node import CellNode
from core.arithmetic.plan import Plan
from core.cells import CELLS
from core.experiment import Experiment
from core.narration import mathematics
from core.notation.books import NOTATIONS
from core.recorder import record
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, UPDATE, Time
from tests.core.cases import CASE, CELL, experiment_of
from tests.core.structured import STRUCTURE, trace_of


@CELL
@CASE
@pytest.mark.parametrize("phase", [START, FORWARD, LOSS, BACKWARD, ACCUMULATE, UPDATE])
def test_every_phase_has_its_mathematics(cell, case, phase):
    trace = record(experiment_of(cell, case))
    text = mathematics(trace, Time(phase, 1 if phase in (FORWARD, BACKWARD) else 0))
    if phase == START:
        assert text == ""
    elif phase == LOSS:
        assert f"{trace.loss:.6g}" in text
    else:
        assert text and "[t" not in text and "\\" not in text
    if phase == BACKWARD:
        assert text.startswith("∂L/∂") and "₁" in text


@CELL
@CASE
def test_the_last_step_receives_nothing_from_a_step_after_it(cell, case):
    trace = record(experiment_of(cell, case))
    beyond = str(trace.steps + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    assert beyond not in mathematics(trace, Time(BACKWARD, trace.steps))
    for t in range(1, trace.steps):
        assert mathematics(trace, Time(BACKWARD, t)).startswith("∂L/∂")


def test_the_numbers_of_the_step_are_its_indices():
    trace = record(Experiment(steps=14))
    assert mathematics(trace, Time(FORWARD, 5)) == "h₅ = x₅·U + s₄·W + b,   s₅ = tanh(h₅)"
    assert mathematics(trace, Time(BACKWARD, 5)) == "∂L/∂h₅ = ∂L/∂s₅ ⊙ (1 − s₅²)"
    lstm = record(Experiment(cell="lstm", steps=14))
    here = "∂L/∂c₁₄ = ∂L/∂tanh(c₁₄) ⊙ (1 − tanh(c₁₄)²)"
    assert mathematics(lstm, Time(BACKWARD, 14)) == here
    assert mathematics(lstm, Time(BACKWARD, 13)) == here.replace("₁₄", "₁₃") + " + ∂L/∂c₁₄ ⊙ f₁₄"


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@STRUCTURE
def test_every_step_says_what_it_reads(name, notation):
    """Of an encoder the input, of a decoder what it has written: the inspector's own equation of that very step."""
    for cell in ("tanh", "lstm"):
        trace = trace_of(name, cell)
        key = trace.scan.name[1:]
        for column in range(1, trace.steps + 1):
            parts = [scan.name for scan in trace.scans if scan.name[1:] == key and column in columns_of(trace, scan)]
            step = CellNode(trace, column - trace.schedule.offset(parts[0]), plan=Plan(trace, parts[0], notation))
            wanted = step.forward_text("h" if cell == "tanh" else "c")
            assert mathematics(trace, Time(FORWARD, column), notation).startswith(wanted)


def columns_of(trace, scan) -> range:
    first, last = trace.schedule.lanes[scan.name][:2]
    return range(first, last + 1)


def test_the_last_step_of_an_encoder_is_told_apart():
    trace = trace_of("encoder-decoder", "lstm", layers=1)
    end = "∂L/∂c₅ = ∂L/∂tanh(c₅) ⊙ (1 − tanh(c₅)²)"
    assert mathematics(trace, Time(BACKWARD, 5)) == end + " + (by way of the context)"
    assert mathematics(trace, Time(BACKWARD, 4)) == end.replace("₅", "₄") + " + ∂L/∂c₅ ⊙ f₅"
    assert mathematics(trace, Time(BACKWARD, 8)) == end.replace("₅", "₃")
    assert mathematics(trace_of("encoder-decoder", layers=1), Time(FORWARD, 3)).startswith("h₃ = x₃·U")
    assert mathematics(trace_of("encoder-decoder", layers=1), Time(FORWARD, 8)).startswith("h₃ = x̂₃·U")


def test_one_supervised_step_has_no_sum():
    assert "Σ" not in mathematics(record(Experiment(loss_at="last")), Time(LOSS, 0))
    assert "Σ" in mathematics(record(Experiment(task="echo", loss_at="every")), Time(LOSS, 0))


def test_what_is_summed_is_a_parameter_that_the_cell_has():
    said = {cell.name: mathematics(record(experiment_of(cell)), Time(ACCUMULATE, 0)) for cell in CELLS}
    others = {"jordan": "F", "narx": "F", "feedforward": "U", "tdnn": "U", "ngram": "U", "ar": "V"}
    for name, text in said.items():
        summed = others.get(name, "W")
        assert text == f"∂L/∂{summed} = Σₜ ∂L/∂{summed}⁽ᵗ⁾,   t = 1 … T"


def test_every_registered_cell_can_be_told_apart_by_its_mathematics():
    """But for a reservoir, whose steps are those of tanh, and the two GRUs, which differ in their candidates only."""
    said: dict[str, list[str]] = {}
    for cell in CELLS:
        said.setdefault(mathematics(record(experiment_of(cell)), Time(FORWARD, 2)), []).append(cell.name)
    assert [names for names in said.values() if len(names) > 1] == [["tanh", "esn"], ["gru", "gru-simple"]]
