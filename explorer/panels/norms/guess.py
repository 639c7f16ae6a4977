"""The curve that a person drew as the answer to a lesson's question, beside the curve of the norms that it is about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.items.plots.norms import Curve
from explorer.session.session import Session

SAME = 1e-6  # decades: the question may ask for norms against the last one, the curve has the norms themselves


def guess_of(session: Session, curves: Sequence[Curve], label: str) -> Curve | None:
    """What was drawn, on the axis of the norms: as far above or below the true curve as on the axis of the question.
    None where nothing was drawn, or none of `curves` is what the question asks for, but for one factor."""
    answered, page = session.lesson.question.answered, session.lesson.page
    if answered is None or answered.drawn is None or page is None or page.ask is None:
        return None
    drawn, asked = answered.drawn, page.ask.curve
    columns = np.arange(1.0, session.trace.steps + 1)
    if asked is None or not asked.decades or not np.array_equal(drawn.places, columns):
        return None
    for curve in curves:
        if len(curve.logs) != len(columns) or curve.absent or not np.isfinite(curve.logs).all():
            continue
        factor = curve.logs - drawn.truth
        if np.isfinite(factor).all() and np.ptp(factor) < SAME:
            logs, ink = drawn.at(columns) + factor[-1], (session.theme.forward, session.theme.forward_text)
            return Curve(logs, label, *ink, session.theme.curve, False, False, True, None, curve.name)
    return None
