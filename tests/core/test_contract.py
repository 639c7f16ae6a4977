"""What every registered cell keeps, unasked: records, graph, factors, Jacobian, views, the iterator, determinism."""

from __future__ import annotations

import numpy as np
import pytest

from core import tasks
from core.cells import CELLS, cell_named
from core.errors import InputError
from core.experiment import Experiment, natural
from core.graph import evaluate
from core.recorder import Recorder, record
from tests.core import oracle
from tests.core.differences import quotients

CELL = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
VARIANTS = {
    "plain": {},
    "reset after": {"reset": "after"},
    "one sample, one unit": {"batch": 1, "hidden": 1},
    "one step": {"steps": 1},
}
CASE = pytest.mark.parametrize("case", [*VARIANTS, "frozen"])


def experiment_of(cell, case: str = "plain") -> Experiment:
    """A small experiment with a biased net, a state to start from and losses at every step."""
    base = natural("echo", cell=cell.name, steps=6, hidden=4, batch=3, bias=0.2, initial_state=0.4, w_gain=1.1)
    if case != "frozen":
        return base.with_changes(**VARIANTS[case])
    for k, gate in enumerate(cell.gates):
        base = base.freeze(gate, 0.3 + 0.2 * k)
    return base


@CELL
def test_a_cell_says_what_it_is(cell):
    names = [record.name for record in cell().records]
    assert cell_named(cell.name) is cell
    assert cell.title
    assert len(names) == len(set(names))
    assert cell.memory in cell.carried
    assert set(cell.carried) <= set(names)
    assert "s" in cell.carried
    assert set(cell.gates) <= set(cell.blocks)
    assert set(cell.gates) <= set(names)
    assert set(cell.options) <= set(Experiment.__struct_fields__)
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
    shape = (chosen.steps, chosen.batch, chosen.hidden)
    for each in trace.scan.cell.records:
        for numbers in (trace.values, trace.exact, trace.used):
            assert numbers["L1", each.name].shape == shape
            assert numbers["L1", each.name].dtype == np.float64
            assert np.isfinite(numbers["L1", each.name]).all()
    for numbers in (trace.values, trace.exact):
        assert numbers["L1", "h"].shape == (*shape[:2], len(cell.blocks) * shape[2])
        assert numbers["L1", "x"].shape == trace.data.x.shape
    for name in cell.carried:
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
    back = {name: np.zeros(trace.start["L1", name].shape) for name in chosen.carried}
    found_values, found = {}, {}
    for t in reversed(range(trace.steps)):
        came = {f"{n}_prev": trace.values["L1", n][t - 1] if t else trace.start["L1", n] for n in chosen.carried}
        arriving = dict(back)
        arriving["s"] = back["s"] + trace.exact["out", "z"][t] @ trace.parameters["out.V"].T
        step = evaluate(graph, parameters, {"x": trace.values["L1", "x"][t], **came}, arriving)
        back = {name: step.gradients[f"{name}_prev"] for name in chosen.carried}
        for each in chosen.records:
            found_values[each.name, t], found[each.name, t] = step.values[each.name], step.gradients[each.name]
        found["x", t] = step.gradients["x"]
    for name in chosen.carried:
        found["start", name] = back[name]
    values = {(n, t): trace.values["L1", n][t] for n, t in found_values}
    expected = {key: trace.exact["L1", key[0]][key[1]] for key in found if key[0] != "start"}
    expected.update({("start", name): trace.start_gradients["L1", name] for name in chosen.carried})
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
            before = trace.values["L1", "s"][t - 1] if t else trace.start["L1", "s"]
            total += (before if factor.left == "s_prev" else trace.values["L1", factor.left][t]).T @ right
        totals[factor.parameter] = total
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
    hidden, sample, t = trace.experiment.hidden, trace.experiment.batch - 1, trace.steps - 1
    before = {n: (trace.values["L1", n][t - 1] if t else trace.start["L1", n])[[sample]] for n in chosen.carried}
    x = trace.values["L1", "x"][t][[sample]]

    def handed_on(moved: str, unit: int, by: float) -> np.ndarray:
        given = {"x": x, **{f"{n}_prev": value.copy() for n, value in before.items()}}
        given[f"{moved}_prev"][0, unit] += by
        values = evaluate(chosen.graph, parameters, given, {}).values
        return np.concatenate([values[n][0] for n in chosen.carried])

    rows = [(n, unit) for n in chosen.carried for unit in range(hidden)]
    numeric = np.array([(handed_on(n, u, step) - handed_on(n, u, -step)) / (2 * step) for n, u in rows])
    jacobian = chosen.state_jacobian(records.p, records, t, sample)
    assert jacobian.shape == numeric.shape
    assert np.abs(jacobian - numeric).max() < 1e-8 * max(1.0, np.abs(numeric).max())


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
    assert {f"L1.{kind}{suffix}" for kind in "UWb" for suffix in suffixes} <= set(named)


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
@CASE
def test_step_by_step_gives_the_same_bits_in_the_right_order(cell, case):
    experiment = experiment_of(cell, case)
    recorder = Recorder(experiment)
    with pytest.raises(ValueError, match="not been run"):
        recorder.trace()
    events = list(recorder)
    steps = range(experiment.steps)
    assert [(event.phase, event.t) for event in events] == [
        *(("forward", t) for t in steps),
        ("loss", 0),
        *(("backward", t) for t in reversed(steps)),
        ("accumulate", 0),
    ]
    assert same_bits(recorder.trace(), record(experiment))


