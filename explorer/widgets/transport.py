"""The round buttons of a player: play, step, jump, loop, and one that bears a text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolButton, QWidget

from explorer.style.theme import Theme


class TransportButton(QToolButton):
    """A round control whose sign is painted, so that no icon font is needed."""

    def __init__(self, kind: str, title: str, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind, self.phase = kind, ""
        self._theme: Theme | None = None
        self.setToolTip(f"{title}  ({key})")
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRaise(True)
        self.setProperty("transport", True)

    def set_theme(self, theme: Theme) -> None:
        if theme.enlarged == self._theme:  # it is told with every change
            return
        theme = self._theme = theme.enlarged
        size = round(theme.font_px * (3.1 if self.kind in ("play", "pause") else 2.3))
        self.setFixedSize(QSize(round(theme.font_px * 3.4) if self.kind == "text" else size, size))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
            main = self.kind in ("play", "pause")
            if main:
                forward = self.phase in ("", "start", "forward")
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.forward if forward else theme.backward))
                painter.drawEllipse(box)
                painter.setBrush(QColor(theme.on_forward if forward else theme.on_backward))
            elif self.underMouse() or self.isDown() or self.isChecked():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.trough))
                painter.drawRoundedRect(box, 6, 6)
            if not main:
                painter.setBrush(QColor(theme.forward_text if self.isChecked() else theme.ink))
            painter.setPen(Qt.PenStyle.NoPen)
            self._sign(painter, box.center(), theme.font_px * (0.5 if main else 0.42))
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.ink if main else theme.focus), 2))
                painter.drawEllipse(box) if main else painter.drawRoundedRect(box, 6, 6)

    def _sign(self, painter: QPainter, centre: QPointF, size: float) -> None:
        x, y = centre.x(), centre.y()

        def triangle(at: float, way: float) -> None:
            points = [(at - way * 0.75 * size, y - size), (at - way * 0.75 * size, y + size), (at + way * size, y)]
            painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

        match self.kind:
            case "play":
                triangle(x + size * 0.12, 1)
            case "pause":
                for left in (x - 0.75 * size, x + 0.2 * size):
                    painter.drawRoundedRect(QRectF(left, y - size, 0.55 * size, 2 * size), 1, 1)
            case "back":
                triangle(x, -1)
            case "on":
                triangle(x, 1)
            case "start":
                triangle(x + 0.3 * size, -1)
                painter.drawRect(QRectF(x - 1.2 * size, y - size, 0.4 * size, 2 * size))
            case "end":
                triangle(x - 0.3 * size, 1)
                painter.drawRect(QRectF(x + 0.8 * size, y - size, 0.4 * size, 2 * size))
            case "loop":
                self._loop(painter, centre, size)
            case "text":
                painter.setPen(painter.brush().color())
                painter.setFont(self.font())
                painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.text())

    def _loop(self, painter: QPainter, centre: QPointF, size: float) -> None:
        colour = painter.brush().color()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.8))
        ring = QRectF(centre.x() - size, centre.y() - size, 2 * size, 2 * size)
        path = QPainterPath()
        path.arcMoveTo(ring, 60)
        path.arcTo(ring, 60, 300)
        painter.drawPath(path)
        tip = path.currentPosition()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        corners = ((0.1, 0.55 * size), (-0.7 * size, -0.1), (0.5 * size, -0.4 * size))
        painter.drawPolygon(QPolygonF([tip + QPointF(*corner) for corner in corners]))
