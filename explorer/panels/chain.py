"""The unrolled network: one column a step, one row a quantity, the passes moving through it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.timeline import BACKWARD, FORWARD, LOSS
from explorer.items.chain_layout import ChainLayout, Detail
from explorer.items.chain_painter import BACKWARD_DONE, EMPTY, FORWARD_DONE, ChainPainter, Progress, whole
from explorer.items.chain_scene import ChainScene
from explorer.items.formula import formula
from explorer.panels.base import Panel
from explorer.panels.chain_build import build_scene
from explorer.panels.chain_frame import HEADER, LEGEND_HEIGHT, STEPS_HEIGHT, ChainFrame, line_height
from explorer.panels.column_mouse import ColumnMouse
from explorer.session import Change, Selection, Session
from explorer.widgets.keys import keeps

BARE, FORWARD_AND_LOSS = -1, 3  # more layers: what surrounds the columns; values, and the outputs' gradients


class ChainPanel(Panel):
    """Draws directly after a change; when only time moves, from layers (empty, forward done, backward done) that are
    cut at the playhead, with the live column drawn between them."""

    name = "chain"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(170)
        self.setAccessibleName(self.tr("Unrolled network"))
        self.scene: ChainScene = cast(ChainScene, None)  # until the first refresh
        self.layer_builds = self.beat_builds = 0  # tests count them
        self._layers: dict[int, QPixmap] = {}
        self._beat_layer: tuple[Progress, QPixmap] | None = None  # of rows that go different ways
        self._only_time_moved = False
        self._told: tuple[str, int] = ("", 0)
        self._typeset: frozenset[str] = frozenset()
        self._mouse = ColumnMouse(self, lambda: self.session.columns if self.session else None, self._on_clicked)

    # --- the session's word ---
    def bind(self, session: Session) -> None:
        if self.session is not None:
            self.session.columns.changed.disconnect(self._on_columns)
        session.columns.changed.connect(self._on_columns)
        super().bind(session)

    def refresh(self, flags: Change) -> None:
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self.scene = build_scene(self.session)
            if flags & Change.THEME:
                self._typeset = frozenset()
            self._forget_layers()
            self._describe()

    def show_time(self, position: float) -> None:
        self._only_time_moved = True
        beat = self.session.time[:2]
        if beat != self._told:  # the picture moves within a beat, its words do not
            self._told = beat
            self._describe()
        self.update()

    def show_selection(self) -> None:
        self.update()

    def _on_columns(self) -> None:
        self._forget_layers()

    def _forget_layers(self) -> None:
        self._layers.clear()
        self._beat_layer = None
        self._only_time_moved = False
        self.update()

    # --- geometry ---
    def chain_layout(self) -> ChainLayout:
        """Where everything lies now."""
        line = line_height(self.session)
        bottom = self.height() - (STEPS_HEIGHT + LEGEND_HEIGHT) * line
        return ChainLayout(self.scene, self.session.columns, HEADER * line, bottom)

    def _frame(self, layout: ChainLayout) -> ChainFrame:
        return ChainFrame(self.session, self.scene, layout, self.rect(), self.font(), self._typeset)

    def _progress(self) -> Progress:
        session, position = self.session, self.session.position
        line = session.timeline
        forward, loss = line.forward_done(position), position >= line.index(LOSS) - 1e-9
        beats = None if self.scene.simple else (forward, line.backward_done(position))
        return Progress(forward, line.backward_reached(position), loss, beats)

    # --- painting ---
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), self.palette().window())
            return
        layout = self.chain_layout()
        chain = ChainPainter(layout, self.session.theme)
        progress = self._progress()
        if progress.beats is not None:
            self._mixed(painter, chain, progress)
            self._around(painter, layout, progress)
            return
        live = self._live(chain)
        before, after = QRect(0, 0, live.left(), self.height()), QRect(live.right() + 1, 0, self.width(), self.height())
        self._region(painter, chain, self._left_phase(progress), before)
        self._region(painter, chain, self._right_phase(progress), after)
        if not live.isEmpty():
            self._live_column(painter, chain, live, progress)
        self._around(painter, layout, progress)

    def _around(self, painter: QPainter, layout: ChainLayout, progress: Progress) -> None:
        self._frame(layout).overlay(painter, progress, self.hasFocus())
        if not self._names() <= self._typeset:
            QTimer.singleShot(0, self, self._typeset_names)

    def _mixed(self, painter: QPainter, chain: ChainPainter, progress: Progress) -> None:
        """Rows that go different ways are drawn as they are, once a beat while only time moves."""
        if not self._only_time_moved:
            self._draw_mixed(painter, chain, progress)
            return
        if self._beat_layer is None or self._beat_layer[0] != progress:
            layer = self._layer()
            inner = QPainter(layer)
            self._draw_mixed(inner, chain, progress)
            inner.end()
            self._beat_layer = (progress, layer)
            self.beat_builds += 1
        self._blit(painter, self._beat_layer[1], self.rect())

    def _draw_mixed(self, painter: QPainter, chain: ChainPainter, progress: Progress) -> None:
        painter.save()
        self._background(painter, chain, self.rect())
        painter.setClipRect(self._room())
        first, last = chain.columns.visible()
        chain.draw(painter, first, last, progress)
        if progress.loss:
            chain.output_gradients(painter, first, last)
        painter.restore()

    @staticmethod
    def _left_phase(progress: Progress) -> int:
        """What the steps before the live one show."""
        if progress.backward <= 1:
            return BACKWARD_DONE
        return FORWARD_AND_LOSS if progress.loss else FORWARD_DONE if progress.forward else EMPTY

    def _right_phase(self, progress: Progress) -> int:
        """What the steps after the live one show."""
        if progress.backward <= self.scene.steps:
            return BACKWARD_DONE
        if progress.loss:
            return FORWARD_AND_LOSS
        return FORWARD_DONE if progress.forward == self.scene.steps else EMPTY

    def _live(self, chain: ChainPainter) -> QRect:
        """What is drawn each frame: the column in hand, and the gaps beside it, whose edges change with it. Empty where
        all steps show the same."""
        time, columns = self.session.time, chain.columns
        if time.phase not in (FORWARD, BACKWARD):
            return QRect(self.width(), 0, 0, self.height())
        if chain.layout.detail is Detail.HEAT:
            reach = 1.5 * chain.layout.column
        else:
            reach = chain.layout.column - chain.layout.node_width / 2 - 1.0
        left = 0 if time.t == 1 else round(columns.x(time.t) - reach)
        right = self.width() if time.t == chain.scene.steps else round(columns.x(time.t) + reach)
        return QRect(left, 0, right - left, self.height())

    def _region(self, painter: QPainter, chain: ChainPainter, phase: int, clip: QRect) -> None:
        """Columns that all show one phase: from its layer, or directly where there is none yet."""
        clip = clip.intersected(self.rect())
        if clip.isEmpty():
            return
        layer = self._layers.get(phase)
        if layer is None and self._only_time_moved:
            layer = self._build(chain, phase)
        if layer is not None:
            self._blit(painter, layer, clip)
            return
        painter.save()
        painter.setClipRect(clip)
        self._frame(chain.layout).background(painter)
        self._columns(painter, chain, phase, chain.columns.step_at(clip.left()), chain.columns.step_at(clip.right()))
        painter.restore()

    def _columns(self, painter: QPainter, chain: ChainPainter, phase: int, first: int, last: int) -> None:
        """Columns in one phase, and a neighbour on either side, whose edges reach in."""
        shown = FORWARD_DONE if phase == FORWARD_AND_LOSS else phase
        painter.save()
        painter.setClipRect(self._room(), Qt.ClipOperation.IntersectClip)
        chain.draw(painter, first - 1, last + 1, whole(shown, chain.scene.steps))
        if phase == FORWARD_AND_LOSS:
            chain.output_gradients(painter, first - 1, last + 1)
        painter.restore()

    def _room(self) -> QRectF:
        """Where columns may be: zoomed or panned, they end before the rows' names and the card's border."""
        columns = self.session.columns
        return QRectF(columns.LEFT - 2, 0, columns.room + 4, self.height())

    def _background(self, painter: QPainter, chain: ChainPainter, clip: QRect) -> None:
        """What lies behind the live columns: from a layer of its own while only time moves."""
        if BARE in self._layers or self._only_time_moved:
            self._blit(painter, self._layers.get(BARE) or self._build(chain, BARE), clip)
        else:
            self._frame(chain.layout).background(painter)

    @staticmethod
    def _blit(painter: QPainter, layer: QPixmap, clip: QRect) -> None:
        ratio = layer.devicePixelRatio()
        source = QRectF(clip.x() * ratio, clip.y() * ratio, clip.width() * ratio, clip.height() * ratio)
        painter.drawPixmap(QRectF(clip), layer, source)

    def _build(self, chain: ChainPainter, phase: int) -> QPixmap:
        """One layer, in device pixels; the BARE one has no columns."""
        layer = self._layer()
        painter = QPainter(layer)
        self._frame(chain.layout).background(painter)
        if phase != BARE:
            self._columns(painter, chain, phase, *chain.columns.visible())
        painter.end()
        self._layers[phase] = layer
        self.layer_builds += 1
        return layer

    def _layer(self) -> QPixmap:
        """An empty one."""
        ratio = self.devicePixelRatioF()
        layer = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        layer.setDevicePixelRatio(ratio)
        return layer

    def _live_column(self, painter: QPainter, chain: ChainPainter, clip: QRect, progress: Progress) -> None:
        """The column whose phase is changing: it fills in the direction of the pass."""
        time = self.session.time
        painter.save()
        painter.setClipRect(clip)
        self._background(painter, chain, clip)
        painter.setClipRect(self._room(), Qt.ClipOperation.IntersectClip)
        chain.draw_live(painter, time.t, progress)
        if 0.0 < time.fraction < 1.0:
            forward = time.phase == FORWARD
            part = self._wipe(chain, clip, time.t, forward, time.fraction)
            if forward:
                done = Progress(time.t, progress.backward, progress.loss)
            else:
                done = Progress(progress.forward, time.t, progress.loss)
            painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
            self._background(painter, chain, clip)
            chain.draw_live(painter, time.t, done)
        painter.restore()

    def _wipe(self, chain: ChainPainter, clip: QRect, t: int, forward: bool, fraction: float) -> QRectF:
        """What of the live column is done: rising with the values, falling with the gradient; in heat, sideways."""
        columns, layout = chain.columns, chain.layout
        if layout.detail is Detail.HEAT:
            left, width = columns.x(t) - columns.column / 2, columns.column * fraction
            return QRectF(left if forward else left + columns.column - width, 0, width, self.height())
        height = (layout.bottom - layout.top) * fraction
        return QRectF(clip.left(), layout.bottom - height if forward else layout.top, clip.width(), height)

    # --- hands ---
    def _on_clicked(self, place: QPointF) -> None:
        self.session.select(self._under(place))

    def _under(self, place: QPointF) -> Selection | None:
        """The node or the edge under a point; None where there is none to be seen."""
        if not self._room().contains(place):
            return None
        layout = self.chain_layout()
        hit = layout.hit(place)
        return self._edge_at(layout, place) if hit is None else Selection(self.scene.rows[hit[0]].name, hit[1])

    def _edge_at(self, layout: ChainLayout, place: QPointF) -> Selection | None:
        """The edge under a point between the nodes, or None."""
        if layout.detail is Detail.HEAT:
            return None
        chain = ChainPainter(layout, self.session.theme)
        t = self.session.columns.step_at(place.x())
        box = QRectF(place.x() - 5, place.y() - 5, 10, 10)
        for step in (t, t + 1, t - 1):  # an edge of a reverse chain comes from the right
            for link in self.scene.links:
                path = chain.edge_path(link, step)
                if path is not None and path.intersects(box):
                    rows = self.scene.rows
                    return Selection(rows[link.target].name, step, rows[link.source].name, link.recurrent)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.scene is not None:
            over = self._under(event.position()) is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0)}
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moves |= {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}
        key = Qt.Key(event.key())
        if self.scene is None or key not in moves:
            super().keyPressEvent(event)
            return
        up, on = moves[key]
        chosen = self.session.selection
        names = [row.name for row in self.scene.rows]
        if chosen is None:
            self.session.select(Selection(names[1], max(1, self.session.time.t)))
            return
        t = min(max(chosen.t + on, 1), self.scene.steps)
        here, end = names.index(chosen.row), len(names) if up > 0 else -1
        others = range(here + up, end, up) if up else (here,)
        row = next((k for k in others if self.scene.rows[k].present[t - 1]), None)  # the next one that has a node here
        if row is not None:
            self.session.select(Selection(names[row], t))
            self.session.columns.reveal(t)

    def event(self, event: QEvent) -> bool:
        return keeps(event, frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down))) or super().event(event)

    # --- words for the ear ---
    def _describe(self) -> None:
        """The picture in a sentence."""
        words, formula_text = self._frame(self.chain_layout()).status()
        trace = self.session.trace
        self.setAccessibleDescription(
            self.tr("{cell} over {steps} steps; {words} {formula}").format(
                cell=trace.scan.cell.title, steps=trace.steps, words=words, formula=formula_text
            )
        )

    def _names(self) -> frozenset[str]:
        """The rows' names that are formulas."""
        return frozenset(row.tex for row in self.scene.rows if len(row.lines) == 1)

    def _typeset_names(self) -> None:
        """Typesets the rows' names in an idle moment after the first paint."""
        theme = self.session.theme
        for tex in self._names() - self._typeset:
            formula(tex, theme.formula_px + 2.0, theme.muted)
        self._typeset |= self._names()
        self._forget_layers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget_layers()
