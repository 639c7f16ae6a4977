"""The backward pass from declarations is that of the hand-written loops: every gradient, of each cell and structure."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.input_gradients import input_gradient
from core.cells import CELLS
from core.diagnosis.backward import Change, Pass
from core.diagnosis.candidates import candidates, pairs
from core.diagnosis.changes import Named
from core.diagnosis.sums import by_parameter
from core.diagnosis.unrolling import Unrolling
from core.errors import InputError
from core.network.parts import X
from core.recorder import backward_pass
from core.trace import Trace, collect
from tests.core.structured import STRUCTURE, trace_of

CLOSE = 1e-9
FEW = ("convolution", "1-n-feedback", "bidirectional, two layers", "lengths, attention", "lengths, context of all")


def apart(found: np.ndarray, expected: np.ndarray) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max(initial=0.0) / max(np.abs(expected).max(initial=0.0), 1e-30))


def differences(trace: Trace, window: int | None = None) -> dict[str, float]:
    """How far each gradient lies from that of the loops; rows of a pass of two are alike."""
    network = trace.network
    back = backward_pass(network, trace.run, window=window)
    unrolling = Unrolling(trace, window)
    found = Pass(unrolling, [Change(), Change()]).run()
    sums = by_parameter(unrolling, found)
    stacks = {(scan.name, "h") for scan in trace.scans if scan.cell.blocks != ("",)}
    apart_by: dict[str, float] = {}
    for key, expected in collect(network, trace.run, back)[1].items():
        if key not in stacks:
            row = found.row(key, 1) if key in found.signals else np.zeros_like(expected)
            apart_by[".d".join(key)] = apart(row, expected)
    for key, row in found.starts.items():
        apart_by[".d".join(key) + "0"] = apart(row[1], getattr(back.records[key[0]], key[1] + "_base")[0])
    for name, expected in trace.named_parameters(back.parameters).items():
        if name == "conv.C":  # a kernel's steps are parameters of their own to its operation
            row = np.stack([sums[f"conv.C_{k + 1}"][1] for k in range(len(expected))])
        else:
            row = sums[name][1] if name in sums else np.zeros_like(expected)
        apart_by[name] = apart(row, expected)
    if window is None and trace.experiment.structure != "1-n-every":
        apart_by["dx"] = apart(found.row(X, 1), input_gradient(trace))
    return apart_by


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
@STRUCTURE
def test_every_gradient_is_that_of_the_loops(name, cell):
    found = differences(trace_of(name, cell))
    assert len(found) >= 6
    assert {key: off for key, off in found.items() if not off < CLOSE} == {}


@pytest.mark.parametrize("cell", [each.name for each in CELLS])
@pytest.mark.parametrize("name", FEW)
def test_so_it_is_for_every_cell(name, cell):
    try:
        trace = trace_of(name, cell)
    except InputError:
        return  # the cell refuses the structure
    assert {key: off for key, off in differences(trace).items() if not off < CLOSE} == {}


@pytest.mark.parametrize("name", ["three layers", "output feedback", "bidirectional n-n", "attention", "lengths"])
def test_truncated_passes_are_cut_where_the_loops_are(name):
    found = differences(trace_of(name, "gru", truncate=2), window=2)
    assert {key: off for key, off in found.items() if not off < CLOSE} == {}


def test_a_wrong_declaration_shows():
    trace = trace_of("n-n", "lstm")
    scan = trace.scan
    kept = scan.graph
    try:
        scan.graph = tuple(each for each in kept if each.out != "tc")  # type: ignore[assignment]
        assert max(differences(trace).values()) > 0.1
    finally:
        scan.graph = kept


class AloneBySteps(Change):
    """A change that is derived by itself, step by step."""

    def __init__(self, change):
        self._change, self.sites = change, change.sites
        self.pull, self.start = change.pull, change.start

    def loses(self, part, source):
        return self._change.loses(part, source)


@pytest.mark.parametrize(("name", "cell"), [("bidirectional, two layers", "lstm"), ("lengths, attention", "gru"),
                                            ("n-1", "lstm")])  # fmt: skip
def test_changes_that_are_derived_together_are_what_each_is_alone(name, cell):
    unrolling = Unrolling(trace_of(name, cell))
    single = candidates(unrolling)
    right = Pass(unrolling, [Change()])
    right.run()
    for part in (None, *range(len(unrolling.steps) - 1)):  # from the beginning; from where the right pass has come to
        own = {each.name for each in unrolling.declared if part is None or unrolling.part_of(each.name) <= part}
        some = [*single[::7], *pairs(single, 400)[::9]]
        if part is not None:
            some = [each for each in some if isinstance(each, Named) and {name for name, _, _ in each.places} <= own]
        begun = None if part is None else right.before[part]
        together = Pass(unrolling, some, begun=begun).run()
        alone = Pass(unrolling, [AloneBySteps(each) for each in some], begun=begun).run()
        sums, sums_alone = (by_parameter(unrolling, found) for found in (together, alone))
        for found, expected in ((together.signals, alone.signals), (together.starts, alone.starts), (sums, sums_alone)):
            assert found.keys() == expected.keys()
            for key, array in expected.items():
                assert np.allclose(found[key], array, rtol=1e-12, atol=1e-15, equal_nan=True), key
