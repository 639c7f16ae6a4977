"""Scales for choices whose slider covers the usual range only, or spends more room on small whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from explorer.widgets.scale import Scale


@dataclass(frozen=True)
class SliderRange(Scale):
    """The slider goes from `near` to `far`; every number from low to high can be typed."""

    near: float = 0.0
    far: float = 1.0

    @property
    def _slider(self) -> Scale:
        return Scale(self.near, self.far, self.kind, self.step)

    @property
    def positions(self) -> int:
        """The last position of the slider."""
        return self._slider.positions

    def position(self, value: float) -> int:
        """The nearest position; at an end where the value is beyond the slider."""
        return self._slider.position(value)

    def value(self, position: int) -> float:
        """The value there."""
        return self._slider.value(position)


@dataclass(frozen=True)
class WholeLog(Scale):
    """Whole numbers, all of them at the lower end and ever fewer above: 1, 2, 3 … 100, 104 … 1000."""

    kind: str = "int"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low < 1:
            raise ValueError("A logarithmic scale of whole numbers needs a limit of at least 1.")

    @cached_property
    def _stops(self) -> tuple[int, ...]:
        low, high = int(self.low), int(self.high)
        return tuple(sorted({round(low * (high / low) ** (k / 180)) for k in range(181)} | {low, high}))

    @property
    def positions(self) -> int:
        """The last position."""
        return len(self._stops) - 1

    def position(self, value: float) -> int:
        """The position of the nearest stop."""
        return min(range(len(self._stops)), key=lambda k: abs(self._stops[k] - value))

    def value(self, position: int) -> float:
        """The stop there."""
        return self._stops[min(max(position, 0), self.positions)]
