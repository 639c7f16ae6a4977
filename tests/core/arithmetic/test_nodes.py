"""The inspector's numbers: what is written out can be calculated by hand, and gives what was recorded."""

import math

import numpy as np
import pytest

from core.analysis.evaluation import Evaluation
from core.arithmetic.cell_node import CellNode
from core.arithmetic.lines import Line, filled, split_sum
from core.arithmetic.parameter_sums import Addends, parameter_names, recurrent_parameter
from core.arithmetic.plan import Plan
from core.arithmetic.text import addends_text, edge_text, exact, node_text, table_lines
from core.cells import CELLS
from core.chain.edges import link_norms, links
from core.chain.rows import FED_ROW, INPUT_ROW, input_limit, limit_of, value_limit
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.arrays import norms
from core.maths.operations import FIXED
from core.notation.equations import Style, forward
from core.options import names_of
from core.recorder import record
from tests.core.addends import addend, addend_norms
from tests.core.by_calculator import calculated, check_step, close
from tests.core.cases import experiment_of, refusal, task_of


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("task", ["last-step", "echo", "binary-subtraction", "next-character"])
@pytest.mark.parametrize("steps", [1, 5])
@pytest.mark.parametrize("reset", ["before", "after"])
def test_every_number_put_in_gives_the_recorded_one(cell, task, steps, reset):
    experiment = natural(task, cell=cell.name, steps=steps, hidden=3, batch=2, reset=reset, bias=0.1)
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment.with_changes(steps=5))
        return
    trace = record(experiment)
    plan = Plan(trace)
    for t in range(1, trace.steps + 1):
        assert check_step(CellNode(trace, t, sample=1, plan=plan)) >= (10 if cell.reads_input else 7)


@pytest.mark.parametrize(
    "cell", [cell for cell in CELLS if "activation" in names_of(cell.options)], ids=lambda cell: cell.name
)
@pytest.mark.parametrize("case", ["relu, hard sigmoid", "relu, hard sigmoid of Keras 2, reset after"])
def test_what_bent_activations_give_is_worked_out_as_it_is_written(cell, case):
    trace = record(experiment_of(cell, case))
    kinks = trace.scan.cell.kinks
    for kink in {at for _, at in kinks}:
        sides = [trace.values["L1", name] > kink for name, at in kinks if at == kink]
        assert np.any(sides) and not np.all(sides), f"every number lies on one side of {kink}"
    for t in range(1, trace.steps + 1):
        check_step(CellNode(trace, t, sample=1))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("hidden", [1, 6])
def test_truncated_gradients_add_up_and_say_where_they_are_cut(cell, hidden):
    trace = record(natural(task_of(cell), cell=cell.name, steps=7, hidden=hidden, truncate=3, ridge=0.5))
    reasons = []
    for t in range(1, 8):
        check_step(CellNode(trace, t, used=True))
        check_step(CellNode(trace, t, used=False))
        reasons.append(CellNode(trace, t, used=True).next_step)
    assert reasons == ["cut", "", "", "cut", "", "", "end"]
    assert CellNode(trace, 4, used=False).next_step == ""
    if not cell.learned:
        assert CellNode(trace, 4).backward("s", 0).absent == CellNode(trace, 2).backward("h", 0).absent == "fixed"
        return
    step = CellNode(trace, 4)
    assert step.backward("s", 0).absent == ("cut" if cell.recurrent_states else "")
    assert all(line.origin == "output" for line in step.backward("s", 0).lines)
    assert step.backward("z", 0).absent == ("cut" if cell.fed else "")


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.gates], ids=lambda cell: cell.name)
@pytest.mark.parametrize("reset", ["before", "after"])
def test_frozen_gates_are_constants_with_no_gradient(cell, reset):
    for gate in cell.gates:
        experiment = natural("echo", cell=cell.name).with_changes(steps=4, hidden=2, reset=reset).freeze(gate, 1.0)
        trace = record(experiment)
        for t in (1, 2, 4):
            step = CellNode(trace, t)
            check_step(step)
            assert step.frozen(gate) == 1.0
            assert step.forward(gate, 0).absent == step.backward(gate, 0).absent == "frozen"
            assert step.backward(gate, 0).total == 0.0
            assert step.backward(f"h_{gate}", 0).absent == "unread"
        assert "frozen" in node_text(CellNode(trace, 2), gate, 0)


def test_the_last_step_has_no_next_one_and_says_so():
    trace = record(Experiment(steps=5))
    assert [line.origin for line in CellNode(trace, 5).backward("s", 0).lines] == ["output"]
    assert CellNode(trace, 5).backward("s", 0).absent == "end"
    assert [line.origin for line in CellNode(trace, 4).backward("s", 0).lines] == ["output", "next step"]
    assert "absent" in node_text(CellNode(trace, 5), "s", 0)


