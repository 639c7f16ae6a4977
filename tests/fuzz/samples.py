"""A good file of every kind that the program reads, small, and how each is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow

from core import tasks
from core.choices import Edit
from core.documents import export, storage, trained
from core.documents.document import PinnedRun, own_parameters
from core.documents.opening import open_file
from core.documents.storage import Inspector, View
from core.experiment import Experiment, natural
from core.files.npz_writer import write_npz
from core.interop import files, keras_weights, torch_weights
from core.interop.network import fit
from core.jobs import finished
from core.recorder import record
from core.tasks.files import idx, series
from core.tasks.files.text import read_text
from core.training.optimizers import optimizer_named
from core.training.training import Training, train
from explorer.application import application
from explorer.settings import Settings
from tests.core.task_files import idx_bytes, write_air, write_series

LSTM = natural("echo", cell="lstm", steps=4, hidden=2, structure="n-n")


class Kind(NamedTuple):
    """A kind of file: good ones, and what reads it, as far as a person's opening it goes."""

    suffix: str
    good: tuple[bytes, ...]
    read: Callable[[Path], object]


def session(path: Path) -> object:
    """Opened as the window does: read, and run."""
    saved = storage.load(path)
    if saved.experiment.steps * saved.experiment.hidden * saved.experiment.batch * saved.experiment.layers > 4000:
        return saved  # right, and too slow for many of them
    return record(saved.experiment, saved.given)


def torch(path: Path) -> object:
    """Read and put into a network."""
    return fit(LSTM, torch_weights.read(files.read(path), LSTM))


def keras(path: Path) -> object:
    """Read and put into a network."""
    return fit(LSTM, keras_weights.read(files.read(path), LSTM))


def csv_task(path: Path) -> object:
    """A run on a person's own series."""
    return tasks.make(natural("csv", csv_path=str(path), steps=3, batch=1))


def air_task(path: Path) -> object:
    """A run on a table like that of Beijing's PM2.5."""
    return tasks.make(natural("air-quality", csv_path=str(path), batch=1))


def settings(path: Path) -> object:
    """What the program remembers, put to use as the window does; nothing of it is ever refused."""
    application()
    kept = Settings(path)
    window = QMainWindow()
    window.restoreGeometry(kept.geometry)
    window.restoreState(kept.state("docks"))
    window.deleteLater()
    return kept.theme, kept.reduced_motion, kept.recent_files()


def text(path: Path) -> object:
    """A text to learn."""
    return read_text(path)


def anything(path: Path) -> object:
    """Whatever a person drops onto the window."""
    return open_file(path, LSTM)


@cache
def kinds(folder: Path) -> dict[str, Kind]:
    """Every kind by name; the good files are made in `folder`."""

    def made(name: str, write: Callable[[Path], object]) -> bytes:
        write(folder / name)
        return (folder / name).read_bytes()

    run = record(Experiment(steps=5, hidden=3))
    lstm = record(LSTM)
    edited = natural("echo", cell="gru", steps=4, hidden=2, layers=2, bidirectional="concat")
    edited = edited.with_changes(edits=(Edit("x", (1, 0, 0), 0.5),))
    pinned = (
        PinnedRun(Experiment(steps=3), "tanh", 0),
        PinnedRun(LSTM, "LSTM", 1, own_parameters(LSTM, lstm.parameters)),
    )
    view = View(notation="ng", inspectors=(Inspector(row="L1", record="s", t=2),), share_at=1)
    training = Training(LSTM, optimizer_named("adam")(None), 1)
    list(train(training, 3))
    sessions = (
        storage.to_text(run).encode(),
        storage.to_text(record(edited), 3.0, view, pinned).encode(),
        storage.to_text(record(LSTM, training.parameters)).encode(),
    )
    runs = (
        made("run.npz", lambda path: finished(export.writing(run, path))),
        made("trained.npz", lambda path: trained.write(path, LSTM, training.parameters, training.history)),
    )
    of_torch = torch_weights.state_dict(LSTM, lstm.parameters)
    of_keras = keras_weights.named(keras_weights.weights(LSTM, lstm.parameters))
    random = np.random.default_rng(7)
    packed = made("images.gz", lambda path: path.write_bytes(idx_bytes(random.integers(0, 256, (6, 28, 4)))))
    labels = idx_bytes(np.arange(6))
    rows = made("series.csv", lambda path: write_series(path, 40))
    dated = b"date,a,b\n" + b"".join(f"2020-01-{day:02},{day * 1.5},{-day}\n".encode() for day in range(1, 29))
    comma = b"a;b\n" + b"".join(f"{n},5;{n * n}\n".encode() for n in range(30))
    kept = Settings(folder / "settings.ini")
    kept.theme, kept.reduced_motion = "dark", True
    kept.add_recent_file(folder / "run.npz")
    kept.geometry = QByteArray(bytes(range(60)))
    kept.set_state("docks", QByteArray(bytes(range(90))))
    kept.sync()
    return {
        "settings": Kind(".ini", ((folder / "settings.ini").read_bytes(),), settings),
        "session": Kind(".json", sessions, session),
        "run": Kind(".npz", runs, trained.read),
        "torch npz": Kind(".npz", (made("t.npz", lambda path: write_npz(path, of_torch)),), torch),
        "torch safetensors": Kind(".safetensors", (made("t.safetensors", lambda p: files.write(p, of_torch)),), torch),
        "keras npz": Kind(".npz", (made("k.npz", lambda path: write_npz(path, of_keras)),), keras),
        "series": Kind(".csv", (rows, dated, comma), series.read_series),
        "csv task": Kind(".csv", (rows, dated, comma), csv_task),
        "air": Kind(".csv", (made("air.csv", lambda path: write_air(path, 60)),), air_task),
        "images": Kind(".idx", (packed,), lambda path: idx.read_idx(path, 3, "images")),
        "labels": Kind(".idx", (labels,), lambda path: idx.read_idx(path, 1, "labels")),
        "text": Kind(".txt", (b"hello world\n" * 9, "grüße ∂L\r\n".encode()), text),
        "anything": Kind(".any", (*sessions, *runs, rows, b"hello world\n" * 9), anything),
    }
