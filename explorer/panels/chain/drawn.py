"""A text that was sampled through the chain: what was drawn from each output, and its way to the next input."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from core.chain.rows import INPUT_ROW, OUTPUT_ROW
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.style.theme import Theme
from explorer.words import translator

_tr = translator("chain")
APART = 3.0  # px of the way to the nodes


class Drawn(NamedTuple):
    """The `token` that was drawn from a step's output, with this `probability` at this `temperature`."""

    token: str
    probability: float
    temperature: float


def drawn(session: Session) -> dict[int, Drawn]:
    """By column, for the sample on view; empty where the run on show reads no sampled text."""
    sampled = session.sampling.on_show
    if sampled is None or session.view.sample:
        return {}
    found, names = {}, session.trace.data.output_names
    for t in range(1, session.trace.steps + 1):
        k = sampled.drawn_at(t)
        if k is not None:
            unit = int(sampled.written.drawn[k])
            found[t] = Drawn(names[unit], float(sampled.written.probabilities[k, unit]), sampled.temperature)
    return found


def drawn_sentence(session: Session, row: str, t: int) -> str:
    """What was drawn from an output; "" of any other node, and where nothing was."""
    each = drawn(session).get(t) if row == OUTPUT_ROW else None
    if each is None:
        return ""
    text = _tr("“{token}” was drawn, with the probability {p} at temperature {temperature}")
    return text.format(token=each.token, p=number(each.probability), temperature=f"{each.temperature:g}")


def draw_way(painter: QPainter, layout: ChainLayout, theme: Theme, t: int) -> None:
    """From the output of step t to the input of the step after it, which is what was drawn."""
    names = layout.scene.names
    if layout.detail is Detail.HEAT or OUTPUT_ROW not in names or t >= layout.scene.steps:
        return
    start, end = layout.node(names[OUTPUT_ROW], t), layout.node(names[INPUT_ROW], t + 1)
    middle = (start.right() + end.left()) / 2
    a, b = QPointF(start.right() + APART, start.center().y()), QPointF(end.left() - APART, end.center().y())
    path = QPainterPath(a)
    path.cubicTo(QPointF(middle + APART, a.y()), QPointF(middle, a.y()), QPointF(middle, (a.y() + b.y()) / 2))
    path.cubicTo(QPointF(middle, b.y()), QPointF(middle - APART, b.y()), b)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.forward_text), theme.curve, Qt.PenStyle.DashLine))
    painter.drawPath(path)
