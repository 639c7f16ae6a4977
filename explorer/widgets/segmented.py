"""One choice of a few, all of them in sight: tanh | ReLU | LSTM | GRU."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QWidget

from explorer.widgets.keys import ARROWS, keeps


class SegmentedControl(QWidget):
    """Exclusive options in a trough. ← → choose the next one; Tab enters and leaves the whole control."""

    currentChanged = Signal(str)  # the key, when a person chose it

    def __init__(
        self, options: Iterable[tuple[str, str, str]] = (), parent: QWidget | None = None, in_line: int = 1000
    ) -> None:
        """options: (key, label, tool tip) each. `in_line`: so many stand beside each other at most."""
        super().__init__(parent)
        self.setProperty("segmented", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self._buttons: dict[str, _Segment] = {}
        self._current, self._in_line = "", in_line
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(3, 3, 3, 3)
        self._layout.setSpacing(2)
        self.set_options(options)

    def set_options(self, options: Iterable[tuple[str, str, str]]) -> None:
        """Replaces all options, silently. The current one stays if its key is still there, else the first is chosen."""
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._layout.removeWidget(button)
            button.hide()  # it is there until the event loop has time
            button.deleteLater()
        self._buttons = {}
        for k, (key, label, tip) in enumerate(options):
            button = _Segment(label, self)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            self._group.addButton(button)
            self._layout.addWidget(button, *divmod(k, self._in_line))
            self._buttons[key] = button
        self.setCurrent(self._current if self._current in self._buttons else next(iter(self._buttons), ""))

    def set_tight(self, tight: bool) -> None:
        """No more room around a label than it needs."""
        for button in self._buttons.values():
            button.tight = tight
            button.updateGeometry()
        self.updateGeometry()

    def keys(self) -> list[str]:
        return list(self._buttons)

    def button(self, key: str) -> QPushButton:
        return self._buttons[key]

    def current(self) -> str:
        """The chosen key; "" where there are no options."""
        return self._current

    def setCurrent(self, key: str) -> None:
        """Chooses without a signal. Raises KeyError for an unknown key."""
        if key:
            self._buttons[key].setChecked(True)
        self._current = key
        self._tab_to_current()

    def _tab_to_current(self) -> None:
        """Tab comes to the chosen option, or to the first where none is; a click leaves the keyboard where it is."""
        reached = self._current or next(iter(self._buttons), "")
        for key, button in self._buttons.items():
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if key == reached else Qt.FocusPolicy.NoFocus)

    def _on_clicked(self, button: QPushButton) -> None:
        key = next(key for key, mine in self._buttons.items() if mine is button)
        if key != self._current:
            self._current = key
            self._tab_to_current()
            self.currentChanged.emit(key)


class _Segment(QPushButton):
    def __init__(self, label: str, parent: QWidget) -> None:
        super().__init__(label, parent)
        self.setProperty("segment", True)
        self.tight = False
        self.setCheckable(True)
        self.setAutoExclusive(False)  # the group sees to that

    def event(self, event: QEvent) -> bool:
        return keeps(event, ARROWS) or super().event(event)

    def sizeHint(self) -> QSize:
        # As wide as the chosen, bold one: nothing moves when the choice does.
        bold = QFont(self.font())
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        beside = 0 if self.tight else 2 * metrics.averageCharWidth()
        return QSize(metrics.horizontalAdvance(self.text()) + beside + 16, metrics.height() + 12)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
