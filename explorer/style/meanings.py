"""MEANINGS: the visible list of what a colour says in the pictures, each with the mark that says so without colour.

Two meanings with the same mark are told apart by their colours alone, in every theme and by colour-blind eyes; two that
have different marks may come near. A test computes both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QColor

from explorer.style.colours import share_colours, sign_ink
from explorer.style.theme import Theme

FIELD = "a field of a strip, a map or a table"
HATCHED = "a field with slanted strokes"
RING, DOT, CROSS, PLUS, MINUS = "a ring", "a dot", "a cross", "a + that fills it", "a −"
ARROW, DASHES = "a line with a head", "a dashed line with a head"
CURVE, SHARE, OUTLINE = "a curve with full dots", "a part of a bar", "an outline"
# The dots of the pinned runs' curves, in the order of their colours.
DOTS = ("ring", "square", "diamond", "triangle", "cross")


@dataclass(frozen=True)
class Meaning:
    """`mark`: how it is drawn. `ink`: the colour of a mark that stands on the colour; None where the shape itself is
    what has to stand out from the card."""

    name: str
    colour: Callable[[Theme], str]
    mark: str
    ink: Callable[[Theme], str] | None = None


def _special(name: str, colour: Callable[[Theme], str], mark: str) -> Meaning:
    return Meaning(name, colour, mark, lambda theme: sign_ink(QColor(colour(theme)).rgb()).name())


def _pinned(number: int, dot: str) -> Meaning:
    return Meaning(f"pinned run {number + 1}", lambda theme: theme.pinned[number], f"a curve with dots, each a {dot}")


MEANINGS: tuple[Meaning, ...] = (
    Meaning("value below 0", lambda theme: theme.value_low, FIELD),
    Meaning("value above 0", lambda theme: theme.value_high, FIELD),
    Meaning("gradient, some", lambda theme: theme.gradient[1], FIELD),
    Meaning("gradient, much", lambda theme: theme.gradient[2], FIELD),
    Meaning("gate open", lambda theme: theme.level_high, FIELD),
    Meaning("just above 1", lambda theme: theme.growth[0], HATCHED),
    Meaning("far above 1", lambda theme: theme.growth[1], HATCHED),
    Meaning("exactly 0", lambda theme: theme.zero, RING, lambda theme: theme.muted),
    _special("underflow", lambda theme: theme.underflow, DOT),
    _special("not a number", lambda theme: theme.nan, CROSS),
    _special("+∞", lambda theme: theme.plus_inf, PLUS),
    _special("−∞", lambda theme: theme.minus_inf, MINUS),
    Meaning("value in the forward pass", lambda theme: theme.forward, ARROW),
    Meaning("gradient in the backward pass", lambda theme: theme.backward, ARROW),
    Meaning("an edge whose gradient is 0", lambda theme: theme.node_outline, DASHES),
    Meaning("this run", lambda theme: theme.backward, CURVE),
    *(_pinned(number, dot) for number, dot in enumerate(DOTS)),
    Meaning("first share", lambda theme: share_colours(theme)[0], SHARE),
    Meaning("second share", lambda theme: share_colours(theme)[1], SHARE),
    Meaning("third share", lambda theme: share_colours(theme)[2], SHARE, lambda theme: theme.backward_text),
    Meaning("fixed point", lambda theme: theme.ink, "a disc: full, half full or empty"),
    Meaning("selected", lambda theme: theme.ink, OUTLINE),
    Meaning("has the keyboard", lambda theme: theme.focus, OUTLINE),
)
