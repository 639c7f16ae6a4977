"""The norms of one step as a table: every quantity with the size of its value and of its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from explorer.items.pixmaps import painted
from explorer.style.numbers import power
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

_GAP, _INSET = 10.0, 9.0  # px
_SPARE = 12.0  # px that a name of another step may be longer, with its index of more digits
_LEAST = 3  # lines that are worth showing


@dataclass(frozen=True)
class NormEntry:
    """A quantity's symbol, the norm of its value and of its gradient; None where it is not there yet."""

    symbol: str
    value: float | None
    gradient: float | None


@dataclass(frozen=True)
class _Grid:
    """`groups` of columns with `rows` lines each; `values`: their norms too; `name`: px of the longest name."""

    groups: int
    rows: int
    values: bool
    name: float


class NormTable(Painted):
    """In a frame, one group of columns or two; where it is narrow the gradients alone. What does not fit would be left
    out from the end, so that it is shown only where it is `complete`. Until a gradient has come the values stand in its
    place."""

    zooms = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._entries: tuple[NormEntry, ...] = ()
        self._title = self.tr("Norms on this step")
        self._grid = _Grid(1, 1, False, 0.0)
        self._picture: tuple[tuple, QPixmap] | None = None
        self._lines: tuple[tuple[str, ...], ...] = ()  # what the picture shows

    def set_theme(self, theme: Theme) -> None:
        if theme is not self._theme:
            super().set_theme(theme)

    def set_data(self, entries: Sequence[NormEntry]) -> None:
        """The entries of one step, the most important first."""
        found = tuple(entries)
        if found != self._entries:
            self._entries = found
            self.update()

    # --- geometry ---
    @property
    def _line(self) -> float:
        return self._type.height + 2

    @property
    def shown(self) -> tuple[NormEntry, ...]:
        """The entries that the present place has room for; where it is narrow those with short names."""
        fitting = [each for each in self._entries if self._type.width(each.symbol) <= self._grid.name + _SPARE]
        return tuple(fitting[: self._grid.groups * self._grid.rows])

    @property
    def complete(self) -> bool:
        """Whether its place has room for every entry."""
        return len(self.shown) == len(self._entries)

    @property
    def _number(self) -> float:
        return self._type.bold_width("0.00·10⁻⁰⁰")

    def _group(self, name: float, values: bool) -> float:
        """px of one group of columns."""
        return name + _SPARE + (1 + values) * (self._number + _GAP)

    def place(self, corners: Sequence[QRectF]) -> None:
        """Goes where most of it fits, in the lower right of one of these corners; hides where none has room."""
        found = [(corner, grid) for corner in corners if (grid := self._fit(corner)) is not None]
        self.setVisible(bool(found))
        if not found:
            return
        corner, grid = max(found, key=lambda each: (each[1].groups * each[1].rows, each[1].values))
        self._grid = grid
        wide = grid.groups * self._group(grid.name, grid.values) + (grid.groups - 1) * 2 * _GAP
        wide = max(wide, self._title_width) + 2 * _INSET
        high = (grid.rows + 2) * self._line + 2 * _INSET - 6
        self.setGeometry(self.outer(QRectF(corner.right() - wide, corner.bottom() - high, wide, high)))

    @property
    def _title_width(self) -> float:
        return self._type.bold_width(self._title)

    def _fit(self, corner: QRectF) -> _Grid | None:
        """How much of it a corner shows: all with both numbers if possible, then fewer numbers, then fewer entries."""
        if self._theme is None or not self._entries:
            return None
        room = corner.width() - 2 * _INSET
        rows = int((corner.height() - 2 * _INSET + 6) / self._line) - 2
        if rows < _LEAST or room < self._title_width:
            return None
        widths = sorted(self._type.width(each.symbol) for each in self._entries)
        best: tuple[int, bool, _Grid] | None = None
        for name in sorted(set(widths), reverse=True):
            count = sum(width <= name for width in widths)
            for values in (True, False):
                groups = int((room + 2 * _GAP) / (self._group(name, values) + 2 * _GAP))
                used = min(groups, -(-count // rows))
                if used:
                    grid = _Grid(used, min(rows, -(-count // used)), values, name)
                    shown = min(count, used * grid.rows)
                    if best is None or (shown, values) > best[:2]:
                        best = shown, values, grid
        return best[2] if best else None

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Every line is painted once, and again when its numbers change."""
        key = self._grid, self.inner_size(), theme
        if self._picture is None or self._picture[0] != key:
            self._picture, self._lines = (key, self._empty(theme)), ()
        picture, lines = self._picture[1], self._texts()
        with QPainter(picture) as inner:
            for k, texts in enumerate(lines):
                if k >= len(self._lines) or texts != self._lines[k]:
                    self._cells(inner, theme, k, texts)
        self._lines = lines
        painter.drawPixmap(0, 0, picture)

    def _empty(self, theme: Theme) -> QPixmap:
        """The frame and the title."""

        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.line), theme.hairline))
            painter.drawRoundedRect(self.inner_rect().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
            painter.setFont(self._type.bold)
            painter.setPen(QColor(theme.ink))
            box = QRectF(_INSET, _INSET - 4, self.inner_rect().width(), self._line)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._title)

        return painted(self.inner_size(), self.ratio(), draw, QColor(theme.panel))

    def _texts(self) -> tuple[tuple[str, ...], ...]:
        """A heading, and a line for each entry: name, norm of the value, norm of the gradient; "" for what is left
        out."""
        begun = any(each.gradient is not None for each in self._entries)
        wanted = (True, True) if self._grid.values else (not begun, begun)
        sizes = [(each.symbol, _size(each.value), _size(each.gradient)) for each in self.shown]
        found = [("", "‖·‖", "‖∇‖"), *sizes]
        return tuple((name, *(text * on for text, on in zip(texts, wanted, strict=True))) for name, *texts in found)

    def _cells(self, painter: QPainter, theme: Theme, k: int, texts: tuple[str, ...]) -> None:
        """Line k, the heading in all groups, into a picture that has an older one."""
        line, rows, heading = self._line, self._grid.rows, k == 0
        step = self._group(self._grid.name, self._grid.values) + 2 * _GAP
        places = range(self._grid.groups) if heading else ((k - 1) // rows,)
        for group in places:
            x, y = _INSET + group * step, _INSET - 4 + (1 if heading else (k - 1) % rows + 2) * line
            painter.fillRect(QRectF(x, y, step - 2 * _GAP + 1, line), QColor(theme.panel))
            painter.setFont(self._type.plain)
            painter.setPen(QColor(theme.ink))
            painter.drawText(QRectF(x, y, self._grid.name + _SPARE, line), Qt.AlignmentFlag.AlignVCenter, texts[0])
            painter.setFont(self._type.plain if heading else self._type.bold)
            at = x + self._grid.name + _SPARE + _GAP
            for text, ink in zip(texts[1:], (theme.forward_text, theme.backward_text), strict=True):
                if text:
                    painter.setPen(QColor(theme.muted if heading else ink))
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    painter.drawText(QRectF(at, y, self._number, line), right, text)
                    at += self._number + _GAP


def _size(norm: float | None) -> str:
    return "–" if norm is None else power(norm, 3)
