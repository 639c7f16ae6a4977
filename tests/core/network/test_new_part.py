"""A new part is one class and one line: here a join with a shortcut, put in the place of the one that adds.

Everything that the program does with a part follows from what the class declares, and no other file knows of it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from core.analysis import gradcheck
from core.analysis.complex_step import ComplexPass
from core.analysis.perturbation import derivative
from core.arithmetic.cell_node import CellNode
from core.arithmetic.entries import parameter_entry
from core.arithmetic.nodes import node_of, parts_without_cells
from core.arithmetic.plan import Plan
from core.cells.base import Factor, Record, Row
from core.chain.edges import chain_links
from core.chain.lineage import Lineage
from core.chain.places import row_of_parameter
from core.chain.rows import row_named, rows
from core.documents.export import arrays
from core.exercises.hunt import Hunt
from core.exercises.worksheet.sheet import worksheet
from core.experiment import natural
from core.interop.scripts.numpy_script import numpy_script
from core.interop.scripts.torch_script import torch_script
from core.maths.operations import add, constant, linear, multiply
from core.network import structures
from core.network.declared import Read
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction, nothing
from core.notation.books import NOTATIONS
from core.notation.equations import Style
from core.recorder import record
from core.trace import Trace
from tests.core.differences import quotients
from tests.core.network.test_declared import CLOSE, worst_gradient, worst_of_autograd, worst_value
from tests.core.oracle.derivatives import disagreement


class Shortcut(Part):
    """s̃ = s + s′·M: one chain as it is, and a share of the other, M (H, H)."""

    def __init__(self, name: str, first: Key, second: Key, how: str = "sum", at_its_end: bool = False) -> None:
        self.name, self.first, self.second, self.layer = name, first, second, name[1:]
        self.quantities = (Record("s", "state", "a chain and a share of the other", r"\tilde{#}@", "#\u0303@"),)
        self.graph = (linear("share", ("second", "M"), at=(1, 2)), add("s", "first", "share", at=(1, 1)))
        self.factors = (Factor("M", "second", "share"),)
        self.rows = (Row(name, "a chain and a share of the other", ("s",), ("share", "s")),)

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        return {"first": (Read(self.first),), "second": (Read(self.second),)}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "s"] = widths[self.first]
        return {f"{self.name}.M": (widths[self.second], widths[self.first])}

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        second = run.signals[self.second] @ run.parameters[f"{self.name}.M"]
        run.signals[self.name, "s"] = run.signals[self.first] + second
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "s"] = np.zeros_like(back.run.signals[self.name, "s"])

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        gradient, second = back.signals[self.name, "s"], back.run.signals[self.second]
        back.signals[self.first] += gradient
        back.signals[self.second] += gradient @ back.run.parameters[f"{self.name}.M"].T
        back.parameters[f"{self.name}.M"][...] = np.einsum("tbi,tbj->ij", second, gradient)
        return 0, nothing


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Two bidirectional layers, joined by it. The one line: the list of what makes a join."""
    monkeypatch.setitem(structures.JOIN_PARTS, "sum", Shortcut)
    return record(natural("echo", steps=5, hidden=3, batch=2, layers=2, bidirectional="sum", delay=1, bias=0.2))


def test_it_is_recorded_and_does_what_it_declares(trace):
    assert trace.values["J1", "s"].shape == trace.exact["J1", "s"].shape == (5, 2, 3)
    assert trace.parameters["J2.M"].any() and trace.exact_parameters["J2.M"].any()
    assert worst_value(trace)[0] < CLOSE and worst_gradient(trace)[0] < CLOSE


def test_its_gradients_agree_with_differences_and_with_the_complex_step(trace):
    found = quotients(trace.network, trace.parameters, trace.data, trace.exact_parameters)
    assert max(each.error for each in found) < 1e-6
    for name in ("J1.M", "J2.M"):
        direction = np.zeros_like(trace.parameters[name])
        direction[1, 2] = 1.0
        pass_ = ComplexPass(trace, {name: direction}).finish()
        assert pass_.derivative == pytest.approx(trace.exact_parameters[name][1, 2], rel=1e-12)
    for part in ("J1", "J2"):
        by_step, kink = derivative(trace, (part, "s"), 2, 1, 0)
        assert not kink and by_step == pytest.approx(trace.exact[part, "s"][1, 1, 0], rel=1e-12)


