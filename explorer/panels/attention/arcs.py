"""The weights of attention as arcs: what the live step of the decoder reads of the encoder's steps, and the gradients
that come back on the same arcs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap

from core.timeline.timeline import BACKWARD, FORWARD, LOSS
from explorer.items.plots.attention.arcs import (
    ArcFrame,
    Arcs,
    StepRow,
    draw_arcs,
    draw_chosen,
    draw_row,
    gradient_arcs,
    weight_arcs,
)
from explorer.items.plots.attention.matrix import MatrixFrame, gradient_texts, weight_texts
from explorer.panels.attention.scene import Now, Setting, shares
from explorer.style.colours import Colours, level_colours
from explorer.words import translator

tr = translator("AttentionPanel")

KEPT = 6  # pixmaps that are kept: those of the arcs that are shown, both ways, and of the steps before


class Shown(NamedTuple):
    """Whose arcs are shown: those of step `row` of the decoder or, where it is −1, of step `column` of the encoder
    (both from 0)."""

    row: int = -1
    column: int = -1


def shown_of(setting: Setting, now: Now, at: tuple[int, int] | None, chosen: tuple[int, int] | None) -> Shown | None:
    """The live step's; what is read off or selected is shown where the playhead is at no step of its own. On the way
    back the steps of the encoder have theirs: all that they got through the weights. None before there are weights."""
    (written, read), offset = setting.data.steps, setting.data.offset
    live = Shown()
    if offset < now.live <= offset + written:
        live = Shown(row=now.live - offset - 1)
    elif now.phase == BACKWARD and 0 < now.live <= read:
        live = Shown(column=now.live - 1)
    if at is not None and at[1] != live.column:
        return Shown(row=at[0])
    if live != Shown():
        return live
    if chosen is not None and now.done > chosen[0]:
        return Shown(row=chosen[0])
    if now.phase == LOSS:
        return Shown(row=written - 1)
    return Shown(row=0) if now.behind else None


class ArcPicture:
    """The decoder's steps above the encoder's, with the arcs of one of them. During a beat they grow: upwards in the
    forward pass, downwards in the backward one."""

    def __init__(self) -> None:
        self._kept: dict[tuple, QPixmap] = {}

    def forget(self) -> None:
        """What has been painted holds no longer."""
        self._kept = {}

    def frame(self, setting: Setting) -> ArcFrame:
        """Where the two rows lie."""
        line = QFontMetricsF(setting.font).height()
        return ArcFrame(setting.plot.adjusted(0, 1, 0, 2), *setting.data.steps, line)

    def known(self, i: int, now: Now, offset: int) -> tuple[bool, bool]:
        """Whether the arcs of row i (from 0) have their weights, and their gradients: those of the live step as they
        grow."""
        live = now.live - offset - 1 == i
        back = i >= now.reached or (live and now.phase == BACKWARD and now.share >= 0.5)
        return i < now.done or (live and now.phase == FORWARD), back

    # --- painting ---
    def paint(
        self, painter: QPainter, setting: Setting, now: Now, at: tuple[int, int] | None, chosen: tuple[int, int] | None
    ) -> None:
        """`at`: the weight (i, j), from 0, that is read off; `chosen`: the one that is selected."""
        frame, shown = self.frame(setting), shown_of(setting, now, at, chosen)
        back = self._back(shown, setting, now)
        key = "steps", shown, back, now.live, now.phase
        steps = self._pixmap(key, setting, lambda p: _Steps(setting, frame, now).draw(p, shown, back))
        painter.drawPixmap(0, 0, steps)
        if shown is None or not (shown.row < 0 or self.known(shown.row, now, setting.data.offset)[0]):
            self._draw_absence(painter, setting, frame)
            return
        for way, clip in self._ways(frame, shown, setting, now):
            arcs = self._arcs(setting, shown, way)
            picture = self._pixmap(
                ("arcs", shown, way),
                setting,
                lambda p, a=arcs, w=way: draw_arcs(p, frame, a, setting.theme, "encoder" if w else "decoder"),
            )
            painter.save()
            painter.setClipRect(clip)
            painter.drawPixmap(0, 0, picture)
            painter.restore()
        arcs = self._arcs(setting, shown, back)
        for place, width in ((chosen, setting.theme.selected), (at, 1.6)):
            if place is not None and place[0 if shown.row >= 0 else 1] == max(shown):
                draw_chosen(painter, frame, *place, arcs, width, setting.theme)

    def _back(self, shown: Shown | None, setting: Setting, now: Now) -> bool:
        if shown is None:
            return False
        return shown.row < 0 or self.known(shown.row, now, setting.data.offset)[1]

    def _ways(self, frame: ArcFrame, shown: Shown, setting: Setting, now: Now) -> list[tuple[bool, QRectF]]:
        """The arcs of the weights (False) and of the gradients (True), each with the part that is there."""
        whole = frame.rect.adjusted(-200, -20, 200, 20)
        live = shown.row >= 0 and now.live - setting.data.offset - 1 == shown.row
        if not live or now.share >= 1.0:
            back = shown.row < 0 or shown.row >= now.reached
            return [(back, whole)]
        high = frame.lower - frame.upper
        if now.phase == FORWARD:
            return [(False, whole.adjusted(0, frame.lower - now.share * high - whole.top(), 0, 0))]
        cut = frame.upper + now.share * high
        upper, lower = QRectF(whole), QRectF(whole)
        upper.setBottom(cut)
        lower.setTop(cut)
        return [(False, lower), (True, upper)]

    def _arcs(self, setting: Setting, shown: Shown, back: bool) -> Arcs:
        data = setting.data
        if shown.row >= 0:
            read = np.flatnonzero(data.present)
            written = np.full(len(read), shown.row)
        else:
            written = np.arange(data.steps[0] if data.present[shown.column] else 0)
            read = np.full(len(written), shown.column)
        if back:
            return gradient_arcs(written, read, data.gradients[written, read], setting.theme)
        return weight_arcs(written, read, shares(data, setting.normalise)[written, read], setting.theme)

    def _pixmap(self, key: tuple, setting: Setting, draw: Callable[[QPainter], None]) -> QPixmap:
        found = self._kept.pop(key, None)
        if found is None or found.devicePixelRatio() != setting.ratio:
            found = setting.painted(draw)
        self._kept[key] = found
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))
        return found

    def _draw_absence(self, painter: QPainter, setting: Setting, frame: ArcFrame) -> None:
        painter.setFont(setting.font)
        painter.setPen(QColor(setting.theme.muted))
        room = QRectF(frame.rect.left(), frame.upper, frame.rect.width(), frame.lower - frame.upper)
        text = tr("No weights yet: this step of the decoder comes later.")
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    # --- mouse ---
    def hit(self, place: QPointF, setting: Setting, now: Now, at: tuple[int, int] | None) -> tuple[int, int] | None:
        """The weight (i, j), from 0, under a point: on its arc, or on its step of the encoder; on a step of the decoder
        the largest of its weights."""
        frame, shown = self.frame(setting), shown_of(setting, now, at, None)
        step = frame.step_at(place)
        if step is not None and step[0] == "decoder":
            weights = np.where(setting.data.present, np.nan_to_num(setting.data.weights[step[1]]), -1.0)
            return step[1], int(weights.argmax())
        if shown is None:
            return None
        if step is not None:
            return (max(shown.row, 0), step[1]) if shown.row >= 0 or step[1] == shown.column else None
        return frame.nearest(place, self._arcs(setting, shown, self._back(shown, setting, now)))

    def box(self, i: int, j: int, setting: Setting) -> QRectF:
        """Where a weight stands, px."""
        return self.frame(setting).path(i, j).boundingRect()

    def pointed(self, i: int, j: int, setting: Setting) -> QPointF:
        """Beside what of it the readout stands."""
        return self.frame(setting).path(i, j).pointAtPercent(0.4)


class _Steps:
    """Paints both rows, their names, and the numbers of the arcs below the encoder's."""

    def __init__(self, setting: Setting, frame: ArcFrame, now: Now) -> None:
        self.setting, self.frame, self.now = setting, frame, now

    def draw(self, painter: QPainter, shown: Shown | None, back: bool) -> None:
        setting, frame, data, theme = self.setting, self.frame, self.setting.data, self.setting.theme
        colour = theme.forward_text if self.now.forward else theme.backward_text
        written, read = data.steps
        upper, lower = np.zeros(written, dtype=np.uint32), self._keys()
        if shown is not None:
            levels = level_colours(shares(data, setting.normalise), theme)
            if shown.row >= 0:
                lower = np.where(data.present, levels[shown.row], np.uint32(QColor(theme.empty_strip).rgb()))
            else:
                upper = levels[:, shown.column]
        live = self.now.live - data.offset - 1
        below = frame.box_height + 2 if frame.numbered else 0.0
        rows = (
            StepRow([frame.decoder(i) for i in range(written)], data.written, upper, live, colour),
            StepRow([frame.encoder(j) for j in range(read)], data.read, lower, self._live_key(), colour, below),
        )
        for row in rows:
            draw_row(painter, row, frame.pitch, setting.font, theme)
        self._label(painter, frame.decoder(0), tr("decoder"), theme.ink)
        self._label(painter, frame.encoder(0), tr("encoder"), theme.ink)
        if shown is not None and shown.row >= 0 and frame.numbered:
            self._numbers(painter, shown.row, back)

    def _keys(self) -> Colours:
        """The encoder's steps before anything is read of them."""
        data, theme = self.setting.data, self.setting.theme
        return np.where(data.present, np.uint32(0), np.uint32(QColor(theme.empty_strip).rgb()))

    def _live_key(self) -> int:
        live = self.now.live
        return live - 1 if 0 < live <= min(self.setting.data.offset, self.setting.data.steps[1]) else -1

    def _label(self, painter: QPainter, beside: QRectF, text: str, colour: str) -> None:
        """To the left of a row."""
        left = self.setting.columns.LEFT
        metrics = QFontMetricsF(self.setting.font)
        if metrics.horizontalAdvance(text) > left - 10:
            return
        painter.setFont(self.setting.font)
        painter.setPen(QColor(colour))
        place = QRectF(4, beside.center().y() - metrics.height() / 2, left - 12, metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _numbers(self, painter: QPainter, row: int, back: bool) -> None:
        """The weights, or the gradients, of the arcs that are shown, where there is room for them."""
        setting, frame, data, theme = self.setting, self.frame, self.setting.data, self.setting.theme
        font, values = setting.digits, (data.gradients if back else data.weights)[row : row + 1]
        cells = MatrixFrame(QRectF(0, 0, frame.rect.width(), frame.line), 0.0, frame.pitch, 1, data.steps[1])
        texts = (gradient_texts if back else weight_texts)(values, cells, font)
        if texts is None:
            return
        painter.setFont(font)
        painter.setPen(QColor(theme.backward_text if back else theme.forward_text))
        for j in np.flatnonzero(data.present).tolist():
            painter.drawText(frame.number(j), Qt.AlignmentFlag.AlignCenter, texts(0, j))
        colour = theme.backward_text if back else theme.forward_text
        self._label(painter, frame.number(0), setting.captions[1 if back else 0], colour)
