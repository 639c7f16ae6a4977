"""The network folded to one step with a loop, and all between that and the unrolled chain: a function of one share."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from explorer.columns import Columns
from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.links import LinkPicture
from explorer.items.chain.loss import NOTHING, LossRow
from explorer.items.chain.painter import ChainPainter, Progress
from explorer.items.chain.routes import LEFT, RIGHT, Curve
from explorer.items.chain.scene import BACKWARD_DONE, EMPTY, ChainScene, phases
from explorer.style.fonts import sized
from explorer.style.theme import Theme

WIDE, LOOP, EAR = 110.0, 64.0, 11.0  # px of a folded node; how far a loop reaches beside it, and its height on one row
ALONE = 0.25  # the share up to which the playhead's step has its loops, and the only names
PAD = 3.0  # px around a name

SKIPS, NARROW, NO_LOOP, DECODES = "skips", "narrow", "no loop", "decodes"  # why a chain cannot be folded


def refusal(scene: ChainScene, detail: Detail) -> str:
    """Why a chain cannot be folded to one step with loops; "" where it can."""
    if scene.written or scene.arcs is not None or any(row.shift for row in scene.rows):
        return DECODES
    if any(link.far if link.recurrent else link.lag for link in scene.links):
        return SKIPS
    if not any(link.recurrent for link in scene.links):
        return NO_LOOP
    return "" if detail is Detail.FULL else NARROW


class FoldingLayout(ChainLayout):
    """The chain's layout with its columns slid together: `share` 0 all in the middle, and wide; 1 each in its place."""

    def __init__(self, scene: ChainScene, columns: Columns, top: float, bottom: float, share: float) -> None:
        self.share = share * share * (3.0 - 2.0 * share)  # it starts and ends slowly
        self._middle = columns.LEFT + columns.room / 2
        super().__init__(scene, columns, top, bottom)

    def x(self, t: float) -> float:
        return self._middle + (super().x(t) - self._middle) * self.share

    def _node_width(self, row: int) -> float:
        gathered = (1.0 - self.share) ** 3  # soon as narrow as in the chain, so that edges are seen between them
        return max(WIDE, self.node_width) * gathered + super()._node_width(row) * (1.0 - gathered)


