"""What stands beside the chain's nodes: the layers' beds, the directions of their chains, what a decoder wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPolygonF

from core.chain.rows import OUTPUT_ROW
from core.maths.losses import CATEGORICAL
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.loss import LossRow
from explorer.panels.chain.drawn import drawn
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.style.theme import Theme


def draw_lanes(painter: QPainter, layout: ChainLayout, theme: Theme, right: float) -> None:
    """A bed behind the rows of each chain where there are several, and beside it the way the chain runs, where they run
    different ways."""
    rows = layout.scene.rows
    both = any(row.back for row in rows)
    for first, last in layout.lanes():
        bed = QRectF(5, layout.bands[last][0] + 1, right - 10, layout.bands[first][1] - layout.bands[last][0] - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        bedding = QColor(theme.trough)
        bedding.setAlpha(120)
        painter.setBrush(bedding)
        painter.drawRoundedRect(bed, 6, 6)
        if both:
            _arrow(painter, QPointF(right - 11.0, bed.center().y()), rows[first].back, QColor(theme.muted))


def _arrow(painter: QPainter, centre: QPointF, back: bool, colour: QColor) -> None:
    way = -1.0 if back else 1.0
    painter.setBrush(colour)
    painter.drawRect(QRectF(centre.x() - 4.5, centre.y() - 0.8, 9.0, 1.6))
    tip = [(5.5, 0.0), (0.5, 3.6), (0.5, -3.6)]
    painter.drawPolygon(QPolygonF([QPointF(centre.x() + way * x, centre.y() + y) for x, y in tip]))


class Answer(NamedTuple):
    """What a classifier predicts at a column, and the target; "" where there is none. `drawn`: with what probability
    `said` was drawn there, in a sampled text; None where nothing was."""

    said: str
    right: str
    drawn: float | None = None


def answers(session: Session) -> dict[int, Answer]:
    """By column, for the sample on view: the class with the largest output, and the target. Empty for what is no
    classification."""
    trace, sample = session.trace, session.view.sample
    data, names = trace.data, trace.data.output_names
    if data.loss != CATEGORICAL.name or len(names) != data.y.shape[2]:
        return {}
    start, outputs = trace.schedule.before_output, trace.values["out", "a"][:, sample]
    asked = data.supervised if data.counted is None else data.supervised & data.counted[:, sample]
    found = {}
    for k, output in enumerate(outputs):
        target = data.y[k, sample]
        right = names[int(target.argmax())] if asked[k] and target.any() else ""
        found[start + k + 1] = Answer(names[int(output.argmax())] if np.isfinite(output).all() else "", right)
    return found | {t: Answer(each.token, "", each.probability) for t, each in drawn(session).items()}


class Label(NamedTuple):
    """A word at its place."""

    place: QRectF
    text: str
    ink: str


def answer_labels(
    session: Session,
    layout: ChainLayout,
    said: Mapping[int, Answer],
    metrics: QFontMetricsF,
    done: int,
    loss: LossRow | None = None,
    losses: Mapping[int, str] | None = None,
) -> list[Label]:
    """Over each output that is computed: what it says; after the loss also whether that is right, or what would be, and
    of `losses`, what is said of each step's by column where no row of the loss says it, as far as there is room. None
    where it would not be whole, or stands beside the loss. Where `loss` has a row they stand over its nodes."""
    if layout.detail is not Detail.FULL or OUTPUT_ROW not in layout.scene.names:
        return []
    row = layout.scene.names[OUTPUT_ROW]
    picture, theme, lost = layout.scene.rows[row], session.theme, session.timeline.beats + 1 <= done
    found = []
    first, last = layout.columns.visible()
    for t in range(first, last + 1):
        answer = said.get(t)
        if answer is None or not picture.present[t - 1] or picture.forward[t - 1] > done:
            continue
        ink, text = theme.forward_text, answer.said
        if answer.drawn is not None:
            ink, text = theme.ink, f"{answer.said} {number(answer.drawn, 2)}"
        elif lost and answer.right:
            same = answer.said == answer.right
            ink = theme.ok_text if same else theme.fail_text
            text = f"{answer.said} ✓" if same else f"{answer.said} ≠ {answer.right}"
        node = layout.node(row, t)
        beside = [k for k in (t - 1, t + 1) if 1 <= k <= layout.scene.steps and picture.present[k - 1]]
        room = layout.column * (1 if beside else 3) - 8
        if answer.drawn is not None and metrics.horizontalAdvance(text) > room:
            text = answer.said  # the probability is in its tip
        if lost and losses is not None and t in losses:
            longer = f"{text}, {losses[t]}"
            text = longer if metrics.horizontalAdvance(longer) <= room else text
        width = metrics.horizontalAdvance(text)
        over = node.top() if loss is None or loss.term(t) is None else loss.top + 1.0
        place = QRectF(node.center().x() - width / 2, over - metrics.height() - 1, width, metrics.height())
        place.moveRight(min(place.right(), layout.columns.width - 6))
        if width <= room and place.top() >= (loss.top if loss is not None else layout.top) - metrics.height():
            found.append(Label(place, text, ink))
    return found


def draw_labels(painter: QPainter, labels: list[Label], font: QFont) -> None:
    """Words at their places."""
    painter.setFont(font)
    for place, text, ink in labels:
        painter.setPen(QColor(ink))
        painter.drawText(place.adjusted(-4, -2, 4, 2), Qt.AlignmentFlag.AlignCenter, text)
