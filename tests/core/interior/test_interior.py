"""The inside of every cell: each operation and edge once, at places that do not meet, with the trace's numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.analysis.contributions import copied_steps
from core.arithmetic.cell_node import CellNode
from core.arithmetic.plan import Plan
from core.cells import cell_named
from core.chain.edges import PREVIOUS
from core.experiment import Experiment
from core.interior.diagram import interior
from core.interior.numbers import FROM_OUTPUT, NEXT, numbers
from core.interior.text import InteriorText
from core.maths.losses import total
from core.maths.operations import FIXED, REST, compute
from core.notation.books import NOTATIONS
from core.recorder import record
from core.timeline.moment import Whereabouts, beat_of, done, live_column
from core.timeline.timeline import BACKWARD, FORWARD, Timeline
from tests.core.cases import CASE, CELL, experiment_of, given
from tests.core.structured import STRUCTURE, trace_of

NETWORKS = {
    "layers": Experiment(cell="lstm", layers=2, steps=5, hidden=3),
    "truncated": Experiment(cell="lstm", truncate=2, steps=7, hidden=3),
    "reset after": Experiment(cell="gru", reset="after", steps=5, hidden=3),
    "frozen": Experiment(cell="lstm", steps=5, hidden=3).freeze("f", 1.0),
}


@CELL
@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_every_operation_and_every_edge_is_there_once(cell, notation):
    made = cell.from_experiment(experiment_of(cell))
    diagram = interior(made, notation)
    names = [node.name for node in diagram.nodes]
    assert len(names) == len(set(names))
    graph = notation.graph(made)
    assert diagram.order == tuple(operation.out for operation in graph)
    assert set(diagram.order) == {operation.out for operation in made.graph}
    wanted = {(operation.out, source) for operation in graph for source in operation.inputs}
    assert {(edge.out, edge.source) for edge in diagram.edges} == wanted
    assert len(diagram.edges) == len(wanted)
    made_here = {operation.out for operation in made.graph}
    assert {node.name for node in diagram.nodes if node.outside} == {source for _, source in wanted} - made_here


@CELL
@CASE
def test_no_two_nodes_have_one_place(cell, case):
    diagram = interior(cell.from_experiment(experiment_of(cell, case)))
    boxes = [node.at for node in diagram.nodes if node.form != "sign"]
    signs = [node.sign_at or node.at for node in diagram.nodes if node.form == "sign" or node.sign_at]
    for a, b in itertools.combinations((*boxes, *signs), 2):
        apart = 1 if a in boxes and b in boxes else 0.5  # signs are smaller
        assert abs(a[0] - b[0]) + abs(a[1] - b[1]) >= apart, (a, b)


def holds(trace):
    """Values and gradients are the trace's, and what comes to a node adds up to its gradient."""
    for scan, used in itertools.product(trace.scans, (True, False)):
        found = numbers(trace, scan.name, 1 % trace.data.x.shape[1], used)
        gradients = trace.used if used else trace.exact
        diagram = interior(scan.cell)
        for node in diagram.nodes:
            parts = [array for (_, source), array in found.addends.items() if source == node.name]
            parts += [each.vectors for each in found.arrivals.get(node.name, ())]
            copied, carried = copied_steps(trace, scan), node.name.removesuffix(PREVIOUS)
            if copied is not None and node.name.endswith(PREVIOUS) and carried in scan.cell.recurrent_states:
                aside = copied[:, 1 % trace.data.x.shape[1], None]  # it passes by the operations
                parts.append(np.where(aside, found.gradients[carried], 0.0))
            total = found.gradients[node.name]
            np.testing.assert_allclose(sum(parts, np.zeros_like(total)), total, rtol=1e-9, atol=1e-13)
        for kept in scan.cell.records:
            sample = 1 % trace.data.x.shape[1]
            assert (found.values[kept.name] == trace.values[scan.name, kept.name][:, sample]).all()
            assert (found.gradients[kept.name] == gradients[scan.name, kept.name][:, sample]).all()


@CELL
@CASE
def test_the_numbers_are_the_traces_and_addends_add_up(cell, case):
    holds(record(experiment_of(cell, case)))


@STRUCTURE
def test_they_add_up_with_what_comes_from_outside(name):
    holds(trace_of(name, "lstm"))


def test_they_add_up_where_it_is_truncated():
    holds(record(NETWORKS["truncated"]))


def test_what_comes_from_outside_is_named_and_cut_where_it_is_truncated():
    trace = record(NETWORKS["truncated"])
    found = numbers(trace, trace.scan.name, used=True)
    exact = numbers(trace, trace.scan.name, used=False)
    assert [each.origin for each in found.arrivals["s"]] == [NEXT, FROM_OUTPUT]
    came, whole = (each.arrivals["c"][0].vectors for each in (found, exact))
    assert [bool(row.any()) for row in came] == [False, False, False, False, False, True, False]
    assert [bool(row.any()) for row in whole] == [True] * 6 + [False]
    below = record(NETWORKS["layers"])
    assert [each.origin for each in numbers(below, "L1").arrivals["s"]] == [NEXT, "L2"]


