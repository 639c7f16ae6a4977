"""What the status says in mathematics, at every phase, for every cell."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.experiment import Experiment
from core.narration import mathematics
from core.recorder import record
from core.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, Time
from tests.core.cases import CASE, CELL, experiment_of


@CELL
@CASE
@pytest.mark.parametrize("phase", [START, FORWARD, LOSS, BACKWARD, ACCUMULATE])
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
