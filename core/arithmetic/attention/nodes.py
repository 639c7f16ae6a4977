"""The weights of attention in detail, and the contexts that it makes."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.attention.step import Look, letters
from core.arithmetic.lines import Line
from core.arithmetic.parts.nodes import PartNode
from core.chain.symbols import scan_symbol, signal_symbol, stepped
from core.maths.activations import TANH
from core.network.attention import CONTEXT, WEIGHTS
from core.notation.equations import Style


class _Looking(PartNode):
    """What belongs to one decoder step's attention."""

    @property
    def look(self) -> Look:
        """The step's keys, query, scores and weights."""
        return Look(self.trace, self.t, self.sample, self.gradients)


class AttentionNode(_Looking):
    """The scores of one decoder step and its weights, a number for each step of the encoder."""

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
            return style.inner(TANH.applied(inner, style.tex), "v")
        return style.inner(look.asked_symbol(style), key)

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


class AttendedNode(_Looking):
    """The context that one decoder step reads: the encoder's states by their weights."""

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        return self.look.context(unit, self.text), ""

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        return [replace(line, origin="same step") for line in super().returned(name, unit)[0]], ""

    def forward_equation(self, name: str, style: Style) -> str:
        key = signal_symbol(self.trace, self.look.attention.keys, replace(style, t="j"))
        weight = stepped(r"\alpha" if style.tex else "α", style, style.t or "t", "j")
        total = r"\sum_j " if style.tex else "Σⱼ "
        return f"{self.symbol('c', style)} = {total}{weight}{style.dot}{key}"

    def backward_equation(self, name: str, style: Style) -> str:
        x = style.gradient(scan_symbol(self.trace, self.look.scan, "x", style))
        words = r"\ (\text{its share})" if style.tex else ", its share"
        return f"{self.gradient_symbol('c', style)} = {x}{words}"