class FoldedChain:
    """Draws a scene at a share. `letters`: of the matrices, by link (its index in the scene); `loss`: the nodes of the
    loss, where they have a row."""

    def __init__(
        self, layout: FoldingLayout, theme: Theme, letters: Mapping[int, str], font: QFont, loss: LossRow | None = None
    ) -> None:
        self.layout, self.scene, self.theme, self.letters = layout, layout.scene, theme, letters
        self.loss = loss
        self._painter, self._edges = ChainPainter(layout, theme), ChainEdges(layout, theme)
        self._font = sized(font, theme.font_px, bold=True)

    def draw(self, painter: QPainter, progress: Progress, live: int, lost: int = NOTHING) -> None:
        """All visible steps, `live` on top; folded it alone is to be seen. `lost`: the stage of the loss."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, last = self.layout.columns.visible()
        others = [t for t in range(first, last + 1) if t != live] if self.layout.share > 0.0 else []
        painter.setOpacity(min(1.0, self.layout.share * 4.0))
        for t in others:
            self._step(painter, t, progress, False, lost)
        painter.setOpacity(1.0)
        self._step(painter, live, progress, True, lost)
        for place, letter in self.names(live):
            self._name(painter, place, letter)

    def term(self, t: int) -> int | None:
        """The term of the loss at a step; None where it has none, or the loss no row."""
        return self.loss.term(t) if self.loss is not None else None

    def _step(self, painter: QPainter, t: int, progress: Progress, loops: bool, lost: int) -> None:
        """One column: its edges, then its nodes over them. `loops`: a loop that it has none of is drawn empty."""
        whole = loops and self.layout.share == 0.0  # the only step to be seen has every row, and every edge
        term = self.term(t)
        if self.loss is not None and (whole or term is not None):  # without a term of its own an empty node
            self.loss.draw_term(painter, self._edges, term or 0, lost if term is not None else NOTHING)
        for link in self.scene.links:
            at = self._counted(link, t, whole or (loops and link.recurrent and self.layout.share < ALONE))
            if at:
                forward, backward = (beats[at - 1 : at] for beats in self.scene.beats(link))
                phase = int(phases(forward, backward, progress.done)[0]) if at == t else EMPTY
                back = phase == BACKWARD_DONE and not self.scene.is_cut(link, at) and self._has_gradient(link)
                place, ink = float(link.decades[at - 1]), int(link.inks[at - 1])
                self._edges.draw_curve(painter, self.curve(link, at), place, ink, phase != EMPTY, back)
        for k, row in enumerate(self.scene.rows):
            if row.present[t - 1]:
                self._painter.draw_node(painter, k, t, progress.phase(t, row))
            elif whole and row.present.any():
                self._painter.draw_node(painter, k, int(row.present.argmax()) + 1, EMPTY)

    def _has_gradient(self, link: LinkPicture) -> bool:
        return bool(link.source) or self.scene.rows[0].gradients is not None

    def _counted(self, link: LinkPicture, t: int, others: bool) -> int:
        """The step at which the link's edge of column t is counted; where it has none, with `others`, any that has one.
        0: none."""
        if self.scene.has_edge(link, t):
            return t
        if not others:
            return 0
        return next((k for k in range(1, self.scene.steps + 1) if self.scene.has_edge(link, k)), 0)

    def curve(self, link: LinkPicture, t: int) -> Curve:
        """An edge: within a column as ever; from step to step between its loop and its place in the chain."""
        if not link.recurrent:
            return self._edges.curve(link, t)
        a, b = self.layout.node(link.source, link.origin(t)), self.layout.node(link.target, link.end(t))
        way, share, same = -1.0 if link.back else 1.0, self.layout.share, link.source == link.target
        lift = EAR * (1.0 - share) if same else min(9.0, a.height() * 0.2)
        out = a.left() if link.back else a.right()
        end_folded, end = (b.left(), b.right()) if link.back else (b.right(), b.left())
        p = QPointF(out, a.center().y() + (-lift if same else lift))
        q = QPointF(end_folded + (end - end_folded) * share, b.center().y() + (lift if same else -lift))
        bend = max(8.0, abs(q.x() - p.x()) * (0.0 if same else 0.9))
        reach, other = LOOP + (bend - LOOP) * share, LOOP - (LOOP + bend) * share
        path = QPainterPath(p)
        path.cubicTo(QPointF(p.x() + way * reach, p.y()), QPointF(q.x() + way * other, q.y()), q)
        arrives = (LEFT if way > 0 else RIGHT) if share < 0.5 else (RIGHT if way > 0 else LEFT)
        return Curve(path, (q, arrives), (p, LEFT if way > 0 else RIGHT))

    def names(self, live: int) -> list[tuple[QRectF, str]]:
        """The matrices' letters beside their edges: at every visible step, folded at the only one. None covers a node,
        or another."""
        metrics, found = QFontMetricsF(self._font), []
        first, last = self.layout.columns.visible()
        steps = [live, *(t for t in range(first, last + 1) if t != live)] if self.layout.share > ALONE else [live]
        nodes = [self.layout.node(k, t) for k, row in enumerate(self.scene.rows) for t in steps if row.present[t - 1]]
        for t in steps:
            for k, letter in self.letters.items():
                link = self.scene.links[k]
                at = self._counted(
                    link, t, t == live and self.layout.share < ALONE and (link.recurrent or not self.layout.share)
                )
                if not at:
                    continue
                middle = self.curve(link, at).path.pointAtPercent(0.5)
                width, height = metrics.horizontalAdvance(letter) + 2 * PAD, metrics.height()
                beside = 0.0 if link.recurrent else width / 2 + 5.0
                place = QRectF(middle.x() + beside - width / 2, middle.y() - height / 2, width, height)
                inked, within = place.adjusted(0, 2, 0, -2), self.layout.columns.width - 4.0
                if place.right() > within:
                    continue
                if not any(inked.intersects(node) for node in nodes) and not any(inked.intersects(p) for p, _ in found):
                    found.append((place, letter))
        return found

    def _name(self, painter: QPainter, place: QRectF, letter: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.panel))
        painter.drawRoundedRect(place.adjusted(0, 1, 0, -1), 3, 3)
        painter.setFont(self._font)
        painter.setPen(QColor(self.theme.ink))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, letter)
