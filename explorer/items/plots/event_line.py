"""Events on a line of years: each has a stem from its year up to its name; a long time without one is cut short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

LONG, SHORT = 12, 3  # years without an event that are cut short, and how many they are drawn as
STEP = 0.25  # px of a year, in which its width is looked for
SIDE, AFTER = 14.0, 6.0  # px at the sides; px between a stem and its name

_ENTER = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
_MOVES = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End))


@dataclass(frozen=True)
class Placed:
    """Where an event stands: x of its stem, and the room of its name."""

    x: float
    room: QRectF


def spread(years: Sequence[int]) -> list[float]:
    """Where each year lies, in years from the first one, with long times cut short; `years` in their order."""
    found = [0.0]
    for before, year in pairwise(years):
        found.append(found[-1] + (SHORT if year - before > LONG else year - before))
    return found


def lanes(starts: Sequence[float], widths: Sequence[float]) -> list[int]:
    """The line, counted from the axis, of each name, so that no stem crosses a name: it lies above all later ones that
    begin over it. `starts` in their order."""
    found = [0] * len(starts)
    for k in reversed(range(len(starts))):
        over = [found[j] for j in range(k + 1, len(starts)) if starts[j] <= starts[k] + widths[k]]
        found[k] = max(over, default=-1) + 1
    return found


class EventLine(Painted):
    """`events`: years and names, in the order of time; `at`: the one that is looked at."""

    looked = Signal(int)
    taken = Signal(int)
    own_keys, focus_radius = _ENTER | _MOVES, 5.0

    def __init__(self, events: Sequence[tuple[int, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.events, self.at = tuple(events), 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def look_at(self, k: int) -> None:
        """Another event is looked at."""
        k = min(max(k, 0), len(self.events) - 1)
        if k != self.at:
            self.at = k
            self.looked.emit(k)
            self.update()

    # --- geometry ---
    def placed(self) -> list[Placed]:
        """Every event in the present width: years as wide as leaves room for all names."""
        years = spread([year for year, _ in self.events])
        widths = [self._type.bold_width(name) + 2 * AFTER for _, name in self.events]
        room, unit = self.width() - 2 * SIDE, max(self.width() / max(years[-1], 1.0), STEP)
        while unit > STEP and max(unit * at + wide for at, wide in zip(years, widths, strict=True)) > room:
            unit -= STEP
        starts = [SIDE + unit * at for at in years]
        high = self._line
        base = self._axis
        return [
            Placed(x, QRectF(x, base - (lane + 1.5) * high, wide, high))
            for x, wide, lane in zip(starts, widths, lanes(starts, widths), strict=True)
        ]

    @property
    def _line(self) -> float:
        return round(self._type.height * 1.2)

    @property
    def _axis(self) -> float:
        return self.height() - self._type.height - 10.0

    def event_at(self, place: QPointF) -> int | None:
        """The event whose name, or whose stem, is under a point."""
        found = self.placed()
        named = [k for k, each in enumerate(found) if each.room.contains(place)]
        near = [k for k, each in enumerate(found) if abs(each.x - place.x()) <= 4 and each.room.bottom() <= place.y()]
        return next(iter((*named, *near)), None)

    def refit(self) -> None:
        """As high as its names need in the present width."""
        if self._theme is not None and self.events and self.width() > 1:
            top = min(each.room.top() for each in self.placed())
            wanted = round(self.height() - top + 6.0)
            if wanted != self.height():
                self.setFixedHeight(wanted)
        super().refit()

    def sizeHint(self) -> QSize:
        return QSize(700, max(self.height(), 1))

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        kind, base, found = self._type, self._axis, self.placed()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.muted), 1.2))
        painter.drawLine(QLineF(SIDE, base, found[-1].x + SIDE, base))
        for k in sorted(range(len(found)), key=lambda k: k == self.at):  # the one that is looked at last
            each, chosen = found[k], k == self.at
            ink = QColor(theme.forward if chosen else theme.muted)
            painter.setPen(QPen(ink, 2.0 if chosen else theme.hairline))
            painter.drawLine(QLineF(each.x, base, each.x, each.room.top() + 2.0))
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(each.x, base), 4.0 if chosen else 2.5, 4.0 if chosen else 2.5)
            painter.setFont(kind.bold if chosen else kind.plain)
            painter.setPen(QColor(theme.forward_text if chosen else theme.ink))
            painter.drawText(QPointF(each.x + AFTER, kind.base(each.room.top(), each.room.height())), self.events[k][1])
        self._draw_years(painter, theme, found)

    def _draw_years(self, painter: QPainter, theme: Theme, found: Sequence[Placed]) -> None:
        """The years below the line, as far as each has room, and two strokes where a long time is cut short."""
        painter.setFont(self._type.plain)
        free = 0.0
        for k, ((year, _), each) in enumerate(zip(self.events, found, strict=True)):
            wide = self._type.width(str(year))
            left = max(each.x - wide / 2, 2.0)
            if left >= free:
                painter.setPen(QColor(theme.muted))
                painter.drawText(QPointF(left, self._axis + self._type.height + 2.0), str(year))
                free = left + wide + 6.0
            if k and year - self.events[k - 1][0] > LONG:
                middle = (found[k - 1].x + each.x) / 2
                painter.setPen(QPen(QColor(theme.muted), 1.2))
                for x in (middle - 3.0, middle + 3.0):
                    painter.drawLine(QLineF(x - 3.0, self._axis + 5.0, x + 3.0, self._axis - 5.0))

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.refit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        k = self.event_at(event.position())
        if k is not None:
            self.look_at(k)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        k = self.event_at(event.position())
        if k is not None and event.button() == Qt.MouseButton.LeftButton:
            self.look_at(k)
            self.taken.emit(k)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self.events) - 1
        if key in _ENTER:
            self.taken.emit(self.at)
        elif key in _MOVES:
            step = self.at + (1 if key == Qt.Key.Key_Right else -1)
            self.look_at({Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}.get(Qt.Key(key), step))
        else:
            super().keyPressEvent(event)
