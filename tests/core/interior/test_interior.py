"""The inside of every cell: each operation and edge once, at places that do not meet, with the trace's numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.analysis.contributions import copied_steps
from core.arithmetic.plan import Plan
from core.chain.edges import PREVIOUS
from core.experiment import Experiment
from core.interior.diagram import interior
from core.interior.numbers import FROM_OUTPUT, NEXT, numbers
from core.interior.text import InteriorText
from core.maths.operations import FIXED
from core.notation.books import NOTATIONS
from core.recorder import record
from core.timeline.moment import Whereabouts, beat_of, done, live_column
from core.timeline.timeline import BACKWARD, FORWARD, Timeline
from tests.core.cases import CASE, CELL, experiment_of
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
    assert diagram.order == tuple(operation.out for operation in made.graph)
    wanted = {(operation.out, source) for operation in made.graph for source in operation.inputs}
    assert {(edge.out, edge.source) for edge in diagram.edges} == wanted
    assert len(diagram.edges) == len(wanted)
    made_here = {operation.out for operation in made.graph}
    assert {node.name for node in diagram.nodes if node.outside} == {source for _, source in wanted} - made_here


@CELL
@CASE
def test_no_two_nodes_have_one_place(cell, case):
    diagram = interior(cell.from_experiment(experiment_of(cell, case)))
    places = [node.at for node in diagram.nodes] + [node.sign_at for node in diagram.nodes if node.sign_at]
    for a, b in itertools.combinations(places, 2):
        assert abs(a[0] - b[0]) + abs(a[1] - b[1]) >= 1, (a, b)


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
    mix = interior(cell, notation).by_name["s"].operation
    assert mix is not None
    first, second = (n, s_prev) if mix.inputs[1] == "n" else (s_prev, n)
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
    everything = [*text.symbols.values(), *text.mixes.values(), *text.forward.values()]
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
