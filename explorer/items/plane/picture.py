"""The plane as a widget: steps are read off under the mouse or by ↑ ↓, a click or Return selects one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.pixmaps import painted
from explorer.items.plane.layout import PlaneLayout
from explorer.items.plane.model import Plane
from explorer.items.plane.painter import LIVE, PlanePainter
from explorer.items.plots.readout import Row, draw_readout
from explorer.style.theme import Theme
from explorer.widgets.accessible import AccessibleItems
from explorer.widgets.painted import Painted

_KEYS = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape))
_NEAR = 12.0  # px


class PlanePicture(Painted):
    """Arrays in, pixels out. `read`: the heading and the rows of a step's readout, `says`: the same in words; both get
    the step from 0, in the order of processing."""

    chosen = Signal(int)  # a step, from 0, in the order of processing
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane: Plane | None = None
        self.read: Callable[[int], tuple[str, Sequence[Row]]] = lambda k: ("", ())
        self.says: Callable[[int], str] = lambda k: ""
        self.accessible_items: AccessibleItems | None = None  # its steps for a screen reader
        self.grounds = 0  # how often what stands still was painted; tests count them
        self._time: tuple[int, int, int | None, bool] = (0, 0, None, False)
        self._selected: int | None = None
        self.at: int | None = None  # the step that is read off
        self._painter: PlanePainter | None = None
        self._ground: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_plane(self, plane: Plane | None) -> None:
        """Another plane, or another step's field on it."""
        self.plane = plane
        if plane is None or (self.at is not None and self.at >= plane.steps):
            self.at = None
        self.refit()

    def set_time(self, done: int, back: int, live: int | None, backward: bool) -> None:
        """The first `done` steps forward and the last `back` ones backward; `live`: the step under the playhead, −1
        for the start."""
        now = done, back, live, backward
        if now != self._time:
            self._time = now
            self.update()

    def set_selected(self, step: int | None) -> None:
        """The step that is outlined."""
        if step != self._selected:
            self._selected = step
            self.update()

    @property
    def time(self) -> tuple[int, int, int | None, bool]:
        return self._time

    def refit(self) -> None:
        self._painter = self._ground = None
        self.update()

    # --- geometry ---
    @property
    def painter(self) -> PlanePainter | None:
        """What draws it, in its place."""
        if self._painter is None and self.plane is not None and self._theme is not None:
            room = self.inner_rect().adjusted(2, 2, -4, -2)
            self._painter = PlanePainter(PlaneLayout(self.plane, room, self._type.metrics), self._type, self._theme)
        return self._painter

    def step_at(self, place: QPointF) -> int | None:
        """The step nearest to a place that the forward pass has reached, if one is near; of several the latest."""
        painter, best, found = self.painter, _NEAR, None
        if painter is None or not painter.layout.square.adjusted(-4, -4, 4, 4).contains(place):
            return None
        for k, spot in enumerate(painter.spots[: self._time[0]]):
            if spot is not None:
                far = math.hypot(spot.x() - place.x(), spot.y() - place.y())
                if far <= best:
                    best, found = far, k
        return found

    def sizeHint(self) -> QSize:
        return QSize(round(240 * self.zoom), round(420 * self.zoom))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(180 * self.zoom), round(160 * self.zoom))

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        how = self.painter
        if how is None:
            return
        if self._ground is None or self._ground.devicePixelRatio() != self.ratio():
            self.grounds += 1

            def draw(over: QPainter) -> None:
                over.setRenderHint(QPainter.RenderHint.Antialiasing)
                how.draw_ground(over)

            self._ground = painted(self.inner_size(), self.ratio(), draw)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._ground)
        how.draw_time(painter, *self._time)
        self._outline(painter, how, self._selected, theme.selected)
        spot = self._outline(painter, how, self.at, theme.curve)
        if self.at is not None and spot is not None:
            heading, rows = self.read(self.at)
            draw_readout(painter, spot, heading, rows, self._type.plain, self.inner_rect(), theme)

    def _outline(self, painter: QPainter, how: PlanePainter, step: int | None, width: float) -> QPointF | None:
        """A ring around a step that is there; returns its place."""
        spot = how.spots[step] if step is not None and step < self._time[0] else None
        if spot is None or not how.layout.square.contains(spot):
            return None
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(how.theme.ink), width))
        painter.drawEllipse(spot, LIVE + 2.5, LIVE + 2.5)
        return spot

    # --- mouse and keys ---
    def _look(self, step: int | None) -> None:
        if step != self.at:
            self.at = step
            if step is not None:
                self.setAccessibleDescription(self.says(step))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._look(self.step_at(self.inner(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        self._look(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(self.inner(event.position()))
        if step is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(step)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, done = Qt.Key(event.key()), self._time[0]
        if key not in _KEYS or not done:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            if self.at is None:
                event.ignore()
            self._look(None)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = 1 if key == Qt.Key.Key_Up else -1
            here = self._time[2] if self.at is None else self.at + by
            self._look(min(max(here or 0, 0), done - 1))
        elif self.at is not None:
            self.chosen.emit(self.at)

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refit()
