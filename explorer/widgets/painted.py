"""What every widget that paints itself shares: its theme, its small type, its own keys and the outline of the focus.

A subclass gives `paint`, which is called once there is a theme.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from explorer.style.fonts import sized, tabular
from explorer.style.theme import Theme
from explorer.widgets.keys import keeps
from explorer.widgets.zoomed import Zoomed

NO_KEYS: frozenset[Qt.Key] = frozenset()


class SmallType:
    """The theme's small type with digits of one width, plain and bold, and what both measure."""

    def __init__(self, font: QFont, theme: Theme) -> None:
        self.plain = sized(tabular(font), theme.small_px)
        self.bold = sized(self.plain, theme.small_px, bold=True)
        self.metrics, self.bold_metrics = QFontMetricsF(self.plain), QFontMetricsF(self.bold)
        self.width, self.bold_width = self.metrics.horizontalAdvance, self.bold_metrics.horizontalAdvance
        self.height = self.metrics.height()

    def base(self, top: float, height: float) -> float:
        """The base line of plain text in the middle of a line."""
        return top + (height + self.metrics.ascent() - self.metrics.descent()) / 2


def draw_card(painter: QPainter, room: QRectF, theme: Theme, focused: bool = False) -> None:
    """A card that fills a room; its border says whether it has the keyboard's focus."""
    painter.setPen(QPen(QColor(theme.focus if focused else theme.line), 2 if focused else theme.hairline))
    painter.setBrush(QColor(theme.panel))
    inset = 1.5 if focused else 0.5
    painter.drawRoundedRect(room.adjusted(inset, inset, -inset, -inset), 10, 10)


def draw_focus(painter: QPainter, room: QRectF, theme: Theme, radius: float = 0.0) -> None:
    """The outline of what has the keyboard's focus, within a room."""
    painter.setPen(QPen(QColor(theme.focus), 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if radius:
        painter.drawRoundedRect(room.adjusted(1, 1, -1, -1), radius, radius)
    else:
        painter.drawRect(room.adjusted(1, 1, -1, -1))


class Painted(Zoomed):
    """A picture. `own_keys`: the plain keys that it keeps from the window's shortcuts while it has the focus.
    `focus_radius`: px of the corners of the focus's outline; None where it shows its focus itself. `zooms`: it is
    enlarged as a whole, and its geometry is that of `inner_rect`; otherwise its type is larger."""

    own_keys = NO_KEYS
    focus_radius: float | None = None
    zooms = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._type: SmallType

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        if self.zooms:
            self.zoom = theme.zoom
        else:
            theme = theme.enlarged
        self._theme, self._type = theme, SmallType(self.font(), theme)
        self.refit()

    def refit(self) -> None:
        """Another size of type or other contents: the room that it needs is worked out again."""
        self.updateGeometry()
        self.update()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Draws it."""
        raise NotImplementedError

    # --- Qt ---
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is not None:
            with QPainter(self) as painter:
                painter.scale(self.zoom, self.zoom)
                self.paint(painter, self._theme)
                if self.focus_radius is not None and self.hasFocus():
                    draw_focus(painter, self.inner_rect(), self._theme, self.focus_radius)

    def event(self, event: QEvent) -> bool:
        return keeps(event, self.own_keys) or super().event(event)


class PaintedFlow(Painted):
    """A picture as wide as its room, and as tall as what flows in it needs."""

    usual_width = 240  # px

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def arrange(self, theme: Theme, room: float) -> float:
        """Finds the place of everything in a room of that many px; returns the height that it needs."""
        raise NotImplementedError

    def refit(self) -> None:
        """Everything is placed again."""
        if self._theme is None:
            return
        wanted = max(1, round(self.arrange(self._theme, self.inner_rect().width()) * self.zoom))
        if wanted != self.minimumHeight():
            self.setFixedHeight(wanted)
        self.update()

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.refit()

    def sizeHint(self) -> QSize:
        return QSize(self.usual_width, max(self.height(), 1))


class PaintedArea(QAbstractScrollArea):
    """A picture of which some is in sight; it is drawn on the viewport."""

    own_keys = NO_KEYS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Draws what is in sight."""
        raise NotImplementedError

    # --- Qt ---
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is not None:
            with QPainter(self.viewport()) as painter:
                self.paint(painter, self._theme)

    def event(self, event: QEvent) -> bool:
        return keeps(event, self.own_keys) or super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


class PaintedTable(PaintedArea):
    """Lines of small type: as tall as they are, up to a number of them; more of them scroll."""

    LINE = 1.4  # a line's height, in heights of the type

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._type: SmallType
        self._line = 0.0  # px
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        theme = theme.enlarged
        self._theme, self._type = theme, SmallType(self.font(), theme)
        self._line = float(round(self._type.height * self.LINE))
        self.refit()

    def refit(self) -> None:
        """Another size of type or other contents: the height is worked out again."""
        raise NotImplementedError

    def scroll_over(self, lines: int, most: int) -> None:
        """The vertical bar runs over `lines`, of which at most `most` are in sight."""
        bar, shown = self.verticalScrollBar(), min(lines, most)
        bar.setRange(0, lines - shown)
        bar.setPageStep(max(shown, 1))

    def show_bar(self, needed: bool) -> None:
        """The vertical bar's room is kept, or not."""
        on, off = Qt.ScrollBarPolicy.ScrollBarAlwaysOn, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(on if needed else off)

    # --- Qt ---
    def wheelEvent(self, event: QWheelEvent) -> None:
        """With nothing of its own to scroll the wheel is the surrounding panel's."""
        if self.verticalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.minimumHeight())
