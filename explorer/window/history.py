"""What came when, as a line of years: what is looked at is said below it, and a click shows it as an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from core.glossary import Event, glossary
from explorer.items.plots.event_line import EventLine
from explorer.session.session import Session
from explorer.style.theme import Theme
from explorer.widgets.labels import text_label
from explorer.words import translator

WIDEST = 1100  # px

_tr, _term = translator("history"), translator("glossary")


def show_history(window: QWidget, session: Session) -> None:
    """Opens it over the window."""
    HistoryDialog(window, glossary().event, session.theme, partial(show_event, session)).open()


def show_event(session: Session, event: Event) -> None:
    """The experiment of a year, with what came then."""
    show_choices(session, event.task, event.set, _term(event.says))


def show_choices(session: Session, task: str, fields: Mapping[str, Any], said: str) -> None:
    """An experiment by its task ("": the one that is there) and choices, and a sentence on it."""
    made = session.choose_task(task, **fields) if task else session.change(**fields)
    if made:
        session.message.emit(said)


class HistoryDialog(QDialog):
    """`show_event`: what a click on one does, once the window has the keyboard again."""

    def __init__(
        self, window: QWidget, events: Sequence[Event], theme: Theme, show_event: Callable[[Event], object]
    ) -> None:
        super().__init__(window)
        self._window, self._events, self._show = window, tuple(events), show_event
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_tr("History: what came when"))
        self.line = EventLine([(event.year, _term(event.name)) for event in self._events])
        self.line.setAccessibleName(self.windowTitle())
        self.line.set_theme(theme)
        self.said = text_label("sentence", wraps=True)
        self.hint = text_label("small", _tr("← → another one, Enter or a click shows it, Esc closes"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(8)
        for widget in (self.line, self.said, self.hint):
            column.addWidget(widget)
        self.line.looked.connect(self._say)
        self.line.taken.connect(self._take)
        width = min(window.width() - 40, WIDEST)
        self.line.resize(width - 24, 1)
        self.line.refit()  # an unshown widget hears of its width later
        self._say(0)
        self.said.setFixedHeight(2 * self.said.fontMetrics().lineSpacing() + 4)
        self.hint.setFixedHeight(self.hint.sizeHint().height())
        self.resize(width, self.line.height() + self.said.height() + self.hint.height() + 38)

    def _say(self, k: int) -> None:
        event = self._events[k]
        text = _term("{year}   {name}: {says}")
        self.said.setText(text.format(year=event.year, name=_term(event.name), says=_term(event.says)))
        self.line.setAccessibleDescription(self.said.text())

    def _take(self, k: int) -> None:
        self.accept()
        event = self._events[k]
        QTimer.singleShot(0, self._window, lambda: self._show(event))
