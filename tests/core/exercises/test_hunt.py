"""The fault hunt: marking nodes in the order of the backward pass finds every fault, and nothing right is blamed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest

from core.analysis.gradcheck import finish
from core.arithmetic.cell_node import CellNode
from core.arithmetic.plan import Plan
from core.errors import InputError
from core.exercises.explanation import explain_fault
from core.exercises.hunt import Hunt, Verdict, hiding, possible
from core.experiment import Experiment, natural
from core.faults import FAULTS
from core.jobs import finished
from core.network.parts import Key
from core.notation.base import Notation
from core.notation.books import NOTATIONS, notation_named
from core.recorder import record
from core.rules import fault_refusal
from core.trace import Trace
from core.training.optimizers import Adam
from core.training.training import Training
from tests.core.test_faults import ALLOWED, STRUCTURES

FAULT = pytest.mark.parametrize("fault", list(ALLOWED))
BY_PARAMETERS = ("bias-forgotten", "delta-side")  # every node is right: it is a sum over time that is wrong


def hidden(experiment, seed):
    """The experiment with the fault that the seed hides in it."""
    return finished(hiding(experiment, seed)).experiment


def hunt_of(fault: str, **changes) -> Hunt:
    return Hunt(record(Experiment().with_changes(**{**ALLOWED[fault], **changes}, fault=fault)))


def nodes(trace: Trace) -> Iterator[tuple[Key, int]]:
    """Every recorded gradient, (signal, t), from the loss back: the first wrong one is a cause."""
    for part in reversed(trace.network.parts):
        names = [member.name for member in reversed(part.members or (part,))]
        steps = {name: len(found[0][1]) for name in names if (found := gradients_of(trace, name))}
        for k in range(max(steps.values(), default=0)):
            for name in names:
                for signal, array in reversed(gradients_of(trace, name)):
                    reverse = any(scan.name == name and scan.reverse for scan in trace.scans)
                    if k < len(array):
                        yield signal, k + 1 if reverse else len(array) - k


def gradients_of(trace: Trace, part: str) -> list[tuple[Key, np.ndarray]]:
    """The gradients of a part's records, in the order of computation."""
    scan = trace.scan_named(part)
    if scan is None:
        return [(signal, array) for signal, array in trace.exact.items() if signal[0] == part]
    names = ["x", *(each.name for each in scan.cell.records)]
    return [((part, name), trace.exact[part, name]) for name in names if (part, name) in trace.exact]


def hunt_down(hunt: Hunt) -> list[Verdict]:
    """What a learner hears who marks nodes from the loss back and then parameters, until the fault is found."""
    heard = []
    for signal, t in nodes(hunt.trace):
        heard.append(hunt.judge((signal,), t))
        if heard[-1].kind == "cause":
            return heard
    for name in hunt.parameters():
        heard.append(hunt.judge_parameter(name))
        if heard[-1].kind == "cause":
            return heard
    raise AssertionError("the fault was not found")


@FAULT
def test_every_fault_is_hunted_down(fault):
    """The first wrong gradient in the order of the backward pass is the cause; before it everything is right."""
    for seed in range(2):
        hunt = hunt_of(fault, weight_seed=seed, data_seed=seed)
        heard = hunt_down(hunt)
        assert {each.kind for each in heard[:-1]} <= {"right", "fixed", "unresolved"}
        found = heard[-1]
        assert found.error > 1e-4 and found.symbol.startswith("∂L/∂")
        at_nodes = sum(1 for _ in nodes(hunt.trace))
        assert (len(heard) > at_nodes) == (fault in BY_PARAMETERS)


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda each: "-".join(str(value) for value in each.values()))
def test_in_every_structure_the_first_wrong_one_is_the_cause(structure):
    echo = natural("echo", delay=1, steps=3, hidden=2, bias=0.1, **structure)
    met = 0
    for fault in FAULTS:
        if not fault_refusal(fault.name, echo):
            heard = hunt_down(Hunt(record(echo.with_changes(fault=fault.name))))
            assert {each.kind for each in heard[:-1]} <= {"right", "fixed", "unresolved"}, (fault.name, heard)
            met += 1
    assert met >= 4


def test_what_follows_from_the_fault_is_wrong_but_told_apart():
    hunt = hunt_of("diag-forgotten")
    assert hunt.judge_row("h", 4).kind == "cause"
    assert hunt.judge_row("s", 3).kind == "consequence"
    assert hunt.judge_row("h", 3).kind == "cause"  # the same slip is made at every step
    assert hunt.judge_row("z", 4).kind == hunt.judge_row("s", 4).kind == "right"
    assert hunt.judge_parameter("L1.W").kind == "consequence"
    assert hunt.judge_parameter("out.V").kind == "right"


def test_the_two_numbers_are_the_shown_one_and_the_right_one():
    hunt = hunt_of("lstm-for-good")
    found = hunt.judge_row("c", 3, "c", 1)
    right = record(Experiment().with_changes(**ALLOWED["lstm-for-good"]))
    assert found.symbol == "∂L/∂c₃[2]"
    assert found.shown == hunt.trace.exact["L1", "c"][2, 0, 1]
    assert found.numeric == pytest.approx(right.exact["L1", "c"][2, 0, 1], rel=1e-8)
    assert hunt.judge_row("x", 4).kind == "right"


