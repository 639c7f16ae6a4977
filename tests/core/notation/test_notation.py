"""Every equation of every cell in every notation, read back as text and computed in that book's layout and meaning."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from core.analysis.contributions import jacobian
from core.cells import CELLS, cell_named
from core.chain.rows import style_of
from core.errors import InputError
from core.experiment import natural
from core.maths.arrays import scaled_norm
from core.maths.clipping import clip
from core.maths.losses import LOSSES
from core.notation.books import NOTATIONS, notation_named
from core.notation.equations import Style, backward, forward, parameter_gradient
from core.notation.forms import (
    _slope,
    carrying,
    clipping,
    delta_product,
    jacobian_product,
    loss_term,
    output,
    output_gradient,
    output_parameter_gradients,
    stacked,
    written_out,
)
from core.notation.quantities import quantities
from core.notation.sheet import parameter_names, reads_outputs, sheet
from core.recorder import record
from tests.core.cases import CELL, VARIANTS, experiment_of
from tests.core.notation_reader import Reader, right_side, value_gradient
from tests.core.typesetting import balanced

NOTATION = pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.name)
# What changes an equation; one sample, one unit or one step change none.
WRITTEN = pytest.mark.parametrize("case", ["plain", "other options", "reset after, other options", "frozen"])
ROW, NET, GOODFELLOW, NG, PYTORCH, HU, *_ = NOTATIONS
_traces: dict = {}


def trace_of(cell, case="plain", **changes):
    """A recorded run."""
    key = (cell.name, case, *changes.items())
    if key not in _traces:
        _traces[key] = record(experiment_of(cell, case).with_changes(**changes))
    return _traces[key]


@cache
def reader_of(cell, case, notation, t):
    return Reader(trace_of(cell, case), t, notation)


def some_steps(last):
    """The first step, one in the middle and the last."""
    return sorted({1, (last + 1) // 2, last}) if last else []


def close(found, expected, tolerance=1e-12):
    expected = np.asarray(expected)
    return found.shape == expected.shape and np.abs(found - expected).max() <= tolerance * max(1.0, abs(expected).max())


# --- the equations make what was recorded ---
@NOTATION
@CELL
@WRITTEN
def test_forward(notation, cell, case):
    trace = trace_of(cell, case)
    made, style = trace.scan.cell, Style(False, None, notation)
    clocks = {operation.out for operation in made.graph if operation.kind == "clock"}
    for each in made.records:
        equation = forward(made, each.name, style)
        assert equation.startswith(style.symbol(made, each.name) + " ")
        for t in some_steps(trace.steps):
            expected = notation.value(made, each.name, trace.values[trace.scan.name, each.name][t - 1])
            if each.name in clocks:
                assert equation.endswith(" ∈ {0, 1}") and set(np.unique(expected)) <= {0.0, 1.0}
                continue
            found = reader_of(cell, case, notation, t)(right_side(equation), without=each.name)
            assert close(np.broadcast_to(found, expected.shape), expected), (equation, t)


@NOTATION
@CELL
@WRITTEN
def test_backward(notation, cell, case):
    trace = trace_of(cell, case)
    made, style = trace.scan.cell, Style(False, None, notation)
    for name in (*(each.name for each in made.records), *(["x"] if made.reads_input else [])):
        equation = backward(made, name, style)
        assert equation.startswith(style.gradient_of(made, name) + " = ")
        for t in some_steps(trace.steps - 1):  # at T there is no next step
            expected = value_gradient(notation, made, name, trace.exact[trace.scan.name, name][t - 1])
            found = reader_of(cell, case, notation, t)(right_side(equation))
            assert close(np.broadcast_to(found, expected.shape), expected), (equation, t)


@NOTATION
@CELL
@WRITTEN
def test_gradients_of_the_parameters(notation, cell, case):
    trace = trace_of(cell, case)
    made, style = trace.scan.cell, Style(False, None, notation)
    gradients = trace.named_parameters(trace.exact_parameters)
    for name in parameter_names(made):
        equation = parameter_gradient(made, name, style)
        expected = notation.parameter_value(made, name, gradients[f"{trace.scan.name}.{name}"])
        for symbol in notation.parameter_symbols(made, name, False):
            assert f"{style.gradient(symbol)} = " in equation
        if not made.learned:
            continue
        assert close(summed(cell, case, notation, equation, expected.shape), expected), equation
    for name, equation in zip(("out.V", "out.b"), output_parameter_gradients(style), strict=True):
        expected = notation.parameter_value(made, "V", gradients[name])
        if made.learned:
            assert close(summed(cell, case, notation, equation, expected.shape), expected), equation


def summed(cell, case, notation, equation, shape):
    """Σ over the steps; and over the samples, which a matrix product has done already."""
    head, _, addend = equation.rpartition("Σ ")
    total = np.zeros(shape)
    for t in range(1, trace_of(cell, case).steps + 1):
        value = reader_of(cell, case, notation, t)(addend)
        if "·" not in addend:
            value = value.sum(axis=-1, keepdims=True) if notation.transpose else value.sum(axis=0)
        total += value
    made = trace_of(cell, case).scan.cell
    if head.endswith(" = "):
        return total
    mask = made.mask("W", trace_of(cell, case).scan.hidden)
    assert "∂W = M" in head.replace("weight_hh", "W").replace("dW_aa", "∂W").replace("dW", "∂W") and mask is not None
    return total * notation.parameter_value(made, "W", mask)


@NOTATION
@pytest.mark.parametrize("name", ["tanh", "lstm", "gru"])
def test_a_wrong_equation_is_noticed(notation, name):
    trace = trace_of(cell_named(name))
    equation = right_side(backward(trace.scan.cell, "s", Style(False, None, notation)))
    expected = value_gradient(notation, trace.scan.cell, "s", trace.exact["L1", "s"][2])
    reader = Reader(trace, 3, notation)
    assert close(reader(equation), expected)
    w = notation.parameter_symbols(trace.scan.cell, parameter_names(trace.scan.cell)[1], False)[0]
    other = {f"{w}ᵀ": w} if f"{w}ᵀ" in equation else {w: f"{w}ᵀ"}
    for old, new in {**other, " + ": " − "}.items():
        wrong = equation.replace(old, new, 1)
        assert wrong != equation and not np.allclose(reader(wrong), expected)


# --- symbols ---
def every_cell():
    for cell in CELLS:
        for case in (*VARIANTS, "frozen"):
            made = cell.from_experiment(experiment_of(cell, case))
            yield made
            yield made.with_feedback()


@NOTATION
def test_no_two_quantities_share_a_symbol(notation):
    for made in every_cell():
        for tex in (False, True):
            symbols: dict[str, tuple] = {}
            for each in quantities(notation, made):
                symbol = each.tex if tex else each.text
                assert symbols.setdefault(symbol, (each.name, each.share)) == (each.name, each.share), made.name
            bare = {symbol.replace(notation.index(0, None, tex), "") for symbol in symbols}
            assert len(bare) == len(symbols)  # no a and a_t of two different things either


@NOTATION
def test_every_quantity_has_its_symbols_shape_and_meaning(notation):
    for made in every_cell():
        found = quantities(notation, made)
        names = {each.name for each in found}
        assert names >= {each.name for each in made.records} | set(parameter_names(made)) | {"z", "a", "y", "V"}
        assert all(each.text and each.tex and each.meaning and re.fullmatch(r"\(.+\)", each.shape) for each in found)
        assert not any(set("@#%") & set(each.text + each.tex) for each in found)


@NOTATION
@pytest.mark.parametrize("name", ["tanh", "lstm", "gru"])
def test_shapes_are_those_of_the_book_s_arrays(notation, name):
    trace = trace_of(cell_named(name), hidden=5)
    letters = {"I": trace.data.x.shape[2], "H": 5, "O": trace.data.y.shape[2], "B": trace.data.x.shape[1], "1": 1}
    made, parameters = trace.scan.cell, trace.scan.views(dict(trace.parameters))
    parameters.update({"V": trace.parameters["out.V"], "b_z": trace.parameters["out.b"]})
    for each in quantities(notation, made):
        parts = [part for part in each.shape.strip("()").split(",") if part.strip()]
        shape = tuple(int(part[:-1] or 1) * letters[part[-1]] for part in map(str.strip, parts))
        if each.parameter:
            array = notation.parameter_value(made, each.name, parameters[each.name])
        else:
            part = "out" if each.name in "za" else "L1"
            array = trace.data.y if each.name == "y" else trace.values[part, each.name]
            array = notation.value(made, each.name, array)[0]
        assert array.shape == shape, each


def test_a_notation_by_name_or_number():
    assert [notation_named(str(k)) for k in range(1, len(NOTATIONS) + 1)] == list(NOTATIONS)
    assert notation_named("ng") is NG
    with pytest.raises(InputError, match=r"there is no “99”; choose one of 1 \(row\)"):
        notation_named("99")


# --- what the books print ---
def lines(name, notation, **options):
    made = cell_named(name).from_experiment(natural("echo", cell=name, **options))
    return {line for lines in sheet(made, Style(False, None, notation)).values() for line in lines}


def test_the_books_own_lines():
    assert lines("tanh", ROW) >= {"hₜ = xₜ·U + sₜ₋₁·W + b", "sₜ = tanh(hₜ)", "zₜ = sₜ·V + b_z"}
    assert lines("tanh", NET) >= {
        "netₜ = U·xₜ + W·sₜ₋₁ + b",
        "δₜ = ∂L/∂sₜ ∘ (1 − sₜ²)",
        "∂L/∂sₜ = Vᵀ·δʸₜ + Wᵀ·δₜ₊₁",
        "∂L/∂W = Σ δₜ·sₜ₋₁ᵀ",
        "δₖ = ∏(j = k … t−1) (diag(f′(netⱼ))·Wᵀ)·δₜ",
    }
    assert lines("tanh", GOODFELLOW) >= {  # (10.8), (10.10)
        "a⁽ᵗ⁾ = b + W·h⁽ᵗ⁻¹⁾ + U·x⁽ᵗ⁾",
        "h⁽ᵗ⁾ = tanh(a⁽ᵗ⁾)",
        "o⁽ᵗ⁾ = c + V·h⁽ᵗ⁾",
    }
    assert lines("tanh", NG) >= {
        "z⟨t⟩ = W_aa·a⟨t−1⟩ + W_ax·x⟨t⟩ + b_a",
        "z⟨t⟩ = [W_aa, W_ax]·[a⟨t−1⟩; x⟨t⟩] + b_a",
        "z_y⟨t⟩ = W_ya·a⟨t⟩ + b_y",
        "da⟨t⟩ = W_yaᵀ·dz_y⟨t⟩ + W_aaᵀ·dz⟨t+1⟩",
        "dW_aa = Σ dz⟨t⟩·a⟨t−1⟩ᵀ",
    }
    assert "aₜ = xₜ·weight_ihᵀ + b_ih + hₜ₋₁·weight_hhᵀ + b_hh" in lines("tanh", PYTORCH)
    assert "c⟨t⟩ = Γ_f⟨t⟩ * c⟨t−1⟩ + Γ_u⟨t⟩ * c̃⟨t⟩" in lines("lstm", NG)
    assert lines("lstm", GOODFELLOW) >= {
        "a_f⁽ᵗ⁾ = bᶠ + Uᶠ·x⁽ᵗ⁾ + Wᶠ·h⁽ᵗ⁻¹⁾",  # (10.40)
        "s⁽ᵗ⁾ = f⁽ᵗ⁾ ⊙ s⁽ᵗ⁻¹⁾ + g⁽ᵗ⁾ ⊙ s̃⁽ᵗ⁾",  # (10.41), whose σ is tanh here:
        "a⁽ᵗ⁾ = b + U·x⁽ᵗ⁾ + W·h⁽ᵗ⁻¹⁾",
        "s̃⁽ᵗ⁾ = tanh(a⁽ᵗ⁾)",
        "a_g⁽ᵗ⁾ = bᵍ + Uᵍ·x⁽ᵗ⁾ + Wᵍ·h⁽ᵗ⁻¹⁾",  # (10.42)
        "h⁽ᵗ⁾ = q⁽ᵗ⁾ ⊙ tanh(s⁽ᵗ⁾)",  # (10.43)
        "a_o⁽ᵗ⁾ = bᵒ + Uᵒ·x⁽ᵗ⁾ + Wᵒ·h⁽ᵗ⁻¹⁾",  # (10.44)
    }
    assert lines("gru", GOODFELLOW) >= {
        "a⁽ᵗ⁾ = b + U·x⁽ᵗ⁾ + W·(r⁽ᵗ⁾ ⊙ h⁽ᵗ⁻¹⁾)",  # (10.45), whose σ is tanh here:
        "h̃⁽ᵗ⁾ = tanh(a⁽ᵗ⁾)",
        "a_u⁽ᵗ⁾ = bᵘ + Uᵘ·x⁽ᵗ⁾ + Wᵘ·h⁽ᵗ⁻¹⁾",  # (10.46)
        "a_r⁽ᵗ⁾ = bʳ + Uʳ·x⁽ᵗ⁾ + Wʳ·h⁽ᵗ⁻¹⁾",  # (10.47)
    }
    assert any("σ around the candidate" in note and "tanh" in note for note in GOODFELLOW.notes)


def lines_of_layer(k, **changes):
    """The equations of the k-th scan, from 0, of a small network, as Hu et al. write them."""
    trace = record(natural("echo", cell="tanh", steps=2, hidden=2, batch=1, **changes))
    style = style_of(trace, trace.scans[k], False, None, HU)
    return {line for lines in sheet(trace.scans[k].cell, style).values() for line in lines}


def test_two_layers_as_hu_s_section_on_deep_networks_has_them():
    """Equations 3–6 and 19–22 of section 19.6, with the biases that the book's network has not."""
    assert lines_of_layer(0, layers=2) >= {
        "h1ₜ = xₜ·U + s1ₜ₋₁·W1 + b1", "s1ₜ = tanh(h1ₜ)", "dW1 = Σ s1ₜ₋₁ᵀ·dh1ₜ", "dU = Σ xₜᵀ·dh1ₜ"
    }  # fmt: skip
    assert lines_of_layer(1, layers=2) >= {
        "h2ₜ = s1ₜ·Q + s2ₜ₋₁·W2 + b2", "s2ₜ = tanh(h2ₜ)", "dW2 = Σ s2ₜ₋₁ᵀ·dh2ₜ", "dQ = Σ s1ₜᵀ·dh2ₜ", "dx2ₜ = dh2ₜ·Qᵀ"
    }  # fmt: skip
    assert "h3ₜ = s2ₜ·Q3 + s3ₜ₋₁·W3 + b3" in lines_of_layer(2, layers=3)
    assert "hₜ = xₜ·U + sₜ₋₁·W + b" in lines_of_layer(0)


