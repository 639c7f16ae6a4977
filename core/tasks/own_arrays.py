"""Somebody's own arrays: x, and targets or a gradient handed in, kept whole in the experiment."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np

from core.choices import MAXIMUM_STEPS, Choices
from core.errors import InputError
from core.maths.losses import GIVEN, LOSSES
from core.options import Option
from core.sentence import from_builtins, to_builtins
from core.tasks.base import Data, Stock, Task
from core.tasks.splits import Parts, Split, parted

MOST = 100_000  # numbers in all arrays of a text
MOST_SAMPLES = 256
NAMES_OF_LOSSES = (*(each.name for each in LOSSES), GIVEN.name)

ARRAYS = Option(
    "arrays",
    Annotated[str, msgspec.Meta(max_length=64 * 10**6)],
    "",
    note="x, y and initial states as JSON, which --arrays FILE writes",
    makes=("parameters", "data"),
)


@dataclass(frozen=True, eq=False)
class Numbers:
    """What a text holds. x (T, B, I) and y (T, B, O), targets or, of the loss "given", the gradient on the output;
    `last`: it counts at the last step alone. `starts` and `counted` (T, B) as in `Data`; `said`: how the arrays were
    read, a clause each."""

    x: np.ndarray
    y: np.ndarray
    loss: str
    last: bool = False
    starts: Mapping[str, np.ndarray] | None = None
    said: tuple[str, ...] = ()
    counted: np.ndarray | None = None


def packed(numbers: Numbers) -> str:
    """The text of arrays, every number exactly. Raises InputError where they are more than an experiment keeps."""
    steps, batch = numbers.x.shape[:2]
    starts = numbers.starts or {}
    count = sum(array.size for array in (numbers.x, numbers.y, *starts.values()))
    if count > MOST:
        raise InputError(
            "the arrays have {count:,} numbers, more than the {most:,} that are kept; use fewer samples.",
            count=count,
            most=MOST,
        )
    if steps > MAXIMUM_STEPS or batch > MOST_SAMPLES:
        raise InputError(
            "x has {steps} steps and {batch} samples, more than {maximum_steps} or {most_samples}; use a part of it.",
            steps=steps,
            batch=batch,
            maximum_steps=MAXIMUM_STEPS,
            most_samples=MOST_SAMPLES,
        )
    content = {
        "x": numbers.x.tolist(),
        "y": numbers.y.tolist(),
        "loss": numbers.loss,
        "last": numbers.last,
        "starts": {name: array.tolist() for name, array in starts.items()},
        "said": [to_builtins(each) for each in numbers.said],
        "counted": None if numbers.counted is None else numbers.counted.astype(int).tolist(),
    }
    return msgspec.json.encode(content).decode()


@functools.lru_cache(maxsize=8)
def unpacked(text: str) -> Numbers:
    """The inverse. Raises InputError where a text is no such arrays."""
    try:
        content = msgspec.json.decode(text)
        return _numbers(content)
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError("arrays: this is no text of arrays (x, y, loss …); open them with --arrays FILE.") from None


def _numbers(content: dict[str, Any]) -> Numbers:
    x, y = (_array(content[name], 3) for name in "xy")
    starts = {name: _array(rows, 2) for name, rows in content["starts"].items()}
    if x.shape[:2] != y.shape[:2] or any(len(array) != x.shape[1] for array in starts.values()):
        raise ValueError
    if content["loss"] not in NAMES_OF_LOSSES or not isinstance(content["last"], bool):
        raise ValueError
    counted = None if content["counted"] is None else _array(content["counted"], 2) != 0.0
    if counted is not None and counted.shape != y.shape[:2]:
        raise ValueError
    return Numbers(x, y, content["loss"], content["last"], starts, tuple(map(from_builtins, content["said"])), counted)


def _array(rows: object, axes: int) -> np.ndarray:
    found = np.array(rows, dtype=float)
    if found.ndim != axes or not found.size or not np.isfinite(found).all():
        raise ValueError
    found.setflags(write=False)
    return found


def _make(experiment: Choices) -> Data:
    """The first samples' first steps, as they are. Raises InputError where there are not so many."""
    numbers = _of(experiment)
    if experiment.batch > numbers.x.shape[1]:
        raise InputError(
            "batch: the arrays have {there} samples, and {wanted} are asked for; set batch to {there}.",
            there=numbers.x.shape[1],
            wanted=experiment.batch,
        )
    return _picked(experiment, np.arange(experiment.batch))


def _picked(experiment: Choices, chosen: np.ndarray) -> Data:
    numbers, steps = _of(experiment), experiment.steps
    if steps > len(numbers.x):
        raise InputError(
            "steps: the arrays have {there} steps, and {wanted} are asked for; set steps to {there}.",
            there=len(numbers.x),
            wanted=steps,
        )
    x, y = numbers.x[:steps, chosen], numbers.y[:steps, chosen]
    supervised = np.ones(steps, dtype=bool)
    if numbers.last:
        supervised = np.arange(steps) == len(numbers.x) - 1
    counted = None if numbers.counted is None else numbers.counted[:steps, chosen]
    data = Data(x, y, supervised, numbers.loss, _named("x", x), _named("y", y), counted=counted)
    return replace(data, starts={name: array[chosen] for name, array in (numbers.starts or {}).items()})


def _of(experiment: Choices) -> Numbers:
    if not experiment.arrays:
        raise InputError("The arrays task has no arrays yet; choose some with --arrays FILE (arrays).")
    return unpacked(experiment.arrays)


def _named(letter: str, array: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{letter}{k + 1}" for k in range(array.shape[2]))


def _natural(experiment: Choices) -> dict[str, object]:
    if not experiment.arrays:
        return {"loss_at": "every"}
    numbers = unpacked(experiment.arrays)
    steps, batch = numbers.x.shape[:2]
    return {"steps": steps, "batch": batch, "loss_at": "last" if numbers.last else "every"}


def _notes(experiment: Choices) -> tuple[str, ...]:
    said = unpacked(experiment.arrays).said
    return (f"{'; '.join(said)}.",) if said else ()


def _parts(experiment: Choices, split: Split) -> Parts:
    return parted(_of(experiment).x.shape[1], split)


OWN_ARRAYS = Task(
    "arrays",
    "Your own arrays",
    "Your own x, weights and initial states, with targets or a gradient handed in from above.",
    _make,
    natural=_natural,
    options=(ARRAYS,),
    files=("arrays",),
    notes=_notes,
    stock=Stock(_parts, _picked),
)
