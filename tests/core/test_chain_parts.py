"""The picture of networks of several parts: every recorded signal has its row, every edge its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from core.chain import FED, INPUT, OUTPUT, ChainRow, key_of, records_of, row_of_source, rows
from core.diagnostics import norms
from core.joins import Join
from core.links import ChainLink, chain_links
from core.network import X
from core.trace import Trace
from tests.core.structured import STRUCTURE, STRUCTURES, trace_of

CELLS = pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])


def shown(row: ChainRow, trace: Trace) -> set[tuple[str, str]]:
    """Every signal that a row's nodes stand for."""
    names = records_of(trace, row.name)
    return {
        (piece.part, name) for piece in row.pieces for name in (names if row.row else [s[1] for s in piece.signals])
    }


@CELLS
@STRUCTURE
def test_every_recorded_signal_belongs_to_one_row(name, cell):
    trace = trace_of(name, cell)
    found = [signal for row in rows(trace) for signal in shown(row, trace) if row.name not in (INPUT, FED)]
    assert len(found) == len(set(found))
    scans = {scan.name for scan in trace.scans}
    # What a scan reads belongs to who made it; a stack to its gates; scores and pre-activations to what comes of them.
    hidden = {(part, "x") for part in scans} | {(part, "a_prev") for part in scans}
    hidden |= {(part, "h") for part in scans if cell != "tanh"}
    hidden |= {("conv", "h"), ("context", "h"), ("bridge", "h"), ("attention", "e"), ("out", "a")}
    assert set(trace.values) - hidden == set(found) - hidden
    assert {(part, n) for part, n in found if part == "out"} == {("out", "z")}
    made = {(X[0], X[1])} | {signal for signal in trace.values if signal[1] in ("s", "c")}
    for scan in trace.scans:  # what it reads is another row's, or a row of its own
        below = row_of_source(trace, scan)
        row = next(each for each in rows(trace) if each.name == below)
        assert row.name in (INPUT, FED) or row.signals[-1] in made
        if row.name not in (INPUT, FED):
            assert np.array_equal(trace.values[scan.name, "x"], trace.values[row.signals[-1]]) or scan.decodes


@CELLS
@STRUCTURE
def test_numbers_stand_in_their_columns(name, cell):
    trace = trace_of(name, cell)
    values, columns = {**trace.values, X: trace.data.x}, trace.steps
    for row in rows(trace):
        numbers, present = row.numbers(values, 1, columns), row.present(columns)
        assert numbers.shape[:2] == (columns, len(row.signals)) == (columns, len(row.kinds))
        assert len(row.part) and row.title and row.tex and row.text
        assert sum(piece.steps for piece in row.pieces) == present.sum()
        for t in range(1, columns + 1):
            piece = row.piece(t)
            assert (piece is not None) == present[t - 1]
            if piece is None:
                assert not numbers[t - 1].any()
                continue
            assert piece.offset == trace.schedule.offset(piece.part)
            for k, signal in enumerate(piece.signals):
                assert np.array_equal(numbers[t - 1, k], values[signal][t - 1 - piece.offset, 1])


def link(trace: Trace, source: str, target: str, recurrent: bool = False) -> ChainLink:
    """The one edge between two rows."""
    (found,) = [
        each for each in chain_links(trace) if (each.source, each.target, each.recurrent) == (source, target, recurrent)
    ]
    return found


