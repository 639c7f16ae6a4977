"""What a number is called, by its gate and counted from 1, and the same in every notation as the inspector has it."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.gradcheck import claimed
from core.arithmetic.parameter_sums import parameter_symbol
from core.arithmetic.place_symbols import place_symbol
from core.edits.place_names import by_gate, place_name
from core.experiment import Experiment, natural
from core.notation.books import NOTATIONS, notation_named
from core.notation.equations import Style
from core.notation.layout import matrix
from core.recorder import record


def test_a_place_is_counted_from_1_in_the_matrix_of_its_gate():
    trace = record(natural("echo", cell="lstm", hidden=4, initial_state=0.1))
    assert place_name(trace, "L1.W", (0, 5)) == "L1.W_f[1, 2]"
    assert place_name(trace, "L1.b", (15,)) == "L1.b_o[4]"
    assert place_name(trace, "out.V", (3, 0)) == "out.V[4, 1]"
    assert place_name(trace, "L1.s_0", (0, 3)) == "L1.s_0[1, 4]"
    assert place_name(trace, "x", (13, 0, 0)) == "x[14, 1, 1]"
    assert place_name(record(Experiment(hidden=2)), "L1.W", (0, 1)) == "L1.W[1, 2]"
    peephole = record(natural("echo", cell="peephole", hidden=2))
    assert place_name(peephole, "L1.P_f", (1,)) == "L1.P_f[2]"


def test_the_gates_of_a_place_are_views_of_its_stack():
    trace = record(natural("echo", cell="gru", hidden=3, reset="after"))
    named = trace.named_parameters(trace.parameters)
    for name, array in trace.parameters.items():
        for place in np.ndindex(array.shape):
            block, index = by_gate(trace, name, place)
            assert named[block][index] == array[place]


def test_a_place_has_the_symbol_of_the_notation():
    trace = record(natural("echo", cell="lstm", hidden=4, batch=2, initial_state=0.1))
    row, ng = notation_named("row"), notation_named("ng")
    assert place_symbol(trace, "L1.W", (0, 5), row) == "Wᶠ[1, 2]"
    assert place_symbol(trace, "L1.W", (0, 5), ng) == "W_fa[2, 1]"
    assert place_symbol(trace, "out.b", (0,), row) == "b_z[1]"
    assert place_symbol(trace, "x", (2, 1, 0), row) == "x₃[1] of sample 2"
    assert place_symbol(trace, "L1.c_0", (0, 3), row) == "c₀[4] of sample 1"
    deep = record(natural("echo", hidden=2, layers=2, convolution=2, bidirectional="sum"))
    assert place_symbol(deep, "conv.C", (1, 0, 1), row) == "conv C[2, 1, 2]"
    assert place_symbol(deep, "L2.W", (0, 1), row) != place_symbol(deep, "L1.W", (0, 1), row)


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_it_is_the_entry_that_the_inspector_shows(notation, cell):
    """A page of the inspector has the parameter of one gate, the book's way round."""
    trace = record(natural("echo", cell=cell, hidden=3))
    named = trace.named_parameters(trace.parameters)
    for name, array in trace.parameters.items():
        if name.startswith("L1."):
            place = tuple(size - 1 for size in array.shape)
            block, index = by_gate(trace, name, place)
            shown = matrix(notation, trace.scan.cell, block.partition(".")[2], named[block])
            spot = shown.place(*index)
            assert abs(shown.array[spot]) == abs(array[place])
            symbol = parameter_symbol(block, Style(False, None, notation), trace)
            expected = f"{symbol}[{', '.join(str(k + 1) for k in spot)}]"
            assert place_symbol(trace, name, place, notation) == expected


def test_every_number_that_is_checked_has_a_name_of_its_own():
    for chosen in ({"cell": "lstm", "layers": 2, "bidirectional": "concat"}, {"structure": "attention"}):
        trace = record(natural("echo", hidden=2, batch=2, delay=1, steps=3, **chosen))
        places = [(name, place) for name, array in claimed(trace).items() for place in np.ndindex(array.shape)]
        for notation in NOTATIONS:
            names = {place_symbol(trace, name, place, notation) for name, place in places}
            assert len(names) == len({place_name(trace, *place) for place in places}) == len(places)
