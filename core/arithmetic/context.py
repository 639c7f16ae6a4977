"""The context of an encoder–decoder in detail, and the contexts and weights of attention."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from core.arithmetic.attention import MOST_LINES, Look, letters
from core.arithmetic.lines import Line, Sum, dot
from core.arithmetic.part_nodes import PartNode, bias_line, joined_lines, joined_text, tanh_of
from core.chain.symbols import part_named, scan_symbol, signal_symbol, stepped
from core.network.attention import CONTEXT, WEIGHTS
from core.network.joins import Context
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace


class ContextNode(PartNode):
    """What an encoder passes to a decoder: its last state, a transform of it, or of the mean of all."""

    titles: ClassVar[dict[str, str]] = {"h": "pre-activation of the context", "c": "context of the encoder"}

    def __init__(
        self, trace: Trace, part: str, t: int, sample: int = 0, used: bool = True, notation: Notation = ROW
    ) -> None:
        super().__init__(trace, part, t, sample, used, notation)
        self.names = ("c",) if self.context.kind == "last" else ("h", "c")

    @property
    def context(self) -> Context:
        part = part_named(self.trace, self.part)
        assert isinstance(part, Context)
        return part

    def _ends(self, style: Style) -> list[str]:
        steps = len(self.trace.data.x)
        ends = enumerate(self.context.ends)
        return [signal_symbol(self.trace, each, replace(style, t=1 if k else steps)) for k, each in ends]

    def _read(self, style: Style) -> str:
        """What it reads, as a symbol."""
        if self.context.kind == "all":
            symbol = signal_symbol(self.trace, self.context.states, replace(style, t="t"))
            return rf"\mathrm{{mean}}_t({symbol})" if style.tex else f"mean({symbol})"
        ends = self._ends(style)
        return ends[0] if len(ends) == 1 else joined_text((ends[0], ends[1]), self.context.how, style)

    def read(self, unit: int) -> Sum:
        """One unit of what the context is made from, which is not recorded: the last states joined, or their mean."""
        total = float(self.trace.run.signals[self.part, "read"][0, self.sample, unit])
        return Sum(self._read(self.text), unit, tuple(self._read_lines(unit)), total)

    def _read_lines(self, unit: int) -> list[Line]:
        run, part = self.trace.run, self.context
        if part.kind == "all":
            shares, states = part.shares(run)[:, self.sample, 0], run.signals[part.states][:, self.sample, unit]
            count = round(1 / shares.max())
            if count > MOST_LINES:
                return [replace(dot(states, shares), label=self._read(self.text))]
            symbols = (signal_symbol(self.trace, part.states, replace(self.text, t=t + 1)) for t in range(len(states)))
            return [
                Line(f"{symbol} / {count}", float(s) / count, "{} / {}", (float(s), count))
                for symbol, s, share in zip(symbols, states, shares, strict=True)
                if share
            ]
        ends = [run.signals[each][0 if k else -1, self.sample] for k, each in enumerate(part.ends)]
        symbols = self._ends(self.text)
        if len(ends) == 1:
            return [Line(symbols[0], float(ends[0][unit]), "{}", (float(ends[0][unit]),))]
        return joined_lines((symbols[0], symbols[1]), (ends[0], ends[1]), part.how, unit, self.text)

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        if self.context.kind == "last":
            return self._read_lines(unit), ""
        if name == "c":
            return self.tanh_line(unit), ""
        matrix, bias = (self.trace.parameters[f"{self.part}.{each}"] for each in ("M", "b"))
        read = self.trace.run.signals[self.part, "read"][0, self.sample]
        line = dot(read, matrix[:, unit], f"{self.part}.M", unit)
        label = self.text.product(_bracketed(self._read(self.text)), "M")
        return [replace(line, label=label), bias_line("b", bias, unit)], ""

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        return (self.through_tanh("c", unit), "") if name == "h" else super().returned(name, unit)

    def forward_equation(self, name: str, style: Style) -> str:
        left = self.symbol(name, style)
        if self.context.kind == "last":
            return f"{left} = {self._read(style)}"
        if name == "c":
            return f"{left} = {tanh_of(self.symbol('h', style), style)}"
        return f"{left} = {style.product(_bracketed(self._read(style)), 'M')} + b"

    def backward_equation(self, name: str, style: Style) -> str:
        if name == "h":
            return f"{style.gradient(self.symbol('h', style))} = {self.slope_text('c', style)}"
        return super().backward_equation(name, style)


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text and not text.startswith("(") else text


class AttentionNode(PartNode):
    """The scores of one decoder step and its weights, a number for each step of the encoder."""

    names = ("e", "a")
    titles: ClassVar[dict[str, str]] = {"e": "scores of attention", "a": "weights of attention"}

    @property
    def look(self) -> Look:
        """The step's keys, query, scores and weights."""
        return Look(self.trace, self.t, self.sample, self.gradients)

    def kind(self, name: str) -> str:
        return "gate" if name == "a" else "value"

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        look, style = self.look, self.text
        if name == "e":
            label = self._score_text(look, look.key_symbol(unit, style), style)
            return [replace(each, label=label) for each in look.score(unit)], ""
        line = look.weight(unit)
        if line is None:
            return [], "no key"
        own = f"exp({stepped('e', style, self.t, unit + 1)}) / Σ exp({stepped('e', style, self.t)})"
        return [replace(line, label=own)], ""

    def _score_text(self, look: Look, key: str, style: Style) -> str:
        query, score = look.query_symbol(style), look.attention.score
        if score == "additive":
            inner = f"{style.product(query, 'A_s')} + {style.product(key, 'A_k')}"
            return style.inner(tanh_of(inner, style), "v")
        return style.inner(look.asked_symbol(style), key)

    def inner(self, key: int, unit: int) -> Sum:
        """One unit of what an additive score takes the tanh of, for key number `key` (from 0); not recorded."""
        look, style = self.look, self.text
        lines = look.inner_lines(key, unit)
        labels = style.product(look.query_symbol(style), "A_s"), style.product(look.key_symbol(key, style), "A_k")
        named = tuple(replace(line, label=label) for line, label in zip(lines, labels, strict=True))
        return Sum(stepped("i", style, self.t, key + 1), unit, named, float(look.inner[key, unit]))

    def asked(self, unit: int) -> Sum:
        """One unit of s_{t−1}·A, what a bilinear score compares with the keys; not recorded."""
        look = self.look
        symbol = look.asked_symbol(self.text)
        return Sum(symbol, unit, (replace(look.asked_line(unit), label=symbol),), float(look.asked[unit]))

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        look, style = self.look, self.text
        if name == "a":
            context = style.gradient(signal_symbol(self.trace, CONTEXT, style))
            label = style.inner(context, look.key_symbol(unit, style))
            return [replace(look.weight_back(unit), label=label, origin="same step")], ""
        own = look.weight_symbol(unit, style)
        weights = style.gradient(signal_symbol(self.trace, WEIGHTS, style))
        label = f"{own}{style.times}({style.gradient(own)}{style.minus}Σ α{style.times}{weights})"
        return [replace(look.score_back(unit), label=label, origin="same step")], ""

    def forward_equation(self, name: str, style: Style) -> str:
        softmax = r"\mathrm{softmax}" if style.tex else "softmax"
        if name == "a":
            return f"{self.symbol('a', style)} = {softmax}({self.symbol('e', style)})"
        score, _, key = letters(self.trace, style)
        return f"{score} = {self._score_text(self.look, key, style)}"

    def backward_equation(self, name: str, style: Style) -> str:
        at = style
        score, weight, key = letters(self.trace, at)
        if name == "a":
            context = at.gradient(signal_symbol(self.trace, CONTEXT, at))
            return f"{at.gradient(weight)} = {at.inner(context, key)}"
        total, other = r"\sum_k " if style.tex else "Σₖ ", letters(self.trace, at, "k")[1]
        mean = f"{total}{other}{at.dot}{at.gradient(other)}"
        return f"{at.gradient(score)} = {weight}{at.dot}({at.gradient(weight)}{at.minus}{mean})"


