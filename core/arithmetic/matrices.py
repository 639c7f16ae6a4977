"""Every editable number, as matrices: a book's layout of each, and the mapping back to an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.input_gradients import input_gradient
from core.arithmetic.parameter_sums import parameter_symbol
from core.chain.symbols import signal_symbol, start_symbol
from core.choices import INPUTS, START, TARGETS, Edit, is_data, is_start
from core.edits.editing import value_now
from core.edits.places import Places, idle_parameters
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.parts import OUTPUT, X
from core.network.scan import scan_named
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace

Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Matrix:
    """One of them: `values` and `gradients` (rows, columns) as the book has them; `gradients` is None for targets.

    `key` names it ("x", "L1.W_f"), `name` the edits of its numbers ("L1.W"). `open`, `edited` and `locked`: (rows,
    columns) bool. `rows` and `columns` are the labels. `outputs`: beside targets, the network's outputs.
    """

    key: str
    name: str
    symbol: str
    values: Array
    gradients: Array | None
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    open: Array
    edited: Array
    locked: Array
    outputs: Array | None
    _flat: Array  # of each entry the flat place in the array of that name
    _signs: Array
    _shape: tuple[int, ...]

    def index(self, cell: Cell) -> tuple[int, ...]:
        """The place of an entry in the array that is edited."""
        return tuple(int(k) for k in np.unravel_index(int(self._flat[cell]), self._shape))

    def cell(self, index: tuple[int, ...]) -> Cell | None:
        """The inverse of `index`; None where the matrix does not have that number."""
        if len(index) != len(self._shape) or any(k >= n for k, n in zip(index, self._shape, strict=True)):
            return None
        found = np.argwhere(self._flat == np.ravel_multi_index(index, self._shape))
        return (int(found[0][0]), int(found[0][1])) if len(found) else None

    def edit(self, cell: Cell, typed: float) -> Edit:
        """What a number typed into an entry means in our layout: −typed where the book's gate is the complement."""
        return Edit(self.name, self.index(cell), float(self._signs[cell]) * typed)

    def shown(self, cell: Cell, ours: float) -> float:
        """A number of ours as the entry shows it."""
        return float(self._signs[cell]) * ours


def keys(trace: Trace) -> tuple[str, ...]:
    """The matrices that a run has: inputs, targets, initial states, parameters, a matrix for each gate."""
    places = Places(trace.experiment, trace.data, trace.network)
    starts = tuple(name for name in places.shapes if is_start(name))
    return INPUTS, TARGETS, *starts, *trace.named_parameters(trace.parameters)


def key_like(trace: Trace, key: str, index: tuple[int, ...] | None = None) -> str:
    """The key of the matrix that shows what `key` did, with `index` where that is a stacked name: itself, the gate that
    has the number, another gate of that stack, else x."""
    known = keys(trace)
    if key in known:
        return key
    stem = key.partition("_")[0]
    blocks = [name for name in known if name == stem or name.startswith(stem + "_")]
    if index is not None:
        for name in blocks:
            if matrix_of(trace, name, 0, ROW).cell(index) is not None:
                return name
    return next(iter(blocks), INPUTS)


def symbol_of(trace: Trace, key: str, notation: Notation, t: int | None = None) -> str:
    """The matrix's symbol in the book; of data at step t (from 1); of what is no cell's the name."""
    style = Style(False, t, notation)
    if key == INPUTS:
        return signal_symbol(trace, X, style)
    if key == TARGETS:
        return style.symbol(None, "y")
    part, _, name = key.partition(".")
    scan = trace.scan_named(part)
    if is_start(key) and scan is not None:
        return start_symbol(trace, scan, name.removesuffix(START), style)
    if scan is None and part != trace.head.name:
        return f"{part} {name}"
    return parameter_symbol(key, style, trace)


def matrix_of(
    trace: Trace,
    key: str,
    sample: int,
    notation: Notation,
    used: bool = False,
    experiment: Experiment | None = None,
) -> Matrix:
    """One matrix of a run. `experiment`: the latest, whose edits are marked, where the run is a frame behind it.

    `sample` is that of data and initial states. Raises KeyError for an unknown key.
    """
    edits = (experiment or trace.experiment).edits
    places = Places(trace.experiment, trace.data, trace.network)
    if is_data(key):
        name, values, gradients, flat, signs, labels = _data(trace, key, sample, used)
        outputs = trace.values[OUTPUT][:, sample] if key == TARGETS else None
    elif is_start(key):
        name, values, gradients, flat, signs, labels = _start(trace, key, sample, notation)
        outputs = None
    else:
        name, values, gradients, flat, signs, labels = _parameter(trace, key, notation, used)
        outputs = None
    shape = places.shapes[name]
    edited, locked = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for edit in [edit for edit in edits if edit.name == name and len(edit.index) == len(shape)]:
        if all(k < n for k, n in zip(edit.index, shape, strict=True)):
            edited[edit.index], locked[edit.index] = True, edit.locked
    return Matrix(
        key, name, symbol_of(trace, key, notation), values, gradients, *labels, _open(places, key, name, flat, shape),
        edited.ravel()[flat], locked.ravel()[flat], outputs, flat, signs, shape,
    )  # fmt: skip


