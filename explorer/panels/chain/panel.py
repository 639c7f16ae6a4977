"""The unrolled network: one column a step, one row a quantity, the passes moving through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from core.chain.lineage import Lineage
from core.chain.rows import OUTPUT_ROW, rows
from core.chain.shared import shared_matrices
from core.memo import memoised
from core.timeline.timeline import BACKWARD, LOSS
from core.trace import Trace
from explorer.columns import Columns
from explorer.items.chain.bead import BeadPath
from explorer.items.chain.folded import FoldedChain, FoldingLayout, refusal
from explorer.items.chain.layers import ChainLayers
from explorer.items.chain.layout import ChainLayout, Detail, readable
from explorer.items.chain.loss import STAGES, LossRow
from explorer.items.chain.painter import ChainPainter, Progress
from explorer.items.chain.relatives import Nodes, outline_relatives
from explorer.items.chain.scene import ChainScene
from explorer.panels.base import Listening, Panel
from explorer.panels.chain.accessible import ChainItems
from explorer.panels.chain.difference import subtracted_pin
from explorer.panels.chain.folding import letters, said, why_not
from explorer.panels.chain.frame import ChainFrame
from explorer.panels.chain.hover import Hover, node_tip
from explorer.panels.chain.layout import Spans, spans
from explorer.panels.chain.loss import Loss, loss_of
from explorer.panels.chain.marks import Answer, answers
from explorer.panels.chain.matrix_here import MatrixHere
from explorer.panels.chain.scene import build_scene
from explorer.panels.chain.step_numbers import draw_hint, line_height, part_at
from explorer.panels.chain.tiles import ChainTileItems, TileAt, tile_hint, tile_selection
from explorer.panels.columns.mouse import ColumnMouse
from explorer.session.player import Player
from explorer.session.session import Change, Selection, Session, shares
from explorer.style.formula import formula
from explorer.widgets.accessible import announce, screen_reader_active
from explorer.widgets.keys import keeps


@memoised
def _lineage(trace: Trace, sample: int) -> Lineage:
    return Lineage(trace, sample)


class ChainPanel(Panel):
    """Draws directly after a change; when only time moves, from layers that are cut at the fronts of the passes."""

    name = "chain"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.hover = Hover(self, lambda node: node_tip(self.session, node))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(170)
        self.setAccessibleName(self.tr("Unrolled network"))
        self.whole: ChainScene = cast(ChainScene, None)  # until the first refresh
        self.scene: ChainScene = cast(ChainScene, None)  # of its rows those that there is room for
        self._answers: dict[int, Answer] = {}
        self.loss: Loss | None = None
        self._layers = ChainLayers()
        self._bare: QPixmap | None = None  # what lies behind the columns
        self._layout: ChainLayout | None = None
        self._drawer: ChainPainter | None = None
        self._outlines: QPixmap | None = None  # around the relatives of the selection
        self._arcs: tuple[tuple[int, tuple[int, ...]], QPixmap] | None = None  # of the selected step
        self._losses: tuple[QPixmap, ...] = ()  # the loss's row at each of its stages
        self._bead: BeadPath | None = None
        self._player: Player | None = None
        self.matrix_here: MatrixHere | None = None  # the one opened last
        self._relatives: tuple[Nodes, Nodes] = (frozenset(), frozenset())
        self._drawn_size = QSize()
        self._only_time_moved = False
        self._described: tuple[str, int] = ("", 0)
        self._typeset: frozenset[str] = frozenset()
        self._over_step: tuple[int, QPointF] | None = None  # the step whose number is under the mouse, and where
        self._tiles: ChainTileItems | None = None  # in sight
        self._over_tile: TileAt | None = None  # the one under the mouse
        self._mouse = ColumnMouse(self, self.inner, self._columns, self._on_clicked, self._on_entered)
        self.accessible_items = ChainItems(self)

    def _columns(self) -> Columns | None:
        return self.session.columns if self.session else None

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.columns.changed, self._on_columns
        yield session.unrolled_changed, self._on_unrolled

    def refresh(self, flags: Change) -> None:
        pinned = Change.PINS if self.session.view.difference else Change(0)
        if flags & (Change.RUN | Change.VIEW | Change.THEME | pinned):
            self.whole, self._answers = build_scene(self.session), answers(self.session)
            self.loss = loss_of(self.session, self.whole.high, self._answers)
            self._choose_rows()
            if flags & Change.THEME:
                self._typeset = frozenset()
            self._forget_layers()
            self.show_selection()

    def show_time(self, position: float) -> None:
        self._only_time_moved = True
        beat = self.session.time[:2]
        if beat != self._described:  # the picture moves within a beat, its words do not
            self._described = beat
            self._describe(screen_reader_active())
        self.update()

    def show_selection(self) -> None:
        chosen, trace, sample = self.session.selection, self.session.trace, self.session.view.sample
        found: tuple[Nodes, Nodes] = (frozenset(), frozenset())
        if chosen is not None:
            found = _lineage(trace, sample).of(chosen.row, chosen.t, chosen.record)
        self.set_lineage(*found)
        self._describe(True)
        announce(self)

    def set_lineage(self, ancestors: Nodes, descendants: Nodes) -> None:
        """Outlines the nodes (row, column) that one is computed from, and those that are computed from it."""
        self._relatives, self._outlines = (ancestors, descendants), None
        self.update()

    def _on_columns(self) -> None:
        self._forget_layers()

    def _on_unrolled(self, share: float) -> None:
        self._only_time_moved = False
        self._describe(False)
        self.update()

    def set_player(self, player: Player) -> None:
        self._player = player

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"fold": self.toggle_folded, "difference": self._toggle_difference}

    def toggle_folded(self) -> None:
        """Folds the network to one step, or unrolls it again; says why where it cannot be."""
        reason = refusal(self.scene, self.chain_layout().detail)
        if reason and self.session.unrolled == 1.0:
            self.session.message.emit(why_not(reason))
        elif self._player is not None:
            self._player.toggle_folded()

    @property
    def folding(self) -> bool:
        """Whether it is folded, or on its way."""
        return self.session.unrolled < 1.0 and not refusal(self.scene, self.chain_layout().detail)

    def folded_chain(self) -> FoldedChain:
        """What draws it at the present share."""
        session, places = self.session, self._spans()
        layout = FoldingLayout(self.scene, session.columns, places.top, places.bottom, session.unrolled)
        return FoldedChain(layout, session.theme, letters(session, self.scene), self.font())

    def _forget_layers(self) -> None:
        self._layers.forget()
        self._bare = self._layout = self._drawer = self._outlines = self._arcs = None
        self._losses, self._bead, self._tiles, self._over_tile = (), None, None, None
        self._only_time_moved = False
        self.update()

    # --- geometry ---
    def _spans(self) -> Spans:
        """px of the tops and the bottoms of the rows and of the loss."""
        line, numbers = line_height(self.session), self.loss is not None and not self.loss.picture.single
        height, font_px = self.inner_rect().height(), self.session.theme.font_px
        digits = self.session.view.digits
        return spans(self.whole, height, line, font_px, bool(self._answers), numbers, digits)

    def _choose_rows(self) -> None:
        places = self._spans()
        self.scene = readable(self.whole, places.bottom - places.top, self.session.theme.font_px)

    def chain_layout(self) -> ChainLayout:
        """Where everything lies now."""
        if self._layout is None:
            places = self._spans()
            digits = self.session.view.digits
            self._layout = ChainLayout(self.scene, self.session.columns, places.top, places.bottom, digits)
        return self._layout

    def loss_row(self) -> LossRow | None:
        """Where the loss's nodes lie now; None where they have no room."""
        places, layout = self._spans(), self.chain_layout()
        if self.loss is None or not places.has_loss:
            return None
        output = self.scene.names[OUTPUT_ROW]
        return LossRow(layout, self.loss.picture, output, places.loss_top, places.loss_bottom, self.font())

    def _toggle_difference(self) -> None:
        """The nodes show this run minus the pinned one, or this run again; without one to compare it says why not."""
        session = self.session
        if not session.view.difference and subtracted_pin(session) is None:
            text = self.tr("No pinned run has the same quantities; P pins this one, then change W, a bias or a number.")
            session.message.emit(text)
            return
        session.set_view(difference=not session.view.difference)

    def pointed(self, item: str) -> QRectF | None:
        """ "loss": its last node; "edge": the way of a state into the next step; "node": the state at the playhead."""
        if self.scene is None:
            return None
        layout, loss = self.chain_layout(), self.loss_row()
        if item == "loss" and loss is not None:
            return loss.node(len(loss.picture) - 1)
        row = next(
            (k for k, each in enumerate(self.scene.rows) if each.name == self.session.trace.scan.cell.memory), None
        )
        if row is None:
            row = len(self.scene.rows) - 1
        steps = self.session.trace.steps
        if item == "edge" and steps > 1:
            a, b = layout.node(row, steps // 2), layout.node(row, steps // 2 + 1)
            return QRectF(a.center().x(), a.top(), b.center().x() - a.center().x(), a.height())
        return layout.node(row, self.session.time.t or 1)

    def busy(self) -> list[QRectF]:
        """The nodes of each row, from its first to its last."""
        if self.scene is None:
            return []
        layout, found = self.chain_layout(), []
        for row, picture in enumerate(self.scene.rows):
            there = [t + 1 for t, present in enumerate(picture.present) if present]
            if there:
                found.append(layout.node(row, there[0]).united(layout.node(row, there[-1])))
        return found

    def _painter(self) -> ChainPainter:
        """What draws the columns in this layout."""
        if self._drawer is None:
            self._drawer = ChainPainter(self.chain_layout(), self.session.theme, self.font())
        return self._drawer

    def _frame(self, layout: ChainLayout) -> ChainFrame:
        return ChainFrame(
            self.session, self.scene, layout, self.inner_rect(), self.font(), self._typeset, self._answers, self.loss,
            self.loss_row(), said(self.session, letters(self.session, self.scene)) if self.folding else "",
        )  # fmt: skip

    def _progress(self) -> Progress:
        return Progress.at(self.session.position)

    # --- painting ---
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), self.palette().window())
            return
        painter.scale(self.zoom, self.zoom)
        chain, frame = self._painter(), self._frame(layout := self.chain_layout())
        if self.folding:
            frame.background(painter, columns=False)
            painter.setClipRect(self._room())
            self.folded_chain().draw(painter, self._progress(), self.session.time.t or self.scene.steps)
            painter.setClipping(False)
            frame.header(painter, self.hasFocus())
            return
        if self._only_time_moved:
            if self._bare is None:
                self._bare = self._behind(frame)
            painter.drawPixmap(0, 0, self._bare)
        else:
            frame.background(painter)
        ratio = self.ratio() if self._only_time_moved else None
        self._layers.paint(painter, chain, self._progress(), self._room(), ratio)
        self._far(painter, chain)
        self._draw_loss(painter, chain, frame)
        self._around_relatives(painter, layout)
        self._draw_bead(painter, chain, frame)
        frame.overlay(painter, self.hasFocus() and not self.presented)
        self._readout(painter)
        if not self._names() <= self._typeset:
            QTimer.singleShot(0, self, self._typeset_names)

    def _draw_loss(self, painter: QPainter, chain: ChainPainter, frame: ChainFrame) -> None:
        """The loss's row at its stage: directly, or when only time moves from a picture of each."""
        if frame.loss_row is None:
            return
        painter.save()
        painter.setClipRect(self._room())
        if not self._only_time_moved:
            frame.draw_loss(painter, chain.edges, frame.loss_stage)
        else:
            self._losses = self._losses or self._loss_pictures(chain, frame)
            painter.drawPixmap(0, 0, self._losses[frame.loss_stage])
        painter.restore()

    def _loss_pictures(self, chain: ChainPainter, frame: ChainFrame) -> tuple[QPixmap, ...]:
        """One for each stage, as high as the row and the edges below it."""
        assert frame.loss_row is not None
        found, bottom = [], frame.layout.node(frame.loss_row.output, 1).top() + 12.0
        for at in STAGES:
            picture = self._picture(bottom)
            picture.fill(QColor(0, 0, 0, 0))
            with QPainter(picture) as inner:
                inner.setClipRect(self._room())
                frame.draw_loss(inner, chain.edges, at)
            found.append(picture)
        self._layers.builds += 1
        return tuple(found)

    def _draw_bead(self, painter: QPainter, chain: ChainPainter, frame: ChainFrame) -> None:
        """The bead on the live edge, while a gradient is under way."""
        if self.session.time.phase not in (LOSS, BACKWARD):
            return
        self._bead = self._bead or BeadPath(chain.edges, self.session.theme, frame.loss_row)
        bead = self._bead.at(self._progress())
        if bead is not None and self._room().contains(bead.at):
            self._bead.draw(painter, bead)

    def _far(self, painter: QPainter, chain: ChainPainter) -> None:
        """Edges across columns are drawn over them, for the selected step."""
        time, chosen = self.session.time, self.session.selection
        live = chosen.t if chosen is not None else time.t
        done = self._progress().done
        painter.save()
        painter.setClipRect(self._room())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chain.edges.draw_far(painter, done, live)
        painter.restore()
        key = chain.edges.arcs_shown(done, live)
        if not any(phase > 0 for phase in key[1]):
            return
        if self._arcs is None or self._arcs[0] != key:
            picture = self._arcs[1] if self._arcs is not None else self._picture()
            picture.fill(QColor(0, 0, 0, 0))
            with QPainter(picture) as inner:
                inner.setClipRect(self._room())
                inner.setRenderHint(QPainter.RenderHint.Antialiasing)
                chain.edges.draw_arcs(inner, *key)
            self._arcs = key, picture
        painter.drawPixmap(0, 0, self._arcs[1])

    def _around_relatives(self, painter: QPainter, layout: ChainLayout) -> None:
        """Their outlines, from a picture of their own."""
        if not any(self._relatives):
            return
        if self._outlines is None:
            self._outlines = self._clear_picture()
            with QPainter(self._outlines) as inner:
                inner.setClipRect(self._room())
                outline_relatives(inner, layout, self.session.theme, *self._relatives)
        painter.drawPixmap(0, 0, self._outlines)

    def _behind(self, frame: ChainFrame) -> QPixmap:
        """What does not move, in device pixels."""
        picture = self._picture()
        with QPainter(picture) as painter:
            frame.background(painter)
        self._layers.builds += 1
        return picture

    def _clear_picture(self) -> QPixmap:
        """The same, with nothing in it."""
        picture = self._picture()
        picture.fill(QColor(0, 0, 0, 0))
        return picture

    def _picture(self, height: float | None = None) -> QPixmap:
        """One as large as the panel, or as its upper `height` px."""
        ratio, room = self.ratio(), self.inner_rect()
        height = room.height() if height is None else height
        picture = QPixmap(round(room.width() * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        return picture

    def _room(self) -> QRectF:
        """Where columns may be: zoomed or panned, they end before the rows' names and the card's border."""
        columns = self.session.columns
        left = round(columns.LEFT) - 2
        return QRectF(left, 0, round(columns.room) + 4, self.inner_rect().height())

    def _readout(self, painter: QPainter) -> None:
        """What a click on the number under the mouse does; above the numbers, of which it covers none."""
        if self._over_tile is not None:
            self._light(painter, self._over_tile)
        if self._over_step is None:
            return
        t, at = self._over_step
        bottom, wide = self.chain_layout().bottom, self.inner_rect().width()
        draw_hint(painter, self.step_hint(t), at.x(), bottom, wide, self.font(), self.session.theme)

    def _light(self, painter: QPainter, tile: TileAt) -> None:
        """All tiles of one matrix, and how often it is used."""
        painter.save()
        painter.setClipRect(self._room())
        self._painter().tiles.outline(painter, self.tile_items().like(tile))
        painter.restore()
        x, bottom = tile.place.center().x(), tile.place.top() - 2.0
        wide = self.inner_rect().width()
        draw_hint(painter, tile_hint(self.session, tile), x, bottom, wide, self.font(), self.session.theme)

    def tile_items(self) -> ChainTileItems:
        """The tiles in sight."""
        if self._tiles is None:
            self._tiles = ChainTileItems(self._painter())
        return self._tiles

    def tile_under(self, place: QPointF) -> TileAt | None:
        """The tile under a point; None where there is none."""
        if self.scene is None or self.folding or not self._room().contains(place):
            return None
        return self.tile_items().at(place)

    def open_matrix(self, tile: TileAt) -> None:
        """The numbers of a tile's matrix, to be changed at the tile."""
        self._open_at(tile.source, tile.target, True, tile.place)

    def open_edge(self, edge: Selection) -> None:
        """The same at the middle of an edge."""
        link = self.scene.link(edge.source, edge.row, edge.recurrent)
        if link is None:
            return
        steps = [t for t in range(1, self.scene.steps + 1) if link.end(t) == edge.t and self.scene.has_edge(link, t)]
        if steps:
            middle = self._painter().edges.curve(link, steps[0]).path.pointAtPercent(0.5)
            self._open_at(edge.source, edge.row, edge.recurrent, QRectF(middle.x() - 4, middle.y() - 4, 8, 8))

    def _open_at(self, source: str, target: str, recurrent: bool, place: QRectF) -> None:
        names = shared_matrices(self.session.trace).get((source, target, recurrent), ())
        known = self.session.trace.named_parameters(self.session.trace.parameters)
        names = tuple(name for name in names if name in known)
        if not names:
            self.session.message.emit(self.tr("This edge multiplies by no matrix; those named U, W or V do."))
            return
        self.matrix_here = MatrixHere(self.session, names, self.window())
        corner = self.mapTo(self.window(), place.topLeft().toPoint())
        self.matrix_here.open_at(QRect(corner, place.size().toSize()))

    def step_hint(self, t: int) -> str:
        """ "open step 5", in a decoder's own count."""
        written = self.scene.written
        return self.tr("open step {t}").format(t=f"{t - written}′" if written and t > written else t)

    # --- mouse and keys ---
    def step_under(self, place: QPointF) -> int | None:
        """The step whose number is under a point, where a cell can be opened there."""
        if self.scene is None or self.folding:
            return None
        t = self._frame(self.chain_layout()).steps.under(place)
        return t if t is not None and part_at(self.session.trace, t) is not None else None

    def _on_clicked(self, place: QPointF) -> None:
        t = self.step_under(place)
        if t is None and (term := self._term_under(place)) is not None:
            self._choose_term(term)
            return
        if t is None:
            tile = self.tile_under(place)
            self.session.select(self._under(place) if tile is None else tile_selection(self.session, tile))
            return
        self._point_at(None)
        self.session.enter(part_at(self.session.trace, t), t)

    def _term_under(self, place: QPointF) -> int | None:
        """The column of the loss's node under a point; None beside all of them."""
        if self.scene is None or self.folding:
            return None
        row = self.loss_row() if self._room().contains(place) else None
        return row.hit(place) if row is not None else None

    def _choose_term(self, t: int) -> None:
        """Shows the gradient of one term of the loss alone, or of all of them again; selects the only one."""
        session = self.session
        if len(shares(session.trace)) > 1:
            session.set_view(share_at=None if session.view.share_at == t else t)
        else:
            session.select(Selection(OUTPUT_ROW, t, record="L"))

    def _point_at(self, place: QPointF | None) -> None:
        """Takes note of the number under the mouse."""
        t = self.step_under(place) if place is not None else None
        before, self._over_step = self._over_step, None if t is None or place is None else (t, place)
        tile, self._over_tile = self._over_tile, self.tile_under(place) if place is not None else None
        if (before and before[0]) != t or tile is not self._over_tile:
            self.update()

    def _on_entered(self, place: QPointF) -> bool:
        """A double click: on a node it opens the cell, elsewhere it shows all steps."""
        if self.step_under(place) is not None or self._term_under(place) is not None:  # its first click has done it
            return True
        tile = self.tile_under(place)
        if tile is not None:
            self.open_matrix(tile)
            return True
        found = self._under(place)
        if found is None:
            return False
        if found.source:
            self.open_edge(found)
        else:
            self._enter(found.row, found.t)
        return True

    def _enter(self, row: str, t: int) -> bool:
        """Opens the cell of a node; False where no cell made it."""
        trace = self.session.trace
        piece = next((each.piece(t) for each in rows(trace) if each.name == row and each.row), None)
        if piece is None:
            return False
        self.session.enter(piece.part, t)
        return True

    def _under(self, place: QPointF) -> Selection | None:
        """The node or the edge under a point; None where there is none to be seen."""
        if not self._room().contains(place) or self.folding:
            return None
        layout = self.chain_layout()
        hit = layout.hit(place)
        return self._edge_at(layout, place) if hit is None else Selection(self.scene.rows[hit[0]].name, hit[1])

    def _edge_at(self, layout: ChainLayout, place: QPointF) -> Selection | None:
        """The edge under a point between the nodes, or None."""
        if layout.detail is Detail.HEAT:
            return None
        edges = self._painter().edges
        t = self.session.columns.step_at(place.x())
        live = (self.session.selection or self.session.time).t
        near = []
        for link in self.scene.links:
            reach = abs(link.lag) + 1
            for step in edges.far_steps(link, live) if link.far else range(t - reach, t + reach + 1):
                path = edges.path(link, step)
                if path is not None and path.controlPointRect().adjusted(-6, -6, 6, 6).contains(place):
                    near.append((path, Selection(link.names[1], link.end(step), link.names[0], link.recurrent)))
        for width in (3.0, 10.0):  # the nearest, where two run together
            found = next((chosen for path, chosen in near if _along(path, place, width)), None)
            if found is not None:
                return found
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.scene is not None:
            place = self.inner(event.position())
            self._point_at(place)
            marked = self._over_step is not None or self._over_tile is not None
            under = None if marked else self._under(place)
            node = (under.row, under.t) if under is not None and not under.source else None
            self.hover.over(node, event.globalPosition().toPoint())
            over = marked or (under or self._term_under(place)) is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        self.hover.over(None, QPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0)}
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moves |= {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        key = Qt.Key(event.key())
        chosen = self.session.selection if self.session else None
        enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and chosen is not None
        if enter and chosen is not None and chosen.source:
            self.open_edge(chosen)
            return
        if enter and chosen is not None and self._enter(chosen.row, chosen.t):
            return
        if self.scene is None or key not in moves:
            super().keyPressEvent(event)
            return
        up, on = moves[key]
        names = [row.name for row in self.scene.rows]
        if chosen is None:
            self.session.select(Selection(names[1], max(1, self.session.time.t)))
            return
        t = min(max(chosen.t + on, 1), self.scene.steps)
        here, end = self.scene.names.get(chosen.row, 1), len(names) if up > 0 else -1
        others = range(here + up, end, up) if up else (here,)
        row = next((k for k in others if self.scene.rows[k].present[t - 1]), None)  # the next one that has a node here
        if row is not None:
            self.session.select(Selection(names[row], t))
            self.session.columns.reveal(t)

    def event(self, event: QEvent) -> bool:
        own = {Qt.Key.Key_Up, Qt.Key.Key_Down}
        chosen = self.session.selection if self.session is not None else None
        if chosen is not None and chosen.source:  # Enter opens the edge's matrix, not the cell
            own |= {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        return keeps(event, frozenset(own)) or super().event(event)

    # --- screen-reader sentences ---
    def _describe(self, with_selection: bool) -> None:
        """The picture in a sentence, after that of the selection, which while time moves only a screen reader needs."""
        words, formula_text = self._frame(self.chain_layout()).status()
        trace = self.session.trace
        text = self.tr("{cell} over {steps} steps; {words} {formula}").format(
            cell=trace.scan.cell.title, steps=trace.steps, words=words, formula=formula_text
        )
        if self.session.view.share_at is not None or self.scene.compared:
            text = f"{self._frame(self.chain_layout()).title()}. {text}"
        if len(self.scene.names) > len(self.scene.rows):
            text += self.tr("; the rows that have no room here are in the cells, Enter opens one")
        node = self.accessible_items.selected_sentence() if with_selection else ""
        self.setAccessibleDescription(f"{node} {text}" if node else text)

    def _names(self) -> frozenset[str]:
        """The rows' names that are formulas."""
        loss = (self.loss.tex,) if self.loss is not None and self._spans().has_loss else ()
        return frozenset((*(row.tex for row in self.scene.rows if len(row.lines) == 1), *loss))

    def _typeset_names(self) -> None:
        """Typesets the rows' names in an idle moment after the first paint."""
        theme = self.session.theme
        for tex in self._names() - self._typeset:
            formula(tex, theme.formula_px + 2.0, theme.muted)
        if not isValid(self):  # typesetting makes garbage, whose collection may take a closed window, and this with it
            return
        self._typeset |= self._names()
        self._forget_layers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._drawn_size != self.size():  # a hidden widget gets a resize event at every grab
            self._drawn_size = self.size()
            if self.whole is not None:
                self._choose_rows()
            self._forget_layers()


def _along(path: QPainterPath, place: QPointF, width: float) -> bool:
    """Whether a point lies on a curve of that width."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(path).contains(place)
