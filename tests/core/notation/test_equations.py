"""The equations are read back and computed: what they say is what was recorded. And they can be typeset."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS
from core.maths.operations import FIXED
from core.notation.books import NOTATIONS
from core.notation.equations import TEX, Style, added_up, backward, backward_addends, forward, parameter_gradient
from core.recorder import record
from tests.core.cases import CASE, CELL, VARIANTS, experiment_of
from tests.core.notation_reader import Reader, right_side
from tests.core.typesetting import balanced, shapes, typeset

TEXT = Style(tex=False)
ROW = NOTATIONS[0]


@CELL
@CASE
def test_the_forward_equations_make_what_was_recorded(cell, case):
    trace = record(experiment_of(cell, case))
    made = trace.scan.cell
    for each in made.records:
        equation = forward(made, each.name, TEXT)
        assert equation.startswith(TEXT.symbol(made, each.name) + " ")
        for t in range(1, trace.steps + 1):
            expected = trace.values["L1", each.name][t - 1]
            if equation.endswith(" ∈ {0, 1}"):
                assert set(np.unique(expected)) <= {0.0, 1.0}
                continue
            found = Reader(trace, t, ROW)(right_side(equation), without=each.name)
            assert np.abs(found - expected).max() < 1e-13, (equation, t)


@CELL
@CASE
def test_the_backward_equations_make_what_was_recorded(cell, case):
    trace = record(experiment_of(cell, case))
    made = trace.scan.cell
    for each in made.records:
        equation = backward(made, each.name, TEXT)
        assert equation.startswith("∂L/∂" + TEXT.symbol(made, each.name) + " = ")
        for t in range(1, trace.steps):  # at T there is no next step
            expected = trace.exact["L1", each.name][t - 1]
            found = Reader(trace, t, ROW)(right_side(equation))
            assert np.abs(found - expected).max() < 1e-12 * max(1.0, np.abs(expected).max()), (equation, t)


@CELL
@CASE
def test_the_addends_name_where_they_come_from(cell, case):
    """Without what comes from the next step, the equations are those of the last step."""
    trace = record(experiment_of(cell, case))
    made = trace.scan.cell
    for each in made.records:
        addends = backward_addends(made, each.name, TEXT)
        assert backward(made, each.name, TEXT).endswith(f" = {added_up([text for _, text in addends])}")
        here = [text for origin, text in addends if origin != "next step"]
        later = [text for origin, text in addends if origin == "next step"]
        assert all("ₜ₊₁" not in text for text in here) and all("ₜ₊₁" in text for text in later)
        assert bool(later) <= (each.name in made.recurrent_states)
        found = sum(Reader(trace, trace.steps, ROW)(text) for text in here)
        assert np.abs(found - trace.exact["L1", each.name][-1]).max() < 1e-12


@CELL
@CASE
def test_there_is_one_addend_for_every_edge_of_the_graph(cell, case):
    made = record(experiment_of(cell, case)).scan.cell
    fixed = {operation.out for operation in made.graph if operation.kind in FIXED}
    for each in made.records:
        edges = [
            (operation.out, name)
            for operation in made.graph
            for name in operation.inputs
            if name in (each.name, f"{each.name}_prev")
        ]
        expected = 0 if each.name in fixed else len(edges) + (each.name == "s")
        assert len(backward_addends(made, each.name)) == expected
        assert len(backward_addends(made, each.name, top=False)) == expected - (expected and each.name == "s")


@CELL
@CASE
def test_the_parameters_equations_make_their_gradients(cell, case):
    trace = record(experiment_of(cell, case))
    made = trace.scan.cell
    for full, expected in trace.named_parameters(trace.exact_parameters).items():
        part, _, name = full.partition(".")
        if part != "L1":
            continue
        equation = parameter_gradient(made, name, TEXT)
        mask = made.mask(name, trace.scan.hidden)
        total = "Σ " if mask is None else "M ⊙ Σ "
        assert equation.startswith(f"∂L/∂{TEXT.parameter(name)} = {total}")
        addend = right_side(equation).removeprefix(total)
        found = np.zeros(expected.shape)
        for t in range(1, trace.steps + 1):
            value = Reader(trace, t, ROW)(addend)
            found += value if "ᵀ" in addend else value.sum(axis=0)
        found *= 1.0 if mask is None else mask
        assert np.abs(found - expected).max() < 1e-12, equation
    with pytest.raises(KeyError):
        parameter_gradient(made, "no_such")


def test_a_wrong_equation_is_noticed():
    """The reader does not agree with everything: signs, factors, indices and transposes matter."""
    trace = record(experiment_of(CELLS[0]))
    expected = trace.exact["L1", "s"][2]
    good = right_side(backward(trace.scan.cell, "s", TEXT))
    assert np.allclose(Reader(trace, 3, ROW)(good), expected)
    for wrong in (good.replace("Wᵀ", "W"), good.replace(" + ", " − "), good.replace("∂hₜ₊₁", "∂hₜ")):
        assert wrong != good
        assert not np.allclose(Reader(trace, 3, ROW)(wrong), expected)


def all_cells():
    cases = (*VARIANTS, "frozen")
    return {(cell.name, case): record(experiment_of(cell, case)).scan.cell for cell in CELLS for case in cases}


def every_tex() -> list[str]:
    found: dict[str, None] = {}
    for made in all_cells().values():
        for each in made.records:
            found[forward(made, each.name)] = None
            found[backward(made, each.name)] = None
            found[TEX.symbol(made, each.name)] = None
        for factor in made.factors:
            found[parameter_gradient(made, factor.parameter)] = None
            for block in made.blocks if factor.parameter in ("U", "W", "b") and made.blocks != ("",) else ():
                found[parameter_gradient(made, f"{factor.parameter}_{block}")] = None
    return list(found)


@pytest.mark.parametrize("t", [None, 1, 20, 1000])
def test_braces_are_balanced_and_text_has_no_latex_left(t):
    for made in all_cells().values():
        for each in made.records:
            for write in (forward, backward):
                tex, text = write(made, each.name, Style(True, t)), write(made, each.name, Style(False, t))
                assert balanced(tex)
                assert tex.count("(") == tex.count(")") and text.count("(") == text.count(")")
                plain = text.removesuffix(" ∈ {0, 1}")  # of a clock, the only braces that are meant
                assert not set(plain) & set("\\{}$^@") and "@" not in tex
                assert ("ₜ" in text) == (t is None)


@pytest.mark.slow
def test_every_equation_can_be_typeset():
    texs = every_tex()
    assert len(texs) > 60
    for shape in set[str]().union(*map(shapes, texs)):
        assert typeset(shape), shape


def test_a_step_s_number_stands_in_every_index():
    made = record(experiment_of(CELLS[0])).scan.cell
    assert forward(made, "h", Style(False, 5)) == "h₅ = x₅·U + s₄·W + b"
    assert backward(made, "s", Style(False, 10)) == "∂L/∂s₁₀ = ∂L/∂z₁₀·Vᵀ + ∂L/∂h₁₁·Wᵀ"
    assert forward(made, "h", Style(True, 1)) == r"h_{1} = x_{1} \cdot U + s_{0} \cdot W + b"
    with pytest.raises(KeyError):
        forward(made, "no such record")
