"""Probabilities over steps, as a map: a row for each class or character, a column for each step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.readout import draw_readout
from explorer.items.training.hovered import Hovered
from explorer.style.colours import image, legend, level_colours
from explorer.style.numbers import number
from explorer.style.theme import Theme
from explorer.widgets.painted import SmallType

LEAST_ROW = 6.0  # px
OTHERS = -1


def rows_that_fit(probabilities: NDArray, most: int) -> list[int]:
    """Which units (of (n, O)) have a row, in their order, where there is room for so many rows: those that are the
    likeliest at some step; the last row is then all others together (OTHERS)."""
    units = probabilities.shape[1]
    if units <= most:
        return list(range(units))
    largest = np.nan_to_num(probabilities).max(axis=0, initial=0.0)
    chosen = np.argsort(-largest, kind="stable")[: max(most - 1, 0)]
    return [*sorted(chosen.tolist()), OTHERS]


def of_rows(probabilities: NDArray, rows: Sequence[int]) -> NDArray:
    """The probabilities of those rows, (rows, n)."""
    named = [unit for unit in rows if unit != OTHERS]
    found = [probabilities[:, unit] if unit != OTHERS else np.zeros(len(probabilities)) for unit in rows]
    if OTHERS in rows:
        rest = np.delete(probabilities, named, axis=1)
        found[list(rows).index(OTHERS)] = rest.sum(axis=1)
    return np.array(found).reshape(len(rows), len(probabilities))


def draw_map(
    painter: QPainter, place: QRectF, values: NDArray, labels: Sequence[str], kind: SmallType, theme: Theme
) -> None:
    """The map (rows, n) over a place, and its rows' labels to the left of it where they have the height."""
    rows = len(values)
    if not values.size:
        return
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(place, image(level_colours(values, theme)))
    painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)
    high = place.height() / rows
    every = max(1, int(np.ceil(kind.metrics.capHeight() * 0.95 / high)))
    painter.setFont(kind.plain)
    painter.setPen(QColor(theme.muted))
    for row in range(0, rows, every):
        base = place.top() + (row + 0.5) * high + kind.metrics.capHeight() / 2
        painter.drawText(QPointF(place.left() - 5 - kind.width(labels[row]), base), labels[row])


def cell_of(place: QRectF, rows: int, columns: int, row: int, column: int) -> QRectF:
    """Where an entry of the map lies."""
    wide, high = place.width() / max(columns, 1), place.height() / max(rows, 1)
    return QRectF(place.left() + column * wide, place.top() + row * high, wide, high)


def draw_marks(painter: QPainter, boxes: Sequence[QRectF], theme: Theme) -> None:
    """A frame around each, that is seen on every colour."""
    inner = [box.adjusted(0.75, 0.75, -0.75, -0.75) for box in boxes]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(theme.panel), 3.0), QPen(QColor(theme.backward), 1.5)):
        painter.setPen(pen)
        painter.drawRects(inner)


