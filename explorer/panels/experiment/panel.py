"""The experiment panel: six choices always in sight, the others folded; live, and always what the session says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.panels.base import Listening, Panel
from explorer.panels.experiment import effects
from explorer.panels.experiment.choices import CHOICES, Choice
from explorer.panels.experiment.lazy_rows import LazyRows
from explorer.panels.experiment.reach import refused_values, why_fixed
from explorer.panels.experiment.rows import EXPERIMENT, Captioned, NumberRow, Row
from explorer.panels.experiment.section import Section
from explorer.panels.experiment.symbols import SymbolTexts, written
from explorer.panels.experiment.words import SECTIONS
from explorer.session.session import Change, Session
from explorer.widgets.card import Card
from explorer.widgets.controls import settle_controls
from explorer.widgets.scroll import SteadyArea

WIDTH = 250
LEAST = 230
CAPTION = 84  # px in the light theme that leave room for every control beside it
_FRAME = 34  # the card's margins and border, left and right


class ExperimentPanel(Panel):
    """The rows of CHOICES: those of no section in sight, the others in SECTIONS, each of which says in its heading what
    it is set to. The reason for a refused value stands at its row, which is then synchronised again; what has no effect
    is out of reach, and its tool tip says why."""

    name = "experiment"
    remembered = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = LazyRows(self._made)
        self.sections: dict[str, Section] = {}
        self._changed_row: Row | None = None  # whose change the next frame runs
        self._refused = False
        self._contents = QWidget()
        self._column = QVBoxLayout(self._contents)
        self._column.setContentsMargins(0, 0, 3, 0)  # from the bar
        self._column.setSpacing(1)
        self._open = QVBoxLayout()
        self._open.setContentsMargins(0, 0, 0, 6)
        self._open.setSpacing(4)
        self._column.addLayout(self._open)
        for section in SECTIONS:
            made = self.sections[section] = Section(self.tr(section))
            made.unfolded.connect(lambda section=section: self._show_section(section))
            made.heading.clicked.connect(lambda _, section=made: self._bring(section))
            self._column.addWidget(made)
        self._symbols = SymbolTexts()
        self._book = ""  # the notation in whose symbols the rows are written
        self._column.addStretch(1)
        self.area = SteadyArea(self._contents)
        card = Card(self.tr("Experiment"))
        card.scroll(self.area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)

    def chosen(self) -> dict[str, bool]:
        """Which sections are unfolded."""
        return {name: section.open for name, section in self.sections.items()}

    def choose(self, chosen: Mapping[str, Any]) -> None:
        """Takes over the choice of another panel of this kind; sections that are no longer there are left out."""
        for name, unfolded in chosen.items():
            if name in self.sections:
                self.sections[name].heading.setChecked(bool(unfolded))

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {f"choice {choice.key}": partial(self.reveal, choice.key) for choice in CHOICES}

    def reveal(self, key: str) -> None:
        """Unfolds the section of a choice, and gives the choice's control the keyboard."""
        choice = next(choice for choice in CHOICES if choice.key == key)
        if choice.section:
            self.sections[choice.section].heading.setChecked(True)
        row = self.rows[key]
        self._contents.adjustSize()
        self.area.ensureWidgetVisible(row, 0, 8)
        inside = (each for each in row.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus)
        next(inside, row).setFocus(Qt.FocusReason.TabFocusReason)

    def _made(self, choice: Choice) -> Row:
        """The row of a choice in its place, with the session's value where there is a session."""
        row = choice.row()
        row.changed.connect(lambda values, row=row, key=choice.key: self._on_row_changed(row, key, values))
        row.committed.connect(self._on_committed)
        row.hide()  # until it is known to be there
        before = [each.key for each in CHOICES if each.section == choice.section]
        place = sum(key in self.rows.made for key in before[: before.index(choice.key)])
        (self.sections[choice.section].rows if choice.section else self._open).insertWidget(place, row)
        self._symbols.collect(row)
        settle_controls(row)
        return row

    def page_title(self) -> tuple[str, str]:
        return self.tr("Experiment"), self.tr("The experiment: every choice that decides the run.")

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.message, self._on_message

    def refresh(self, flags: Change) -> None:
        session = self.session
        if session is None or not flags & (Change.RUN | Change.VIEW | Change.THEME | Change.PLAN | Change.PINS):
            return
        if flags & Change.RUN:
            if not self._refused:
                for row in self.rows.made.values():
                    row.show_error("")
            self._changed_row, self._refused = None, False
        before = len(self.rows.made), self._book
        if session.notation.name != self._book:
            self._book = session.notation.name
            self._symbols.write(session.notation)
        self._show_rows("")
        if (len(self.rows.made), self._book) != before:
            self._align()
        for name, section in self.sections.items():
            shown = [choice for choice in CHOICES if choice.section == name and choice.is_there(self.session)]
            section.setVisible(bool(shown))
            if shown:
                section.heading.set_summary(SECTIONS[name](session))
            if section.open:
                self._show_rows(name)

    def _show_section(self, name: str) -> None:
        if self.session is not None:
            self._show_rows(name)

    def _bring(self, section: Section) -> None:
        """Of a section that a person has unfolded all is seen, as far as there is room below its heading."""
        self._contents.adjustSize()
        bar, room, low = self.area.verticalScrollBar(), self.area.viewport().height(), section.geometry().bottom() + 1
        if low > bar.value() + room:
            bar.setValue(min(section.y(), low - room))

    def _show_rows(self, section: str) -> None:
        """The rows of a section as the session has them; those of a folded one wait until it is unfolded, and what is
        not there is not made."""
        session = self.session
        for choice in CHOICES:
            if choice.section != section:
                continue
            shown = choice.is_there(self.session)
            if not shown and choice.key not in self.rows.made:
                continue
            row = self.rows[choice.key]
            if shown:
                row.sync(session)
                self._limit(choice, row)
            if shown == row.isHidden():
                row.setVisible(shown)

    def _limit(self, choice: Choice, row: Row) -> None:
        """Takes out of reach what has no effect, or would be refused."""
        session = self.session
        reason = choice.reach(choice.subject.of(session))
        if choice.initial and session.content.own_weights:
            reason = reason or effects.of_own_weights()
        if choice.ruled and choice.subject is EXPERIMENT and choice.key in session.experiment.__struct_fields__:
            refused = refused_values(session.experiment, choice.key)
            reason = reason or why_fixed(session.experiment, choice.key, refused)
            row.refuse_values(refused, session.notation)
        row.put_out_of_reach(written(reason, session.notation))

    def _align(self) -> None:
        """One column for the captions of the open rows, so that their controls begin below each other; what is longer
        than usual, as a book's names may be, has its own width."""
        sliders = [row.slider.caption for row in self._open_rows() if isinstance(row, NumberRow)]
        captioned = [each for row in self._open_rows() for each in row.findChildren(Captioned)]
        captions = [*sliders, *(each.caption for each in captioned)]
        for caption in captions:
            caption.setMinimumWidth(0)
        most = round(CAPTION * self.session.theme.font_px / 13) if self.session is not None else CAPTION
        widest = min(max(caption.sizeHint().width() for caption in captions), most)
        for caption in sliders:
            caption.setMinimumWidth(widest)
        for each in captioned:
            each.align(widest)

    def _open_rows(self) -> list[Row]:
        return [self.rows[choice.key] for choice in CHOICES if not choice.section and choice.key in self.rows.made]

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
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self.rows.made and event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._align()

    def sizeHint(self) -> QSize:
        return QSize(max(WIDTH, self.minimumSizeHint().width()), 640)

    def minimumSizeHint(self) -> QSize:
        inside = self._contents.minimumSizeHint().width()
        return QSize(max(LEAST, inside + _FRAME + self.area.verticalScrollBar().sizeHint().width()), 120)
