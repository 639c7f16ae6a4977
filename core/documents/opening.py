"""What a file is that a person gives, by what is in it, and what becomes of it: KINDS is the visible list."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.documents import storage, trained
from core.errors import InputError, quoted
from core.experiment import Experiment, suited
from core.files import foreign, safetensors
from core.files.arrays import look
from core.files.foreign import Look
from core.files.reading import opened
from core.interop.libraries import library_of, open_weights
from core.jobs import Job
from core.maths.arrays import Array
from core.own.files import NPY, read_files
from core.own.layout import UNSAID, Layout
from core.own.recorded import is_recording
from core.own.recording import RECORDING
from core.own.roles import known_kind
from core.own.run import BESIDE, experiment_of
from core.own.step_names import are_sequences
from core.own.template import CHOICES
from core.own.without_weights import RecordedRun, is_without_weights, run_without_weights
from core.sentence import Sentence, listed
from core.tables.layout import Stated
from core.tasks.files import idx, series
from core.tasks.files.text import read_text

LARGEST = 4 * 10**9  # bytes of a file that is looked at; each kind has its own limit for what is read
_GZIP = b"\x1f\x8b"


class Opened(NamedTuple):
    """What a file makes of an experiment: another one, with `parameters` of its own where it brings them.

    `task`: it is data for this task, with the changes `fields`; an experiment that suits them is `experiment`, too.
    `document`: it is a saved session, which is saved to the same file again. `remarks`: clauses to report. `compared`:
    arrays that are compared with the run once it is there. `layout`: how own arrays were found to lie. `shown`: a
    recorded run without its weights, which is shown as it is and makes nothing of the experiment, with its arrays.
    """

    experiment: Experiment
    parameters: Mapping[str, Array] | None = None
    remarks: tuple[str, ...] = ()
    task: str = ""
    fields: Mapping[str, Any] = {}
    document: bool = False
    compared: Mapping[str, Array] | None = None
    layout: Layout = UNSAID
    shown: tuple[RecordedRun, Mapping[str, Array]] | None = None


class Kind(NamedTuple):
    """One kind of file. `opens` gets the path and the experiment on show; raises InputError naming the file. `reads`: a
    job that reads it beforehand, so that `opens` finds it read; None where that is done at once."""

    name: str
    title: str
    patterns: tuple[str, ...]
    recognises: Callable[[Look], bool]
    opens: Callable[[Path, Experiment], Opened]
    reads: Callable[[Path, Experiment], Job[Any]] | None = None


def kind_of(path: Path) -> Kind:
    """The kind of a file. Raises InputError: it cannot be read, or is none of them; then what it is, where known."""
    with opened(path, LARGEST, "session, run, weights, data or text") as file:
        try:
            shown = look(file, path.name)
        except InputError as error:
            raise InputError("{file} cannot be used: {error}", file=quoted(path.name, 200), error=error) from None
    for kind in KINDS:
        if kind.recognises(shown):
            return kind
    what = foreign.sentence(path, shown)
    if what is None:
        known = listed(Sentence(kind.title) for kind in KINDS)
        what = Sentence("it is not of a kind that can be opened: {known}.", known=known)
    raise InputError("{file} cannot be used: {what}", file=quoted(path.name, 200), what=what)


def open_file(path: Path, experiment: Experiment) -> Opened:
    """What a file of any kind makes of an experiment. Raises InputError with one sentence that names the file."""
    return kind_of(path).opens(path, experiment)


def open_saved(path: Path) -> Opened:
    """The same where a saved experiment or an exported run is expected. Raises InputError."""
    return (_run if kind_of(path).name == "run" else _session)(path, Experiment())


def table_fields(table: series.Series, experiment: Experiment) -> dict[str, Any]:
    """The experiment's fields for a table: its path, its content's hash, columns and a target that it has, and no more
    steps than it has rows for."""
    label = experiment.csv_predict == "label" and experiment.csv_target in table.texts
    kept = experiment.csv_target in table.names or label
    target = experiment.csv_target if kept else table.names[0]
    fields: dict[str, Any] = {"csv_path": table.path, "csv_hash": table.hash, "csv_target": target}
    fields |= {"csv_header": "auto", "csv_decimal": "auto"}  # what was said of another table
    if not set(experiment.csv_columns) <= set(table.names):
        fields["csv_columns"] = ()
    if target != experiment.csv_target:
        fields["csv_predict"] = "next"
    room = len(table.values) - experiment.batch
    if 1 <= room < experiment.steps:
        fields["steps"] = room
    return fields


def image_fields(images: str, labels: str) -> dict[str, Any]:
    """The experiment's fields for two IDX files. Raises InputError where they do not belong together."""
    pictures, digits = idx.load_images(images), idx.load_labels(labels)
    idx.refuse_unequal(pictures, digits)
    return {"image_path": images, "image_hash": pictures.hash, "label_path": labels, "label_hash": digits.hash}