def test_a_step_without_a_loss_sends_no_gradient_to_its_output():
    trace = record(Experiment(steps=3))
    assert CellNode(trace, 2).backward("z", 0).absent == "unsupervised"
    assert CellNode(trace, 2).backward("z", 0).total == 0.0
    assert CellNode(trace, 3).backward("z", 0).lines[0].label == "(a₃ − y₃)/B"
    assert CellNode(trace, 3).backward("a", 0) is None


def test_up_to_four_products_are_written_out_and_more_are_summed():
    few, many = (CellNode(record(Experiment(hidden=n)), 5).forward("h", 0) for n in (4, 5))
    assert few.lines[1].template.count("×") == 4
    assert many.lines[1].template == ""
    assert [line.label for line in few.lines] == ["x₅·U", "s₄·W", "b"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line("", -6.0, "{} × {}", (-2.0, 3.0)), "-2 × 3"),
        (Line("", 0.0, "{} × (1 − {}²)", (2.0, -1.0)), "2 × (1 − (-1)²)"),
        (Line("", 0.0, "tanh({})", (-1.0,)), "tanh(-1)"),
        (Line("", 0.0, "{} × {} + {} × {}", (1.0, -2.0, -3.0, 4.0)), "1 × (-2) + (-3) × 4"),
    ],
)
def test_negative_numbers_stand_in_brackets_where_a_sign_precedes(line, text):
    assert line.put_in(exact) == text


def test_plain_equations_with_a_step_put_in_are_those_written_for_that_step():
    for cell in CELLS:
        trace = record(natural(task_of(cell), cell=cell.name, steps=4))
        step = CellNode(trace, 3)
        for name in (each.name for each in trace.scan.cell.records):
            text = forward(trace.scan.cell, name, Style(False, 3))
            assert step.forward_text(name) in (text, text.partition(" = ")[2])
    assert filled("h[t-1] + [h[t+0] > 0] + c[t+1]", 5) == "h₄ + [h₅ > 0] + c₆"
    assert split_sum("a + (b + c) + d_{t + 1}") == ["a", "(b + c)", "d_{t + 1}"]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("reset", ["before", "after"])
def test_edges_carry_their_addends(cell, reset):
    trace = record(natural(task_of(cell), cell=cell.name, steps=4, hidden=3, reset=reset))
    size = link_norms(Evaluation(trace, True), trace.scan)
    for t in range(1, 5):
        step = CellNode(trace, t)
        for link in links(trace.scan.cell):
            found = step.edge(link.source, link.target, link.recurrent, 2)
            fixed = {operation.out for operation in trace.scan.cell.graph if operation.kind in FIXED}
            assert [(each.out, each.source) for each in found] == [each for each in link.edges if each[1] not in fixed]
            by_input: dict[str, np.ndarray] = {}
            for each in found:
                by_input[each.source] = by_input.get(each.source, 0.0) + each.vector
                assert close(each.line.value, float(each.vector[min(2, len(each.vector) - 1)]))
                if each.line.template:
                    assert close(calculated(each.line.put_in(exact)), each.line.value)
            both = np.concatenate(list(by_input.values()))
            assert close(float(norms(both[None, None])[0]), float(size[link][t - 1]))
        (head,) = step.edge("s", "z", False, 0)
        assert head.label == f"∂L/∂z{Style(False, t).index(0)}·Vᵀ"
        assert step.edge("z", "x", False, 0) == ()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("reset", ["before", "after"])
def test_a_parameters_gradient_is_the_sum_of_its_addends(cell, batch, reset):
    trace = record(natural(task_of(cell), cell=cell.name, steps=6, hidden=3, batch=batch, reset=reset))
    named = trace.named_parameters(trace.used_parameters)
    for name in parameter_names(trace):
        addends = Addends(trace, name)
        total = sum(addends.matrix(t) for t in range(1, 7))
        np.testing.assert_allclose(total.reshape(named[name].shape), named[name], rtol=1e-12, atol=1e-15)
        assert close(addends.running(1), addends.total)
        assert addends.running(7) == 0.0
        for t in (6, 3, 2, 5, 1):
            part = sum(addends.matrix(k) for k in range(t, 7))
            assert close(addends.running(t), float(norms(part[None])[0]))
        if not name.startswith("out."):
            own = name.partition(".")[2]
            np.testing.assert_allclose(addends.norms, addend_norms(trace, own, exact=False), rtol=1e-12)
            single = addend(trace, own, 4, exact=False).matrix
            np.testing.assert_allclose(addends.matrix(4).ravel(), single.ravel(), rtol=1e-12)
    assert set(parameter_names(trace)) == set(named), "every parameter has its sum over time"
    lefts = {"L1.F": "a_prev", "L1.U": "x", "out.V": "s"}  # of what carries nothing
    recurrent = recurrent_parameter(trace)
    assert Addends(trace, recurrent).factor.left == ("s_prev" if cell.recurrent_states else lefts[recurrent])
    if cell.fed and cell.reads_input:
        assert recurrent == "L1.F"


