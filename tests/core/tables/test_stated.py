"""What a person says about a table is believed, said among the notes, kept with the experiment, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import tasks
from core.documents import storage
from core.documents.opening import table_fields
from core.errors import InputError
from core.experiment import Experiment, from_json, natural, to_json
from core.recorder import record
from core.tables.layout import Stated
from core.tasks.files.series import read_series, stated_by

YEARS = "2001,2002,2003\n1.5,2.5,3.5\n4.5,5.5,6.5\n"


@pytest.fixture
def write(tmp_path: Path):
    def write_file(content: str) -> str:
        path = tmp_path / "data.csv"
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write_file


def test_a_header_is_what_is_said(write):
    path = write(YEARS)
    names, data = (read_series(path, Stated(header=said)) for said in ("yes", "no"))
    assert names.names == ("2001", "2002", "2003") and len(names.values) == 2
    assert data.names == ("c1", "c2", "c3") and data.values[0].tolist() == [2001.0, 2002.0, 2003.0]
    assert names.notes[0] == "The first row (2001, 2002, 2003) is read as the columns' names, as csv_header says."
    assert data.notes[0] == "The first row (2001, 2002, 2003) is read as data, as csv_header says."
    words = read_series(write("a;b\n1;2\n3;4\n"), Stated(header="yes"))
    assert words.names == ("a", "b") and len(words.values) == 2


@pytest.mark.parametrize("cells", [["1.234", "2.345", "3.456"], ["1,234", "2,345", "3,456"]])
@pytest.mark.parametrize("decimal", ["point", "comma"])
def test_a_decimal_mark_is_what_is_said(write, cells, decimal):
    table = read_series(write("a;b\n" + "".join(f"{cell};1\n" for cell in cells)), Stated(decimal=decimal))
    mark = {"point": ".", "comma": ","}[decimal]
    number = (lambda cell: float(cell.replace(",", "."))) if mark in cells[0] else (lambda c: float(c[0] + c[2:]))
    assert table.values[:, 0].tolist() == [number(cell) for cell in cells]
    assert f"Numbers are read with a decimal {decimal}, as csv_decimal says." in table.notes


def test_a_mark_that_nothing_decides_can_be_said(write):
    path = write("a;b\n1,234;x\n2,345;y\n")
    with pytest.raises(InputError, match="no other number decides"):
        read_series(path)
    assert read_series(path, Stated(decimal="comma")).values[:, 0].tolist() == [1.234, 2.345]
    assert read_series(path, Stated(decimal="point")).values[:, 0].tolist() == [1234.0, 2345.0]


@pytest.mark.parametrize(
    ("content", "said", "sentence"),
    [
        ("a;b\n1,5;2\n2,5;3\n", Stated(decimal="point"),
         "line 2, column “a”: “1,5” has a decimal comma, but csv_decimal says point; leave it out, or write"),
        ("a;b\n1;2\n2;3.25\n", Stated(decimal="comma"),
         "line 3, column “b”: “3.25” has a decimal point, but csv_decimal says comma"),
        ("a;b\n1;2\n2;3\n", Stated(header="no"), "line 1: “a, b” is no row of numbers; leave csv_header out"),
        (";\nNA;?\n1;2\n2;3\n", Stated(header="yes"), "line 2: “NA, ?” names no column; leave csv_header out"),
        ("1;2\n3;4\n", Stated(header="yes"), "has 1 row of data; a series needs at least 2."),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_file_is_refused_in_a_sentence(write, content, said, sentence):
    with pytest.raises(InputError) as refusal:
        read_series(write(content), said)
    assert sentence in str(refusal.value)


def test_a_point_far_below_in_a_column_of_commas_is_found(write):
    rows = "".join(f"{k},5;{k}\n" for k in range(40_000))
    with pytest.raises(InputError, match="line 40002, column “a”: “7.25” has a decimal point"):
        read_series(write(f"a;b\n{rows}7.25;1\n"), Stated(decimal="comma"))


@pytest.mark.parametrize("task", ["csv", "air-quality"])
def test_it_is_kept_with_the_experiment_and_an_older_file_says_nothing(task, write, tmp_path):
    experiment = natural(task).with_changes(csv_header="no", csv_decimal="comma")
    assert from_json(to_json(experiment)) == experiment and stated_by(experiment) == Stated((), "no", "comma")
    older = to_json(Experiment()).replace(',"csv_header":"auto","csv_decimal":"auto"', "")
    assert "csv_header" not in older and from_json(older) == Experiment()
    with pytest.raises(InputError, match="csv_decimal"):
        from_json('{"csv_decimal": "semicolon"}')


def test_a_session_is_opened_as_it_was_saved(write, tmp_path):
    path = write(YEARS + "7.5,8.5,9.5\n")
    for header, first in (("yes", "2001"), ("no", "c1")):
        experiment = natural("csv", csv_path=path, steps=2, csv_header=header)
        trace = record(experiment)
        storage.save(tmp_path / "a.json", storage.to_text(trace))
        saved = storage.load(tmp_path / "a.json").experiment
        assert saved.csv_header == header and tasks.make(saved).input_names[0] == first
        assert tasks.notes(saved)[0].endswith("as csv_header says.")


def test_what_was_said_of_one_table_is_not_said_of_the_next(write):
    table = read_series(write("a;b\n1.5;2\n2.5;3\n3;4\n"))
    fields = table_fields(table, natural("csv").with_changes(csv_header="no", csv_decimal="comma"))
    assert (fields["csv_header"], fields["csv_decimal"]) == ("auto", "auto")
