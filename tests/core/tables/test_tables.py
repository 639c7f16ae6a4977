"""Tables as programs write them, in any combination of marks: read exactly, or refused, or the assumption is said."""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.tables.layout import MOST_COLUMNS, Stated
from core.tables.numbers import COMMA, POINT, number_in, plain_table
from core.tasks.files.series import load, read_series, reading


def read(path: Path) -> tuple[list[list[float]], str]:
    table = read_series(path)
    return table.values.T.tolist(), " ".join(table.notes)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_series(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    return str(caught.value)


# --- numbers
@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("1.5", 1.5, None),
        ("1,5", None, 1.5),
        ("1.010", 1.01, 1010),
        ("1,010", 1010, 1.01),
        ("0.500", 0.5, None),
        ("1234.567", 1234.567, None),
        ("1,234,567", 1234567, None),
        ("1.234.567,8", None, 1234567.8),
        ("1.234.5678", None, None),
        ("12,34", None, 12.34),
        ("1,234.5", 1234.5, None),
        ("1'234.5", 1234.5, None),
        ("1’234,5", None, 1234.5),
        ("1 234", 1234, 1234),
        ("1\u202f234,5", None, 1234.5),
        ("1\xa0234'567", None, None),
        ("−0.5", -0.5, None),
        ("–3", -3, -3),
        ("+3", 3, 3),
        ("-−3", None, None),
        ("$1,020.00", 1020, None),
        ("-$5", -5, -5),
        ("€ -5", -5, -5),
        ("5 €", 5, 5),
        ("$5€", None, None),
        ("12.5 %", 12.5, None),
        ("1e−3", 1e-3, 1e-3),
        (".5", 0.5, None),
        ("5.", 5.0, None),
        ("1_000", None, None),
        ("inf", None, None),
        ("1e999", None, None),
        ("9" * 500, None, None),
        ("12 kg", None, None),
        ("", None, None),
    ],
)
def test_a_cell_under_both_decimal_marks(cell: str, point: float | None, comma: float | None):
    found = number_in(cell)
    assert [None if np.isnan(value) else value for value in (found.point, found.comma)] == [point, comma]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("a;b\n1,010;2.5\n2,020;0.5\n", [[1010, 2020], [2.5, 0.5]]),
        ("a;b\n1.010;2,5\n2.020;0,5\n", [[1010, 2020], [2.5, 0.5]]),
        ("a;b\n" + "1.010;7\n" * 3000 + "2,5;8\n", [[1010.0] * 3000 + [2.5], [7.0] * 3000 + [8.0]]),
        ('a,b\n"1,010",2.5\n"999",3\n', [[1010, 999], [2.5, 3]]),
        ('a,b\n"1.010","2,5"\n"999","3"\n', [[1010, 999], [2.5, 3]]),
        ("a\n1 234\n999\n-2\xa0000,5\n", [[1234, 999, -2000.5]]),
        ("a;b\n€1.234,50;5 %\n€7;2,5 %\n", [[1234.5, 7], [5, 2.5]]),
        ("sep=;\na;b\n1,5;2\n2,5;3\n", [[1.5, 2.5], [2, 3]]),
        ('"sep=|"\n1|2\n3|4\n', [[1, 3], [2, 4]]),
        ("a b\n1.5   2\n 3 \t 4\n", [[1.5, 3], [2, 4]]),
        ("a,b\n1,2\n,\n3,4\n ,\n,\n", [[1, 3], [2, 4]]),
    ],
)
def test_marks_and_signs(write, content: str, columns: list[list[float]]):
    assert read(write(content))[0] == columns


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a;b\n1,010;1\n2,020;2\n", "line 2, column “a”: “1,010” can be 1.01 or 1010, and no other number decides"),
        ("a;b\n1,010;1.010\n2,020;2.020\n", None),
        (
            "a;b\n1.5;1\n2,5;2\n",
            "line 3, column “a”: “2,5” has a decimal comma, but “1.5” in line 2 has a decimal point",
        ),
        ("a;b;c\n1.5;1,5;1.010\n2.5;2,5;2.020\n", "line 2, column “c”: “1.010” can be 1.01 or 1010"),
        ("a\n$1\n€2\n", "line 3, column “a”: “€2” is of another unit than “$1” in line 2"),
        ("a\n1 %\n0.5\n", "line 3, column “a”: “0.5” is of another unit than “1 %” in line 2"),
        ("a;b\nx;1,00,000\ny;2,00,000\n", "line 2, column “b”: “1,00,000” is not a number"),
        ("1 234\n5 678\n", "line 1: “1 234” can be one number or 2; separate the cells by semicolons"),
        ("a,b\n1,2\n3,4\n5\n", "line 4: 1 cell, but line 1 has 2"),
        (",".join("a" * (MOST_COLUMNS + 1)) + "\n", "has 4,097 columns, more than 4,096"),
        ("a" * (2**22 + 2**19), "line 1 is longer than 4,194,304 characters"),
    ],
)
def test_what_cannot_be_known_is_one_sentence(write, content: str, sentence: str | None):
    said = refusal(write(content))
    assert sentence is None or sentence in said, said


