"""A saved session: versioned JSON with the experiment, the place on the line, the pinned runs, and what to check it by.

A seed alone does not promise the same numbers on another NumPy or BLAS; so the initial parameters and the loss go with
the file, and what differs on opening is said.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.errors import InputError
from core.experiment import Experiment, from_builtins
from core.notation import notation_named
from core.trace import Trace

FORMAT = 1
LOST = 1e-13  # of a loss: its terms are rounded by a share of 1, however little is left of them
LARGEST = 64 * 2**20  # bytes; no file that this program writes is near it


class Inspector(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A quantity that stays in an inspector of its own: a node's record, or the edge that comes to it from `source`.
    `t`: the column; None follows the playhead."""

    row: str
    record: str = ""
    unit: Annotated[int, msgspec.Meta(ge=0)] = 0
    t: Annotated[int, msgspec.Meta(ge=1)] | None = None
    source: str = ""
    recurrent: bool = False


MOST_INSPECTORS = 4


class View(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked at, and how; no number of the run depends on it."""

    sample: Annotated[int, msgspec.Meta(ge=0)] = 0
    gradient: Literal["used", "exact"] = "used"  # used: truncated, where it is
    share_at: Annotated[int, msgspec.Meta(ge=1)] | None = None  # only the loss at this step; None: all of it
    notation: str = "row"  # the textbook whose symbols are on the screen, see core.notation
    inside: str | None = None  # the part whose cell is open; None: the chain
    inspectors: Annotated[tuple[Inspector, ...], msgspec.Meta(max_length=MOST_INSPECTORS)] = ()  # that are pinned
    normalise: bool = False  # each row of gradients by its own largest, instead of the shared absolute scale


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The file. `format` comes first, so that a reader can tell what it has before it reads on."""

    format: int = FORMAT
    experiment: dict
    position: float = 0.0
    view: View = View()
    pinned: tuple[dict, ...] = ()
    loss: float | None = None
    parameters: dict[str, list] = {}  # before the edits, which the experiment has
    own_parameters: bool = False  # they are not those that the seed gives: trained, imported or typed


class Saved(msgspec.Struct, frozen=True):
    """A file that has been read and found good."""

    experiment: Experiment
    position: float
    view: View
    pinned: tuple[Experiment, ...]
    loss: float | None
    parameters: dict[str, list]
    own_parameters: bool = False

    @property
    def given(self) -> dict[str, np.ndarray] | None:
        """The parameters to run with, where the file brings its own."""
        if not self.own_parameters:
            return None
        return {name: np.array(numbers, dtype=float) for name, numbers in self.parameters.items()}


def to_text(trace: Trace, position: float = 0.0, view: View | None = None, pinned: tuple[Experiment, ...] = ()) -> str:
    """The file's text. Raises InputError where a name cannot be written as text (a path with a broken character)."""
    document = Document(
        experiment=msgspec.to_builtins(trace.experiment),
        position=position,
        view=view or View(),
        pinned=tuple(msgspec.to_builtins(each) for each in pinned),
        loss=trace.loss if np.isfinite(trace.loss) else None,
        parameters={name: trace.unedited[name].tolist() for name in trace.parameters},
        own_parameters=trace.own_parameters,
    )
    try:
        return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
    except UnicodeEncodeError:
        raise InputError("A name in this experiment has a broken character; rename the file that it names.") from None


def save(path: Path, text: str) -> None:
    """Writes beside the target first, so that a full disk loses nothing. Raises InputError naming path and reason."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise InputError(f"{path} cannot be written: {error.strerror or error}. Choose another place.") from None


def load(path: Path) -> Saved:
    """Reads a saved session, or an experiment alone. Raises InputError with one sentence naming the file."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path.name} is larger than {LARGEST // 2**20} MB; it is no saved experiment.")
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}. Choose another file.") from None
    try:
        return from_text(raw)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None


def from_text(raw: str | bytes) -> Saved:
    """The inverse of `to_text`. Raises InputError."""
    try:
        values = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError("This is not a saved experiment (it is not JSON).") from None
    if not isinstance(values, dict):
        raise InputError("This is not a saved experiment (a JSON object is expected).")
    if "format" not in values:
        return Saved(from_builtins(values), 0.0, View(), (), None, {})
    if not isinstance(values["format"], int) or not 1 <= values["format"] <= FORMAT:
        raise InputError(
            f"It has format {values['format']}, and this program reads up to {FORMAT}; open it with a newer version."
        )
    try:
        document = msgspec.convert(values, Document)
        for numbers in document.parameters.values():
            _validate_array(numbers)
        notation_named(document.view.notation)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"This saved experiment is damaged: {error}.") from None
    return Saved(
        from_builtins(document.experiment),
        document.position,
        document.view,
        tuple(from_builtins(each) for each in document.pinned),
        document.loss,
        document.parameters,
        document.own_parameters,
    )


def _validate_array(numbers: list) -> None:
    """Raises ValidationError for anything but (n,), (n, m) or (n, m, k) numbers."""
    depth, inner = 0, numbers
    while isinstance(inner, list) and inner and depth < 4:
        depth, inner = depth + 1, inner[0]
    kinds = {1: list[float], 2: list[list[float]], 3: list[list[list[float]]]}
    msgspec.convert(numbers, kinds.get(depth, list[float]))
    try:
        np.array(numbers, dtype=float)
    except ValueError:
        raise msgspec.ValidationError("the rows of a parameter are not of one length") from None


def differences(saved: Saved, trace: Trace) -> str:
    """One sentence that says what is not as it was when the file was saved, or "" where nothing differs."""
    for name in trace.parameters:
        was = saved.parameters.get(name)
        now = trace.unedited[name]
        if was is not None and not np.array_equal(np.asarray(was, dtype=float), now):
            return f"On this machine {name} starts with other numbers than in the file (another NumPy or BLAS)."
    if saved.loss is not None and not np.isclose(saved.loss, trace.loss, rtol=1e-12, atol=LOST):
        return f"On this machine the loss is {trace.loss:.15g}; it was {saved.loss:.15g} when the file was saved."
    return ""
