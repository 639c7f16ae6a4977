"""The second mark of a field beside its colour: + and −, a ring for exactly 0, a dot for what was too small to be kept,
a cross for what is no number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.style.colours import sign_ink
from explorer.style.theme import Theme

NONE, PLUS, MINUS, ZERO, UNDERFLOW, NAN = 0, 1, -1, 2, 3, 4
LEAST_ARM = 1.6  # px of half a sign; smaller ones are not seen
_WIDTH, _CROSS, _DOT = 1.4, 0.75, 1.1

Signs = NDArray[np.int8]


def gradient_signs(values: ArrayLike, least: float, underflow: ArrayLike | None = None) -> Signs:
    """The sign of each number, of the same shape; none where 0 < |number| ≤ `least`, which has no ink."""
    v = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        inked = np.where(np.abs(v) > least, np.sign(np.nan_to_num(v)), NONE)
    return _special(v, np.where(v == 0.0, ZERO, inked).astype(np.int8), underflow)


def value_signs(values: ArrayLike, underflow: ArrayLike | None = None) -> Signs | None:
    """The same of values, which have one only where they are no ordinary number; None where all are."""
    v = np.asarray(values, dtype=np.float64)
    if np.isfinite(v).all() and (underflow is None or not np.asarray(underflow).any()):
        return None
    return _special(v, np.where(np.isinf(v), np.sign(np.nan_to_num(v)), NONE).astype(np.int8), underflow)


def _special(v: NDArray, signs: Signs, underflow: ArrayLike | None) -> Signs:
    signs = np.where(np.isnan(v), NAN, signs)
    if underflow is not None:
        signs = np.where((v == 0.0) & np.asarray(underflow, dtype=bool), UNDERFLOW, signs)
    return signs.astype(np.int8)


def draw_signs(painter: QPainter, strip: QRectF, signs: Signs, colours: NDArray, theme: Theme) -> None:
    """The signs (lines, n) of a strip over their colours (lines, n), packed, where the fields are wide enough."""
    lines, units = signs.shape
    width, height = strip.width() / units, strip.height() / lines
    arm = min(width, height, 12.0) * 0.28
    if arm < LEAST_ARM:
        return
    strokes: dict[int, list[QLineF]] = {}
    rings: list[QPointF] = []
    for line in range(lines):
        y = strip.y() + (line + 0.5) * height
        for unit in np.flatnonzero(signs[line]).tolist():
            sign, x = int(signs[line, unit]), strip.x() + (unit + 0.5) * width
            if sign == ZERO:
                rings.append(QPointF(x, y))
            else:
                strokes.setdefault(sign_ink(int(colours[line, unit])).rgb(), []).extend(_strokes(sign, x, y, arm))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, marks in strokes.items():
        painter.setPen(QPen(QColor.fromRgb(colour), _WIDTH if arm > 2.2 else 1.0))
        painter.drawLines(marks)
    if rings:
        painter.setPen(QPen(QColor(theme.muted), 1.0))
        for centre in rings:
            painter.drawEllipse(centre, arm * 0.8, arm * 0.8)


def _strokes(sign: int, x: float, y: float, arm: float) -> list[QLineF]:
    if sign == NAN:
        reach = arm * _CROSS
        return [QLineF(x - reach, y - reach, x + reach, y + reach), QLineF(x - reach, y + reach, x + reach, y - reach)]
    if sign == UNDERFLOW:
        return [QLineF(x - _DOT, y, x + _DOT, y)]
    across = QLineF(x - arm, y, x + arm, y)
    return [across, QLineF(x, y - arm, x, y + arm)] if sign == PLUS else [across]
