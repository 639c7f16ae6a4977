"""A text shortened to whole words, and a list whose chosen entry is shown so."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

PADDING = 40  # px of a list's arrow and margins


def whole_words(text: str, metrics: QFontMetrics, width: int) -> str:
    """As many words of a text as fit, and "…" where some are left out; at least the first word."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    words = text.split(" ")
    for count in range(len(words) - 1, 0, -1):
        shown = f"{' '.join(words[:count]).rstrip(',')} …"
        if count == 1 or metrics.horizontalAdvance(shown) <= width:
            return shown
    return text


class WordsBox(QComboBox):
    """A combo box that shows the chosen entry in whole words. `set_letters`: for how many letters it has room."""

    def set_letters(self, letters: int) -> None:
        """Room for about so many letters; the longest first word always has room."""
        self.ensurePolished()
        metrics = self.fontMetrics()
        first = max((self._least(metrics, self.itemText(k)) for k in range(self.count())), default=0)
        longest = max((metrics.horizontalAdvance(self.itemText(k)) for k in range(self.count())), default=0)
        self.setFixedWidth(min(max(letters * metrics.averageCharWidth(), first), longest) + PADDING)

    def shown(self) -> str:
        """What stands in it."""
        return whole_words(self.currentText(), self.fontMetrics(), self.width() - PADDING)

    @staticmethod
    def _least(metrics: QFontMetrics, text: str) -> int:
        return metrics.horizontalAdvance(whole_words(text, metrics, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
