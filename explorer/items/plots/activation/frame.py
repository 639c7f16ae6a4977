"""What the activation's plot shows, curves and one step's points, and where in it a number stands."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from explorer.style.colours import Colours

LEAST, MOST = 4.0, 10.0  # the pre-activations that are in sight reach at least, and at most, so far
_MOST = 2.0  # as far as the plot grows for another activation that has no bound


@dataclass(frozen=True, eq=False)
class Curve:
    """φ and φ′ sampled over h (N,), with their names; `steep`: below a tenth of it φ′ counts as saturated. `low` and
    `high`: the edges of the plot."""

    h: NDArray
    value: NDArray
    slope: NDArray
    steep: float
    low: float
    high: float
    name: str
    slope_name: str

    @property
    def reach(self) -> float:
        """The largest |h| in sight."""
        return float(self.h[-1])


@dataclass(frozen=True, eq=False)
class Points:
    """One step's units: h, φ(h), φ′(h) and their colours, (H,) each; `symbol`: that of h at this step. `other`: value
    and slope of the activation that is compared, at the same h."""

    h: NDArray
    value: NDArray
    slope: NDArray
    colours: Colours
    symbol: str
    other: tuple[NDArray, NDArray] | None = None


@dataclass(frozen=True)
class Frame:
    """`plot`: px between the axes' numbers and the curves' names; ±`reach` of h across, `low` … `high` of φ upward."""

    plot: QRectF
    reach: float = 1.0
    low: float = 0.0
    high: float = 1.0

    @property
    def scales(self) -> tuple[float, float]:
        """px of one unit of h, and of one of φ."""
        return self.plot.width() / (2 * self.reach), self.plot.height() / (self.high - self.low)

    def place(self, h: float, value: float) -> QPointF:
        """px of a point; one beyond the plot is at its edge."""
        return self.spot(min(max(h, -self.reach), self.reach), min(max(value, self.low), self.high))

    def spot(self, h: float, value: float) -> QPointF:
        """px of a point, be it within the plot or not."""
        across, up = self.scales
        return QPointF(self.plot.center().x() + h * across, self.plot.bottom() - (value - self.low) * up)


def frame_of(curve: Curve | None, other: Curve | None, room: QRectF, metrics: QFontMetricsF) -> Frame:
    """The plot in a room. For an activation without a bound that is only compared, it does not grow beyond ±2: what is
    looked at would be flat."""
    shown = [each for each in (curve, other) if each is not None]
    names = [name for each in shown for name in (each.name, each.slope_name)] or [""]
    right = max(metrics.horizontalAdvance(name) for name in names) + 10
    left = metrics.horizontalAdvance("−0.25") + 8
    high = max(room.height() - 12 - 2 * metrics.height(), 20)
    plot = QRectF(left, 8, max(room.width() - left - right, 20), high)
    if curve is None:
        return Frame(plot)
    if other is None:
        return Frame(plot, curve.reach, curve.low, curve.high)
    return Frame(plot, curve.reach, min(curve.low, max(other.low, -_MOST)), max(curve.high, min(other.high, _MOST)))