def test_it_is_drawn_in_its_place_with_all_of_its_edges(trace):
    names = [row.name for row in rows(trace)]
    assert names.index("s1r") < names.index("J1") < names.index("h2")
    found = {(each.source, each.target): each for each in chain_links(trace)}
    gradient = trace.exact["J1", "s"]
    ahead, back = found["s1", "J1"], found["s1r", "J1"]
    assert ahead.norms == pytest.approx([np.linalg.norm(each) for each in gradient])
    assert back.norms == pytest.approx([np.linalg.norm(each @ trace.parameters["J1.M"].T) for each in gradient])
    assert {("J1", "h2"), ("J1", "h2r"), ("J2", "z")} <= set(found)
    assert trace.schedule.lanes["J1"].way == "both"
    ancestors, descendants = Lineage(trace).of("J1", 3)
    assert ("s1r", 4) in ancestors and ("s2", 3) in descendants and ("J1", 2) not in ancestors


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_it_is_explained_in_every_notation(trace, notation):
    node = node_of(trace, "J1", 2, 1, notation=notation)
    for name in node.names:
        for tex in (False, True):
            style = Style(tex, 2, notation)
            assert node.symbol(name, style) in node.forward_equation(name, style)
            assert "M" in node.forward_equation(name, style) and " + " in node.forward_equation(name, style)
            assert node.backward_equation(name, style).startswith(style.gradient(node.symbol(name, style)))
        for unit in range(3):
            for each in (node.forward(name, unit), node.backward(name, unit)):
                assert len(each.lines) >= 2 and not each.absent
                assert sum(line.value for line in each.lines) == pytest.approx(each.total, rel=1e-12)
                assert all(line.label for line in each.lines)
    state = Plan(trace, "L1r", notation)
    assert "M" in state.backward("s")
    step = CellNode(trace, 2, 1, plan=state)
    back = step.backward("s", 1)
    assert sum(line.value for line in back.lines) == pytest.approx(back.total, rel=1e-12)


def test_what_it_says_in_words_stands_in_the_equation_of_the_chain_that_it_reads(trace, monkeypatch):
    written = Plan(trace, "L1r").backward("s")
    assert written.endswith("·Mᵀ") and "its share" not in written
    monkeypatch.setattr(Shortcut, "in_words", {"second": "its share"})
    assert Plan(trace, "L1r").backward("s") == f"{written.rpartition(' + ')[0]} + ∂L/∂s̃⁽¹⁾[t+0], its share"
    assert Plan(trace, "L1").backward("s").endswith(" + ∂L/∂s̃⁽¹⁾[t+0]")


def test_every_entry_of_its_parameter_is_a_sum_over_time(trace):
    assert row_of_parameter(trace, "J2.M") == ("J2", "s")
    found = parameter_entry(trace, "J2.M", (1, 2), True, Style(False))
    assert len(found.lines) == 5
    assert sum(line.value for line in found.lines) == pytest.approx(found.total, rel=1e-12)
    assert ("J2", 5) in list(parts_without_cells(trace))
    assert row_named(trace, "J2").text


def test_it_is_judged_in_a_hunt(trace):
    right = Hunt(record(trace.experiment.with_changes(fault="bias-forgotten")))
    for t in (1, 4):
        verdict = right.judge_row("J1", t, "s")
        assert verdict.error < 1e-9 and "s\u0303" in verdict.symbol
    assert right.judge_parameter("J1.M").error < 1e-9
    wrong = Hunt(record(trace.experiment.with_changes(fault="diag-forgotten")))
    verdict = wrong.judge_row("J1", 2, "s")
    assert verdict.kind == "consequence" and verdict.error > 1e-3


def test_it_stands_on_a_worksheet(monkeypatch):
    monkeypatch.setitem(structures.JOIN_PARTS, "sum", Shortcut)
    small = natural("adding", steps=2, hidden=2, batch=1, bidirectional="sum")
    for notation in NOTATIONS:
        found = str(worksheet(record(small), notation, answers=True))
        assert "A chain and a share of the other, t = 2" in found and "\u0303" in found


