"""The table of a sweep: rows that are there stay, whatever happens; what is of another sweep is refused."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from core.ensemble.grid import evenly, knob
from core.ensemble.measures import MEASURES
from core.ensemble.outcomes import running
from core.ensemble.seeds import over_seeds
from core.errors import InputError
from core.experiment import Experiment, to_json
from core.files import locking
from core.jobs import finished
from core.sweep.plan import Plan, difference
from core.sweep.row import columns, row_of
from core.sweep.table import MARK, Table

PLAN = Plan(Experiment(steps=6, hidden=2), (knob("w_gain", (0.5, 1.0)), knob("steps", (3, 6))))


def rows_of(plan: Plan = PLAN) -> list[tuple[str, ...]]:
    names = [each.name for each in plan.knobs]
    experiment = to_json(plan.experiment)
    return [row_of(experiment, dict(zip(names, values, strict=True)), plan.seeds) for values in plan.cells()]


def read(path: Path) -> list[list[str]]:
    first, rest = path.read_text(encoding="utf-8").split("\n", 1)
    assert first.startswith(MARK)
    return list(csv.reader(io.StringIO(rest)))


def test_a_row_has_the_figures_of_its_run():
    names = columns(("w_gain", "steps"), 1)
    for values, row in zip(PLAN.cells(), rows_of(), strict=True):
        found = dict(zip(names, row, strict=True))
        experiment = PLAN.experiment.with_changes(w_gain=values[0], steps=values[1])
        (outcome,) = finished(running([experiment])).each
        assert (float(found["w_gain"]), int(found["steps"])) == values
        for measure in MEASURES:
            assert float(found[measure.name]) == pytest.approx(measure.of(outcome), nan_ok=True)
        assert found["claim"] == "smaller" and float(found["factor"]) > 1 and found["failed"] == ""


def test_several_seeds_have_a_median_and_quantiles():
    names = columns(("w_gain",), 9)
    row = dict(zip(names, row_of(to_json(Experiment(steps=6)), {"w_gain": 0.7}, 9), strict=True))
    losses = sorted(each.loss for each in finished(running(over_seeds(Experiment(steps=6, w_gain=0.7), 9))).each)
    assert float(row["loss"]) == pytest.approx(losses[4])
    assert float(row["loss_q25"]) == pytest.approx(losses[2]) and float(row["loss_q75"]) == pytest.approx(losses[6])
    assert float(row["loss_q05"]) < float(row["loss_q95"])


def test_what_goes_wrong_is_in_the_row(monkeypatch):
    refused = row_of(to_json(Experiment()), {"steps": 5000}, 1)
    assert refused[0] == "5000" and refused[-1].startswith("steps: ") and set(refused[1:-1]) == {""}
    monkeypatch.setattr("core.sweep.row.running", lambda experiments: 1 / 0)
    broken = row_of(to_json(Experiment()), {"steps": 5}, 1)
    assert broken[-1] == "ZeroDivisionError: division by zero" and len(broken) == len(columns(("steps",), 1))


def test_a_table_is_filled_and_ends_in_the_order_of_its_cells(tmp_path):
    path, rows = tmp_path / "sweep.csv", rows_of()
    with Table(path, PLAN) as table:
        for row in reversed(rows):
            table.add(row)
            assert read(path)[-1] == list(row)  # at once
    header, *found = read(path)
    assert header == list(columns(("w_gain", "steps"), 1)) and found == [list(row) for row in rows]
    assert [each.name for each in tmp_path.iterdir()] == ["sweep.csv"]


def test_a_table_goes_on_where_it_was_cut_off(tmp_path):
    path, rows = tmp_path / "sweep.csv", rows_of()
    with Table(path, PLAN) as table:
        for row in rows[:3]:
            table.add(row)
    content = path.read_bytes()
    path.write_bytes(content[:-7])  # in the middle of the third row, as where a disk was full
    with Table(path, PLAN) as table:
        assert list(table.rows.values()) == rows[:2]
        table.add(rows[3])
    assert read(path)[1:] == [list(row) for row in (rows[0], rows[1], rows[3])]


def test_after_an_error_the_rows_that_were_added_are_there(tmp_path):
    path, rows = tmp_path / "sweep.csv", rows_of()
    table = Table(path, PLAN)
    table.__enter__().add(rows[1])
    table.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert read(path)[1:] == [list(rows[1])]
    assert not path.with_name("sweep.csv.lock").exists()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Plan(Experiment(steps=7, hidden=2), PLAN.knobs), "steps is 6 there and 7 here"),
        (Plan(PLAN.experiment, PLAN.knobs, 3), "seeds is 1 there and 3 here"),
        (Plan(PLAN.experiment, PLAN.knobs[:1]), "it is over w_gain, steps"),
        (Plan(PLAN.experiment, (PLAN.knobs[0], knob("steps", (3, 7)))), "the values of steps are others"),
    ],
)
def test_the_table_of_another_sweep_is_refused_and_left_alone(tmp_path, other, words):
    path = tmp_path / "sweep.csv"
    with Table(path, PLAN) as table:
        table.add(rows_of()[0])
    before = path.read_bytes()
    with pytest.raises(InputError, match=words), Table(path, other):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", MARK + "{\n", MARK + "[]\n"])
def test_another_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "sweep.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"choose another --out"), Table(path, PLAN):
        pass
    assert path.read_text(encoding="utf-8") == content


def test_two_writers_never_mix(tmp_path):
    path = tmp_path / "sweep.csv"
    with Table(path, PLAN) as table:
        table.add(rows_of()[0])
        with pytest.raises(InputError, match="is being written by another sweep"), Table(path, PLAN):
            pass
        table.add(rows_of()[1])
    assert len(read(path)) == 3


@pytest.mark.parametrize("again", [False, True])
def test_a_lock_whose_file_was_deleted_in_between_is_no_lock(tmp_path, monkeypatch, again):
    place, take = tmp_path / "a.lock", locking._take

    def deleted(descriptor: int) -> None:
        take(descriptor)
        place.unlink()
        if again:
            place.touch()

    monkeypatch.setattr(locking, "_take", deleted)
    with pytest.raises(BlockingIOError):
        locking.Lock(place)


def test_a_plan_that_makes_no_sense_is_refused():
    for knobs in (
        (),
        (knob("steps", (3,)), knob("steps", (4,))),
        tuple(knob(n, (1,)) for n in ("steps", "hidden", "batch")),
    ):
        with pytest.raises(InputError, match="over one option, or over two"):
            Plan(Experiment(), knobs)
    with pytest.raises(InputError, match="choose fewer values"):
        Plan(Experiment(), (knob("w_gain", evenly(0, 1, 400)), knob("u_gain", evenly(0, 1, 400))))
    assert difference(PLAN.settings(), PLAN.settings()) == ""