def test_three_decimals_everywhere_are_decimals_and_that_is_said(write):
    values, notes = read(write("a;b\n1.234;7\n2.345;8\n"))
    assert values[0] == [1.234, 2.345]
    assert "No other number decides what “1.234” in line 2 (“a”) means: it is read as 1.234." in notes


# --- the header
@pytest.mark.parametrize(
    ("content", "names", "rows"),
    [
        (",0,1,2\n" + "".join(f"{k},{k}.5,2.0,7\n" for k in range(4)), ("c1", "0", "1", "2"), 4),
        (",0\n0,5\n1,7\n2,9\n", ("c1", "0"), 3),
        ("0,1,2\n0.5,2.0,7\n0.25,2.0,8\n", ("0", "1", "2"), 2),
        ("month,2004,2005\nm0,0.5,1\nm1,0.25,-1\n", ("2004", "2005"), 2),
        ("t,1,2\n0,5,6\n1,7,8\n", ("t", "1", "2"), 2),
        ("400,500,600\n" + "0.125,0.250,0.500\n" * 4, ("400", "500", "600"), 4),
        ("0,1,2\n3,4,5\n6,7,8\n", ("c1", "c2", "c3"), 3),
        ("0,1\n0.1,0.995\n0.2,0.98\n0.3,0.955\n", ("c1", "c2"), 4),
        ("2001,1999\n2002,1998\n2003,1997\n", ("c1", "c2"), 3),
        ("5,3,1\n4,4,4\n6,6,6\n", ("c1", "c2", "c3"), 3),
        (",2\n3,4\n", ("c1", "c2"), 2),
    ],
)
def test_a_header_of_numbers(write, content: str, names: tuple[str, ...], rows: int):
    table = read_series(write(content))
    assert (table.names, len(table.values)) == (names, rows)
    if names[-1] != f"c{len(names)}":
        assert any("is read as the columns' names" in note for note in table.notes)


def test_a_first_row_that_could_be_a_header_is_said_to_be_data(write):
    _, notes = read(write("0,1,2\n3,4,5\n6,7,8\n"))
    assert "The first row (0, 1, 2) is read as data; if it names the columns" in notes


def test_what_was_done_is_said(write):
    content = "day;wind;;a;b\n" + "".join(f"2010-01-0{k};NW;;{k},5;\n" for k in range(1, 9)) + ";;;;\nx;;;;3\n"
    _, notes = read(write(content.encode("cp1252")))
    assert "1 row of separators only is no data." in notes
    assert "9 missing values are filled by interpolation (1 in “a”, 8 in “b”)." in notes
    assert "No numbers in “day” (line 2: “2010-01-01”), “wind” (line 2: “NW”), “c3” (empty)." in notes
    _, notes = read(write(",0\n0,5\n1,7\n2,9\n"))
    assert "“c1” counts the rows and is read as data" in notes
    _, notes = read(write("größe;b\n1;$2\n1'000;3\n".encode("cp1252")))
    assert "The file is not UTF-8; it is read as Windows-1252." in notes
    assert "“1'000” in line 3 (“größe”) has thousands marks. $ beside the numbers is left out." in notes


