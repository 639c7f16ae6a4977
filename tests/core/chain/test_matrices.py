"""Which matrix stands on which edge, and what edges do to a gradient's norm."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.recurrence import recurrent_matrices
from core.chain.edges import chain_links
from core.chain.matrices import matrices_on_edges
from core.chain.rows import key_of
from core.claims.edge_factors import edge_factors
from core.experiment import natural
from core.recorder import record
from tests.core.cases import CELL, experiment_of
from tests.core.structured import STRUCTURE, trace_of


def check_edges(trace):
    """Every matrix stands on an edge of the chain that carries what it multiplies, but one that reads what a gate has
    made of it within the step."""
    edges = {(link.source, link.target): link for link in chain_links(trace)}
    on_edges = matrices_on_edges(trace)
    for each in on_edges:
        link = edges[each.source, each.target]
        assert link.recurrent and set(each.names) <= set(recurrent_matrices(trace))
        where = np.flatnonzero(link.there) + 1
        assert ((each.first <= where) & (where <= each.last)).any() or trace.steps == 1
    direct = {name for name in recurrent_matrices(trace) for each in on_edges if name in each.names}
    left = set(recurrent_matrices(trace)) - direct
    # A GRU's candidate reads r ⊙ s; where targets are read in the outputs' place no edge leads there.
    assert all(name.endswith("_n") or (name.endswith(".F") and trace.experiment.teacher_forcing) for name in left)


@CELL
def test_every_cell_has_its_matrices_on_its_edges(cell):
    check_edges(record(experiment_of(cell)))


@STRUCTURE
def test_every_structure_has_its_matrices_on_its_edges(name):
    check_edges(trace_of(name))


@pytest.mark.parametrize("changes", [{}, {"cell": "relu"}, {"bidirectional": "sum"}, {"layers": 2}, {"truncate": 3}])
def test_both_factors_are_what_the_norms_say(changes):
    trace = record(natural("last-step", steps=7, **changes))
    factors = edge_factors(trace, trace.exact)
    for scan in trace.scans:
        w = trace.parameters[f"{scan.name}.W"]
        dh, ds = trace.exact[scan.name, "h"], trace.exact[scan.name, "s"]
        with np.errstate(all="ignore"):
            slope = np.linalg.norm(dh, axis=(1, 2)) / np.linalg.norm(ds, axis=(1, 2))
            weights = np.linalg.norm(dh @ w.T, axis=(1, 2)) / np.linalg.norm(dh, axis=(1, 2))
        passed_on = slice(0, -1) if scan.reverse else slice(1, None)  # the first step passes on to no other
        key = key_of(trace, scan)
        for pair, expected in ((("s" + key, "h" + key), weights), (("h" + key, "s" + key), slope)):
            np.testing.assert_allclose(factors[pair][passed_on], expected[passed_on], rtol=1e-9)
            assert np.isnan(np.delete(factors[pair], np.arange(trace.steps)[passed_on])).all()


@pytest.mark.parametrize("cell", ["lstm", "gru", "leaky", "clockwork", "feedforward", "batchnorm"])
def test_where_more_lies_between_no_factor_is_said(cell):
    trace = record(natural("last-step", steps=5, cell=cell))
    assert edge_factors(trace, trace.exact) == {}
