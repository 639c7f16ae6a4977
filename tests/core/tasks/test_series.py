"""Reading a person's CSV: every form that is understood, and one clear sentence for every one that is not."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.tasks.files import series
from core.tasks.files.series import load, read_series

PRSA = Path(__file__).parents[3] / "../shared/data/PRSA_data_2010.1.1-2014.12.31.csv"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2.5\n3,4\n", ("a", "b")),
        ("1,2.5\n3,4\n", ("c1", "c2")),
        ("a;b\n1;2.5\n3;4\n", ("a", "b")),
        ("a;b\n1;2,5\n3;4,0\n", ("a", "b")),
        ("1,0;2,5\n3,0;4,0\n", ("c1", "c2")),
        ("a\tb\n1\t2,5\n3\t4\n", ("a", "b")),
        ("a|b\n1|2.5\n3|4\n", ("a", "b")),
        ("a , b\n 1 , 2.5\n 3 , 4\n", ("a", "b")),
        ('"a","b"\n"1","2.5"\n"3","4"\n', ("a", "b")),
        ('"a, in m",b\n1,2.5\n3,4\n', ("a, in m", "b")),
        ("a,b\r\n1,2.5\r\n3,4", ("a", "b")),
        ("a,b\r1,2.5\r3,4\r", ("a", "b")),
        ("\n\na,b\n\n1,2.5\n  \n3,4\n\n", ("a", "b")),
        ("a,a\n1,2.5\n3,4\n", ("a", "a (c2)")),
        ("a (c2),a (c2)\n1,2.5\n3,4\n", ("a (c2)", "a (c2) (c2)")),
        (",b\n1,2.5\n3,4\n", ("c1", "b")),
        ("a,b\n1e0,+2.5\n3E+0,.4e1\n", ("a", "b")),
    ],
)
def test_the_forms_of_a_table(write, content: str, names: tuple[str, ...]):
    table = read_series(write(content))
    assert table.names == names
    assert table.values.tolist() == [[1.0, 2.5], [3.0, 4.0]]
    assert (table.low.tolist(), table.high.tolist()) == ([1.0, 2.5], [3.0, 4.0])
    assert table.values.dtype == np.float64
    assert not table.values.flags.writeable
    assert (table.filled, table.dropped) == (0, ())
    assert table.hash == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings(write, encoding: str):
    table = read_series(write("größe;°C\n1;2\n3;4\n".encode(encoding)))
    assert table.names == ("größe", "°C")
    assert table.values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_missing_values_are_interpolated_and_counted(write):
    table = read_series(write("a,b\n,1\n2,NA\nNaN,null\n?,4\n 8 ,-\n,n/a\n"))
    assert table.values[:, 0].tolist() == [2.0, 2.0, 4.0, 6.0, 8.0, 8.0]
    assert table.values[:, 1].tolist() == [1.0, 2.0, 3.0, 4.0, 4.0, 4.0]
    assert table.filled == 8
    assert (table.low.tolist(), table.high.tolist()) == ([2.0, 1.0], [8.0, 4.0])


def test_a_first_row_with_a_gap_is_data(write):
    assert read_series(write(",2\n3,4\n")).values.tolist() == [[3.0, 2.0], [3.0, 4.0]]


def test_columns_without_a_number_are_dropped_and_named(write):
    table = read_series(write("day,wind,a,empty\n2010-01-01,NW,1,\n2010-01-02,cv,2,\n"))
    assert table.names == ("a",)
    assert table.dropped == ("day", "wind", "empty")
    assert table.filled == 0


def test_few_texts_can_be_labels_and_are_numbered_in_their_order(write):
    table = read_series(write("wind,a,empty,day\nNW,1,,x y\ncv,2,,x  y\nNA,3,,\nNW,4,,x y\n"))
    assert set(table.texts) == {"wind", "day"}
    names, codes = table.texts["wind"]
    assert names == ("NW", "cv")
    assert codes.tolist() == [0, 1, -1, 0]
    assert not codes.flags.writeable
    assert table.texts["day"][0] == ("x y",)
    assert table.texts["day"][1].tolist() == [0, 0, -1, 0]


@pytest.mark.parametrize("rows", [series.MOST_CLASSES, series.MOST_CLASSES + 1, 12_000])
def test_many_texts_are_no_labels(write, rows: int):
    table = read_series(write("name,a\n" + "".join(f"n{row},{row}\n" for row in range(rows))))
    assert ("name" in table.texts) == (rows <= series.MOST_CLASSES)
    assert table.dropped == ("name",)


def test_texts_keep_their_number_over_a_long_file(write):
    kinds = [f"k{row * row % 7}" for row in range(12_000)]
    table = read_series(write("kind,a\n" + "".join(f"{kind},1\n" for kind in kinds)))
    names, codes = table.texts["kind"]
    assert [names[code] for code in codes] == kinds


def test_a_comma_is_decimal_where_another_separator_does_as_well(write):
    table = read_series(write("2010-01-01;1,5\n2010-01-02;2,5\n"))
    assert table.dropped == ("c1",)
    assert table.values.tolist() == [[1.5], [2.5]]


def test_one_column_without_any_separator(write):
    assert read_series(write("a\n1.5\n\n2.5\n")).values.tolist() == [[1.5], [2.5]]


@st.composite
def tables(draw):
    """(text, columns with None where missing): a table as some program might have written it."""
    columns = draw(st.integers(2, 5))
    cell = st.one_of(st.none(), st.integers(-(10**6), 10**6), st.floats(-1e12, 1e12))
    row = st.lists(cell, min_size=columns, max_size=columns)
    rows = draw(st.lists(row, min_size=2, max_size=80))
    rows[0] = [1.5] * columns  # every column has a number
    separator = draw(st.sampled_from(",;\t|"))
    point = draw(st.sampled_from(".,")) if separator != "," else "."
    gap = draw(st.sampled_from(["NA", "nan", "?"]))
    quote = draw(st.sampled_from(["", '"']))
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [separator.join(f"{quote}v{k}{quote}" for k in range(columns))] if draw(st.booleans()) else []
    for cells in rows:
        texts = (gap if value is None else repr(value).replace(".", point) for value in cells)
        lines.append(separator.join(f"{quote}{text}{quote}" for text in texts))
    return line_end.join(lines) + line_end, list(zip(*rows, strict=True))


def filled_by_hand(column: tuple[float | None, ...]) -> list[float]:
    known = [n for n, value in enumerate(column) if value is not None]
    result = []
    for n, value in enumerate(column):
        before = max((k for k in known if k <= n), default=known[0])
        after = min((k for k in known if k >= n), default=known[-1])
        share = (n - before) / (after - before) if after > before else 0.0
        result.append(float(value if value is not None else column[before] + share * (column[after] - column[before])))
    return result


@given(tables())
def test_any_table_is_read_as_it_was_written(tmp_path_factory, drawn):
    text, columns = drawn
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    path.write_bytes(text.encode())
    table = read_series(path)
    assert table.filled == sum(value is None for column in columns for value in column)
    assert table.values.shape == (len(columns[0]), len(columns))
    for read, column in zip(table.values.T, columns, strict=True):
        np.testing.assert_allclose(read, filled_by_hand(column), rtol=1e-9, atol=1e-6)
        known = [n for n, value in enumerate(column) if value is not None]
        assert read[known].tolist() == [float(column[n]) for n in known]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "“data.csv” is empty; choose a file with at least 2 rows"),
        (" \n\n", "“data.csv” is empty"),
        ('" "\n', "“data.csv” is empty"),
        ("﻿", "“data.csv” is empty"),
        ("a,b\n", "“data.csv” has 0 rows of data; a series needs at least 2"),
        ("a,b\n1,2\n", "“data.csv” has 1 row of data; a series needs at least 2"),
        ("1,2\n", "“data.csv” has 1 row of data"),
        ("a,b\nx,y\nz,w\n", "“data.csv” has no column of numbers .line 2, column “a”: “x”.; choose"),
        ("a,b\n,\n,\n", "“data.csv” has 0 rows of data"),
        ("a,b\nNA,?\n-,NA\n", "“data.csv” has no column of numbers; choose"),
        ("a,b\n1,2\n3,4\n5\n", "“data.csv”, line 4: 1 cell, but line 1 has 2; give every row"),
        ("a,b\n1,2\n\n3,4,5\n", "“data.csv”, line 4: 3 cells, but line 1 has 2"),
        ("My measurements\na;b;c\n1;2;3\n4;5;6\n", "“data.csv”, line 2: 3 cells, but line 1 has 1"),
        ("a,b\n1,2\n3,oops\n5,6\n", "“data.csv”, line 3, column “b”: “oops” is not a number; correct the cell"),
        ("1,2\n3,oops\n", "“data.csv”, line 2, column “c2”: “oops” is not a number"),
        ("a,b\n1,2\n3,inf\n", "line 3, column “b”: “inf” is not a number"),
        ("a,b\n1,2\n3,1e999\n", "line 3, column “b”: “1e999” is not a number"),
        ("a,b\n1,2\n3,1_000\n", "line 3, column “b”: “1_000” is not a number"),
        ("a;b\n1;2.5\n3;1.234,5\n", "line 3, column “b”: “1.234,5” has a decimal comma, but “2.5” in line 2 has a"),
        ('n,a\n"two\nlines",1\nx,2\ny,bad\n', "“data.csv”, line 5, column “a”: “bad” is not a number"),
        ('n,a\nx,1\n"two\r\nlines",bad\n', "“data.csv”, line 4, column “a”: “bad” is not a number"),
        ('n,a\nx,1\n"two\n\nlines",bad\n', "“data.csv”, line 5, column “a”: “bad” is not a number"),
        ('n,a\n"two\nlines",1\nx,2\ny\n', "“data.csv”, line 5: 1 cell, but line 1 has 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', "“data.csv”, line 3: not a row of cells .*; check its quotation marks"),
        ('a,b\n1,2\n3,"4"5\n', "“data.csv”, line 3: not a row of cells"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "“data.csv” is not a text file; save the table as CSV"),
        (b"PK\x03\x04\x14\x00", "“data.csv” is not a text file"),
        (b"\xff\xfea\x00,", "“data.csv” is not a text file"),
    ],
)
def test_one_sentence_says_what_is_wrong(write, content: str | bytes, sentence: str):
    with pytest.raises(InputError, match=sentence) as caught:
        read_series(write(content))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bad_cell_far_down_is_named_by_its_line(write):
    lines = ["a,b", *(f"{n},{n}" for n in range(2, 12_001))]
    lines[11_110] = "11111,oops"
    with pytest.raises(InputError, match=r"line 11111, column “b”"):
        read_series(write("\n".join(lines)))


def test_files_that_cannot_be_read(tmp_path: Path, write, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(InputError, match=r"There is no file “.*gone.csv”; choose another"):
        read_series(tmp_path / "gone.csv")
    with pytest.raises(InputError, match=r"is a folder; choose a CSV file in it"):
        read_series(tmp_path)
    with pytest.raises(InputError, match=r"cannot be read"):
        read_series("a\0b")
    path = write("a,b\n1,2\n3,4\n")

    def refuse(*_) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)  # a superuser would be let through a real one
        with pytest.raises(InputError, match=r"You have no permission to read “.*data.csv”; change its permissions"):
            read_series(path)
    monkeypatch.setattr(series, "LARGEST_FILE", 10)  # its size is looked at before a byte of it is read
    with pytest.raises(InputError, match=r"“data.csv” has 12 bytes, more than the 10 bytes that can be read"):
        read_series(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match=r"“pipe.csv” is not a regular file"):
        read_series(tmp_path / "pipe.csv")


def test_load_reads_once_until_the_file_changes(write, monkeypatch: pytest.MonkeyPatch):
    reads = []
    opened = series.opened
    monkeypatch.setattr(series, "opened", lambda *of: reads.append(of) or opened(*of))
    path = str(write("a\n1\n2\n"))
    first = load(path)
    assert load(path) is first is load(path, first.hash)
    assert len(reads) == 1
    write("a\n1\n2\n3\n")
    second = load(path)
    assert len(second.values) == 3
    assert len(reads) == 2
    with pytest.raises(InputError, match=r"has changed since the experiment was saved"):
        load(path, first.hash)
    assert load(path, second.hash) is second


@pytest.mark.data
@pytest.mark.skipif(not PRSA.exists(), reason="the air-quality data is not beside the project (../shared/data)")
def test_the_air_quality_data():
    table = read_series(PRSA)
    assert table.values.shape == (43_824, 12)
    assert table.dropped == ("cbwd",)
    assert table.filled == 2067
    pm = table.values[:, table.names.index("pm2.5")]
    assert (pm[:24] == 129.0).all()  # the first day is missing and repeats the first value known
    assert np.isfinite(table.values).all()
