"""Messages over a widget: nothing moves when they come and go, and several wait for each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QEnterEvent, QMouseEvent, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from explorer.widgets.passing import make_passing

SHORTEST_MS, A_CHARACTER_MS, LONGEST_MS = 3000, 60, 9000  # as long as it takes to notice and to read it
MOST = 2  # in sight; further ones wait
WIDEST = 640  # px in the light theme's type
MARGIN, BETWEEN = 8, 6  # px to the edges, and between two of them


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
        self.band = -1  # where it stands
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

    def fit(self, width: int) -> None:
        """As wide, and as high as its text is then."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        high = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
        self.resize(width, high)

    def wait(self) -> None:
        """Its time begins anew."""
        self._timer.start(reading_ms(self.message.text))

    def go_on(self) -> None:
        """Others wait: the mouse over it holds them up no longer."""
        if not self._timer.isActive():
            self._timer.start(SHORTEST_MS)

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
    """Lies over `over`, whose sibling it is, in the middle. `bands`: from where to where in `over` messages may stand,
    in px, the best first: a message stands in the first that has room, and stays there."""

    def __init__(self, over: QWidget, bands: Callable[[], Sequence[tuple[int, int]]], parent: QWidget) -> None:
        super().__init__(parent)
        self._over, self._bands = over, bands
        self._shown: list[Toast] = []
        self._waiting: deque[Message] = deque()
        make_passing(self)
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
        if len(self._shown) >= MOST:
            for toast in self._shown:
                toast.go_on()
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
        toast.hide()
        toast.deleteLater()
        self._follow()

    def _follow(self) -> None:
        while self._waiting and len(self._shown) < MOST:
            toast = Toast(self._waiting.popleft(), self._close, self)
            self._shown.append(toast)
            toast.show()
            QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
        self.setVisible(bool(self._shown))
        self.place()

    def place(self) -> None:
        """Puts each where it belongs now, where `bands` says something else than before."""
        if not self._shown:
            return
        whole, bands = self._over.geometry(), self._bands()
        type_size = self.fontMetrics().averageCharWidth() / 7.0
        width = max(min(round(WIDEST * max(type_size, 1.0)), whole.width() - 2 * MARGIN), 1)
        left = whole.center().x() - width // 2
        taken: list[list[Toast]] = [[] for _ in bands]
        for toast in self._shown:
            toast.fit(width)
            free = [high - low - sum(each.height() + BETWEEN for each in there) for (low, high), there in
                    zip(bands, taken, strict=True)]  # fmt: skip
            roomy = [k for k, room in enumerate(free) if room >= toast.height()]
            if toast.band not in roomy:
                toast.band = roomy[0] if roomy else free.index(max(free))
            taken[toast.band].append(toast)
        places: dict[Toast, QRect] = {}
        for (_, bottom), there in zip(bands, taken, strict=True):
            for toast in reversed(there):  # the newest is the lowest
                top = max(whole.top() + bottom - toast.height(), whole.top())
                places[toast] = QRect(left, top, width, toast.height())
                bottom -= toast.height() + BETWEEN
        box = QRegion()
        for place in places.values():
            box += place
        self.setGeometry(box.boundingRect())
        self.setMask(box.translated(-box.boundingRect().topLeft()))
        for toast, place in places.items():
            toast.setGeometry(place.translated(-box.boundingRect().topLeft()))
        self.raise_()

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It goes where the widget goes that it lies over."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)