@pytest.mark.parametrize("number", ["1,010", "12,5", "-0,5", "$1,010"])
def test_what_could_be_one_number_with_a_comma_is_said_to_be_several_cells(write, number: str):
    _, notes = read(write(f"{number}\n" * 3))
    assert f"“{number}” in line 1 is read as 2 cells; quote numbers with commas." in notes
    assert "read as 2 cells" not in read(write("a,b\n1,2\n3,4\n"))[1]
    assert "read as 2 cells" not in read(write("1.5,2\n3,4\n"))[1]


# --- missing values
def test_what_is_declared_missing_is_filled(write):
    path = write("a;b\n1,5;2\n-200;4\n2,5;?0.2\n−200,0;6\n")
    assert "“?0.2” is not a number" in refusal(path)
    table = read_series(path, stated=Stated(("-200", "?0.2")))
    assert table.values.T.tolist() == [[1.5, 2.0, 2.5, 2.5], [2, 4, 5, 6]]
    assert table.filled == 3
    assert load(str(path), stated=Stated(("-200", "?0.2"))).filled == 3
    assert (
        load(str(path), table.hash, Stated(("-200", "?0.2"))).filled == 3
    )  # kept apart from what is read without them


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (
            [2.0, 2.5, -200, 3.2, 2.1, -200, -200],
            "−200 stands 3 times in “a”, far from the rest; if it means missing, set",
        ),
        ([996.0, 997.0, -9999, 996.5], "−9999 stands once in “a”"),
        ([647.0, 2040.0, 1000.0, -200.0], "−200 stands once in “a”"),
        ([1, 2, 3, 7777, 7777, 7777], "7777 stands 3 times in “a”"),
        ([1, 2, 3, 7777], ""),
        ([0, 0, 0, 0, 1, 0], ""),
        ([0, 0, 0, 5, 6, 9], ""),
        ([5, 5, 5], ""),
        ([-99, -98, -97, 50], ""),
    ],
)
def test_a_suspicious_number_is_named(write, column: list[float], said: str):
    _, notes = read(write("a\n" + "\n".join(map(str, column)) + "\n"))
    assert said in notes
    assert bool(said) == ("csv_missing" in notes)


# --- any table
MARKS = [
    (POINT, ""),
    (POINT, ","),
    (POINT, "'"),
    (POINT, " "),
    (COMMA, ""),
    (COMMA, "."),
    (COMMA, "’"),
    (COMMA, "\xa0"),
]


@st.composite
def tables(draw):
    """(bytes, columns): numbers with up to three decimals, written with any marks, as programs write them."""
    width = draw(st.integers(1, 4))
    decimals = [draw(st.sampled_from([0, 1, 2, 3])) for _ in range(width)]
    scale = [draw(st.sampled_from([1, 1000, 10**6])) for _ in range(width)]
    count = draw(st.integers(2, 12))
    columns = [
        [draw(st.integers(-scale[k] * 10**3, scale[k] * 10**3)) / 10 ** decimals[k] for _ in range(count)]
        for k in range(width)
    ]
    separator = draw(st.sampled_from(",;\t|"))
    decimal, group = draw(st.sampled_from(MARKS))
    minus = draw(st.sampled_from("-−"))
    unit = draw(st.sampled_from(["", "", "$", "€"]))

    def written(value: float, places: int) -> str:
        text = f"{abs(value):,.{places}f}".replace(",", "G").replace(".", decimal).replace("G", group)
        text = (minus if value < 0 else "") + unit + text
        return f'"{text}"' if separator in text else text

    quote = draw(st.booleans())
    lines = [
        [written(column[n], places) for column, places in zip(columns, decimals, strict=True)] for n in range(count)
    ]
    if quote:
        lines = [[cell if cell.startswith('"') else f'"{cell}"' for cell in line] for line in lines]
    header = draw(
        st.sampled_from(["none", "words", "years", "index"] + ["counts"] * (width > 1))
    )  # 0 alone is a number
    if header != "none":
        own = {"words": [f"n{k}" for k in range(width)], "years": [str(2001 + k) for k in range(width)]}
        lines.insert(0, own.get(header, [str(k) for k in range(width)]))
        if header == "index":
            lines = [[str(n - 1) if n else "", *line] for n, line in enumerate(lines)]
            columns = [[float(n) for n in range(count)], *columns]
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(separator.join(line) for line in lines) + draw(st.sampled_from([end, ""]))
    text = draw(st.sampled_from(["", f"sep={separator}{end}"])) + text
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return (text.replace("−", "-") if encoding == "cp1252" else text).encode(encoding), columns


