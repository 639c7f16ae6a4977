"""A group of rows under one line that says what they are set to; a click on it unfolds them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.panels.experiment.rows import SPACE, Guard
from explorer.widgets.labels import text_label

_MARGINS = 2, 3, 2, 3
_BESIDE = 7  # px between the title and the summary


class Heading(QPushButton):
    """The title, and beside it the summary, or below it where the panel is too narrow for both."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title, self._summary = text_label("value"), text_label("muted", wraps=True)
        self._name = title
        self.setFlat(True)
        self.setCheckable(True)
        self.setProperty("heading", True)
        self.setAccessibleName(title)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(*_MARGINS)
        self._box.setSpacing(_BESIDE)
        for label in (self._title, self._summary):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._box.addWidget(self._title)
        self._box.addWidget(self._summary, 1)
        Guard(self, SPACE)
        self.toggled.connect(self._on_toggled)
        self._on_toggled(False)

    def summary(self) -> str:
        """What it says beside its title."""
        return self._summary.text()

    def set_summary(self, text: str) -> None:
        """What the rows are set to, in a few words."""
        if text != self._summary.text():
            self._summary.setText(text)
            self._say()
            self._arrange(self.width())

    def _on_toggled(self, on: bool) -> None:
        self._title.setText(f"{'▾' if on else '▸'} {self._name}")
        self._say()

    def _say(self) -> None:
        folded = self.tr("unfolded") if self.isChecked() else self.tr("folded")
        self.setAccessibleDescription(f"{self._summary.text()}; {folded}")
        tip = self.tr("{title}: {summary}.\nA click folds its choices.") if self.isChecked() else self.tr(
            "{title}: {summary}.\nA click shows its choices."
        )  # fmt: skip
        self.setToolTip(tip.format(title=self._name, summary=self._summary.text()))

    def _arrange(self, width: int) -> None:
        left, _, right, _ = _MARGINS
        wide = self._title.sizeHint().width() + _BESIDE + self._one_line(self._summary) + left + right
        across = wide <= width
        direction = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        self._box.setDirection(direction)
        self._box.setSpacing(_BESIDE if across else 0)
        self._summary.setContentsMargins(0 if across else self._title.fontMetrics().horizontalAdvance("▸ "), 0, 0, 0)
        below = 0 if across else self._summary.heightForWidth(max(width - left - right, 1))
        line = self._title.sizeHint().height()
        self.setFixedHeight(_MARGINS[1] + _MARGINS[3] + line + below)

    @staticmethod
    def _one_line(label: QLabel) -> int:
        return label.fontMetrics().horizontalAdvance(label.text()) + 2

    # --- Qt ---
    def sizeHint(self) -> QSize:
        return QSize(self._title.sizeHint().width() + 40, self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange(event.size().width())


class Section(QWidget):
    """A heading over some rows, folded at first."""

    unfolded = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = Heading(title)
        self.body = QWidget()
        self.body.hide()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 2, 0, 6)
        self.rows.setSpacing(5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self.body)
        self.heading.toggled.connect(self._on_toggled)

    @property
    def open(self) -> bool:
        """Whether its rows are shown."""
        return self.heading.isChecked()

    def _on_toggled(self, on: bool) -> None:
        if on:
            self.unfolded.emit()  # before they are seen, so that they show the present values
        self.body.setVisible(on)