class ClassMap(Hovered):
    """`probabilities` (n, O) of the classes at each step, and the `targets` (n,) of the steps that count (−1: none)."""

    focus_radius = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.probabilities: NDArray = np.zeros((0, 1))
        self.targets: NDArray = np.zeros(0, dtype=int)
        self.names: tuple[str, ...] = ("",)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Probabilities of the classes at each step"))

    def set_classes(self, probabilities: NDArray, targets: NDArray, names: tuple[str, ...]) -> None:
        """Other numbers."""
        self.probabilities, self.targets, self.names = probabilities, targets, names
        self.update()

    # --- geometry ---
    def rows(self) -> list[int]:
        """The classes that have a row: the targets' among them."""
        most = max(2, int(self._room().height() / LEAST_ROW))
        rows = rows_that_fit(self.probabilities, most)
        missing = [unit for unit in sorted(set(self.targets[self.targets >= 0].tolist())) if unit not in rows]
        if missing and OTHERS in rows:
            named = rows[:-1]
            rows = [*sorted([*named[: max(len(named) - len(missing), 0)], *missing[: len(named)]]), OTHERS]
        return rows

    def _room(self) -> QRectF:
        inner, kind = self.inner_rect(), self._type
        top = kind.height * 1.3
        return QRectF(0, top, inner.width() - 8, inner.height() - top - kind.height - 4)

    def labels(self, rows: Sequence[int]) -> list[str]:
        """What the rows are called."""
        return [self.tr("others") if unit == OTHERS else self.names[unit] for unit in rows]

    def place(self) -> QRectF:
        """Where the map lies."""
        room = self._room()
        wide = min(max(self._type.width(each) for each in self.labels(self.rows())) + 8, room.width() / 3)
        return QRectF(wide, room.top(), room.width() - wide, room.height())

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._type.plain)
        steps, place = len(self.probabilities), self.place()
        if not steps or place.height() < 8 or place.width() < 8:
            return
        rows = self.rows()
        draw_map(painter, place, of_rows(self.probabilities, rows), self.labels(rows), self._type, theme)
        marks = [
            cell_of(place, len(rows), steps, rows.index(int(unit)), t)
            for t, unit in enumerate(self.targets)
            if unit >= 0 and int(unit) in rows
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_marks(painter, marks, theme)
        self._draw_head(painter, theme, place)
        self._draw_steps(painter, theme, place)
        if self._hover is not None and place.contains(self._hover):
            self._draw_readout(painter, theme, place, rows)

    def _draw_head(self, painter: QPainter, theme: Theme, place: QRectF) -> None:
        base, kind = self._type.metrics.ascent() + 1, self._type
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.muted))
        mark = QRectF(place.left(), base - kind.metrics.capHeight(), 12, kind.metrics.capHeight())
        text = self.tr("target")
        painter.drawText(QPointF(mark.right() + 5, base), text)
        right, wide = place.right(), 56.0
        left = right - kind.width("1") - 5 - wide
        if left - kind.width("0") - 12 > mark.right() + kind.width(text):
            painter.drawText(QPointF(right - kind.width("1"), base), "1")
            painter.drawText(QPointF(left - kind.width("0") - 5, base), "0")
            bar = QRectF(left, mark.top(), wide, mark.height())
            painter.drawImage(bar, legend("level", 64, theme))
            painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
            painter.drawRect(bar)
        draw_marks(painter, [mark], theme)

    def _draw_steps(self, painter: QPainter, theme: Theme, place: QRectF) -> None:
        steps, end = len(self.probabilities), -np.inf
        base = place.bottom() + self._type.metrics.ascent() + 3
        painter.setPen(QColor(theme.muted))
        for t in range(steps):
            text = f"t = {t + 1}" if t == 0 else str(t + 1)
            box = cell_of(place, 1, steps, 0, t)
            left = box.center().x() - self._type.width(text) / 2
            left = min(max(left, place.left()), place.right() + 6 - self._type.width(text))
            if left >= end:
                painter.drawText(QPointF(left, base), text)
                end = left + self._type.width(text) + 10

    def _draw_readout(self, painter: QPainter, theme: Theme, place: QRectF, rows: Sequence[int]) -> None:
        hover, steps = self._hover, len(self.probabilities)
        if hover is None:
            return
        t = min(int((hover.x() - place.left()) / place.width() * steps), steps - 1)
        row = min(int((hover.y() - place.top()) / place.height() * len(rows)), len(rows) - 1)
        value = float(of_rows(self.probabilities, rows)[row, t])
        said = [(self.labels(rows)[row], number(value), theme.ink)]
        if self.targets[t] >= 0:
            unit = int(self.targets[t])
            right = number(float(self.probabilities[t, unit]))
            said.append((self.tr("target {name}").format(name=self.names[unit]), right, theme.backward_text))
        draw_readout(painter, hover, f"t = {t + 1}", said, self._type.plain, self.inner_rect(), theme)

    # --- Qt ---
    def sizeHint(self) -> QSize:
        return QSize(260, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 64)