def test_clipping_is_told_with_its_factor():
    trace = record(Experiment(clip_norm=1e-3))
    addends = Addends(trace, "L1.W")
    assert addends.clips
    assert close(addends.clipped, trace.clip_factor * addends.total)
    assert "clipped to" in addends_text(addends, 1)
    assert "not reached yet" in addends_text(addends, 3)
    assert not Addends(trace, "L1.W", used=False).clips


def test_truncated_addends_add_up_to_what_was_clipped():
    trace = record(natural("echo").with_changes(steps=8, truncate=2))
    for name in parameter_names(trace):
        addends = Addends(trace, name)
        assert close(addends.running(1), addends.total)
        assert close(addends.total, addends.clipped)


def test_an_addend_says_its_equation():
    trace = record(Experiment(cell="lstm", steps=5))
    assert Addends(trace, "L1.W_f").equation(5, Style(False)) == "dWᶠ₅ = s₄ᵀ·∂L/∂hᶠ₅"
    assert Addends(trace, "L1.b_f").equation(5, Style(False)) == "dbᶠ₅ = ∂L/∂hᶠ₅"
    assert Addends(trace, "out.V").equation(5, Style(False)) == "dV₅ = s₅ᵀ·∂L/∂z₅"


def test_the_text_to_copy_holds_every_digit_and_hides_what_is_not_there_yet():
    trace = record(Experiment(steps=5))
    step = CellNode(trace, 3)
    text = node_text(step, "h", 1)
    for array in (trace.values["L1", "h"], trace.values["L1", "s"], trace.used["L1", "h"], trace.used["L1", "s"]):
        assert all(exact(value) in text for value in array[2, 0])
    assert "h₃ = x₃·U + s₂·W + b" in text
    assert "–" not in "".join(table_lines(step.columns("h")))
    waiting = node_text(step, "h", 1, forward=True, backward=False)
    assert exact(trace.used["L1", "h"][2, 0, 0]) not in waiting
    assert "not reached yet" in waiting
    assert "not computed yet" in node_text(step, "h", 1, forward=False, backward=False)
    edge = edge_text(step, "s₂ → h₃", step.edge("s", "h", True, 0), 0)
    assert edge.startswith("s₂ → h₃  edge at t = 3")
    assert "∂L/∂h₃·Wᵀ" in edge


def test_columns_line_up():
    lines = table_lines(CellNode(record(Experiment(steps=5)), 3).columns("s"))
    assert len({len(line) for line in lines}) == 1
    assert lines[-1].strip().startswith("norm")


def test_tiny_numbers_keep_their_size():
    trace = record(Experiment(steps=200, w_init="identity", w_gain=1e-6, hidden=2))
    underflowed = trace.underflow["dL1"]
    assert underflowed.any()
    t = int(np.flatnonzero(underflowed)[-1]) + 2  # the last step whose gradient was still kept
    total = CellNode(trace, t).backward("h", 0)
    assert 0 < abs(total.total) < 1e-200
    assert abs(sum(line.value for line in total.lines) - total.total) <= 1e-12 * abs(total.total)


def test_numbers_that_are_not_finite_are_passed_on():
    trace = record(natural("echo").with_changes(cell="identity", steps=400, w_init="identity", w_gain=100.0))
    assert trace.broken is not None
    total = CellNode(trace, trace.steps).forward("s", 0)
    assert not math.isfinite(total.total)
    assert value_limit(trace) < math.inf


def test_one_scale_for_all_values():
    assert value_limit(record(Experiment())) in (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
    large = record(natural("echo").with_changes(cell="identity", w_init="identity", w_gain=2.0, steps=12))
    limit = value_limit(large)
    assert limit >= np.abs(large.values["L1", "s"][:, 0]).max() * (1 - 1e-9)


def test_inputs_have_a_scale_that_depends_on_the_data_alone():
    base = Experiment(input_scale=3.0, batch=3)
    runs = [record(base.with_changes(cell=cell, w_gain=gain)) for cell in ("tanh", "relu") for gain in (0.5, 2.0)]
    limits = {input_limit(run) for run in runs}
    assert len(limits) == 1
    largest = np.abs(record(base).data.x).max()
    assert largest * (1 - 1e-9) <= limits.pop() <= 1.5 * largest
    trace = record(base)
    assert [limit_of(trace, row, k) for row in (INPUT_ROW, FED_ROW) for k in range(3)] == [input_limit(trace)] * 6
    assert limit_of(trace, "s", 1) == value_limit(trace, 1)
    assert input_limit(record(Experiment(input_scale=1e-3))) == 1.0, "small inputs look small"
    taught = record(natural("sine", structure="encoder-decoder", teacher_forcing=True, steps=6))
    assert input_limit(taught) >= min(np.abs(taught.data.y).max(), 1.0)
