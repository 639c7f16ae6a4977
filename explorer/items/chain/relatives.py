"""The nodes that one is computed from, and those that are computed from it, outlined in two colours."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.chain.layout import ChainLayout, Detail
from explorer.style.theme import Theme

Nodes = frozenset[tuple[str, int]]  # (row's name, column)


def outline_relatives(
    painter: QPainter, layout: ChainLayout, theme: Theme, ancestors: Nodes, descendants: Nodes
) -> None:
    """Ancestors in the colour of the forward pass, descendants in that of the backward pass, which comes from them; in
    heat a line along the row instead of a frame around each node."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, layout.detail is not Detail.HEAT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for nodes, colour in ((ancestors, theme.forward), (descendants, theme.backward)):
        by_row: dict[int, set[int]] = {}
        for name, t in nodes:
            row = layout.scene.names.get(name)
            if row is not None and layout.scene.rows[row].present[t - 1]:
                by_row.setdefault(row, set()).add(t)
        for row, steps in by_row.items():
            if layout.detail is Detail.HEAT:
                _lines(painter, layout, row, sorted(steps), QColor(colour))
                continue
            painter.setPen(QPen(QColor(colour), theme.selected * (0.75 if layout.detail is Detail.FULL else 0.5)))
            first, last = layout.columns.visible()
            for t in steps:
                if first <= t <= last:
                    painter.drawRoundedRect(layout.node(row, t).adjusted(-1, -1, 1, 1), 5, 5)


def _lines(painter: QPainter, layout: ChainLayout, row: int, steps: list[int], colour: QColor) -> None:
    for _, run in itertools.groupby(enumerate(steps), lambda pair: pair[1] - pair[0]):
        span = [t for _, t in run]
        first, last = layout.node(row, span[0]), layout.node(row, span[-1])
        painter.fillRect(QRectF(first.left(), first.top() - 2, last.right() - first.left(), 2), colour)
        painter.fillRect(QRectF(first.left(), first.bottom(), last.right() - first.left(), 2), colour)