class AttendedNode(PartNode):
    """The context that one decoder step reads: the encoder's states by their weights."""

    names = ("c",)
    titles: ClassVar[dict[str, str]] = {"c": "context by attention"}
    row = "contexts"

    @property
    def look(self) -> Look:
        """The step's keys, query, scores and weights."""
        return Look(self.trace, self.t, self.sample, self.gradients)

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        return self.look.context(unit, self.text), ""

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        look = self.look
        place = look.first + unit
        value = float(self.gradients[look.scan.name, "x"][self.t - 1, self.sample, place])
        label = self.text.gradient(scan_symbol(self.trace, look.scan, "x", self.text))
        return [Line(f"{label}[{place + 1}]", value, "{}", (value,), "same step")], ""

    def forward_equation(self, name: str, style: Style) -> str:
        key = signal_symbol(self.trace, self.look.attention.keys, replace(style, t="j"))
        weight = stepped(r"\alpha" if style.tex else "α", style, style.t or "t", "j")
        total = r"\sum_j " if style.tex else "Σⱼ "
        return f"{self.symbol('c', style)} = {total}{weight}{style.dot}{key}"

    def backward_equation(self, name: str, style: Style) -> str:
        x = style.gradient(scan_symbol(self.trace, self.look.scan, "x", style))
        words = r"\ (\text{its share})" if style.tex else ", its share"
        return f"{self.gradient_symbol('c', style)} = {x}{words}"
