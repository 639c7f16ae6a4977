"""What is happening at a moment of the line, in words' stead as phase and step, and in mathematics."""

from __future__ import annotations

from core.equations import Style, backward_addends, forward
from core.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, Time
from core.trace import Trace


def mathematics(trace: Trace, time: Time) -> str:
    """The equation at work, as plain text with the step's number as index: "h₅ = x₅·U + s₄·W + b,   s₅ = tanh(h₅)"."""
    cell, style = trace.scan.cell, Style(tex=False, t=time.t)
    single = [row.shown[0] for row in cell.rows if len(row.shown) == 1]
    if time.phase == FORWARD:
        return ",   ".join(forward(cell, name, style) for name in single)
    if time.phase == LOSS:
        return f"L = Σ ℓₜ = {trace.loss:.6g}" if trace.data.supervised.sum() > 1 else f"L = {trace.loss:.6g}"
    if time.phase == BACKWARD:
        first = cell.rows[0].shown
        name = first[0] if len(first) == 1 else (cell.memory if cell.memory != "s" else first[-1])
        addends = backward_addends(cell, name, style)
        if time.t == trace.steps:  # no step comes after it
            addends = [(origin, text) for origin, text in addends if origin != "next step"]
        return f"{style.gradient(style.symbol(cell, name))} = {' + '.join(text for _, text in addends) or '0'}"
    if time.phase == ACCUMULATE:
        return "∂L/∂W = Σₜ ∂L/∂W⁽ᵗ⁾,   t = 1 … T"
    return ""