# --- the kinds ---


def _session(path: Path, experiment: Experiment) -> Opened:
    saved = storage.load(path)
    return Opened(saved.experiment, saved.given, document=True)


def _run(path: Path, experiment: Experiment) -> Opened:
    found = trained.read(path)
    return Opened(found.experiment, found.parameters)


def _arrays(path: Path, experiment: Experiment) -> Opened:
    return open_arrays(read_files((path,)), experiment, path.name)


def open_arrays(arrays: Mapping[str, Array], experiment: Experiment, name: str, layout: Layout = UNSAID) -> Opened:
    """What arrays by name make of the experiment on show: with an x a new one, which keeps the cell where that fits;
    weights alone go to the experiment; a recorded run without its weights is shown as it is. Raises InputError with one
    sentence that begins with `name`."""
    try:
        if is_without_weights(arrays):
            run = run_without_weights(arrays, layout.order)
            return Opened(experiment, remarks=run.remarks, shown=(run, arrays))
        fitted, own = experiment_of(arrays, experiment, layout)
        if fitted.experiment.arrays != experiment.arrays:
            fitted, own = experiment_of(arrays, Experiment().with_changes(cell=experiment.cell), layout)
    except InputError as error:
        raise InputError("{name} cannot be used: {error}", name=quoted(name, 200), error=error) from None
    compared = arrays if is_recording(arrays) else None
    found = layout if own is None else own.layout
    return Opened(fitted.experiment, fitted.parameters, fitted.remarks, compared=compared, layout=found)


def _weights(path: Path, experiment: Experiment) -> Opened:
    fitted = open_weights(path, experiment)
    return Opened(fitted.experiment, fitted.parameters, fitted.remarks)


def _digits(path: Path, experiment: Experiment) -> Opened:
    """Images with the labels beside them, or the other way round."""
    return _data("digits", image_fields(*_pair(path)), experiment)


def _read_digits(path: Path, experiment: Experiment) -> Job[Any]:
    return idx.reading(*_pair(path))


def _pair(path: Path) -> tuple[str, str]:
    """Images and labels: MNIST's names tell one from the other. Raises InputError where one of them is not there."""
    other = _beside(path, "images-idx3", "labels-idx1") or _beside(path, "labels-idx1", "images-idx3")
    if other is None:
        raise InputError(
            "{file} is one of two IDX files, and beside it is none whose name has labels-idx1 for images-idx3; choose "
            "both with the task Digits row by row.",
            file=quoted(path.name, 200),
        )
    images, labels = (path, other) if "images-idx3" in path.name else (other, path)
    return str(images), str(labels)


def _beside(path: Path, own: str, others: str) -> Path | None:
    other = path.with_name(path.name.replace(own, others))
    return other if own in path.name and other.is_file() else None


def _table(path: Path, experiment: Experiment) -> Opened:
    table = series.load(str(path), stated=Stated(experiment.csv_missing))
    return _data("csv", table_fields(table, experiment), experiment)


