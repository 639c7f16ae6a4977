"""Signed shares over time: a stack for every step, what is positive above the zero line and what is negative below it.

The stacks are painted once per change into a picture; a moving playhead only shows more or less of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from explorer.items.plots.share_bar import share_text
from explorer.style.colours import ink_on, share_colours
from explorer.style.numbers import plain
from explorer.style.theme import Theme

HIGHEST = 4.0  # shares beyond ± this are cut off with a mark: where vectors cancel, they know no bound
MOST = 0.97  # of the stacks fit; a few high ones do not flatten all others
GAPS_FROM = 5.0  # px of a column


@dataclass(frozen=True, eq=False)
class Shares:
    """`values` (K, T), NaN where a step has none; `zero` (T,) bool: there because the gradient is 0; `before`: so many
    columns come before the first step; `tones`: which of the three colours each share has. `shift`: columns by which
    a stack stands beside its step; `totals` (T,): one number for a whole stack, instead of one for each share."""

    values: NDArray
    tones: tuple[int, ...]
    zero: NDArray
    before: int = 0
    shift: float = 0.0
    totals: NDArray | None = None

    def label(self, t: int) -> str:
        """The number of a whole stack, of step t from 0."""
        return "" if self.totals is None else plain(float(self.totals[t]), 2)


@dataclass(frozen=True)
class ShareFrame:
    """Where the stacks lie: px of the picture, the columns' scale, and the shares at the lower and the upper edge."""

    rect: QRectF
    first: float  # steps left of the rect's left edge
    column: float
    low: float
    high: float

    def x(self, column: float) -> float:
        """px of the middle of a column (from 1)."""
        return self.rect.left() + (column - 0.5 - self.first) * self.column

    def y(self, share: float) -> float:
        """px of a share; what lies beyond the frame is at its edge."""
        inside = min(max(share, self.low), self.high)
        return self.rect.bottom() - (inside - self.low) / (self.high - self.low) * self.rect.height()

    def ys(self, shares: NDArray) -> NDArray:
        """The same of many shares."""
        inside = np.minimum(np.maximum(shares, self.low), self.high)
        return self.rect.bottom() - (inside - self.low) / (self.high - self.low) * self.rect.height()

    def visible(self, steps: int, before: int) -> range:
        """The steps (from 0) in sight."""
        first = max(0, math.floor(self.first) - before)
        last = min(steps, math.ceil(self.first + self.rect.width() / self.column) - before)
        return range(first, max(first, last))


def share_range(values: NDArray) -> tuple[float, float]:
    """The lower and the upper edge that show (nearly) every stack: at least 0 … 1, at most ±HIGHEST."""
    there = values[:, np.isfinite(values).all(axis=0)]
    if not there.size:
        return 0.0, 1.0
    highest = float(np.quantile(np.where(there > 0, there, 0.0).sum(axis=0), MOST, method="higher"))
    lowest = float(np.quantile(np.where(there < 0, there, 0.0).sum(axis=0), 1.0 - MOST, method="lower"))
    return max(min(lowest, 0.0), -HIGHEST), min(max(highest, 1.0), HIGHEST)