@NOTATION
@CELL
def test_everywhere_on_a_layer_s_sheet_its_state_has_the_layer_s_number(notation, cell):
    """In z and in the gradient of V as well; a state without a number would be that of no layer."""
    made, alone = trace_of(cell).scan.cell, Style(False, None, notation)
    style = replace(alone, layer="2", reads="layer")
    state, found = style.symbol(made, "s"), sheet(made, style)
    assert state in found["Output and loss"][0]
    plain = re.compile(rf"(?<![A-Za-z]){re.escape(alone.symbol(made, 's'))}")
    assert not [line for lines in found.values() for line in lines if plain.search(line)]
    of_v = [line for line in found.get("Gradients of the parameters", ()) if line.startswith(alone.gradient("V"))]
    assert all(state in line for line in of_v)


def test_what_is_not_the_states_of_one_layer_alone_keeps_a_symbol_of_its_own():
    assert "h1rₜ = xₜ·U1r + s1rₜ₋₁·W1r + b1r" in lines_of_layer(1, layers=2, bidirectional="sum")
    assert "h2ₜ = x2ₜ·Q + s2ₜ₋₁·W2 + b2" in lines_of_layer(2, layers=2, bidirectional="sum")


def test_the_number_of_a_layer_stands_behind_the_letter_and_before_what_belongs_to_it():
    style = Style(True, None, HU, "2", "layer")
    made = cell_named("lstm")()
    assert forward(made, "h_f", style) == r"h2^{f}_{t} = x2_{t} \cdot Q_{f} + s2_{t-1} \cdot W2_{f} + b2_{f}"
    assert forward(made, "h_f", replace(style, tex=False)) == "h2ᶠₜ = x2ₜ·Qᶠ + s2ₜ₋₁·W2ᶠ + b2ᶠ"
    assert HU.keyed_together(("i", "f"), "2") == "i2 f2" and ROW.keyed_together(("i", "f"), "2") == "i f⁽²⁾"


