"""The inspector's heading: a symbol and what it is, painted, since it changes with every beat."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.style.fonts import sized
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow

GAP = 10.0
LEGIBLE = 0.6  # of a title that is cut; less of it says nothing


class Heading(PaintedFlow):
    """The symbol in bold, smaller where it is long; beside it the longest of its titles that fits on the line, the
    shortest cut where none does. The mouse and a screen reader have the longest."""

    usual_width = 160
    _symbol, _titles = "", ("",)
    _symbol_drawn = _title_drawn = ""

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        theme = theme.enlarged
        self._large, self._font = sized(self.font(), theme.title_px, bold=True), sized(self.font(), theme.font_px)
        self._close = sized(self.font(), theme.font_px, bold=True)
        self._bold = self._large
        self._first = QPointF(0.0, QFontMetricsF(self._bold).ascent() + 4)
        super().set_theme(theme)

    def set_heading(self, symbol: str, titles: tuple[str, ...]) -> None:
        """Titles of the same meaning, longest first."""
        if (symbol, titles) != (self._symbol, self._titles):
            self._symbol, self._titles = symbol, titles
            self.setAccessibleName(self.text())
            self.refit()

    def text(self) -> str:
        """All of it."""
        return f"{self._symbol} {self._titles[0]}"

    def drawn(self) -> str:
        """What there is room for."""
        return f"{self._symbol_drawn} {self._title_drawn}".rstrip()

    def arrange(self, theme: Theme, room: float) -> float:
        fits_large = QFontMetricsF(self._large).horizontalAdvance(self._symbol) <= room
        self._bold = self._large if fits_large else self._close
        bold, plain = QFontMetricsF(self._bold), QFontMetricsF(self._font)
        cut = Qt.TextElideMode.ElideRight
        self._symbol_drawn = bold.elidedText(self._symbol, Qt.TextElideMode.ElideMiddle, room)  # its entry stays
        self._x = bold.horizontalAdvance(self._symbol_drawn) + GAP
        left = room - self._x
        fits = next((title for title in self._titles if plain.horizontalAdvance(title) <= left), None)
        self._title_drawn = plain.elidedText(self._titles[-1], cut, max(left, 0.0)) if fits is None else fits
        if fits is None and len(self._title_drawn) <= len(self._titles[-1]) * LEGIBLE:
            self._title_drawn = ""
        self.setToolTip("" if self.drawn() == self.text() else self.text())
        return self._first.y() + QFontMetricsF(self._large).descent() + 4

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(self._first, self._symbol_drawn)
        painter.setFont(self._font)
        painter.drawText(QPointF(self._x, self._first.y()), self._title_drawn)
