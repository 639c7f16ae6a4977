"""A recorded run without its weights: states, gates and gradients of every step, as they are in the file.

Nothing of it can be run again, so nothing is made from it but what its numbers give by themselves: norms, and what of
them a step back changes. It is a recording (core.own.recording) that lacks weights, or arrays that somebody's own hooks
have written, whose names say what they are: h, c, f, h.grad, dh, lstm.h_l0_reverse …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import InputError, quoted
from core.maths.arrays import Array, norms
from core.own.layout import BATCH_FIRST, FEATURES_FIRST, ORDERS, TIME_FIRST
from core.own.recorded import is_recording, read_recording
from core.own.recording import ABOVE, GRADIENT
from core.own.step_names import GATE, STATE, TITLES, are_sequences, step_name
from core.sentence import Sentence, first_of

MOST_STEPS, MOST_UNITS = 2000, 1024  # that a picture can show
MOST_NAMES = 12  # of arrays in a clause
_AXES = {TIME_FIRST: (0, 1, 2), BATCH_FIRST: (1, 0, 2), FEATURES_FIRST: (2, 1, 0)}


@dataclass(frozen=True, eq=False)
class RecordedQuantity:
    """One quantity of a layer at every step, (T, B, n): its values, its gradients, or both, with the arrays' names."""

    letter: str
    title: str
    kind: str  # STATE or GATE
    names: tuple[str, ...]
    values: Array | None
    gradient: Array | None

    @property
    def units(self) -> int:
        return next(each for each in (self.values, self.gradient) if each is not None).shape[2]

    @property
    def largest(self) -> float:
        """The largest finite |value|; 0 where there is none."""
        return _largest(self.values)

    @property
    def largest_gradient(self) -> float:
        return _largest(self.gradient)


@dataclass(frozen=True, eq=False)
class RecordedLayer:
    """One layer in one direction. `name`: as far as the file names it; "" for what is read, or where all is one."""

    name: str
    reverse: bool
    quantities: tuple[RecordedQuantity, ...]


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """`model`: the library and its layer, "" where the file does not say; `missing`: the names of the weights that are
    looked for, where it does; `others`: names of arrays that are not of every step; `order` of the axes, and whether
    that is `assumed`."""

    model: str
    layers: tuple[RecordedLayer, ...]
    missing: tuple[str, ...]
    others: tuple[str, ...]
    order: str = TIME_FIRST
    assumed: bool = False

    @property
    def quantities(self) -> Iterator[RecordedQuantity]:
        return (quantity for layer in self.layers for quantity in layer.quantities)

    @property
    def shape(self) -> tuple[int, int]:
        """T and B."""
        first = next(self.quantities)
        array = first.values if first.values is not None else first.gradient
        assert array is not None
        return array.shape[:2]

    @property
    def remarks(self) -> tuple[str, ...]:
        """How the file was read, in clauses; what is assumed of it last."""
        names = [name for quantity in self.quantities for name in quantity.names]
        said = Sentence(
            "{names}: without weights, so they are shown as they are", names=first_of(map(quoted, names), MOST_NAMES)
        )
        if not self.assumed:
            return (said,)
        return said, Sentence("{order}, (T, B, n): assumed, the file does not say", order=Sentence(self.order))

    @property
    def backward(self) -> bool:
        """Whether any gradient was recorded."""
        return any(quantity.gradient is not None for quantity in self.quantities)


@dataclass(frozen=True)
class Decay:
    """The norm of a gradient at the step where the backward pass begins and where it ends, t from 1, and the factor a
    step between, their geometric mean; None where one of the two is 0 or not finite."""

    begins: int
    ends: int
    first: float
    last: float
    factor: float | None


def decay(layer: RecordedLayer, quantity: RecordedQuantity) -> Decay | None:
    """How a gradient's norm, over all samples and units, changes from t = T to 1; None where there is no gradient,
    or one step alone."""
    if quantity.gradient is None or len(quantity.gradient) < 2:
        return None
    found = norms(quantity.gradient)
    begins, ends = (1, len(found)) if layer.reverse else (len(found), 1)
    first, last = float(found[begins - 1]), float(found[ends - 1])
    known = 0.0 < first < np.inf and 0.0 < last < np.inf
    factor = float(np.exp((np.log(last) - np.log(first)) / (len(found) - 1))) if known else None
    return Decay(begins, ends, first, last, factor)


def is_without_weights(arrays: Mapping[str, Array]) -> bool:
    """Whether arrays are those of a recorded run of which a weight is missing."""
    if is_recording(arrays):
        return bool(read_recording(arrays, whole=False).missing)
    return are_sequences(arrays)


def run_without_weights(arrays: Mapping[str, Array], order: str | None = None) -> RecordedRun:
    """What such a file has. `order`: of the axes, where somebody says it. Raises InputError as `read_recording` does,
    for arrays that are not of the same steps and samples, and for a run too long or too wide to be shown."""
    found = _of_recording(arrays) if is_recording(arrays) else _of_names(arrays, order)
    steps, _ = found.shape
    units = max(quantity.units for quantity in found.quantities)
    if steps > MOST_STEPS or units > MOST_UNITS:
        raise InputError(
            "it has {steps} steps of {units} units, more than {most_steps} or {most_units}; record a part of the run.",
            steps=steps,
            units=units,
            most_steps=MOST_STEPS,
            most_units=MOST_UNITS,
        )
    return found


