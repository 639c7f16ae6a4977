"""What every registered cell keeps, unasked: records, graph, factors, Jacobian, views, the iterator, determinism."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS, cell_named
from core.errors import InputError
from core.experiment import Experiment
from core.options import names_of
from core.recorder import record
from tests.core.cases import CASE, CELL, experiment_of, given
from tests.core.differences import quotients
from tests.core.one_step import evaluate
from tests.core.oracle import derivatives as oracle


@CELL
def test_a_cell_says_what_it_is(cell):
    names = [record.name for record in cell().records]
    assert cell_named(cell.name) is cell
    assert cell.title
    assert len(names) == len(set(names))
    assert cell.memory in (cell.recurrent_states or ("s",))
    assert set(cell.recurrent_states) <= set(names)
    assert "s" in (cell.recurrent_states or ("s",)) and "s" in names
    assert set(cell.gates) <= set(cell.blocks)
    assert set(cell.gates) <= set(names)
    assert set(names_of(cell.options)) <= set(Experiment.__struct_fields__)
    assert all(record.title and record.kind for record in cell().records)


def test_names_of_cells_are_unique_and_an_unknown_one_is_refused():
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    with pytest.raises(InputError, match="no “no such cell”"):
        cell_named("no such cell")


@CELL
@CASE
def test_records_have_their_shapes_in_values_and_gradients(cell, case):
    trace = record(experiment_of(cell, case))
    chosen = trace.experiment
    shape = (chosen.steps, chosen.batch, trace.scan.hidden)
    for each in trace.scan.cell.records:
        for numbers in (trace.values, trace.exact, trace.used):
            assert numbers["L1", each.name].shape == shape
            assert numbers["L1", each.name].dtype == np.float64
            assert np.isfinite(numbers["L1", each.name]).all()
    for numbers in (trace.values, trace.exact):
        if cell.reads_input:
            assert numbers["L1", "h"].shape == (*shape[:2], len(cell.blocks) * shape[2])
        assert numbers["L1", "x"].shape[:2] == trace.data.x.shape[:2]
        assert numbers["L1", "x"].shape[2] == trace.data.x.shape[2] * (chosen.taps if cell.tapped else 1)
    for name in cell.recurrent_states:
        assert trace.start["L1", name].shape == shape[1:]
        assert trace.start_gradients["L1", name].shape == shape[1:]
        assert (trace.start["L1", name] == chosen.initial_state).all()


@CELL
@CASE
def test_gradients_agree_with_differences(cell, case):
    trace = record(experiment_of(cell, case))
    found = list(quotients(trace.network, trace.parameters, trace.data, trace.exact_parameters))
    smooth = [each for each in found if not each.crossed]
    assert len(smooth) >= 0.8 * len(found)
    assert max(each.error for each in smooth) < 1e-6


@CELL
@CASE
def test_the_graph_agrees_with_the_loops(cell, case):
    """Evaluated from T to 1, with what the evaluator itself hands back."""
    trace = record(experiment_of(cell, case))
    chosen = trace.scan.cell
    graph = chosen.graph
    outputs = {operation.out for operation in graph}
    assert {each.name for each in chosen.records} <= outputs
    assert len({operation.at for operation in graph}) == len(graph), "two operations at one place"
    parameters = trace.scan.views(dict(trace.parameters))
    back = {name: np.zeros(trace.start["L1", name].shape) for name in chosen.recurrent_states}
    found_values, found = {}, {}
    for t in reversed(range(trace.steps)):
        arriving = dict(back)
        arriving["s"] = back.get("s", 0.0) + trace.exact["out", "z"][t] @ trace.parameters["out.V"].T
        inputs = given(trace, t)
        step = evaluate(graph, parameters, inputs, arriving)
        back = {name: step.gradients[f"{name}_prev"] for name in chosen.recurrent_states}
        for each in chosen.records:
            found_values[each.name, t], found[each.name, t] = step.values[each.name], step.gradients[each.name]
        found.update({(name, t): step.gradients[name] for name in ("x", "a_prev") if name in inputs})
    for name in chosen.recurrent_states:
        found["start", name] = back[name]
    values = {(n, t): trace.values["L1", n][t] for n, t in found_values}
    expected = {key: trace.exact["L1", key[0]][key[1]] for key in found if key[0] != "start"}
    expected.update({("start", name): trace.start_gradients["L1", name] for name in chosen.recurrent_states})
    assert oracle.disagreement(found_values, values)[0] < 1e-12
    assert oracle.disagreement(found, expected)[0] < 1e-12


@CELL
@CASE
def test_factors_add_up_to_the_gradient_of_every_parameter(cell, case):
    trace = record(experiment_of(cell, case))
    chosen = trace.scan.cell
    totals: dict[str, np.ndarray] = {}
    claimed = trace.scan.views(dict(trace.exact_parameters))
    for factor in chosen.factors:
        total = np.zeros(claimed[factor.parameter].shape)
        for t in range(trace.steps):
            right = trace.exact["L1", factor.right][t]
            if factor.left == "1":
                total += right.sum(axis=0)
                continue
            inputs = given(trace, t)
            left = inputs[factor.left] if factor.left in inputs else trace.values["L1", factor.left][t]
            total += (left * right).sum(axis=0) if factor.elementwise else left.T @ right
        mask = chosen.mask(factor.parameter, trace.scan.hidden)
        totals[factor.parameter] = total if mask is None else total * mask
    assert oracle.disagreement(totals, claimed)[0] < 1e-12
    marked = {name: np.zeros(array.shape) for name, array in trace.parameters.items() if name.startswith("L1.")}
    views = trace.scan.views(marked)
    for factor in chosen.factors:
        views[factor.parameter][...] += 1.0
    assert all((array == 1.0).all() for array in marked.values()), "a parameter without a factor, or with two"


@CELL
@CASE
def test_the_jacobian_is_that_of_one_step(cell, case):
    trace = record(experiment_of(cell, case))
    chosen, step = trace.scan.cell, 1e-5
    parameters = trace.scan.views(dict(trace.parameters))
    records = trace.run.records["L1"]
    hidden, sample, t = trace.scan.hidden, trace.experiment.batch - 1, trace.steps - 1

    def handed_on(moved: str, unit: int, by: float) -> np.ndarray:
        inputs = {name: value.copy() for name, value in given(trace, t).items()}
        inputs[f"{moved}_prev"][sample, unit] += by
        values = evaluate(chosen.graph, parameters, inputs, {}).values
        return np.concatenate([values[n][sample] for n in chosen.recurrent_states])

    rows = [(n, unit) for n in chosen.recurrent_states for unit in range(hidden)]
    weights = {1: 8.0, -1: -8.0, 2: -1.0, -2: 1.0}  # of fourth order: a normalised batch is curved
    quotients_of = [[weight * handed_on(n, u, k * step) for k, weight in weights.items()] for n, u in rows]
    numeric = np.array([np.sum(each, axis=0) / (12 * step) for each in quotients_of])
    numeric = numeric.reshape(len(rows), len(rows))
    jacobian = chosen.state_jacobian(trace.scan.prepared(trace.run), records, t, sample)
    assert jacobian.shape == numeric.shape
    assert np.abs(jacobian - numeric).max(initial=0.0) < 1e-8 * max(1.0, np.abs(numeric).max(initial=0.0))


@CELL
def test_names_are_views_that_cover_every_parameter_once(cell):
    trace = record(experiment_of(cell))
    named = trace.named_parameters(trace.parameters)
    assert sum(array.size for array in named.values()) == sum(array.size for array in trace.parameters.values())
    marked = {name: np.zeros(array.shape) for name, array in trace.parameters.items()}
    for view in trace.named_parameters(marked).values():
        view[...] += 1.0
    assert all((array == 1.0).all() for array in marked.values())
    suffixes = {f"_{block}" if block else "" for block in cell.blocks}
    stacked = [kind for kind in "UWb" if f"L1.{kind}" in trace.parameters]
    assert {f"L1.{kind}{suffix}" for kind in stacked for suffix in suffixes} <= set(named)


@CELL
@CASE
def test_a_frozen_gate_stays_where_it_is_held(cell, case):
    trace = record(experiment_of(cell, case))
    for gate in cell.gates:
        held = trace.experiment.frozen_at(gate)
        if held is None:
            assert len(np.unique(trace.values["L1", gate])) > 1
            assert trace.exact["L1", gate].any()
        else:
            assert (trace.values["L1", gate] == held).all()
            assert not trace.exact["L1", gate].any()
            assert not trace.exact["L1", f"h_{gate}"].any()


@CELL
def test_a_cell_made_without_choices_is_that_of_the_default_experiment(cell):
    assert vars(cell()) == vars(cell.from_experiment(Experiment()))
