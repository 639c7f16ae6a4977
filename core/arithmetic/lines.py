"""What the arithmetic of one step is made of: lines, sums, columns; and the scale that all values share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from string import Formatter

import numpy as np

from core.maths.activations import activation_named
from core.maths.arrays import Array, norms
from core.maths.operations import Operation, compute
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style

MOST = 4  # a product of vectors is written out up to this many terms; beyond, as its sum
MOST_LINES = 12  # addends of a sum over time that are lines of their own; beyond, they are one product
PLACE = re.compile(r"\[t([+-]\d+)\]")  # marks the step's index in an equation template


@dataclass(frozen=True, eq=False)
class Product:
    """Σ_j left_j · right_j, both (n,). Where a parameter ("L1.W_f") is the matrix, `right` is what makes `unit` of the
    product: its column, or `back`, in the backward pass, its row."""

    left: Array
    right: Array
    parameter: str = ""
    unit: int = 0
    back: bool = False


@dataclass(frozen=True)
class Line:
    """One addend of a number: `template` with `operands` in its slots is `value` ("" where there are too many of them).

    `origin` of a gradient's addend: "output", "same step", "next step" or "context" (a context, attention,
    a decoder that begins with it). `product`: the two vectors, where the addend
    is their product.
    """

    label: str
    value: float
    template: str = ""
    operands: tuple[float, ...] = ()
    origin: str = ""
    product: Product | None = field(default=None, compare=False)

    def put_in(self, number: Callable[[float], str]) -> str:
        """The template with its numbers; negative ones in brackets where they follow a sign."""
        texts = [number(value) for value in self.operands]
        head, *rest = self.template.split("{}")
        result = head
        for text, tail in zip(texts, rest, strict=True):
            negative = text.startswith(("-", "−"))
            bare = not result.strip() or (result.endswith("(") and tail[:1] in (")", ""))
            if tail.startswith("²"):
                bracket = negative or "·10" in text or "e" in text
            else:
                bracket = negative and not bare
            result += f"({text})" if bracket else text
            result += tail
        return result


@dataclass(frozen=True)
class Sum:
    """`total`, the recorded number, as the sum of `lines`: unit `unit` (from 0) of `symbol`; None where the symbol is
    that of a single number (a loss, an entry of a matrix).

    `absent` says why there are fewer addends than in the equation: "end" (no next step), "cut" (truncated here),
    "frozen", "unread" (nothing reads it), "unsupervised", "given" (it comes from the task), "copied" (the sample has no
    such step), "fixed" (nothing goes back into it), "fault" (one is switched on), "first" (no output before it),
    "outside" (of the sequence), "no key" (attention: the sample has no such step), "always 0" (an entry of a parameter
    that the cell leaves out), "clipped"; "" where nothing is missing.
    """

    symbol: str
    unit: int | None
    lines: tuple[Line, ...]
    total: float
    absent: str = ""

    @property
    def name(self) -> str:
        """What the total is called: s₃[2], ∂L/∂W[2, 1], L."""
        return self.symbol if self.unit is None else f"{self.symbol}[{self.unit + 1}]"

    def negated(self) -> Sum:
        """The same with the other sign, of a gate that a book has the other way round."""
        lines = tuple(
            replace(line, value=-line.value, template=line.template and f"−({line.template})") for line in self.lines
        )
        return replace(self, lines=lines, total=-self.total)


@dataclass(frozen=True)
class Column:
    """One column of a node's table. `kind`: "value", "gate" or "gradient"; values (n,)."""

    name: str
    label: str
    kind: str
    values: Array


@dataclass(frozen=True)
class Equation:
    """LaTeX with a symbolic t; `backward`: of a gradient; `text` is the same with a step's indices."""

    tex: str
    backward: bool
    text: str


@dataclass(frozen=True)
class EdgeAddend:
    """What operation `out` sends back to `source`, one of its inputs: vector (n,) and its norm. `sender`, `receiver`:
    the symbols of the two at their steps."""

    out: str
    source: str
    sender: str
    receiver: str
    label: str
    tex: str
    vector: Array
    norm: float
    line: Line


def dot(a: Array, b: Array, parameter: str = "", unit: int = 0, back: bool = False, swapped: bool = False) -> Line:
    """Σ a_j·b_j, b_j × a_j written where the second stands first (`swapped`); see `Product` for the rest."""
    with np.errstate(all="ignore"):
        value = float(a @ b)
    product = Product(a, b, parameter, unit, back)
    if len(a) > MOST:
        return Line("", value, product=product)
    pairs = tuple(float(each) for pair in zip(*((b, a) if swapped else (a, b)), strict=True) for each in pair)
    return Line("", value, " + ".join(["{} × {}"] * len(a)), pairs, product=product)


