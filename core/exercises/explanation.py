"""A fault explained in the symbols of a notation."""

from __future__ import annotations

import re

from core.faults import Fault
from core.notation.base import Notation
from core.notation.equations import Style

# A gradient, or W alone; a gradient of one layer, ∂L/∂h1, stays as the textbooks print it.
_SYMBOL = re.compile("∂L/∂([hsbW])(?![0-9])|Wᵀ|W")


def explain_fault(fault: Fault, notation: Notation) -> tuple[str, str]:
    """The title and the description: ∂L/∂b, db_a; t − 1 as the index that the notation writes; W and Wᵀ as they stand
    in its forward and its backward pass, of which PyTorch transposes the other one."""
    style = Style(False, None, notation)

    def symbol(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return style.factor("W") if found[0] == "W" else style.factor_back("W")
        return style.gradient(style.parameter(name)) if name in "bW" else style.gradient_letter(None, name)

    def written(text: str) -> str:
        return _SYMBOL.sub(symbol, text.replace("_{t−1}", style.index(-1)))

    return written(fault.title), written(fault.description)