@pytest.mark.parametrize("update", ["writes", "keeps"])
def test_the_update_gate_keeps_or_writes_as_the_book_has_it(update):
    made = {"update": update, "reset": "after"}
    assert "hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ nₜ" in lines("gru", PYTORCH, **made)
    assert "h⁽ᵗ⁾ = u⁽ᵗ⁾ ⊙ h⁽ᵗ⁻¹⁾ + (1 − u⁽ᵗ⁾) ⊙ h̃⁽ᵗ⁾" in lines("gru", GOODFELLOW, **made)
    assert "a⟨t⟩ = Γ_u⟨t⟩ * c̃⟨t⟩ + (1 − Γ_u⟨t⟩) * a⟨t−1⟩" in lines("gru", NG, **made)
    ours = {"writes": "sₜ = uₜ ⊙ nₜ + (1 − uₜ) ⊙ sₜ₋₁", "keeps": "sₜ = uₜ ⊙ sₜ₋₁ + (1 − uₜ) ⊙ nₜ"}
    assert ours[update] in lines("gru", ROW, **made)
    trace = trace_of(cell_named("gru"), update=update)
    for notation in NOTATIONS:
        flips = notation.complemented(trace.scan.cell)
        assert flips == ({"u"} if notation.sides.get("u", update) != update else set())
        sign = -1.0 if flips else 1.0
        u, du, bias = trace.values["L1", "u"][0], trace.exact["L1", "u"][0], trace.parameters["L1.b"]
        layout = (lambda array: array.T) if notation.transpose else (lambda array: array)
        assert np.array_equal(notation.value(trace.scan.cell, "u", u), layout(1 - u if flips else u))
        assert np.array_equal(value_gradient(notation, trace.scan.cell, "u", du), layout(sign * du))
        whole = notation.parameter_value(trace.scan.cell, "b", bias).ravel()
        hidden = len(bias) // 3
        assert np.array_equal(whole, bias * np.repeat([1.0, sign, 1.0], hidden))


