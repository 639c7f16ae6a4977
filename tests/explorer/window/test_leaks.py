"""A window that is used for long: reruns, themes and a closed window leave nothing behind."""

import gc
import sys
from weakref import ref

import pytest
from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from core.experiment import Experiment
from core.jobs import finished
from core.trace import Trace
from explorer.application import application
from explorer.export import gallery
from explorer.export.gallery_list import named
from explorer.export.picture import Drawing
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.window.palette.finder import Finder
from explorer.window.window import Window
from tests.explorer.driving import come_to_rest

STRETCHES, RERUNS = 3, 100
SIGNALS = ("changed(PyObject)", "time_changed(double)", "selection_changed()", "check_changed(PyObject)")


@pytest.fixture
def window(qapp, tmp_path):
    application()
    session = Session(Experiment(steps=3, hidden=2))
    made = Window(session, Player(session, lambda: 0.0), Settings(tmp_path / "settings.ini"))
    made.player.stop()
    made.resize(1000, 640)
    made.show()
    QApplication.processEvents()
    yield made
    made.close()
    made.deleteLater()


def rerun(window, times):
    """Another run each time; every fiftieth is painted and followed through its line."""
    session = window.session
    for k in range(times):
        session.change(gesture="w_gain", w_gain=0.5 + (k % 10) / 20)
        session.update()
        if k % 50 == 0:
            session.pull(lambda: not session.mapping)
            for position in range(session.timeline.last + 1):
                session.seek(float(position))
                QApplication.processEvents()
                come_to_rest(window)  # what is typeset once is kept, and must not come later


def census(window) -> dict[str, int]:
    """What there is: objects of Qt, widgets, timers, connections to the session, traces."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    receivers = {name: window.session.receivers(SIGNAL(name)) for name in SIGNALS}
    assert all(receivers.values()), "a signal by another name"
    return {
        "objects": len(window.findChildren(QObject)),
        "widgets": len(QApplication.allWidgets()),
        "timers": len(window.findChildren(QTimer)),
        "traces": sum(isinstance(each, Trace) for each in gc.get_objects()),
        **receivers,
    }


@pytest.mark.slow
def test_reruns_leave_nothing_behind(window):
    """Less than one of Python's memory blocks a rerun, so not one object each; the session has a test of the bytes.

    A cache that fills, such as a typeset formula, shows in one stretch; a leak in each of them.
    """
    rerun(window, 250)
    before, old = census(window), ref(window.session.trace)
    kept = []
    for _ in range(STRETCHES):
        blocks = sys.getallocatedblocks()
        rerun(window, RERUNS)
        gc.collect()
        kept.append(sys.getallocatedblocks() - blocks)
    assert old() is None
    assert census(window) == before
    assert min(kept) < RERUNS, kept


def test_every_theme_and_a_dialog_leave_nothing_behind(window):
    def round_trip():
        for theme in ("dark", "projector", "light"):
            window.set_theme(theme)
            QApplication.processEvents()
        Finder(window).open_keys()
        for box in window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if box.isWindow() and box.isVisible():
                box.close()

    round_trip()
    before = census(window)
    for _ in range(2):
        round_trip()
    assert census(window) == before


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_a_picture_leaves_neither_its_window_nor_its_run(name, qapp, tmp_path):
    """A connection to a session holds a lambda, and by that the window, where nobody can find it."""

    def draw() -> None:
        finished(Drawing(Experiment(steps=1, hidden=1), tmp_path / name, (320, 240)).job())
        gc.collect()

    draw()  # what is made once and kept
    kinds = (Window, Session, Trace, QWidget)
    before = [sum(isinstance(each, kind) for each in gc.get_objects()) for kind in kinds]
    draw()
    assert [sum(isinstance(each, kind) for each in gc.get_objects()) for kind in kinds] == before


def test_a_gallery_leaves_no_panel(qapp, tmp_path):
    before = len(QApplication.allWidgets())
    finished(gallery.writing(tmp_path / "gallery", named(("cell-tanh",)), (320, 240), "light"))
    assert len(QApplication.allWidgets()) == before