def test_a_frozen_gate_says_at_what_and_has_no_gradient():
    trace = record(NETWORKS["frozen"])
    diagram, found = interior(trace.scan.cell), numbers(trace, trace.scan.name)
    assert diagram.by_name["f"].held == 1.0
    assert diagram.by_name["f"].form == "gate"
    assert not found.gradients["f"].any()
    assert not found.gradients["h_f"].any()
    text = InteriorText(Plan(trace, trace.scan.name), diagram)
    assert text.at(text.symbols["f"], 3) == "f₃ ≡ 1"


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_a_gate_that_is_one_minus_ours_has_the_books_numbers(notation):
    trace = record(NETWORKS["reset after"])
    cell, part = trace.scan.cell, trace.scan.name
    ours, books = numbers(trace, part), numbers(trace, part, notation=notation)
    u, n, s_prev = (books.values[name] for name in ("u", "n", "s_prev"))
    writes = ("u" in notation.complemented(cell)) == cell.keeps
    first, second = (n, s_prev) if writes else (s_prev, n)
    np.testing.assert_allclose(u * first + (1 - u) * second, ours.values["s"], atol=1e-14)
    complemented = "u" in notation.complemented(cell)
    np.testing.assert_allclose(books.gradients["u"], -ours.gradients["u"] if complemented else ours.gradients["u"])
    np.testing.assert_allclose(books.addends["u", "h_u"], books.gradients["h_u"])


@CELL
@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_every_node_edge_and_operation_has_words(cell, notation):
    trace = record(experiment_of(cell))
    diagram = interior(trace.scan.cell, notation)
    text = InteriorText(Plan(trace, trace.scan.name, notation), diagram)
    assert set(text.symbols) == set(diagram.by_name)
    assert all(text.title(name) for name in diagram.by_name)
    for edge in diagram.edges:
        operation = diagram.by_name[edge.source].operation
        fixed = operation is not None and operation.kind in FIXED
        assert ((edge.out, edge.source) in text.addends) != fixed
    everything = [*text.symbols.values(), *text.forward.values()]
    everything += [each for own in text.backward.values() for each in own]
    assert not [each for each in everything if "[t" in text.at(each, 4) or "_prev" in each]


def test_an_operation_says_what_it_does_in_both_passes():
    trace = record(Experiment(cell="lstm", steps=5, hidden=3))
    text = InteriorText(Plan(trace, trace.scan.name), interior(trace.scan.cell))
    assert text.at(text.forward["keep"], 4) == "f₄ ⊙ c₃"
    assert [text.at(each, 4) for each in text.backward["keep"]] == ["∂L/∂f₄ = ∂L/∂c₄ ⊙ c₃", "∂L/∂c₃ += ∂L/∂c₄ ⊙ f₄"]
    assert [text.at(each, 4) for each in text.backward["tc"]] == ["∂L/∂c₄ += ∂L/∂tanh(c₄) ⊙ (1 − tanh(c₄)²)"]


