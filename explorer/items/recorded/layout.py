"""Where the strips of a recorded run stand: layer below layer, values on the left and gradients beside them, one time
axis in both; below the strips of a layer what is said of its gradients, beside their norms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

STRIP = 6.0  # lines of text that a strip is high where its units are few enough
UNIT = 0.85  # lines that a unit is high at most; one px at least
PLOT = 6.0  # lines that the norms are high
GROWN = 4.0  # times that strips and norms are as high at most, where there is room
GAP, BETWEEN, MARGIN = 5.0, 22.0, 12.0  # px between two strips, between values and gradients, around all
NARROWEST = 1.0  # px of a step


@dataclass(frozen=True, eq=False)
class Strip:
    """One quantity at every step, of one sample, (T, n) each; None where the file has none. `kind`: "value" on ±`limit`
    or "level" from 0 to 1. `notes`: what stands below its name."""

    name: str
    notes: tuple[str, ...]
    kind: str
    limit: float
    values: NDArray[np.float64] | None
    gradient: NDArray[np.float64] | None

    @property
    def units(self) -> int:
        return next(each for each in (self.values, self.gradient) if each is not None).shape[1]


@dataclass(frozen=True, eq=False)
class NormCurve:
    """log₁₀ of a gradient's norm at t = 1 … T, and two lines of text: its name, and how it changes from t = T to 1."""

    name: str
    logs: NDArray[np.float64]
    said: str


@dataclass(frozen=True, eq=False)
class Layer:
    """`heading`: what it is called, and what the file calls it."""

    heading: tuple[str, str]
    strips: tuple[Strip, ...]
    curves: tuple[NormCurve, ...] = ()


@dataclass(frozen=True)
class Place:
    """A number: which layer, which of its strips, step and unit, all from 0."""

    layer: int = 0
    strip: int = 0
    step: int = 0
    unit: int = 0


class RecordedLayout:
    """Sizes and places for all layers in a room of `width` px; `line`: px of a line of text, `names`: px of the widest
    name, `sight`: px of height in sight at once; `sides`: 2 where there are gradients beside values, else 1."""

    def __init__(self, layers: tuple[Layer, ...], steps: int, sides: int) -> None:
        self.layers, self.steps, self.sides = layers, steps, sides
        self.line = self.left = self.column = self.side = self.height = 0.0
        self.headings: list[QRectF] = []
        self.boxes: dict[tuple[int, int], tuple[float, float]] = {}  # of each strip, its top and its height
        self.axes: list[float] = []  # the tops of the steps' numbers
        self.plots: list[tuple[float, float] | None] = []

    def least_width(self, names: float) -> float:
        """px without which a step would be too narrow to be seen."""
        return 2 * MARGIN + names + self.sides * NARROWEST * self.steps + (self.sides - 1) * BETWEEN

    def fit(self, width: float, line: float, names: float, sight: float = 0.0) -> float:
        """Takes the places; the height of it all. Where more is in sight than they need, strips and norms grow."""
        low, high = 1.0, GROWN  # no formula: a unit has whole px, and a name more lines than its strip
        while high - low > 0.01:
            growth = (low + high) / 2.0
            if self._placed(width, line, names, growth) <= sight:
                low = growth
            else:
                high = growth
        return self._placed(width, line, names, low)

    def _placed(self, width: float, line: float, names: float, growth: float) -> float:
        self.line, self.left = line, MARGIN + names
        self.side = (width - self.left - MARGIN - (self.sides - 1) * BETWEEN) / self.sides
        self.column = self.side / max(self.steps, 1)
        self.headings, self.boxes, self.axes, self.plots = [], {}, [], []
        y = MARGIN / 2 + 1.6 * line
        for k, layer in enumerate(self.layers):
            if layer.heading[0]:
                self.headings.append(QRectF(MARGIN, y, width - 2 * MARGIN, 1.5 * line))
                y += 1.6 * line
            else:
                self.headings.append(QRectF())
            for j, strip in enumerate(layer.strips):
                unit = max(min(growth * STRIP * line // strip.units, growth * UNIT * line), 1.0)
                high = max(int(unit) * strip.units, line * (1 + len(strip.notes)))
                self.boxes[k, j] = y, high
                y += high + GAP
            self.axes.append(y - GAP + 1)
            y += line
            if layer.curves:
                high = growth * max(PLOT * line, 2.4 * line * (1 + len(layer.curves)))
                self.plots.append((y, high))
                y += high + GAP
            else:
                self.plots.append(None)
            y += 0.8 * line
        self.height = y
        return y

    def across(self, side: int) -> float:
        """The left edge of the values (0) or of the gradients (1)."""
        return self.left + side * (self.side + BETWEEN)

    def strip(self, layer: int, strip: int, side: int) -> QRectF:
        """Where the values (0) or gradients (1) of a strip stand."""
        top, high = self.boxes[layer, strip]
        return QRectF(self.across(side), top, self.side, high)

    def name(self, layer: int, strip: int) -> QRectF:
        top, high = self.boxes[layer, strip]
        return QRectF(MARGIN, top, self.left - MARGIN - 8.0, high)

    def said(self, layer: int) -> QRectF:
        """Where the words on the norms of a layer stand, beside them."""
        top, high = self.plots[layer] or (0.0, 0.0)
        return QRectF(self.left, top, self.side - self.left, high)

    def cell(self, place: Place, side: int) -> QRectF:
        """One number of a strip."""
        whole = self.strip(place.layer, place.strip, side)
        tall = whole.height() / self.layers[place.layer].strips[place.strip].units
        return QRectF(whole.left() + place.step * self.column, whole.top() + place.unit * tall, self.column, tall)

    def at(self, point: QPointF) -> Place | None:
        """The number under a point, of either side; None beside the strips."""
        for (layer, strip), (top, high) in self.boxes.items():
            if not top <= point.y() < top + high:
                continue
            for side in range(self.sides):
                x = point.x() - self.across(side)
                if 0.0 <= x < self.side:
                    units = self.layers[layer].strips[strip].units
                    step = min(int(x / self.column), self.steps - 1)
                    return Place(layer, strip, step, min(int((point.y() - top) / high * units), units - 1))
        return None

    def moved(self, place: Place, down: int, right: int) -> Place:
        """The place so many units further down, through all strips, and so many steps to the right."""
        step = min(max(place.step + right, 0), self.steps - 1)
        order = [(key, unit) for key in self.boxes for unit in range(self._units(key))]
        k = order.index(((place.layer, place.strip), place.unit)) + down
        (layer, strip), unit = order[min(max(k, 0), len(order) - 1)]
        return Place(layer, strip, step, unit)

    def _units(self, key: tuple[int, int]) -> int:
        return self.layers[key[0]].strips[key[1]].units
