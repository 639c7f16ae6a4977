"""The areas of a window beside its docks, which stay while it presents: the head, and the pictures in the centre."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.session.session import Session
from explorer.widgets.toasts import Toasts
from explorer.window.stage import Stage

MARGIN = 10  # px around the pictures, and around what is in a dock
GAP = MARGIN - 2  # px between two of them


class Area(QWidget):
    """Its widgets stand below each other. Its background is that of what is presented."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("presented")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)


class Head(Area):
    """What reaches over the whole width, above the docks."""

    def __init__(self) -> None:
        super().__init__()
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)

    def add_bar(self, widget: QWidget) -> None:
        """From edge to edge."""
        self.column.addWidget(widget)

    def add_line(self, widget: QWidget) -> None:
        """With the pictures' distance from the edges and from what is above."""
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, GAP, MARGIN, 0)
        line.addWidget(widget)
        self.column.addLayout(line)


class Centre(Area):
    """The pictures, with the messages over them, and what stands above and below them in its own height."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.column.setContentsMargins(0, MARGIN, 0, MARGIN)
        self.column.setSpacing(GAP)
        self.stage = Stage(session, GAP)
        self.column.addWidget(self.stage, 1)
        self.toasts = Toasts(self.stage, self.stage.bands, self)
        self.stage.arranged.connect(self.toasts.place)

    def keep_from_edges(self, left: bool, right: bool) -> None:
        """A picture keeps its distance from an edge of the window where no dock's own margin is beside it."""
        self.column.setContentsMargins(MARGIN if left else 0, MARGIN, MARGIN if right else 0, MARGIN)

    def fit(self, height: int) -> None:
        """The pictures take what so many px of height leave beside everything else."""
        beside = [each for each in self.children() if isinstance(each, QWidget) and each is not self.stage]
        heights = [
            max(each.sizeHint().height(), each.minimumHeight())
            for each in beside
            if self.column.indexOf(each) >= 0 and not each.isHidden()
        ]
        margins = self.column.contentsMargins()
        taken = sum(heights) + self.column.spacing() * len(heights) + margins.top() + margins.bottom()
        self.stage.fit(height - taken)

    def drawer_room(self) -> QRect:
        """Over the pictures: not over what is above them, nor over the playhead's controls."""
        centre, stage = self.geometry(), self.stage.geometry()
        return QRect(centre.left(), centre.top(), centre.width(), stage.bottom() + MARGIN // 2)
