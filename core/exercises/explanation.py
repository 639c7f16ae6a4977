"""A fault explained in the symbols of a notation."""

from __future__ import annotations

import re

from core.faults import Fault
from core.notation.base import Notation
from core.notation.equations import Style

_GRADIENT = re.compile("∂L/∂([hsbW])(?![0-9])")  # one of a layer, ∂L/∂h1, stays as the textbooks print it


def explain_fault(fault: Fault, notation: Notation) -> tuple[str, str]:
    """The title and the description: ∂L/∂b, db_a; t − 1 as the index that the notation writes."""
    style = Style(False, None, notation)

    def gradient(found: re.Match[str]) -> str:
        name = found[1]
        return style.gradient(style.parameter(name)) if name in "bW" else style.gradient_letter(None, name)

    def written(text: str) -> str:
        return _GRADIENT.sub(gradient, text.replace("_{t−1}", style.index(-1)))

    return written(fault.title), written(fault.description)
