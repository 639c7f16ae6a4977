"""A curve that is drawn."""

from __future__ import annotations

import math

import numpy as np

from core.maths.arrays import Array
from explorer.items.plots.drawn_curve import DrawnCurve
from explorer.panels.lesson.answers.base import Answers
from explorer.session.lessons.page import worded
from explorer.widgets.labels import text_label

BEYOND = 0.15  # of a curve's range, so much more of the axis above and below


class Draw(Answers):
    """A curve over an empty axis."""

    def build(self) -> None:
        self.curve = DrawnCurve()
        self.curve.set_theme(self.session.theme)
        self.curve.setAccessibleName(worded(self.ask.text))
        self.column.addWidget(self.curve)
        self.done = self.press(self.tr("This is my curve"), self.send)
        self.done.setEnabled(False)
        self.curve.changed.connect(self._on_drawn)
        self.hint = text_label("muted", self.tr("Draw with the mouse, or with the arrow keys."))
        self.row(self.done, self.hint)
        self._truth: Array = np.zeros(0)
        self.session.lesson.question.curve(self._set_axis)

    def _set_axis(self, found: tuple[Array, Array]) -> None:
        places, self._truth = found
        decades = self.ask.curve is not None and self.ask.curve.decades
        self.curve.set_axis([float(each) for each in places], *_axis(self._truth, decades), decades)
        answered = self.session.lesson.question.answered
        if answered is not None:  # the step was gone back to
            if answered.drawn is not None:
                self.curve.set_guess(answered.drawn.guess)
            self.show_truth()

    def _on_drawn(self) -> None:
        self.done.setEnabled(2 * len(self.curve.drawn) >= len(self.curve.places))

    def send(self) -> None:
        self.session.lesson.question.answer_curve(self.curve.values(), self.sure.isChecked())

    def show_truth(self) -> None:
        self.done.hide()
        self.hint.hide()
        self.sure.hide()
        self.curve.show_truth([float(each) for each in self._truth])


def _axis(truth: Array, decades: bool) -> tuple[float, float]:
    """The ends of an axis that does not give the curve away: whole decades, or round numbers, with room on both
    sides."""
    finite = truth[np.isfinite(truth)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if decades:
        low, high = min(low, high - 1.0, 0.0), max(high, 0.0)
        return math.floor(low * (1.0 + BEYOND)) - 1.0, math.ceil(high) + 1.0
    low, high = min(low, 0.0), max(high, 0.0)
    size = max(high - low, 1e-12)
    unit = 10.0 ** math.floor(math.log10(size))
    return math.floor(low / unit - BEYOND) * unit, math.ceil(high / unit + BEYOND) * unit
