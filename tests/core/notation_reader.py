"""Reads plain-text equations of any notation back, and computes them with a trace's numbers in that book's layout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np

from core.maths.activations import SIGMOID
from core.maths.losses import softmax
from core.notation.books import Notation
from core.notation.equations import Style

SHARES = (0.25, 0.75)  # of two biases of which only the sum matters
OUTPUTS = ("z", "a", "y")
FUNCTIONS = ("tanh", "softmax", "max", "min", "mean", "var", "diag", "σ", "√", "ln")


def value_gradient(notation, cell, name: str, array: np.ndarray) -> np.ndarray:
    """The gradient of a recorded quantity, (…, B, n), in a book's layout and meaning: −∂L/∂u for a complement."""
    array = notation.gradient_in_notation(cell, name, array)
    return np.swapaxes(array, -1, -2) if notation.transpose else array


@cache
def _any_of(symbols: frozenset[str]) -> re.Pattern:
    """Any of the symbols or the functions, the longest first: compiling it takes longer than all the rest here."""
    return re.compile("|".join(map(re.escape, sorted({*symbols, *FUNCTIONS}, key=len, reverse=True))))


class Reader:
    """The numbers that the symbols of a notation stand for at step t (from 1) of a trace. `style`: how they are
    written, if not with the letter t; `shares`: of a bias that is two in the book."""

    def __init__(
        self,
        trace,
        t: int,
        notation: Notation,
        style: Style | None = None,
        shares: tuple[float, float] = SHARES,
    ) -> None:
        self.trace, self.notation, self.shares = trace, notation, shares
        self.cell, self.part = trace.scan.cell, trace.scan.name
        self.style = style or Style(False, None, notation)
        self.axis = -1 if notation.transpose else -2  # where the samples are
        self.tokens: dict[str, np.ndarray] = {}
        for name in (*(record.name for record in self.cell.records), "x", *OUTPUTS):
            for offset in (-1, 0, 1):
                self.add(name, t + offset, self.style, offset)
        if any("a_prev" in operation.inputs for operation in self.cell.graph):
            for offset in (0, 1):
                self._add_outputs_read(t + offset, offset)
        for full, array in trace.named_parameters(trace.parameters).items():
            part, _, name = full.partition(".")
            if part in (self.part, "out"):
                self._add_parameter("b_z" if full == "out.b" else name, array)
        self.tokens.update({f"{token}ᵀ": array.T for token, array in list(self.tokens.items())})

    def add(self, name: str, at: int, style: Style, offset: int = 0) -> None:
        """The quantity and its gradient at step `at`, by the symbols that `style` gives them."""
        owner, part = (None, "out") if name in OUTPUTS else (self.cell, self.part)
        symbol = style.symbol(owner, name, offset)
        if at == 0 and name in self.cell.recurrent_states:
            self.tokens[symbol] = self.notation.value(self.cell, name, self.trace.start[part, name])
        if not 1 <= at <= self.trace.steps:
            return
        values = self.trace.data.y if name == "y" else self.trace.values[part, name]
        self.tokens[symbol] = self.notation.value(self.cell, name, values[at - 1])
        if (part, name) in self.trace.exact:
            gradient = self.trace.exact[part, name][at - 1]
            self.tokens[style.gradient_of(owner, name, offset)] = value_gradient(
                self.notation, self.cell, name, gradient
            )

    def _add_outputs_read(self, at: int, offset: int) -> None:
        """What is fed back: the outputs before step `at`, one or several side by side, as they were read then."""
        if 1 <= at <= self.trace.steps:
            array = self.trace.run.records[self.part].a_prev[at - 1]
            self.tokens[self.style.symbol(self.cell, "a_prev", offset)] = self.notation.value(self.cell, "a", array)

    def _add_parameter(self, name: str, array: np.ndarray) -> None:
        symbols = self.notation.parameter_symbols(self.cell, name, False)
        array = self.notation.parameter_value(self.cell, name, array)
        shares = self.shares if len(symbols) == 2 else (1.0,)
        self.tokens.update({symbol: share * array for symbol, share in zip(symbols, shares, strict=True)})

    def __call__(self, text: str, more: Mapping[str, np.ndarray | float] = MappingProxyType({}), without: str = ""):
        """The value of an expression; `more` are further symbols, the quantity `without` must not stand in it."""
        known = {**self.tokens, **more, "ε": self._epsilon(), "B": float(self.trace.data.x.shape[1])}
        own = self.style.symbol(None if without in OUTPUTS else self.cell, without) if without else ""
        if "(" in own:  # tanh(c) is a symbol, and what computes it
            del known[own]
        values: list[np.ndarray | float] = []

        def put(found: re.Match) -> str:
            assert found[0] != own, f"{own} stands in its own equation"
            if found[0] in known:
                values.append(known[found[0]])
                return f"v[{len(values) - 1}]"
            return {"σ": "sigma", "√": "root"}.get(str(found[0]), str(found[0]))

        text = _any_of(frozenset(known)).sub(put, text)
        text = re.sub(r"\[(v\[\d+\] > 0)\]", r"(\1)", text)
        text = re.sub(r"\[\|(v\[\d+\])\| < ([\d.]+)\]", r"(np.abs(\1) < \2)", text)
        text = re.sub(r"(?<!v)\[((?:[^\[\]]|v\[\d+\])*)\](ᵀ?)", _joined, text)
        text = re.sub(r" ln (v\[\d+\])", r" * LN(\1)", _totalled(text)).replace(" ln(", " * LN(")
        signs = {" · ": " * ", "·": " @ ", "⊙": "*", "∘": "*", "−": "-", "²": "**2", "½": "0.5 *"}
        for sign, operator in signs.items():
            text = text.replace(sign, operator)
        return np.asarray(eval(text, {"v": values, "__builtins__": {}, **self._functions()}))

    def _functions(self) -> dict:
        def mean(array: np.ndarray) -> np.ndarray:
            return array.mean(axis=self.axis, keepdims=True)

        def diag(array: np.ndarray) -> np.ndarray:
            return np.diag(np.ravel(array))  # of one sample

        return {
            "np": np,
            "tanh": np.tanh,
            "sigma": SIGMOID.f,
            "softmax": lambda z: np.swapaxes(softmax(np.swapaxes(z, -1, self.axis_of_units)), -1, self.axis_of_units),
            "max": np.maximum,
            "min": np.minimum,
            "LN": np.log,
            "root": np.sqrt,
            "mean": mean,
            "var": lambda array: mean(np.square(array - mean(array))),
            "diag": diag,
            "total": lambda array: array.sum(axis=self.axis_of_units, keepdims=True),
        }

    @property
    def axis_of_units(self) -> int:
        return -2 if self.notation.transpose else -1

    def _epsilon(self) -> float:
        return next((each.value for each in self.cell.graph if each.kind == "normalise"), 0.0)

    def at(self, j: int) -> Style:
        """A style with the number of a step."""
        return replace(self.style, t=j)


def _totalled(text: str) -> str:
    """Σ … as total(…): as far as the bracket that it stands in goes, or to the end."""
    while (start := text.find("Σ ")) >= 0:
        depth, end = 0, start + 2
        while end < len(text) and (depth or text[end] != ")"):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        text = f"{text[:start]}total({text[start + 2 : end]}){text[end:]}"
    return text


def _joined(found: re.Match) -> str:
    """[a, b] side by side, [a; b] one above the other."""
    stack = "np.vstack" if ";" in found[1] else "np.hstack"
    transposed = ".T" if found[2] else ""
    return f"{stack}(({found[1].replace(';', ',')})){transposed}"


def right_side(equation: str) -> str:
    """What stands right of = or ≡."""
    return re.split(r" [=≡] ", equation, maxsplit=1)[1]