def test_pytorch_s_own_formulas_compute_the_same_states():
    """torch.nn.GRU as its documentation has it, with weight_ih … as this notation converts them."""
    trace = trace_of(cell_named("gru"), reset="after")
    cell, p = trace.scan.cell, trace.parameters
    w_ih, w_hh, b_ih = (PYTORCH.parameter_value(cell, name, p[f"L1.{name}"]) for name in ("U", "W", "b"))
    h, hidden = trace.start["L1", "s"], trace.experiment.hidden
    assert w_ih.shape == (3 * hidden, trace.data.x.shape[2])
    for t in range(trace.steps):
        i_r, i_z, i_n = np.split(trace.data.x[t] @ w_ih.T + b_ih, 3, axis=1)
        h_r, h_z, h_n = np.split(h @ w_hh.T, 3, axis=1)
        r, z = 1 / (1 + np.exp(-(i_r + h_r))), 1 / (1 + np.exp(-(i_z + h_z)))
        n = np.tanh(i_n + r * (h_n + p["L1.b_q"]))
        h = (1 - z) * n + z * h
        assert np.abs(h - trace.values["L1", "s"][t]).max() < 1e-12
        assert np.abs(z - PYTORCH.value(cell, "u", trace.values["L1", "u"][t])).max() < 1e-12


