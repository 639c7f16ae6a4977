"""The chain's rows: what they show is recorded, every record belongs to one of them, the loss has its nodes."""

from __future__ import annotations

import numpy as np
import pytest

from core.chain.rows import INPUT_ROW, OUTPUT_ROW, records_of, rows, shown_outputs
from core.experiment import Experiment, natural
from core.network.parts import X
from core.recorder import record
from core.tasks import TASKS
from tests.core.cases import CASE, CELL, experiment_of


@CELL
@CASE
def test_rows_go_from_the_input_to_the_output(cell, case):
    trace = record(experiment_of(cell, case))
    values = {**trace.values, X: trace.data.x}
    found = rows(trace)
    names = [row.name for row in found]
    assert names[0] == INPUT_ROW and names[-1] == OUTPUT_ROW
    assert names[-2] == "s", "the state is next to the output"
    assert len(set(names)) == len(names)
    for row in found:
        assert row.title and row.tex
        assert len(row.kinds) == len(row.signals) >= 1
        for signal in row.signals:
            assert values[signal].shape[:2] == (trace.steps, trace.experiment.batch)
            if row.name == INPUT_ROW:  # of a cell that reads a window, the step's own x
                assert np.array_equal(values[signal], trace.data.x)
            else:
                assert trace.exact[signal].shape == trace.values[signal].shape


@CELL
def test_gates_are_levels_and_nothing_else_is(cell):
    trace = record(experiment_of(cell))
    kinds = {signal[1]: kind for row in rows(trace) for signal, kind in zip(row.signals, row.kinds, strict=True)}
    clocks = {operation.out for operation in trace.scan.cell.graph if operation.kind == "clock"}
    assert {name for name, kind in kinds.items() if kind == "gate"} == {*cell.gates, *clocks}
    for name in (*cell.gates, *clocks):
        assert trace.values["L1", name].min() >= 0 and trace.values["L1", name].max() <= 1


@CELL
@CASE
def test_every_record_is_found_in_exactly_one_row(cell, case):
    trace = record(experiment_of(cell, case))
    held = [name for row in rows(trace)[1:-1] for name in records_of(trace, row.name)]
    assert sorted(held) == sorted(each.name for each in trace.scan.cell.records)
    for row in rows(trace)[1:-1]:
        order = [each.name for each in trace.scan.cell.records]
        names = records_of(trace, row.name)
        assert list(names) == sorted(names, key=order.index)
        assert {name for _, name in row.signals} <= set(names)


@CELL
def test_the_carried_records_are_shown_and_the_memory_has_a_row(cell):
    shown = {row.name: [name for _, name in row.signals] for row in rows(record(experiment_of(cell)))}
    assert shown[cell.memory] == [cell.memory]
    assert set(cell.recurrent_states) <= set(shown)


def test_input_and_output_stand_for_themselves():
    trace = record(Experiment())
    assert records_of(trace, INPUT_ROW) == ("x",)
    assert records_of(trace, OUTPUT_ROW) == ("z", "a")
    with pytest.raises(StopIteration):
        records_of(trace, "no such row")


@pytest.mark.parametrize("task", [task.name for task in TASKS if not task.files])
@pytest.mark.parametrize("loss_at", ["last", "every"])
def test_an_output_is_drawn_where_the_loss_looks(task, loss_at):
    trace = record(natural(task, loss_at=loss_at, steps=7))
    shown = shown_outputs(trace)
    assert shown.dtype == bool and shown.shape == (trace.steps,)
    assert np.array_equal(shown, trace.data.supervised)
    assert shown.any()
    if loss_at == "last" and trace.data.present is None:
        assert shown.tolist() == [False] * 6 + [True]