def _read_table(path: Path, experiment: Experiment) -> Job[Any]:
    return series.reading(str(path), Stated(experiment.csv_missing))


def _text(path: Path, experiment: Experiment) -> Opened:
    return _data("next-character", {"text": read_text(path)}, experiment)


def _data(task: str, fields: Mapping[str, Any], experiment: Experiment) -> Opened:
    changes = {"task": task, **fields}
    return Opened(suited(experiment.with_changes(**changes), dict(fields)), task=task, fields=fields)


def _is_session(shown: Look) -> bool:
    return shown.start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" and b"\0" not in shown.start


def _is_weights(shown: Look) -> bool:
    return any(member.endswith(".npy") for member in shown.members) or safetensors.recognises(shown.start)


def _is_recording(shown: Look) -> bool:
    return f"{RECORDING}.npy" in shown.members


def _is_arrays(shown: Look) -> bool:
    """A single NPY, or an NPZ that has more than a library's weights."""
    if shown.start.startswith(NPY):
        return True
    names = [member.removesuffix(".npy") for member in shown.members if member.endswith(".npy")]
    if are_sequences(names):
        return True
    beside = any(known_kind(name) in BESIDE for name in names) or CHOICES in names
    return bool(names) and (beside or library_of(dict.fromkeys(names, np.empty(0))) is None)


def _is_digits(shown: Look) -> bool:
    """IDX: two zero bytes, the type of the numbers, how many dimensions; or the same packed by gzip."""
    start = shown.start
    if start.startswith(_GZIP):
        try:
            start = zlib.decompressobj(31).decompress(start, 4)
        except zlib.error:
            return False
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in idx.TYPES | {idx.UNSIGNED_BYTE: ""}


def _words(shown: Look) -> str | None:
    """The beginning of a text, without its last line where there are several; None for anything else."""
    if b"\0" in shown.start and not shown.start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    try:
        encoding = "utf-16" if shown.start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text = shown.start[: len(shown.start) // 2 * 2].decode(encoding, "ignore")
    except UnicodeError:
        return None
    strange = sum(not (character.isprintable() or character in "\t\r\n\f") for character in text)
    return text if text and strange <= len(text) // 100 else None


def _is_table(shown: Look) -> bool:
    """A text named .csv or .tsv, or whose lines are numbers with the same separators in each."""
    text = _words(shown)
    if text is None:
        return False
    if shown.name.endswith((".csv", ".tsv")):
        return True
    lines = [line for line in text.splitlines() if line.strip()]
    lines = (lines[1:-1] or lines[1:])[:20]
    for separator in (";", "\t", "|", ",", None):
        cells = [line.split(separator) for line in lines]
        widths = {len(row) for row in cells}
        numbers = sum(bool(re.fullmatch(r"\s*[-+]?[\d.,]+(e[-+]?\d+)?\s*", cell)) for row in cells for cell in row)
        if len(widths) == 1 and (separator is None or widths != {1}):
            return 2 * numbers >= sum(map(len, cells)) > 0
    return False


KINDS = (
    Kind("session", "Saved experiments", ("*.json",), _is_session, _session),
    Kind("run", "Exported and trained runs", ("*.npz",), lambda shown: "experiment.npy" in shown.members, _run),
    Kind("recording", "Recorded runs of your own model", ("*.npz",), _is_recording, _arrays),
    Kind("arrays", "Your own arrays", ("*.npz", "*.npy"), _is_arrays, _arrays),
    Kind("weights", "Weights of PyTorch or Keras", ("*.npz", "*.safetensors"), _is_weights, _weights),
    Kind("digits", "Digits", ("*ubyte", "*ubyte.gz", "*.idx*"), _is_digits, _digits, _read_digits),
    Kind("table", "Tables of numbers", ("*.csv", "*.tsv"), _is_table, _table, _read_table),
    Kind("text", "Texts", ("*.txt",), lambda shown: _words(shown) is not None, _text),
)
