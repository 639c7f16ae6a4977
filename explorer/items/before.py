"""Where a field shows what was there before an edit: along its lower edge."""

from __future__ import annotations

from PySide6.QtCore import QRectF

SHARE, LEAST = 0.28, 3.0  # of a field's height; px, but never more than half of it


def lower_edge(field: QRectF) -> QRectF:
    """The strip within a field that has the colours from before."""
    high = min(max(field.height() * SHARE, LEAST), field.height() / 2)
    return QRectF(field.x(), field.bottom() - high, field.width(), high)
