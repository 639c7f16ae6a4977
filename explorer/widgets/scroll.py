"""An area that scrolls downwards, whose contents always have the same width."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class SteadyArea(QScrollArea):
    """Its bar always has its place, and is seen where there is something to scroll. A bar that came and went would
    change the width, and with it every line break; where the lines are then few enough that no bar is needed, it would
    come and go without end."""

    def __init__(self, contents: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(contents)
        self.verticalScrollBar().rangeChanged.connect(self._on_range)

    def _on_range(self, low: int, high: int) -> None:
        self.verticalScrollBar().setEnabled(high > low)  # the style sheet shows no handle of one that is not
