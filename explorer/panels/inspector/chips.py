"""Chips: every record of a step, grouped by the rows of the chain; one of them selected."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.style.theme import Theme
from explorer.widgets.keys import ARROWS
from explorer.widgets.painted import PaintedFlow, draw_focus

GAP, GROUP = 3.0, 9.0


class Chips(PaintedFlow):
    """Painted chips that flow over as many lines as they need. Click, or ← → (↑ ↓) with the keyboard, chooses one."""

    chosen = Signal(str)
    own_keys = ARROWS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[tuple[tuple[str, str], ...], ...] = ()
        self._current, self._own = "", ()
        self._boxes: dict[str, QRectF] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("quantities of this step"))

    def set_chips(self, groups: tuple[tuple[tuple[str, str], ...], ...], current: str, own: tuple[str, ...]) -> None:
        """groups: (name, label) of every record, row by row; `own`: those of the selected node."""
        if (groups, current, own) == (self._groups, self._current, self._own):
            return
        again = groups != self._groups
        self._groups, self._current, self._own = groups, current, own
        if again:
            self.refit()
        label = dict(pair for group in groups for pair in group).get(current, "")
        self.setAccessibleDescription(self.tr("{label} is selected; arrow keys choose another.").format(label=label))
        self.update()

    def box(self, name: str) -> QRectF:
        """Where a chip is. Raises KeyError."""
        return QRectF(self._boxes[name])

    def names(self) -> list[str]:
        return list(self._boxes)

    def arrange(self, theme: Theme, room: float) -> float:
        x, y = 0.0, 1.0
        height = round(self._type.height * 1.35)
        self._boxes = {}
        for group in self._groups:
            for name, label in group:
                width = max(height, self._type.width(label) + 0.7 * height)
                if x and x + width > room - 1:
                    x, y = 0.0, y + height + GAP
                self._boxes[name] = QRectF(x + 0.5, y, width, height)
                x += width + GAP
            x += GROUP - GAP
        return y + height + 2

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._type.plain)
        for name, label in (pair for group in self._groups for pair in group):
            box, current, own = self._boxes[name], name == self._current, name in self._own
            painter.setPen(QPen(QColor(theme.ink if current else theme.line), theme.hairline))
            painter.setBrush(QColor(theme.selection if current else theme.trough if own else theme.panel))
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(QColor(theme.ink if own or current else theme.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
            if current and self.hasFocus():
                draw_focus(painter, box, theme, 5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        names = self.names()
        if by is None or not names:
            event.ignore()
            return
        place = names.index(self._current) + by if self._current in names else 0
        self.chosen.emit(names[min(max(place, 0), len(names) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for name, box in self._boxes.items():
            if box.contains(event.position()) and event.button() == Qt.MouseButton.LeftButton:
                self.chosen.emit(name)
                return
