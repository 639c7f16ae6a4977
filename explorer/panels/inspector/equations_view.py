"""Equations that flow over several lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from core.arithmetic.lines import Equation, split_sum
from explorer.style.formula import equation_in_language
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow
from explorer.widgets.typeset import Key, Measured, TypesetLater, in_lines
from explorer.words import clauses


def pieces(tex: str) -> list[str]:
    """An equation cut before each "+" and "−" of its right side, where a line may break."""
    left, equals, right = tex.partition(" = ")
    signed = []
    for addend in split_sum(right if equals else left):
        added, *taken = split_sum(addend, " - ")
        signed += [f"{{}} + {added}", *(f"{{}} - {each}" for each in taken)]
    first = signed[0].removeprefix("{} + ")
    return [f"{left} = {first}" if equals else first, *signed[1:]]


class EquationsView(TypesetLater, PaintedFlow):
    """Equations below each other. `warm` gives further ones, which are typeset in advance, one at a time, when idle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._equations: tuple[Equation, ...] = ()
        self._warm: Callable[[], tuple[Equation, ...]] = tuple
        self._placed: list[tuple[QPointF, Measured]] = []

    def set_equations(self, equations: tuple[Equation, ...], warm: Callable[[], tuple[Equation, ...]] = tuple) -> None:
        self._warm = warm
        same = [each.tex for each in equations] == [each.tex for each in self._equations]
        if equations != self._equations:
            self._equations = equations
            self.setAccessibleName(clauses(equation_in_language(each.text, each.tex) for each in equations))
        if not same:
            self.refit()
            self.begin()

    def wanted(self) -> list[Key]:
        return self._keys(self._equations)

    def coming(self) -> list[Key]:
        return self._keys(self._warm())

    def _keys(self, equations: Iterable[Equation]) -> list[Key]:
        theme = self._theme
        return [] if theme is None else [
            (piece, theme.backward_text if each.backward else theme.forward_text)
            for each in equations for piece in pieces(each.tex)
        ]  # fmt: skip

    def arrange(self, theme: Theme, room: float) -> float:
        y, self._placed = 0.0, []
        for equation in self._equations:
            found = self.measured(self._keys([equation]), room)
            for line in in_lines([each.width for each in found], room, 1.0):
                above, below = max(found[k].above for _, k in line), max(found[k].below for _, k in line)
                self._placed += [(QPointF(x, y + above - found[k].above), found[k]) for x, k in line]
                y += above + below + 3
            y += 4
        return y

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, each in self._placed:
            self.draw(painter, place, each, each.scale)
