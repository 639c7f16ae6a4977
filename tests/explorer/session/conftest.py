"""Sessions by themselves, with a panel that is bound to them."""

from __future__ import annotations

import pytest

from core.experiment import Experiment, natural
from explorer.panels.base import Panel
from explorer.session.session import Session


class Desk:
    """A session with a bound panel, and everything that it said."""

    def __init__(self, experiment=None):
        self.session = Session(experiment or Experiment(hidden=2))
        self.panel = Panel()
        self.panel.bind(self.session)
        self.flags, self.messages, self.times, self.checks, self.selections = [], [], [], [], []
        self.session.changed.connect(self.flags.append)
        self.session.message.connect(self.messages.append)
        self.session.time_changed.connect(self.times.append)
        self.session.check_changed.connect(self.checks.append)
        self.session.selection_changed.connect(lambda: self.selections.append(self.session.selection))

    def finish(self):
        while self.session.busy:
            self.session.update()
            self.session.pull(lambda: False)

    def state(self):
        session = self.session
        return (
            session.trace, session.experiment, session.history.can_undo, session.history.can_redo, session.position,
            session.selection, session.pins, session.view, session.runs, session.path, session.modified,
        )  # fmt: skip


@pytest.fixture
def desk(qtbot):
    def make(**fields):
        made = Desk(natural(fields.pop("task", "last-step"), **{"hidden": 2, **fields}))
        qtbot.addWidget(made.panel)
        return made

    return make
