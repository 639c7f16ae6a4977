"""What a cell has, in a notation: every recorded quantity and every parameter, with symbol, shape and meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.cells.base import Cell
from core.cells.factors import declared_factor
from core.maths.operations import Operation
from core.notation.base import Notation
from core.notation.equations import OUTPUT_LAYER, Style

_I, _H, _O = 1_000_003, 720_720, 1_000_033  # sizes no multiple of each other: a shape tells its letters
_GIVEN = {"x": ("I", "input"), "z": ("O", "pre-activation of the output"), "a": ("O", "output"), "y": ("O", "target")}
_SOURCES = {"x": "input", "s_prev": "previous state", "a_prev": "previous output"}


@dataclass(frozen=True)
class Quantity:
    """One quantity or parameter. `name` is ours ("s", "W_f", "V", "b_z"), `text` and `tex` the book's symbol.

    `shape` in the book's layout, in letters: "(B, H)", "(4H, I)"; K stands for the taps of a window. `share`: how much
    of our number this one holds; 0 for the second of two biases, of which only the sum matters.
    """

    name: str
    text: str
    tex: str
    shape: str
    meaning: str
    parameter: bool = False
    share: float = 1.0


def quantities(notation: Notation, cell: Cell, head: Operation = OUTPUT_LAYER) -> tuple[Quantity, ...]:
    """Every recorded quantity and parameter of a cell and of the output, which `head` makes, in a book's symbols and
    shapes."""
    return (*_recorded(notation, cell), *_parameters(notation, cell), *_of_output(notation, cell, head))


def _recorded(notation: Notation, cell: Cell) -> list[Quantity]:
    text, tex = Style(False, None, notation), Style(True, None, notation)
    titles = {record.name: (_state_width(cell), record.title) for record in cell.records}
    known = {**_GIVEN, **titles} if cell.reads_input else {**{k: _GIVEN[k] for k in "zay"}, **titles}
    found = []
    for name in ("x", *titles, "z", "a", "y"):
        if name not in known:
            continue
        width, title = known[name]
        width = f"K{width}" if name == "x" and cell.tapped else width
        owner = cell if name in ("x", *titles) else None
        shape = f"({width}, B)" if notation.transpose else f"(B, {width})"
        title += _complement_words(notation, cell, name)
        found.append(Quantity(name, text.symbol(owner, name), tex.symbol(owner, name), shape, title))
    return found


def _parameters(notation: Notation, cell: Cell) -> list[Quantity]:
    shapes = cell.shapes(_I, _H)
    fed = [factor for factor in cell.factors if factor.left == "a_prev"]
    if fed and "F" not in shapes:
        shapes = {**shapes, "F": (_O, len(cell.blocks) * _H)}
    found: list[Quantity] = []
    for name, shape in shapes.items():
        blocks = cell.named(name, np.broadcast_to(0.0, shape), _H)  # a view of one number: no memory
        if notation.stacked and len(blocks) > 1:
            order = ", ".join(notation.letter(block) for block in cell.blocks)
            way = "one above the other" if notation.weights_transposed else "side by side"
            found += _symbols(notation, cell, name, shape, f"{_meaning(cell, name)}: blocks {order} {way}")
        for key, array in blocks.items():
            found += _symbols(notation, cell, key, array.shape, _meaning(cell, key))
    return found


def _of_output(notation: Notation, cell: Cell, head: Operation) -> list[Quantity]:
    shapes = {"V": (cell.width(_H, _I, _O), _O), "b_z": (_O,)}
    meanings = {"V": "weights: state → output", "b_z": "bias: output"}
    names = [name for name in (*head.parameters, head.bias) if name]
    return [each for name in names for each in _symbols(notation, cell, name, shapes[name], meanings[name])]


def _symbols(notation: Notation, cell: Cell, name: str, shape: tuple[int, ...], meaning: str) -> list[Quantity]:
    texts, texs = (notation.parameter_symbols(cell, name, tex) for tex in (False, True))
    letters = [_letters(size) for size in shape]
    if _windowed(cell, name):
        letters[0] = f"K{letters[0]}"
    if notation.weights_transposed:
        letters.reverse()
    if notation.transpose and len(shape) == 1:
        letters.append("1")
    shown = f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"
    meaning += _complement_words(notation, cell, name)
    if cell.mask(name, _H // 720) is not None:
        meaning += "; 0 where the mask M is 0"
    meanings = (meaning, f"{meaning}, for the state's share (0: only the sum of the two matters)")
    return [
        Quantity(name, text, tex, shown, meanings[k], True, float(not k))
        for k, (text, tex) in enumerate(zip(texts, texs, strict=True))
    ]


def _state_width(cell: Cell) -> str:
    return ("K" if _windowed(cell, "V") else "") + _letters(cell.width(_H, _I, _O))


def _windowed(cell: Cell, name: str) -> bool:
    """Whether a parameter meets a window of several steps: inputs, outputs fed back, or a state that is one."""
    stem = name.partition("_")[0]
    own = stem == "V" and cell.width(_H, _I, _O) != _H
    return own or (stem == "U" and cell.tapped) or (stem == "F" and cell.fed and cell.tapped)


def _complement_words(notation: Notation, cell: Cell, name: str) -> str:
    """How a complemented gate changes the numbers, in words."""
    if name in notation.complemented(cell):
        return " (1 − ours)"
    return " (−1 times ours)" if notation.negated(cell, name) else ""


def _letters(size: int) -> str:
    for letter, unit in (("H", _H), ("I", _I), ("O", _O)):
        if size % unit == 0:
            return letter if size == unit else f"{size // unit}{letter}"
    return str(size)


def _meaning(cell: Cell, name: str) -> str:
    """In words, from the products in which it takes part: "weights: previous state → forget gate"."""
    try:
        factor = declared_factor(cell, name)
    except KeyError:  # the stack of blocks that have different factors
        return {"U": "weights of the input", "W": "weights of the state", "b": "biases"}.get(name, "parameter")
    titles = {record.name: record.title for record in cell.records}
    target = titles.get(factor.right, "all pre-activations").removeprefix("pre-activation of the ")
    if factor.left == "1":
        return f"bias: {target}"
    source = _SOURCES.get(factor.left) or titles.get(factor.left.removesuffix("_prev"), factor.left)
    if factor.left.endswith("_prev") and factor.left not in _SOURCES:
        source = f"previous {source}"
    return f"{'factor' if factor.elementwise else 'weights'}: {source} → {target}"
