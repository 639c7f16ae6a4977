"""The picture of networks of several parts: every recorded signal has its row, every edge its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.evaluation import Evaluation
from core.chain.edges import ChainLink, arc_norms, attended, chain_links
from core.chain.rows import FED_ROW, INPUT_ROW, OUTPUT_ROW, ChainRow, key_of, records_of, row_of_source, rows
from core.experiment import natural
from core.maths.arrays import norms
from core.network.context import Context
from core.network.joins import Join
from core.network.parts import X
from core.network.scan import Scan
from core.recorder import record
from core.trace import Trace
from tests.core.structured import STRUCTURE, STRUCTURES, trace_of

CELLS = pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])


def context_of(scan: Scan) -> str:
    """The name of the context by way of which a decoder's first state comes; "" where there is none."""
    signal = scan.initial if isinstance(scan.initial, tuple) else scan.context
    return "" if signal is None else signal[0]


def keys_back(trace: Trace) -> np.ndarray:
    """What each step of an attention sends back to each key, (T_y, T_x, B, n)."""
    declared, edges = attended(trace)
    addends = Evaluation(trace).addends(declared)
    return sum(addends[edge.operation.out, edge.source] for edge in edges)


def queries_back(trace: Trace) -> np.ndarray:
    """What each step of an attention sends back to its query, (T_y, B, n)."""
    declared, _ = attended(trace)
    addends = Evaluation(trace).addends(declared)
    (found,) = (array for (_, source), array in addends.items() if source == "query")
    return found[:, 0]


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
    found = [signal for row in rows(trace) for signal in shown(row, trace) if row.name not in (INPUT_ROW, FED_ROW)]
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
        assert row.name in (INPUT_ROW, FED_ROW) or row.signals[-1] in made
        if row.name not in (INPUT_ROW, FED_ROW):
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
        begins = context_of(scan) if scan.decodes else ""  # by way of which its first state comes
        apart = bool(begins) or (scan.decodes and scan.initial is None)
        by_row.setdefault((f"s{key}", f"h{key}", True), []).append(along(trace, part, back, int(apart)))
        if begins:
            by_row[begins, f"h{key}", True] = [along(trace, part, back[:1])]
        within = trace.exact[part, "s"] * (1 - trace.values[part, "s"] ** 2)
        if trace.data.present is not None and not scan.decodes:
            within = within * trace.data.present[:, :, None]  # of a copied step nothing goes into it
        by_row.setdefault((f"h{key}", f"s{key}", False), []).append(along(trace, part, within))
        if scan.feedback is not None and not trace.experiment.teacher_forcing:
            back = trace.exact[part, "h"] @ trace.parameters[f"{part}.F"].T
            by_row[OUTPUT_ROW, f"h{key}", True] = [along(trace, part, back, 1)]
    dz = trace.exact["out", "z"]
    if trace.experiment.head:
        dz = dz @ trace.parameters["out.V"].T
    top = rows(trace)[-2].name if not trace.scan.decodes else f"s{key_of(trace, trace.scan)}"
    by_row[top, OUTPUT_ROW, False] = [along(trace, "out", dz)]
    for part in (part for part in trace.network.members if isinstance(part, Join)):
        for (chain, _), share in shares(trace, part).items():
            scan = next(each for each in trace.scans if each.name == chain)
            by_row[f"s{key_of(trace, scan)}", part.name, False] = [along(trace, part.name, share)]
    for part in (part for part in trace.network.members if isinstance(part, Context)):
        for chain, share in read_by(trace, part).items():
            scan = next((each for each in trace.scans if each.name == chain), None)
            row = chain if scan is None else f"s{key_of(trace, scan)}"
            by_row[row, part.name, False] = [along(trace, chain if part.kind == "all" else part.name, share)]
        if trace.experiment.context_at == "every" and trace.experiment.structure == "encoder-decoder":
            dx = trace.exact["D1", "x"][..., trace.data.y.shape[2] :]
            by_row[part.name, FED_ROW, False] = [along(trace, "D1", dx)]
    if STRUCTURES[name].get("structure") in ("encoder-decoder", "attention", "1-n-feedback"):
        first = next(scan for scan in trace.scans if scan.decodes or name == "1-n-feedback")
        if not trace.experiment.teacher_forcing:
            back = trace.exact[first.name, "x"][..., : trace.data.y.shape[2]]
            by_row[OUTPUT_ROW, FED_ROW if first.decodes else INPUT_ROW, True] = [along(trace, first.name, back, 1)]
    if "convolution" in STRUCTURES[name]:  # nothing goes back to the data
        by_row[INPUT_ROW, "conv", False] = [along(trace, "conv", np.zeros_like(trace.exact["conv", "s"]))]
    if ("attention", "a") in trace.values:
        by_row["attention", "contexts", False] = [along(trace, "attention", trace.exact["attention", "a"])]
        by_row["contexts", FED_ROW, False] = [along(trace, "context", trace.exact["context", "c"])]
        queries = queries_back(trace)
        by_row["s" + key_of(trace, trace.scans[-1]).replace("2", "1"), "attention", True] = [
            along(trace, "attention", queries)
        ]
    found = {(each.source, each.target, each.recurrent): each for each in chain_links(trace)}
    assert set(found) == set(by_row)
    names = {row.name: row for row in rows(trace)}
    for key, pieces in by_row.items():
        there = np.any([each for _, each in pieces], axis=0)
        assert found[key].there.tolist() == there.tolist(), key
        counted = key[0] if found[key].ends else key[1]  # what ends in one column counts those where it begins
        assert found[key].norms[there] == pytest.approx(np.sum([size for size, _ in pieces], axis=0)[there]), key
        assert not found[key].norms[~names[counted].present(trace.steps)].any(), "no node, no gradient"
        if key[2] and key[0] == key[1].replace("h", "s"):  # its own next step, the one before backward
            assert found[key].lag == (-1 if key[0].endswith("r") else 1)


