"""Where the chain's rows, nodes and edges lie, and how much of them is worth drawing at this size."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from explorer.columns import Columns
from explorer.items.chain_scene import ChainScene

FULL_COLUMN, COMPACT_COLUMN = 34.0, 9.0  # px of a step


class Detail(enum.Enum):
    """Full nodes with signs and arrows; compact strips; heat images, one pixel column or less a step."""

    FULL = enum.auto()
    COMPACT = enum.auto()
    HEAT = enum.auto()


@dataclass(frozen=True)
class ChainLayout:
    """Geometry of one picture. Rows get height by the lines they show."""

    scene: ChainScene
    columns: Columns
    top: float
    bottom: float

    @property
    def detail(self) -> Detail:
        column = self.columns.column
        return Detail.FULL if column >= FULL_COLUMN else Detail.COMPACT if column >= COMPACT_COLUMN else Detail.HEAT

    def bands(self) -> list[tuple[float, float]]:
        """The (top, bottom) of each row, input first; the input lies lowest."""
        weights = [1.0 + 0.42 * (len(row.lines) - 1) for row in self.scene.rows]
        if self.detail is Detail.HEAT:
            weights = [0.45 if k in (0, len(weights) - 1) else weight for k, weight in enumerate(weights)]
        unit = (self.bottom - self.top) / sum(weights)
        found, y = [], self.bottom
        for weight in weights:
            found.append((y - weight * unit, y))
            y -= weight * unit
        return found

    def node_height(self, row: int, band: tuple[float, float]) -> float:
        """px; room for the edges stays between nodes."""
        room = band[1] - band[0]
        if self.detail is Detail.HEAT:
            return room - min(10.0, room * 0.14)
        return min(room * 0.62, 30.0 + 24.0 * len(self.scene.rows[row].lines))

    @property
    def node_width(self) -> float:
        """px."""
        column = self.columns.column
        if self.detail is Detail.FULL:
            crowded = any(link.target - link.source > 1 for link in self.scene.links)
            return min(column * (0.66 if crowded else 0.74), 110.0)
        return column * (0.72 if self.detail is Detail.COMPACT else 1.0)

    def node(self, row: int, t: int, bands: list[tuple[float, float]] | None = None) -> QRectF:
        """The node of a row at step t (from 1)."""
        band = (bands or self.bands())[row]
        height, width = self.node_height(row, band), self.node_width
        return QRectF(self.columns.x(t) - width / 2, (band[0] + band[1] - height) / 2, width, height)

    def strips(self, row: int, node: QRectF) -> tuple[QRectF, QRectF | None]:
        """Where a node's values and, below them, its gradients lie."""
        inset = {Detail.FULL: 4.0, Detail.COMPACT: 1.0, Detail.HEAT: 0.0}[self.detail]
        inner = node.adjusted(inset, inset, -inset, -inset)
        if self.scene.rows[row].gradients is None:
            return inner, None
        gap = 2.0 if self.detail is Detail.FULL else 1.0
        half = (inner.height() - gap) / 2
        upper = QRectF(inner.x(), inner.y(), inner.width(), half)
        return upper, QRectF(inner.x(), inner.y() + half + gap, inner.width(), half)

    def hit(self, place: QPointF) -> tuple[int, int] | None:
        """The (row, t) of the node under a point, in heat of the pixel column; None beside all nodes."""
        t = self.columns.step_at(place.x())
        bands = self.bands()
        for row in range(len(self.scene.rows)):
            if self.scene.rows[row].present[t - 1] and self.node(row, t, bands).contains(place):
                return row, t
        return None
