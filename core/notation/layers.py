"""How a book tells the layers of a network apart: by a raised number, an attribute's name, or one behind the letter.

A key is "2" for layer 2 and "1r" for the reverse chain of layer 1; a pattern has @ where the step's index stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_RAISED_KEY = str.maketrans("0123456789r", "⁰¹²³⁴⁵⁶⁷⁸⁹ʳ")
_BASE = r"(?:\\[A-Za-z]+(?:\{(?:[^{}]|\{[^{}]*\})*\})?|\{(?:[^{}]|\{[^{}]*\})*\}|[A-Za-z])"
# A symbol before its index: a letter with what belongs to it, and a letter above it.
_STEM = re.compile(rf"({_BASE}(?:_\{{[^{{}}]*\}})?)(?:\^\{{([^{{}}]*)\}})?@")
# The letter itself, with its accent, before what stands below or above it.
_LETTER = {
    True: re.compile(rf"(?<![\^_])({_BASE})(?=(?:_\{{[^{{}}]*\}})?(?:\^\{{[^{{}}]*\}})?@)"),
    False: re.compile("([A-Za-zα-ω][\u0300-\u036f]?)(?=(?:_[a-z]|[ᵃᶜᶠᵍʰⁱⁿᵒᵖʳᵘˣʸᶻ])?@)"),
}


@dataclass(frozen=True)
class Layers:
    """A raised number before the step's index: s⁽²⁾ₜ, W⁽²⁾. Books that have no layers are written in this way."""

    states_read: bool = False  # what a layer reads has the symbol of the states that it is, s1, and not one of its own

    def quantity(self, pattern: str, key: str, tex: bool, raised_index: bool) -> str:
        """The pattern with the layer's key; `raised_index`: the step's index is raised, too."""
        if not tex:
            return pattern.replace("@", f"⁽{key.translate(_RAISED_KEY)}⁾@")
        above = f"({key})"

        def put(found: re.Match[str]) -> str:
            stem, letter = found[1], found[2]
            marked = f"{stem}^{{{letter}{above}}}" if letter else f"{stem}^{{{above}}}"
            return f"{{{marked}}}@" if raised_index else f"{marked}@"

        return _STEM.sub(put, pattern)

    def parameter(self, symbol: str, key: str, tex: bool, raised_index: bool) -> str:
        """A parameter's symbol with the layer's key."""
        return self.quantity(f"{symbol}@", key, tex, raised_index).removesuffix("@")

    def together(self, letters: tuple[str, ...], key: str) -> str:
        """The letters of a row that shows several quantities, as plain text: "i f g o⁽²⁾"."""
        return self.parameter(" ".join(letters), key, False, False)


@dataclass(frozen=True)
class AttributeNumbers(Layers):
    """Parameters whose names end in one of `names` are attributes, numbered from 0: weight_ih_l1, weight_ih_l0_reverse;
    the rest as usual."""

    names: tuple[str, ...] = ()

    def parameter(self, symbol: str, key: str, tex: bool, raised_index: bool) -> str:
        if not symbol.strip("}").endswith(self.names):
            return super().parameter(symbol, key, tex, raised_index)
        name = f"_l{int(key.rstrip('r')) - 1}{'_reverse' if key.endswith('r') else ''}"
        return f"{symbol[:-1]}{name.replace('_', chr(92) + '_')}}}" if tex else symbol + name


@dataclass(frozen=True)
class BehindTheLetter(Layers):
    """The number stands behind the letter: h1, s1, W1. `above`: parameters that have no number in layer 1, and another
    letter from layer 2 on, with a number from layer 3 on: U, Q, Q3."""

    above: Mapping[str, str] = field(default_factory=dict)

    def quantity(self, pattern: str, key: str, tex: bool, raised_index: bool) -> str:
        number = key.replace("r", r"\mathrm{r}") if tex else key
        return _LETTER[tex].sub(lambda found: found[1] + number, pattern)

    def parameter(self, symbol: str, key: str, tex: bool, raised_index: bool) -> str:
        letter = symbol[:1]
        if letter not in self.above:
            return super().parameter(symbol, key, tex, raised_index)
        first = key.rstrip("r") == "1"
        symbol = symbol if first else self.above[letter] + symbol[1:]
        return symbol if key in ("1", "2") else super().parameter(symbol, key, tex, raised_index)

    def together(self, letters: tuple[str, ...], key: str) -> str:
        return " ".join(self.parameter(letter, key, False, False) for letter in letters)
