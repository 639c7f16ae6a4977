"""What the inspector shows in each notation: a label, worked out with the book's arrays, is the number beside it."""

from __future__ import annotations

import numpy as np
import pytest

from core.arithmetic.cell_node import CellNode
from core.arithmetic.parameter_sums import Addends, parameter_names
from core.arithmetic.plan import Plan
from core.arithmetic.shapes import shapes, shapes_text
from core.arithmetic.text import addends_text, node_text
from core.cells import CELLS
from core.chain.edges import links
from core.chain.rows import rows
from core.experiment import natural
from core.narration import mathematics
from core.notation.books import NOTATIONS
from core.notation.equations import Style
from core.notation.layout import factor, matrix, vector_shape
from core.options import names_of
from core.recorder import record
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, Time
from tests.core.by_calculator import calculated, check, check_step, close
from tests.core.cases import CELL, task_of
from tests.core.notation_reader import Reader

ROW, NET, GOODFELLOW, NG, PYTORCH, HU, *_ = NOTATIONS
NOTATION = pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.name)
T, SAMPLE = 3, 1
_traces: dict = {}


def trace_of(cell, **changes):
    key = (cell.name, *sorted(changes.items()))
    if key not in _traces:
        fields = {"steps": 5, "hidden": 3, "batch": 2, "bias": 0.1, "loss_at": "every", **changes}
        _traces[key] = record(natural(task_of(cell), cell=cell.name, **fields))
    return _traces[key]


def label_of(text, step, unit):
    """One unit of what a label says, by the book's own arrays."""
    notation = step.plan.notation
    reader = Reader(step.trace, step.t, notation, step.style, shares=(1.0, 0.0))
    found = np.atleast_2d(reader(text))
    found = found.T if notation.transpose else found
    return float(found[0 if len(found) == 1 else step.sample, unit])


@NOTATION
@CELL
@pytest.mark.parametrize("reset", ["before", "after"])
def test_every_label_is_the_number_beside_it(notation, cell, reset):
    if reset == "after" and "reset" not in names_of(cell.options):
        return
    trace = trace_of(cell, reset=reset)
    step = CellNode(trace, T, SAMPLE, plan=Plan(trace, "", notation))
    made, counted = trace.scan.cell, 0
    clocks = {operation.out for operation in made.graph if operation.kind == "clock"}
    for name in (each.name for each in made.records if each.name not in clocks):
        total = step.forward(name, 1)
        expected = notation.in_notation(made, name, trace.values[trace.scan.name, name][T - 1, SAMPLE, 1])
        assert total.total == expected
        back = step.backward(name, 1)
        assert back.total == notation.gradient_in_notation(
            made, name, trace.used[trace.scan.name, name][T - 1, SAMPLE, 1]
        )
        for line in (*total.lines, *(back.lines if made.learned else ())):
            assert close(label_of(line.label, step, 1), line.value), (line.label, line.value)
            counted += 1
    assert counted >= (4 if made.recurrent_states else 2)
    assert check_step(step) >= 7, "and what is put in multiplies out"


@NOTATION
@pytest.mark.parametrize("name", ["tanh", "lstm", "peephole", "gru", "jordan"])
def test_edges_say_what_goes_back_in_the_book_s_symbols(notation, name):
    cell = next(each for each in CELLS if each.name == name)
    trace = trace_of(cell)
    step, made, found = CellNode(trace, T, SAMPLE, plan=Plan(trace, "", notation)), trace.scan.cell, 0
    for link in links(made):
        for each in step.edge(link.source, link.target, link.recurrent, 1):
            at = CellNode(trace, T - 1, SAMPLE, plan=step.plan) if link.recurrent and link.source != "z" else step
            if each.line.template:
                assert close(calculated(each.line.put_in(repr)), each.line.value)
            if link.source != "z":
                assert close(label_of(each.label, at, min(1, len(each.vector) - 1)), each.line.value), each.label
            found += 1
        if not link.recurrent and link.source in made.recurrent_states and link.target in made.recurrent_states:
            (addend, *_) = step.edge(link.source, link.target, False, 0)
            assert (addend.sender, addend.receiver) == (step.symbol(addend.out), step.symbol(link.source))
    assert found


def test_a_gate_that_is_turned_round_shows_the_books_own_numbers():
    trace = trace_of(next(cell for cell in CELLS if cell.name == "gru"))
    ours, theirs = (CellNode(trace, T, SAMPLE, plan=Plan(trace, "", notation)) for notation in (ROW, PYTORCH))
    assert np.array_equal(theirs.value("u"), 1.0 - ours.value("u"))
    assert np.array_equal(theirs.gradient("u"), -ours.gradient("u"))
    assert np.array_equal(theirs.value("h_u"), -ours.value("h_u"))
    assert np.array_equal(theirs.value("r"), ours.value("r"))
    text = node_text(theirs, "s", 0)
    assert "h₃ = z₃ ⊙ h₂ + (1 − z₃) ⊙ n₃" in text and f"{1.0 - ours.value('u')[0]:.17g}" in text
    (gates,) = (row for row in rows(trace, PYTORCH) if row.name == "gates")
    assert gates.lines == ("r", "z", "n") and gates.complemented == (False, True, False)
    drawn, plain = (row_numbers(trace, notation) for notation in (PYTORCH, ROW))
    assert np.array_equal(drawn[0][:, 1], 1.0 - plain[0][:, 1]) and np.array_equal(drawn[0][:, 0], plain[0][:, 0])
    assert np.array_equal(drawn[1][:, 1], -plain[1][:, 1]) and np.array_equal(drawn[1][:, 2], plain[1][:, 2])


