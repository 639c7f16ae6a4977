"""The strip below the claim: what to do first, until it is closed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from explorer.widgets.labels import text_label


class StartStrip(QFrame):
    """ "Press Space · Tour · Lessons · Examples · Reopen last · drop a file here"."""

    def __init__(self, offers: dict[str, Callable[[], object]], close: Callable[[], object], parent: QWidget) -> None:
        """`offers`: what each button does, by its text."""
        super().__init__(parent)
        self.setProperty("note", True)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 2, 4, 2)
        line.setSpacing(6)
        line.addWidget(text_label("value", self.tr("Press Space to play")))
        self.buttons = {text: QPushButton(text) for text in offers}
        for text, button in self.buttons.items():
            button.setFlat(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, do=offers[text]: do())
            line.addWidget(text_label("muted", "·"))
            line.addWidget(button)
        line.addWidget(text_label("muted", "·"))
        line.addWidget(text_label("muted", self.tr("drop a file here")))
        line.addStretch(1)
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setAutoRaise(True)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.setToolTip(self.tr("Close; Help shows it again"))
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.clicked.connect(close)
        line.addWidget(self.close_button)
