"""A saved session: versioned JSON with the experiment, the place on the line, the pinned runs, and what to check it by.

A seed alone does not promise the same numbers on another NumPy or BLAS; so the initial parameters and the loss go with
the file, and differences on opening are reported.
"""

from __future__ import annotations

import codecs
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote_to_bytes

import msgspec
import numpy as np

from core.documents.document import USUAL_PLAN, Parameters, PinnedRun
from core.errors import InputError, quoted
from core.experiment import Experiment, describe, from_builtins
from core.files.reading import read_bytes
from core.files.writing import unwritable, write_text
from core.notation.books import notation_named
from core.sentence import Sentence
from core.trace import Trace
from core.training import plan as plans
from core.training.plan import Plan

FORMAT = 2  # 1: a pinned run was its experiment alone
LOST = 1e-13  # of a loss: its terms are rounded by a share of 1, however little is left of them
LARGEST = 64 * 10**6  # bytes of a file
MOST_READABLE = 1000  # numbers of an array that are written one by one
MOST_TO_COMPARE = 100_000  # numbers that a seed has made and a file has only so that another machine's can be compared


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
    notation: str = "row"  # the textbook whose symbols are on the screen, see core.notation.books
    inside: str | None = None  # the part whose cell is open; None: the chain
    inspectors: Annotated[tuple[Inspector, ...], msgspec.Meta(max_length=MOST_INSPECTORS)] = ()  # that are pinned
    reach: Literal["total", "partial"] = "total"  # dc_t/dc_k, or ∂c_t/∂c_k with s_k fixed: the map of contributions
    whole_map: bool = False  # of contributions: a row for every t, instead of the playhead's
    factors: bool = True  # on the edges of the chain: what each multiplies the gradient's norm by
    digits: bool = False  # numbers in the nodes of the chain, and the gradient's norm under every step
    relative: bool = False  # norms divided by their value at the loss
    pins_at: Literal["loss", "start"] = "loss"  # where a pinned run of another length is beside this one
    difference: bool = False  # the nodes show this run minus the pinned one
    side_by_side: bool = False  # the pinned runs' whole chains below this one's
    plane: Literal["input", "zero", "none"] = "input"  # of two units: the field with this step's input, with none
    plane_near: bool = False  # as far as the path reaches, instead of the whole plane
    plane_of: Literal["memory", "state"] = "memory"  # what its path is of, where they are two
    normalise: bool = False  # each row of gradients by its own largest, instead of the shared absolute scale


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An array of many numbers, which nobody reads as text: little-endian float64, row after row, as base64."""

    shape: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0)], ...], msgspec.Meta(min_length=1, max_length=3)]
    float64: bytes


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """A pinned run. `label`: "" for what describes it; `parameters`: its own, where the seed's are not used; `plan`:
    how it is trained, where that is not how the run beside it is."""

    experiment: dict
    label: Annotated[str, msgspec.Meta(max_length=500)] = ""
    number: Annotated[int, msgspec.Meta(ge=0)] = 0
    parameters: dict[str, list | Block] | None = None
    plan: dict | None = None


class SessionFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file. `format` comes first, so that a reader knows the version before reading on."""

    format: int = FORMAT
    experiment: dict
    position: float = 0.0
    view: View = View()
    pinned: tuple[Pinned, ...] = ()
    plan: dict | None = None  # how it is trained, where that is not the usual way
    loss: float | None = None
    parameters: dict[str, list | Block] = {}  # before the edits, which the experiment has; none where the seed's many
    own_parameters: bool = False  # they are not those that the seed gives: trained, imported or typed
    changes: str | None = None  # kept by the program itself: the file, by its quoted bytes, that this is to be saved as


class Saved(msgspec.Struct, frozen=True):
    """A file that has been read and found good."""

    experiment: Experiment
    position: float
    view: View
    pinned: tuple[PinnedRun, ...]
    loss: float | None
    parameters: Mapping[str, np.ndarray]
    own_parameters: bool = False
    changes: Path | None = None
    plan: Plan = USUAL_PLAN

    @property
    def given(self) -> Mapping[str, np.ndarray] | None:
        """The parameters to run with, where the file brings its own."""
        return self.parameters if self.own_parameters else None


def to_text(
    trace: Trace,
    position: float = 0.0,
    view: View | None = None,
    pinned: tuple[PinnedRun, ...] = (),
    changes: Path | None = None,
    plan: Plan | None = None,
) -> str:
    """The file's text. `changes`: the file of which these are unsaved changes; `plan`: how it is trained.

    Raises InputError where a name cannot be written as text (a path with a broken character), and where the file would
    be larger than what is read again.
    """
    own = trace.own_parameters
    written = {name: trace.unedited[name] for name in trace.parameters}
    if not own and sum(array.size for array in written.values()) > MOST_TO_COMPARE:
        written = {}
    file = SessionFile(
        experiment=msgspec.to_builtins(trace.experiment),
        position=position,
        view=view or View(),
        pinned=tuple(map(_pinned, pinned)),
        plan=None if plan in (None, USUAL_PLAN) else msgspec.to_builtins(plan),
        loss=trace.loss if np.isfinite(trace.loss) else None,
        parameters=_written(written),
        own_parameters=own,
        changes=None if changes is None else quote(os.fsencode(changes)),
    )
    try:
        content = msgspec.json.format(msgspec.json.encode(file), indent=1)
    except UnicodeEncodeError:
        raise InputError("A name in this experiment has a broken character; rename the file that it names.") from None
    if len(content) >= LARGEST:
        raise InputError(
            "This session would have {size:.0f} MB, more than the {largest:.0f} MB that can be opened again; unpin "
            "runs that have weights of their own.",
            size=len(content) / 1000000.0,
            largest=LARGEST / 1000000.0,
        )
    return content.decode() + "\n"