def ticks(low: float, high: float) -> list[float]:
    """Whole shares, and the halves where there is nothing else but 0 and 1."""
    step = 0.5 if high - low <= 2.0 else 1.0
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw_axis(painter: QPainter, frame: ShareFrame, right: float, font: QFont, theme: Theme) -> None:
    """Grid lines with their numbers; the lines at 0, where the stacks stand, and at 1, which they add up to, are
    stronger."""
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    last = math.inf
    for value in ticks(frame.low, frame.high):
        y = round(frame.y(value) - 0.5) + 0.5
        strong = value in (0.0, 1.0)
        painter.setPen(QPen(QColor(theme.node_outline if strong else theme.grid), theme.hairline))
        painter.drawLine(QPointF(frame.rect.left(), y), QPointF(right, y))
        if strong or abs(y - last) >= 1.1 * metrics.height():
            text = f"{value:g}".replace("-", "−")
            box = QRectF(0, y - metrics.height() / 2, frame.rect.left() - 8, metrics.height())
            painter.setPen(QColor(theme.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            last = y


def draw_shares(painter: QPainter, shares: Shares, frame: ShareFrame, font: QFont, theme: Theme) -> None:
    """All stacks in sight, with their numbers where there is room, and a mark where the gradient is 0."""
    painter.save()
    painter.setClipRect(frame.rect.adjusted(0, -2, 0, 2))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # whole px: narrow stacks keep their colours
    if frame.column >= GAPS_FROM:
        _draw_stacks(painter, shares, frame, font, theme)
    else:
        ratio = painter.device().devicePixelRatio()
        painter.drawImage(frame.rect, _dense(shares, frame, ratio, theme))
    y = round(frame.y(0.0) - 0.5)
    painter.fillRect(QRectF(frame.rect.left(), y, frame.rect.width(), 1.0), QColor(theme.node_outline))
    painter.restore()


def _draw_stacks(painter: QPainter, shares: Shares, frame: ShareFrame, font: QFont, theme: Theme) -> None:
    colours = [QColor(share_colours(theme)[tone]) for tone in shares.tones]
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    wide = frame.column >= metrics.horizontalAdvance("−0.00") + 8
    seen = frame.visible(shares.values.shape[1], shares.before)
    if not seen:
        return
    values = shares.values[:, seen.start : seen.stop]
    there = np.logical_and.reduce(np.isfinite(values), axis=0)
    tops, bottoms = (frame.ys(each).T.tolist() for each in _piled(np.where(there, values, 0.0)))
    up, down = (np.where(there & (sign * values > 0.0), values, 0.0).sum(axis=0) for sign in (1.0, -1.0))
    cut = (up > frame.high + 1e-9) | (down < frame.low - 1e-9)
    gap = 0.06 * frame.column
    for k, t in enumerate(seen):
        x = frame.x(t + 1 + shares.before + shares.shift)
        left, right = round(x - frame.column / 2 + gap), round(x + frame.column / 2 - gap)
        if not there[k]:
            _draw_absent(painter, frame, x, right - left, bool(shares.zero[t]), theme)
            continue
        for index, (top, bottom) in enumerate(zip(tops[k], bottoms[k], strict=True)):
            value = float(values[index, k])
            if value == 0.0:
                continue
            box = QRectF(left, top, right - left, bottom - top)
            painter.fillRect(box, colours[index])
            if wide and bottom - top >= metrics.height() and shares.totals is None:
                painter.setPen(ink_on(colours[index]))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, share_text(value))
        if wide and shares.totals is not None:
            room = QRectF(left, 0, right - left, metrics.height())
            _draw_label(painter, frame, room, values[:, k], shares.label(t), theme)
        if cut[k]:
            _draw_cut(painter, frame, x, float(up[k]), float(down[k]), theme)


def _piled(values: NDArray) -> tuple[NDArray, NDArray]:
    """The upper and the lower end of each share (K, T) in its stack: positive ones from 0 upwards, negative ones from 0
    downwards."""
    ups, downs = (np.cumsum(np.where(sign * values > 0.0, values, 0.0), axis=0) for sign in (1.0, -1.0))
    none = np.zeros_like(values[:1])
    before_up, before_down = (np.concatenate((none, each[:-1])) for each in (ups, downs))
    return np.where(values < 0.0, before_down, ups), np.where(values < 0.0, downs, before_up)


def _draw_label(painter: QPainter, frame: ShareFrame, room: QRectF, values: NDArray, text: str, theme: Theme) -> None:
    """A stack's number: at its foot where the first share is high enough, else on top of it."""
    zero, height = frame.y(0.0), room.height()
    inside = zero - frame.y(float(values[0])) >= height
    top = frame.y(float(values[values > 0].sum()))
    place = room.translated(0, zero - height if inside else max(top - height - 1, frame.rect.top()))
    painter.setPen(ink_on(QColor(share_colours(theme)[0])) if inside else QColor(theme.ink))
    painter.drawText(place.adjusted(-6, 0, 6, 0), Qt.AlignmentFlag.AlignCenter, text)


def _dense(shares: Shares, frame: ShareFrame, ratio: float, theme: Theme) -> QImage:
    """Stacks that are hardly wider than a pixel, as a picture: each pixel's column shows the step that it lies in."""
    width, height = max(1, round(frame.rect.width() * ratio)), max(1, round(frame.rect.height() * ratio))
    steps = shares.values.shape[1]
    places = (np.arange(width) + 0.5) / ratio / frame.column + frame.first - shares.shift
    t = np.floor(places).astype(int) - shares.before
    inside = (t >= 0) & (t < steps)
    t = np.clip(t, 0, steps - 1)
    values = np.where(inside, shares.values[:, t], 0.0)
    absent = ~np.isfinite(values).all(axis=0)
    values = np.where(absent, 0.0, values)
    picture = np.zeros((height, width), dtype=np.uint32)
    share = frame.high - (np.arange(height)[:, None] + 0.5) / height * (frame.high - frame.low)  # of each row's middle
    for sign in (1.0, -1.0):
        end = np.zeros(width)
        for tone, row in zip(shares.tones, np.maximum(sign * values, 0.0), strict=True):
            picture[(sign * share >= end) & (sign * share < end + row)] = QColor(share_colours(theme)[tone]).rgb()
            end = end + row
    pixel = (frame.high - frame.low) / height
    dash = (np.abs(share) <= pixel) & absent
    picture[dash & shares.zero[t]] = QColor(theme.muted).rgb()
    picture[dash & ~shares.zero[t]] = QColor(theme.nan).rgb()
    return QImage(picture.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


def _draw_absent(painter: QPainter, frame: ShareFrame, x: float, width: float, zero: bool, theme: Theme) -> None:
    """A flat dash on the zero line where the gradient is 0; in the colour of what is no number where it is not
    finite."""
    half = max(min(width * 0.3, 7.0), 0.5)
    colour = QColor(theme.muted if zero else theme.nan)
    painter.fillRect(QRectF(x - half, frame.y(0.0) - 1.0, 2 * half, 2.0), colour)


def _draw_cut(painter: QPainter, frame: ShareFrame, x: float, up: float, down: float, theme: Theme) -> None:
    """A triangle at the edge that a stack from `down` to `up` goes beyond."""
    for beyond, edge, inward in (
        (up > frame.high + 1e-9, frame.rect.top(), 5.0),
        (down < frame.low - 1e-9, frame.rect.bottom(), -5.0),
    ):
        if beyond:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.panel), 1.0))
            painter.setBrush(QColor(theme.ink))
            tips = (QPointF(x - 4, edge + inward), QPointF(x + 4, edge + inward), QPointF(x, edge))
            painter.drawPolygon(QPolygonF(tips))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