def row_numbers(trace, notation):
    """Values and gradients of the row of gates, as the chain draws them."""
    row = next(row for row in rows(trace, notation) if row.name == "gates")
    return row.numbers(trace.values, 0, trace.steps), row.numbers(trace.exact, 0, trace.steps, gradients=True)


# --- layers ---
@NOTATION
@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_layers_are_told_apart_and_what_goes_down_is_said(notation, cell):
    trace = record(natural("echo", cell=cell, layers=2, steps=4, hidden=2, batch=1))
    lower, upper = (CellNode(trace, 2, plan=Plan(trace, part, notation)) for part in ("L1", "L2"))
    for step in (lower, upper):
        assert check_step(step) >= 10
    state = Style(False, 2, notation, "1").symbol(trace.scans[0].cell, "s")
    made = upper.forward("x", 0)
    assert made.lines and state in made.lines[0].label and made.total == trace.values["L1", "s"][1, 0, 0]
    text = lower.backward_text("s")
    sent = [line for line in lower.backward("s", 0).lines if line.origin == "output"]
    assert len(sent) == 1 and sent[0].value == pytest.approx(trace.exact["L2", "x"][1, 0, 0], abs=1e-15)
    second = Style(False, None, notation, "2").gradient_letter(trace.scans[1].cell, "h" if cell == "tanh" else "x")
    assert second in text and "from above" not in text and "by way of" not in text
    symbols = {row.text for row in rows(trace, notation)}
    assert len(symbols) == len(rows(trace, notation))


def test_the_sum_from_the_layer_above_is_its_product_where_that_is_one():
    trace = record(natural("echo", cell="tanh", layers=2, steps=4, hidden=2, batch=1))
    assert Plan(trace, "L1").backward("s").endswith(" + ∂L/∂h⁽²⁾[t+0]·U⁽²⁾ᵀ")
    assert Plan(trace, "L1", NG).backward("s").endswith(" + W_ax⁽²⁾ᵀ·dz⁽²⁾[t+0]")
    assert Plan(trace, "L1", HU).backward("s") == "ds1[t+0] = dh1[t+1]·W1ᵀ + dh2[t+0]·Qᵀ"
    gated = record(natural("echo", cell="lstm", layers=2, steps=4, hidden=2, batch=1))
    assert Plan(gated, "L1").backward("s").endswith(" + ∂L/∂x⁽²⁾[t+0]")


def test_teacher_forcing_reads_the_target():
    trace = record(natural("sine", cell="tanh", output_feedback=True, teacher_forcing=True, steps=4, hidden=2))
    for notation, target in ((ROW, "y₂"), (NET, "d₂"), (NG, "y⟨2⟩")):
        step = CellNode(trace, 3, plan=Plan(trace, "", notation))
        assert target in step.forward_text("h")
        check(step.forward("h", 0))
    free = record(natural("sine", cell="tanh", output_feedback=True, steps=4, hidden=2))
    assert "a₂·F" in CellNode(free, 3, plan=Plan(free)).forward_text("h")


# --- sums, narration, text ---
@NOTATION
@CELL
def test_a_parameter_s_addend_has_the_shape_and_the_numbers_of_its_equation(notation, cell):
    trace = trace_of(cell)
    for name in parameter_names(trace):
        part, _, own = name.partition(".")
        own = "b_z" if name == "out.b" else own
        addends = Addends(trace, name)
        left, _, right = addends.equation(T, Style(False, None, notation)).partition(" = ")
        assert left == addends.symbol(T, Style(False, None, notation)) and left.startswith("d")
        array = addends.matrix(T).reshape(trace.named_parameters(trace.parameters)[name].shape)
        if part == "out" or own == addends.factor.right or not trace.scan.cell.learned:
            continue
        shown = matrix(notation, trace.scan.cell, own, array)
        found = np.asarray(Reader(trace, T, notation, Style(False, T, notation))(right))
        if "·" not in right:
            found = found.sum(axis=-1 if notation.transpose else 0, keepdims=notation.transpose)
        mask = trace.scan.cell.mask(own, 3)
        found = found if mask is None else found * matrix(notation, trace.scan.cell, own, mask).array
        assert found.shape == shown.array.shape
        np.testing.assert_allclose(found, shown.array, atol=1e-14)


