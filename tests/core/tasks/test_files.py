"""The tasks that read files: a person's CSV, digits, air quality. What they give, and what they refuse."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import Experiment, natural
from core.jobs import finished
from core.tasks import make, notes, parts, reading
from core.tasks.air_quality import hourly
from core.tasks.files import idx
from tests.core.task_files import AIR_COLUMNS, IMAGES, LABELS, PRSA, fields, idx_bytes, write_air

real = pytest.mark.skipif(not PRSA.exists(), reason="../shared/data is absent")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    return fields(tmp_path_factory.mktemp("files"))


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str) -> str:
        path = tmp_path / "table.csv"
        path.write_text(text)
        return str(path)

    return write


def refusal(experiment: Experiment) -> str:
    """The one sentence that the task is refused with."""
    with pytest.raises(InputError) as refused:
        make(experiment)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
    return str(refused.value)


# --- a person's CSV
KINDS = "kind,a,b,c,code\nlow,1,5,0,2\nhigh,3,6,0,1\nlow,2,7,0,2\nmid,5,9,0,10\n"


def test_columns_and_target_are_chosen(table):
    chosen = natural("csv", csv_path=table(KINDS), steps=2, csv_columns=("b", "a"), csv_target="code", loss_at="every")
    data = make(chosen)
    assert data.input_names == ("b", "a") and data.output_names == ("code",)
    assert data.x[:, 0].tolist() == [[0.0, 0.0], [0.25, 0.5]]
    assert data.y[:, 0, 0].tolist() == [0.0, 1 / 9]
    assert make(chosen.with_changes(csv_target="")).output_names == ("b",)
    assert "has no column “z”" in refusal(chosen.with_changes(csv_columns=("a", "z")))
    assert "has no numbers in column “kind”" in refusal(chosen.with_changes(csv_columns=("kind",)))


@pytest.mark.parametrize(
    ("target", "classes", "expected"),
    [("kind", ("high", "low", "mid"), [1, 0, 1, 2]), ("code", ("1", "2", "10"), [1, 0, 1, 2])],
)
def test_a_column_of_texts_or_whole_numbers_gives_labels(table, target, classes, expected):
    chosen = natural("csv", csv_path=table(KINDS), steps=4, csv_target=target, csv_predict="label", loss_at="every")
    data = make(chosen)
    assert data.loss == "categorical"
    assert data.output_names == classes
    assert data.y[:, 0].argmax(axis=-1).tolist() == expected  # of the row itself, not of the next
    assert target not in data.input_names
    assert make(chosen.with_changes(csv_columns=("code",))).input_names == ("code",)
    assert make(chosen.with_changes(steps=1, batch=4)).y[0].argmax(axis=-1).tolist() == expected


def test_labels_that_cannot_be(table):
    chosen = natural("csv", csv_path=table(KINDS), steps=1, csv_predict="label")
    assert "choose a target (csv_target) of kind, a, b, c, code" in refusal(chosen)
    assert "has no column “z”" in refusal(chosen.with_changes(csv_target="z"))
    gaps = table("kind,a,b\nlow,1,2\n,2,3\nlow,3,\nlow,4,5\n")
    assert "column “kind”: row 2 has no label" in refusal(chosen.with_changes(csv_path=gaps, csv_target="kind"))
    halves = table("a,b\n1,0.5\n2,1\n")
    assert "column “b” is not of whole numbers" in refusal(chosen.with_changes(csv_path=halves, csv_target="b"))
    many = table("day,a\n" + "".join(f"d{k},{k}\n" for k in range(65)))
    assert "there are not 1 to 64 different labels" in refusal(chosen.with_changes(csv_path=many, csv_target="day"))
    assert "has 65 different labels, more than 64" in refusal(chosen.with_changes(csv_path=many, csv_target="a"))
    alone = table("a\n1\n2\n")
    assert "no column of numbers besides “a”" in refusal(chosen.with_changes(csv_path=alone, csv_target="a"))


# --- digits
def test_digits_are_read_row_by_row(files):
    chosen = natural("digits", steps=64, batch=30, loss_at="every", **files["digits"])
    data = make(chosen)
    images = idx.load_images(chosen.image_path).values
    read = {images[k].tobytes(): k for k in range(30)}
    for sample in range(30):
        image = np.round(data.x[:, sample] * 255.0).astype(np.uint8)
        assert (data.y[:, sample].argmax(axis=-1) == read[image.tobytes()] % 10).all()
    assert data.loss == "categorical" and len(data.output_names) == 10
    upper = make(chosen.with_changes(steps=20))
    np.testing.assert_array_equal(upper.x, data.x[:20])
    drawn = {make(chosen.with_changes(data_seed=seed)).x.tobytes() for seed in range(5)}
    assert len(drawn) == 5


def test_digits_that_cannot_be(files, tmp_path):
    chosen = natural("digits", **files["digits"])
    assert "The images have 64 rows, but there are 65 steps; set them to 64" in refusal(chosen.with_changes(steps=65))
    short = tmp_path / "short"
    short.write_bytes(idx_bytes(np.arange(29)))
    assert "has 30 images, but “short” has 29 labels" in refusal(chosen.with_changes(label_path=str(short)))
    assert "holds labels" in refusal(chosen.with_changes(image_path=chosen.label_path))
    assert "has changed since" in refusal(chosen.with_changes(label_hash="0" * 64))


@pytest.mark.data
@real
def test_the_real_digits_are_cut_into_8000_and_2000():
    chosen = natural("digits", image_path=str(IMAGES), label_path=str(LABELS))
    assert (chosen.steps, chosen.loss_at) == (28, "last")
    assert parts(chosen) == (range(8000), range(0), range(8000, 10000))
    assert make(chosen.with_changes(batch=3)).x.shape == (28, 3, 28)


# --- air quality
def rows_of(path: str | Path) -> list[dict[str, str]]:
    """The table, read by Python's own reader, without its first 24 rows."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[24:]


