"""Attention in detail: one step's scores, weights and context, and what goes back through them.

Bahdanau, Cho & Bengio 2015 (additive); Luong, Pham & Manning 2015 (dot, bilinear: there "general").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from core.arithmetic.lines import MOST, MOST_LINES, Line, dot, total_over
from core.chain.symbols import signal_symbol, stepped
from core.maths.arrays import Array
from core.network.attention import CONTEXT, SCORES, WEIGHTS, AttentionStep, attention_of
from core.network.parts import Key
from core.notation.equations import Style
from core.trace import Trace


class Look:
    """Step t (from 1) of a decoder attending to its encoder, one sample: keys k_j (T_x, K), query s_{t−1} (H,), scores
    and weights (T_x,), with their gradients (`gradients`: exact or used). Raises ValueError where the network has no
    attention."""

    def __init__(self, trace: Trace, t: int, sample: int, gradients: Mapping[Key, Array]) -> None:
        found = attention_of(trace.network)
        if found is None:
            raise ValueError("this network has no attention")
        self.trace, self.t, self.sample = trace, t, sample
        self.scan, self.attention = found.scan, found.attention
        run = trace.run
        self.keys = run.signals[self.attention.keys][:, sample]
        self.query = run.records[self.scan.name].s_prev[t - 1, sample]
        self.scores, self.weights = (trace.values[each][t - 1, sample] for each in (SCORES, WEIGHTS))
        self.d_scores, self.d_weights, self.d_context = (
            gradients[each][t - 1, sample] for each in (SCORES, WEIGHTS, CONTEXT)
        )
        present = trace.data.present
        self.there = np.ones(len(self.keys), dtype=bool) if present is None else present[:, sample]

    @cached_property
    def asked(self) -> Array:
        """s_{t−1}·A of a bilinear score, (K,)."""
        return self.query @ self.trace.parameters["attention.A"]

    @cached_property
    def v(self) -> Array:
        """The last vector of an additive score, (H,)."""
        return self.trace.parameters["attention.v"]

    @cached_property
    def inner(self) -> Array:
        """Before the tanh of an additive score, (T_x, H)."""
        p = self.trace.parameters
        return self.query @ p["attention.A_s"] + self.keys @ p["attention.A_k"]

    @cached_property
    def hidden(self) -> Array:
        """Its tanh, (T_x, H)."""
        return np.tanh(self.inner)

    @cached_property
    def d_inner(self) -> Array:
        """∂L/∂inner, (T_x, H)."""
        return self.d_scores[:, None] * self.v * (1.0 - self.hidden**2)

    # --- forward ---
    def score(self, j: int) -> list[Line]:
        """e_tj, j from 0."""
        match self.attention.score:
            case "dot":
                return [dot(self.query, self.keys[j])]
            case "bilinear":
                return [dot(self.asked, self.keys[j])]
        value = float(self.hidden[j] @ self.v)
        if len(self.v) > MOST:
            return [Line("", value)]
        pairs = tuple(float(each) for pair in zip(self.inner[j], self.v, strict=True) for each in pair)
        return [Line("", value, " + ".join(["tanh({}) × {}"] * len(self.v)), pairs)]

    def weight(self, j: int) -> Line | None:
        """a_tj = exp(e_tj) / Σ exp(e_tk) over the steps that the sample has; None where it has no step j."""
        if not self.there[j]:
            return None
        seen, own, value = self.scores[self.there], float(self.scores[j]), float(self.weights[j])
        if len(seen) <= MOST:
            below = " + ".join(["exp({})"] * len(seen))
            return Line("", value, f"exp({{}}) / ({below})", (own, *map(float, seen)))
        largest = float(seen.max())
        return Line("", value, "exp({} − {}) / {}", (own, largest, float(np.exp(seen - largest).sum())))

    def context(self, unit: int, style: Style) -> list[Line]:
        """c_t as its addends, one for each step of the encoder that the sample has; of many as one product."""
        found = []
        if self.there.sum() > MOST_LINES:
            _, weight, key = letters(self.trace, replace(style, t=self.t))
            label = f"{total_over(style, 'j')}{weight}{style.dot}{key}"
            return [replace(dot(self.weights[self.there], self.keys[self.there, unit]), label=label)]
        for j in map(int, np.flatnonzero(self.there)):
            a, k = float(self.weights[j]), float(self.keys[j, unit])
            label = f"{self.weight_symbol(j, style)}{style.dot}{self.key_symbol(j, style)}"
            found.append(Line(label, a * k, "{} × {}", (a, k)))
        return found

    def weight_symbol(self, j: int, style: Style) -> str:
        """α_tj."""
        return stepped(r"\alpha" if style.tex else "α", style, self.t, int(j) + 1)

    def key_symbol(self, j: int, style: Style) -> str:
        """The encoder's state at its step j (from 0)."""
        return signal_symbol(self.trace, self.attention.keys, replace(style, t=int(j) + 1))

    # --- backward ---
    def weight_back(self, j: int) -> Line:
        """∂L/∂a_tj = ∂L/∂c_t · k_jᵀ."""
        return dot(self.d_context, self.keys[j])

    def score_back(self, j: int) -> Line:
        """∂L/∂e_tj = a_tj (∂L/∂a_tj − Σ_k a_tk ∂L/∂a_tk), back through the softmax."""
        a, g, value = float(self.weights[j]), float(self.d_weights[j]), float(self.d_scores[j])
        if len(self.weights) > MOST:
            return Line("", value, "{} × ({} − {})", (a, g, float(self.weights @ self.d_weights)))
        mean = " + ".join(["{} × {}"] * len(self.weights))
        pairs = [float(each) for pair in zip(self.weights, self.d_weights, strict=True) for each in pair]
        return Line("", value, f"{{}} × ({{}} − ({mean}))", (a, g, *pairs))

    def query_symbol(self, style: Style) -> str:
        """s_{t−1}, the decoder state used as the query."""
        return signal_symbol(self.trace, (self.scan.name, "s"), style, -1)

    def asked_symbol(self, style: Style) -> str:
        """What is compared with the keys: s_{t−1}, or s_{t−1}·A."""
        query = self.query_symbol(style)
        return style.product(query, "A") if self.attention.score == "bilinear" else query

    def to_query(self, unit: int, style: Style) -> Line:
        """What step t sends to its query, the state s_{t−1}."""
        p, keys, at = self.trace.parameters, self.keys, replace(style, t=self.t)
        total = r"\sum_j " if at.tex else "Σⱼ "
        e = at.gradient(stepped("e", at, self.t, "j"))
        k = signal_symbol(self.trace, self.attention.keys, replace(style, t="j"))
        match self.attention.score:
            case "dot":
                line, label = dot(self.d_scores, keys[:, unit]), f"{total}{e}{at.dot}{k}"
            case "bilinear":
                line = dot(self.d_scores @ keys, p["attention.A"][unit], "attention.A", unit, True)
                label = at.product_back(f"({total}{e}{at.dot}{k})", "A")
            case _:
                line = dot(self.d_inner.sum(axis=0), p["attention.A_s"][unit], "attention.A_s", unit, True)
                inner = at.gradient(stepped("i", at, self.t, "j"))
                label = at.product_back(f"({total}{inner})", "A_s")
        return replace(line, label=label, origin="context")


