"""What the norms panel shows, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.items.plots.log_axis import power_of
from explorer.items.plots.norms import Curve
from explorer.style.numbers import number, spoken
from explorer.words import sentences

LEAST_CHANGE = 0.05  # decades: a curve that ends as near to where it began stays


def in_words(curves: Sequence[Curve], gradients: Mapping[str, str]) -> str:
    """A sentence for each curve: "tanh, ∂L/∂s: the norm falls from 1.39 at t = 14 to 3.6e-3 at t = 1." `gradients`: the
    symbols of the gradients by quantity."""
    return sentences(_sentence(curve, gradients) for curve in curves)


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


def reach_in_words(half: int | None, percent: int | None) -> str:
    """How many steps back half of the norm at the loss is lost, and all but 1 % of it."""
    if half is None:
        return QCoreApplication.translate("NormsPanel", "more than half at every step")
    if percent is None:
        words = QCoreApplication.translate("NormsPanel", "half after {a} step" if half == 1 else "half after {a} steps")
        return words.format(a=half)
    words = QCoreApplication.translate("NormsPanel", "half after {a}, 1 % after {b} steps")
    return words.format(a=half, b=percent)


def saturated_in_words(slopes: float, gates: float) -> str:
    """The shares of slopes near 0 and of gates near 0 or 1; "" where there is neither."""
    said = []
    if np.isfinite(slopes):
        words = QCoreApplication.translate("NormsPanel", "{share} % of slopes < 0.1")
        said.append(words.format(share=_percent(slopes)))
    if np.isfinite(gates):
        words = QCoreApplication.translate("NormsPanel", "{share} % of gates within 0.1 of 0 or 1")
        said.append(words.format(share=_percent(gates)))
    return ", ".join(said)


def _percent(share: float) -> str:
    """Whole per cent; what is not 0 is never written as 0, nor what is not all as 100."""
    percent = 100.0 * share
    if 0.0 < percent < 1.0:
        return "< 1"
    return "> 99" if 99.0 < percent < 100.0 else f"{percent:.0f}"


def change_in_words(decades: float, steps: int) -> tuple[str, str]:
    """How many times smaller (÷) or larger (×) a norm has become by so many decades, and in how many steps."""
    size = abs(decades)
    factor = number(10.0**size) if size < 300 else power_of(size)
    words = QCoreApplication.translate("NormsPanel", "in {n} steps" if steps != 1 else "in 1 step")
    return f"{'÷' if decades > 0 else '×'} {factor}", words.format(n=steps)
