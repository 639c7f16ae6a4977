"""A number over many runs as bars, with one run's own value marked; a bar is read off under the mouse or by ← →, and a
click or Return chooses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.readout import Row, draw_readout
from explorer.style.theme import Theme
from explorer.widgets.accessible import AccessibleItems, announce
from explorer.widgets.painted import Painted

_KEYS = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape))
_MARK, _GAP, _APART = 7.0, 1.5, 12.0  # px: the mark's size; between two bars; beside what is not on the axis


@dataclass(frozen=True)
class Bar:
    """How many runs, and the words below it ("" for none); `apart`: it is not on the axis of numbers."""

    count: int
    text: str = ""
    apart: bool = False


@dataclass(frozen=True)
class Mark:
    """Where this run lies: the bar, how far along it (0 … 1), and its label."""

    bar: int
    along: float
    text: str


class HistogramPicture(Painted):
    """`ends`: the numbers at the ends of the axis. `read`: the heading and the rows of a bar's readout; `says`: the
    bar in a sentence."""

    chosen = Signal(int)
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: tuple[Bar, ...] = ()
        self.ends, self.mark = ("", ""), None
        self.read: Callable[[int], tuple[str, Sequence[Row]]] = lambda k: ("", ())
        self.says: Callable[[int], str] = lambda k: ""
        self.accessible_items: AccessibleItems | None = _Items(self)
        self.at: int | None = None  # the bar that is read off
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_bars(self, bars: Sequence[Bar], ends: tuple[str, str], mark: Mark | None) -> None:
        """Other runs, or another number of them."""
        self.bars, self.ends, self.mark = tuple(bars), ends, mark
        if self.at is not None and self.at >= len(self.bars):
            self.at = None
        self.update()

    # --- geometry ---
    @property
    def plot(self) -> QRectF:
        """Where the bars stand: above the numbers of the axis, below the mark's label."""
        line = self._type.height if self._theme is not None else 14.0
        return self.inner_rect().adjusted(6.0, 2 * line + _MARK + 4.0, -6.0, -line - 8.0)

    def place(self, k: int) -> QRectF:
        """The whole height of bar k."""
        plot, apart = self.plot, [bar.apart for bar in self.bars]
        gaps = [j > 0 and apart[j] != apart[j - 1] for j in range(len(apart))]  # before each bar
        wide = min((plot.width() - _APART * sum(gaps)) / max(len(self.bars), 1), 60.0)
        left = plot.left() + k * wide + _APART * sum(gaps[: k + 1])
        return QRectF(left, plot.top(), wide, plot.height())

    def box(self, k: int) -> QRectF:
        """Bar k as high as its count: at least a line, so that one run is seen."""
        place, most = self.place(k), max((bar.count for bar in self.bars), default=1)
        count = self.bars[k].count
        height = max(place.height() * count / max(most, 1), 2.0 if count else 0.0)
        return QRectF(place.left() + _GAP / 2, place.bottom() - height, max(place.width() - _GAP, 1.0), height)

    def bar_at(self, spot: QPointF) -> int | None:
        """The bar in whose column a point is, if it holds any run."""
        for k, bar in enumerate(self.bars):
            place = self.place(k)
            if bar.count and place.left() <= spot.x() < place.right() and place.top() - 4 <= spot.y():
                return k
        return None

    def sizeHint(self) -> QSize:
        return QSize(round(240 * self.zoom), round(220 * self.zoom))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(180 * self.zoom), round(110 * self.zoom))

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if not self.bars:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot, kind = self.plot, self._type
        self._draw_bars(painter, theme)
        self._draw_axis(painter, theme, plot)
        self._draw_mark(painter, theme)
        painter.setFont(kind.plain)
        for k, bar in enumerate(self.bars):
            box, count = self.box(k), str(bar.count)
            wide, high = kind.width(count), kind.metrics.capHeight()
            if bar.count and wide <= box.width() + 2:
                left = box.center().x() - wide / 2
                painter.fillRect(QRectF(left - 1, box.top() - high - 4, wide + 2, high + 3), QColor(theme.panel))
                painter.setPen(QColor(theme.muted))
                painter.drawText(QPointF(left, box.top() - 3), count)
            if bar.text:
                x = min(box.center().x() - kind.width(bar.text) / 2, self.inner_rect().right() - kind.width(bar.text))
                painter.setPen(QColor(theme.muted))
                painter.drawText(QPointF(x, plot.bottom() + 3 + kind.metrics.ascent()), bar.text)
        if self.at is not None:
            heading, rows = self.read(self.at)
            spot = QPointF(self.box(self.at).right(), plot.center().y())
            draw_readout(painter, spot, heading, rows, kind.plain, self.inner_rect(), theme)

    def _draw_bars(self, painter: QPainter, theme: Theme) -> None:
        for k in range(len(self.bars)):
            own = self.mark is not None and self.mark.bar == k
            painter.setPen(QPen(QColor(theme.ink), theme.selected) if k == self.at else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.backward if own else theme.control))
            painter.drawRect(self.box(k))

    def _draw_axis(self, painter: QPainter, theme: Theme, plot: QRectF) -> None:
        painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
        y = round(plot.bottom()) + 0.5
        numbers = [k for k, bar in enumerate(self.bars) if not bar.apart]
        for some in (numbers, *([k] for k, bar in enumerate(self.bars) if bar.apart)):
            if some:
                painter.drawLine(QPointF(self.place(some[0]).left(), y), QPointF(self.place(some[-1]).right(), y))
        if not numbers:
            return
        left, right = self.place(numbers[0]).left(), self.place(numbers[-1]).right()
        painter.setPen(QColor(theme.muted))
        painter.setFont(self._type.plain)
        base = plot.bottom() + 3 + self._type.metrics.ascent()
        painter.drawText(QPointF(left, base), self.ends[0])
        wide = self._type.width(self.ends[1])
        if right - wide > left + self._type.width(self.ends[0]) + 8:
            painter.drawText(QPointF(right - wide, base), self.ends[1])

    def _draw_mark(self, painter: QPainter, theme: Theme) -> None:
        """A triangle that points at this run's value from above, with a line down to the axis."""
        if self.mark is None:
            return
        place, room = self.place(self.mark.bar), self.inner_rect()
        x, top = place.left() + place.width() * self.mark.along, self._type.height + 3
        painter.setPen(QPen(QColor(theme.ink), theme.hairline))
        painter.drawLine(QPointF(x, top + _MARK), QPointF(x, place.bottom()))
        painter.setBrush(QColor(theme.ink))
        corners = (QPointF(x - _MARK / 2, top), QPointF(x + _MARK / 2, top), QPointF(x, top + _MARK))
        painter.drawPolygon(QPolygonF(corners))
        painter.setFont(self._type.bold)
        wide = self._type.bold_width(self.mark.text)
        left = min(max(x - wide / 2, room.left() + 2), max(room.right() - wide - 2, room.left() + 2))
        painter.drawText(QPointF(left, self._type.metrics.ascent()), self.mark.text)

    # --- mouse and keys ---
    def look(self, bar: int | None) -> None:
        """Reads a bar off, or none."""
        if bar != self.at:
            self.at = bar
            self.setAccessibleDescription("" if bar is None else self.says(bar))
            announce(self)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        bar = self.bar_at(self.inner(event.position()))
        self.setCursor(Qt.CursorShape.ArrowCursor if bar is None else Qt.CursorShape.PointingHandCursor)
        self.look(bar)

    def leaveEvent(self, event: QEvent) -> None:
        self.look(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        bar = self.bar_at(self.inner(event.position()))
        if bar is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(bar)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, there = Qt.Key(event.key()), [k for k, bar in enumerate(self.bars) if bar.count]
        if key not in _KEYS or not there:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            if self.at is None:
                event.ignore()
            self.look(None)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            start = self.mark.bar if self.mark is not None else there[0]
            if self.at is None:
                self.look(start if start in there else there[0])
                return
            k = there.index(self.at) + (1 if key == Qt.Key.Key_Right else -1)
            self.look(there[min(max(k, 0), len(there) - 1)])
        elif self.at is not None:
            self.chosen.emit(self.at)


class _Items:
    """The bars for `explorer.widgets.accessible`."""

    def __init__(self, picture: HistogramPicture) -> None:
        self._picture = picture

    def count(self) -> int:
        return len(self._picture.bars)

    def sentence(self, k: int) -> str:
        return self._picture.says(k)

    def box(self, k: int) -> QRect:
        return self._picture.outer(self._picture.box(k))

    def focus(self) -> int:
        return -1 if self._picture.at is None else self._picture.at
