"""What a click opens covers or uncovers something else: the second click of a double one must not go to that."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

_LATER = (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress)  # something else has begun


class SecondClick(QObject):
    """Swallows the rest of a double click in the whole program, once: from `expect` until it came, or until another
    press or key shows that there is none."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._expected = self._pressed = False

    def expect(self) -> None:
        """A first click has just been taken."""
        app = QApplication.instance()
        if isinstance(app, QApplication) and not self._expected:
            self._expected, self._pressed = True, False
            app.installEventFilter(self)

    def _end(self) -> None:
        app = QApplication.instance()
        if app is not None and self._expected:
            self._expected = False
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonDblClick:
            self._pressed = True
            return True
        if kind == QEvent.Type.MouseButtonRelease and self._pressed and watched.isWidgetType():
            self._end()
            return True
        if kind in _LATER and watched.isWidgetType():
            self._end()
        return False
