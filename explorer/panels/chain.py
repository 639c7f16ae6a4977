"""The unrolled network: one column a step, one row a quantity, the passes moving through it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START
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


class ChainPanel(Panel):
    """Draws directly after a change; when only time moves, from three layers (empty, forward done, backward done) that
    are cut at the playhead, with the live columns drawn on top."""

    name = "chain"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumHeight(170)
        self.setAccessibleName(self.tr("Unrolled network"))
        self.scene: ChainScene = cast(ChainScene, None)  # until the first refresh
        self.layer_builds = 0  # tests count them
        self._layers: dict[int, QPixmap] = {}
        self._only_time_moved = False
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
        self._describe()
        self.update()

    def show_selection(self) -> None:
        self.update()

    def _on_columns(self) -> None:
        self._forget_layers()

    def _forget_layers(self) -> None:
        self._layers.clear()
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
        return Progress(
            line.forward_done(position), line.backward_reached(position), position >= line.index(LOSS) - 1e-9
        )

    # --- painting ---
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), self.palette().window())
            return
        layout = self.chain_layout()
        chain = ChainPainter(layout, self.session.theme)
        progress = self._progress()
        live_first, live_last = self._live(progress)
        self._region(painter, chain, FORWARD_DONE if progress.forward else EMPTY, 1, live_first - 1, progress)
        self._region(painter, chain, self._right_phase(progress), live_last + 1, self.scene.steps, progress)
        self._live_columns(painter, chain, live_first, live_last, progress)
        self._frame(layout).overlay(painter, progress, self.hasFocus())
        if not self._names() <= self._typeset:
            QTimer.singleShot(0, self, self._typeset_names)

    def _right_phase(self, progress: Progress) -> int:
        if progress.backward <= self.scene.steps:
            return BACKWARD_DONE
        return FORWARD_DONE if progress.forward == self.scene.steps else EMPTY

    def _live(self, progress: Progress) -> tuple[int, int]:
        """The columns that are drawn each frame: the one in hand and its neighbours, whose edges change."""
        time = self.session.time
        if time.phase in (FORWARD, BACKWARD):
            return time.t - 1, time.t + 1
        beyond = self.session.timeline.steps + 1
        return (0, 0) if time.phase in (START, ACCUMULATE) else (beyond, beyond)

    def _clip(self, chain: ChainPainter, first: int, last: int) -> QRect:
        """The widget's strip of the columns first … last, out to its edges at the ends."""
        columns, steps = chain.columns, chain.scene.steps
        left = 0 if first <= 1 else round(columns.x(first) - columns.column / 2)
        right = self.width() if last >= steps else round(columns.x(last) + columns.column / 2)
        return QRect(left, 0, max(0, right - left), self.height())

    def _region(
        self, painter: QPainter, chain: ChainPainter, phase: int, first: int, last: int, progress: Progress
    ) -> None:
        """Columns first … last, which all show one phase: from its layer, or directly where there is none yet."""
        if first > last:
            return
        clip = self._clip(chain, first, last)
        if clip.isEmpty():
            return
        layer = self._layers.get(phase)
        if layer is None and self._only_time_moved:
            layer = self._build(chain, phase)
        if layer is not None:
            ratio = layer.devicePixelRatio()
            source = QRectF(clip.x() * ratio, 0, clip.width() * ratio, clip.height() * ratio)
            painter.drawPixmap(QRectF(clip), layer, source)
        else:
            painter.save()
            painter.setClipRect(clip)
            self._frame(chain.layout).background(painter)
            seen_first, seen_last = chain.columns.visible()
            chain.draw(painter, max(first, seen_first - 1), min(last, seen_last + 1), whole(phase, chain.scene.steps))
            painter.restore()
        if phase == FORWARD_DONE and progress.loss:
            painter.save()
            painter.setClipRect(clip)
            seen_first, seen_last = chain.columns.visible()
            chain.output_gradients(painter, max(first, seen_first), min(last, seen_last))
            painter.restore()

    def _build(self, chain: ChainPainter, phase: int) -> QPixmap:
        """One layer, in device pixels."""
        ratio = self.devicePixelRatioF()
        layer = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        layer.setDevicePixelRatio(ratio)
        painter = QPainter(layer)
        self._frame(chain.layout).background(painter)
        first, last = chain.columns.visible()
        chain.draw(painter, first - 1, last + 1, whole(phase, chain.scene.steps))
        painter.end()
        self._layers[phase] = layer
        self.layer_builds += 1
        return layer

    def _live_columns(
        self, painter: QPainter, chain: ChainPainter, first: int, last: int, progress: Progress
    ) -> None:
        """The columns whose phase is changing; the step in hand fills in the direction of the pass."""
        first, last = max(first, 1), min(last, chain.scene.steps)
        if first > last:
            return
        clip = self._clip(chain, first, last)
        time = self.session.time
        painter.save()
        painter.setClipRect(clip)
        self._frame(chain.layout).background(painter)
        chain.draw(painter, first - 1, last + 1, progress)
        if progress.loss:
            chain.output_gradients(painter, first, min(last, progress.backward - 1))
        if 0.0 < time.fraction < 1.0 and time.phase in (FORWARD, BACKWARD):
            forward = time.phase == FORWARD
            done = (
                Progress(time.t, progress.backward, progress.loss)
                if forward
                else Progress(progress.forward, time.t, progress.loss)
            )
            part = self._wipe(chain, clip, time.t, forward, time.fraction)
            painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
            self._frame(chain.layout).background(painter)
            chain.draw(painter, time.t - 1, time.t + 1, done)
        painter.restore()

    def _wipe(self, chain: ChainPainter, clip: QRect, t: int, forward: bool, fraction: float) -> QRectF:
        """What of the live columns is done: rising with the values, falling with the gradient; in heat, sideways."""
        columns, layout = chain.columns, chain.layout
        half = columns.column / 2
        if layout.detail is Detail.HEAT:
            left, width = columns.x(t) - half, columns.column * fraction
            return QRectF(left if forward else left + columns.column - width, 0, width, self.height())
        height = (layout.bottom - layout.top) * fraction
        top = layout.bottom - height if forward else layout.top
        left = columns.x(t) - half - (columns.column if forward else 0)
        return QRectF(left, top, 2 * columns.column, height).intersected(QRectF(clip))

    # --- hands ---
    def _on_clicked(self, place: QPointF) -> None:
        layout = self.chain_layout()
        hit = layout.hit(place)
        if hit is not None:
            row, t = hit
            self.session.select(Selection(self.scene.rows[row].name, t))
            return
        self.session.select(self._edge_at(layout, place))

    def _edge_at(self, layout: ChainLayout, place: QPointF) -> Selection | None:
        """The edge under a point between the nodes, or None."""
        if layout.detail is Detail.HEAT:
            return None
        chain = ChainPainter(layout, self.session.theme)
        t = self.session.columns.step_at(place.x())
        box = QRectF(place.x() - 5, place.y() - 5, 10, 10)
        for step in (t, t + 1):
            for link in self.scene.links:
                path = chain.edge_path(link, step)
                if path is not None and path.intersects(box):
                    rows = self.scene.rows
                    return Selection(rows[link.target].name, step, rows[link.source].name, link.recurrent)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.scene is not None:
            layout = self.chain_layout()
            over = layout.hit(event.position()) is not None or self._edge_at(layout, event.position()) is not None
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
        row = min(max(names.index(chosen.row) + up, 0), len(names) - 1)
        t = min(max(chosen.t + on, 1), self.scene.steps)
        if self.scene.rows[row].present[t - 1]:
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
