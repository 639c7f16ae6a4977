"""The dock on one side of the pictures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from explorer.panels import LEFT, RIGHT
from explorer.panels.base import Panel
from explorer.widgets.pages import Pages

FIRST_WIDTH = {LEFT: 260, RIGHT: 370}  # px at first, where the window is wide enough
SHARE, LEAST = {LEFT: 0.2, RIGHT: 0.26}, {LEFT: 260, RIGHT: 330}  # of the window's width at most; px never too many
AREA = {LEFT: Qt.DockWidgetArea.LeftDockWidgetArea, RIGHT: Qt.DockWidgetArea.RightDockWidgetArea}


class Side(QDockWidget):
    """Its panels are pages, with a margin around them; the first one names it."""

    def __init__(self, place: str, first: Panel, margin: int, parent: QWidget) -> None:
        """`place`: LEFT or RIGHT."""
        super().__init__(first.page_title()[0], parent)
        self.place, self.pages = place, Pages()
        self.setObjectName(f"dock-{first.name}")
        self.setTitleBarWidget(QWidget())  # the panel has its own title
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        holder = QWidget()
        frame = QVBoxLayout(holder)
        frame.setContentsMargins(margin, margin, margin, margin)
        frame.addWidget(self.pages)
        self.setWidget(holder)
        self.add(first)

    def add(self, panel: Panel) -> None:
        """One page more."""
        self.pages.add(panel.name, *panel.page_title(), panel)

    def limit(self, width: int, font_px: int) -> None:
        """The pictures keep most of a window of that width."""
        least = round(LEAST[self.place] * font_px / 13)
        self.setMaximumWidth(max(least, round(width * SHARE[self.place])))