def test_a_frozen_gate_is_no_function_of_anything():
    experiment = Experiment().with_changes(**ALLOWED["lstm-for-good"]).freeze("o", 0.5)
    hunt = Hunt(record(experiment.with_changes(fault="lstm-for-good")))
    verdict = hunt.judge_row("gates", 2, "o")
    assert verdict.kind == "fixed" and not verdict.counts


def test_symbols_are_the_notations():
    trace = record(Experiment().with_changes(**SMALL_GRU, fault="bias-forgotten"))
    hunt = Hunt(trace, notation_named("ng"))
    assert hunt.parameter_title("L1.b_r") == "db_r"
    assert all(hunt.parameter_title(name) for name in hunt.parameters())


SMALL_GRU = ALLOWED["bias-forgotten"]


def test_the_seed_chooses_among_the_possible_ones_without_a_word():
    deep = natural("last-step", steps=4, hidden=3, layers=2, truncate=2, clip_norm=1.0)
    chosen = {hidden(deep, seed).fault for seed in range(40)}
    assert chosen == {fault.name for fault in possible(deep)}
    assert len(chosen) == 8
    experiment = hidden(deep, 5)
    assert experiment == hidden(deep, 5)
    assert (experiment.truncate, experiment.clip_norm) == (None, None)
    assert experiment.with_changes(fault=None, truncate=2, clip_norm=1.0) == deep
    assert not finish(record(experiment)).passed


@pytest.mark.parametrize("cell", ["esn", "ar"])
def test_where_there_is_nothing_to_hunt_it_is_said(cell):
    with pytest.raises(InputError, match="choose"):
        hidden(natural("last-step", cell=cell), 1)


def test_a_run_without_a_fault_is_no_hunt():
    with pytest.raises(ValueError, match="no fault"):
        Hunt(record(Experiment()))


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("cell", ["tanh", "gru", "lstm"])
def test_a_hunt_writes_the_symbols_and_the_numbers_of_the_notation(notation: Notation, cell: str) -> None:
    experiment = natural("last-step", steps=4, hidden=3, cell=cell, fault="bias-forgotten")
    trace = record(experiment)
    hunt = Hunt(trace, notation)
    step = CellNode(trace, 2, 0, plan=Plan(trace, "L1", notation))
    names = [name for part, name in trace.exact if part == "L1" and not step.fixed(name)]
    stack = {"h"} if trace.scan.cell.blocks != ("",) else set()  # its units have the symbols of their gates
    for name in [name for name in names if name not in {"x", *stack}]:
        verdict = hunt.judge((("L1", name),), 2, unit=1)
        gradient = step.gradient(name)
        assert verdict.symbol == f"{step.gradient_symbol(name)}[2]"
        assert gradient is not None
        assert verdict.shown == gradient[1]


def test_a_fault_is_told_in_the_notation_and_without_raw_braces() -> None:
    faults = {fault.name: fault for fault in FAULTS}
    for notation in NOTATIONS:
        assert not any("{" in text for fault in FAULTS for text in explain_fault(fault, notation))
    ng = notation_named("ng")
    assert explain_fault(faults["bias-forgotten"], ng)[0] == "db_a left out"
    assert explain_fault(faults["diag-forgotten"], ng)[1] == "dz is taken to be da."
    assert "∂net⟨t−1⟩/∂net⟨t−1⟩" in explain_fault(faults["time-index"], ng)[1]
    assert "∂netₜ₋₁/∂netₜ₋₁" in explain_fault(faults["time-index"], notation_named("row"))[1]
    turned = {notation.name: explain_fault(faults["w-not-transposed"], notation) for notation in NOTATIONS}
    assert turned["hu"][:2] == ("W in place of Wᵀ", "dh goes back through W where Wᵀ belongs.")
    assert turned["ng"][:2] == ("W_aa in place of W_aaᵀ", "dz goes back through W_aa where W_aaᵀ belongs.")
    assert turned["pytorch"][0] == "weight_hhᵀ in place of weight_hh"  # x·weightᵀ forward, ∂·weight back


@pytest.mark.parametrize("fault", ["bias-forgotten", "lstm-for-good"])
def test_the_stack_of_all_gates_is_judged_by_its_gates(fault):
    """A unit of it is one of a gate: the answer is that gate's."""
    hunt = Hunt(record(natural("last-step", cell="lstm", steps=4, hidden=3, fault=fault, loss_at="every")))
    for k, gate in enumerate("ifgo"):
        for unit in range(3):
            stacked = hunt.judge((("L1", "h"),), 2, unit=3 * k + unit)
            assert stacked == hunt.judge((("L1", f"h_{gate}"),), 2, unit=unit)
    assert hunt.judge((("L1", "h"),), 4).kind == "right"  # nothing has gone back from step to step yet


@pytest.mark.parametrize("cell", ["tanh", "gru"])
def test_in_a_trained_network_nothing_right_is_blamed(cell):
    """The loss is learned away, and all that is left of it is small."""
    experiment = natural("next-character", cell=cell, hidden=4)
    training = Training(experiment, Adam(rate=0.1))
    for _ in range(600):
        training.update()
    hunt = Hunt(record(experiment.with_changes(fault="bias-forgotten"), deepcopy(training.parameters)))
    assert hunt.trace.loss < 1e-3
    for signal, t in nodes(hunt.trace):
        assert hunt.judge((signal,), t).kind in ("right", "fixed", "unresolved")
    assert hunt.judge_parameter("L1.W" if cell == "tanh" else "L1.W_u").kind == "right"
    assert hunt.judge_parameter("L1.b" if cell == "tanh" else "L1.b_u").kind == "cause"
