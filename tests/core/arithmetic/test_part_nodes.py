"""The magnifying glass over networks of several parts: every sum adds up, and a rest is what it is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.evaluation import Evaluation
from core.arithmetic.cell_node import CellNode
from core.arithmetic.parameter_sums import Addends, parameter_names
from core.arithmetic.plan import Plan
from core.arithmetic.text import edge_text, node_text
from core.chain.edges import link_norms, links
from core.network.attention import Attention
from core.network.context import Context
from core.network.gathered import Concatenated
from core.network.joins import joined_back
from core.network.scan import Scan
from core.trace import Trace
from tests.core.by_calculator import calculated, check_step, close
from tests.core.structured import STRUCTURE, STRUCTURES, trace_of

ALL = [(name, cell) for name in STRUCTURES for cell in ("tanh", "lstm")]
ALL += [(name, "leaky") for name in STRUCTURES if "lengths" in name]
ALL += [("lengths", "batchnorm"), ("lengths", "peephole"), ("lengths", "clockwork"), ("lengths", "feedforward")]
ALL += [(name, "tdnn") for name in ("1-n-feedback", "bidirectional, two layers", "lengths, bidirectional")]
ALL += [("lengths, layers", "tdnn")]
ALL += [("n-n", "jordan"), ("n-n", "ar"), ("n-n", "narx"), ("three layers", "tdnn"), ("convolution", "gru")]


def steps_of(trace: Trace, samples: tuple[int, ...] = (0, 1, 2), used: bool = True):
    """Every step of every scan, through one plan for each."""
    for scan in trace.scans:
        plan = Plan(trace, scan.name)
        for t in range(1, len(trace.values[scan.name, "s"]) + 1):
            yield from (CellNode(trace, t, sample, used, plan) for sample in samples)


@pytest.mark.parametrize(("name", "cell"), ALL)
def test_every_sum_of_every_scan_adds_up(name, cell):
    trace = trace_of(name, cell, hidden=2)
    samples = (0, 1) if trace.data.present is not None else (1,)  # of six steps and of seven
    for step in steps_of(trace, samples):
        assert check_step(step) > 4
        assert node_text(step, "s", 0)


@pytest.mark.parametrize("name", STRUCTURES)
def test_truncated_sums_add_up_too(name):
    trace = trace_of(name, "coupled" if "lengths" in name else "gru", hidden=2, truncate=2)
    for used in (True, False):
        for step in steps_of(trace, (1,), used):
            check_step(step)


def test_truncated_outputs_that_are_read_again_add_up_too():
    for cell in ("jordan", "ar", "narx"):
        for used in (True, False):
            for step in steps_of(trace_of("n-n", cell, hidden=2, truncate=2), (1,), used):
                check_step(step)


# --- what comes from contexts and attention ---
def score_back(trace: Trace, part: Attention, name: str) -> tuple[np.ndarray, np.ndarray]:
    """What attention sends to its keys (T_x, B, K), and to the query s_{t−1} of each step (T_y, B, H), from what was
    recorded of its scores, weights and contexts."""
    p, keys = trace.parameters, trace.values[part.keys]
    s = trace.values[name, "s"]
    query = np.concatenate((trace.start[name, "s"][None], s[:-1]))
    weights, scores = trace.values["attention", "a"], trace.exact["attention", "e"]
    to_keys = np.einsum("tbj,tbk->jbk", weights, trace.exact["context", "c"])
    if part.score == "additive":
        inner = np.tanh((query @ p["attention.A_s"])[:, None] + (keys @ p["attention.A_k"])[None])
        inner = scores.transpose(0, 2, 1)[..., None] * p["attention.v"] * (1 - inner**2)  # (T_y, T_x, B, H)
        return to_keys + inner.sum(axis=0) @ p["attention.A_k"].T, inner.sum(axis=1) @ p["attention.A_s"].T
    a = p["attention.A"] if part.score == "bilinear" else np.eye(s.shape[2])
    to_keys = to_keys + np.einsum("tbj,tbk->jbk", scores, query @ a)
    return to_keys, np.einsum("tbj,jbk->tbk", scores, keys) @ a.T


def expected_rest(trace: Trace, scan: Scan) -> np.ndarray:
    """What comes to a scan's states from contexts, a decoder's first state and attention, (T, B, H)."""
    found = np.zeros(trace.values[scan.name, "s"].shape)
    own, end = (scan.name, "s"), 0 if scan.reverse else -1
    for other in trace.scans:
        parts = other.source.components if isinstance(other.source, Concatenated) else ()
        for part in (each for each in parts if isinstance(each, Attention)):
            keys, query = score_back(trace, part, other.name)
            if part.keys == own:
                found += keys
            if other is scan:
                found[:-1] += query[1:]
        if other.initial == scan.name:
            found[end] += trace.start_gradients[other.name, "s"]
    for part in (each for each in trace.network.members if isinstance(each, Context)):
        handed = any(other.initial == (part.name, "c") for other in trace.scans)
        inputs = part.name == "context" and trace.experiment.context_at == "every"
        if not (handed or inputs):  # the last states are handed on by the scans themselves, and counted there
            continue
        gradient = trace.exact[part.name, "c"][0]
        if part.kind != "last":
            gradient = gradient * (1 - trace.values[part.name, "c"][0] ** 2) @ trace.parameters[f"{part.name}.M"].T
        if part.kind == "all" and part.states == own:
            present = np.ones(found.shape[:2]) if trace.data.present is None else trace.data.present.astype(float)
            found += (present / present.sum(axis=0))[..., None] * gradient
        elif part.kind != "all" and own in part.ends:
            states = [trace.values[signal][-1 if k == 0 else 0] for k, signal in enumerate(part.ends)]
            both = joined_back(gradient, *states, part.how) if len(states) == 2 else (gradient,)
            found[end] += both[part.ends.index(own)]
    return found


@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_what_comes_by_way_of_a_context_is_what_its_own_gradients_say(name, cell):
    trace = trace_of(name, cell)
    rest = {scan.name: expected_rest(trace, scan) for scan in trace.scans}
    told = 0
    for step in steps_of(trace):
        expected = rest[step.scan.name][step.t - 1, step.sample]
        for unit in range(step.scan.hidden):
            total = step.backward("s", unit)
            assert total is not None
            lines = [line for line in total.lines if line.origin == "context"]
            assert all(line.template or line.product for line in lines)
            told += len(lines)
            assert sum(line.value for line in lines) == pytest.approx(expected[unit], rel=1e-9, abs=1e-14)
            assert lines or not expected[unit]
            if cell == "lstm" and step.scan.name[0] == "E" and not step.scan.reverse:  # what is handed on as it is
                handed = [other.name for other in trace.scans if other.initial == step.scan.name]
                carry = step.backward("c", unit)
                assert carry is not None
                found = [line.value for line in carry.lines if line.origin == "context"]
                assert bool(found) == bool(handed and step.t == len(trace.data.x))
                if found:
                    start = trace.start_gradients[handed[0], "c"][step.sample, unit]
                    assert found == pytest.approx([start], rel=1e-9, abs=1e-14)
    decoded = any(scan.decodes for scan in trace.scans)
    assert bool(told) == decoded or STRUCTURES[name].get("structure") == "encoder-decoder"


def test_the_last_step_of_an_encoder_tells_of_the_context_and_no_other_does():
    trace = trace_of("encoder-decoder")
    for t in range(1, 6):
        total = CellNode(trace, t, 0, plan=Plan(trace, "E1")).backward("s", 0)
        assert total is not None
        assert ("context" in [line.origin for line in total.lines]) == (t == 5)


# --- copied steps ---
def test_a_step_that_a_sample_does_not_have_hands_everything_on():
    trace = trace_of("lengths", "lstm")
    (sample,) = np.flatnonzero(trace.data.present.sum(axis=0) == 6)[:1]
    late = CellNode(trace, 7, sample)
    assert late.copied and not CellNode(trace, 6, sample).copied
    for name in ("s", "c"):
        forward, back = late.forward(name, 0), CellNode(trace, 6, sample).backward(name, 0)
        assert back is not None and forward.absent == "copied"
        assert [line.value for line in forward.lines] == [trace.values["L1", name][5, sample, 0]]
        assert forward.total == trace.values["L1", name][5, sample, 0]
        passed = [line for line in back.lines if line.origin == "next step"]
        assert [line.value for line in passed] == [trace.exact["L1", name][6, sample, 0]]
        assert passed[0].label == f"∂L/∂{name}₇"
    for name in ("h_i", "o", "tc"):
        total = late.backward(name, 0)
        assert total is not None and (total.total, total.absent, total.lines) == (0.0, "copied", ())


# --- edges and sums over time ---
@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "gru"])
def test_edges_carry_their_addends_in_every_scan(name, cell):
    trace = trace_of(name, cell, batch=1)
    for step in steps_of(trace, (0,)):
        size = link_norms(Evaluation(trace, True), step.scan)
        below, key = step.rows[0][0], next(row for row, names in step.rows if "s" in names)[1:]
        for link in links(step.cell):
            source = {"x": below, "z": "z"}.get(link.source, link.source + key)
            found = step.edge(source, link.target + key, link.recurrent, 0)
            assert len(found) == len(link.edges)
            by_input: dict[str, np.ndarray] = {}
            for each in found:
                by_input[each.source] = by_input.get(each.source, 0.0) + each.vector
                assert close(each.line.value, float(each.vector[0]))
                if each.line.template:
                    assert close(calculated(each.line.put_in(lambda value: f"{value:.17g}")), each.line.value)
            both = np.concatenate(list(by_input.values()))
            assert close(float(np.linalg.norm(both)), float(size[link][step.t - 1]))
            assert edge_text(step, "an edge", step.edge(source, link.target + key, link.recurrent, 0), 0)


@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_every_parameters_gradient_is_the_sum_of_its_addends(name, cell):
    trace = trace_of(name, cell)
    named = trace.named_parameters(trace.exact_parameters)
    shown = parameter_names(trace)
    own = {scan.name for scan in trace.scans if not scan.reverse} | {"out"}
    assert set(shown) == {full for full in named if full.partition(".")[0] in own}
    for full in shown:
        addends = Addends(trace, full)
        total = sum(addends.matrix(t) for t in range(1, trace.steps + 1))
        np.testing.assert_allclose(np.reshape(total, named[full].shape), named[full], rtol=1e-11, atol=1e-14)
        assert addends.norms.shape == (trace.steps,)
        assert close(addends.running(1), addends.total)