# --- the output and the loss ---
@NOTATION
@pytest.mark.parametrize("task", ["echo", "binary-subtraction", "next-character"])
def test_output_loss_and_its_gradient(notation, task):
    trace = record(natural(task, batch=3, hidden=4))
    loss, style = trace.network.loss, Style(False, None, notation)
    z, a = (right_side(line) for line in output(loss, style))
    for t in (t for t in range(1, trace.steps + 1) if trace.data.supervised[t - 1]):
        reader = Reader(trace, t, notation)
        for name, text in (("z", z), ("a", a)):
            expected = notation.value(trace.scan.cell, name, trace.values["out", name][t - 1])
            assert close(reader(text, without=name), expected)
        terms = reader(right_side(loss_term(loss, style)))
        assert abs(terms.mean() - trace.loss_t[t - 1]) < 1e-12
        expected = value_gradient(notation, trace.scan.cell, "z", trace.exact["out", "z"][t - 1])
        assert close(reader(right_side(output_gradient(LOSSES[0], style))), expected)
    assert {loss.name for loss in LOSSES} == {"squared", "binary", "categorical"}


@NOTATION
@pytest.mark.parametrize("task", ["echo", "binary-subtraction", "next-character"])
def test_the_gradient_goes_back_through_an_output_that_is_read_again(notation, task):
    trace = record(natural(task, batch=3, hidden=4, cell="jordan", loss_at="every"))
    made, style = trace.scan.cell, Style(False, None, notation)
    assert reads_outputs(made)
    for t in range(1, trace.steps):
        reader = Reader(trace, t, notation)
        arriving = reader(right_side(backward(made, "a", style, top=False)))
        if not trace.data.supervised[t - 1]:
            continue
        equation = output_gradient(trace.network.loss, style, fed=True)
        found = reader(right_side(equation), {style.gradient_of(None, "a"): arriving})
        expected = value_gradient(notation, made, "z", trace.exact["out", "z"][t - 1])
        assert close(found, expected), equation


