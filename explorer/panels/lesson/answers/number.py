"""A number that is typed."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from explorer.panels.lesson.answers.base import Answers
from explorer.session.lessons.page import unit_of, worded
from explorer.widgets.keys import TAKES_ITS_KEYS
from explorer.widgets.labels import text_label


class NumberField(QLineEdit):
    """Enter answers; Esc clears what stands in it, and means the window's own only when it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty(TAKES_ITS_KEYS, True)

    def event(self, event: QEvent) -> bool:
        clears = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.text()
        if clears and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if clears and event.type() == QEvent.Type.KeyPress:
            self.clear()
            return True
        return super().event(event)


class Number(Answers):
    """A typed number with its unit."""

    def build(self) -> None:
        self.field = NumberField()
        self.field.setMaximumWidth(130)
        self.field.setAccessibleName(worded(self.ask.text))
        self.field.returnPressed.connect(self.send)
        self.wrong = text_label("error")
        self.row(
            self.field, text_label("muted", unit_of(self.ask)), self.press(self.tr("Answer"), self.send), self.wrong
        )

    def send(self) -> None:
        text = self.field.text().strip().replace("−", "-").replace(",", ".")
        value, read = QLocale.c().toDouble(text)
        if not read or not math.isfinite(value):
            self.wrong.setText(self.tr("Type a number, such as 0.25, -3 or 1e-6."))
            return
        self.wrong.setText("")
        self.session.lesson.question.answer_number(value, self.sure.isChecked())

    def show_truth(self) -> None:
        self.hide()  # the answer has both numbers
