"""The output and the loss in detail: z, a, ℓ_t of a sample, its mean over the batch, and L.

L = (1/B)·Σ_batch Σ_{t supervised} ℓ_t; the losses and their derivatives are those of `core.maths.losses` (Bishop 2006,
section 4.3.6).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from core.arithmetic.lines import Column, Line, Sum
from core.arithmetic.output import activation, from_loss, later, sent_back, through_output
from core.arithmetic.parts.nodes import PartNode
from core.maths.arrays import Array
from core.notation.equations import Style
from core.notation.forms import loss_term, output, output_gradient
from core.sentence import Sentence
from core.trace import Trace

SURE = 1e-4  # an output nearer to 0 or 1 than this: its loss is worked out from z, as the run does


class OutputNode(PartNode):
    """The output z and a of one step, whatever it reads: a layer's state or a join."""

    @property
    def supervised(self) -> bool:
        """Whether the loss includes this step of the sample."""
        return counts(self.trace, self.t, self.sample)

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        if name == "a":
            line = activation(self.trace.network.loss.output_text, self.value("z"), self.value("a"), unit)
            return [replace(line, label=self.forward_equation("a", self.text).partition(" = ")[2])], ""
        return super().made(name, unit)

    def loss_text(self) -> str:
        return loss_term(self.trace.network.loss, self.text)

    def gradient(self, name: str) -> Array | None:
        """∂L/∂z as recorded; ∂L/∂a, which is not, from the loss and from later steps."""
        if name == "z":
            return super().gradient(name)
        units = range(len(self.value("a")))
        return np.array([math.fsum(line.value for line in self.returned("a", unit)[0]) for unit in units])

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        a, y = self.value("a"), self.trace.data.y[self.t - 1, self.sample]
        batch, lines = self.trace.data.x.shape[1], []
        text, loss = self.text, self.trace.network.loss
        da, absent = sent_back(self.trace, self.t, self.sample, self.used)
        own, target = float(a[unit]), float(y[unit])
        if self.supervised and (name == "z" or not loss.compares):
            label = output_gradient(loss, text).partition(" = ")[2]
            lines.append(Line(label, *from_loss(loss, own, target, batch)))
        elif self.supervised:
            lines.append(_loss_on_output(self.trace.data.loss, own, target, batch, text))
        if da is not None and name == "z":
            label = output_gradient(loss, text, fed=True).partition(" = ")[2].partition(" + ")[2]
            lines.append(Line(label, *through_output(self.trace.data.loss, a, da, unit), "next step"))
        elif da is not None:
            value = float(da[unit])
            lines.append(Line("from the steps that read it", value, "{}", (value,), "next step"))
        return lines, absent if self.supervised else "unsupervised"

    def columns(self, name: str) -> tuple[Column, ...]:
        z, a, *gradients = super().columns(name)
        y = Column("y", self.text.symbol(None, "y"), "value", self.trace.data.y[self.t - 1, self.sample])
        return (z, a, *([y] if self.supervised else []), *gradients)

    def gradient_symbol(self, name: str, style: Style | None = None) -> str:
        return (style or self.text).gradient_of(None, name)

    def forward_equation(self, name: str, style: Style) -> str:
        return super().forward_equation(name, style) if name == "z" else output(self.trace.network.loss, style)[1]

    def backward_equation(self, name: str, style: Style) -> str:
        read_again = bool(later(self.trace))
        if name == "z":
            return output_gradient(self.trace.network.loss, style, fed=read_again)
        a, y = (style.symbol(None, each) for each in ("a", "y"))
        compares = self.trace.network.loss.compares
        found = f"{style.gradient(a)} = {_on_output_text(self.trace.data.loss, a, y, style) if compares else y}"
        words = r" + (\text{from the steps that read it})" if style.tex else " + (from the steps that read it)"
        return found + words * read_again


def counts(trace: Trace, t: int, sample: int) -> bool:
    """Whether the loss includes a sample's step t (of the output's own, from 1)."""
    counted = trace.data.counted
    return bool(trace.data.supervised[t - 1] and (counted is None or counted[t - 1, sample]))


def _loss_on_output(loss: str, a: float, y: float, batch: int, style: Style) -> Line:
    """(1/B)·∂ℓ/∂a of one unit."""
    label = _on_output_text(loss, style.symbol(None, "a"), style.symbol(None, "y"), style)
    with np.errstate(all="ignore"):
        match loss:
            case "binary":
                value = float(np.divide(a - y, a * (1 - a)) / batch)
                return Line(label, value, "({} − {}) / ({} × (1 − {})) / {}", (a, y, a, a, batch))
            case "categorical":
                return Line(label, float(-np.divide(y, a) / batch), "−{} / {} / {}", (y, a, batch))
    return Line(label, (a - y) / batch, "({} − {}) / {}", (a, y, batch))


