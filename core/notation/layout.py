"""A parameter as its book writes it down: its symbol, its matrix in the book's orientation, and the mapping back to
ours.

Rows keep (in, out); columns, and PyTorch, keep (out, in); where vectors are columns a bias is (n, 1). A gate that keeps
where ours writes has the other sign in all its parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.cells.base import Cell
from core.maths.arrays import Array
from core.notation.base import Notation

Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Shown:
    """A parameter (or its gradient) in a book. `array` is the book's, (rows, columns), or (n,) for a bias of rows.

    `second`: the symbol of the other bias where the book has two of which only the sum matters; it is 0 then.
    """

    name: str
    text: str
    tex: str
    array: Array
    shape: str
    second: str = ""
    _ours: Array | None = None  # the flat place in our array of every entry
    _signs: Array | None = None
    _shape: Index = ()

    def index(self, *place: int) -> Index:
        """Where an entry of the book's array is in ours."""
        assert self._ours is not None
        return tuple(int(k) for k in np.unravel_index(int(self._ours[place]), self._shape))

    def place(self, *index: int) -> Index:
        """Where an entry of our array is in the book's."""
        assert self._ours is not None
        flat = np.ravel_multi_index(index, self._shape)
        return tuple(int(k) for k in np.argwhere(self._ours == flat)[0])

    def value(self, place: Index, typed: float) -> float:
        """The number of ours that a number typed into the book's array means: −typed for a gate that is the
        complement."""
        assert self._signs is not None
        return float(self._signs[place]) * typed


@dataclass(frozen=True, eq=False)
class Factor:
    """A matrix as it stands in a product, `array` with symbol `text` ("weight_ihᵀ"); `vector_first`: a row vector times
    its columns; else its rows times a column vector."""

    text: str
    array: Array
    vector_first: bool


def matrix(notation: Notation, cell: Cell, name: str, array: Array) -> Shown:
    """A parameter of ours by name ("W", "U_f", "b", "V", "b_z"), stacked or by block, in the book's layout.

    A stack of several blocks stands in the order of the book's gates, which is ours (for the GRU r, z, n), side by side
    or one above the other as its gates' vectors do. Raises no error where the book has no symbol for the stack: then
    `text` names its blocks.
    """
    places = np.arange(array.size, dtype=float).reshape(array.shape)
    signs = notation.parameter_value(cell, name, np.ones(array.shape))
    # A book may negate the array, and so the places in it; place 0 is its own negative.
    ours = np.abs(notation.parameter_value(cell, name, places)).astype(int)
    found = notation.parameter_value(cell, name, array)
    (text, *second), (tex, *_) = (
        _symbols(notation, cell, name, array, False),
        _symbols(notation, cell, name, array, True),
    )
    shape = f"{text}: {' × '.join(map(str, found.shape))}"
    return Shown(name, text, tex, found, shape, second[0] if second else "", ours, signs, array.shape)


def factor(notation: Notation, cell: Cell, name: str, array: Array, backward: bool = False) -> Factor:
    """A parameter as it stands in a product with a vector, forward, or backward, for the gradient."""
    shown = matrix(notation, cell, name, array)
    # Rows take (in, out) forward, columns (out, in); a book keeps one of the two, and writes ᵀ for the other.
    transposed = (notation.weights_transposed != backward) != notation.transpose
    text, array = (f"{shown.text}ᵀ", shown.array.T) if transposed else (shown.text, shown.array)
    return Factor(text, array, not notation.transpose)


def vector_shape(notation: Notation, size: int) -> str:
    """ "1 × 3" or "3 × 1"."""
    return f"{size} × 1" if notation.transpose else f"1 × {size}"


def _blocks(cell: Cell, name: str, array: Array) -> dict[str, Array]:
    if name == "V" or "_" in name or array.shape[-1] % len(cell.blocks):  # no stack
        return {name: array}
    return cell.named(name, array, array.shape[-1] // len(cell.blocks))


def _symbols(notation: Notation, cell: Cell, name: str, array: Array, tex: bool) -> tuple[str, ...]:
    blocks = _blocks(cell, name, array)
    if len(blocks) < 2 or notation.stacked:
        return notation.parameter_symbols(cell, name, tex)
    between = "; " if notation.weights_transposed else ", "
    return (f"[{between.join(notation.parameter(key, tex) for key in blocks)}]",)
