"""Every file that the program writes, and every kind that it reads, is recognised by what is in it and opened."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from core.documents import export, storage, trained
from core.documents.opening import KINDS, kind_of, open_file, open_saved
from core.errors import InputError
from core.experiment import Experiment, natural
from core.interop import files
from core.interop.libraries import translated
from core.jobs import finished
from core.recorder import record
from core.trace import Trace
from core.training.history import Updates


def own_run() -> Trace:
    experiment = natural("echo", cell="gru", reset="after", hidden=3, steps=4, batch=2)
    first = record(experiment).parameters
    return record(experiment, {name: array + 0.125 for name, array in first.items()})


def written(folder: Path) -> dict[str, Path]:
    """A file of each kind that the program writes of a run, under a name that says nothing."""
    trace, paths = own_run(), {}
    for kind, suffix in (
        ("session", ".json"),
        ("run", ".npz"),
        ("trained", ".npz"),
        ("torch", ".npz"),
        ("keras", ".npz"),
    ):
        paths[kind] = folder / f"{kind}{suffix}"
    paths["tensors"] = folder / "w.safetensors"
    storage.save(paths["session"], storage.to_text(trace))
    finished(export.writing(trace, paths["run"]))
    trained.write(paths["trained"], trace.experiment, trace.parameters, Updates())
    for kind, library in (("torch", "torch"), ("tensors", "torch"), ("keras", "keras")):
        files.write(paths[kind], translated(library, trace.experiment, trace.parameters)[0])
    return {kind: path.rename(folder / f"file{k}") for k, (kind, path) in enumerate(paths.items())}


def test_what_the_program_writes_it_opens(tmp_path):
    trace = own_run()
    paths = written(tmp_path)
    wanted = {"torch": "weights", "keras": "weights", "tensors": "weights", "trained": "run"}
    for kind, path in paths.items():
        assert kind_of(path).name == wanted.get(kind, kind)
        found = open_file(path, natural("echo", steps=4, batch=2))
        assert found.document == (kind == "session") and found.parameters is not None
        assert all(np.array_equal(found.parameters[name], array) for name, array in trace.parameters.items()), kind
        assert record(found.experiment, found.parameters).loss == trace.loss
    for kind in ("session", "run", "trained"):
        assert open_saved(paths[kind]).experiment == trace.experiment


def test_the_norms_of_a_run_are_a_table(tmp_path):
    path = tmp_path / "norms.csv"
    finished(export.writing(own_run(), path))
    found = open_file(path, Experiment())
    assert kind_of(path).name == "table" and found.experiment.task == "csv" and found.parameters is None
    assert found.experiment.csv_path == str(path)


IMAGES = b"\0\0\x08\x03" + struct.pack(">III", 2, 3, 4) + bytes(range(24))
LABELS = b"\0\0\x08\x01" + struct.pack(">I", 2) + bytes((0, 1))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("given", ["images-idx3", "labels-idx1"])
def test_digits_are_opened_with_the_file_beside_them(packed, given, tmp_path):
    for name, content in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
        path = tmp_path / f"t10k-{name}-ubyte"
        path.write_bytes(gzip.compress(content) if packed else content)
    found = open_file(tmp_path / f"t10k-{given}-ubyte", Experiment(steps=3))
    assert found.task == "digits"
    assert "images" in found.fields["image_path"] and "labels" in found.fields["label_path"]


def test_digits_without_the_other_file_say_how_both_are_chosen(tmp_path):
    (tmp_path / "some").write_bytes(IMAGES)
    assert kind_of(tmp_path / "some").name == "digits"
    with pytest.raises(InputError, match="some is one of two IDX files"):
        open_file(tmp_path / "some", Experiment())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("1,2\n3,4\n5,6\n", "table"),
        ("a;b\n1,5;2\n3;4,25\n", "table"),
        ("3.5\n4.5\n5.5\n", "table"),
        ("date\tx\n2024-01-01\t1\n2024-01-02\t2\n", "table"),
        ("hello, world\nthis is a text, and no table\n", "text"),
        ("hello", "text"),
        ("你好，世界", "text"),
        ('{"cell": "lstm"}', "session"),
    ],
)
def test_texts_are_told_by_their_lines(content, kind, tmp_path):
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8", newline="")
    assert kind_of(path).name == kind
    assert record(open_file(path, Experiment(steps=2)).experiment) is not None


def test_a_text_is_read_as_it_is(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes(b"\xef\xbb\xbfone two\r\nthree\r\n")
    assert open_file(path, Experiment()).experiment.text == "one two\nthree"
    path.write_text("x" * 10_001, encoding="utf-8")
    with pytest.raises(InputError, match=r"poem\.txt” has 10,001 characters, and a text of 2 to 10,000"):
        open_file(path, Experiment())


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (
            b"\x89PNG\r\n\x1a\n" + bytes(50),
            "run.png",
            "run.png cannot be used: it is not of a kind that can be opened",
        ),
        (b"", "empty", "empty cannot be used: it is not of a kind"),
        (b"PK\x03\x04" + bytes(100), "cut.npz", "cut.npz cannot be used: the NPZ is damaged"),
        (b"\x80\x04\x95.", "gru.pkl", "gru.pkl cannot be used: it is a Python pickle: opening it can run code"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "m.h5", "it is an HDF5 file, as Keras saves models"),
        (b'{"cell": "no such cell"}', "s.json", "s.json: cell: there is no “no such cell”"),
        (b"\x1f\x8b" + bytes(50), "some.gz", "some.gz cannot be used: it is not of a kind"),
    ],
)
def test_what_is_none_of_them_is_named(content, name, sentence, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        open_file(path, Experiment())
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_folders_and_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        kind_of(tmp_path)
    with pytest.raises(InputError, match="There is no file"):
        kind_of(tmp_path / "none")


def test_every_kind_has_a_name_of_its_own():
    assert len({kind.name for kind in KINDS}) == len(KINDS) == 8
