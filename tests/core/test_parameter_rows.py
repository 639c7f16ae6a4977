"""Where parameters are used: every one has its node, and every node names those that make it."""

import pytest

from core.cells import CELLS
from core.chain import records_of, row_named
from core.parameter_rows import parameters_of, row_of_parameter
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