def same_bits(a, b) -> bool:
    """Whether two traces hold the same numbers, bit for bit."""
    fields = ("values", "exact", "used", "parameters", "exact_parameters", "used_parameters")
    fields += ("start", "start_gradients")
    return a.loss == b.loss and all(
        getattr(a, field).keys() == getattr(b, field).keys()
        and all(array.tobytes() == getattr(b, field)[key].tobytes() for key, array in getattr(a, field).items())
        for field in fields
    )


@CELL
def test_a_half_run_recorder_can_be_left(cell):
    recorder = Recorder(experiment_of(cell))
    iterator = iter(recorder)
    for _ in range(3):
        next(iterator)
    with pytest.raises(ValueError, match="not been run"):
        recorder.trace()
    assert same_bits(recorder.record(), record(experiment_of(cell)))


@CELL
def test_a_trace_cannot_be_written_to(cell):
    trace = record(experiment_of(cell).with_changes(truncate=2, clip_value=0.01))
    for field in ("values", "exact", "used", "parameters", "exact_parameters", "used_parameters", "start"):
        mapping = getattr(trace, field)
        key = next(iter(mapping))
        with pytest.raises(TypeError):
            mapping[key] = mapping[key]
        for array in mapping.values():
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0
            with pytest.raises(ValueError, match="read-only"):
                array[..., :1] = 0.0
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True
    with pytest.raises(AttributeError):
        trace.loss = 0.0
    for array in (trace.data.x, trace.data.y, trace.data.supervised):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@CELL
@CASE
def test_runs_are_deterministic_and_seeds_matter(cell, case):
    experiment = experiment_of(cell, case)
    first = record(experiment)
    assert same_bits(first, record(experiment))
    other = record(experiment.with_changes(weight_seed=12))
    assert np.array_equal(first.data.x, other.data.x)
    assert not np.array_equal(first.parameters["L1.U"], other.parameters["L1.U"])


@CELL
def test_another_cell_sees_the_same_data(cell):
    mine, reference = record(experiment_of(cell)), record(experiment_of(CELLS[0]))
    for a, b in ((mine.data.x, reference.data.x), (mine.data.y, reference.data.y)):
        assert np.array_equal(a, b)
    assert np.array_equal(mine.parameters["out.V"], reference.parameters["out.V"])


@CELL
def test_u_does_not_depend_on_how_w_begins(cell):
    experiment = experiment_of(cell)
    reference = record(experiment).parameters
    for w_init in ("identity", "xavier", "spectral", "normal"):
        parameters = record(experiment.with_changes(w_init=w_init, w_gain=0.3)).parameters
        assert np.array_equal(parameters["L1.U"], reference["L1.U"])
        assert np.array_equal(parameters["out.V"], reference["out.V"])
        assert not np.array_equal(parameters["L1.W"], reference["L1.W"])


@CELL
@pytest.mark.parametrize("task", ["last-step", "next-character", "sine"])
def test_more_steps_leave_the_earlier_ones_as_they_were(cell, task):
    experiment = experiment_of(cell).with_changes(task=task)
    short, long = record(experiment), record(experiment.with_changes(steps=9))
    assert np.array_equal(short.data.x, long.data.x[: short.steps])
    for key, array in short.values.items():
        assert np.allclose(array, long.values[key][: short.steps], rtol=1e-13, atol=1e-15)


@CELL
@pytest.mark.parametrize("task", [task.name for task in tasks.TASKS if task.name != "csv"])
def test_every_cell_runs_every_task_at_the_shortest_and_at_length(cell, task):
    for steps in (1, 2, 50):
        trace = record(natural(task, cell=cell.name, steps=steps, hidden=2, loss_at="every"))
        assert trace.steps == steps
        assert trace.broken is None
        assert trace.loss == pytest.approx(float(trace.loss_t.sum()))
