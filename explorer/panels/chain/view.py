"""What the chain shows of a session at one size: which rows, where everything lies, and what draws it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont

from core.chain.rows import OUTPUT_ROW
from explorer.items.chain.digits import NodeDigits
from explorer.items.chain.folded import FoldedChain, FoldingLayout, refusal
from explorer.items.chain.layout import ChainLayout, readable
from explorer.items.chain.loss import LossRow
from explorer.items.chain.painter import ChainPainter, Progress
from explorer.items.chain.scene import ChainScene
from explorer.panels.chain.folding import letters, said
from explorer.panels.chain.frame import ChainFrame
from explorer.panels.chain.layout import AROUND, Spans, spans
from explorer.panels.chain.loss import Loss, loss_of
from explorer.panels.chain.marks import Answer, answers
from explorer.panels.chain.scale import Scale, scale_of
from explorer.panels.chain.scene import build_scene
from explorer.panels.chain.step_numbers import line_height
from explorer.panels.chain.tiles import ChainTileItems
from explorer.session.session import Session


class Shown(NamedTuple):
    """What a run gives the picture, whatever its size: all rows and edges, a classifier's answers, the loss."""

    whole: ChainScene
    answers: dict[int, Answer]
    loss: Loss | None

    @classmethod
    def of(cls, session: Session, scale: Scale | None = None) -> Shown:
        """That of the session's trace, sample and view. `scale`: of its colours; by default the run's own."""
        scale = scale or scale_of(session)
        whole, found = build_scene(session, scale), answers(session)
        return cls(whole, found, loss_of(session, whole.high, found, scale.values))