# --- the special forms ---
@NOTATION
@CELL
def test_parameters_side_by_side(notation, cell):
    trace = trace_of(cell)
    made, style = trace.scan.cell, Style(False, None, notation)
    for each in made.records:
        try:
            equation = stacked(made, each.name, style)
        except KeyError:
            continue
        expected = notation.value(made, each.name, trace.values["L1", each.name][3])
        assert close(reader_of(cell, "plain", notation, 4)(right_side(equation), without=each.name), expected), equation
    with pytest.raises(KeyError):
        stacked(made, "s_prev", style)


@NOTATION
@CELL
def test_the_long_products_take_the_gradient_back(notation, cell):
    """With the loss at the last step alone, δ_T times the product is the whole of δ_k."""
    made, style = cell.from_experiment(experiment_of(cell)), Style(False, None, notation)
    if carrying(made) is None:
        with pytest.raises(KeyError):
            delta_product(made, style)
        with pytest.raises(KeyError):
            written_out(made, style, 5, 2)
        return
    trace = record(natural("last-step", cell=cell.name, steps=5, hidden=4, batch=1, w_gain=1.1))
    first = operation_of(made)[0].out
    reader = Reader(trace, 5, notation)
    for t in range(1, 6):
        for name in (first, "s"):
            reader.add(name, t, reader.at(t))
    expected = value_gradient(notation, made, first, trace.exact["L1", first][1])
    equation = written_out(made, style, 5, 2)
    assert equation.startswith(reader.at(2).gradient_of(made, first) + " = ")
    assert close(reader(right_side(equation)), expected), equation
    assert close(reader(unfolded(delta_product(made, style), made, first, style, 5, 2)), expected)


def operation_of(made):
    found = carrying(made)
    assert found
    return found


def unfolded(equation, made, first, style, t, k):
    """∏(j = …) (…) as one factor for each j, with numbers for t and k and the slope as the activation has it."""
    text = right_side(equation)
    product = re.search(r"∏\(j = (.*?)\) \((.*)\)(?=·|$)", text)
    assert product
    limits, body = product.groups()
    start, stop = (eval(each.replace("−", "-"), {"t": t, "k": k}) for each in limits.split(" … "))
    steps = range(start, stop - 1, -1) if start > stop else range(start, stop + 1)
    factors = []
    for j in steps:
        at = replace(style, t=j)
        slope = _slope(made, *operation_of(made), at)
        factors.append(re.sub(r"diag\(.*\)(?=·|$)", f"diag({slope})", body))
    text = re.sub(r"∏\(.*?\) \(.*\)(?=·|$)", lambda _: "·".join(factors), text)
    wanted = replace(style, t="t").gradient_of(made, first), replace(style, t=t).gradient_of(made, first)
    return text.replace(*wanted)


