"""The unrolled network: one column a step, one row a quantity, the passes moving through it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from core.chain.lineage import Lineage
from core.chain.rows import OUTPUT_ROW, rows
from core.memo import memoised
from core.trace import Trace
from explorer.columns import Columns
from explorer.panels.base import Listening, Panel
from explorer.panels.chain.accessible import ChainItems
from explorer.panels.chain.difference import subtracted_pin
from explorer.panels.chain.digits import lacking
from explorer.panels.chain.drawing import ChainDrawing, Relatives
from explorer.panels.chain.folding import why_not
from explorer.panels.chain.hover import Hover, node_tip
from explorer.panels.chain.layout import height_for_digits
from explorer.panels.chain.matrix_here import MatrixHere, matrices_of
from explorer.panels.chain.meant import draw_what_is_meant
from explorer.panels.chain.pinned import PinnedChain
from explorer.panels.chain.side_by_side import SideBySide
from explorer.panels.chain.step_numbers import draw_hint, line_height, part_at
from explorer.panels.chain.tiles import TileAt, tile_hint, tile_selection
from explorer.panels.chain.under import selection_under, step_under, term_under, tile_under
from explorer.panels.chain.view import ChainView, Shown
from explorer.panels.columns.mouse import ColumnMouse
from explorer.session.player import Player
from explorer.session.session import Change, Selection, Session, shares
from explorer.style.formula import formula
from explorer.widgets.accessible import announce, screen_reader_active
from explorer.widgets.keys import keeps
from explorer.words import in_language

LEAST_HEIGHT = 170  # px


@memoised
def _lineage(trace: Trace, sample: int) -> Lineage:
    return Lineage(trace, sample)


class ChainPanel(Panel):
    """What a person does in the picture, and when it is drawn anew. `drawing`: what paints it."""

    name = "chain"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.hover = Hover(self, lambda node: node_tip(self.session, node))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName(self.tr("Unrolled network"))
        self.drawing = ChainDrawing()
        self.beside = SideBySide()
        self._shown: Shown = cast(Shown, None)  # until the first refresh
        self._view: ChainView | None = None
        self._player: Player | None = None
        self.matrix_here: MatrixHere | None = None  # the one opened last
        self._relatives: Relatives = (frozenset(), frozenset())
        self._drawn_size = QSize()
        self._wished = 0  # px
        self._only_time_moved = False
        self._described: tuple[str, int] = ("", 0)
        self._typeset: frozenset[str] = frozenset()
        self._over_step: tuple[int, QPointF] | None = None  # the step whose number is under the mouse, and where
        self._over_tile: TileAt | None = None  # the tile under the mouse
        self._mouse = ColumnMouse(self, self.inner, self._columns, self._on_clicked, self._on_entered)
        self.accessible_items = ChainItems(lambda: self.view if self._shown else None)

    def _columns(self) -> Columns | None:
        return self.session.columns if self.session else None

    @property
    def view(self) -> ChainView:
        """What is shown, and where it lies now."""
        if self._view is None:
            font, known = self.font(), self._typeset
            own = self.beside.arrange(self.session, self._shown, self.inner_rect(), self.ratio(), font, known)
            self._view = ChainView(self.session, self._shown, own, font, known)
            self.beside.stand_below(self._view)
        return self._view

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.columns.changed, self._draw_anew
        yield session.unrolled_changed, self._on_unrolled
        yield session.lesson_changed, self.update

    def refresh(self, flags: Change) -> None:
        view = self.session.view
        edited = self._shown and self._shown.whole.edited
        told = Change.RUN | Change.VIEW | Change.THEME
        if view.difference or view.side_by_side or edited:  # runs that are shown, too, with what they have otherwise
            told |= Change.PINS | Change.PLAN
        if flags & told:
            before, self._shown = self._view, self.beside.refresh(self.session)
            if flags & Change.THEME:
                self._typeset = frozenset()
            self._draw_anew()
            self._wish()
            self.show_selection()
            asked = flags == Change.VIEW and before is not None and self.view.digits and not before.digits
            if asked and before is not None and (text := lacking(before, self.view)):
                self.session.message.emit(text)

    def show_time(self, position: float) -> None:
        self._only_time_moved = True
        self.beside.show_time(self.session)
        beat = self.session.time[:2]
        if beat != self._described:  # the picture moves within a beat, its words do not
            self._described = beat
            self._describe(screen_reader_active())
        self.update()

    def show_selection(self) -> None:
        chosen, trace, sample = self.session.selection, self.session.trace, self.session.view.sample
        self._relatives = (frozenset(), frozenset())
        if chosen is not None:
            self._relatives = _lineage(trace, sample).of(chosen.row, chosen.t, chosen.record)
        self.beside.show_selection(self.session)
        self.update()
        self._describe(True)
        announce(self)

    def _on_unrolled(self, share: float) -> None:
        self._only_time_moved = False
        self.beside.show_time(self.session)
        self._describe(False)
        self.update()

    def _draw_anew(self) -> None:
        """After a change: where everything lay and what was drawn of it holds no longer."""
        self._view = self._over_tile = None
        self._only_time_moved = False
        self.update()

    @property
    def least_height(self) -> int:
        return LEAST_HEIGHT

    @property
    def foot(self) -> int:
        return math.ceil(self.view.around.legend * line_height(self.session) * self.zoom) + 2 if self._shown else 0

    @property
    def wished_height(self) -> int:
        return max(self._wished, LEAST_HEIGHT)

    def _wish(self) -> None:
        """As much height as the digits in the nodes need, and with pinned chains below this one as all of them do."""
        session, shown = self.session, self._shown
        beside = self.beside.least_height(session, shown)
        line, column = line_height(session), session.columns.column
        own = height_for_digits(shown.whole, column, line, session.theme.digit_px, bool(shown.answers))
        self._wished = math.ceil(max(beside, own) * self.zoom)

    def set_player(self, player: Player) -> None:
        self._player = player

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"fold": self.toggle_folded, "difference": self._toggle_difference, "side by side": self._toggle_beside}

    def toggle_folded(self) -> None:
        """Folds the network to one step, or unrolls it again; says why where it cannot be."""
        reason = self.view.unfoldable
        if reason and self.session.unrolled == 1.0:
            self.session.message.emit(why_not(reason))
        elif self._player is not None:
            self._player.toggle_folded()

    def _toggle_difference(self) -> None:
        """The nodes show this run minus the pinned one, or this run again; without one to compare it says why not."""
        session = self.session
        if not session.view.difference and subtracted_pin(session) is None:
            text = self.tr("No pinned run has the same quantities; P pins this one, then change W, a bias or a number.")
            session.message.emit(text)
            return
        session.set_view(difference=not session.view.difference, side_by_side=False)

    def _toggle_beside(self) -> None:
        """The pinned runs' chains stand below this one's, or no longer; without any it says what to do."""
        session = self.session
        if not session.pins:
            text = self.tr("Pin a run first (P, or C for the four cells): its whole chain is shown below this one’s.")
            session.message.emit(text)
        if session.view.side_by_side or not session.pins:
            session.set_view(side_by_side=False)
            return
        session.leave()
        session.set_view(side_by_side=True, difference=False)

    def pointed(self, item: str) -> QRectF | None:
        return self.view.pointed(item) if self._shown else None

    def busy(self) -> list[QRectF]:
        return self.view.busy() if self._shown else []

    # --- painting ---
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._shown:
            painter.fillRect(self.rect(), self.palette().window())
            return
        painter.scale(self.zoom, self.zoom)
        focused = self.hasFocus() and not self.presented
        self.drawing.paint(painter, self.view, self.ratio(), self._relatives, not self._only_time_moved, focused)
        draw_what_is_meant(painter, self.view, self.session)
        if not self.view.folding:
            self._readout(painter)
        self.beside.paint(painter, self.session, self.ratio(), not self._only_time_moved)
        if not self._names <= self._typeset:
            QTimer.singleShot(0, self, self._typeset_names)

    def _readout(self, painter: QPainter) -> None:
        """What a click on the number under the mouse does; above the numbers, of which it covers none."""
        if self._over_tile is not None:
            self._light(painter, self._over_tile)
        if self._over_step is None:
            return
        t, at = self._over_step
        bottom, wide = self.view.layout.bottom, self.view.rect.width()
        draw_hint(painter, self.step_hint(t), at.x(), bottom, wide, self.font(), self.session.theme)

    def _light(self, painter: QPainter, tile: TileAt) -> None:
        """All tiles of one matrix, and how often it is used."""
        painter.save()
        painter.setClipRect(self.view.room)
        self.view.painter.tiles.outline(painter, self.view.tiles.like(tile))
        painter.restore()
        x, bottom = tile.place.center().x(), tile.place.top() - 2.0
        wide = self.view.rect.width()
        draw_hint(painter, tile_hint(self.session, tile), x, bottom, wide, self.font(), self.session.theme)

    def open_matrix(self, tile: TileAt) -> None:
        """The numbers of a tile's matrix, to be changed at the tile."""
        self._open_at(tile.source, tile.target, True, tile.place)

    def open_edge(self, edge: Selection) -> None:
        """The same at the middle of an edge."""
        scene = self.view.scene
        link = scene.link(edge.source, edge.row, edge.recurrent)
        if link is None:
            return
        steps = [t for t in range(1, scene.steps + 1) if link.end(t) == edge.t and scene.has_edge(link, t)]
        if steps:
            middle = self.view.painter.edges.curve(link, steps[0]).path.pointAtPercent(0.5)
            self._open_at(edge.source, edge.row, edge.recurrent, QRectF(middle.x() - 4, middle.y() - 4, 8, 8))

    def _open_at(self, source: str, target: str, recurrent: bool, place: QRectF) -> None:
        names = matrices_of(self.session.trace, source, target, recurrent)
        if not names:
            self.session.message.emit(self.tr("This edge multiplies by no matrix; those named U, W or V do."))
            return
        self.matrix_here = MatrixHere(self.session, names, self.window())
        corner = self.mapTo(self.window(), place.topLeft().toPoint())
        self.matrix_here.open_at(QRect(corner, place.size().toSize()))

    def step_hint(self, t: int) -> str:
        """ "open step 5", in a decoder's own count."""
        written = self.view.scene.written
        return self.tr("open step {t}").format(t=f"{t - written}′" if written and t > written else t)

    # --- mouse and keys ---
    def _on_clicked(self, place: QPointF) -> None:
        view, session = self.view, self.session
        other = self.beside.at(place)
        if other is not None:
            self._select_same(other, place)
            return
        t = step_under(view, place)
        if t is not None:
            self._point_at(None)
            session.enter(part_at(session.trace, t), t)
        elif (term := term_under(view, place)) is not None:
            self._choose_term(term)
        elif (tile := tile_under(view, place)) is not None:
            session.select(tile_selection(session, tile))
        else:
            session.select(selection_under(view, place))

    def _select_same(self, chain: PinnedChain, place: QPointF) -> None:
        """A click in a pinned run's chain selects the same node of the run on show."""
        node = chain.under(place)
        found = chain.same(self.session, node) if node is not None else None
        if node is not None and found is None:
            self.session.message.emit(self.tr("The run on show has no such node in this column."))
        else:
            self.session.select(found)

    def _choose_term(self, t: int) -> None:
        """Shows the gradient of one term of the loss alone, or of all of them again; selects the only one."""
        session = self.session
        if len(shares(session.trace)) > 1:
            session.set_view(share_at=None if session.view.share_at == t else t)
        else:
            session.select(Selection(OUTPUT_ROW, t, record="L"))

    def _point_at(self, place: QPointF | None) -> None:
        """Takes note of the number under the mouse."""
        t = step_under(self.view, place) if place is not None else None
        before, self._over_step = self._over_step, None if t is None or place is None else (t, place)
        tile, self._over_tile = self._over_tile, tile_under(self.view, place) if place is not None else None
        if (before and before[0]) != t or tile is not self._over_tile:
            self.update()

    def _on_entered(self, place: QPointF) -> bool:
        """A double click: on a node it opens the cell, elsewhere it shows all steps."""
        view = self.view
        if self.beside.at(place) is not None:
            return True
        if step_under(view, place) is not None or term_under(view, place) is not None:
            return True  # its first click has done it
        tile = tile_under(view, place)
        if tile is not None:
            self.open_matrix(tile)
            return True
        found = selection_under(view, place)
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

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._shown:
            place, on_screen = self.inner(event.position()), event.globalPosition().toPoint()
            other = self.beside.at(place)
            self._point_at(None if other is not None else place)
            if other is not None:
                pinned = other.under(place)
                self.hover.over(pinned, on_screen, other.tip)
                over = pinned is not None
                self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
                return
            marked = self._over_step is not None or self._over_tile is not None
            under = None if marked else selection_under(self.view, place)
            node = (under.row, under.t) if under is not None and not under.source else None
            self.hover.over(node, on_screen)
            over = marked or (under or term_under(self.view, place)) is not None
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
        if not self._shown or key not in moves:
            super().keyPressEvent(event)
            return
        (up, on), scene = moves[key], self.view.scene
        names = [row.name for row in scene.rows]
        if chosen is None:
            self.session.select(Selection(names[1], max(1, self.session.time.t)))
            return
        t = min(max(chosen.t + on, 1), scene.steps)
        here, end = scene.names.get(chosen.row, 1), len(names) if up > 0 else -1
        others = range(here + up, end, up) if up else (here,)
        row = next((k for k in others if scene.rows[k].present[t - 1]), None)  # the next one that has a node here
        if row is not None:
            self.session.select(Selection(names[row], t))
            self.session.columns.reveal(t)

    def event(self, event: QEvent) -> bool:
        own = {Qt.Key.Key_Up, Qt.Key.Key_Down}
        chosen = self.session.selection if self.session is not None else None
        if chosen is not None and chosen.source:  # Enter opens the edge's matrix, not the cell
            own |= {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        return keeps(event, frozenset(own)) or super().event(event)

    @property
    def _names(self) -> frozenset[str]:
        """The rows' names on show that are formulas."""
        return self.view.names | self.beside.names

    # --- screen-reader sentences ---
    def _describe(self, with_selection: bool) -> None:
        """The picture in a sentence, after that of the selection, which while time moves only a screen reader needs."""
        (words, formula_text), scene, trace = self.view.frame.status(), self.view.scene, self.session.trace
        text = self.tr("{cell} over {steps} steps; {words} {formula}").format(
            cell=in_language(trace.scan.cell.title), steps=trace.steps, words=words, formula=formula_text
        )
        if self.session.view.share_at is not None or scene.compared:
            text = f"{self.view.frame.title()}. {text}"
        if scene.compared and (pin := subtracted_pin(self.session)) is not None:
            text += f"; {self.session.pinned.sentence(pin)}"
        if len(scene.names) > len(scene.rows):
            text += "; " + self.tr("the rows that have no room here are in the cells, Enter opens one")
        text += self.beside.sentence(self.session)
        if (image := self.view.frame.image) is not None:
            text += f"; {image.sentence()}"
        node = self.accessible_items.selected_sentence() if with_selection else ""
        self.setAccessibleDescription(f"{node} {text}" if node else text)

    def _typeset_names(self) -> None:
        """Typesets the rows' names in an idle moment after the first paint."""
        theme = self.session.theme
        for tex in self._names - self._typeset:
            formula(tex, theme.formula_px + 2.0, theme.muted)
        if not isValid(self):  # typesetting makes garbage, whose collection may take a closed window, and this with it
            return
        self._typeset |= self._names
        self._draw_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._drawn_size != self.size():  # a hidden widget gets a resize event at every grab
            self._drawn_size = self.size()
            self._draw_anew()