def letters(trace: Trace, style: Style, j: int | str = "j") -> tuple[str, str, str]:
    """e_tj, α_tj and the key that they are of."""
    found = attention_of(trace.network)
    key = signal_symbol(trace, found.attention.keys, replace(style, t=j)) if found is not None else ""
    t = style.t or "t"
    return stepped("e", style, t, j), stepped(r"\alpha" if style.tex else "α", style, t, j), key


def key_labels(trace: Trace, step: AttentionStep, style: Style) -> tuple[str, str]:
    """What a key receives, as an equation has it: as a part of the contexts, and by way of the scores."""
    scan, attention = step.scan, step.attention
    total, j, at = total_over(style, "k"), style.t or "t", replace(style, t="k")
    weight = stepped(r"\alpha" if style.tex else "α", style, "k", j)
    context = f"{total}{weight}{style.dot}{style.gradient(signal_symbol(trace, CONTEXT, at))}"
    if attention.score == "additive":
        return context, style.product_back(f"({total}{style.gradient(stepped('i', style, 'k', j))})", "A_k")
    query = signal_symbol(trace, (scan.name, "s"), at, -1)
    query = style.product(query, "A") if attention.score == "bilinear" else query
    return context, f"{total}{style.gradient(stepped('e', style, 'k', j))}{style.dot}{query}"


def key_back(
    trace: Trace, step: AttentionStep, j: int, unit: int, sample: int, gradients: Mapping[Key, Array], style: Style
) -> list[Line]:
    """What all steps of the decoder send to one unit of key j (from 0), each kind as one product over those steps."""
    scan, attention = step.scan, step.attention
    p, run = trace.parameters, trace.run
    de = gradients[SCORES][:, sample, j]
    lines = [dot(trace.values[WEIGHTS][:, sample, j], gradients[CONTEXT][:, sample, unit])]
    queries = run.records[scan.name].s_prev[:, sample]
    if attention.score == "additive":
        hidden = np.tanh(queries @ p["attention.A_s"] + run.signals[attention.keys][j, sample] @ p["attention.A_k"])
        inner = (de[:, None] * p["attention.v"] * (1.0 - hidden**2)).sum(axis=0)
        lines.append(dot(inner, p["attention.A_k"][unit], "attention.A_k", unit, True))
    else:
        asked = queries @ p["attention.A"][:, unit] if attention.score == "bilinear" else queries[:, unit]
        lines.append(dot(de, asked))
    labels = key_labels(trace, step, style)
    return [replace(line, label=label, origin="context") for line, label in zip(lines, labels, strict=True)]
