"""The line below what is presented: which run it is, where the playhead is, and which of the pictures."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, UPDATE
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.words import clauses, translator

LINES, BESIDE, GAP = 1.5, 14.0, 28.0  # heights of the type; px at the ends and between two texts

_tr = translator("presenting")


def moment(session: Session) -> str:
    """Where the playhead is, in words; a decoder counts its own steps."""
    time, written = session.time, session.trace.schedule.before_output
    t = f"{time.t - written}′" if written and time.t > written else f"{time.t}"
    return {
        START: _tr("before the first step"),
        FORWARD: _tr("forward, t = {t}").format(t=t),
        LOSS: _tr("the loss"),
        BACKWARD: _tr("backward, t = {t}").format(t=t),
        ACCUMULATE: _tr("forward and backward done"),
        UPDATE: _tr("the update"),
    }[time.phase]


class Caption(QWidget):
    """The run on the left, the playhead in the middle, on the right "2 of 5": what has no room is left out whole."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._session = session
        self._place = (1, 1)
        self._texts: tuple[str, str, str] = ("", "", "")
        self.hide()

    def show_place(self, number: int, of: int) -> None:
        """Which of the pictures it is."""
        self._place = number, of
        self.follow()

    def follow(self) -> None:
        """The run or the playhead is another; within a beat nothing changes."""
        if self.isHidden():
            return
        number, of = self._place
        run = self._session.content.described.replace("  ", " · ")
        steps = _tr("T = {steps}").format(steps=self._session.trace.steps)
        texts = f"{run} · {steps}", moment(self._session), _tr("{n} of {all}").format(n=number, all=of)
        if texts != self._texts:
            self._texts = texts
            self.setAccessibleName(clauses(texts))
            self.update()

    # --- geometry ---
    def _font(self) -> QFont:
        return sized(self.font(), self._session.theme.enlarged.font_px)

    def lines(self) -> list[tuple[str, QRectF, Qt.AlignmentFlag]]:
        """The texts that have room, each with its place."""
        metrics, room = QFontMetricsF(self._font()), QRectF(self.rect()).adjusted(BESIDE, 0, -BESIDE, 0)
        run, now, place = self._texts
        wide = {text: metrics.horizontalAdvance(text) for text in self._texts}
        shown = [(place, room, Qt.AlignmentFlag.AlignRight)]
        left = room.width() - wide[place] - GAP
        if wide[now] <= left:
            shown.append((now, room.adjusted(0, 0, -wide[place] - GAP, 0), Qt.AlignmentFlag.AlignRight))
            left -= wide[now] + GAP
        if wide[run] <= left:
            shown.append((run, room, Qt.AlignmentFlag.AlignLeft))
        return shown

    def sizeHint(self) -> QSize:
        return QSize(200, round(QFontMetricsF(self._font()).height() * LINES))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    # --- Qt ---
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setFont(self._font())
            painter.setPen(QColor(self._session.theme.muted))
            for text, place, align in self.lines():
                painter.drawText(place, align | Qt.AlignmentFlag.AlignVCenter, text)
