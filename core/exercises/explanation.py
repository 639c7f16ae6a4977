"""A fault explained in the symbols of a notation."""

from __future__ import annotations

import re
from typing import NamedTuple

from core.faults import Fault
from core.notation.base import Notation
from core.notation.equations import Style
from core.sentence import Sentence

# A gradient, or W alone; a gradient of one layer, ∂L/∂h1, stays as the textbooks print it.
_SYMBOL = re.compile("∂L/∂([hsbW])(?![0-9])|Wᵀ|W|_{t−1}")
_NAMES = {"W": "W", "Wᵀ": "W_back", "_{t−1}": "before"}  # of what is no gradient, as a placeholder


class Explanation(NamedTuple):
    """`clause`: the description as a part of a sentence."""

    title: Sentence
    description: Sentence
    clause: Sentence


def explain_fault(fault: Fault, notation: Notation) -> Explanation:
    """The title and the description: ∂L/∂b, db_a; t − 1 as the index that the notation writes; W and Wᵀ as they stand
    in its forward and its backward pass, of which PyTorch transposes the other one."""
    style = Style(False, None, notation)

    symbols = {"W": style.factor("W"), "W_back": style.factor_back("W"), "before": style.index(-1)}
    symbols |= {f"d{name}": style.gradient(style.parameter(name)) for name in "bW"}
    symbols |= {f"d{name}": style.gradient_letter(None, name) for name in "hs"}
    title, description, clause = templates(fault)
    return Explanation(*(Sentence(each, **symbols) for each in (title, description, clause)))


def templates(fault: Fault) -> tuple[str, str, str]:
    """Its title, its description and that as a clause, with {placeholders} for the symbols."""
    title, description = (_SYMBOL.sub(_placeholder, text) for text in (fault.title, fault.description))
    clause = description.rstrip(".")
    return title, description, clause[0].lower() + clause[1:]


def _placeholder(found: re.Match[str]) -> str:
    return f"{{{_NAMES.get(found[0]) or f'd{found[1]}'}}}"
