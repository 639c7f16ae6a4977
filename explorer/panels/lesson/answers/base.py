"""What a question is answered with: the base of a widget for each kind of question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from core.lessons.format import Ask
from explorer.session.session import Session
from explorer.widgets.flow import FlowLayout


class Answers(QWidget):
    """Base of all. `sure`: ticked by who is."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.column = session, QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.sure = QCheckBox(self.tr("I am sure"), self)
        self.sure.hide()
        self.build()

    def build(self) -> None:
        """Makes what the question of the page on show is answered with."""
        raise NotImplementedError

    def send(self) -> None:
        """Gives the answer to the lesson."""
        raise NotImplementedError

    def show_truth(self) -> None:
        """The question is answered: the right one is seen beside the person's."""

    @property
    def ask(self) -> Ask:
        """The question of the page on show."""
        page = self.session.lesson.page
        assert page is not None and page.ask is not None
        return page.ask

    def row(self, *widgets: QWidget, sure: bool = True) -> None:
        """Widgets beside each other, as far as there is room; with the box for who is sure where the question asks for
        that."""
        line = FlowLayout()
        for widget in widgets:
            line.addWidget(widget)
        if sure and self.ask.confidence:
            line.addWidget(self.sure)
            self.sure.show()
        self.column.addLayout(line)

    def press(self, text: str, do: Callable[[], object]) -> QPushButton:
        made = QPushButton(text)
        made.setAccessibleName(text)
        made.clicked.connect(lambda _=False: do())
        return made
