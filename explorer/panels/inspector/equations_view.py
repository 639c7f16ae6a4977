"""Equations that flow over several lines: typeset when nothing else is going on, readable as plain text until then."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QSize, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.arithmetic.lines import Equation, split_sum
from explorer.style.formula import Formula, formula, readable
from explorer.style.theme import Theme

IDLE_MS = 200  # longer than a frame: while the playhead moves, nothing is typeset
INDENT = 16.0


def pieces(tex: str) -> list[str]:
    """An equation cut before each "+" of its right side, where a line may break."""
    left, equals, right = tex.partition(" = ")
    first, *others = split_sum(right if equals else left)
    head = f"{left} = {first}" if equals else first
    return [head, *(f"{{}} + {each}" for each in others)]


class EquationsView(QWidget):
    """Equations below each other. `warm` gives further ones, which are typeset in advance, one at a time, when idle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._equations: tuple[Equation, ...] = ()
        self._warm: Callable[[], tuple[Equation, ...]] = tuple
        self._settled = False
        self._made: dict[tuple[str, str], Formula] = {}
        self._placed: list[tuple[float, float, float, str, QColor, Formula | None]] = []
        self._theme: Theme | None = None
        self._painted = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._typeset_one)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        if self._theme is None or (theme.formula_px, theme.forward_text, theme.backward_text) != (
            self._theme.formula_px, self._theme.forward_text, self._theme.backward_text
        ):  # fmt: skip
            self._made = {}
            self._settled = False
        self._theme = theme
        self._font = QFont(self.font())
        self._font.setPixelSize(round(theme.formula_px * 0.88))
        self._metrics = QFontMetricsF(self._font)
        self._arrange()
        self.postpone()

    def set_equations(self, equations: tuple[Equation, ...], warm: Callable[[], tuple[Equation, ...]] = tuple) -> None:
        self._warm = warm
        same = [each.tex for each in equations] == [each.tex for each in self._equations]
        if equations != self._equations:
            self._equations = equations
            self.setAccessibleName("; ".join(each.text for each in equations))
        if not same:
            self._arrange()
            self._settled = False
            self.postpone()

    def postpone(self) -> None:
        """Something moves: typesetting waits until it has stopped."""
        if self._painted and not self._settled:
            self._idle.start(IDLE_MS)

    @property
    def is_typeset(self) -> bool:
        """Whether every equation on show is."""
        return all((piece, self._colour(e)) in self._made for e in self._equations for piece in pieces(e.tex))

    def typeset(self) -> None:
        """All of them now: for a picture without a window."""
        for equation in self._equations:
            for piece in pieces(equation.tex):
                self._make(piece, self._colour(equation))
        self._arrange()

    def _colour(self, equation: Equation) -> str:
        theme = self._theme
        return "" if theme is None else theme.backward_text if equation.backward else theme.forward_text

    def _make(self, piece: str, colour: str) -> None:
        if self._theme is not None and (piece, colour) not in self._made:
            self._made[piece, colour] = formula(piece, float(self._theme.formula_px), colour)

    def _todo(self) -> tuple[str, str] | None:
        for equation in (*self._equations, *self._warm()):
            colour = self._colour(equation)
            for piece in pieces(equation.tex):
                if (piece, colour) not in self._made:
                    return piece, colour
        return None

    def _typeset_one(self) -> None:
        todo = self._todo()
        if todo is None or self._theme is None:
            self._settled = True
            return
        before = self.is_typeset
        self._make(*todo)
        if self.is_typeset and not before:
            self._arrange()
        self._idle.start(0 if not self.is_typeset else 20)

    def _arrange(self) -> None:
        """Places every piece; the widget gets the height that they need."""
        if self._theme is None:
            return
        room, y, self._placed = float(self.width()), 0.0, []
        typeset = self.is_typeset
        for equation in self._equations:
            colour = self._colour(equation)
            lines: list[list[tuple[float, str, Formula | None, float, float, float, float]]] = [[]]
            x = 0.0
            for k, piece in enumerate(pieces(equation.tex)):
                made = self._made.get((piece, colour)) if typeset else None
                text = readable(piece)
                if made is not None:
                    width, ascent = made.size().width(), made.baseline
                    descent = made.size().height() - ascent
                else:
                    width, ascent, descent = (
                        self._metrics.horizontalAdvance(text),
                        self._metrics.ascent(),
                        self._metrics.descent(),
                    )
                scale = min(1.0, (room - (INDENT if k else 0.0)) / width) if width > 0 else 1.0
                width *= scale
                if x and x + width > room:
                    lines.append([])
                    x = INDENT
                lines[-1].append((x, text, made, ascent * scale, descent * scale, scale, width))
                x += width + 1
            for line in lines:
                above, below = max(each[3] for each in line), max(each[4] for each in line)
                for x, text, made, ascent, _, scale, _ in line:
                    top = y + above - (ascent if made is not None else 0.0)
                    self._placed.append((x, top, scale, text, QColor(colour), made))
                y += above + below + 3
            y += 4
        wanted = max(1, round(y))
        if wanted != self.height():
            self.setFixedHeight(wanted)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font if self._theme is not None else self.font())
        for x, y, scale, text, colour, made in self._placed:
            painter.save()
            painter.translate(x, y)
            painter.scale(scale, scale)
            if made is not None:
                made.draw(painter, 0.0, 0.0)
            else:
                painter.setPen(colour)
                painter.drawText(QPointF(0.0, 0.0), text)
            painter.restore()
        painter.end()
        if not self._painted:
            self._painted = True
            self.postpone()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and self._theme is not None:
            self.set_theme(self._theme)
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(240, max(self.height(), 1))
