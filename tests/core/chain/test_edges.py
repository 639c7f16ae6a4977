"""The chain's links: what goes back along all of them is all there is, and their norms are those of single steps."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.evaluation import Evaluation
from core.chain.edges import link_norms, links
from core.experiment import Experiment
from core.recorder import record
from tests.core.cases import CASE, CELL, experiment_of, given
from tests.core.one_step import evaluate


def in_order(trace, used=False):
    """Every addend of the scan's graph for all t in the order of processing, (T, B, n)."""
    return {edge: trace.scan.order(array) for edge, array in Evaluation(trace, used).addends(trace.scan).items()}


def graph_of(trace):
    return trace.scan.cell.graph


@CELL
@CASE
def test_every_edge_of_the_graph_is_within_a_row_or_in_one_link(cell, case):
    made = record(experiment_of(cell, case)).scan.cell
    row_of = {member: row.name for row in made.rows for member in row.members} | {"x": "x", "a": "z"}
    bundled = [edge for link in links(made) for edge in link.edges]
    assert len(bundled) == len(set(bundled))
    for operation in made.graph:
        for name in set(operation.inputs):
            crosses = name.endswith("_prev") or row_of[name] != row_of[operation.out]
            assert ((operation.out, name) in bundled) == crosses
    for link in links(made):
        for out, name in link.edges:
            assert row_of[out] == link.target
            assert row_of[name.removesuffix("_prev")] == link.source
            assert name.endswith("_prev") == link.recurrent


@CELL
def test_every_carried_quantity_reaches_the_next_step_by_a_link(cell):
    """And outputs that are fed back come from their own row."""
    made = record(experiment_of(cell)).scan.cell
    fed = {"z"} if cell.fed else set()
    assert {link.source for link in links(made) if link.recurrent} == {*cell.recurrent_states, *fed}


@CELL
@CASE
@pytest.mark.parametrize("used", [False, True])
def test_addends_of_all_edges_and_what_comes_from_outside_make_the_recorded_gradient(cell, case, used):
    """Of every record: from this step's operations, from the next step's, and (the state's) from the output."""
    window = 2 if used else None
    trace = record(experiment_of(cell, case).with_changes(truncate=window))
    made, gradients = trace.scan.cell, trace.used if used else trace.exact
    if used and not cell.learned:
        assert not any(gradients["L1", each.name].any() for each in made.records), "only the read-out's are used"
        return
    addends = in_order(trace, used)
    for each in made.records:
        total = np.zeros(gradients["L1", each.name].shape)
        for (_, name), array in addends.items():
            if name == each.name:
                total += array
            elif name == f"{each.name}_prev":
                later = array[1:].copy()
                if used:  # between windows, counted from the end, nothing is handed on
                    later[[t for t in range(trace.steps - 1) if (trace.steps - 1 - t) % window == 0]] = 0.0
                total[:-1] += later
        if each.name == "s":
            total += gradients["out", "z"] @ trace.parameters["out.V"].T
        expected = gradients["L1", each.name]
        assert np.abs(total - expected).max() < 1e-12 * max(1.0, np.abs(expected).max()), each.name


@CELL
@CASE
def test_the_input_and_the_start_receive_what_the_edges_send(cell, case):
    trace = record(experiment_of(cell, case))
    addends = in_order(trace)
    to_x = sum(array for (_, name), array in addends.items() if name == "x")
    assert np.abs(to_x - trace.exact["L1", "x"]).max() < 1e-12
    for name in cell.recurrent_states:
        to_start = sum(array[0] for (_, source), array in addends.items() if source == f"{name}_prev")
        assert np.abs(to_start - trace.start_gradients["L1", name]).max() < 1e-12


@CELL
@CASE
def test_norms_of_links_are_those_of_each_step_evaluated_alone(cell, case):
    trace = record(experiment_of(cell, case))
    made = trace.scan.cell
    parameters = trace.scan.views(dict(trace.parameters))
    found = link_norms(Evaluation(trace, False), trace.scan)
    assert tuple(found) == links(made)
    for t in range(trace.steps):
        inputs, arriving = given(trace, t), {}
        within = evaluate(made.graph, parameters, inputs, {"s": trace.exact["L1", "s"][t]})
        for name in {"s", *made.recurrent_states}:  # all of the gradient but what this very step adds to it
            inner = [addend for (_, source), addend in within.addends.items() if source == name]
            arriving[name] = trace.exact["L1", name][t] - sum(inner, np.zeros(1))
        step = evaluate(made.graph, parameters, inputs, arriving)
        for link, norms in found.items():
            by_input: dict[str, np.ndarray] = {}
            for out, name in link.edges:
                by_input[name] = by_input.get(name, 0.0) + step.addends[out, name]
            expected = np.sqrt(sum((array**2).sum() for array in by_input.values()))
            assert norms[t] == pytest.approx(expected, rel=1e-9, abs=1e-15), (link, t)


def test_links_of_a_run_that_explodes_do_not_warn():
    trace = record(Experiment(cell="identity", steps=300, w_init="identity", w_gain=100.0))
    assert trace.broken is not None
    assert all(norms.shape == (300,) for norms in link_norms(Evaluation(trace, False), trace.scan).values())
