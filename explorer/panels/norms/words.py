"""What the norms panel shows, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.items.plots.log_axis import power_of
from explorer.items.plots.norms import Curve
from explorer.style.numbers import number, spoken

LEAST_CHANGE = 0.05  # decades: a curve that ends as near to where it began stays


def in_words(curves: Sequence[Curve], gradients: Mapping[str, str]) -> str:
    """A sentence for each curve: "tanh, ∂L/∂s: the norm falls from 1.39 at t = 14 to 3.6e-3 at t = 1." `gradients`: the
    symbols of the gradients by quantity."""
    return " ".join(_sentence(curve, gradients) for curve in curves)


def _sentence(curve: Curve, gradients: Mapping[str, str]) -> str:
    n, ends = len(curve.logs), curve.logs[[0, -1]]
    grown = ends[0] - ends[1] if np.isfinite(ends).all() else np.nan  # backward, from T to 1
    if n == 1:
        text = QCoreApplication.translate("NormsPanel", "{whose}: the norm is {last} at t = 1.")
    elif not np.isfinite(grown):
        text = QCoreApplication.translate("NormsPanel", "{whose}: the norm is {last} at t = {n} and {first} at t = 1.")
    elif abs(grown) < LEAST_CHANGE:
        text = QCoreApplication.translate("NormsPanel", "{whose}: the norm stays near {last} from t = {n} to t = 1.")
    elif grown < 0:
        text = QCoreApplication.translate(
            "NormsPanel", "{whose}: the norm falls from {last} at t = {n} to {first} at t = 1."
        )
    else:
        text = QCoreApplication.translate(
            "NormsPanel", "{whose}: the norm grows from {last} at t = {n} to {first} at t = 1."
        )
    whose = curve.label if curve.pin is not None else f"{curve.label}, {gradients[curve.name]}"
    first, last = (spoken(10.0 ** float(log)) for log in ends)
    return text.format(whose=whose, first=first, last=last, n=n)


def change_in_words(decades: float, steps: int) -> tuple[str, str]:
    """How many times smaller (÷) or larger (×) a norm has become by so many decades, and in how many steps."""
    size = abs(decades)
    factor = number(10.0**size) if size < 300 else power_of(size)
    words = QCoreApplication.translate("NormsPanel", "in {n} steps" if steps != 1 else "in 1 step")
    return f"{'÷' if decades > 0 else '×'} {factor}", words.format(n=steps)
