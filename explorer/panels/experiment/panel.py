"""The experiment panel: every choice of the experiment, live, and always what the session says."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from explorer.panels.base import Listening, Panel
from explorer.panels.experiment.choices import CHOICES, Choice
from explorer.panels.experiment.rows import SPACE, Guard, Row
from explorer.panels.experiment.symbols import SymbolTexts
from explorer.session.session import Change, Session
from explorer.widgets.card import Card

WIDTH = 250
LEAST = 230
_FRAME = 34  # the card's margins and border, left and right
_HEADING = """
QPushButton { text-align: left; font-weight: bold; padding: 2px 1px; }
QPushButton:focus { padding: 1px 0px; }
QPushButton:checked { background: transparent; border-color: transparent; }
"""


class Section(QWidget):
    """A heading over some rows; a click on it folds them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.heading = QPushButton()
        self.heading.setFlat(True)
        self.heading.setCheckable(True)
        self.heading.setChecked(True)
        self.heading.setToolTip(self.tr("Show or hide these choices."))
        self.heading.setStyleSheet(_HEADING)
        Guard(self.heading, SPACE)
        self.heading.toggled.connect(self._on_toggled)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, 3)
        self.rows.setSpacing(5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.heading)
        column.addWidget(self.body)
        self._on_toggled(True)

    def _on_toggled(self, on: bool) -> None:
        self.body.setVisible(on)
        self.heading.setText(f"{'▾' if on else '▸'} {self._title}")
        self.heading.setAccessibleName(self._title)
        self.heading.setAccessibleDescription(self.tr("unfolded") if on else self.tr("folded"))


class ExperimentPanel(Panel):
    """The rows of CHOICES under their headings. The reason for a refused value stands at its row, which is then
    synchronised again."""

    name = "experiment"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, Row] = {}
        self.sections: dict[str, Section] = {}
        self._changed_row: Row | None = None  # whose change the next frame runs
        self._refused = False
        self._contents = QWidget()
        self._column = QVBoxLayout(self._contents)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(1)
        for choice in CHOICES:
            self._add(choice)
        self._symbols = SymbolTexts()
        self._symbols.collect(self._contents)
        self._book = ""  # the notation in whose symbols the rows are written
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self._contents)
        card = Card(self.tr("Experiment"))
        card.add(self.area, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)

    def chosen(self) -> dict[str, bool]:
        """Which sections are unfolded."""
        return {name: section.heading.isChecked() for name, section in self.sections.items()}

    def choose(self, chosen: dict[str, bool]) -> None:
        """Takes over the choice of another panel of this kind."""
        for name, unfolded in chosen.items():
            self.sections[name].heading.setChecked(unfolded)

    def _add(self, choice: Choice) -> None:
        if choice.section not in self.sections:
            section = self.sections[choice.section] = Section(self.tr(choice.section))
            self._column.addWidget(section)
        row = self.rows[choice.key] = choice.row()
        row.changed.connect(lambda values, row=row, key=choice.key: self._on_row_changed(row, key, values))
        row.committed.connect(self._on_committed)
        self.sections[choice.section].rows.addWidget(row)

    def page_title(self) -> tuple[str, str]:
        return self.tr("Experiment"), ""

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.message, self._on_message

    def refresh(self, flags: Change) -> None:
        session = self.session
        if session is None or not flags & (Change.RUN | Change.VIEW | Change.THEME):
            return
        if flags & Change.RUN:
            if not self._refused:
                for row in self.rows.values():
                    row.show_error("")
            self._changed_row, self._refused = None, False
        if session.notation.name != self._book:
            self._book = session.notation.name
            self._symbols.write(session.notation)
        for choice in CHOICES:
            row = self.rows[choice.key]
            shown = choice.key not in session.hunt.hidden_fields and choice.applies(session.experiment)
            if shown:
                row.sync(session)
            if shown == row.isHidden():
                row.setVisible(shown)

    def _on_row_changed(self, row: Row, key: str, values: dict[str, Any]) -> None:
        session = self.session
        if session is None:
            return
        row.show_error("")
        self._changed_row = row
        if not row.apply(session, values, key):
            self._refused = False
            row.sync(session)
        if session.experiment == session.trace.experiment:
            self._changed_row = None  # no frame will run anything, so later messages are not about this row

    def _on_committed(self) -> None:
        if self.session is not None:
            self.session.end_gesture()

    def _on_message(self, text: str) -> None:
        """While a row's change is under way, what the session says is about it."""
        if self._changed_row is not None:
            self._changed_row.show_error(text)
            self._refused = True

    # --- Qt ---
    def sizeHint(self) -> QSize:
        return QSize(max(WIDTH, self.minimumSizeHint().width()), 640)

    def minimumSizeHint(self) -> QSize:
        inside = self._contents.minimumSizeHint().width()
        return QSize(max(LEAST, inside + _FRAME + self.area.verticalScrollBar().sizeHint().width()), 120)
