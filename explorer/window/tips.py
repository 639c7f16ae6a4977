"""A tool tip that is open says what is true now: once the playhead or the run has moved, what it lies over is asked
again."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.session.session import Session


class OpenTip(QObject):
    """Of one window. A text that has not changed stays where it is; one that is not there any more goes."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._beat = session, session.time[:2]
        session.time_changed.connect(self._on_time)
        session.changed.connect(self.ask_again)
        session.selection_changed.connect(self.ask_again)
        session.lesson_changed.connect(self.ask_again)

    def _on_time(self) -> None:
        beat = self._session.time[:2]
        if beat != self._beat:  # within a beat the pictures move, and no words
            self._beat = beat
            self.ask_again()

    def ask_again(self) -> None:
        """What is under the mouse says its tip once more, if one is open."""
        if not QToolTip.isVisible():
            return
        place = QCursor.pos()
        widget = QApplication.widgetAt(place)
        if widget is not None:
            event = QHelpEvent(QHelpEvent.Type.ToolTip, widget.mapFromGlobal(place), place)
            if QApplication.sendEvent(widget, event) and event.isAccepted():
                return
        QToolTip.hideText()