@NOTATION
def test_the_header_and_what_is_copied_speak_the_same_language(notation):
    trace = trace_of(CELLS[0])
    style = Style(False, T, notation)
    state, before = style.symbol(trace.scan.cell, "s"), style.gradient_of(trace.scan.cell, "h")
    assert state in mathematics(trace, Time(FORWARD, T), notation)
    assert mathematics(trace, Time(BACKWARD, T), notation).startswith(f"{before} = ")
    assert mathematics(trace, Time(ACCUMULATE, 1), notation).startswith(style.gradient(style.parameter("W")))
    assert Style(False, None, notation).symbol(None, "ℓ") in mathematics(trace, Time(LOSS, 5), notation)
    text = addends_text(Addends(trace, "L1.W"), 1, notation)
    assert text.startswith(f"d{style.parameter('W')} is a sum over time")


# --- the layout of a parameter ---
@NOTATION
@CELL
def test_a_parameter_is_laid_out_as_the_book_has_it_and_found_again(notation, cell):
    trace = trace_of(cell)
    made, x = trace.scan.cell, np.random.default_rng(1)
    for full, array in trace.parameters.items():
        part, _, own = full.partition(".")
        own = "b_z" if full == "out.b" else own
        if part not in (trace.scan.name, "out"):
            continue
        shown = matrix(notation, made, own, array)
        assert shown.array.size == array.size
        assert shown.shape.endswith(" × ".join(map(str, shown.array.shape)))
        for index in np.ndindex(array.shape):
            place = shown.place(*index)
            assert shown.index(*place) == index
            assert shown.value(place, float(shown.array[place])) == array[index]
        if array.ndim == 2:
            vector = x.normal(size=array.shape[0])
            straight = factor(notation, made, own, array)
            found = vector @ straight.array if straight.vector_first else straight.array @ vector
            expected = vector @ notation.parameter_value(made, own, array).T if notation.weights_transposed else None
            expected = vector @ notation.parameter_value(made, own, array) if expected is None else expected
            np.testing.assert_allclose(found, expected)
            back = factor(notation, made, own, array, backward=True)
            assert back.array.shape == straight.array.shape[::-1] and ("ᵀ" in back.text) != ("ᵀ" in straight.text)
            assert np.array_equal(back.array, straight.array.T)


def test_shapes_are_said_as_the_book_has_them():
    trace = trace_of(next(cell for cell in CELLS if cell.name == "lstm"))
    cell, u = trace.scan.cell, trace.parameters["L1.U"]
    inputs = u.shape[0]
    assert matrix(ROW, cell, "U", u).shape == f"U: {inputs} × 12"
    assert matrix(PYTORCH, cell, "U", u).shape == f"weight_ih: 12 × {inputs}"
    assert matrix(NG, cell, "U_i", u[:, :3]).shape == f"W_ux: 3 × {inputs}"
    assert vector_shape(NG, 3) == "3 × 1" and vector_shape(ROW, 3) == "1 × 3"


@NOTATION
@CELL
def test_the_shapes_fit_together_in_the_order_of_the_book(notation, cell):
    trace = trace_of(cell)
    plan = Plan(trace, "", notation)
    for name in (*(each.name for each in trace.scan.cell.records), "x", "z", "a"):
        found = {symbol: tuple(map(int, shape.split(" × "))) for symbol, shape in shapes(plan, name)}
        size = len(CellNode(trace, T, plan=plan).value(name))
        own = next(iter(found.values()))
        assert own == ((size, 1) if notation.transpose else (1, size))
        operation = plan.operations.get(name)
        if operation is None or operation.kind != "linear":
            continue
        for place, parameter in enumerate(operation.parameters):
            matrix_shape = found[plan.at(0).parameter(parameter)]
            vector = found[Style(False, 0, notation).letter(plan.cell, operation.inputs[place])]
            if parameter in operation.elementwise:
                assert matrix_shape == vector == own
            else:
                turned = notation.weights_transposed and not notation.transpose
                inner, outer = matrix_shape[::-1] if turned or notation.transpose else matrix_shape
                assert (inner, outer) == (max(vector), size)
    assert shapes_text(plan, "z").count("×") == 5, "and that of the output"


def test_the_shapes_of_the_books():
    trace = record(natural("last-step", hidden=5))
    said = {notation.name: shapes_text(Plan(trace, "", notation), "h") for notation in NOTATIONS}
    assert said["row"] == "h 1 × 5,  x 1 × 2,  U 2 × 5,  s 1 × 5,  W 5 × 5,  b 1 × 5"
    assert said["ng"] == "z 5 × 1,  W_aa 5 × 5,  a 5 × 1,  W_ax 5 × 2,  x 2 × 1,  b_a 5 × 1"
    assert said["pytorch"].startswith("a 1 × 5,  x 1 × 2,  weight_ih 5 × 2,  b_ih 1 × 5,  h 1 × 5,  weight_hh 5 × 5")
    assert said["ng"] in node_text(CellNode(trace, 3, plan=Plan(trace, "", NG)), "h", 0)
