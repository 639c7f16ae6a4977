"""Ancestors and descendants, held against numbers: a nudged input moves its descendants and nothing else, and the share
of one step's loss reaches the ancestors of that step's output and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.analysis.contributions import share_of_step
from core.cells import CELLS
from core.chain.lineage import Lineage, Node
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, ChainRow, rows
from core.choices import Edit
from core.edits.editing import edited
from core.experiment import natural
from core.network.sources import FullSequence
from core.recorder import record
from core.trace import Trace
from tests.core.structured import STRUCTURE, trace_of

SAMPLE = 0
WORDS = ("ngram",)  # it compares symbols: a nudged one is none, and no context is met either way


def lineage(trace, row: str, t: int, record: str = "", sample: int = 0):
    """The ancestors and the descendants of one node."""
    return Lineage(trace, sample).of(row, t, record)


def numbers(trace: Trace, arrays: Any, row: ChainRow, t: int) -> np.ndarray | None:
    """A node's numbers of the sample; None where it has none."""
    piece = row.piece(t)
    if piece is None or any(signal not in arrays for signal in piece.signals):
        return None
    return np.concatenate([arrays[signal][t - 1 - piece.offset, SAMPLE] for signal in piece.signals])


def moved(trace: Trace, t: int) -> set[Node]:
    """The nodes that another x_t of the sample moves."""
    x = trace.data.x
    edits = [Edit("x", (t - 1, SAMPLE, i), float(x[t - 1, SAMPLE, i]) + 0.37) for i in range(x.shape[2])]
    other = record(edited(trace.experiment, edits), trace.parameters)  # a read-out would be fitted to the nudged x
    found = set()
    for row in rows(trace):
        for column in range(1, trace.steps + 1):
            before = numbers(trace, {**trace.values, ("data", "x"): trace.data.x}, row, column)
            after = numbers(other, {**other.values, ("data", "x"): other.data.x}, row, column)
            if before is not None and after is not None and (before != after).any():
                found.add((row.name, column))
    return found - {(INPUT_ROW, t)}


def reached(trace: Trace, t: int) -> set[Node]:
    """The nodes that the share of step t's loss goes back to, inputs and what has no gradient of its own aside."""
    shares = share_of_step(trace, t)
    found = set()
    for row in rows(trace):
        for column in range(1, trace.steps + 1):
            gradient = numbers(trace, shares, row, column)
            if gradient is not None and gradient.any():
                found.add((row.name, column))
    return {node for node in found if node[0] != INPUT_ROW} - {(OUTPUT_ROW, t)}


def with_gradients(trace: Trace, nodes: frozenset[Node]) -> set[Node]:
    known = {row.name for row in rows(trace) if all(signal in trace.exact for signal in row.signals)} - {INPUT_ROW}
    return {node for node in nodes if node[0] in known}


def read_steps(trace: Trace) -> set[int]:
    """The first and the last x_t of the sample that the network reads."""
    # Later ones are outputs, or 0 for good.
    if not isinstance(trace.scans[0].source, FullSequence) or trace.experiment.structure.startswith("1-n"):
        return {1}
    present = trace.data.present
    return {1, len(trace.data.x) if present is None else int(present[:, SAMPLE].sum())}


def counted_steps(trace: Trace) -> set[int]:
    """The first and the last column whose loss counts for the sample."""
    counted = trace.data.supervised if trace.data.counted is None else trace.data.counted[:, SAMPLE]
    found = np.flatnonzero(counted & trace.data.supervised) + 1 + trace.schedule.before_output
    return {int(found[0]), int(found[-1])}


@STRUCTURE
def test_a_nudged_input_moves_its_descendants_and_nothing_else(name: str) -> None:
    trace = trace_of(name)
    kin = Lineage(trace)
    for t in read_steps(trace):
        _, descendants = kin.of(INPUT_ROW, t)
        assert moved(trace, t) == descendants


@STRUCTURE
def test_the_share_of_a_steps_loss_reaches_the_ancestors_of_its_output_and_nothing_else(name: str) -> None:
    trace = trace_of(name, delay=1)
    kin = Lineage(trace)
    for t in counted_steps(trace):
        ancestors, _ = kin.of(OUTPUT_ROW, t)
        assert reached(trace, t) == with_gradients(trace, ancestors)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell.name not in WORDS])
def test_every_cell(cell: str) -> None:
    trace = record(natural("sine", cell=cell, structure="n-n", steps=5, hidden=4, batch=3, bias=0.2))
    kin = Lineage(trace)
    _, descendants = kin.of(INPUT_ROW, 2)
    assert moved(trace, 2) == descendants
    for t in counted_steps(trace):
        assert reached(trace, t) == with_gradients(trace, kin.of(OUTPUT_ROW, t)[0])


@pytest.mark.parametrize(
    "name", ["three layers", "1-n-feedback", "bidirectional, two layers", "lengths, bidirectional", "lengths, layers"]
)
def test_a_window_of_steps_in_every_structure(name: str) -> None:
    trace = trace_of(name, "tdnn", taps=3)
    kin = Lineage(trace)
    for t in read_steps(trace):
        assert moved(trace, t) == kin.of(INPUT_ROW, t)[1]
    for t in counted_steps(trace):
        assert reached(trace, t) == with_gradients(trace, kin.of(OUTPUT_ROW, t)[0])


@STRUCTURE
def test_an_ancestors_descendant_is_the_node_itself(name: str) -> None:
    trace = trace_of(name, "lstm")
    kin = Lineage(trace)
    for row in rows(trace):
        for t in range(1, trace.steps + 1):
            ancestors, descendants = kin.of(row.name, t)
            assert (row.name, t) not in ancestors | descendants
            assert all((row.name, t) in kin.of(*node)[1] for node in list(ancestors)[:4])
            assert all((row.name, t) in kin.of(*node)[0] for node in list(descendants)[:4])


def test_a_record_of_a_node_and_a_node_that_is_not_there() -> None:
    trace = trace_of("n-n", "lstm")
    assert ("gates", 2) not in lineage(trace, "gates", 2, "i")[0]
    assert ("c", 1) in lineage(trace, "c", 2)[0]
    assert ("c", 1) not in lineage(trace, "gates", 1, "i")[0]
    assert lineage(trace, "s", 2, "s")[0] >= lineage(trace, "s", 2, "tc")[0]
    assert lineage(trace, "s", 9) == lineage(trace, "nothing", 1) == (frozenset(), frozenset())


def test_a_step_that_the_sample_lacks_is_passed_by() -> None:
    trace = trace_of("lengths")
    present = trace.data.present
    assert present is not None
    missing = int(np.argmin(present[:, SAMPLE])) + 1
    assert not present[missing - 1, SAMPLE]
    ancestors, _ = lineage(trace, "s", missing)
    assert ("s", 1) in ancestors
    assert (INPUT_ROW, missing) not in ancestors
    longer = int(np.argmax(present[missing - 1]))
    assert (INPUT_ROW, missing) in lineage(trace, "s", missing, sample=longer)[0]
