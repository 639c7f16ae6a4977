"""A page over a window: what is below it is not in sight, has no keys and is not come to by Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from explorer.session.session import Session
from explorer.words import translator

_tr = translator("page")


class Page(QFrame):
    """It fills `place()` of its parent while it is open. Esc and `close_button` close it."""

    def __init__(self, session: Session, place: Callable[[], QRect], parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._session, self._place, self._over = session, place, parent
        self._before: QWidget | None = None  # what had the focus
        self.setProperty("page", True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setToolTip(_tr("Close (Esc)"))
        self.close_button.setAccessibleName(_tr("Close"))
        self.close_button.clicked.connect(self.close_page)

    def controls(self) -> list[QWidget]:
        """What Tab goes through, in order; what is hidden is left out."""
        raise NotImplementedError

    def key(self, watched: QObject, event: QKeyEvent) -> bool:
        """Does what a key means in one of the watched widgets; whether it means anything. Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_page()
            return True
        return False

    def watch(self, widgets: Iterable[QWidget]) -> None:
        """Takes the keys of these widgets, and follows the size of the parent."""
        for widget in (*widgets, self._over):
            widget.installEventFilter(self)

    def open_over(self) -> None:
        """Comes to lie over the window; the focus goes back to where it is now."""
        if not self.isVisible():
            self._before = self.window().focusWidget()
        self.setGeometry(self._place())
        self.show()
        self.raise_()

    def close_page(self) -> None:
        """The focus goes back to where it was."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self.setGeometry(self._place())
            return False
        if not isinstance(event, QKeyEvent):
            return False
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.type() == QEvent.Type.ShortcutOverride and plain:
            event.accept()  # no key of the window's works under the page
            return True
        return event.type() == QEvent.Type.KeyPress and self.key(watched, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if not self.isVisible():  # it is being closed, and Qt looks for another place for the keyboard
            return super().focusNextPrevChild(forward)
        seen = [each for each in self.controls() if each.isVisible()]
        now = self.window().focusWidget()
        at = seen.index(now) + (1 if forward else -1) if now in seen else 0
        seen[at % len(seen)].setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._session.theme
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.background))
            painter.setPen(QPen(QColor(theme.line), theme.hairline))
            painter.drawLine(self.rect().topLeft(), self.rect().topRight())