def _on_output_text(loss: str, a: str, y: str, style: Style) -> str:
    above, below = {
        "binary": (f"{a}{style.minus}{y}", f"{a}{style.dot}(1{style.minus}{a})"),
        "categorical": (f"{style.minus.strip()}{y}", a),
    }.get(loss, (f"{a}{style.minus}{y}", ""))
    if style.tex:
        product = rf"B \cdot {below}" if below else "B"
        return rf"\frac{{{above}}}{{{product}}}"
    over = f"({above})" if " " in above else above
    return f"{over}/(B·{below})" if below else f"{over}/B"


# --- the loss ---
def loss_of_sample(trace: Trace, t: int, sample: int, style: Style) -> Sum:
    """ℓ_t of one sample, a line for each output unit (t of the output's own steps, from 1)."""
    at = replace(style, t=t)
    symbol = at.symbol(None, r"\ell" if style.tex else "ℓ")
    z, a, y = (array[t - 1, sample] for array in (trace.run.z, trace.run.a, trace.data.y))
    total = float(trace.network.loss.value(z[None], y[None])[0])
    if not counts(trace, t, sample):
        return Sum(symbol, None, (), 0.0, "unsupervised")
    kinds = {"binary": _binary, "categorical": _categorical, "given": _given}
    lines = kinds.get(trace.data.loss, _squared)(z, a, y)
    named = tuple(replace(line, label=f"{loss_term(trace.network.loss, at).partition(' = ')[2]} [{line.label}]")
                  for line in lines)  # fmt: skip
    return Sum(symbol, None, named, total)


def _squared(z: Array, a: Array, y: Array) -> list[Line]:
    pairs = [(float(own), float(target)) for own, target in zip(a, y, strict=True)]
    return [Line(str(k + 1), (o - t) ** 2 / 2, "({} − {})² / 2", (o, t)) for k, (o, t) in enumerate(pairs)]


def _given(z: Array, a: Array, y: Array) -> list[Line]:
    pairs = [(float(target), float(own)) for own, target in zip(a, y, strict=True)]
    return [Line(str(k + 1), g * o, "{} × {}", (g, o)) for k, (g, o) in enumerate(pairs)]


def _binary(z: Array, a: Array, y: Array) -> list[Line]:
    found = []
    for k, (h, own, target) in enumerate(zip(*(map(float, each) for each in (z, a, y)), strict=True)):
        value = max(h, 0.0) - target * h + math.log1p(math.exp(-abs(h)))
        if SURE < own < 1 - SURE:
            found.append(Line(str(k + 1), value, "−({} × ln({}) + (1 − {}) × ln(1 − {}))", (target, own, target, own)))
        else:
            found.append(Line(str(k + 1), value, "max(0, {}) − {} × {} + ln(1 + exp(−{}))", (h, target, h, abs(h))))
    return found


def _categorical(z: Array, a: Array, y: Array) -> list[Line]:
    """One line for each unit whose target is not 0; every line has the softmax of all in it."""
    largest = float(z.max())
    below = largest + math.log(float(np.exp(z - largest).sum()))
    found = []
    for k in np.flatnonzero(y):
        own, target = float(a[k]), float(y[k])
        if SURE < own < 1 - SURE:
            found.append(Line(str(k + 1), target * (below - float(z[k])), "−{} × ln({})", (target, own)))
        else:
            operands = (target, below, float(z[k]))
            found.append(Line(str(k + 1), target * (below - float(z[k])), "{} × ({} − {})", operands))
    return found


def loss_of_step(trace: Trace, t: int, style: Style) -> Sum:
    """The batch's mean (or sum) of ℓ_t, which `Trace.loss_t` holds, a line for each sample."""
    at, batch = replace(style, t=t), trace.data.x.shape[1]
    symbol = at.symbol(None, r"\ell" if style.tex else "ℓ")
    if not trace.data.supervised[t - 1]:
        return Sum(symbol, None, (), float(trace.loss_t[t - 1]), "unsupervised")
    samples = [loss_of_sample(trace, t, k, style).total for k in range(batch)]
    if trace.network.loss.mean:
        pairs = ((_of_sample(f"{symbol}/B", k), v / batch, "{} / {}", (v, batch)) for k, v in enumerate(samples))
    else:
        pairs = ((_of_sample(symbol, k), v, "{}", (v,)) for k, v in enumerate(samples))
    lines = tuple(Line(*each) for each in pairs)
    return Sum(symbol, None, lines, float(trace.loss_t[t - 1]))


def _of_sample(loss: str, k: int) -> Sentence:
    return Sentence("{loss}, sample {k}", loss=loss, k=k + 1)


def loss_in_all(trace: Trace, style: Style) -> Sum:
    """L, a line for each step that the loss includes."""
    lines = []
    label = "{loss}, mean of the batch" if trace.network.loss.mean else "{loss}, sum of the batch"
    for t in np.flatnonzero(trace.data.supervised) + 1:
        symbol = replace(style, t=int(t)).symbol(None, r"\ell" if style.tex else "ℓ")
        value = float(trace.loss_t[t - 1])
        lines.append(Line(Sentence(label, loss=symbol), value, "{}", (value,)))
    return Sum("L", None, tuple(lines), float(trace.loss), "" if lines else "unsupervised")
