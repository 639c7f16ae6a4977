"""An equation as a row of addends that flows over several lines, each underlined in the colours of what it belongs to.

It is typeset when nothing else goes on, and readable as plain text until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.formula import Formula, formula, readable
from explorer.style.theme import Theme

IDLE_MS = 200  # longer than a frame: while the playhead moves, nothing is typeset
_GAP, _LINE, _RULE = 7.0, 5.0, 3.0  # px between addends, between lines, and of an underline
_SCALES = (1.0, 0.88, 0.76)  # as large as fits


@dataclass(frozen=True)
class Piece:
    """LaTeX, and the colours ("#rrggbb") of its underline, side by side; none: no underline."""

    tex: str
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Placed:
    box: QRectF
    piece: Piece
    made: Formula | None


class FormulaFlow(QWidget):
    """One equation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._pieces: tuple[Piece, ...] = ()
        self._made: dict[str, Formula] = {}
        self._painted = False
        self._scale = 1.0
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._typeset_one)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        if theme != self._theme:
            self._theme, self._made = theme, {}
        self._font = QFont(self.font())
        self._font.setPixelSize(round(self._size * 0.9))
        self._fit()
        self.postpone()

    def set_pieces(self, pieces: Sequence[Piece], spoken: str) -> None:
        """`spoken`: the whole in words, for a screen reader."""
        self.setAccessibleName(spoken)
        if tuple(pieces) != self._pieces:
            self._pieces = tuple(pieces)
            self._fit()
            self.postpone()

    def postpone(self) -> None:
        """Something moves: typesetting waits until it has stopped."""
        if self._painted and not self.is_typeset:
            self._idle.start(IDLE_MS)

    @property
    def is_typeset(self) -> bool:
        return all(piece.tex in self._made for piece in self._pieces)

    @property
    def _size(self) -> float:
        return float(self._theme.formula_px - 1) if self._theme is not None else 16.0

    def typeset(self) -> None:
        """All of it now: for a picture without a window."""
        for piece in self._pieces:
            self._make(piece.tex)
        self._fit()

    def _make(self, tex: str) -> None:
        if self._theme is not None:
            self._made[tex] = formula(tex, self._size, self._theme.backward_text)

    def _typeset_one(self) -> None:
        todo = next((piece.tex for piece in self._pieces if piece.tex not in self._made), None)
        if todo is None or self._theme is None:
            return
        self._make(todo)
        if self.is_typeset:
            self._fit()
        else:
            self._idle.start(0)

    # --- places ------------------------------------------------------------------------------------------------------
    def fit(self, width: float, height: float) -> bool:
        """Makes itself as large as a room allows; False where it is too small for it in any size."""
        for scale in _SCALES:
            if self._height(width, scale) <= height:
                if scale != self._scale:
                    self._scale = scale
                    self._fit()
                return True
        return False

    def _height(self, width: float, scale: float) -> int:
        """px that it needs at a width."""
        placed = self._place(width / scale)
        return round((max((each.box.bottom() for each in placed), default=0.0) + _RULE + 3) * scale)

    def _place(self, room: float) -> list[_Placed]:
        if self._theme is None:
            return []
        typeset, metrics = self.is_typeset, QFontMetricsF(self._font)
        lines: list[list[tuple[float, float, float, float, Piece, Formula | None]]] = [[]]
        x = 0.0
        for piece in self._pieces:
            made = self._made[piece.tex] if typeset else None
            if made is not None:
                width, above = made.size().width(), made.baseline
                below = made.size().height() - above
            else:
                width, above, below = (
                    metrics.horizontalAdvance(readable(piece.tex)),
                    metrics.ascent(),
                    metrics.descent(),
                )
            if x and x + width > room:
                lines.append([])
                x = 16.0
            lines[-1].append((x, width, above, below, piece, made))
            x += width + _GAP
        placed, y = [], 0.0
        for line in lines:
            top, bottom = max((each[2] for each in line), default=0.0), max((each[3] for each in line), default=0.0)
            for x, width, above, below, piece, made in line:
                placed.append(_Placed(QRectF(x, y + top - above, width, above + below), piece, made))
            for k in range(len(placed) - len(line), len(placed)):  # underlines stand on one line
                placed[k].box.setBottom(y + top + bottom)
            y += top + bottom + _RULE + _LINE
        return placed

    def _fit(self) -> None:
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(float(width), self._scale)

    def sizeHint(self) -> QSize:
        width = self.width() or 360
        return QSize(width, self._height(float(width), self._scale))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.scale(self._scale, self._scale)
        room = self.width() / self._scale
        for each in self._place(room):
            scale = min(1.0, (room - each.box.left()) / each.box.width()) if each.box.width() else 1.0
            painter.save()
            painter.translate(each.box.topLeft())
            painter.scale(scale, scale)
            if each.made is not None:
                each.made.draw(painter, 0.0, 0.0)
            else:
                painter.setPen(QColor(theme.backward_text))
                painter.drawText(QPointF(0.0, QFontMetricsF(self._font).ascent()), readable(each.piece.tex))
            painter.restore()
            share = each.box.width() * scale / max(len(each.piece.colours), 1)
            for k, colour in enumerate(each.piece.colours):
                painter.fillRect(
                    QRectF(each.box.left() + k * share, each.box.bottom() + 1, share, _RULE), QColor(colour)
                )
        painter.end()
        if not self._painted:
            self._painted = True
            self.postpone()
