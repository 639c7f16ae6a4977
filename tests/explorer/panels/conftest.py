"""Panels by themselves, each on a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from core.experiment import Experiment
from explorer.panels.inspector.panel import InspectorPanel
from explorer.session.session import Session
from explorer.style.stylesheet import stylesheet


@pytest.fixture
def show_panel(qtbot) -> Iterator[Callable]:
    """Binds a panel to a session and shows it in the session's theme: `show_panel(panel, session, width, height)`."""
    made = []

    def make(panel, session, width, height, shown=True):
        session.columns.set_width(width)
        qtbot.addWidget(panel)
        made.append(panel)
        panel.setStyleSheet(stylesheet(session.theme))
        panel.resize(width, height)
        panel.bind(session)
        if shown:
            with qtbot.waitExposed(panel):
                panel.show()
        return panel, session

    yield make
    while made:  # none is kept, or it would keep its session, and that its player's timer
        made.pop().deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def show(qtbot) -> Callable:
    """Shows an inspector on an experiment; `end`: with the playhead at the end of the line."""

    def make(experiment=None, theme="light", size=(330, 900), end=True):
        session = Session(experiment or Experiment(), theme)
        panel = InspectorPanel()
        qtbot.addWidget(panel)
        panel.resize(*size)
        panel.bind(session)
        panel.show()
        qtbot.waitExposed(panel)
        if end:
            session.seek(session.timeline.complete)
        QApplication.processEvents()
        return panel

    return make
