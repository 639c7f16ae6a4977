"""Paints the chain: directly after a change, and while only time moves from pictures that are made when they are first
needed."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPixmap

from core.timeline.timeline import BACKWARD, LOSS
from explorer.items.chain.bead import BeadPath
from explorer.items.chain.layers import ChainLayers
from explorer.items.chain.loss import STAGES
from explorer.items.chain.relatives import Nodes, outline_relatives
from explorer.panels.chain.frame import ChainFrame
from explorer.panels.chain.view import ChainView

Relatives = tuple[Nodes, Nodes]
ArcsShown = tuple[int, tuple[int, ...]]


class ChainDrawing:
    """The pictures of one view, which hold until another is painted."""

    def __init__(self) -> None:
        self._layers = ChainLayers()
        self._view: ChainView | None = None
        self._ratio = 1.0
        self._forget()

    def _forget(self) -> None:
        self._layers.forget()
        self._bare: QPixmap | None = None  # what lies behind the columns
        self._outlines: tuple[Relatives, QPixmap] | None = None  # around the relatives of the selection
        self._arcs: tuple[ArcsShown, QPixmap] | None = None  # of the selected step
        self._losses: tuple[QPixmap, ...] = ()  # the loss's row at each of its stages
        self._bead: BeadPath | None = None

    @property
    def builds(self) -> int:
        """How many pictures have been made; tests count them."""
        return self._layers.builds

    def paint(
        self, painter: QPainter, view: ChainView, ratio: float, relatives: Relatives, direct: bool, focused: bool
    ) -> None:
        """`ratio`: device px of a px. `relatives`: the nodes (row, column) that the selected one is computed from, and
        those computed from it. `direct`: without pictures of what does not move."""
        if (view, ratio) != (self._view, self._ratio):
            self._view, self._ratio = view, ratio
            self._forget()
        frame = view.frame
        if view.folding:
            _paint_folded(painter, view, frame, focused)
            return
        if direct:
            frame.background(painter)
        else:
            self._bare = self._bare or self._behind(view, frame)
            painter.drawPixmap(0, 0, self._bare)
        self._layers.paint(painter, view.painter, view.progress, view.room, None if direct else ratio)
        self._far(painter, view)
        self._draw_loss(painter, view, frame, direct)
        self._around_relatives(painter, view, relatives)
        self._draw_bead(painter, view)
        frame.overlay(painter, focused)

    def _picture(self, view: ChainView, height: float | None = None) -> QPixmap:
        """A clear one as large as the panel, or as its upper `height` px."""
        height = view.rect.height() if height is None else height
        picture = QPixmap(round(view.rect.width() * self._ratio), round(height * self._ratio))
        picture.setDevicePixelRatio(self._ratio)
        picture.fill(QColor(0, 0, 0, 0))
        return picture

    def _behind(self, view: ChainView, frame: ChainFrame) -> QPixmap:
        """What does not move."""
        picture = self._picture(view)
        with QPainter(picture) as painter:
            frame.background(painter)
        self._layers.builds += 1
        return picture

    # --- the loss, and what goes back from it ---
    def _draw_loss(self, painter: QPainter, view: ChainView, frame: ChainFrame, direct: bool) -> None:
        """The loss's row at its stage."""
        if view.loss_row is None:
            return
        painter.save()
        painter.setClipRect(view.room)
        if direct:
            frame.draw_loss(painter, view.painter.edges, frame.loss_stage)
        else:
            self._losses = self._losses or self._loss_pictures(view, frame)
            painter.drawPixmap(0, 0, self._losses[frame.loss_stage])
        painter.restore()

    def _loss_pictures(self, view: ChainView, frame: ChainFrame) -> tuple[QPixmap, ...]:
        """One for each stage, as high as the row and the edges below it."""
        assert view.loss_row is not None
        found, bottom = [], view.layout.node(view.loss_row.output, 1).top() + 12.0
        for at in STAGES:
            picture = self._picture(view, bottom)
            with QPainter(picture) as inner:
                inner.setClipRect(view.room)
                frame.draw_loss(inner, view.painter.edges, at)
            found.append(picture)
        self._layers.builds += 1
        return tuple(found)

    def _draw_bead(self, painter: QPainter, view: ChainView) -> None:
        """The bead on the live edge, while a gradient is under way."""
        if view.session.time.phase not in (LOSS, BACKWARD):
            return
        self._bead = self._bead or BeadPath(view.painter.edges, view.session.theme, view.loss_row)
        bead = self._bead.at(view.progress)
        if bead is not None and view.room.contains(bead.at):
            self._bead.draw(painter, bead)

    # --- over the columns ---
    def _far(self, painter: QPainter, view: ChainView) -> None:
        """Edges across columns are drawn over them, for the selected step."""
        edges, done = view.painter.edges, view.progress.done
        live = (view.session.selection or view.session.time).t
        painter.save()
        painter.setClipRect(view.room)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edges.draw_far(painter, done, live)
        painter.restore()
        key = edges.arcs_shown(done, live)
        if not any(phase > 0 for phase in key[1]):
            return
        if self._arcs is None or self._arcs[0] != key:
            picture = self._arcs[1] if self._arcs is not None else self._picture(view)
            picture.fill(QColor(0, 0, 0, 0))
            with QPainter(picture) as inner:
                inner.setClipRect(view.room)
                inner.setRenderHint(QPainter.RenderHint.Antialiasing)
                edges.draw_arcs(inner, *key)
            self._arcs = key, picture
        painter.drawPixmap(0, 0, self._arcs[1])

    def _around_relatives(self, painter: QPainter, view: ChainView, relatives: Relatives) -> None:
        """Their outlines, from a picture of their own."""
        if not any(relatives):
            return
        if self._outlines is None or self._outlines[0] is not relatives:
            picture = self._picture(view)
            with QPainter(picture) as inner:
                inner.setClipRect(view.room)
                outline_relatives(inner, view.layout, view.session.theme, *relatives)
            self._outlines = relatives, picture
        painter.drawPixmap(0, 0, self._outlines[1])


def _paint_folded(painter: QPainter, view: ChainView, frame: ChainFrame, focused: bool) -> None:
    """The network folded to one step, or while it folds; the numbers of the loss stand only beside the one step."""
    frame.background(painter, columns=False)
    painter.setClipRect(view.room)
    chain, live = view.folded(), view.folded_step
    chain.draw(painter, view.progress, live, frame.loss_stage)
    term, theme = chain.term(live), view.session.theme
    if chain.loss is not None and term is not None and view.session.unrolled == 0.0:
        texts = frame.loss_texts(frame.loss_stage, chain.loss, term)
        chain.loss.draw_texts(painter, texts, theme.muted, theme.backward_text)
    painter.setClipping(False)
    frame.header(painter, focused)
