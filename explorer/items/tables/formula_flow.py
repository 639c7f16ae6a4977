"""An equation as a row of addends that flows over several lines, each underlined in the colours of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter

from explorer.style.theme import Theme
from explorer.widgets.typeset import Key, Measured, TypesetLater, in_lines

_GAP, _LINE, _RULE = 7.0, 5.0, 3.0  # px between addends, between lines, and of an underline
_SCALES = (1.0, 0.88, 0.76)  # as large as fits


@dataclass(frozen=True)
class Piece:
    """LaTeX, and the colours ("#rrggbb") of its underline, side by side; none: no underline."""

    tex: str
    colours: tuple[str, ...] = ()


class _Placed(NamedTuple):
    box: QRectF
    piece: Piece
    measured: Measured


class FormulaFlow(TypesetLater):
    """One equation."""

    smaller = 1
    _pieces: tuple[Piece, ...] = ()
    _scale = 1.0

    def set_pieces(self, pieces: Sequence[Piece], spoken: str) -> None:
        """`spoken`: the whole in words, for a screen reader."""
        self.setAccessibleName(spoken)
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self.refit()
            self.begin()

    def wanted(self) -> list[Key]:
        theme = self._theme
        return [] if theme is None else [(piece.tex, theme.backward_text) for piece in self._pieces]

    # --- places ------------------------------------------------------------------------------------------------------
    def fit(self, width: float, height: float) -> bool:
        """Makes itself as large as a room allows; False where it is too small for it in any size."""
        for scale in _SCALES:
            if self._height(width, scale) <= height:
                if scale != self._scale:
                    self._scale = scale
                    self.refit()
                return True
        return False

    def _height(self, width: float, scale: float) -> int:
        """px that it needs at a width."""
        placed = self._place(width / scale)
        return round((max((each.box.bottom() for each in placed), default=0.0) + _RULE + 3) * scale)

    def _place(self, room: float) -> list[_Placed]:
        if self._theme is None:
            return []
        found, placed, y = self.measured(self.wanted()), [], 0.0
        for line in in_lines([each.width for each in found], room, _GAP):
            top = max((found[k].above for _, k in line), default=0.0)
            bottom = y + top + max((found[k].below for _, k in line), default=0.0)  # underlines stand on one line
            for x, k in line:
                upper = y + top - found[k].above
                box = QRectF(x, upper, found[k].width, bottom - upper)
                placed.append(_Placed(box, self._pieces[k], found[k]))
            y = bottom + _RULE + _LINE
        return placed

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(float(width), self._scale)

    def sizeHint(self) -> QSize:
        width = self.width() or 360
        return QSize(width, self._height(float(width), self._scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 10)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        room = self.width() / self._scale
        for box, piece, measured in self._place(room):
            scale = min(1.0, (room - box.left()) / box.width()) if box.width() else 1.0
            self.draw(painter, box.topLeft(), measured, scale)
            share = box.width() * scale / max(len(piece.colours), 1)
            for k, colour in enumerate(piece.colours):
                painter.fillRect(QRectF(box.left() + k * share, box.bottom() + 1, share, _RULE), QColor(colour))
