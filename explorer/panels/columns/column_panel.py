"""What the norms and the contributions have in common: a card that its picture fills, in the session's columns, with
the playhead's band from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
)
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from core.timeline.timeline import FORWARD
from explorer.items.plots.playhead import band, draw_band
from explorer.items.plots.readout import draw_readout
from explorer.panels.base import Listening, Panel
from explorer.panels.columns.mouse import ColumnMouse
from explorer.panels.columns.steps import step_places
from explorer.session.session import Session
from explorer.style.fonts import sized, tabular
from explorer.widgets.accessible import AccessibleItems
from explorer.widgets.card import Card
from explorer.widgets.keys import keeps
from explorer.widgets.painted import draw_focus

_BOTTOM = 10


class Canvas(QWidget):
    """Lies beneath the card's header and fills the card, so that the band runs through it from edge to edge."""

    def __init__(self, panel: ColumnPanel, card: Card) -> None:
        super().__init__(card)
        self._panel = panel
        self.modifiers = Qt.KeyboardModifier.NoModifier  # of the last press
        self.accessible_items: AccessibleItems | None = None  # its parts for a screen reader
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lower()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._panel.session is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.save()
            painter.scale(self._panel.zoom, self._panel.zoom)
            self._panel.paint(painter)
            if self._panel.presented and self._panel.names_steps:
                self._panel.draw_steps(painter)
            painter.restore()
            if self.hasFocus() and not self._panel.presented:  # alone, it says nothing
                draw_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), self._panel.session.theme, 8.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.modifiers = event.modifiers()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._panel.hover(self._panel.inner(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._panel.hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self._panel.menu()
        if menu is not None and not menu.isEmpty():
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        # The type first: a canvas that is being destroyed still gets events, and has no attributes any more.
        if event.type() == QEvent.Type.ShortcutOverride and keeps(event, self._panel.own_keys()):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._panel.key(Qt.Key(event.key())):
            super().keyPressEvent(event)


class ColumnPanel(Panel):
    """A card with a canvas. Subclasses give `paint`, and as they need them `hover`, `click`, `key` and `menu`."""

    names_steps = True  # whether its columns are the chain's, so that their numbers stand below it where it is alone

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = Card(title)
        self.card.content.addStretch(1)
        self.canvas = Canvas(self, self.card)
        self._mouse = ColumnMouse(self.canvas, self.inner, lambda: self.session and self.session.columns, self.click)
        self._drawn: tuple[int, ...] = (0,)  # `now` as it was painted last
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self.setMinimumSize(320, 110)
        self.card.installEventFilter(self)
        self.setFocusProxy(self.canvas)

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.columns.changed, self.stale

    def bind(self, session: Session) -> None:
        super().bind(session)
        for label in self.card.findChildren(QLabel):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    # --- for subclasses ----------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        """Draws the canvas."""

    def now(self) -> tuple[int, ...]:
        """What of the picture follows the playhead, the live step first."""
        return (self.live,)

    def show_time(self, position: float) -> None:
        now = self.now()
        if now != self._drawn:
            self.update_for_band(self._drawn[0], now[0])

    def hover(self, place: QPointF | None) -> None:
        """The mouse is there, or has left."""

    def click(self, place: QPointF) -> None:
        """A press and release at one place."""

    def own_keys(self) -> frozenset[Qt.Key]:
        """The plain keys that `key` has a use for at this moment; they are kept from the window's shortcuts."""
        return frozenset()

    def key(self, key: Qt.Key) -> bool:
        """A plain key while the canvas has the focus; True where it was for this panel."""
        return False

    def menu(self) -> QMenu | None:
        """What the context menu offers."""
        return None

    def forget_picture(self) -> None:
        """What has been painted in advance holds no longer: the columns, the card's size or what is shown is new."""

    def fit_header(self) -> None:
        """The header has another width, or says something else."""

    def stale(self) -> None:
        """Paints anew."""
        self.forget_picture()
        self.canvas.update()

    # --- geometry ----------------------------------------------------------------------------------------------------
    @property
    def wide(self) -> float:
        """px of the card's width."""
        return self.card.width() / self.zoom

    @property
    def high(self) -> float:
        """px of the card's height."""
        return self.card.height() / self.zoom

    def picture_size(self) -> QSize:
        """Of what is painted once and then shown in part."""
        return QSize(max(math.ceil(self.wide), 60), math.ceil(self.high))

    @property
    def plot(self) -> QRectF:
        """px of the picture between the margins: below the header, between the columns' margins."""
        columns = self.session.columns
        top = self.card.header.geometry().bottom() / self.zoom + 7
        return QRectF(columns.LEFT, top, columns.room, max(self.high - _BOTTOM - self._steps_height - top, 20))

    @property
    def _steps_height(self) -> float:
        """px of the steps' numbers below the plot: alone on the screen it has no chain above it."""
        return QFontMetricsF(self.small_font()).height() + 2 if self.presented and self.names_steps else 0.0

    @property
    def steps_rect(self) -> QRectF:
        """The part of `plot` that has columns."""
        steps = self.plot
        steps.setRight(min(self.session.columns.right, steps.right()))
        return steps

    @property
    def live(self) -> int:
        """The step under the playhead, 0 where it has none."""
        return self.session.time.t

    def band(self, t: int) -> QRectF:
        """The band over step t, within the card's border and the plot's margins; empty where t is not in sight."""
        columns = self.session.columns
        place = band(columns.x(t), columns.column, 1.0, self.high - 1.0)
        left, right = max(place.left(), columns.LEFT - 4), min(place.right(), columns.width - columns.RIGHT + 4)
        if t < 1 or right <= left:
            return QRectF()
        return QRectF(left, place.top(), right - left, place.height())

    def update_for_band(self, *steps: int) -> None:
        """Repaints the plot, and the header only where a band was or will be."""
        below = QRectF(0, self.plot.top() - 1, self.wide, self.high)
        region = QRegion(self.outer(below).adjusted(0, -1, 0, 1))
        for t in steps:
            if t:
                region |= QRegion(self.outer(self.band(t).adjusted(-2, -1, 2, 1)))
        self.canvas.update(region)

    # --- painting ----------------------------------------------------------------------------------------------------
    def draw_steps(self, painter: QPainter) -> None:
        """The steps' numbers, those that there is room for."""
        font, theme = self.small_font(), self.session.theme
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        for place, text in step_places(self.session, QFontMetricsF(font), self.plot.bottom() + 4):
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def draw_playhead(self, painter: QPainter) -> None:
        """The band over the live step."""
        place = self.band(self.live)
        if not place.isEmpty():
            draw_band(painter, place, self.session.theme, self.session.time.phase == FORWARD)

    def draw_absence(self, painter: QPainter, text: str) -> None:
        """Why there is no picture."""
        painter.setPen(QColor(self.session.theme.muted))
        painter.setFont(self.small_font())
        painter.drawText(self.plot, Qt.AlignmentFlag.AlignCenter, text)

    def draw_readout(self, painter: QPainter, at: QPointF, heading: str, rows: Sequence[tuple[str, str, str]]) -> None:
        """What is read off beside a point: (name, value, colour) each, within the card."""
        room = QRectF(4, 4, self.wide - 8, self.high - 8)
        draw_readout(painter, at, heading, rows, self.small_font(), room, self.session.theme)

    def draw_line(self, painter: QPainter, x: float, plot: QRectF) -> None:
        """The line of the column that is read off, on one column of pixels."""
        painter.setPen(QPen(QColor(self.session.theme.muted), 1.0))
        whole = round(x - 0.5) + 0.5
        painter.drawLine(QPointF(whole, plot.top()), QPointF(whole, plot.bottom()))

    def small_font(self) -> QFont:
        """The theme's small size, with digits of one width."""
        return sized(tabular(self.font()), self.session.theme.small_px)

    def eventFilter(self, watched, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.card:
            self.canvas.setGeometry(self.card.rect())
            self.resized()
        return False

    def resized(self) -> None:
        """The card has another size."""
        if self.session is not None:
            self.fit_header()
        self.stale()


class CellsPanel(ColumnPanel):
    """One whose picture has cells: the cell under the mouse is read off, a click selects it. Subclasses give `_hit` and
    `_select`."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._at: tuple[int, int] | None = None  # the cell that is read off, (row, column) as `_hit` counts them

    def _hit(self, place: QPointF | None) -> tuple[int, int] | None:
        """The visible cell under a point."""
        raise NotImplementedError

    def _select(self, row: int, column: int) -> None:
        """Selects what a cell stands for."""
        raise NotImplementedError

    def hover(self, place: QPointF | None) -> None:
        hit = self._hit(place)
        if hit != self._at:
            self._at = hit
            self.canvas.update()

    def click(self, place: QPointF) -> None:
        hit = self._hit(place)
        if hit is not None:
            self._select(*hit)
