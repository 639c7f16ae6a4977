"""The row below the hidden units, while a run is pinned: as many parameters as that one."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QPushButton, QSizePolicy

from core.network.parameter_counts import count_of
from explorer.panels.experiment.rows import PINS, SPACE, Guard, Row
from explorer.session.session import Session
from explorer.style.numbers import count


class MatchRow(Row):
    """A button that says both numbers of parameters; a press chooses the hidden units."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, (), PINS)
        self.button = QPushButton(title)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.name(self.button)
        Guard(self.button, SPACE)
        self.button.clicked.connect(lambda: self.choose_all({}))
        self.put(self.button)

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.pinned.match()

    def sync(self, session: Session) -> None:
        pin = session.pinned.measure
        if pin is None:
            return
        own, other = count_of(session.trace.network), count_of(pin.trace.network)
        self.button.setEnabled(own != other)
        self.button.setText(self.tr("Parameters {n} → {m}").format(n=count(own), m=count(other)))
        name = " ".join(pin.label.split())
        said = self.tr("This network has {n} parameters, the pinned run {name} has {m}.")
        said = said.format(n=count(own), m=count(other), name=name)
        self.button.setToolTip(f"{self.tip}\n{said}")
        self.button.setAccessibleDescription(f"{self.tip} {said}")
