"""How many parameters there are: by part, matrix and gate, with formulas that come to the same."""

from __future__ import annotations

import math

import pytest

from core.experiment import natural
from core.interop.libraries import translated
from core.network.parameter_counts import count_of, counts_of, formula_of_cell
from core.network.structures import build
from core.recorder import record
from tests.core.cases import CELL, experiment_of
from tests.core.outcomes import data_of
from tests.core.structured import STRUCTURE, trace_of


def value_of(formula: str) -> int:
    """What a formula of numbers comes to."""
    return eval(formula.replace("·", "*"), {"__builtins__": {}})


@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru", "peephole", "clockwork"])
def test_every_parameter_is_counted_once(cell, name):
    trace = trace_of(name, cell, reset="after")
    parts = counts_of(trace.network)
    assert [each.name for part in parts for each in part.matrices] == list(trace.parameters)
    for part in parts:
        assert value_of(part.formula) == part.count == sum(each.count for each in part.matrices)
        for each in part.matrices:
            assert each.shape == trace.parameters[each.name].shape
            assert each.of_gate * max(len(each.gates), 1) == each.count
            assert not each.masked or (cell == "clockwork" and each.name.endswith(".W"))
            if not each.masked:
                assert value_of(each.formula) == each.count == math.prod(each.shape)
    assert count_of(trace.network) == sum(part.count for part in parts)


def test_keras_counts_86_parameters_in_six_units_below_one():
    """SimpleRNN(6) on six inputs, SimpleRNN(1), no dense layer."""
    experiment = natural("sine", widths=(6, 1), head=False)
    network = build(experiment, data_of(0, "squared", inputs=6, outputs=1))
    assert [(each.formula, each.count) for each in counts_of(network)] == [("6·6 + 6·6 + 6", 78), ("6·1 + 1·1 + 1", 8)]
    assert count_of(network) == 86


@pytest.mark.parametrize(("cell", "gates"), [("tanh", 1), ("gru", 3), ("lstm", 4)])
def test_pytorch_has_a_second_bias(cell, gates):
    trace = record(natural("echo", cell=cell, hidden=5, layers=2, reset="after"))
    arrays, _ = translated("torch", trace.experiment, trace.parameters)
    theirs = sum(array.size for array in arrays.values())
    assert theirs == gates * (1 * 5 + 5 * 5 + 2 * 5) + gates * (5 * 5 + 5 * 5 + 2 * 5) + 5 * 1 + 1
    ours = count_of(trace.network)
    assert theirs - ours == 2 * 5 * (gates - (cell == "gru"))


@CELL
def test_a_formula_in_letters_is_that_of_any_size(cell):
    trace = record(experiment_of(cell))
    made = counts_of(trace.network)
    formula = formula_of_cell(trace.scan.cell if cell.fed else cell.from_experiment(trace.experiment))
    if not formula:
        assert made[0].part == "out"
        return
    shapes = trace.parameters
    sizes = {"I": shapes["L1.U"].shape[0], "H": trace.scan.hidden, "O": len(shapes.get("L1.F", ()))}
    own = sum(math.prod(each.shape) for each in made[0].matrices)
    assert eval(formula.replace("·", "*"), {"__builtins__": {}}, sizes) == own