def shares(trace: Trace, join: Join) -> dict[tuple[str, str], np.ndarray]:
    """What a join sends to its chains, from its own gradient."""
    gradient, width = trace.exact[join.name, "s"], trace.values[join.first].shape[-1]
    a, b = trace.values[join.first], trace.values[join.second]
    b = np.repeat(b[:1], len(b), axis=0) if join.at_its_end else b
    first, second = {
        "concat": lambda: (gradient[..., :width], gradient[..., width:]),
        "sum": lambda: (gradient, gradient),
        "product": lambda: (gradient * b, gradient * a),
        "mean": lambda: (gradient / 2, gradient / 2),
    }[join.how]()
    return {join.first: first, join.second: second}


def read_by(trace: Trace, context: Context) -> dict[str, np.ndarray]:
    """What a context sends to what it reads, (1, B, n) to a chain's end, (T, B, n) to all the states of a mean."""
    name, how = context.name, trace.experiment.bidirectional
    dc = trace.exact[name, "c"]
    if context.kind != "last":
        dc = (dc * (1 - trace.values[name, "c"] ** 2)) @ trace.parameters[f"{name}.M"].T
    if context.kind == "all":
        present = np.ones(trace.data.x.shape[:2]) if trace.data.present is None else trace.data.present
        return {context.states[0]: dc * (present / present.sum(axis=0))[:, :, None]}
    chains = [signal[0] for signal in context.ends]
    if len(chains) == 1:
        return {chains[0]: dc}
    width = trace.values[context.ends[0]].shape[-1]
    first, second = trace.values[context.ends[0]][-1:], trace.values[context.ends[1]][:1]
    found = {
        "concat": (dc[..., :width], dc[..., width:]),
        "sum": (dc, dc),
        "product": (dc * second, dc * first),
        "mean": (dc / 2, dc / 2),
    }
    return dict(zip(chains, found[how], strict=True))


def test_a_chain_that_is_read_at_its_own_end_has_edges_from_there():
    trace = trace_of("bidirectional n-1")
    edge = link(trace, "s1r", "J1")
    assert edge.begins == 1
    assert edge.norms[-1] == pytest.approx(np.linalg.norm(trace.exact["L1r", "s"][0])), "the loss looks at T alone"
    assert not edge.norms[:-1].any()
    assert link(trace, "s1", "J1").there.all()


@pytest.mark.parametrize("score", ["dot", "bilinear", "additive"])
@pytest.mark.parametrize("context", ["last", "transform"])
def test_attention_sends_back_all_that_no_other_edge_does(score, context):
    """To every key: with what the encoder's next step and the decoder's first one send, it is the recorded gradient; to
    every query: with the output's and the next step's."""
    trace = trace_of("attention", layers=1, score=score, context=context, teacher_forcing=True)
    to_keys = keys_back(trace)
    keys = to_keys.sum(axis=0)
    keys[:-1] += trace.exact["E1", "h"][1:] @ trace.parameters["E1.W"].T
    first = trace.start_gradients["D1", "s"]
    if context == "transform":
        bridge = trace.exact["bridge", "h"][0] @ trace.parameters["bridge.M"].T
        keys[-1] += bridge
    else:
        keys[-1] += first
    assert keys == pytest.approx(trace.exact["E1", "s"])
    queries = queries_back(trace)
    states = trace.exact["out", "z"] @ trace.parameters["out.V"].T
    states[:-1] += trace.exact["D1", "h"][1:] @ trace.parameters["D1.W"].T + queries[1:]
    assert states == pytest.approx(trace.exact["D1", "s"])
    expected = [[np.linalg.norm(to_keys[i, j]) for j in range(5)] for i in range(3)]
    assert arc_norms(trace, trace.exact) == pytest.approx(np.array(expected))
    edge = link(trace, "s", "attention", recurrent=True)
    assert edge.lag == 1 and edge.norms[5:] == pytest.approx([np.linalg.norm(each) for each in queries])


