"""Where the chain's rows, nodes and edges lie, and how much of them is worth drawing at this size."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Hashable
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF

from explorer.columns import FEW, Columns
from explorer.items.chain.scene import ChainScene

FULL_COLUMN, COMPACT_COLUMN = 34.0, 9.0  # px of a step
HAND_SIZED, HAND_COLUMN = 2, 70.0  # units of a node, and px of a step, for which numbers stand in the nodes
HAND_SHARE = 0.74  # of a row's height that such a node takes
WITH_DIGITS = 0.82  # of a column that a node with digits takes
FEW_WIDE = 0.46  # of a step's width that a node takes where the steps are few: they fill the picture
LEAST_ROW = 1.6  # heights of the text, of a row with one line; below, the rows that matter less give way


class Detail(enum.Enum):
    """Full nodes with signs and arrows; compact strips; heat images, one pixel column or less a step."""

    FULL = enum.auto()
    COMPACT = enum.auto()
    HEAT = enum.auto()


class ChainLayout:
    """Geometry of one picture: everything is worked out once, and asked for thousands of times. Rows get height by the
    lines they show; layers stand apart, and the two chains of one a little."""

    def __init__(self, scene: ChainScene, columns: Columns, top: float, bottom: float, digits: bool = False) -> None:
        """`digits`: numbers are wanted in the nodes, which get more of the room."""
        self.scene, self.columns, self.top, self.bottom, self.digits = scene, columns, top, bottom, digits
        self.column = column = columns.column
        self._origin = columns.x(0.5)
        if column >= FULL_COLUMN:
            wide, most = (
                (WITH_DIGITS, 150.0) if digits and not scene.crowded else (0.66 if scene.crowded else 0.74, 110.0)
            )
            few = column * FEW_WIDE if scene.steps <= FEW else 0.0
            self.detail, self.node_width = Detail.FULL, min(column * wide, max(most, few))
        elif column >= COMPACT_COLUMN:
            self.detail, self.node_width = Detail.COMPACT, column * 0.72
        else:
            self.detail, self.node_width = Detail.HEAT, column
        self.bands = self._bands()
        self._heights = [self._node_height(row) for row in range(len(scene.rows))]
        self._tops = [(low + high - height) / 2 for (low, high), height in zip(self.bands, self._heights, strict=True)]
        self._widths = [self._node_width(row) for row in range(len(scene.rows))]
        self._inset = {Detail.FULL: 4.0 if min(self._heights) > 24 else 2.0, Detail.COMPACT: 1.0, Detail.HEAT: 0.0}[
            self.detail
        ]
        self._gap = 2.0 if self.detail is Detail.FULL and self._inset > 2 else 1.0
        rooms = [high - low for low, high in self.bands]
        self.row_gap = min(room - height for room, height in zip(rooms, self._heights, strict=True))

    @cached_property
    def geometry(self) -> Hashable:
        """Where nodes lie, for any number of steps: layouts of which this is the same have the same nodes."""
        shifts = tuple(row.shift for row in self.scene.rows)
        steps = self.x(1), self.x(2), self.column, self.node_width
        return self.detail, self.row_gap, *steps, *self._tops, *self._heights, *self._widths, *shifts

    def _bands(self) -> list[tuple[float, float]]:
        """The (top, bottom) of each row, input first; the input lies lowest."""
        weights = row_weights(self.scene, self.detail is Detail.HEAT)
        gaps = row_gaps(self.scene)
        unit = (self.bottom - self.top) / (sum(weights) + sum(gaps))
        found, y = [], self.bottom
        for weight, gap in zip(weights, gaps, strict=True):
            y -= gap * unit
            found.append((y - weight * unit, y))
            y -= weight * unit
        return found

    def _node_height(self, row: int) -> float:
        """px; room for the edges stays between nodes."""
        room = self.bands[row][1] - self.bands[row][0]
        if self.detail is Detail.HEAT:
            return room - min(10.0, room * 0.14)
        picture = self.scene.rows[row]
        hand_sized = self.detail is Detail.FULL and picture.units <= HAND_SIZED and self.column >= HAND_COLUMN
        if self.digits and self.detail is Detail.FULL:
            return room * 0.78
        return min(room * (HAND_SHARE if hand_sized else 0.62), 30.0 + 24.0 * len(picture.lines))

    def _node_width(self, row: int) -> float:
        """px; what stands between two columns has a narrow node, so that edges get by."""
        return self.node_width * (0.8 if self.scene.rows[row].shift and self.detail is not Detail.HEAT else 1.0)

    def lanes(self) -> list[tuple[int, int]]:
        """The (first, last) rows of each layer's chain, where there are several chains."""
        rows = self.scene.rows
        found: list[tuple[int, int]] = []
        for k, row in enumerate(rows):
            if not row.lane:
                continue
            if found and rows[found[-1][0]].lane == row.lane and found[-1][1] == k - 1:
                found[-1] = (found[-1][0], k)
            else:
                found.append((k, k))
        return found if len(found) > 1 else []

    def x(self, t: float) -> float:
        """px of the middle of step t (from 1)."""
        return self._origin + (t - 0.5) * self.column

    def node(self, row: int, t: int) -> QRectF:
        """The node of a row at step t (from 1)."""
        width = self._widths[row]
        middle = self.x(t + self.scene.rows[row].shift)
        return QRectF(middle - width / 2, self._tops[row], width, self._heights[row])

    def strips(self, row: int, node: QRectF) -> tuple[QRectF, QRectF | None]:
        """Where a node's values and, below them, its gradients lie."""
        inset = self._inset
        x, y = node.x() + inset, node.y() + inset
        width, height = node.width() - 2 * inset, node.height() - 2 * inset
        if self.scene.rows[row].gradients is None:
            return QRectF(x, y, width, height), None
        half = (height - self._gap) / 2
        return QRectF(x, y, width, half), QRectF(x, y + half + self._gap, width, half)

    def hit(self, place: QPointF) -> tuple[int, int] | None:
        """The (row, t) of the node under a point, in heat of the pixel column; None beside all nodes."""
        here = self.columns.step_at(place.x())
        for row, picture in enumerate(self.scene.rows):
            for t in (here, here - 1) if picture.shift else (here,):
                if t >= 1 and picture.present[t - 1] and self.node(row, t).contains(place):
                    return row, t
        return None


def row_weights(scene: ChainScene, heat: bool = False) -> list[float]:
    """How high each row is, by the lines it shows."""
    weights = [1.0 + 0.42 * (len(row.lines) - 1) for row in scene.rows]
    if heat:
        weights = [0.45 if k in (0, len(weights) - 1) else weight for k, weight in enumerate(weights)]
    return weights


def row_gaps(scene: ChainScene) -> list[float]:
    """What lies below each row besides, in the same measure: between layers, and less between the chains of one."""
    rows = scene.rows
    if len({row.lane for row in rows if row.lane}) < 2:
        return [0.0] * len(rows)
    gaps = [0.0]
    for below, row in itertools.pairwise(rows):
        gaps.append(0.34 if below.storey != row.storey else 0.16 if below.lane != row.lane else 0.0)
    return gaps


def readable(scene: ChainScene, height: float, font_px: float) -> ChainScene:
    """The scene with as many rows as `height` px have room for: what is inside a layer gives way first."""
    for level in range(3):
        folded = scene.folded(level)
        if height / (sum(row_weights(folded)) + sum(row_gaps(folded))) >= LEAST_ROW * font_px:
            return folded
    return scene.folded(2)
