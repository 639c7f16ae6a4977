"""Where parameters are used: every one has its node, and every node names those that make it."""

import pytest

from core.cells import CELLS
from core.chain.places import NumberPlace, parameters_of, place_of_number, row_of_parameter
from core.chain.rows import records_of, row_named
from tests.core.cases import experiment_of
from tests.core.structured import STRUCTURE, trace_of


@STRUCTURE
def test_every_parameter_of_every_structure_has_a_node(name):
    trace = trace_of(name, "lstm")
    found = set()
    for parameter in {**trace.parameters, **trace.named_parameters(trace.parameters)}:
        row, record = row_of_parameter(trace, parameter)
        part = parameter.partition(".")[0]
        pieces = [piece.part for piece in row_named(trace, row).pieces]
        assert part in pieces or row in ("z", "attention")
        if record:
            found |= set(parameters_of(trace, part, record))
    assert found == set(trace.named_parameters(trace.parameters))
    with pytest.raises(KeyError):
        row_of_parameter(trace, "L9.W")


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cells_parameters_stand_with_the_record_that_they_make(cell):
    from core.recorder import record

    trace = record(experiment_of(cell))
    for parameter in trace.named_parameters(trace.parameters):
        row, name = row_of_parameter(trace, parameter)
        assert name in records_of(trace, row)
        part = parameter.partition(".")[0]
        assert parameter in parameters_of(trace, part, name)
    assert parameters_of(trace, "L1", "s") == ()


def test_every_number_that_can_be_typed_over_has_its_place():
    trace = trace_of("bidirectional, two layers", "lstm")
    assert place_of_number(trace, "x", (2, 1, 0), 1) == NumberPlace("x", 3, "", 0)
    assert place_of_number(trace, "y", (4, 0, 0), 1) == NumberPlace("z", 5, "", 0)
    assert place_of_number(trace, "L1.c_0", (0, 2), 4) == NumberPlace("c1", 1, "c", 2)
    assert place_of_number(trace, "L2r.s_0", (0, 1), 4) == NumberPlace("s2r", trace.steps, "s", 1)
    found = place_of_number(trace, "L2.W", (1, 3 + 2), 4)  # the second block of three units
    assert found == NumberPlace("gates2", 4, "h_f", None, "L2.W_f", (1, 2))
    assert trace.named_parameters(trace.parameters)["L2.W_f"][1, 2] == trace.parameters["L2.W"][1, 5]
    assert place_of_number(trace, "out.V", (0, 0), 9).t == trace.steps
    decoder = trace_of("attention, additive")
    assert place_of_number(decoder, "y", (0, 0, 0), 1).t == 6
    assert place_of_number(decoder, "attention.v", (1,), 2) == NumberPlace(
        "attention", 6, "e", None, "attention.v", (1,)
    )
    assert place_of_number(decoder, "D1.U", (0, 0), 2).t == 6
