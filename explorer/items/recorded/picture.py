"""The picture of a recorded run: arrays in, pixels out; one number of it is selected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.items.plots.axes import log as log_axis
from explorer.items.plots.norms import BESIDE, Frame
from explorer.items.recorded.layout import Layer, Place, RecordedLayout, Strip
from explorer.items.recorded.norms import axis_width, draw_norms, draw_said
from explorer.items.signs import draw_signs, gradient_signs, value_signs
from explorer.style.colours import gradient_colours, image, legend, level_colours, value_colours
from explorer.style.theme import Theme
from explorer.widgets.accessible import announce
from explorer.widgets.keys import ARROWS, ENDS
from explorer.widgets.painted import PaintedFlow

LEGEND = 70.0  # px of a map of colours
GRID_FROM = 7.0  # px of a step and of a unit that hairlines set apart
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class RecordedPicture(PaintedFlow):
    """`set_run` gives it all layers. `says`: a number of it in words, for a screen reader."""

    chosen = Signal(object)  # a Place
    hovered = Signal(object)  # a Place, or None where the mouse has left
    own_keys = ARROWS | ENDS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places = RecordedLayout((), 1, 1)
        self.at = Place()
        self._decades = (-4.0, 0.0)
        self._sight = 0.0
        self._titles: tuple[tuple[str, str, str], ...] = ()
        self.says: Callable[[Place], str] = lambda place: ""
        self.accessible_items = StripItems(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def set_run(
        self,
        layers: tuple[Layer, ...],
        steps: int,
        decades: tuple[float, float],
        titles: tuple[tuple[str, str, str], ...],
    ) -> None:
        """Other numbers. `titles`: of the values and, where there are any, of the gradients, each between the numbers
        at the ends of its colours (title, low, high)."""
        self.places = RecordedLayout(layers, steps, len(titles))
        self._decades, self._titles = decades, titles
        if not self._there(self.at):
            self.at = Place(step=steps - 1)
        self.refit()
        self._describe()

    def _there(self, place: Place) -> bool:
        layers = self.places.layers
        return (
            place.layer < len(layers)
            and place.strip < len(layers[place.layer].strips)
            and place.unit < layers[place.layer].strips[place.strip].units
            and place.step < self.places.steps
        )

    def select(self, place: Place) -> None:
        """Selects a number."""
        if place != self.at and self._there(place):
            self.at = place
            self._describe()
            announce(self)
            self.chosen.emit(place)
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.says(self.at) if self.places.layers else "")

    # --- geometry ---
    def arrange(self, theme: Theme, room: float) -> float:
        names = self._names_width()
        self.setMinimumWidth(round(self.places.least_width(names)))
        width = max(room, self.places.least_width(names))
        return self.places.fit(width, self._type.height, names, self._sight / self.zoom)

    def set_sight(self, height: float) -> None:
        """So many px of its height are in sight at once: what there is grows to fill them."""
        if height != self._sight:
            self._sight = height
            self.refit()

    def _names_width(self) -> float:
        kind = self._type
        texts = [
            max([kind.bold_width(strip.name), *map(kind.width, strip.notes)])
            for layer in self.places.layers
            for strip in layer.strips
        ]
        return max([*texts, axis_width(kind) + BESIDE]) + 12.0

    def frame(self, k: int) -> Frame | None:
        """Where the norms of a layer are drawn; None where there are none."""
        place, layer = self.places.plots[k], self.places.layers[k]
        found = log_axis.whole_decades([curve.logs for curve in layer.curves])
        if place is None:
            return None
        low, high = found or (-log_axis.LEAST, 0)
        side = self.places.sides - 1
        rect = QRectF(self.places.across(side), place[0], self.places.side, place[1])
        return Frame(rect, 0.0, self.places.column, low, high)

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        self._paint_titles(painter, theme)
        for k, layer in enumerate(self.places.layers):
            self._paint_heading(painter, theme, k, layer)
            for j, strip in enumerate(layer.strips):
                self._paint_strip(painter, theme, k, j, strip)
            self._paint_steps(painter, theme, self.places.axes[k])
            frame = self.frame(k)
            if frame is not None:
                draw_norms(painter, frame, layer.curves, self._type, theme)
            if frame is not None and self.places.sides > 1:
                draw_said(painter, self.places.said(k), layer.curves, self._type, theme)
        self._paint_selected(painter, theme)

    def _paint_titles(self, painter: QPainter, theme: Theme) -> None:
        line, kind = self.places.line, self._type
        for side, (title, low, high) in enumerate(self._titles):
            x, top = self.places.across(side), 4.0
            painter.setFont(kind.bold)
            painter.setPen(QColor(theme.backward_text if side else theme.forward_text))
            base = kind.base(top, line)
            painter.drawText(QPointF(x, base), title)
            painter.setFont(kind.plain)
            painter.setPen(QColor(theme.muted))
            end = x + self.places.side
            high_x = end - kind.width(high)
            bar = QRectF(high_x - 6.0 - LEGEND, round(top + line / 2 - 5), LEGEND, 10)
            if bar.left() - 6.0 - kind.width(low) < x + kind.bold_width(title) + 8.0:
                continue  # the notes beside each strip say its own scale
            painter.drawText(QPointF(high_x, base), high)
            painter.drawText(QPointF(bar.left() - 6.0 - kind.width(low), base), low)
            painter.drawImage(bar, legend("gradient" if side else "value", round(LEGEND), theme))
            painter.setPen(QPen(QColor(theme.line), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar)

    def _paint_heading(self, painter: QPainter, theme: Theme, k: int, layer: Layer) -> None:
        box, kind = self.places.headings[k], self._type
        if box.isEmpty():
            return
        base = kind.base(box.top(), box.height())
        painter.setFont(kind.bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(QPointF(box.left(), base), layer.heading[0])
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(box.left() + kind.bold_width(layer.heading[0]) + 10.0, base), layer.heading[1])

    def _paint_strip(self, painter: QPainter, theme: Theme, k: int, j: int, strip: Strip) -> None:
        kind, name = self._type, self.places.name(k, j)
        lines = (strip.name, *strip.notes)
        y = name.top() + max(name.height() - self.places.line * len(lines), 0.0) / 2
        for number, text in enumerate(lines):
            painter.setFont(kind.bold if number == 0 else kind.plain)
            painter.setPen(QColor(theme.ink if number == 0 else theme.muted))
            painter.drawText(QPointF(name.left(), y + kind.metrics.ascent()), text)
            y += self.places.line
        for side in range(self.places.sides):
            box = self.places.strip(k, j, side)
            numbers = strip.gradient if side else strip.values
            if numbers is None:
                painter.fillRect(box, QColor(theme.empty_strip))
                painter.setPen(QColor(theme.muted))
                painter.setFont(kind.plain)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.tr("not recorded"))
            elif side:
                colours = gradient_colours(numbers.T, *self._decades, theme)
                self._fill(painter, theme, box, colours, gradient_signs(numbers.T, 10.0 ** self._decades[0]))
            elif strip.kind == "level":
                self._fill(painter, theme, box, level_colours(numbers.T, theme), value_signs(numbers.T))
            else:
                colours = value_colours(numbers.T, strip.limit, theme)
                self._fill(painter, theme, box, colours, value_signs(numbers.T))

    def _fill(
        self, painter: QPainter, theme: Theme, box: QRectF, colours: NDArray, signs: NDArray[np.int8] | None
    ) -> None:
        painter.drawImage(box, image(colours))
        if signs is not None:
            draw_signs(painter, box, signs, colours, theme)
        tall = box.height() / len(colours)
        painter.setPen(QPen(QColor(theme.panel), 1.0))
        if min(self.places.column, tall) >= GRID_FROM:
            for t in range(1, self.places.steps):
                x = box.left() + t * self.places.column
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            for unit in range(1, len(colours)):
                y = box.top() + unit * tall
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))

    def _paint_steps(self, painter: QPainter, theme: Theme, top: float) -> None:
        """Their numbers, as many as have room, and the last one."""
        kind, places = self._type, self.places
        room = kind.width(str(places.steps)) + 10.0
        every = next((n for n in _STEPS if n * places.column >= room), places.steps)
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.muted))
        named = [t for t in range(1, places.steps + 1) if t == 1 or (t % every == 0 and t - 1 >= 0.75 * every)]
        for side in range(places.sides):
            for t in named:
                x = places.across(side) + (t - 0.5) * places.column
                text = f"t = {t}" if t == 1 and places.column * every > room + kind.width("t = ") else str(t)
                left = max(x - kind.width(text) / 2, places.across(side))
                painter.drawText(QPointF(left, top + kind.metrics.ascent()), text)

    def _paint_selected(self, painter: QPainter, theme: Theme) -> None:
        """The step in every strip of its layer, and the number in its own."""
        places, at = self.places, self.at
        if not places.layers:
            return
        first, last = places.boxes[at.layer, 0], places.boxes[at.layer, len(places.layers[at.layer].strips) - 1]
        bottom = last[0] + last[1]
        frame = self.frame(at.layer)
        for side in range(places.sides):
            cell = places.cell(at, side)
            ends = frame.rect.bottom() if frame is not None and side == places.sides - 1 else bottom
            column = QRectF(cell.left(), first[0], cell.width(), ends - first[0])
            painter.setPen(QPen(QColor(theme.focus), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawLine(column.topLeft(), column.bottomLeft())
            painter.drawLine(column.topRight(), column.bottomRight())
            painter.setPen(QPen(QColor(theme.ink), 2.0 if self.hasFocus() else 1.4))
            painter.drawRect(cell.adjusted(-1, -1, 1, 1))

    # --- Qt ---
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(self.places.at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.places.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.select(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, all_of_them = event.key(), self.places.steps
        moves: dict[int, tuple[int, int]] = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Home: (0, -all_of_them), Qt.Key.Key_End: (0, all_of_them),
        }  # fmt: skip
        if key in moves and self.places.layers:
            self.select(self.places.moved(self.at, *moves[key]))
        else:
            super().keyPressEvent(event)


class StripItems:
    """The children of the picture for a screen reader: its strips, each with its number at the selected step."""

    def __init__(self, picture: RecordedPicture) -> None:
        self._picture = picture

    def _keys(self) -> list[tuple[int, int]]:
        return list(self._picture.places.boxes)

    def _place(self, k: int) -> Place:
        (layer, strip), at = self._keys()[k], self._picture.at
        return at if (layer, strip) == (at.layer, at.strip) else Place(layer, strip, at.step)

    def count(self) -> int:
        return len(self._keys())

    def sentence(self, k: int) -> str:
        return self._picture.says(self._place(k))

    def box(self, k: int) -> QRect:
        places, (layer, strip) = self._picture.places, self._keys()[k]
        whole = places.strip(layer, strip, 0)
        return whole.united(places.strip(layer, strip, places.sides - 1)).toAlignedRect()

    def focus(self) -> int:
        at, keys = self._picture.at, self._keys()
        return keys.index((at.layer, at.strip)) if (at.layer, at.strip) in keys else -1
