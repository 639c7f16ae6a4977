"""What a worksheet's lines are made of: words, and numbers that are given or to be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.arithmetic.lines import Line, Sum
from core.maths.arrays import Array

DIGITS = 6  # significant digits of an answer: enough that the next number worked out from it keeps five
PLACE = "\ue000"  # stands for a number while a line's template is filled in
Givens = Callable[[int, Line], tuple[bool, ...]]
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Number:
    """A number in a line. `given`: it stands there without the answers, too. `result`: it is what the line asks for."""

    value: float
    given: bool
    result: bool = False

    @property
    def text(self) -> str:
        """As it is printed: given numbers in full, the others with DIGITS significant digits."""
        return figure(self.value, None if self.given else DIGITS)


@dataclass(frozen=True)
class Row:
    """One line to work out: words and numbers in turn, which may be broken between any two of them."""

    pieces: tuple[str | Number, ...]
    note: str = ""

    def text(self, answers: bool, blank: str = "____") -> str:
        """The line as plain text."""
        shown = [
            piece if isinstance(piece, str) else piece.text if answers or piece.given else blank
            for piece in self.pieces
        ]
        return " ".join("".join(shown).split()) + (f"  {self.note}" if self.note else "")

    @property
    def answers(self) -> tuple[float, ...]:
        """What the line asks for."""
        return tuple(each.value for each in self.pieces if isinstance(each, Number) and each.result)


@dataclass(frozen=True)
class Exercise:
    """An equation in a line, and a row for each unit (and sample) of what it makes."""

    equation: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Formula:
    """An equation that holds at every step, as LaTeX and as plain text."""

    tex: str
    text: str


@dataclass(frozen=True, eq=False)
class Given:
    """A given quantity: its symbol, what it is, and its numbers, (n, m) as the notation lays them out."""

    symbol: str
    words: str
    numbers: Array


def figure(value: float, digits: int | None = None) -> str:
    """A number as people write it: −0.8, 2.54·10⁻⁷; in full where `digits` is None."""
    if value == 0.0:
        return "0"
    text = repr(float(value)).removesuffix(".0") if digits is None else f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    mantissa = mantissa.replace("-", "−")
    return f"{mantissa}·10{str(int(power)).translate(_RAISED)}" if power else mantissa


def row_of(total: Sum, label: str, given: Givens, answers: bool, note: str = "", known: bool = False) -> Row:
    """A sum as a line: symbol = addends with their numbers put in = what is asked for.

    `given(k, line)` says which operands of line k stand there without the answers; `known`: the total does as well.
    """
    pieces: list[str | Number] = [f"{label} = "]
    for k, line in enumerate(total.lines):
        own = given(k, line)
        minus = k > 0 and line.template.startswith("−")
        if minus:
            line = replace(line, template=line.template.removeprefix("−"))
        pieces += [" − " if minus else " + "] * bool(k) + _line_pieces(line, own, answers, after=k > 0)
    if known and len(total.lines) == 1 and total.lines[0].template == "{}":
        return Row(tuple(pieces), note)
    pieces += [" = "] * bool(total.lines)
    return Row((*pieces, Number(total.total, known, not known)), note)


def spelt_out(line: Line) -> Line:
    """The same with every term of a product of vectors, however long."""
    if line.template or line.product is None:
        return line
    pairs = zip(line.product.left, line.product.right, strict=True)
    operands = tuple(float(each) for pair in pairs for each in pair)
    return replace(line, template=" + ".join(["{} × {}"] * len(line.product.left)), operands=operands)


def _line_pieces(line: Line, given: tuple[bool, ...], answers: bool, after: bool) -> list[str | Number]:
    """The line's template with its operands; the value itself where there is none. `after`: behind another addend."""
    if not line.template:
        return [Number(line.value, all(given) and bool(given))]
    numbers = [Number(value, own) for value, own in zip(line.operands, given, strict=True)]
    # Brackets round what is negative, but not round a blank: they would tell its sign.
    signs = ["−" if each.value < 0 and (each.given or answers) else "" for each in numbers]
    left = iter(signs)

    def place(value: float) -> str:
        return next(left) + PLACE

    text = line.put_in(place)
    if after and text.startswith("−"):  # it stands after a plus
        text = f"({text[:2]}){text[2:]}"
    found: list[str | Number] = []
    for k, words in enumerate(text.split(PLACE)):
        found += [numbers[k - 1]] if k else []
        own = words.removesuffix(signs[k]) if k < len(signs) else words  # the number prints its sign itself
        found += [own] * bool(own)
    return found
