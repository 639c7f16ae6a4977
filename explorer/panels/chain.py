"""The unrolled network: one column a step, one row a quantity, the passes moving through it."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.narration import mathematics
from core.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START
from explorer.items.chain_layout import ChainLayout, Detail
from explorer.items.chain_painter import BACKWARD_DONE, EMPTY, FORWARD_DONE, ChainPainter, Progress, whole
from explorer.items.chain_scene import ChainScene
from explorer.items.colours import legend
from explorer.items.decades import HIGH, LOW
from explorer.items.formula import formula
from explorer.items.numbers import number, superscript
from explorer.panels.base import Panel
from explorer.panels.chain_build import build_scene
from explorer.panels.column_mouse import ColumnMouse
from explorer.session import Change, Selection, Session

HEADER, STEPS_HEIGHT, LEGEND_HEIGHT = 1.9, 1.5, 1.5  # in lines of text


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
        self._typeset = False
        self._mouse = ColumnMouse(self, lambda: self.session.columns if self.session else None, self._on_clicked)

    # --- the session's word -------------------------------------------------------------------------------------------
    def bind(self, session: Session) -> None:
        if self.session is not None:
            self.session.columns.changed.disconnect(self._on_columns)
        session.columns.changed.connect(self._on_columns)
        super().bind(session)

    def refresh(self, flags: Change) -> None:
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self.scene = build_scene(self.session)
            self._forget_layers()

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

    # --- geometry -----------------------------------------------------------------------------------------------------
    def _line(self) -> float:
        return self.session.theme.font_px * 1.25

    def chain_layout(self) -> ChainLayout:
        """Where everything lies now."""
        line = self._line()
        bottom = self.height() - (STEPS_HEIGHT + LEGEND_HEIGHT) * line
        return ChainLayout(self.scene, self.session.columns, HEADER * line, bottom)

    def _progress(self) -> Progress:
        session, position = self.session, self.session.position
        line = session.timeline
        return Progress(
            line.forward_done(position), line.backward_reached(position), position >= line.index(LOSS) - 1e-9
        )

    # --- painting -----------------------------------------------------------------------------------------------------
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
        self._overlay(painter, layout, progress)
        if not self._typeset:
            QTimer.singleShot(0, self, self._typeset_labels)

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
            self._background(painter, chain.layout)
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
        self._background(painter, chain.layout)
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
        self._background(painter, chain.layout)
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
            self._background(painter, chain.layout)
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

    def _background(self, painter: QPainter, layout: ChainLayout) -> None:
        """What does not move: the card, the rows' names, the steps, the legend."""
        theme = self.session.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.background))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        self._row_names(painter, layout)
        self._step_numbers(painter, layout)
        self._legend(painter)
        self._cuts(painter, layout)

    def _font(self, px: float, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(7, round(px)))
        font.setBold(bold)
        return font

    def _row_names(self, painter: QPainter, layout: ChainLayout) -> None:
        theme, columns = self.session.theme, self.session.columns
        bands = layout.bands()
        for k, row in enumerate(self.scene.rows):
            node = layout.node(k, 1, bands)
            box = QRectF(10, bands[k][0], columns.LEFT - 18, bands[k][1] - bands[k][0])
            if len(row.lines) == 1:
                if self._typeset:
                    formula(row.tex, theme.formula_px + 2.0, theme.muted).draw_in(painter, box)
                else:
                    painter.setFont(self._font(theme.formula_px))
                    painter.setPen(QColor(theme.muted))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, row.text)
                continue
            upper, _ = layout.strips(k, node)
            height = upper.height() / len(row.lines)
            painter.setFont(self._font(min(theme.small_px, height * 1.1)))
            painter.setPen(QColor(theme.muted))
            for line, name in enumerate(row.lines):
                place = QRectF(10, upper.y() + line * height - 2, columns.LEFT - 26, height + 4)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _step_numbers(self, painter: QPainter, layout: ChainLayout) -> None:
        theme, columns = self.session.theme, self.session.columns
        font = self._font(theme.font_px)
        painter.setFont(font)
        widest = QFontMetricsF(font).horizontalAdvance(str(self.scene.steps)) + 14
        first, last = columns.visible()
        every = next(n for n in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000) if n * columns.column >= widest or n == 1000)
        painter.setPen(QColor(theme.muted))
        for t in range(first, last + 1):
            if every == 1 or t % every == 0 or (t == 1 and every <= 5):
                painter.drawText(self._step_box(layout, t, widest), Qt.AlignmentFlag.AlignCenter, self._step_text(t))

    def _step_box(self, layout: ChainLayout, t: int, width: float) -> QRectF:
        width = max(width, 30.0)
        left = min(max(self.session.columns.x(t) - width / 2, 0.0), self.width() - width - 4.0)
        return QRectF(left, layout.bottom, width, STEPS_HEIGHT * self._line() * 0.85)

    def _step_text(self, t: int) -> str:
        if self.scene.labels and self.session.columns.column >= 24 and self.session.view.sample == 0:
            return f"{t} {self.scene.labels[t - 1]}"
        return str(t)

    def _legend(self, painter: QPainter) -> None:
        theme = self.session.theme
        y = self.height() - LEGEND_HEIGHT * self._line() - 2
        height = LEGEND_HEIGHT * self._line()
        painter.setFont(self._font(theme.small_px))
        metrics = QFontMetricsF(painter.font())
        limit = f"{self.scene.rows[0].limit:g}"
        scale = (
            self.tr("each row by its own largest")
            if self.session.view.normalise
            else self.tr("absolute, + and − are signs")
        )
        entries = [
            ("value", self.tr("value"), f"−{limit} … +{limit}"),
            ("gradient", self.tr("|gradient|"), f"10{superscript(int(LOW))} … {10 ** int(HIGH)}  ({scale})"),
        ]
        if any("gate" in row.kinds for row in self.scene.rows):
            entries.insert(1, ("level", self.tr("gate"), "0 … 1"))
        x = self.session.columns.LEFT
        for kind, title, span in entries:
            room = metrics.horizontalAdvance(title) + 8 + 70 + 6 + metrics.horizontalAdvance(span)
            if x + room > self.width() - 8 and kind == "gradient":
                span = span.split("  (")[0]
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x, y, 400, height), Qt.AlignmentFlag.AlignVCenter, title)
            x += metrics.horizontalAdvance(title) + 8
            painter.drawImage(QRectF(x, y + height / 2 - 5, 70, 10), legend(kind, 70, theme))
            x += 76
            painter.drawText(QRectF(x, y, 600, height), Qt.AlignmentFlag.AlignVCenter, span)
            x += metrics.horizontalAdvance(span) + 24

    def _cuts(self, painter: QPainter, layout: ChainLayout) -> None:
        """Where truncation cuts the way back."""
        theme, columns = self.session.theme, self.session.columns
        if columns.column < 3 and len(self.scene.cuts) > columns.room / 4:
            return
        painter.setPen(QPen(QColor(theme.fail), 1.6, Qt.PenStyle.DashLine))
        for t in self.scene.cuts:
            x = columns.x(t) - columns.column / 2
            painter.drawLine(QPointF(x, layout.top), QPointF(x, layout.bottom))

    def _overlay(self, painter: QPainter, layout: ChainLayout, progress: Progress) -> None:
        """What moves with time: the band of the playhead, the header, the loss, the selection."""
        session, theme = self.session, self.session.theme
        columns, time = session.columns, session.time
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(QRectF(columns.LEFT - 4, 0, columns.right - columns.LEFT + 8, self.height()))
        if time.phase in (FORWARD, BACKWARD):
            half = max(columns.column / 2, 2.0)
            band = QRectF(columns.x(time.t) - half, 1, 2 * half, self.height() - 2 - LEGEND_HEIGHT * self._line())
            painter.fillRect(band, QColor(theme.playhead))
            painter.setFont(self._font(theme.font_px, bold=True))
            text, box = self._step_text(time.t), self._step_box(layout, time.t, 30)
            width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 8
            painter.fillRect(QRectF(box.center().x() - width / 2, box.y() + 1, width, box.height() - 2), QColor(theme.panel))
            painter.fillRect(QRectF(box.center().x() - width / 2, box.y() + 1, width, box.height() - 2), QColor(theme.playhead))
            painter.setPen(QColor(theme.backward_text if time.phase == BACKWARD else theme.forward_text))
            painter.drawText(box.adjusted(-10, 0, 10, 0), Qt.AlignmentFlag.AlignCenter, text)
        self._selected(painter, layout)
        painter.setClipping(False)
        self._header(painter, progress)
        self._loss(painter, layout, progress)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 9, 9)

    def _selected(self, painter: QPainter, layout: ChainLayout) -> None:
        theme, chosen = self.session.theme, self.session.selection
        if chosen is None or chosen.row not in self.scene.names:
            return
        row = self.scene.row_index(chosen.row)
        if not self.scene.rows[row].present[chosen.t - 1]:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.focus), theme.selected))
        node = layout.node(row, chosen.t)
        radius = 7.0 if layout.detail is Detail.FULL else 2.0
        if chosen.source in self.scene.names and (not chosen.recurrent or chosen.t > 1):
            other = layout.node(self.scene.row_index(chosen.source), chosen.t - chosen.recurrent)
            painter.drawRoundedRect(other.adjusted(-1, -1, 1, 1), radius, radius)
        painter.drawRoundedRect(node.adjusted(-2, -2, 2, 2), radius, radius)

    def _header(self, painter: QPainter, progress: Progress) -> None:
        theme, time = self.session.theme, self.session.time
        height = HEADER * self._line()
        title = self.tr("Unrolled network")
        painter.setFont(self._font(theme.title_px, bold=True))
        painter.setPen(QColor(theme.ink))
        painter.drawText(QRectF(14, 0, 600, height), Qt.AlignmentFlag.AlignVCenter, title)
        x = 14 + QFontMetricsF(painter.font()).horizontalAdvance(title) + 22
        painter.setFont(self._font(theme.font_px))
        metrics = QFontMetricsF(painter.font())
        words, formula_text = self.status()
        room = self.width() - x - 14
        text = f"{words}   {formula_text}" if formula_text else words
        if metrics.horizontalAdvance(text) > room:
            text = words if metrics.horizontalAdvance(words) <= room else ""
        ink = {FORWARD: theme.forward_text, BACKWARD: theme.backward_text}.get(time.phase, theme.muted)
        painter.setPen(QColor(ink))
        painter.drawText(QRectF(x, 0, room, height), Qt.AlignmentFlag.AlignVCenter, text)

    def status(self) -> tuple[str, str]:
        """What is happening, in words and in mathematics."""
        session, time = self.session, self.session.time
        steps = session.timeline.steps
        words = {
            START: self.tr("nothing computed yet — Space plays"),
            FORWARD: self.tr("forward, t = {t} of {steps}:").format(t=time.t, steps=steps),
            LOSS: self.tr("the loss:"),
            BACKWARD: self.tr("backward, t = {t} of {steps}:").format(t=time.t, steps=steps),
            ACCUMULATE: self.tr("accumulate, the sum over all steps:"),
        }[time.phase]
        if self.scene.broken and time.phase == self.scene.broken[0]:
            words = self.tr("not finite from t = {t} on; {words}").format(t=self.scene.broken[1], words=words)
        return words, mathematics(session.trace, time)

    def _loss(self, painter: QPainter, layout: ChainLayout, progress: Progress) -> None:
        """L beside the last output, where there is room for it."""
        session, theme = self.session, self.session.theme
        trace = session.trace
        row = len(self.scene.rows) - 1
        present = self.scene.rows[row].present
        if not progress.loss or present[: trace.steps - 1].any() or layout.detail is Detail.HEAT:
            return
        node = layout.node(row, trace.steps)
        if node.left() < session.columns.LEFT + 220 or node.left() > self.width():
            return
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._font(theme.font_px + 1, bold=True))
        painter.setPen(QColor(theme.backward_text))
        box = QRectF(node.left() - 300, node.center().y() - 1.3 * self._line(), 290, 1.3 * self._line())
        painter.drawText(box, right, f"L = {number(trace.loss, 4)}")
        target, output = trace.data.y[-1, session.view.sample], trace.values["out", "a"][-1, session.view.sample]
        if target.size == 1:
            painter.setFont(self._font(theme.small_px))
            painter.setPen(QColor(theme.muted))
            text = self.tr("target {y},  a = {a}").format(y=number(float(target[0]), 4), a=number(float(output[0]), 4))
            painter.drawText(box.translated(0, 1.25 * self._line()), right, text)

    # --- hands ----------------------------------------------------------------------------------------------------------
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

    def mouseMoveEvent(self, event) -> None:
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
        # Shift+← and Shift+→ move the selection while the chain has the focus; the window has no use for them.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                event.accept()
                return True
        return super().event(event)

    # --- words for the ear --------------------------------------------------------------------------------------------
    def _describe(self) -> None:
        """The picture in a sentence."""
        words, formula_text = self.status()
        trace = self.session.trace
        self.setAccessibleDescription(
            self.tr("{cell} over {steps} steps; {words} {formula}").format(
                cell=trace.scan.cell.title, steps=trace.steps, words=words, formula=formula_text
            )
        )

    def _typeset_labels(self) -> None:
        """Typesets the rows' names in an idle moment after the first paint."""
        if self._typeset or self.scene is None:
            return
        theme = self.session.theme
        for row in self.scene.rows:
            if len(row.lines) == 1:
                formula(row.tex, theme.formula_px + 2.0, theme.muted)
        self._typeset = True
        self._forget_layers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget_layers()