def test_it_is_exported_with_its_numbers_and_as_scripts(trace):
    found = arrays(trace)
    assert {"J1.s", "J1.ds", "param.J1.M", "grad.J1.M"} <= set(found)
    assert np.array_equal(found["J1.s"], trace.values["J1", "s"])
    text = numpy_script(trace, "run").text
    assert "J1_share = rows(L1r_s, len(x)) @ J1_M\nJ1 = rows(L1_s, len(x)) + J1_share" in text
    assert "dJ1_share += dJ1" in text and "add(dL1r_s, dJ1_share @ J1_M.T)" in text
    assert worst_of_script(trace) < CLOSE
    forward = torch_script(trace, "run").text
    assert "J1 = rows(L1_s, len(x)) + J1_share" in forward and "torch.nn." not in forward


def test_automatic_differentiation_agrees(trace):
    assert worst_of_autograd(trace) < CLOSE


def worst_of_script(trace: Trace) -> float:
    """How far the gradients of the exported script lie from the trace's; PyTorch's, too, where it is installed."""
    scripts = [numpy_script(trace, "run")]
    if importlib.util.find_spec("torch") is not None:
        scripts.append(torch_script(trace, "run"))
    found = []
    for script in scripts:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(script.text, "run.py", "exec"), names)
        found.append(disagreement(names["G"], trace.exact_parameters)[0])
    return max(found)


class Decay(Part):
    """s_t = k·s_{t−1} + first_t + second_t: what has been joined fades. It has a loop, and no parameters."""

    def __init__(self, name: str, first: Key, second: Key, how: str = "sum", at_its_end: bool = False) -> None:
        self.name, self.first, self.second, self.layer = name, first, second, name[1:]
        self.quantities = (
            Record("m", "state", "both chains", r"m@", "m@"),
            Record("s", "state", "both chains, fading", r"\tilde{#}@", "#\u0303@"),
        )
        self.graph = (
            constant("k", 0.5, at=(1, 4)),
            multiply("kept", "k", "s_prev", at=(1, 3)),
            add("m", "first", "second", at=(1, 2)),
            add("s", "kept", "m", at=(1, 1)),
        )
        self.rows = (Row(name, "both chains, fading", ("s",), ("k", "kept", "m", "s")),)
        self.recurrent_states = ("s",)

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        own = Read((self.name, "s"), lag=1)
        return {"first": (Read(self.first),), "second": (Read(self.second),), "s_prev": (own,)}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "s"] = widths[self.first]
        return {}

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        m = run.signals[self.name, "m"] = run.signals[self.first] + run.signals[self.second]
        s = run.signals[self.name, "s"] = m.copy()

        def step(t: int) -> None:
            s[t] += 0.5 * s[t - 1] if t else 0.0

        return len(s), step

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "s"] = np.zeros_like(back.run.signals[self.name, "s"])

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        ds = back.signals[self.name, "s"]
        back.signals[self.name, "m"] = ds

        def step_back(t: int) -> None:
            if t:
                ds[t - 1] += 0.5 * ds[t]
            back.signals[self.first][t] += ds[t]
            back.signals[self.second][t] += ds[t]

        return len(ds), step_back


def test_so_it_is_of_a_part_with_a_loop(monkeypatch):
    monkeypatch.setitem(structures.JOIN_PARTS, "mean", Decay)
    changes = {"layers": 2, "bidirectional": "mean", "delay": 1, "bias": 0.2}
    trace = record(natural("echo", cell="gru", steps=5, hidden=3, batch=2, **changes))
    assert worst_value(trace)[0] < CLOSE and worst_gradient(trace)[0] < CLOSE
    assert worst_of_autograd(trace) < CLOSE and worst_of_script(trace) < CLOSE
    for name in ("m", "s"):
        moved, kink = derivative(trace, ("J1", name), 2, 1, 0)
        assert not kink and moved == pytest.approx(trace.exact["J1", name][1, 1, 0], rel=1e-12)
    assert gradcheck.finish(trace).passed