@given(tables())
def test_any_table_is_read_exactly_or_refused_or_the_assumption_is_said(tmp_path_factory, drawn):
    content, columns = drawn
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    table = None
    with contextlib.suppress(InputError):
        table = read_series(path)
    if table is None:
        assert "any.csv" in refusal(path)
        return
    if table.values.T.tolist() != columns:
        assumed = (
            "No other number decides",
            "is read as data; if it names",
            "is read as the columns' names",
            "is read as 2 cells",
            "is read as 3 cells",
        )
        assert any(phrase in note for note in table.notes for phrase in assumed), (table.values.T, table.notes)


@given(st.text("0123456789.,+-eE \n;", max_size=40), st.sampled_from([POINT, COMMA]), st.sampled_from(",; "))
def test_the_fast_way_reads_what_the_slow_one_reads(text: str, mark: str, separator: str):
    text += "\n"
    found = plain_table(text, separator, mark, 2)
    if found is not None:
        cells = [line.split() if separator == " " else line.split(separator) for line in text.split("\n")[:-1]]
        assert found.tolist() == [[number_in(cell).under(mark) for cell in line] for line in cells]


# --- large ones
def test_a_wide_table_is_not_quadratic(write):
    names = ",".join(["x"] * MOST_COLUMNS)
    path = write(f"{names}\n" + (",".join(["1.5"] * MOST_COLUMNS) + "\n") * 3)
    began = time.process_time()
    table = read_series(path)
    assert time.process_time() - began < 5.0
    assert len(set(table.names)) == MOST_COLUMNS
    began = time.process_time()
    refusal(write("," * 50_000 + "\n" + "," * 50_000 + "x\n"))
    assert time.process_time() - began < 2.0


def test_reading_is_a_job_of_many_pieces_that_can_be_cancelled(write):
    path = str(write("a,b\n" + "".join(f"{k}.25,{k}\n" for k in range(100_000))))
    job = reading(path)
    done = [next(job) for _ in range(4)]
    job.close()
    assert done == sorted(done) and 0.0 <= done[0] <= done[-1] < 1.0
    steps = list(reading(path))
    assert len(steps) > 8 and all(0.0 <= step <= 1.0 for step in steps)
    assert list(reading(path)) == []  # it has been read


def test_a_table_takes_little_more_room_than_its_text_and_its_numbers(write):
    path = write("a,b\n" + "1.25,2\n" * 200_000)
    tracemalloc.start()
    values = read_series(path).values
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * (values.nbytes + path.stat().st_size) + 8e6


def test_a_text_column_with_a_mark_far_down_is_read_again(write):
    rows = [f"{k % 7 + 1}.{k % 900 + 100};x{k % 3}" for k in range(30_000)]
    table = read_series(write("a;b\n" + "\n".join(rows) + "\n0,5;x1\n"))
    assert table.values[:2, 0].tolist() == [1100, 2101] and table.values[-1, 0] == 0.5
    assert table.texts["b"][1][:4].tolist() == [0, 1, 2, 0]
