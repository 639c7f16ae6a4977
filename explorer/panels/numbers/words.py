"""What the page of numbers says: the names of its matrices, a number in words, and the direction in which it changes
the loss."""

from __future__ import annotations

from math import isfinite

from core.arithmetic.matrices import Matrix, symbol_of
from core.choices import INPUTS, START, TARGETS, is_data, is_start
from core.notation.base import Notation
from core.trace import Trace
from explorer.panels.sentences import part_words
from explorer.style.numbers import power
from explorer.words import translator

tr = translator("numbers")


def choice_text(trace: Trace, key: str, notation: Notation, sample: int) -> str:
    """«Wᶠ  ·  from the state, layer 2»: a matrix in the list; of data whose, of several."""
    words = matrix_words(trace, key)
    if (is_data(key) or is_start(key)) and trace.data.x.shape[1] > 1:
        words = tr("{matrix}, sample {n}").format(matrix=words, n=sample + 1)
    symbol = symbol_of(trace, key, notation)
    return f"{symbol}  ·  {words}" if words else symbol


def typed_text(count: int, locked: int) -> str:
    """How many numbers were edited."""
    if not count:
        return tr("nothing edited yet")
    text = tr("1 number edited") if count == 1 else tr("{n} numbers edited").format(n=count)
    return tr("{edited}, {n} locked").format(edited=text, n=locked) if locked else text


def matrix_words(trace: Trace, key: str) -> str:
    """What it is and whose, in words."""
    if is_data(key):
        if key == INPUTS:
            return tr("inputs")
        return tr("targets") if trace.network.loss.compares else tr("the gradient handed in")
    part, _, name = key.partition(".")
    what = ""
    if is_start(key):
        what = tr("initial state") if name == f"s{START}" else tr("initial memory")
    elif part == trace.head.name:
        what = tr("output’s bias") if name == "b" else tr("output’s weights")
    elif all(scan.name != part for scan in trace.scans):
        what = ""
    elif name.startswith("b"):
        what = tr("bias")
    elif name.partition("_")[0] in ("U", "W", "F"):
        from_where = {"U": tr("from the input"), "W": tr("from the state"), "F": tr("from the output")}
        what = from_where[name.partition("_")[0]]
    else:
        what = tr("weights")
    return ", ".join(filter(None, (what, part_words(trace, part))))


def entry_text(trace: Trace, matrix: Matrix, cell: tuple[int, int], notation: Notation) -> str:
    """«Wᶠ[2, 3]» by the book's rows and columns, counted from 1; of data «x₃[2]», or the unit's own name."""
    rows, columns = matrix.values.shape
    if is_data(matrix.key):
        unit = f"[{matrix.columns[cell[1]]}]" if columns > 1 else ""
        return symbol_of(trace, matrix.key, notation, cell[0] + 1) + unit
    place = [str(k + 1) for k, n in zip(cell, (rows, columns), strict=True) if n > 1 or 1 < rows == columns]
    return f"{matrix.symbol}[{', '.join(place)}]" if place else matrix.symbol


def number_text(value: float) -> str:
    """Up to six digits after the point, in full where that is not enough."""
    if value == 0.0:
        return "0"
    text = f"{value:+.6f}"
    if abs(value) < 1e-4 or abs(value) >= 1e6:
        return power(value, 6, sign=True)
    return text.rstrip("0").ljust(text.index(".") + 3, "0").replace("-", "−")


def slope_text(matrix: Matrix, cell: tuple[int, int], entry: str, notation: Notation) -> str:
    """The number's gradient and what it means for an edit; beside a target the network's output."""
    if matrix.outputs is not None and matrix.key == TARGETS:
        return tr("the network’s output there: {a}").format(a=number_text(float(matrix.outputs[cell])))
    if matrix.gradients is None:
        return ""
    slope = float(matrix.gradients[cell])
    text = f"{notation.gradient.of(False, entry)} = {power(slope, 3, sign=True)}"
    if not isfinite(slope):
        return text
    if slope == 0.0:
        return tr("{slope}: changing it does not change L").format(slope=text)
    words = tr("{slope}: increasing it increases L") if slope > 0 else tr("{slope}: increasing it decreases L")
    return words.format(slope=text)
