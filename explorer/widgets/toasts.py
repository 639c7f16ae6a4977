"""Messages over the lower edge of a widget: nothing moves when they come and go, and several wait for each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

SHORTEST_MS, A_CHARACTER_MS, LONGEST_MS = 3000, 60, 9000  # as long as it takes to notice and to read it
MOST = 2  # in sight; further ones wait
WIDEST = 640  # px in the light theme's type
MARGIN = 8  # px to the edges


def reading_ms(text: str) -> int:
    """For how long a message stays."""
    return min(SHORTEST_MS + A_CHARACTER_MS * len(text), LONGEST_MS)


@dataclass(frozen=True)
class Message:
    """One sentence, and what takes back what it tells (None: there is nothing to take back)."""

    text: str
    undo: Callable[[], object] | None = None


class Toast(QFrame):
    """One message, for as long as it takes to read it, and longer while the mouse is over it. A click anywhere on it
    closes it."""

    def __init__(self, message: Message, closed: Callable[[Toast], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.message, self._closed = message, closed
        self.setProperty("card", True)
        self.setProperty("note", True)
        self.setAccessibleName(message.text)
        self._label = QLabel(message.text)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: list[QPushButton] = []
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 7, 8, 7)
        line.addWidget(self._label, 1)
        if message.undo is not None:
            tip = self.tr("Undo: what this message tells of.\nA click takes it back.")
            line.addWidget(self._button(self.tr("Undo"), tip, self._on_undo))
        tip = self.tr("This message.\nA click closes it (Esc).")
        line.addWidget(self._button("×", tip, lambda: self._closed(self)))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self._closed(self))
        self.wait()

    def wait(self) -> None:
        """Its time begins anew."""
        self._timer.start(reading_ms(self.message.text))

    def stop(self) -> None:
        """It is taken away by somebody else."""
        self._timer.stop()

    def _button(self, text: str, tip: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setFlat(len(text) == 1)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(".")[0] if len(text) == 1 else text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(do)
        self.buttons.append(button)
        return button

    def _on_undo(self) -> None:
        undo = self.message.undo
        self._closed(self)
        if undo is not None:
            undo()

    # --- Qt ---
    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._closed(self)

    def leaveEvent(self, event: QEvent) -> None:
        self.wait()
        super().leaveEvent(event)


class Toasts(QWidget):
    """Lies over `over`, whose sibling it is, in the middle; the newest message is the lowest. `lower`: how far down in
    `over`, in px, so that as little as may be is covered."""

    def __init__(self, over: QWidget, lower: Callable[[], int], parent: QWidget) -> None:
        super().__init__(parent)
        self._over, self._lower = over, lower
        self._shown: list[Toast] = []
        self._waiting: deque[Message] = deque()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        over.installEventFilter(self)
        self.hide()

    def show_message(self, text: str, undo: Callable[[], object] | None = None) -> None:
        """A message more; the same one once more only stays longer. "" takes all of them away."""
        if not text:
            self.clear()
            return
        again = next((toast for toast in self._shown if toast.message.text == text), None)
        if again is not None and again.message.undo is None and undo is None:
            again.wait()
            return
        self._waiting.append(Message(text, undo))
        self._follow()

    def texts(self) -> list[str]:
        """The messages in sight, the newest last; those that wait for their turn are not among them."""
        return [toast.message.text for toast in self._shown]

    def toasts(self) -> list[Toast]:
        """Those in sight."""
        return list(self._shown)

    def dismiss(self) -> bool:
        """Takes the newest one away; False where there is none."""
        if not self._shown:
            return False
        self._close(self._shown[-1])
        return True

    def clear(self) -> None:
        """Takes all of them away, and those that wait."""
        self._waiting.clear()
        for toast in self.toasts():
            self._close(toast)

    def _close(self, toast: Toast) -> None:
        if toast not in self._shown:
            return
        toast.stop()
        self._shown.remove(toast)
        self._column.removeWidget(toast)
        toast.hide()
        toast.deleteLater()
        self._follow()

    def _follow(self) -> None:
        while self._waiting and len(self._shown) < MOST:
            toast = Toast(self._waiting.popleft(), self._close, self)
            self._shown.append(toast)
            self._column.addWidget(toast)
            toast.show()
            QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
        self.setVisible(bool(self._shown))
        self.place()

    def place(self) -> None:
        """Puts it where it belongs now, where `lower` says something else than before."""
        if not self._shown:
            return
        place = self._over.geometry()
        type_size = self.fontMetrics().averageCharWidth() / 7.0
        width = min(round(WIDEST * max(type_size, 1.0)), place.width() - 2 * MARGIN)
        self.setFixedWidth(max(width, 1))
        self._column.activate()
        height = self._column.heightForWidth(width) if self._column.hasHeightForWidth() else self.sizeHint().height()
        self.resize(width, height)
        top = place.top() + self._lower() - MARGIN - height
        self.move(place.center().x() - width // 2, max(top, place.top()))
        self.raise_()

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It goes where the widget goes that it lies over."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)
