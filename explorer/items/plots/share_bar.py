"""Signed shares that add up to 1: as one bar, from a zero line to both sides, with a name and a number each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.items.legends import SWATCH, draw_swatch
from explorer.style.colours import share_colours
from explorer.style.numbers import number, plain
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow

_GAP, _BETWEEN = 6.0, 18.0  # px
_TICK = 3.0  # px of a mark at 0 and at 1
_KEYS = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
BAR = 1.35  # of a line's height


@dataclass(frozen=True)
class Share:
    """One share: its name, its value, and which of the three colours it has."""

    label: str
    value: float
    tone: int


def share_text(value: float) -> str:
    """ "+0.95", and "−1.2·10⁴" where two decimals would say nothing; "–" for none."""
    if value != value:
        return "–"
    if abs(value) >= 100.0:
        return number(value, 3, sign=True)
    text = f"{value:+.2f}".replace("-", "−")
    return text if float(f"{value:.2f}") or value == 0.0 else ("+0.00" if value > 0 else "−0.00")


@dataclass(frozen=True)
class Segment:
    """A share's piece of a stack: from `low` to `high`, in shares; negative ones lie below 0."""

    index: int
    low: float
    high: float


def stacked(values: Sequence[float]) -> list[Segment]:
    """Positive values on top of each other from 0 upwards, negative ones from 0 downwards; the two ends differ by what
    all of them add up to."""
    up = down = 0.0
    found = []
    for index, value in enumerate(values):
        if value > 0.0:
            found.append(Segment(index, up, up + value))
            up += value
        elif value < 0.0:
            found.append(Segment(index, down + value, down))
            down += value
    return found


class ShareBar(PaintedFlow):
    """The bar, and its names with numbers below it. `note` stands in its place where there are no shares. A click, or
    Return with the focus, asks for what they are shares of."""

    chosen = Signal()
    own_keys, focus_radius, usual_width, zooms = _KEYS, 0.0, 360, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[Share, ...] = ()
        self._note = ""
        self._working: Callable[[], str] = str
        self._lines = BAR
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_data(self, shares: Sequence[Share], note: str = "", working: Callable[[], str] = str) -> None:
        """The shares of one step; `note`: why there are none, "" where there are; `working`: how they are computed,
        asked for when the mouse rests."""
        self._shares, self._note, self._working = tuple(shares), note, working
        self.refit()

    def set_lines(self, lines: float) -> None:
        """How high the bar is, in lines of text."""
        self._lines = lines
        self.refit()

    def sentence(self) -> str:
        """The same in words."""
        if self._note:
            return self._note
        return ", ".join(f"{each.label} {share_text(each.value)}" for each in self._shares)

    # --- geometry ---
    @property
    def _wide(self) -> float:
        return self.inner_rect().width()

    @property
    def scale(self) -> tuple[float, float]:
        """The shares at the left and the right end of the bar's room: 0 and 1 unless some lie beyond."""
        pieces = stacked([each.value for each in self._shares])
        low = min([0.0, *(each.low for each in pieces)])
        high = max([1.0, *(each.high for each in pieces)])
        return low, high

    def x_of(self, share: float) -> float:
        """px of a share."""
        low, high = self.scale
        room = self._wide - 2.0
        return 1.0 + (share - low) / (high - low) * room

    def _legend(self) -> list[tuple[QPointF, Share]]:
        """Where each name begins, in lines as long as the widget is wide."""
        x, y, found = 0.0, 0.0, []
        name, bold = self._type.width, self._type.bold_width
        for share in self._shares:
            width = SWATCH + _GAP + name(share.label) + _GAP + max(bold("−0.00"), bold(share_text(share.value)))
            if x and x + width > self._wide:
                x, y = 0.0, y + self._line * 1.15
            found.append((QPointF(x, y), share))
            x += width + _BETWEEN
        return found

    def arrange(self, theme: Theme, room: float) -> float:
        lines = self._legend()[-1][0].y() if self._shares else 0.0
        return self._tick_height + self._line * self._lines + 5 + lines + self._line

    @property
    def _line(self) -> float:
        return self._type.bold_metrics.height()

    @property
    def _tick_height(self) -> float:
        return self._type.height + _TICK

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())

    # --- Qt ---
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip("" if self._note else self._working())
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS:
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def paint(self, painter: QPainter, theme: Theme) -> None:
        top = self._tick_height
        bar = QRectF(1.0, top, self._wide - 2.0, self._line * self._lines)
        if self._note:
            painter.setFont(self._type.plain)
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.inner_rect().adjusted(0, 2, 0, 0), flags, self._note)
            return
        painter.fillRect(bar, QColor(theme.empty_strip))
        colours = [share_colours(theme)[each.tone] for each in self._shares]
        for piece in stacked([each.value for each in self._shares]):
            left, right = self.x_of(piece.low), self.x_of(piece.high)
            painter.fillRect(QRectF(left, bar.top(), right - left, bar.height()), QColor(colours[piece.index]))
        self._ticks(painter, bar, theme)
        baseline = bar.bottom() + 5 + self._type.bold_metrics.ascent()
        for (at, share), colour in zip(self._legend(), colours, strict=True):
            self._name(painter, at.x(), baseline + at.y(), share, colour, theme)

    def _ticks(self, painter: QPainter, bar: QRectF, theme: Theme) -> None:
        """Lines at 0 and at 1, each with its number above it."""
        painter.setFont(self._type.plain)
        metrics = self._type.metrics
        for share in (0.0, 1.0):
            x = self.x_of(share)
            painter.setPen(QPen(QColor(theme.ink), 1.0))
            whole = round(x - 0.5) + 0.5
            painter.drawLine(QPointF(whole, bar.top() - _TICK), QPointF(whole, bar.bottom() + 2))
            painter.setPen(QColor(theme.muted))
            text = plain(share, 0) if share else "0"
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, 0.0), self._wide - width)
            painter.drawText(QPointF(left, bar.top() - _TICK - metrics.descent()), text)

    def _name(self, painter: QPainter, x: float, baseline: float, share: Share, colour: str, theme: Theme) -> None:
        draw_swatch(painter, x, baseline, colour, theme)
        x += SWATCH + _GAP
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.ink))
        painter.drawText(QPointF(x, baseline), share.label)
        x += self._type.width(share.label) + _GAP
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.backward_text))
        painter.drawText(QPointF(x, baseline), share_text(share.value))
