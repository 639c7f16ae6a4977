"""A monkey at the window: keys, clicks, drags, the wheel, sizes, themes and files, while the run changes underneath."""

from __future__ import annotations

import random
import sys
import traceback
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox, QWidget

from core.cells import CELLS
from core.choices import Edit
from core.documents import storage
from core.experiment import Experiment, natural
from core.network.structures import JOINS, STRUCTURES
from core.recorder import record
from core.tasks import TASKS
from explorer.app import compose
from explorer.application import application
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.style.theme import THEMES
from explorer.window.actions import ENTRIES
from tests.explorer.driving import double_click
from tests.fuzz import mutations

EVENTS = 400  # in a part
UNTIL_NOW = 40  # events before what can no longer be undone is looked at
KEYS = [keys for entry in ENTRIES if entry is not None for keys in entry.keys if keys != "Ctrl+Q"]
TYPED = [*"0123456789.-e,", "Tab", "Backtab", "Return", "Esc", "Up", "Down", "Left", "Right", "Del", "Backspace"]
TYPED += ["Space", "Shift+Left", "Shift+Right", "Ctrl+A", "Ctrl+C", "Ctrl+V", "PgUp", "Home", "End", "F2", "Menu"]
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)  # fmt: skip


class Clock:
    """Seconds that the test counts."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.0005
        return self.now


class Monkey:
    """A window, and what a person without a plan does to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        application()
        self.folder, self.rng = folder, random.Random(seed)
        self.clock = Clock()
        self.session = Session(Experiment(), "light")
        self.player = Player(self.session, self.clock)
        settings, last = Settings(folder / "settings.ini"), folder / "last.json"
        self.program = compose(self.session, self.player, settings, last)
        self.window = self.program.window
        self.window.resize(1100, 700)
        self.window.show()
        self.closer = QTimer()  # a button's menu runs an event loop of its own, in which nobody else closes it
        self.closer.timeout.connect(self.close_popup)
        self.closer.start(5)
        self.done: list[str] = []
        self.files = self._files()

    def _files(self) -> list[Path]:
        typed = natural("echo", cell="gru", steps=5, hidden=2).with_changes(edits=(Edit("x", (1, 0, 0), 0.5),))
        good = [storage.to_text(record(each)) for each in (Experiment(steps=6), typed, natural("reverse", cell="lstm"))]
        found = []
        for number, text in enumerate(good):
            found.append(self.folder / f"good{number}.json")
            found[-1].write_text(text, encoding="utf-8")
        for number in range(6):
            found.append(self.folder / f"bad{number}.json")
            found[-1].write_bytes(mutations.damaged_json(good[number % 3].encode(), self.rng))
        return [*found, self.folder / "missing.json", self.folder]

    def do(self) -> None:
        """One event."""
        acts = (self.key, self.key, self.type, self.click, self.click, self.drag, self.wheel, self.frames, self.change)
        act = self.rng.choice((*acts, *acts, *acts, self.resize, self.open, self.save, self.seek))
        act()
        if self.rng.random() < 0.005:  # it takes half a second
            self.theme()
        for popup in [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not self.window]:
            if isinstance(popup, QMenu | QDialog):
                popup.close()

    def close_popup(self) -> None:
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if popup is not None:
            popup.close()

    def noted(self, *words: object) -> None:
        self.done = [*self.done[-30:], " ".join(map(str, words))]

    def key(self) -> None:
        keys = self.rng.choice(KEYS)
        self.noted("key", keys)
        QTest.keySequence(self.window, QKeySequence(keys))

    def type(self) -> None:
        target = QApplication.focusWidget() or self.window
        keys = self.rng.choice(TYPED)
        self.noted("type", keys, "into", type(target).__name__)
        QTest.keySequence(target, QKeySequence(keys))

    def target(self) -> tuple[QWidget, QPoint]:
        """A place in the window: in the middle of a widget, or anywhere."""
        place = QPoint(self.rng.randrange(self.window.width()), self.rng.randrange(self.window.height()))
        widget = self.window.childAt(place) or self.window
        return widget, widget.mapFrom(self.window, place)

    def click(self) -> None:
        widget, place = self.target()
        button, modifier = self.rng.choice(BUTTONS), self.rng.choice(MODIFIERS)
        double = self.rng.random() < 0.15
        self.noted("double click" if double else "click", type(widget).__name__, place.toTuple())
        if double:
            double_click(widget, place, button, modifier)
        else:
            QTest.mouseClick(widget, button, modifier, place)

    def drag(self) -> None:
        widget, place = self.target()
        self.noted("drag", type(widget).__name__, place.toTuple())
        modifier = self.rng.choice(MODIFIERS)
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, modifier, place)
        for _ in range(self.rng.choice((1, 3))):
            place += QPoint(self.rng.randint(-90, 90), self.rng.randint(-60, 60))
            QTest.mouseMove(widget, place)
            if self.rng.random() < 0.2:
                self.player.frame()  # a run may take the place of the one that is dragged
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, modifier, place)

    def wheel(self) -> None:
        widget, place = self.target()
        delta = self.rng.choice((-240, -120, -1, 1, 120, 240))
        self.noted("wheel", type(widget).__name__, delta)
        event = QWheelEvent(
            QPointF(place), QPointF(widget.mapToGlobal(place)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
            self.rng.choice(MODIFIERS), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)

    def frames(self) -> None:
        self.noted("frames")
        for _ in range(self.rng.choice((1, 2, 5))):
            self.clock.now += self.rng.choice((0.01, 0.1, 2.0))
            self.player.frame()
        if self.rng.random() < 0.3:
            QApplication.processEvents()

    def change(self) -> None:
        """What the page of the experiment does, with any value."""
        rng = self.rng
        choices = {
            "cell": [cell.name for cell in CELLS], "task": [each.name for each in TASKS], "steps": [1, 2, 5, 30],
            "hidden": [1, 2, 7], "batch": [1, 3], "layers": [1, 2], "structure": list(STRUCTURES),
            "bidirectional": [None, *JOINS], "truncate": [None, 2], "clip_norm": [None, 0.1], "weight_seed": [1, 2, 3],
            "text": ["hello", "ab", "文字文字"], "w_gain": [0.0, 1.2, 100.0], "unknown": [True, False],
        }  # fmt: skip
        name = rng.choice(list(choices))
        value = rng.choice(choices[name])
        self.noted("change", name, value)
        self.session.change(**{name: value})

    def resize(self) -> None:
        size = self.rng.choice(((640, 480), (800, 600), (1366, 768), (1600, 1000), (300, 200)))
        self.noted("resize", size)
        self.window.resize(*size)

    def theme(self) -> None:
        name = self.rng.choice(THEMES).name
        self.noted("theme", name)
        self.window.set_theme(name)

    def open(self) -> None:
        path = self.rng.choice(self.files)
        self.noted("open", path.name)
        self.program.files.open(path)

    def save(self) -> None:
        self.noted("save")
        self.program.files.save()

    def seek(self) -> None:
        position = self.rng.uniform(-1, self.session.timeline.last + 1)
        self.noted("seek", position)
        self.session.seek(position)

    def wrong(self) -> str:
        """What should not be in the session after a frame; "" where all is well."""
        session = self.session
        session.update()
        if session.trace.experiment != session.experiment:
            return f"the run on show is another experiment's: {session.trace.experiment} {session.experiment}"
        if not 0 <= session.position <= session.timeline.last:
            return f"position {session.position} of {session.timeline.last}"
        if session.view.sample >= session.trace.data.x.shape[1]:
            return f"sample {session.view.sample} of {session.trace.data.x.shape[1]}"
        if session.selection is not None and not 1 <= session.selection.t <= session.trace.steps:
            return f"{session.selection} in {session.trace.steps} steps"
        return ""

    def all_the_way_back_and_forth(self) -> str:
        """Undo to the beginning and redo to the end, with what was there at the end; "" where that is so."""
        session = self.session
        session.hunt.leave()
        session.update()
        end, count = session.experiment, 0
        while session.history.can_undo and count < 2000:
            session.undo()
            count += 1
        session.update()
        for _ in range(count):
            session.redo()
        session.update()
        return "" if session.experiment == end else f"{count} times undo and redo: {session.experiment}, not {end}"


@pytest.fixture
def monkey(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot):
    buttons = QMessageBox.StandardButton
    found = Monkey(tmp_path, 7000 + part)
    answers = (buttons.Save, buttons.Discard, buttons.Cancel)
    monkeypatch.setattr(QMessageBox, "question", lambda *_, **__: found.rng.choice(answers))
    names = ["", str(tmp_path / "saved.json"), str(tmp_path / "folder" / "nowhere.json"), str(tmp_path / "run.npz")]
    names += [str(tmp_path / "run.csv"), str(tmp_path / "sheet.pdf")]
    pick = lambda *_, **__: (found.rng.choice(names), "(*.json)")  # noqa: E731
    monkeypatch.setattr(QFileDialog, "getSaveFileName", pick)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(found.rng.choice(found.files)), ""))
    monkeypatch.setattr(QDialog, "exec", lambda *_: 0)
    monkeypatch.setattr(QMenu, "exec", lambda *_: None)
    yield found
    found.player.stop()
    found.closer.stop()
    found.program.files.leaving = True  # nobody is asked
    found.window.close()
    found.window.deleteLater()


def test_nothing_a_monkey_does_is_an_error(monkey: Monkey, counted: Counter[str], monkeypatch) -> None:
    caught: list[str] = []
    report = lambda *error: caught.append("".join(traceback.format_exception(*error)[-4:]))  # noqa: E731
    monkeypatch.setattr(sys, "excepthook", report)
    for number in range(EVENTS):
        counted["window events"] += 1
        try:
            monkey.do()
            if number % UNTIL_NOW == 0:
                caught.extend(filter(None, [monkey.wrong()]))
        except Exception as error:
            report(type(error), error, error.__traceback__)
        if caught:
            counted["faults"] += 1
            pytest.fail("\n".join((*monkey.done, *caught)))
    assert not monkey.all_the_way_back_and_forth()