def along(trace: Trace, part: str, gradient: np.ndarray, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Norms of a part's (T, B, n) in their columns, and where there are any, from its step `first` on."""
    start = trace.schedule.offset(part)
    size, there = np.zeros(trace.steps), np.zeros(trace.steps, dtype=bool)
    size[start : start + len(gradient)] = [np.linalg.norm(each) for each in gradient]
    there[start + first : start + len(gradient)] = True
    return size, there


@STRUCTURE
def test_norms_of_edges_are_those_of_the_gradients_that_were_recorded(name):
    """Of tanh: to the row below ∂L/∂x, to the step before ∂L/∂h·Wᵀ, to the chains of a join their shares."""
    trace = trace_of(name)
    by_row: dict[tuple[str, str, bool], list[tuple[np.ndarray, np.ndarray]]] = {}
    for scan in trace.scans:
        key, part = key_of(trace, scan), scan.name
        below = row_of_source(trace, scan)
        by_row.setdefault((below, f"h{key}", False), []).append(along(trace, part, trace.exact[part, "x"]))
        back = trace.exact[part, "h"] @ trace.parameters[f"{part}.W"].T
        apart = scan.decodes and not isinstance(scan.initial, str)
        by_row.setdefault((f"s{key}", f"h{key}", True), []).append(along(trace, part, back, int(apart)))
        within = trace.exact[part, "s"] * (1 - trace.values[part, "s"] ** 2)
        if trace.data.present is not None and not scan.decodes:
            within = within * trace.data.present[:, :, None]  # of a copied step nothing goes into it
        by_row.setdefault((f"h{key}", f"s{key}", False), []).append(along(trace, part, within))
        if scan.feedback is not None and not scan.feedback.teacher:
            back = trace.exact[part, "h"] @ trace.parameters[f"{part}.F"].T
            by_row[OUTPUT, f"h{key}", True] = [along(trace, part, back, 1)]
    dz = trace.exact["out", "z"] @ trace.parameters["out.V"].T
    top = rows(trace)[-2].name if not trace.scan.decodes else f"s{key_of(trace, trace.scan)}"
    by_row[top, OUTPUT, False] = [along(trace, "out", dz)]
    for part in (part for part in trace.network.members if isinstance(part, Join)):
        for (chain, _), share in shares(trace, part).items():
            scan = next(each for each in trace.scans if each.name == chain)
            by_row[f"s{key_of(trace, scan)}", part.name, False] = [along(trace, part.name, share)]
    if STRUCTURES[name].get("structure") in ("encoder-decoder", "attention", "1-n-feedback"):
        first = next(scan for scan in trace.scans if scan.decodes or name == "1-n-feedback")
        if not trace.experiment.teacher_forcing:
            back = trace.exact[first.name, "x"][..., : trace.data.y.shape[2]]
            by_row[OUTPUT, FED if first.decodes else INPUT, True] = [along(trace, first.name, back, 1)]
    if "convolution" in STRUCTURES[name]:  # nothing goes back to the data
        by_row[INPUT, "conv", False] = [along(trace, "conv", np.zeros_like(trace.exact["conv", "s"]))]
    if ("attention", "a") in trace.values:
        by_row["attention", "contexts", False] = [along(trace, "attention", trace.exact["attention", "a"])]
        by_row["contexts", FED, False] = [along(trace, "context", trace.exact["context", "c"])]
    found = {(each.source, each.target, each.recurrent): each for each in chain_links(trace)}
    assert set(found) == set(by_row)
    names = {row.name: row for row in rows(trace)}
    for key, pieces in by_row.items():
        there = np.any([each for _, each in pieces], axis=0)
        assert found[key].there.tolist() == there.tolist(), key
        assert found[key].norms[there] == pytest.approx(np.sum([size for size, _ in pieces], axis=0)[there]), key
        assert not found[key].norms[~names[key[1]].present(trace.steps)].any(), "no node, no gradient"
        reverse = key[2] and key[0].endswith("r")
        assert found[key].back == reverse


def shares(trace: Trace, join: Join) -> dict[tuple[str, str], np.ndarray]:
    """What a join sends to its chains, from its own gradient; a chain read at its own end receives all at t = 1."""
    gradient, width = trace.exact[join.name, "s"], trace.experiment.hidden
    a, b = trace.values[join.first], trace.values[join.second]
    b = np.repeat(b[:1], len(b), axis=0) if join.at_its_end else b
    first, second = {
        "concat": lambda: (gradient[..., :width], gradient[..., width:]),
        "sum": lambda: (gradient, gradient),
        "product": lambda: (gradient * b, gradient * a),
        "mean": lambda: (gradient / 2, gradient / 2),
    }[join.how]()
    return {join.first: first, join.second: second.sum(axis=0)[None] if join.at_its_end else second}


def test_a_chain_that_is_read_at_its_own_end_has_one_edge_with_all_that_comes_back():
    trace = trace_of("bidirectional n-1")
    edge = link(trace, "s1r", "J1")
    assert edge.there.tolist() == [True, False, False, False, False]
    assert edge.norms[0] == pytest.approx(np.linalg.norm(trace.exact["L1r", "s"][0])), "it is all there is at its end"
    assert link(trace, "s1", "J1").there.all()


def test_the_first_step_of_a_decoder_reads_no_output():
    trace = trace_of("encoder-decoder")
    assert link(trace, OUTPUT, FED, recurrent=True).there.tolist() == [False] * 6 + [True] * 2
    assert not [each for each in chain_links(trace_of("encoder-decoder, forced")) if each.source == OUTPUT]


def test_a_decoder_that_begins_with_a_context_has_no_edge_from_the_encoders_last_state():
    handed, transformed = trace_of("encoder-decoder"), trace_of("context transformed")
    assert link(handed, "s1", "h1", recurrent=True).there.all()
    assert link(transformed, "s", "h", recurrent=True).there.tolist() == [True] * 5 + [False] + [True] * 2


def test_used_edges_stop_at_a_cut():
    trace = trace_of("three layers", truncate=2)
    found = next(each for each in chain_links(trace, used=True) if (each.source, each.target) == ("h3", "s3"))
    exact = next(each for each in chain_links(trace) if (each.source, each.target) == ("h3", "s3"))
    assert found.norms == pytest.approx(norms(trace.used["L3", "h"]))
    assert not np.allclose(found.norms, exact.norms)
