"""The matrices on the chain's edges: each of every part, once, between the rows that its product joins."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.chain.edges import chain_links
from core.chain.shared import shared_matrices
from core.experiment import Experiment, natural
from core.recorder import record
from tests.explorer.suited import suited_to


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_every_edge_with_a_matrix_is_an_edge_of_the_chain_and_every_matrix_has_one(cell):
    trace = record(suited_to(cell, steps=4))
    found = shared_matrices(trace)
    there = {(each.source, each.target, each.recurrent) for each in chain_links(trace)}
    window = {key for key in there if not key[2]}
    assert all(key in there or (key[0], key[1]) in {each[:2] for each in window} for key in found)
    named = trace.named_parameters(trace.parameters)
    names = [name for each in found.values() for name in each]
    assert set(names) <= set(named) | set(trace.parameters)
    matrices = {name for name, array in named.items() if array.ndim == 2 and min(array.shape) > 0}
    lacking = {name for name in matrices if name.partition(".")[2][0] in "UWV"} - set(names)
    assert lacking <= {"L1.W_n"}, "that of a GRU multiplies r ⊙ s, within one row"


def test_what_is_carried_on_without_a_matrix_has_no_letter():
    found = shared_matrices(record(Experiment(cell="lstm", steps=3)))
    assert ("c", "c", True) not in found and ("s", "gates", True) in found
    assert found["s", "z", False] == ("out.V",)


def test_each_layer_has_its_own():
    found = shared_matrices(record(natural("echo", layers=2, bidirectional="sum", steps=4)))
    recurrent = {names for (_, _, again), names in found.items() if again}
    assert recurrent == {("L1.W",), ("L1r.W",), ("L2.W",), ("L2r.W",)}
