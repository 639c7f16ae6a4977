"""The norms of one step as a table: every quantity with the size of its value and of its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.fonts import tabular
from explorer.items.numbers import power
from explorer.theme import Theme

_GAP, _INSET = 12.0, 10.0  # px
_LEAST = 3  # lines that are worth showing


@dataclass(frozen=True)
class NormEntry:
    """A quantity's symbol, the norm of its value and of its gradient; None where it is not there yet."""

    symbol: str
    value: float | None
    gradient: float | None


class NormTable(QWidget):
    """In a frame, one group of columns or two; where it is narrow the gradients alone. What does not fit is left out
    from the end: the most important come first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme: Theme | None = None
        self._entries: tuple[NormEntry, ...] = ()
        self._title = self.tr("Norms on this step")
        self._grid = (1, 1, False)  # groups, rows in each, whether values are shown

    def set_theme(self, theme: Theme) -> None:
        """Takes its colours and its size of type."""
        if theme is self._theme:
            return
        self._theme = theme
        self._font = QFont(self.font())
        self._font.setPixelSize(theme.small_px)
        self._font = tabular(self._font)
        self._bold = QFont(self._font)
        self._bold.setBold(True)
        self.update()

    def set_data(self, entries: Sequence[NormEntry]) -> None:
        """The entries of one step, the most important first."""
        found = tuple(entries)
        if found != self._entries:
            self._entries = found
            self.update()

    # --- geometry ---
    @property
    def _line(self) -> float:
        return QFontMetricsF(self._font).height() + 2

    def _widths(self) -> tuple[float, float]:
        """px of the names and of a number."""
        names = [QFontMetricsF(self._font).horizontalAdvance(each.symbol) for each in self._entries]
        return max(names, default=30.0), QFontMetricsF(self._bold).horizontalAdvance("0.00·10⁻⁰⁰")

    def _group(self, values: bool) -> float:
        """px of one group of columns."""
        name, number = self._widths()
        return name + (1 + values) * (number + _GAP)

    def place(self, corners: Sequence[QRectF]) -> None:
        """Goes where most of it fits, in the lower right of one of these corners; hides where none has room."""
        found = [(corner, grid) for corner in corners if (grid := self._fit(corner)) is not None]
        self.setVisible(bool(found))
        if not found:
            return
        corner, self._grid = max(found, key=lambda each: (each[1][0] * each[1][1], each[1][2]))
        groups, rows, values = self._grid
        title = QFontMetricsF(self._bold).horizontalAdvance(self._title)
        wide = max(groups * self._group(values) + (groups - 1) * 2 * _GAP, title) + 2 * _INSET
        high = (rows + 2) * self._line + 2 * _INSET - 6
        self.setGeometry(QRectF(corner.right() - wide, corner.bottom() - high, wide, high).toAlignedRect())

    def _fit(self, corner: QRectF) -> tuple[int, int, bool] | None:
        count = len(self._entries)
        if self._theme is None or not count:
            return None
        room = corner.width() - 2 * _INSET
        rows = min(int((corner.height() - 2 * _INSET + 6) / self._line) - 2, count)
        if rows < min(_LEAST, count) or room < max(self._group(False), 100.0):
            return None
        for groups in (1, 2, 3):
            fits = {values: groups * self._group(values) + (groups - 1) * 2 * _GAP <= room for values in (False, True)}
            if fits[True] and groups * rows >= count:
                return groups, -(-count // groups), True
            if fits[False] and not (fits[True] and groups < 3):
                return groups, min(rows, -(-count // groups)), fits[True]
        return 1, rows, self._group(True) <= room

    # --- painting ---
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None or not self._entries:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        groups, rows, values = self._grid
        line, top = self._line, _INSET - 4
        painter.setFont(self._bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(QRectF(_INSET, top, self.width(), line), Qt.AlignmentFlag.AlignVCenter, self._title)
        for k, entry in enumerate(self._entries[: groups * rows]):
            x = _INSET + k // rows * (self._group(values) + 2 * _GAP)
            if k % rows == 0:
                self._cells(painter, x, top + line, ("", "‖·‖", "‖∂L/∂·‖"), values, heading=True)
            texts = ["–" if value is None else power(value, 3) for value in (entry.value, entry.gradient)]
            self._cells(painter, x, top + (k % rows + 2) * line, (entry.symbol, *texts), values)
        painter.end()

    def _cells(
        self, painter: QPainter, x: float, y: float, texts: Sequence[str], values: bool, heading: bool = False
    ) -> None:
        theme = self._theme
        assert theme is not None
        line, (name, number) = self._line, self._widths()
        painter.setFont(self._font)
        painter.setPen(QColor(theme.ink))
        painter.drawText(QRectF(x, y, name + 1, line), Qt.AlignmentFlag.AlignVCenter, texts[0])
        shown = zip(texts[1:], (theme.forward_text, theme.backward_text), strict=True)
        at = x + name + _GAP
        painter.setFont(self._font if heading else self._bold)
        for text, ink in list(shown)[0 if values else 1 :]:
            painter.setPen(QColor(theme.muted if heading else ink))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(at, y, number, line), right, text)
            at += number + _GAP
