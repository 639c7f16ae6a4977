"""What the norms panel shows, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.items.plots.axes.log import power_of
from explorer.items.plots.norms import Curve
from explorer.style.numbers import number, spoken
from explorer.words import counted, sentences, translator

_tr = translator("NormsPanel")
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


def reach_in_words(half: int | None, percent: int | None) -> tuple[str, ...]:
    """How many steps back half of the norm at the loss is lost, and all but 1 % of it: a sentence, and shorter ways."""
    if half is None:
        ways = (
            _tr("At every step more than half of the gradient is left."),
            _tr("more than half is left at every step"),
        )
    elif percent is None:
        ways = (
            _tr("{a} back half of the gradient is left, and at every step more than 1 %."),
            _tr("{a} back half is left"),
        )
    else:
        ways = (
            _tr("{a} back half of the gradient is left, {b} back 1 %."),
            _tr("{a} back half is left, {b} back 1 %"),
        )
    return tuple(way.format(a=_steps(half), b=_steps(percent)) for way in ways)


def _steps(count: int | None) -> str:
    """ "1 step", "3 steps"; "" for none."""
    return "" if count is None else counted("NormsPanel", count, "%n step", "%n steps")


def saturated_in_words(slopes: float, gates: float) -> tuple[str, ...]:
    """The shares of slopes near 0 and of gates near 0 or 1: a sentence and a shorter way; () where there is neither."""
    found = {"slopes": slopes, "gates": gates}
    there = {name: _percent(share) for name, share in found.items() if np.isfinite(share)}
    ways = {
        ("slopes",): (_tr("{slopes} % of the slopes are below 0.1."), _tr("{slopes} % of slopes < 0.1")),
        ("gates",): (
            _tr("{gates} % of the gates are within 0.1 of 0 or 1."),
            _tr("{gates} % of gates within 0.1 of 0 or 1"),
        ),
        ("slopes", "gates"): (
            _tr("{slopes} % of the slopes are below 0.1, {gates} % of the gates within 0.1 of 0 or 1."),
            _tr("{slopes} % of slopes < 0.1, {gates} % of gates within 0.1 of 0 or 1"),
        ),
    }
    return tuple(way.format(**there) for way in ways.get(tuple(there), ()))


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
