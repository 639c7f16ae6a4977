"""The weights of attention as a matrix, and the gradients with respect to them beside it or below it: all steps at
once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

from explorer.items.plots.attention.matrix import MatrixFrame, draw_matrix, gradient_texts, outline, weight_texts
from explorer.items.plots.playhead import band, draw_band
from explorer.panels.attention.layout import AttentionLayout
from explorer.panels.attention.scene import Now, Setting, shares
from explorer.style.colours import gradient_colours, level_colours
from explorer.style.decades import HIGH, LOW


@dataclass(frozen=True, eq=False)
class _Painted:
    """Both matrices painted, and where they lie."""

    axes: QPixmap
    weights: QPixmap
    gradients: QPixmap
    first: MatrixFrame
    second: MatrixFrame


class MatrixPicture:
    """Two matrices, rows for the decoder's steps, columns for the encoder's: the weights in the chain's columns, and
    their gradients beside them or, where there is no room, below them. Painted once a change; rows are shown as far as
    either pass has come."""

    def __init__(self) -> None:
        self._picture: _Painted | None = None

    def forget(self) -> None:
        """What has been painted holds no longer."""
        self._picture = None

    def frames(self, setting: Setting) -> tuple[MatrixFrame, MatrixFrame]:
        """Where the two matrices lie."""
        return _layout(setting).frames

    def known(self, i: int, now: Now, offset: int) -> tuple[bool, bool]:
        """Whether row i (from 0) is shown: its weights, their gradients."""
        return i < now.done, i >= now.reached

    def paint(
        self, painter: QPainter, setting: Setting, now: Now, at: tuple[int, int] | None, chosen: tuple[int, int] | None
    ) -> None:
        """`at`: the weight (i, j), from 0, that is read off; `chosen`: the one that is selected."""
        if self._picture is None or self._picture.axes.devicePixelRatio() != setting.ratio:
            self._picture = _render(setting)
        picture, theme, data = self._picture, setting.theme, setting.data
        if 0 < now.live <= data.offset:
            columns, box = setting.columns, picture.first.rect
            low = box.top() + picture.first.row * data.steps[0]
            place = band(columns.x(now.live), columns.column, box.top() - 18, low)
            draw_band(painter, place.intersected(box.adjusted(-2, -18, 2, 0)), theme, now.forward)
        painter.drawPixmap(0, 0, picture.axes)
        for frame, matrix, first, last in (
            (picture.first, picture.weights, 0, now.done - 1),
            (picture.second, picture.gradients, now.reached, data.steps[0] - 1),
        ):
            if last >= first:
                painter.save()
                painter.setClipRect(frame.span(first, last))
                painter.drawPixmap(0, 0, matrix)
                painter.restore()
        row = now.live - data.offset - 1
        if row >= 0:
            colour = theme.forward_text if now.forward else theme.backward_text
            for frame in (picture.first, picture.second):
                outline(painter, frame.span(row, row), colour, theme.outline, theme.panel)
        for cell, width in ((chosen, theme.selected), (at, 1.6)):
            if cell is not None:
                for frame in (picture.first, picture.second):
                    outline(painter, frame.cell(*cell).intersected(frame.rect), theme.ink, width, theme.panel)

    def hit(self, place: QPointF, setting: Setting, now: Now, at: tuple[int, int] | None) -> tuple[int, int] | None:
        """The weight (i, j), from 0, under a point."""
        if self._picture is None:
            return None
        return self._picture.first.hit(place) or self._picture.second.hit(place)

    def box(self, i: int, j: int, setting: Setting) -> QRectF:
        """Where a weight stands, px."""
        frame = self.frames(setting)[0]
        return frame.cell(i, j).intersected(frame.rect)

    def pointed(self, i: int, j: int, setting: Setting) -> QPointF:
        """Beside what of it the readout stands."""
        cell = self.frames(setting)[0].cell(i, j)
        return QPointF(cell.center().x() + min(cell.width() / 2, 20), cell.center().y())


def _layout(setting: Setting) -> AttentionLayout:
    return AttentionLayout(setting.data, setting.columns, setting.plot, setting.font, setting.captions)


def _render(setting: Setting) -> _Painted:
    layout = _layout(setting)
    (first, second), data, font, theme = layout.frames, setting.data, setting.digits, setting.theme
    there = np.where(data.present, np.uint32(0xFFFFFFFF), np.uint32(0))
    with np.errstate(all="ignore"):
        weights = level_colours(shares(data, setting.normalise), theme) & there
    gradients = gradient_colours(data.gradients, LOW, HIGH, theme) & there
    return _Painted(
        setting.painted(lambda painter: layout.draw_around(painter, theme)),
        setting.painted(lambda p: draw_matrix(p, first, weights, weight_texts(data.weights, first, font), font)),
        setting.painted(
            lambda p: draw_matrix(p, second, gradients, gradient_texts(data.gradients, second, font), font)
        ),
        first,
        second,
    )
