"""The inside of one step: every gate, state and operation, forward and back, under the same playhead as the chain."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.items.cell_diagram import CellDiagram
from explorer.panels.base import Panel
from explorer.panels.cell_build import OpenCell, open_cell
from explorer.session import Change


class CellPanel(Panel):
    """Takes the chain's place while a cell is open. Its numbers are made when it opens; a moving playhead only looks
    them up, and paints the ground of the diagram once a beat."""

    name = "cell"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cell: OpenCell | None = None
        self.computed = 0  # how often core was asked for numbers; tests count it
        self.diagram = CellDiagram(self)
        self.back = QPushButton(self.tr("← chain"))
        self.where, self.at_work = QLabel(), QLabel()
        self.where.setProperty("role", "title")
        self.at_work.setProperty("role", "status")
        header = QHBoxLayout()
        header.setSpacing(12)
        header.addWidget(self.back)
        header.addWidget(self.where)
        header.addWidget(self.at_work, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 7, 12, 8)
        column.setSpacing(4)
        column.addLayout(header)
        column.addWidget(self.diagram, 1)
        self.back.clicked.connect(self._leave)

    def _leave(self) -> None:
        self.session.leave()

    # --- the session's word ---
    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.VIEW | Change.THEME):
            return
        self.cell = open_cell(self.session)
        self._t = 0
        if self.cell is not None:
            self.computed += 1
            self.show_time(self.session.position)

    def show_time(self, position: float) -> None:
        cell = self.cell
        if cell is None:
            return
        now = cell.moment()
        if now.t != self._t:
            self._t = now.t
            self.diagram.show_step(cell.step(now.t), self.session.theme)
        self.diagram.show_progress(cell.progress(now))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        theme = self.session.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
