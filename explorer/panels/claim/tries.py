"""Buttons beside the sentence: what the cell's list offers to try, the counter-example among it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from core.claims.kept import alternatives
from core.experiment import Experiment
from explorer.session.session import Session

MOST = 2
GAP = 6


class Tries(QWidget):
    """At most two buttons; those for which there is no room are not shown, the last ones first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._others: tuple[Experiment, ...] = ()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        self.buttons = [QPushButton(self) for _ in range(MOST)]
        for k, button in enumerate(self.buttons):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, k=k: self._choose(k))
            line.addWidget(button)

    def offer(self, session: Session) -> None:
        """What is one click away from the experiment on show; nothing while a fault is hidden."""
        self._session = session
        found = alternatives(session.trace.experiment)[:MOST] if session.hunting is None else ()
        self._others = tuple(other for _, other in found)
        for button, (each, _) in zip(self.buttons, found, strict=False):
            title = self.tr(each.title)
            button.setText(self.tr("try {what}").format(what=title))
            button.setToolTip(self.tr("The same run with {what}; Ctrl+Z brings this one back.").format(what=title))
            button.setAccessibleName(button.text())

    def fit(self, room: int) -> QSize:
        """Shows as many as have room, and returns the size that they take."""
        width, height = 0, 0
        for k, button in enumerate(self.buttons):
            size = button.sizeHint()
            wanted = width + size.width() + (GAP if width else 0)
            shown = k < len(self._others) and wanted <= room
            button.setVisible(shown)
            if shown:
                width, height = wanted, max(height, size.height())
        return QSize(width, height)

    def _choose(self, k: int) -> None:
        if self._session is not None:
            other = self._others[k]
            self._session.run.change(lambda: other)
