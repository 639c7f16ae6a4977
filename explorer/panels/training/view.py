"""What a picture beside the loss is: over the updates of the training, or of what the network on show does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.errors import InputError
from core.jobs import Job
from core.training.run import TrainingRun
from explorer.items.training.over_updates import OverUpdates
from explorer.session.session import Session
from explorer.session.work import out_of
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted
from explorer.words import in_language

APART = 0.5  # seconds between two pictures of what the network does, while it is trained
CONTROL = 2.0  # heights of the small type: a control
QWIDGETSIZE_MAX = 2**24 - 1  # Qt's: no limit
LEAST_HEIGHT = 128  # px of the panel
SLICE = 0.008  # seconds that one of them may take of a frame then
Result = TypeVar("Result")


class View:
    """One picture. `name` is its key, `title` its word in the choice, `tip` a sentence; it is there where `applies`.
    `follows_selection`: it shows something else when another number is selected. `height`: px that the whole panel
    should have for it, in the light theme, as far as there is room."""

    name: ClassVar[str]
    title: ClassVar[str]
    tip: ClassVar[str]
    follows_selection: ClassVar[bool] = False
    height: ClassVar[int] = LEAST_HEIGHT

    def widget(self) -> OverUpdates | Outcome:
        """Its picture, empty."""
        raise NotImplementedError

    def applies(self, training: TrainingRun) -> bool:
        """Whether this training has anything for it."""
        return True

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        """Gives the picture what there is so far."""
        raise NotImplementedError


class Outcome(QWidget):
    """A picture of what the network on show does, below a line of controls."""

    scrubbed = Signal(int)  # the network of another update is to be shown
    wanted = Signal()  # a control was used: the picture is to be shown anew

    def __init__(self, item: Painted) -> None:
        super().__init__()
        self.asked = Asked()
        self.line = QHBoxLayout()
        self.line.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self.line)
        column.addWidget(item, 1)
        self._item = item

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size; the controls leave the picture as much height as they can."""
        self._item.set_theme(theme)
        for k in range(self.line.count()):
            item = self.line.itemAt(k)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setMaximumHeight(round(theme.small_px * CONTROL) if theme.zoom == 1.0 else QWIDGETSIZE_MAX)


def update_on_show(session: Session) -> int:
    """After how many updates the network on the screen is: the trainer has a training only while it is one of its."""
    shown = session.trainer.shown
    assert shown is not None
    return shown


class Asked:
    """The one thing that a picture asks core for. While a training goes on it is asked for twice a second at most, and
    goes on for a few milliseconds at each picture of the training; otherwise the player pulls it."""

    def __init__(self) -> None:
        self._answered: object = None  # what it has been asked for, and has got
        self._wanted: object = None
        self._job: Job[None] | None = None
        self._began = -math.inf

    def ask(
        self,
        session: Session,
        key: object,
        make: Callable[[], Job[Result]],
        then: Callable[[Result], object],
        refused: Callable[[str], object],
    ) -> None:
        """`then` gets the job's result, `refused` the sentence where there is none; nothing is done where the same key
        was asked for before."""
        if session.trainer.running:
            self._go_on(session, key, make, then, refused)
            return
        name = f"picture {id(self)}"
        under_way = session.findings.jobs.get(name) is self._job is not None
        if key == (self._wanted if under_way else self._answered):
            return
        self._wanted, self._job = key, self._asking(key, make, then, refused)
        session.findings.ask(name, self._job)

    def _go_on(self, session: Session, key: object, make: Any, then: Any, refused: Any) -> None:
        now = session.trainer.pace.clock()
        if self._job is None:
            if key == self._answered or now - self._began < APART:
                return
            self._wanted, self._began = key, now
            self._job = self._asking(key, make, then, refused)
        job, over = self._job, out_of(SLICE)
        while next(job, None) is not None:
            if over():
                return

    def _asking(self, key: object, make: Any, then: Any, refused: Any) -> Job[None]:
        try:
            then((yield from make()))
        except InputError as error:
            refused(in_language(error))
        self._answered, self._job = key, None
