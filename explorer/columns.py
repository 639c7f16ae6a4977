"""Columns: one step is one column, in the same place in every picture of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

WIDEST = 200.0  # px; a few steps are not stretched beyond it …
FEW = 3  # … and so many or fewer fill the room, whatever it is


class Columns(QObject):
    """Which steps are visible, and where. Panels of one width share it, so that their columns line up.

    `start` is the left edge of the visible range in steps (0 is the left edge of t = 1), `span` its length; `first` is
    the left edge of the room, which lies before `start` where a few steps do not fill it.
    """

    changed = Signal()

    LEFT, RIGHT = 66.0, 18.0  # px: room for the rows' names, and a margin

    def __init__(self, steps: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.steps = steps
        self.start, self.span = 0.0, float(steps)
        self.width = 800.0
        self._widest: float | None = None  # px, where it is another run's that says so

    # --- geometry ---
    @property
    def room(self) -> float:
        """px between the margins."""
        return max(20.0, self.width - self.LEFT - self.RIGHT)

    @property
    def column(self) -> float:
        """px of one step. Few steps are not stretched beyond WIDEST, unless they are FEW."""
        return min(self.room / self.span, self.widest)

    @property
    def widest(self) -> float:
        """px that a step may have."""
        if self._widest is not None:
            return self._widest
        return max(WIDEST, self.room / self.steps) if self.steps <= FEW else WIDEST

    @property
    def first(self) -> float:
        """The left edge of the room, in steps; below 0 where a few steps stand in the middle of it."""
        return self.start - self._margin(self.span)

    def _margin(self, span: float) -> float:
        """Half of what is left over beside `span` steps, in steps: 0 unless they are as wide as they get."""
        return max(0.0, self.room / min(self.room / span, self.widest) - span) / 2

    def x(self, t: float) -> float:
        """px of the middle of step t (from 1)."""
        return self.LEFT + (t - 0.5 - self.first) * self.column

    def step_at(self, x: float) -> int:
        """The step under a px, clamped to the run."""
        return min(max(int((x - self.LEFT) / self.column + self.first) + 1, 1), self.steps)

    def visible(self) -> tuple[int, int]:
        """The first and last step that are at least partly visible."""
        last = int(min(self.steps, -(-(self.start + self.span) // 1)))
        return max(int(self.start), 0) + 1, max(last, 1)

    @property
    def right(self) -> float:
        """px of the right edge of the last visible column."""
        return self.LEFT + (self.start - self.first + min(self.span, self.steps - self.start)) * self.column

    @property
    def whole(self) -> bool:
        """Whether all steps are visible."""
        return self.span >= self.steps

    def moved(self, steps: int, shift: int) -> Columns:
        """The same places for another run of so many steps, whose first stands `shift` columns to the right: what is
        visible may begin before its first step, or end behind its last."""
        made = Columns(steps)
        made.start, made.span, made.width, made._widest = self.start - shift, self.span, self.width, self.widest
        return made

    # --- changes ---
    def set_steps(self, steps: int) -> None:
        """Another run. All of it is shown where all of the last one was."""
        if steps == self.steps:
            return
        fitted = self.whole
        self.steps = steps
        self._show(0.0 if fitted else self.start, float(steps) if fitted else self.span)

    def set_width(self, width: float) -> None:
        """The panels' width in px."""
        if width != self.width:
            self.width = width
            self.changed.emit()

    def zoom(self, factor: float, x: float) -> None:
        """`factor` > 1 zooms in; what is under px x stays there."""
        place = self.first + (x - self.LEFT) / self.column
        span = min(max(self.span / factor, self._shortest), float(self.steps))
        column = min(self.room / span, self.widest)
        self._show(place - (x - self.LEFT) / column + self._margin(span), span)

    @property
    def _shortest(self) -> float:
        """The least span: columns that are as wide as they get are not zoomed further."""
        return min(float(self.steps), max(1.0, self.room / self.widest))

    def pan(self, pixels: float) -> None:
        """Moves the picture to the right by px."""
        self._show(self.start - pixels / self.column, self.span)

    def fit(self) -> None:
        """All steps."""
        self._show(0.0, float(self.steps))

    def reveal(self, t: float) -> None:
        """Moves just so far that step t is visible."""
        if t - 1 < self.start:
            self._show(t - 1, self.span)
        elif t > self.start + self.span:
            self._show(t - self.span, self.span)

    def show_range(self, start: float, span: float) -> None:
        """So many steps from a left edge on, both as `start` and `span` say."""
        self._show(start, span)

    def _show(self, first: float, span: float) -> None:
        span = min(max(span, 1.0), float(self.steps))
        first = min(max(first, 0.0), self.steps - span)
        if (first, span) != (self.start, self.span):
            self.start, self.span = first, span
            self.changed.emit()
        elif self.span > self.steps:
            self.changed.emit()
