"""For every test of the explorer: no running timer and no window may be left behind, and the application has to be as
it was found."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from weakref import WeakSet

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from explorer.session import findings, work
from explorer.widgets import toasts
from tests.explorer.driving import Driver

FAILED = pytest.StashKey[bool]()
_timers: WeakSet[QTimer] = WeakSet()
_init = QTimer.__init__


def _registered(self: QTimer, *args, **kwargs) -> None:
    """Qt has no list of its timers, so each is noted where it is made."""
    _init(self, *args, **kwargs)
    _timers.add(self)


QTimer.__init__ = _registered  # type: ignore[method-assign]


def _discarded(*args, **kwargs) -> QMessageBox.StandardButton:
    """A window that closes with unsaved work asks, and nobody answers here; a test of the question has its own."""
    return QMessageBox.StandardButton.Discard


QMessageBox.question = _discarded  # type: ignore[method-assign]

# What is done at once on a machine that has time is done at once here, however busy the machine is.
work.AT_ONCE = math.inf

# A message stays as long as a person needs to read it. A busy machine may take longer than that from one line of a test
# to the next: here each stays a thousand times as long, and a test that wants it gone ends its time itself.
for name in ("SHORTEST_MS", "A_CHARACTER_MS", "LONGEST_MS"):
    setattr(toasts, name, 1000 * getattr(toasts, name))


def running_timers() -> dict[int, QTimer]:
    """The timers made in Python that are active, by address."""
    alive = [timer for timer in _timers if shiboken6.isValid(timer)]
    return {shiboken6.getCppPointer(timer)[0]: timer for timer in alive if timer.isActive()}


def windows() -> dict[int, QWidget]:
    """The windows there are, shown or not, by address; Qt keeps its own one tip for all tooltips."""
    widgets = [widget for widget in QApplication.topLevelWidgets() if not widget.inherits("QTipLabel")]
    return {shiboken6.getCppPointer(widget)[0]: widget for widget in widgets}


def destroy_now() -> None:
    """Destroys what was passed to `deleteLater`: without a running event loop Qt does not do so by itself."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def shared(app: QApplication) -> dict[str, object]:
    """What all windows of the application share: a test that changes it changes what the tests after it see."""
    return {
        "the style sheet": app.styleSheet(),
        "the locale": QLocale().name(),
        "a translated text": QCoreApplication.translate("lecture", "Lecturer's notes"),
        "the direction of reading": app.layoutDirection(),
        "the cursor over all": app.overrideCursor(),
        "the pressed buttons of the mouse": app.mouseButtons(),
        "the open menu": app.activePopupWidget(),
        "the open dialog": app.activeModalWidget(),
        "whether it ends with its last window": app.quitOnLastWindowClosed(),
        "its name": (app.organizationName(), app.applicationName(), app.applicationDisplayName()),
    }


@pytest.fixture
def drive(qapp, tmp_path) -> Iterator[Callable[..., Driver]]:
    """Opens whole windows, each with settings of its own: `drive(experiment, size, theme)`."""
    drivers = []

    def make(*args, **kwargs):
        folder = tmp_path / str(len(drivers))
        folder.mkdir()
        drivers.append(Driver(folder, *args, **kwargs))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


@pytest.fixture(autouse=True)
def application_as_found(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Fails the test that leaves the application changed. Its type and colours, which every window dresses in its
    theme, are put back. The mouse is over nothing when a test begins: where the one before left it, a message may open
    and stay for it."""
    QCursor.setPos(-1000, -1000)
    before, font, colours = shared(qapp), qapp.font(), qapp.palette()
    yield
    destroy_now()
    if qapp.font() != font:
        qapp.setFont(font)
    if qapp.palette() != colours:
        qapp.setPalette(colours)
    if request.node.stash.get(FAILED, False):
        return
    after = shared(qapp)
    changed = [f"{name}: {before[name]!r}, now {after[name]!r}" for name in before if before[name] != after[name]]
    assert not changed, "this test changed " + "; ".join(changed)


@pytest.fixture(autouse=True)
def unchecked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No session checks its gradients but in tests marked `checked`: under a clock that stands still the check has no
    end to its time, so that one frame runs all of it."""
    if not request.node.get_closest_marker("checked"):
        monkeypatch.setattr(findings, "check", lambda trace: iter(()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Fails the test that leaves a running timer or a living window. One that failed keeps its own in its traceback.
    There is an application for every test, whichever is the first: a session's timer needs one."""
    before_timers, before_windows = set(running_timers()), set(windows())
    yield
    if request.node.stash.get(FAILED, False):
        for place, widget in windows().items():
            if place not in before_windows:
                widget.hide()  # or it would take the mouse from the tests after it
        return

    def left() -> list[str]:
        destroy_now()
        timers = [timer for place, timer in running_timers().items() if place not in before_timers]
        tops = [widget for place, widget in windows().items() if place not in before_windows]
        return [
            *(f"a timer of {timer.interval()} ms in {timer.parent()!r}" for timer in timers),
            *(f"{widget!r}{', shown' if widget.isVisible() else ''}" for widget in tops),
        ]

    if left():
        gc.collect()  # what only a cycle keeps is not left
    remains = left()
    for timer in running_timers().values():  # so that the next test is not blamed
        timer.stop()
    assert not remains, "this test left behind: " + "; ".join(remains)