@NOTATION
@CELL
def test_the_product_of_one_step_s_derivatives(notation, cell):
    made = cell.from_experiment(natural("last-step", cell=cell.name))
    style = Style(False, None, notation)
    if not made.recurrent_states:
        with pytest.raises(KeyError):
            jacobian_product(made, style)
        return
    limits = re.search(r"∏\(j = (.*?) … (.*?)\) ", jacobian_product(made, style))
    assert limits
    assert limits.groups() == (("t", "k+1") if notation.transpose else ("k+1", "t"))
    if reads_outputs(made) or made.couples_samples:
        return
    trace = record(natural("last-step", cell=cell.name, steps=5, hidden=4, batch=1, w_gain=1.1))
    product = np.eye(4 * len(made.recurrent_states))
    for j in range(3, 6):  # from step 2 to step 5
        step = jacobian(trace, j)
        product = step.T @ product if notation.transpose else product @ step
    # At step 5 only s meets the loss, and at step 2 s goes on to step 3 alone: its gradient is what the product brings.
    arriving = np.zeros(len(product))
    arriving[:4] = trace.exact["L1", "s"][4, 0]
    found = product.T @ arriving if notation.transpose else product @ arriving
    assert made.recurrent_states[0] == "s" and np.allclose(found[:4], trace.exact["L1", "s"][1, 0], rtol=0, atol=1e-14)


@NOTATION
def test_clipping(notation):
    trace = trace_of(cell_named("tanh"), steps=8, w_gain=2.0)
    gradient = trace.exact_parameters["L1.W"]
    style, limit = Style(False, None, notation), 0.05
    symbols = {style.gradient(style.parameter("W")): notation.parameter_value(trace.scan.cell, "W", gradient)}
    symbols[notation.threshold.text] = limit
    symbols["‖g‖"] = scaled_norm(np.array([scaled_norm(array) for array in trace.exact_parameters.values()]))
    for by in ("value", "norm"):
        expected = clip(dict(trace.exact_parameters), **{by: limit})[0]["L1.W"]
        assert not np.array_equal(expected, gradient)
        text = clipping(by, "W", style).split(" ← ")[1]
        found = Reader(trace, 1, notation)(text, symbols)
        assert close(found, notation.parameter_value(trace.scan.cell, "W", expected))
    with pytest.raises(KeyError):
        clipping("size", "W", style)


def test_a_step_s_number_and_other_letters_stand_in_every_notation():
    made = cell_named("tanh")()
    found = [forward(made, "s", Style(False, 12, notation)) for notation in NOTATIONS]
    wanted = ["s₁₂ = tanh(h₁₂)", "s₁₂ = tanh(net₁₂)", "h⁽¹²⁾ = tanh(a⁽¹²⁾)", "a⟨12⟩ = tanh(z⟨12⟩)", "h₁₂ = tanh(a₁₂)"]
    assert found[:6] == [*wanted, "s₁₂ = tanh(h₁₂)"]
    assert NG.index(-1, "k", False) == "⟨k−1⟩" and GOODFELLOW.index(1, "j", False) == "⁽ʲ⁺¹⁾"
    assert NET.index(-1, None, True) == "_{t-1}" and NG.index(0, 3, True) == r"^{\langle 3 \rangle}"


def test_braces_are_balanced_and_text_has_no_latex_left():
    for notation in NOTATIONS:
        for made in every_cell():
            for tex in (True, False):
                for line in (line for part in sheet(made, Style(tex, None, notation)).values() for line in part):
                    assert balanced(line)
                    assert line.count("(") == line.count(")") and not set("@#%") & set(line)
                    assert tex or not set("\\$^") & set(line)
