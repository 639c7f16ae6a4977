"""A list that is narrower than its entries while it is closed, and as wide as they are while it is open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip

ARROW = 30  # px of the closed list's arrow and margins
BESIDE = 28  # px beside an entry of the open one: its margins and the bar


class ListBox(QComboBox):
    """Closed, the end of a long entry is cut, and the tool tip begins with all of it."""

    def shown(self) -> str:
        """What stands in it."""
        room = max(self.width() - ARROW, 0)
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def widen(self) -> None:
        """The open list has room for its longest entry."""
        metrics = self.view().fontMetrics()
        longest = max((metrics.horizontalAdvance(self.itemText(k)) for k in range(self.count())), default=0)
        self.view().setMinimumWidth(max(longest + BESIDE, self.width()))

    # --- Qt ---
    def showPopup(self) -> None:
        self.widen()
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.shown() != self.currentText():
            above = self.parentWidget()
            while above is not None and not above.toolTip():
                above = above.parentWidget()
            tip = self.toolTip() or (above.toolTip() if above is not None else "")
            QToolTip.showText(event.globalPos(), f"{self.currentText()}\n{tip}".rstrip())
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