def save(path: Path, text: str) -> None:
    """A full disk, a kill or a second writer loses nothing. Raises InputError naming path and reason."""
    try:
        write_text(path, text)
    except OSError as error:
        raise unwritable(path, error) from None


def load(path: Path) -> Saved:
    """Reads a saved session, or an experiment alone. Raises InputError with one sentence naming the file."""
    raw = read_bytes(path, LARGEST, "session").removeprefix(codecs.BOM_UTF8)  # some editors write it
    try:
        return from_text(raw)
    except InputError as error:
        raise InputError("{file}: {error}", file=path.name, error=error) from None


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
    if type(values["format"]) is not int or not 1 <= values["format"] <= FORMAT:
        raise InputError(
            "It has format {format}, and this program reads up to {newest}; open it with a newer version.",
            format=quoted(str(values["format"])),
            newest=FORMAT,
        )
    try:
        file = msgspec.convert(upgraded(values), SessionFile)
        parameters, runs = (
            _arrays(file.parameters),
            tuple((each, _arrays(each.parameters or {})) for each in file.pinned),
        )
        notation_named(file.view.notation)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError("This saved experiment is damaged: {error}.", error=quoted(str(error), 200)) from None
    experiment = from_builtins(file.experiment)
    return Saved(
        experiment,
        file.position,
        file.view,
        tuple(_pinned_run(each, arrays) for each, arrays in runs),
        file.loss,
        Parameters(experiment, parameters),
        file.own_parameters,
        None if file.changes is None else Path(os.fsdecode(unquote_to_bytes(file.changes))),
        USUAL_PLAN if file.plan is None else plans.from_builtins(file.plan),
    )


def upgraded(values: dict) -> dict:
    """What a file of an older format would be in this one; a new dict, and what is damaged stays so."""
    pinned = values.get("pinned", [])
    if values["format"] == 1 and isinstance(pinned, list):
        values = {**values, "pinned": [{"experiment": each, "number": k} for k, each in enumerate(pinned)]}
    return {**values, "format": FORMAT}


def _pinned(run: PinnedRun) -> Pinned:
    return Pinned(
        experiment=msgspec.to_builtins(run.experiment),
        label=run.label,
        number=run.number,
        parameters=None if run.parameters is None else _written(run.parameters),
        plan=None if run.plan is None else msgspec.to_builtins(run.plan),
    )


def _pinned_run(saved: Pinned, parameters: dict[str, np.ndarray]) -> PinnedRun:
    experiment = from_builtins(saved.experiment)
    own = None if saved.parameters is None else Parameters(experiment, parameters)
    plan = None if saved.plan is None else plans.from_builtins(saved.plan)
    return PinnedRun(experiment, saved.label or describe(experiment), saved.number, own, plan)


def _written(parameters: Mapping[str, np.ndarray]) -> dict[str, list | Block]:
    """Numbers as readable text, up to a number that a person would read."""
    return {
        name: array.tolist()
        if array.size <= MOST_READABLE
        else Block(shape=array.shape, float64=array.astype("<f8").tobytes())
        for name, array in parameters.items()
    }


def _arrays(parameters: dict[str, list | Block]) -> dict[str, np.ndarray]:
    """Raises ValidationError for anything but (n,), (n, m) or (n, m, k) numbers."""
    return {name: _unpacked(each) if isinstance(each, Block) else _array(each) for name, each in parameters.items()}


def _unpacked(block: Block) -> np.ndarray:
    if len(block.float64) != 8 * math.prod(block.shape):
        raise msgspec.ValidationError("a parameter has more or fewer numbers than its shape says")
    return np.frombuffer(block.float64, dtype="<f8").astype(float).reshape(block.shape)


def _array(numbers: list) -> np.ndarray:
    depth, inner = 0, numbers
    while isinstance(inner, list) and inner and depth < 4:
        depth, inner = depth + 1, inner[0]
    kinds = {1: list[float], 2: list[list[float]], 3: list[list[list[float]]]}
    msgspec.convert(numbers, kinds.get(depth, list[float]))
    try:
        return np.array(numbers, dtype=float)
    except ValueError:
        raise msgspec.ValidationError("the rows of a parameter are not of one length") from None


def differences(saved: Saved, trace: Trace) -> str:
    """One sentence that says what is not as it was when the file was saved, or "" where nothing differs."""
    for name in trace.parameters:
        was = saved.parameters.get(name)
        now = trace.unedited[name]
        if was is not None and not np.array_equal(was, now):
            return Sentence(
                "On this machine {name} starts from other numbers than those in the file (another NumPy or BLAS).",
                name=name,
            )
    if saved.loss is not None and not np.isclose(saved.loss, trace.loss, rtol=1e-12, atol=LOST):
        return Sentence(
            "On this machine the loss is {ours:.15g}; it was {theirs:.15g} when the file was saved.",
            ours=trace.loss,
            theirs=saved.loss,
        )
    return ""
