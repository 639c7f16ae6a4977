"""The steps' numbers below a picture that is alone on the screen: the chain, which has them otherwise, is not there."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from explorer.session.session import Session

EVERY = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
APART = 12.0  # px at least between two numbers


def step_places(session: Session, metrics: QFontMetricsF, top: float) -> list[tuple[QRectF, str]]:
    """The numbers of the visible steps that there is room for, each with its place below `top`; a decoder counts its
    own steps."""
    columns, written, steps = session.columns, session.trace.schedule.before_output, session.trace.steps
    widest = metrics.horizontalAdvance(str(steps) + ("′" if written else "")) + APART
    every = next((n for n in EVERY if n * columns.column >= widest), EVERY[-1])
    first, last = columns.visible()
    found: list[tuple[QRectF, str]] = []
    for t in range(first, last + 1):
        own = t - written if written and t > written else t
        if own != 1 and own % every:
            continue
        text = f"{own}′" if written and t > written else f"{own}"
        width = metrics.horizontalAdvance(text)
        place = QRectF(columns.x(t) - width / 2 - 2, top, width + 4, metrics.height())
        if not found or found[-1][0].right() + APART / 2 <= place.left():
            found.append((place, text))
    return found
