"""The forward pass from declarations is that of the hand-written loops, and a wrong operation in it is named."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS
from core.diagnosis.diagnosis import Diagnosis, diagnosing
from core.diagnosis.forward.candidates import candidates
from core.diagnosis.forward.passes import Alteration, Forward
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.diagnosis.unrolling import Unrolling
from core.diagnosis.words import Words
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.notation.books import NOTATIONS
from core.recorder import record
from core.trace import Trace
from tests.bench.bench_diagnosis import signatures
from tests.bench.wrong_values import WRONG_STEPS, gradients_after, values_of
from tests.core.structured import STRUCTURE, trace_of

FEW = ("bidirectional, two layers", "lengths, attention")


def differences(trace: Trace) -> dict[str, float]:
    """How far each value lies from that of the loops, with weights that another run was made with."""
    other = record(trace.experiment, {name: 1.5 * np.array(array) for name, array in trace.parameters.items()})
    parameters = {each.name: each.own_parameters(other.parameters) for each in trace.network.declared}
    found = Forward(Unrolling(trace), [Alteration(), Alteration()], parameters).run().signals
    apart: dict[str, float] = {}
    for (part, name), expected in other.values.items():
        if (part, name) in found:
            scale = max(float(np.abs(expected).max(initial=0.0)), 1e-30)
            apart[f"{part}.{name}"] = float(np.abs(found[part, name][:, 1] - expected).max(initial=0.0)) / scale
    return apart


@STRUCTURE
def test_every_value_is_that_of_the_loops(name):
    found = differences(trace_of(name, "lstm"))
    assert len(found) >= 4
    assert {key: off for key, off in found.items() if not off < 1e-12} == {}


@pytest.mark.parametrize("cell", [each.name for each in CELLS])
@pytest.mark.parametrize("name", FEW)
def test_so_it_is_for_every_cell(name, cell):
    try:
        trace = trace_of(name, cell)
    except InputError:
        return  # the cell refuses the structure
    assert {key: off for key, off in differences(trace).items() if not off < 1e-12} == {}


def small(cell: str = "lstm", **changes) -> Trace:
    return record(natural("echo", cell=cell, **{"steps": 5, "batch": 3, "hidden": 3, "loss_at": "every", **changes}))


def diagnosis(trace: Trace, arrays) -> Diagnosis:
    return finished(diagnosing(trace, read(trace, arrays)))


@pytest.mark.parametrize("notation", NOTATIONS[:3], ids=lambda each: each.name)
@pytest.mark.parametrize("name", ["attention, additive", "bidirectional n-n"])
def test_every_mistake_has_a_sentence(name, notation):
    trace = trace_of(name, "gru")
    words = Words(trace, notation)
    for change in candidates(Unrolling(trace)):
        assert len(words.clause(change)) > 10
        words.forward_equation(change)


def test_the_sentence_names_the_term_and_says_what_follows_from_it():
    trace = small("tanh", bias=0.2, initial_state=0.3)
    line = next(each for each in WRONG_STEPS if each.cell == "tanh" and each.new == "pass")
    arrays = {"L1.s": values_of(trace, line)["L1.s"], **gradients_after(trace, line)}
    arrays["grad.L1.b"] = 2.0 * arrays["grad.L1.b"]
    text = "\n".join(Report(diagnosis(trace, arrays)).lines())
    assert "when in hₜ the term with W is left out" in text
    assert "are wrong, that follows from these values alone" in text
    assert "Your grad.L1.b is the right one times 2" in text


def test_one_line_alone_can_be_the_last_step():
    trace = small("lstm", bias=0.2)
    line = next(each for each in WRONG_STEPS if each.cell == "lstm" and "r.s[t] = tc" in each.new)
    found = diagnosis(trace, {"h": values_of(trace, line)["L1.s"][-1]}).forward
    assert found is not None and found.complete and "instead s>o 1" in signatures(found.complete[0], trace)


def test_nonsense_is_not_explained():
    trace = small()
    random = np.random.default_rng(2)
    found = diagnosis(trace, {"L1.s": random.normal(size=trace.values["L1", "s"].shape)})
    assert found.forward is not None and not found.forward.complete
    assert any("None of" in line for line in Report(found).lines())