def prepared(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """The six features, scaled, and pm2.5 in µg/m³: hour by hour, as the preparation is worded."""
    rows = rows_of(path)
    known = [(n, float(row["pm2.5"])) for n, row in enumerate(rows) if row["pm2.5"]]
    particles = np.interp(np.arange(len(rows)), *zip(*known, strict=True))
    speed, before = [], None
    for row in rows:
        own = float(row["Iws"])
        if before and before["cbwd"] == row["cbwd"] and float(before["Iws"]) <= own:
            own -= float(before["Iws"])
        speed.append(own)
        before = row
    numbers = [[float(row[name]) for row in rows] for name in ("DEWP", "TEMP", "PRES")]
    directions = sorted({row["cbwd"] for row in rows})
    direction = [directions.index(row["cbwd"]) for row in rows]
    features = np.array([particles, *numbers, direction, speed]).T
    return (features - features.min(axis=0)) / np.ptp(features, axis=0), particles


@pytest.mark.parametrize("path", ["small", pytest.param(PRSA, marks=[real, pytest.mark.data])])
def test_air_quality_is_prepared_as_described(path, files):
    path = files["air-quality"]["csv_path"] if path == "small" else str(path)
    features, particles = prepared(path)
    chosen = natural("air-quality", csv_path=path, batch=3, loss_at="every")
    data = make(chosen)
    assert data.input_names == ("pm2.5", "DEWP", "TEMP", "PRES", "wind direction", "wind speed")
    assert data.output_names == ("pm2.5",) and data.loss == "squared"
    part = len(features) // 3
    for sample in range(3):
        start = part * sample
        np.testing.assert_allclose(data.x[:, sample], features[start : start + 24], atol=1e-12)
        np.testing.assert_allclose(data.y[:, sample, 0], features[start + 1 : start + 25, 0], atol=1e-12)
    classes = make(chosen.with_changes(air_quality="class"))
    np.testing.assert_array_equal(classes.x, data.x)
    assert classes.loss == "categorical" and len(classes.output_names) == 6
    levels = (particles[:, np.newaxis] > np.array([35, 75, 115, 150, 250])).sum(axis=1)
    assert classes.y[:, 1].argmax(axis=-1).tolist() == levels[part + 1 : part + 25].tolist()


@pytest.mark.data
@real
def test_the_real_hours_give_35016_windows_to_train_on():
    chosen = natural("air-quality", csv_path=str(PRSA))
    assert (chosen.steps, chosen.loss_at) == (24, "last")
    training, _, test = parts(chosen) or (range(0),) * 3
    assert training == range(35_016)
    assert test == range(35_040, 43_776)  # their first hours come after the last one that is trained on


@pytest.mark.data
@real
def test_tomorrow_like_today_is_as_good_as_it_should_be():
    """The published runs reach R² 0.940 to 0.946 at one hour, where the last value itself must already be near that."""
    values, _ = prepared(PRSA)
    rest = values[35_064:, 0]
    assert 0.5 * np.square(np.diff(rest)).mean() == pytest.approx(0.000243, abs=1e-6)
    assert 1 - np.square(np.diff(rest)).sum() / np.square(rest[1:] - rest[1:].mean()).sum() == pytest.approx(
        0.9455, abs=1e-4
    )


def test_the_wind_of_one_hour():
    cumulated = np.array([3.0, 5.0, 2.0, 2.5, 1.0, 4.0])
    direction = np.array([0, 0, 1, 1, 1, 0])
    assert hourly(cumulated, direction).tolist() == [3.0, 2.0, 2.0, 0.5, 1.0, 4.0]


@pytest.mark.parametrize("structure", ["encoder-decoder", "attention"])
@pytest.mark.parametrize("task", ["sine", "csv", "air-quality"])
def test_a_decoder_goes_on_where_a_series_was_left(task, structure, files):
    chosen = natural(task, steps=8, batch=2, structure="n-n", **files.get(task, {}))
    ahead = make(chosen.with_changes(structure=structure, output_steps=5))
    whole = make(chosen.with_changes(steps=12))
    np.testing.assert_array_equal(ahead.x, whole.x[:8])
    np.testing.assert_array_equal(ahead.y, whole.y[7:])


def test_tables_of_another_kind_are_refused(tmp_path, files):
    chosen = natural("air-quality", csv_path=files["csv"]["csv_path"])
    assert "has no column “pm2.5”, “DEWP”, “TEMP”, “PRES”, “Iws”, “cbwd” as the table" in refusal(chosen)
    short = write_air(tmp_path / "short.csv", rows=25)
    assert "has 25 rows; at least 26 are needed" in refusal(chosen.with_changes(csv_path=str(short)))
    assert "has 26 rows, but 24 steps" in refusal(
        chosen.with_changes(csv_path=str(write_air(tmp_path / "longer.csv", rows=50)), batch=3)
    )
    calm = tmp_path / "calm.csv"
    lines = write_air(calm, rows=60).read_text().splitlines()
    cells = lines[41].split(",")
    cells[AIR_COLUMNS.index("cbwd")] = "NA"
    calm.write_text("\n".join([*lines[:41], ",".join(cells), *lines[42:]]))
    assert "column “cbwd”: row 41 has no direction" in refusal(chosen.with_changes(csv_path=str(calm)))


BROKEN = {
    "ragged": ("a,b\n1,2\n3\n", "line 3: 1 cell, but line 1 has 2"),
    "not numbers": ("a,b\n1,2\n3,four\n", "“four” is not a number"),
    "empty": ("", "is empty"),
    "no table": ("\0\1\2\3", "is not a text file"),
}


@pytest.mark.parametrize("task", ["csv", "air-quality"])
@pytest.mark.parametrize("case", BROKEN)
def test_malformed_tables_give_one_sentence(task, case, table):
    text, expected = BROKEN[case]
    assert expected in refusal(natural(task, csv_path=table(text), steps=1))


@pytest.mark.parametrize("task", ["csv", "air-quality"])
def test_a_table_of_two_gigabytes_gives_one_sentence(task, tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 10**9)
    assert "has 2,000 MB, more than the 200 MB" in refusal(natural(task, csv_path=str(path)))


# --- steps and notes that follow the files
@pytest.mark.parametrize(("rows", "columns"), [(32, 32), (784, 1), (1, 784), (1200, 2)])
def test_digits_take_as_many_steps_as_their_images_have_rows(tmp_path, rows, columns):
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(idx_bytes(np.arange(3 * rows * columns).reshape(3, rows, columns) % 256))
    labels.write_bytes(idx_bytes(np.arange(3)))
    paths = {"image_path": str(images), "label_path": str(labels)}
    chosen = natural("digits", **paths)
    assert chosen.steps == min(rows, 1000)
    assert make(chosen).x.shape == (chosen.steps, 1, columns)
    assert bool(notes(chosen)) == (rows > 1000)
    if 28 < rows <= 1000:
        fewer = natural("digits", steps=28, **paths)
        left = f"28 of the images' {rows} rows are read, {rows - 28} are not; set the steps to {rows} for all."
        assert notes(fewer) == (left,)


def test_a_sentinel_is_missing_for_both_tasks_that_read_tables(files, tmp_path):
    path = tmp_path / "air.csv"
    lines = Path(files["air-quality"]["csv_path"]).read_text().splitlines()
    cells = lines[100].split(",")
    cells[1] = "-200"
    path.write_text("\n".join([*lines[:100], ",".join(cells), *lines[101:]]))
    for task in ("air-quality", "csv"):
        target = "pm2.5" if task == "csv" else ""
        chosen = natural(task, csv_path=str(path), csv_target=target, steps=120)
        assert any("−200 stands once in “pm2.5”" in note for note in notes(chosen))
        declared = chosen.with_changes(csv_missing=("-200",))
        assert not any("stands" in note for note in notes(declared))
        assert make(declared).x.tobytes() != make(chosen).x.tobytes()


@pytest.mark.parametrize("task", ["csv", "air-quality", "digits"])
def test_files_are_read_ahead_by_a_job(files, task, tmp_path):
    fresh = {}
    for name, path in files[task].items():
        copy = tmp_path / Path(path).name
        copy.write_bytes(Path(path).read_bytes())
        fresh[name] = str(copy)
    chosen = natural(task, **fresh)
    assert len(list(reading(chosen))) > 0
    assert list(reading(chosen)) == []
    assert list(reading(natural(task))) == []
    assert finished(reading(natural("echo"))) is None
