"""A product of small matrices as a row of heat maps, each with what is said of it; where there are many, the first and
the last of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.style.colours import image, value_colours
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow

MOST = 12  # factors that are drawn of many: the first and the last half
SIDE, GAP = 36.0, 8.0  # px of a map, and between two
_KEYS = frozenset((Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight))


@dataclass(frozen=True, eq=False)
class FactorPicture:
    """One matrix (rows, columns): `label` above its map, `lines` below it, `sign` before it ("·", "=", "")."""

    label: str
    values: NDArray
    lines: tuple[str, ...]
    sign: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a picture stands; −1: the words for those that are left out."""

    index: int
    room: QRectF


class FactorRow(PaintedFlow):
    """A click on one, or [ and ] with the focus, chooses it."""

    chosen = Signal(int)
    own_keys, focus_radius, usual_width = _KEYS, 4.0, 300

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: tuple[FactorPicture, ...] = ()
        self._left_out, self._after, self._limit, self._at = "", 0, 1.0, 0
        self._places: list[_Place] = []
        self.says: Callable[[int], str] = lambda index: ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_pictures(
        self, pictures: Sequence[FactorPicture], limit: float, at: int, left_out: str = "", after: int = 0
    ) -> None:
        """Others, coloured on ±limit, with the one at place `at` chosen. `left_out`: what is said after the first
        `after` pictures of those that are not drawn."""
        self._pictures, self._limit, self._at = tuple(pictures), limit, at
        self._left_out, self._after = left_out, after
        self.refit()

    # --- geometry ---
    def arrange(self, theme: Theme, room: float) -> float:
        line, side = self._type.height, SIDE * theme.small_px / 12
        lines = max((len(each.lines) for each in self._pictures), default=0)
        widest = max((self._wide(each, side) for each in self._pictures[:-1]), default=0.0)  # they stand in columns
        high = line * (1 + lines) + side + 6.0
        x = y = 0.0
        self._places = []
        for index, picture in enumerate(self._pictures):
            if self._left_out and index == self._after:
                wide = self._type.width(self._left_out) + 2.0
                x, y = (0.0, y + high) if x and x + wide > room else (x, y)
                self._places.append(_Place(-1, QRectF(x, y + line, wide, side)))
                x += wide + GAP
            wide = max(widest, self._wide(picture, side))
            x, y = (0.0, y + high) if x and x + wide > room else (x, y)
            self._places.append(_Place(index, QRectF(x, y, wide, high - 4.0)))
            x += wide + GAP
        return y + high

    def _wide(self, picture: FactorPicture, side: float) -> float:
        """px of a picture with its sign and its texts."""
        texts = max(side, *(self._type.width(text) for text in (picture.label, *picture.lines)))
        return texts + self._type.bold_width("=") + 4.0

    def _map(self, place: _Place, theme: Theme) -> QRectF:
        """The heat map in the room of a picture."""
        rows, columns = self._pictures[place.index].values.shape
        side = SIDE * theme.small_px / 12
        cell = side / max(rows, columns)
        x = place.room.left() + self._type.bold_width("=") + 4.0
        return QRectF(x, place.room.top() + self._type.height + 1.0, cell * columns, cell * rows)

    def at(self, point: QPointF) -> int | None:
        """The picture under a point."""
        return next((each.index for each in self._places if each.index >= 0 and each.room.contains(point)), None)

    # --- Qt ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        for place in self._places:
            if place.index < 0:
                painter.setFont(self._type.plain)
                painter.setPen(QColor(theme.muted))
                painter.drawText(place.room, Qt.AlignmentFlag.AlignCenter, self._left_out)
                continue
            self._picture(painter, place, theme)

    def _picture(self, painter: QPainter, place: _Place, theme: Theme) -> None:
        picture, at = self._pictures[place.index], self._map(place, theme)
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        base = self._type.metrics.ascent()
        painter.drawText(QPointF(at.left(), place.room.top() + base), picture.label)
        painter.drawImage(at, image(value_colours(picture.values, self._limit, theme)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        chosen = place.index == self._at
        painter.setPen(QPen(QColor(theme.ink if chosen else theme.line), theme.selected if chosen else 1.0))
        painter.drawRect(at.adjusted(-1, -1, 1, 1) if chosen else at)
        painter.setPen(QColor(theme.ink))
        below = at.top() + SIDE * theme.small_px / 12 + 2 + base
        for k, text in enumerate(picture.lines):
            painter.drawText(QPointF(at.left(), below + k * self._type.height), text)
        if picture.sign:
            painter.setFont(self._type.bold)
            painter.drawText(QPointF(place.room.left(), at.center().y() + base / 2), picture.sign)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}
        if event.key() in moves and self._pictures:
            self.chosen.emit(min(max(self._at + moves[Qt.Key(event.key())], 0), len(self._pictures) - 1))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.says(index) if index is not None else "", self)
            return True
        return super().event(event)