Parts = tuple[str, Array, Array | None, Array, Array, tuple[tuple[str, ...], tuple[str, ...]]]


def _data(trace: Trace, key: str, sample: int, used: bool) -> Parts:
    """Steps downwards, units across."""
    data = trace.data
    array = data.x if key == INPUTS else data.y
    flat = np.arange(array.size).reshape(array.shape)[:, sample]
    gradients = input_gradient(trace, used)[:, sample] if key == INPUTS else None
    words = data.labels if key == INPUTS and sample == 0 else ()
    rows = tuple(f"{t + 1} {word}".strip() for t, word in enumerate([*words, *[""] * (len(array) - len(words))]))
    names = data.input_names if key == INPUTS else data.output_names
    return key, array[:, sample], gradients, flat, np.ones(flat.shape), (rows, tuple(names))


def _start(trace: Trace, key: str, sample: int, notation: Notation) -> Parts:
    part, _, name = key.removesuffix(START).partition(".")
    array = trace.start[part, name]
    flat = np.arange(array.size).reshape(array.shape)[sample][None]
    values, gradients = array[sample][None], trace.start_gradients[part, name][sample][None]
    if notation.transpose:
        flat, values, gradients = flat.T, values.T, gradients.T
    return key, values, gradients, flat, np.ones(flat.shape), _numbered(flat.shape)


def _parameter(trace: Trace, key: str, notation: Notation, used: bool) -> Parts:
    part = key.partition(".")[0]
    scan = trace.scan_named(part)
    gradients = trace.used_parameters if used else trace.exact_parameters
    flats = {name: np.arange(array.size).reshape(array.shape) for name, array in trace.parameters.items()}
    name = key if key in trace.parameters else _stack_of(trace, key)

    def block(arrays: Mapping[str, Array]) -> Array:
        array = arrays[name]
        if key == name:
            return array
        assert scan is not None
        return scan.cell.named(name.partition(".")[2], array, scan.hidden)[key.partition(".")[2]]

    values, gradient, flat = block(trace.parameters), block(gradients), block(flats)
    signs = in_notation(trace, key, notation, np.ones_like(values))
    flat = np.rint(np.abs(in_notation(trace, key, notation, flat.astype(float)))).astype(int)
    values, gradient = (in_notation(trace, key, notation, each) for each in (values, gradient))
    # A bias that is a row, and a kernel (steps, in, out): one block of rows a step.
    values, gradient, flat, signs = (each.reshape(-1, each.shape[-1]) for each in (values, gradient, flat, signs))
    return name, values, gradient, flat, signs, _numbered(flat.shape)


def in_notation(trace: Trace, key: str, notation: Notation, array: Array) -> Array:
    """An array of the shape of a parameter, named by its gate ("L1.W_f"), as the book lays it out: transposed, and with
    the signs of a gate that means the opposite there."""
    part, _, own = key.partition(".")
    scan = trace.scan_named(part)
    if scan is None and part != trace.head.name:
        return array
    cell = scan.cell if scan is not None else trace.scan.cell
    return notation.parameter_value(cell, "b_z" if scan is None and own == "b" else own, array)


def _stack_of(trace: Trace, key: str) -> str:
    part, _, own = key.partition(".")
    scan = next(each for each in trace.scans if each.name == part)
    for name, array in trace.parameters.items():
        if name.startswith(part + ".") and own in scan.cell.named(name.partition(".")[2], array, scan.hidden):
            return name
    raise KeyError(key)


def _numbered(shape: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(str(k + 1) for k in range(shape[0])), tuple(str(k + 1) for k in range(shape[1]))


def _open(places: Places, key: str, name: str, flat: Array, shape: tuple[int, ...]) -> Array:
    """Where a number is that can be edited, and has an effect."""
    if is_data(name):
        whole = places.inputs if name == INPUTS else places.targets
        return np.broadcast_to(whole[..., None], shape).ravel()[flat]
    found = np.ones(flat.shape, dtype=bool)
    if name in places.masks:
        found &= places.masks[name].astype(bool).ravel()[flat]
    part = key.partition(".")[0]
    scan = scan_named(places.network, part)
    if scan is not None and not is_start(key):
        idle = idle_parameters(scan)
        if idle:
            own = name.partition(".")[2]
            live = np.ones(shape, dtype=bool)
            for block, view in scan.cell.named(own, live, scan.hidden).items():
                view &= block not in idle
            found &= live.ravel()[flat]
    return found


def standing(experiment: Experiment, trace: Trace, name: str, index: tuple[int, ...], typed: bool = True) -> float:
    """The number at a place as it was typed last, even if the run is a frame behind; not `typed`: as it is without
    edits."""
    found = value_now(experiment, name, index) if typed else None
    if found is not None:
        return found
    return float(experiment.initial_state) if is_start(name) else float(trace.unedited[name][index])