@pytest.mark.parametrize("cell", ["tdnn", "narx"])
def test_a_window_has_an_edge_from_each_of_its_steps(cell):
    trace = record(natural("sine", cell=cell, steps=6, hidden=3, taps=3, batch=2))
    window = [each for each in chain_links(trace) if (each.source, each.target) == (INPUT_ROW, "h")]
    assert [each.lag for each in window] == [0, 1, 2] and not any(each.recurrent for each in window)
    back = trace.exact["L1", "h"] @ trace.parameters["L1.U"].T
    for each in window:
        k, n = each.lag, trace.data.x.shape[2]
        assert each.there.tolist() == [t >= k for t in range(6)]
        assert each.norms == pytest.approx([np.linalg.norm(step[:, k * n : (k + 1) * n]) * 1 for step in back])
    fed = [each for each in chain_links(trace) if each.source == OUTPUT_ROW]
    assert [each.lag for each in fed] == ([1, 2, 3] if cell == "narx" else [])
    outputs = trace.exact["L1", "h"] @ trace.parameters["L1.F"].T if fed else None
    for each in fed:
        expected = [np.linalg.norm(step[:, each.lag - 1 : each.lag]) for step in outputs]
        assert each.norms[each.lag :] == pytest.approx(expected[each.lag :]) and each.recurrent


def test_the_window_of_a_reverse_chain_comes_from_the_steps_after_it():
    trace = trace_of("bidirectional n-n", "tdnn", taps=3)
    window = [each for each in chain_links(trace) if each.source == INPUT_ROW]
    ahead, back = ([each for each in window if each.target == row] for row in ("h1", "h1r"))
    assert [each.lag for each in ahead] == [0, 1, 2]
    assert [each.lag for each in back] == [0, -1, -2]
    sent = trace.exact["L1r", "h"] @ trace.parameters["L1r.U"].T
    for each in back:
        k, n = -each.lag, trace.data.x.shape[2]
        assert each.there.tolist() == [t + k < 5 for t in range(5)]
        expected = [np.linalg.norm(step[:, k * n : (k + 1) * n]) for step in sent]
        assert each.norms[: 5 - k] == pytest.approx(expected[: 5 - k])


def test_each_output_of_a_window_of_them_has_its_edge():
    trace = trace_of("1-n-feedback", "tdnn", taps=3, layers=1)
    fed = [each for each in chain_links(trace) if each.source == OUTPUT_ROW]
    assert [each.lag for each in fed] == [1, 2, 3]
    for each in fed:
        sent = trace.exact["L1", "x"][..., each.lag - 1]
        assert each.there.tolist() == [t >= each.lag for t in range(5)]
        assert each.norms[each.lag :] == pytest.approx([np.linalg.norm(step) for step in sent[each.lag :]])


def test_a_convolution_reads_around_each_step():
    trace = trace_of("convolution")
    assert sorted(each.lag for each in chain_links(trace) if each.target == "conv") == [-1, 0, 1]


def test_the_first_step_of_a_decoder_reads_no_output():
    trace = trace_of("encoder-decoder")
    assert link(trace, OUTPUT_ROW, FED_ROW, recurrent=True).there.tolist() == [False] * 6 + [True] * 2
    assert not [each for each in chain_links(trace_of("encoder-decoder, forced")) if each.source == OUTPUT_ROW]


def test_a_decoder_that_begins_with_a_context_has_no_edge_from_the_encoders_last_state():
    handed, transformed = trace_of("encoder-decoder"), trace_of("context transformed")
    assert link(handed, "s1", "h1", recurrent=True).there.all()
    assert link(handed, "s2", "h2", recurrent=True).there.tolist() == [True] * 5 + [False] + [True] * 2
    assert link(handed, "context", "h2", recurrent=True).there.tolist() == [False] * 5 + [True] + [False] * 2
    assert link(transformed, "s", "h", recurrent=True).there.tolist() == [True] * 5 + [False] + [True] * 2


def test_used_edges_stop_at_a_cut():
    trace = trace_of("three layers", truncate=2)
    found = next(each for each in chain_links(trace, used=True) if (each.source, each.target) == ("h3", "s3"))
    exact = next(each for each in chain_links(trace) if (each.source, each.target) == ("h3", "s3"))
    assert found.norms == pytest.approx(norms(trace.used["L3", "h"]))
    assert not np.allclose(found.norms, exact.norms)