# --- a recording that lacks weights ---
def _of_recording(arrays: Mapping[str, Array]) -> RecordedRun:
    found = read_recording(arrays, whole=False)
    shown: set[str] = set()

    def quantity(letter: str, name: str) -> RecordedQuantity | None:
        pair = [found.arrays.get(each) for each in (name, name + GRADIENT)]
        names = tuple(each for each in (name, name + GRADIENT) if each in found.arrays)
        shown.update(names)
        return _quantity(letter, names, *pair) if names else None

    layers = [RecordedLayer("", False, tuple(filter(None, (quantity("x", "x"),))))]
    for chain in found.chains:
        own = tuple(filter(None, (quantity(letter, chain.name(letter)) for letter in found.recorded)))
        name = chain.pattern.replace(".{}", "").replace("{}", "").strip("._")
        layers.append(RecordedLayer(name, chain.part.endswith("r"), own))
    others = tuple(name for name in found.arrays if name not in shown and not name.endswith(ABOVE))
    return RecordedRun(found.model, tuple(layer for layer in layers if layer.quantities), found.missing, others)


# --- arrays whose names say what they are ---
def _of_names(arrays: Mapping[str, Array], order: str | None) -> RecordedRun:
    layers: dict[tuple[str, bool], dict[str, dict[bool, str]]] = {}
    others = []
    rank = max((np.ndim(array) for name, array in arrays.items() if step_name(name)), default=0)
    for name, array in arrays.items():
        meant = step_name(name)
        if meant is None or rank not in (2, 3) or np.ndim(array) != rank or not array.size:
            others.append(name)
            continue
        pair = layers.setdefault((meant.layer, meant.reverse), {}).setdefault(meant.letter, {})
        if meant.gradient in pair:
            raise InputError(
                "“{partner}” and “{name}” mean the same array; leave one of them out.",
                partner=quoted(pair[meant.gradient]),
                name=quoted(name),
            )
        pair[meant.gradient] = name
    if not layers:
        raise InputError("no array of it is of every step, (T, B, n); save states, gates or gradients of all steps.")
    axes = _AXES[order or ORDERS[0]]
    found = {name: _sequence(name, arrays[name], axes) for each in layers.values() for pair in each.values()
             for name in pair.values()}  # fmt: skip
    _refuse_unlike(found)
    made = []
    for (layer, reverse), letters in sorted(layers.items()):
        quantities = [
            _quantity(
                letter,
                tuple(pair[which] for which in (False, True) if which in pair),
                *(found.get(pair.get(which, "")) for which in (False, True)),
            )
            for letter, pair in sorted(letters.items(), key=lambda each: list(TITLES).index(each[0]))
        ]
        made.append(RecordedLayer(layer, reverse, tuple(quantities)))
    return RecordedRun("", tuple(made), (), tuple(others), order or ORDERS[0], order is None and rank == 3)


def _sequence(name: str, array: Array, axes: tuple[int, ...]) -> Array:
    """An array as (T, B, n), float64. Raises InputError where it does not hold numbers."""
    if array.dtype.kind not in "fiub":
        raise InputError(
            "{name} does not hold real numbers (its type is {type}); save numbers.", name=quoted(name), type=array.dtype
        )
    return np.asarray(array[:, None] if array.ndim == 2 else array.transpose(axes), dtype=float)


def _refuse_unlike(found: Mapping[str, Array]) -> None:
    """Raises InputError for the first array of other steps or samples, or of another shape than what it is of."""
    (first, like), *rest = found.items()
    for name, array in rest:
        if array.shape[:2] != like.shape[:2]:
            raise InputError(
                "{name} has {rows} steps and {columns} samples, but {first} has {rows_here} and {columns_here}; leave "
                "one of them out, or state the layout.",
                name=quoted(name),
                rows=array.shape[0],
                columns=array.shape[1],
                first=quoted(first),
                rows_here=like.shape[0],
                columns_here=like.shape[1],
            )


def _quantity(letter: str, names: tuple[str, ...], values: Array | None, gradient: Array | None) -> RecordedQuantity:
    if values is not None and gradient is not None and values.shape != gradient.shape:
        raise InputError(
            "{second} is {gradient_shape}, but {first} is {shape}; save a gradient of the same shape.",
            second=quoted(names[1]),
            gradient_shape=gradient.shape,
            first=quoted(names[0]),
            shape=values.shape,
        )
    title, kind = TITLES[letter]
    values, gradient = (None if each is None else np.asarray(each, dtype=float) for each in (values, gradient))
    if values is not None and kind == GATE and not (np.nanmin(values) >= 0.0 and np.nanmax(values) <= 1.0):
        title, kind = "", STATE  # a letter that means another thing here
    return RecordedQuantity(letter, title, kind, names, values, gradient)


def _largest(array: Array | None) -> float:
    if array is None:
        return 0.0
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))
