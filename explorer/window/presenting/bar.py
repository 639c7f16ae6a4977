"""The tools of somebody who presents: they come with the mouse, lie over the picture, and go again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.widgets.passing import make_passing
from explorer.words import translator

_tr = translator("presenting")


class PresentBar(QFrame):
    """At the lower edge of a window, where the claim is not: a button for each tool, with its key."""

    def __init__(self, window: QWidget, tools: Mapping[str, Callable[[], object]]) -> None:
        """`tools`: what each does, by name: previous, next, equation, black, freeze, leave."""
        super().__init__(window)
        self._window = window
        self.setProperty("card", True)
        self.setObjectName("present-bar")
        make_passing(self)
        texts = {
            "previous": (_tr("‹ picture"), _tr("The picture before (Shift+F6)")),
            "next": (_tr("picture ›  F6"), _tr("The next picture (F6)")),
            "equation": (_tr("Equation  E"), _tr("The equation of what is selected, beside the picture (E)")),
            "freeze": (_tr("Freeze  F"), _tr("The picture stays while the run goes on under it; again: live (F)")),
            "black": (_tr("Black  B"), _tr("A black screen; again: back (B)")),
            "leave": (_tr("Leave  Esc"), _tr("Back to the window (Esc)")),
        }
        self.buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        for name, (text, tip) in texts.items():
            button = self.buttons[name] = QPushButton(text)
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setCheckable(name in ("equation", "freeze"))
            button.clicked.connect(lambda _=False, do=tools[name]: do())
            if name == "equation":
                self._row.addStretch(1)
            self._row.addWidget(button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 8, 14, 8)
        self._column.addLayout(self._row)
        self.hide()

    def set_sheet(self, sheet: str) -> None:
        """It is dressed as what is presented."""
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)

    def take(self, widget: QWidget) -> None:
        """Has a part of the window in it, below the buttons, until somebody else takes it."""
        self._column.addWidget(widget)

    def place(self) -> None:
        """At the lower edge, as wide as the window."""
        height = self.sizeHint().height()
        self.setGeometry(0, self._window.height() - height, self._window.width(), height)