def total_over(style: Style, letter: str) -> str:
    """Σ with the letter that it runs over."""
    return rf"\sum_{letter} " if style.tex else {"j": "Σⱼ ", "k": "Σₖ ", "t": "Σₜ "}[letter]


def lines_from(operation: Operation, numbers: Iterable[float]) -> list[Line]:
    """One unit of a product, a complement or an activation, from what it is made of."""
    match operation.kind:
        case "multiply":
            a, b = numbers
            return [Line("", a * b, "{} × {}", (a, b))]
        case "complement":
            (u,) = numbers
            return [Line("", 1 - u, "1 − {}", (u,))]
        case function:
            (h,) = numbers
            phi = activation_named(function)
            with np.errstate(all="ignore"):
                return [Line("", float(phi.f(np.array([h]))[0]), phi.text.format(h="{}"), (h,))]


def slope(operation: Operation, place: int, inputs: list[float], out: float) -> tuple[str, tuple[float, ...]]:
    """What the arriving gradient is multiplied with on its way to input number `place`."""
    match operation.kind:
        case "multiply":
            return " × {}", (inputs[1 - place],)
        case "complement":
            return " × (−1)", ()
        case "linear" | "add" | "constant" | "clock" | "normalise":
            return "", ()
        case function:
            return _activation_slope(function, inputs[0], out)


def _activation_slope(function: str, h: float, s: float) -> tuple[str, tuple[float, ...]]:
    """φ′ of an activation as a factor, with h and s as the numbers in it."""
    written, values = "", []
    put = {"h": ("{}", h), "s": ("{}", s), "square": ("{}²", s)}
    signs = {"times": " × ", "minus": " − "}
    for text, name, _, _ in Formatter().parse(activation_named(function).slope_text):
        written += text
        if name in put:
            written += put[name][0]
            values.append(put[name][1])
        elif name is not None:
            written += signs[name]
    return (f" × {written}" if written else ""), tuple(values)


class Placed(Style):
    """Plain text with [t+0], [t-1] … where the step stands, for `filled` to put a number in."""

    def index(self, offset: int) -> str:
        return f"[t{offset:+d}]"


def split_sum(text: str, at: str = " + ") -> list[str]:
    """The addends of an equation's right side, brackets respected: "a + (b + c)" is two; or what else stands between
    signs like `at`."""
    parts, depth, start = [], 0, 0
    for k, sign in enumerate(text):
        depth += (sign in "({[") - (sign in ")}]")
        if depth == 0 and text.startswith(at, k):
            parts.append(text[start:k])
            start = k + len(at)
    return [*parts, text[start:]]


def filled(text: str, t: int, way: int = 1, notation: Notation = ROW) -> str:
    """A plain equation with its step put in: h[t-1] at t = 5 is h₄; h₆ of a reverse chain (`way` −1)."""
    return PLACE.sub(lambda found: notation.index(way * int(found[1]), t, False), text)


def norm_of(vector: Array) -> float:
    return float(norms(vector[None, None])[0])


# --- what a step computes and does not record: f ⊙ c, i ⊙ g, a product with the weights ---
TITLES = {  # by the operation that makes it
    "linear": "product with the weights, intermediate",
    "multiply": "product, unit by unit, intermediate",
    "add": "sum, intermediate",
    "complement": "what is left of 1, intermediate",
    "normalise": "normalised, intermediate",
    "constant": "fixed number",
}


def computed(
    graph: Iterable[Operation], parameters: Mapping[str, Array], values: Mapping[str, Array]
) -> dict[str, Array]:
    """The values with those that the graph makes of them, where they are not there already."""
    known = dict(values)
    for operation in graph:
        if operation.out not in known:
            known[operation.out] = compute(operation, known, parameters)
    return known


def deviation_of(column: Array, epsilon: float) -> float:
    """√(variance + ε) of one unit over the samples of a batch, (B,)."""
    return float(np.sqrt(np.square(column - column.mean()).mean() + epsilon))


def normalised_back(
    column: Array, normalised: Array, came: Array, sample: int, epsilon: float
) -> tuple[float, float, float, float, float]:
    """What a sample's ∂L/∂h is made of where m = (h − mean)/√(variance + ε): its ∂L/∂m, their mean, its m, the mean of
    ∂L/∂m · m, and √(variance + ε), all over the samples of the batch, (B,) (Ioffe & Szegedy 2015)."""
    own, m = float(came[sample]), float(normalised[sample])
    return own, float(came.mean()), m, float((came * normalised).mean()), deviation_of(column, epsilon)
