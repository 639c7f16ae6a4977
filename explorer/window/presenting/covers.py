"""What lies over a presented window: a black sheet, a picture that stays, and the spot that points."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPixmap, QRadialGradient
from PySide6.QtWidgets import QWidget

from explorer.widgets.passing import make_passing
from explorer.words import translator

_tr = translator("presenting")
SPOT = 1 / 22  # of the window's height: the spot with its glow
SPOT_COLOUR = "#e3001b"  # no colour of the pictures


class Cover(QWidget):
    """Over all of a window. What is below gets no click: `pressed` is called instead."""

    def __init__(self, window: QWidget, pressed: Callable[[], object]) -> None:
        super().__init__(window)
        self._pressed = pressed
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed()


class Black(Cover):
    """Nothing to see: the class looks at the lecturer."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()


class Frozen(Cover):
    """The window as it was when this was made, whatever the session does meanwhile."""

    def __init__(self, window: QWidget, pressed: Callable[[], object]) -> None:
        self._picture: QPixmap = window.grab()
        super().__init__(window, pressed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self.rect(), self._picture)
        self._say(painter)
        painter.end()

    def mark(self) -> QRectF:
        """Where it says that it is no live picture: small, at the lower edge, between the words of the caption."""
        size = max(11.0, self.height() / 60)
        return QRectF(0.42 * self.width() - 5.0 * size, self.height() - 2.4 * size, 10.0 * size, 2.0 * size)

    def _say(self, painter: QPainter) -> None:
        place, font = self.mark(), QFont(self.font())
        font.setPixelSize(round(place.height() / 2.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().window())
        painter.drawRoundedRect(place, place.height() / 4, place.height() / 4)
        painter.setFont(font)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, _tr("frozen · F: live"))


class Spot(QWidget):
    """A soft red dot, as of a laser pointer. It lies over everything and gets no events."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        make_passing(self)
        self.hide()

    def show_at(self, place: QPoint) -> None:
        """Around a point of the window."""
        side = max(24, round(self.window().height() * SPOT)) | 1
        self.setGeometry(place.x() - side // 2, place.y() - side // 2, side, side)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        centre, radius = self.rect().toRectF().center(), self.width() / 2
        light = QRadialGradient(centre, radius)
        for at, alpha in ((0.0, 255), (0.28, 235), (0.42, 120), (1.0, 0)):
            colour = QColor(SPOT_COLOUR)
            colour.setAlpha(alpha)
            light.setColorAt(at, colour)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(light)
        painter.drawEllipse(centre, radius, radius)
        painter.end()