class ChainView:
    """One picture of `rect` px. Nothing of it changes but the playhead and how far the network is unrolled; what
    follows from the rest is worked out once, when it is first asked for. `typeset`: the names that are formulas by
    now. Beside other runs' chains, `with_loss` says whether all have a row of the loss, and `others` has the scenes of
    those below this one's and `name` what this run is called; they are set before anything is asked for."""

    around = AROUND

    def __init__(self, session: Session, shown: Shown, rect: QRectF, font: QFont, typeset: frozenset[str]) -> None:
        self.session, self.rect, self.font, self.typeset = session, rect, font, typeset
        self.digits = session.view.digits
        self.with_loss = True
        self.others: tuple[ChainScene, ...] = ()
        self.name = ""
        self.whole, self.answers, self.loss = shown

    # --- geometry ---
    @cached_property
    def spans(self) -> Spans:
        """px of the tops and the bottoms of the rows and of the loss."""
        return self.own_spans if self.with_loss else self.own_spans.without_loss()

    @cached_property
    def own_spans(self) -> Spans:
        """The same as this picture alone would have them."""
        line, numbers = line_height(self.session), self.loss is not None and not self.loss.picture.single
        height, font_px = self.rect.height(), self.session.theme.font_px
        return spans(self.whole, height, line, font_px, bool(self.answers), numbers, self.digits, self.around)

    @cached_property
    def scene(self) -> ChainScene:
        """Of the rows those that there is room for."""
        return readable(self.whole, self.spans.bottom - self.spans.top, self.session.theme.font_px)

    @cached_property
    def layout(self) -> ChainLayout:
        """Where everything lies: with room for digits only where some node has enough."""
        theme, place = self.session.theme, (self.scene, self.session.columns, self.spans.top, self.spans.bottom)
        if self.digits:
            layout = ChainLayout(*place, digits=True)
            if NodeDigits(layout, theme.font_px, theme.digit_px).rows:
                return layout
        return ChainLayout(*place)

    @cached_property
    def room(self) -> QRectF:
        """Where columns may be: zoomed or panned, they end before the rows' names and the card's border."""
        columns = self.session.columns
        return QRectF(round(columns.LEFT) - 2, 0, round(columns.room) + 4, self.rect.height())

    @cached_property
    def loss_row(self) -> LossRow | None:
        """Where the loss's nodes lie; None where they have no room."""
        return self._loss_row(self.layout)

    def _loss_row(self, layout: ChainLayout) -> LossRow | None:
        places = self.spans
        if self.loss is None or not places.has_loss:
            return None
        output = self.scene.names[OUTPUT_ROW]
        return LossRow(layout, self.loss.picture, output, places.loss_top, places.loss_bottom, self.font)

    @cached_property
    def tiles(self) -> ChainTileItems:
        """The tiles in sight."""
        return ChainTileItems(self.painter)

    def pointed(self, item: str) -> QRectF:
        """Where a note may point: "loss", its last node; "edge", the way of a state into the next step; else the
        state at the playhead."""
        if item == "loss" and self.loss_row is not None:
            return self.loss_row.node(len(self.loss_row.picture) - 1)
        memory, steps = self.session.trace.scan.cell.memory, self.session.trace.steps
        rows = range(len(self.scene.rows))
        row = next((k for k in rows if self.scene.rows[k].name == memory), rows[-1])
        if item == "edge" and steps > 1:
            a, b = self.layout.node(row, steps // 2), self.layout.node(row, steps // 2 + 1)
            return QRectF(a.center().x(), a.top(), b.center().x() - a.center().x(), a.height())
        return self.layout.node(row, self.session.time.t or 1)

    def busy(self) -> list[QRectF]:
        """The title, and the nodes of each row from its first to its last."""
        found = [self.frame.title_place()]
        for row, picture in enumerate(self.scene.rows):
            there = [t + 1 for t, present in enumerate(picture.present) if present]
            if there:
                found.append(self.layout.node(row, there[0]).united(self.layout.node(row, there[-1])))
        return found

    # --- what draws it ---
    @cached_property
    def painter(self) -> ChainPainter:
        """What draws the columns."""
        return ChainPainter(self.layout, self.session.theme, self.font)

    @property
    def frame(self) -> ChainFrame:
        """What surrounds them."""
        return ChainFrame(**self._framed())

    def _framed(self) -> dict[str, Any]:
        """What a frame is made of, by its fields."""
        folding = said(self.session, letters(self.session, self.scene)) if self.folding else ""
        return {
            "session": self.session,
            "scene": self.scene,
            "layout": self.layout,
            "rect": self.rect,
            "base_font": self.font,
            "typeset": self.typeset,
            "answers": self.answers,
            "loss": self.loss,
            "loss_row": self.loss_row,
            "folded": folding,
            "folded_step": self.folded_step if folding else 0,
            "around": self.around,
            "others": self.others,
            "name": self.name,
        }

    @property
    def progress(self) -> Progress:
        """How far the passes have come."""
        return Progress.at(self.session.position)

    @property
    def unfoldable(self) -> str:
        """Why it cannot be folded to one step; "" where it can."""
        return refusal(self.scene, self.layout.detail)

    @property
    def folding(self) -> bool:
        """Whether it is folded, or folding."""
        return self.session.unrolled < 1.0 and not self.unfoldable

    def folded(self) -> FoldedChain:
        """What draws it at the present share."""
        session, places = self.session, self.spans
        layout = FoldingLayout(self.scene, session.columns, places.top, places.bottom, session.unrolled)
        names = letters(session, self.scene)
        return FoldedChain(layout, session.theme, names, self.font, self._loss_row(layout))

    @property
    def folded_step(self) -> int:
        """The step that is on top while it is folded: the playhead's, the last one where that is at none."""
        first, last = self.session.columns.visible()
        return min(max(self.session.time.t or self.scene.steps, first), last)

    @cached_property
    def names(self) -> frozenset[str]:
        """The rows' names that are formulas."""
        loss = (self.loss.tex,) if self.loss is not None and self.spans.has_loss else ()
        return frozenset((*(row.tex for row in self.scene.rows if len(row.lines) == 1), *loss))
