"""Columns: one step is one column, in the same place in every picture of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

WIDEST = 200.0  # px; a few steps are not stretched beyond it


class Columns(QObject):
    """Which steps are visible, and where. Panels of one width share it, so that their columns line up.

    `first` is the left edge of the visible range in steps (0 is the left edge of t = 1), `span` its length.
    """

    changed = Signal()

    LEFT, RIGHT = 66.0, 18.0  # px: room for the rows' names, and a margin

    def __init__(self, steps: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps = steps
        self.first, self.span = 0.0, float(steps)
        self.width = 800.0

    # --- geometry ---
    @property
    def room(self) -> float:
        """px between the margins."""
        return max(20.0, self.width - self.LEFT - self.RIGHT)

    @property
    def column(self) -> float:
        """px of one step. Few steps are not stretched beyond WIDEST."""
        return min(self.room / self.span, WIDEST)

    def x(self, t: float) -> float:
        """px of the middle of step t (from 1)."""
        return self.LEFT + (t - 0.5 - self.first) * self.column

    def step_at(self, x: float) -> int:
        """The step under a px, clamped to the run."""
        return min(max(int((x - self.LEFT) / self.column + self.first) + 1, 1), self.steps)

    def visible(self) -> tuple[int, int]:
        """The first and last step that are at least partly visible."""
        last = int(min(self.steps, -(-(self.first + self.span) // 1)))
        return int(self.first) + 1, max(last, 1)

    @property
    def right(self) -> float:
        """px of the right edge of the last visible column."""
        return self.LEFT + min(self.span, self.steps - self.first) * self.column

    @property
    def whole(self) -> bool:
        """Whether all steps are visible."""
        return self.span >= self.steps

    # --- changes ---
    def set_steps(self, steps: int) -> None:
        """Another run. All of it is shown where all of the last one was."""
        if steps == self.steps:
            return
        fitted = self.whole
        self.steps = steps
        self._show(0.0 if fitted else self.first, float(steps) if fitted else self.span)

    def set_width(self, width: float) -> None:
        """The panels' width in px."""
        if width != self.width:
            self.width = width
            self.changed.emit()

    def zoom(self, factor: float, x: float) -> None:
        """`factor` > 1 comes nearer; what is under px x stays there."""
        place = self.first + (x - self.LEFT) / self.column
        span = self.span / factor
        self._show(place - (place - self.first) * (min(max(span, 1.0), self.steps) / self.span), span)

    def pan(self, pixels: float) -> None:
        """Moves the picture to the right by px."""
        self._show(self.first - pixels / self.column, self.span)

    def fit(self) -> None:
        """All steps."""
        self._show(0.0, float(self.steps))

    def reveal(self, t: float) -> None:
        """Moves just so far that step t is visible."""
        if t - 1 < self.first:
            self._show(t - 1, self.span)
        elif t > self.first + self.span:
            self._show(t - self.span, self.span)

    def _show(self, first: float, span: float) -> None:
        span = min(max(span, 1.0), float(self.steps))
        first = min(max(first, 0.0), self.steps - span)
        if (first, span) != (self.first, self.span):
            self.first, self.span = first, span
            self.changed.emit()
        elif self.span > self.steps:
            self.changed.emit()
