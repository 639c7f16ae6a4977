"""The gradient check in the top bar: a badge, and the same in words when it is clicked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.analysis.gradcheck import TOLERANCE, Check
from core.arithmetic.place_symbols import place_symbol
from core.memo import memoised
from core.notation.base import Notation
from core.trace import Trace
from explorer.style.numbers import count, power
from explorer.style.theme import Theme
from explorer.widgets.card import Badge
from explorer.widgets.keys import keeps
from explorer.widgets.painted import draw_focus
from explorer.words import translator

REST_SECONDS = 0.1  # progress is shown no more often
_PRESS = frozenset((Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter))

_tr = translator("Check")


def in_notation(check: Check | None, trace: Trace, notation: Notation) -> Check | None:
    """A check whose worst entry is named as the inspector names it in the notation: W_aa[1, 2]."""
    if check is None or check.entry is None:
        return check
    return replace(check, where=_place_symbol(trace, *check.entry, notation))


_place_symbol = memoised(place_symbol)  # asked for at every step of a running check


def headline(check: Check | None, short: bool = False) -> tuple[str, str]:
    """The badge's state and text."""
    if check is not None and not check.passed:
        return "fail", _tr("{error} at {where}").format(error=power(check.worst, 1), where=check.where)
    if check is None or not check.finished:
        done = 0 if check is None or not check.total else 100 * check.done // check.total
        return "running", (_tr("{percent} %") if short else _tr("checking {percent} %")).format(percent=done)
    return "ok", _tr("checked") if short else _tr("gradients checked")


def in_words(check: Check | None, cell: str) -> str:
    """What was compared, what was found, and what was left out; one sentence each."""
    if check is None or not check.total:
        return _tr("The gradients on all parameters, initial states and inputs are compared with the complex step.")
    compared = count(check.done - check.kinks)
    if check.finished:
        text = _tr("Worst relative error of {n} entries against the complex step: {error}.")
    else:
        text = _tr("Worst relative error of {n} of {all} entries so far, against the complex step: {error}.")
    error = power(check.worst)
    if check.where:
        error = _tr("{error} at {where}").format(error=error, where=check.where)
    said = [text.format(n=compared, all=count(check.total), error=error)]
    if not check.passed:
        said.append(_tr("That is more than {limit}: this gradient is wrong.").format(limit=power(TOLERANCE, 1)))
    if check.kinks:
        kinks = _tr("Left out at kinks of {cell}, where there is no derivative: {n}.")
        said.append(kinks.format(cell=cell, n=count(check.kinks)))
    if check.unresolved:
        small = _tr("Too small beside the rounding of their addends: {n}.")
        said.append(small.format(n=count(check.unresolved)))
    return "\n".join(said)


class CheckBadge(Badge):
    """Shows a Check as it comes. `clicked`: by the mouse, or by Space or Return."""

    clicked = Signal()

    def __init__(self, clock: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock, self._last_shown = clock, clock()
        self._theme: Theme | None = None
        self._short = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def set_short(self, short: bool) -> None:
        """Less room: a running check is a bare percentage from now on."""
        if short != self._short:
            self._short = short
            self.updateGeometry()

    def show_check(self, check: Check | None, cell: str, at_once: bool = False) -> bool:
        """Shows how far it is; False where it was shown so recently that this can wait. The result is shown at once."""
        state, text = headline(check, self._short)
        now = self._clock()
        waits = check is not None and not at_once
        if waits and state == self.state() == "running" and now - self._last_shown < REST_SECONDS:
            return False
        self._last_shown = now
        titles = {
            "ok": _tr("The gradient check: every gradient is the derivative of L."),
            "fail": _tr("The gradient check: a gradient is not the derivative of L."),
            "running": _tr("The gradient check, under way."),
        }
        self.set_state(state, text, f"{titles[state]}\n{in_words(check, cell)}")
        return True

    def show_hunt(self) -> None:
        """While a fault is hidden the check waits: it judges mark by mark."""
        words = _tr("The gradient check waits: while an error is hidden it only judges what is marked.")
        self.set_state("running", _tr("paused"), words)

    def sizeHint(self) -> QSize:
        # Room for the longest text of a running check: nothing moves while it runs, or when it passes.
        self.ensurePolished()
        texts = (
            headline(None, self._short)[1].replace("0", "100"),
            _tr("checked") if self._short else _tr("gradients checked"),
        )
        room = max(self.fontMetrics().horizontalAdvance(f"… {text}") for text in texts) + 24
        return super().sizeHint().expandedTo(QSize(room, 0))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        return keeps(event, _PRESS) or super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _PRESS:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._theme is not None and self.hasFocus():
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                draw_focus(painter, QRectF(self.rect()), self._theme, 6)


class CheckPopup(QFrame):
    """The same in words, under the badge; a click elsewhere or Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addWidget(self._text)

    def text(self) -> str:
        return self._text.text()

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)

    def open_under(self, widget: QWidget) -> None:
        """Shows it below a widget, its right edge in line with the widget's."""
        self.setFixedWidth(24 * self.fontMetrics().averageCharWidth() + 120)
        self.adjustSize()
        self.move(widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4)))
        self.show()