def test_the_playhead_is_in_the_step_of_its_beat():
    trace = record(Experiment(cell="lstm", steps=5, hidden=3))
    line = Timeline(5)
    place = Whereabouts(trace, trace.scan.name, line)
    assert place.at(0.0)[:4] == (1, 1, 0.0, 0.0)
    assert place.at(2.25) == (3, 3, 0.25, 0.0, FORWARD)
    assert place.at(3.0) == (3, 3, 1.0, 0.0, FORWARD)
    assert place.at(5.5)[:4] == (5, 5, 1.0, 0.0)
    assert place.at(6.5) == (5, 5, 1.0, 0.5, BACKWARD)
    assert place.at(float(line.last))[:4] == (1, 1, 1.0, 1.0)
    assert [beat_of(trace, trace.scan.name, line, 4, back) for back in (False, True)] == [4, 8]
    assert [done(share, 4) for share in (0.0, 0.24, 0.25, 0.5, 0.99, 1.0)] == [0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", ["bidirectional, two layers", "encoder-decoder", "context of both chains"])
def test_each_part_is_live_at_its_own_beats_and_done_after_them(name):
    trace = trace_of(name)
    line = Timeline(trace.steps, trace.schedule.sweeps)
    for scan in trace.scans:
        place, lane = Whereabouts(trace, scan.name, line), trace.schedule.lanes[scan.name]
        for column in range(lane.first, lane.last + 1):
            for back in (False, True):
                beat = beat_of(trace, scan.name, line, column, back)
                assert live_column(trace.schedule, scan.name, line.beat(beat)) == column
                now = place.at(float(beat))
                assert (now.column, now.forward, now.backward) == (column, 1.0, float(back))
                assert place.at(beat - 0.5)[2 + back] == 0.5


def loss_with_more_left(trace, at, unit, by):
    """L where 1 − u of step `at` (from 0) is larger by `by` in one unit of sample 1, computed from the graph alone."""
    cell, parameters = trace.scan.cell, trace.scan.own_parameters(trace.parameters)
    carried, states = {}, []
    for t in range(trace.steps):
        values = {**given(trace, t), **carried}
        for operation in cell.graph:
            if operation.out not in values:
                values[operation.out] = np.array(compute(operation, values, parameters), dtype=complex)
            if operation.out == REST and t == at:
                values[REST][1, unit] += by
        carried = {f"{name}_prev": values[name] for name in cell.recurrent_states}
        states.append(values["s"])
    z = np.stack(states) @ trace.parameters["out.V"] + trace.parameters["out.b"]
    data = trace.data
    return total(trace.network.loss, z, z, data.y, data.supervised, data.counted)[1]


@pytest.mark.parametrize("case", ["plain", "reset after", "other options", "relu, hard sigmoid", "frozen"])
@pytest.mark.parametrize("name", ["gru", "gru-simple", "coupled", "leaky", "clockwork"])
def test_what_is_left_of_1_is_drawn_with_its_value_and_its_gradient(name, case):
    cell = cell_named(name)
    trace = record(experiment_of(cell, case))
    made, found = trace.scan.cell, numbers(trace, trace.scan.name, sample=1)
    node = interior(made).by_name[REST]
    (u,) = node.operation.inputs
    assert (node.form, node.operation.kind) == ("sign", "complement")
    assert (found.values[REST] == 1 - found.values[u]).all()
    text = InteriorText(Plan(trace, trace.scan.name), interior(made))
    assert text.at(text.symbols[REST], 3) == {"leaky": f"1 − {made.graph[2].value:g}"}.get(name, f"1 − {u}₃")
    for t, unit in ((0, 0), (trace.steps // 2, 1), (trace.steps - 1, 2)):
        wanted = np.imag(loss_with_more_left(trace, t, unit, 1e-30j)) / 1e-30
        assert found.gradients[REST][t, unit] == pytest.approx(wanted, rel=1e-9, abs=1e-14)
    assert np.abs(found.gradients[REST]).max() > 1e-4


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("update", ["writes", "keeps"])
def test_in_every_book_1_minus_its_gate_is_what_is_drawn(notation, update):
    trace = record(Experiment(cell="gru", update=update, steps=5, hidden=3))
    part, cell = trace.scan.name, trace.scan.cell
    found, diagram = numbers(trace, part, notation=notation), interior(cell, notation)
    own, values, gradients = diagram.by_name, found.values, found.gradients
    assert own[REST].operation.inputs == ("u",)
    np.testing.assert_allclose(values[REST], 1 - values["u"], rtol=0, atol=1e-16)
    reader = next(edge.out for edge in diagram.readers[REST])
    (other,) = set(own[reader].operation.inputs) - {REST}
    np.testing.assert_allclose(values[reader], values[REST] * values[other])
    np.testing.assert_allclose(gradients[REST], gradients["s"] * values[other])
    np.testing.assert_allclose(found.addends[REST, "u"], -gradients[REST])
    np.testing.assert_allclose(
        gradients["u"], sum(array for (_, source), array in found.addends.items() if source == "u")
    )
    node = CellNode(trace, 3, plan=Plan(trace, part, notation))
    np.testing.assert_allclose(node.value(REST), values[REST][2])
    np.testing.assert_allclose(node.gradient(REST), gradients[REST][2])


def test_the_sum_reads_as_the_textbooks_write_it_and_its_terms_are_worked_out():
    trace = record(Experiment(cell="gru", steps=5, hidden=3, task="echo"))
    node = CellNode(trace, 3)
    assert node.forward_text("s") == "s₃ = u₃ ⊙ n₃ + (1 − u₃) ⊙ s₂"
    assert node.backward_text("u") == "∂L/∂u₃ = ∂L/∂s₃ ⊙ n₃ − ∂L/∂s₃ ⊙ s₂"
    written, kept = node.forward("s", 0).lines
    assert (written.template, kept.template) == ("{} × {}", "(1 − {}) × {}")
    u, s = kept.operands
    assert (u, s, kept.value) == (node.value("u")[0], node.value("s_prev")[0], (1 - u) * s)
    back = node.backward("u", 0)
    assert [each.label for each in back.lines] == ["∂L/∂s₃ ⊙ n₃", "−∂L/∂s₃ ⊙ s₂"]
    assert [each.template for each in back.lines] == ["{} × {}", "−{} × {}"]
    assert sum(each.value for each in back.lines) == pytest.approx(back.total)
    assert back.lines[1].value == pytest.approx(-np.prod(back.lines[1].operands))
    assert node.forward(REST, 1).lines[0].template == "1 − {}"
    assert node.backward(REST, 1).total == pytest.approx(node.gradient("s")[1] * node.value("s_prev")[1])
    (sent,) = [each for each in node.backward("s_prev".removesuffix("_prev"), 0).lines if "(1 − u₄)" in each.label]
    assert sent.template == "{} × (1 − {})"
