"""Presenting: the picture as large as the screen, nothing else, and what a lecturer needs in front of a class."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPicture
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from core.ensemble.grid import Knob
from core.experiment import Experiment, natural
from explorer.export.gallery_list import pictures
from explorer.panels.base import Panel
from explorer.panels.columns.column_panel import ColumnPanel
from explorer.session.session import Change, Selection
from explorer.style.formula import Formula, typeset_count
from explorer.style.theme import PROJECTOR
from explorer.window.presenting.mode import BAR_SECONDS
from tests.explorer.driving import Driver, pulled
from tests.explorer.pixels import pixels

ROOT = Path(__file__).parents[3]
SIZES = ((1024, 768), (1366, 768), (1920, 1080), (2560, 1440), (3840, 2160))
LEAST = 24 / 1080  # of the screen's lines: the smallest text
ROUNDING = 0.02  # px
FILLED = 0.6  # of a picture's width and height that has something in it


class Text(NamedTuple):
    """One that was painted, and how large on the screen, in logical px."""

    text: str
    px: float


def enlarged(painter: QPainter) -> float:
    """px on the screen of one px of what is being painted: a pixmap's own ratio is part of the transform."""
    transform = painter.combinedTransform()
    return math.hypot(transform.m11(), transform.m12())


def recorded(painter: QPainter) -> bool:
    """Whether it is recorded in px of the picture, to be drawn later: an axis of pyqtgraph's is."""
    return isinstance(painter.device(), QPicture)


class Texts(list[Text]):
    """Every text that anything paints while it listens: words, numbers and formulas. `zoom`: that of the window."""

    zoom = 1.0

    def listen(self, monkeypatch: pytest.MonkeyPatch, driver: Driver) -> Texts:
        self.zoom = driver.session.theme.zoom
        draw_text, draw_formula = QPainter.drawText, Formula.draw

        def text(painter: QPainter, *args) -> object:
            said = next((each for each in args if isinstance(each, str)), "")
            if said.strip():
                scale = self.zoom if recorded(painter) else enlarged(painter)
                self.append(Text(said, painter.font().pixelSize() * scale))
            return draw_text(painter, *args)

        def made(formula: Formula, painter: QPainter, x: float, y: float) -> None:
            self.append(Text("a formula", formula.px * enlarged(painter)))
            draw_formula(formula, painter, x, y)

        monkeypatch.setattr(QPainter, "drawText", text)
        monkeypatch.setattr(Formula, "draw", made)
        return self


def shown(driver: Driver) -> Panel:
    """The one picture."""
    (panel,) = (panel for panel in driver.window.central_panels if panel.isVisible())
    return panel


def in_turn(driver: Driver) -> Iterator[Panel]:
    """Every picture, as F6 brings them."""
    for k in range(len(driver.window.stage.presented)):
        if k:
            driver.window.next_picture()
        driver.settle(2)
        yield shown(driver)


def presented(drive, experiment: Experiment | None = None, size: tuple[int, int] = (1280, 720)) -> Driver:
    """At the end of the run, so that everything is on show."""
    driver = drive(experiment or Experiment(), size, PROJECTOR.name)
    driver.session.seek(driver.session.timeline.complete)
    driver.settle(2)
    return driver


def too_small(driver: Driver, panel: Panel, texts: Texts, lines: float) -> list[Text]:
    """What has been painted since `texts` were cleared, or stands in a widget, in less than the smallest size of a
    screen with so many lines."""
    panel.refresh(Change.THEME)  # nothing that was painted before is kept
    driver.window.presentation.caption.update()
    driver.window.grab()
    least = LEAST * lines - ROUNDING
    widgets = [each for kind in (QLabel, QAbstractButton) for each in driver.window.findChildren(kind)]
    written = [Text(each.text(), each.font().pixelSize()) for each in widgets if each.isVisible() and each.text()]
    return [each for each in (*texts, *written) if each.px < least]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_text_of_every_picture_grows_with_the_screen(drive, monkeypatch, size):
    driver = presented(drive, Experiment(cell="gru", hidden=2), size)
    texts = Texts().listen(monkeypatch, driver)
    for panel in in_turn(driver):
        assert not too_small(driver, panel, texts, size[1]), panel.name
        assert len(texts) > 4, panel.name
        texts.clear()
    assert not too_small(driver, panel, texts, size[1]) and too_small(driver, panel, texts, size[1] * 1.2)


def test_the_same_for_every_cell_and_structure(drive, monkeypatch):
    driver = presented(drive)
    texts = Texts().listen(monkeypatch, driver)
    for picture in pictures():
        texts.clear()
        driver.session.change(**msgspec.structs.asdict(picture.experiment))
        driver.session.seek(driver.session.timeline.complete)
        driver.session.leave()
        if picture.inside:
            driver.session.enter()
        driver.settle()
        driver.window.stage.show_depth()
        panel = shown(driver)
        assert panel.name == ("cell" if picture.inside else "chain")
        assert not too_small(driver, panel, texts, 720), picture.name


SCALED = """
import os, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from core.experiment import Experiment
from tests.explorer.driving import Driver
from explorer.style.theme import PROJECTOR
factor, folder = float(sys.argv[1]), Path(sys.argv[2])
driver = Driver(folder, Experiment(), (round(1920 / factor), round(1080 / factor)), PROJECTOR.name)
driver.settle(2)
window, theme = driver.window, driver.session.theme
assert window.devicePixelRatioF() == factor, window.devicePixelRatioF()
print(window.height() * factor, theme.small_px * theme.zoom * factor, theme.enlarged.small_px * factor)
picture = window.grab()
print(picture.width(), picture.height())
driver.close()
"""


@pytest.mark.parametrize("factor", [1.25, 1.5, 2])
def test_a_screen_that_is_scaled_has_the_same_picture(tmp_path, factor):
    """Of 1080 device lines, whatever Qt makes of them: in a program of its own, because the factor is the process's."""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(factor), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCALED, str(factor), str(tmp_path)], env=env, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    (lines, small, widgets), (width, height) = (map(float, line.split()) for line in done.stdout.splitlines())
    assert (width, height) == (1920, 1080) and lines == 1080
    assert small == pytest.approx(24, abs=0.02) and 24 - 0.02 <= widgets <= 24 + factor


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(cell="lstm", steps=50),
        Experiment(steps=1),
        Experiment(steps=1000),
        natural("reverse", structure="attention", steps=5, output_steps=3, cell="gru"),
        natural("reverse", structure="encoder-decoder"),
    ],
    ids=("tanh", "lstm", "one step", "1000 steps", "attention", "encoder-decoder"),
)
def test_no_picture_is_half_empty(drive, experiment):
    driver = presented(drive, experiment)
    for panel in in_turn(driver):
        assert panel.width() >= 0.95 * driver.window.width() and panel.height() >= 0.7 * driver.window.height()
        rows, columns = inked(panel)
        assert columns >= FILLED and rows >= FILLED, (panel.name, rows, columns)


def test_the_map_is_presented_once_it_has_been_run(drive, monkeypatch):
    driver = presented(drive, Experiment(steps=4, hidden=2))
    assert "presented map" not in [panel.name for panel in in_turn(driver)]
    driver.session.phase.start(Knob("w_gain", (0.5, 1.0, 1.5)), Knob("steps", (2, 3, 4)))
    pulled(driver.session)
    texts = Texts().listen(monkeypatch, driver)
    names = []
    for panel in in_turn(driver):
        names.append(panel.name)
        if panel.name == "presented map":
            rows, columns = inked(panel)
            assert columns >= FILLED and rows >= FILLED, (rows, columns)
            texts.clear()
            assert not too_small(driver, panel, texts, 720)
            assert {"0.5", "1.5", "2", "4"} <= {each.text for each in texts}
            assert not panel.options.isVisible() and panel.legend.isVisible()
    assert names.count("presented map") == 1
    driver.session.change(hidden=3)  # another experiment, of which there is no map
    driver.settle(2)
    assert "presented map" not in [panel.name for panel in in_turn(driver)]


def inked(panel: Panel) -> tuple[float, float]:
    """The share of a panel's height, and of its width, between the first and the last thing that is drawn in it below
    its heading."""
    image = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    top = round(image.height() * 0.12)
    inner = pixels[top:-8, 12:-12]
    common = np.bincount(np.unique(inner, return_inverse=True)[1].ravel()).argmax()
    drawn = inner != np.unique(inner)[common]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    return float(np.ptp(rows)) / inner.shape[0], float(np.ptp(columns)) / inner.shape[1]


def test_every_picture_of_steps_has_their_numbers_and_its_scale(drive, monkeypatch):
    driver = presented(drive, Experiment(cell="lstm"))
    texts = Texts().listen(monkeypatch, driver)
    seen: list[str] = []
    for panel in in_turn(driver):
        seen.append(panel.name)
        too_small(driver, panel, texts, 720)
        said = {each.text for each in texts}
        texts.clear()
        if isinstance(panel, ColumnPanel) or panel.name == "chain":
            assert {"1", "14"} <= said, panel.name
        if panel.name == "norms":
            assert {"1", "10⁻¹", "10⁻²"} <= said, sorted(said)
        if panel.name in ("step back", "memory"):
            assert {"0", "0.5", "1"} <= said
    assert seen == ["chain", "norms", "step back", "contributions", "cell", "cards", "memory"]
    driver.key(Qt.Key.Key_F6)
    assert shown(driver).name == "chain" and not driver.session.inside
    QTest.keyClick(driver.window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert shown(driver).name == "memory"


def test_claim_picture_and_caption_and_nothing_else(drive):
    driver = drive(size=(1280, 720))
    driver.session.seek(driver.session.timeline.complete)
    before = {name for name, panel in driver.window.panels.items() if panel.isVisible()}
    driver.key(Qt.Key.Key_F5)
    assert driver.window.isFullScreen()
    assert {name for name, panel in driver.window.panels.items() if panel.isVisible()} == {"claim", "chain"}
    caption = driver.window.presentation.caption
    assert caption.isVisible()
    assert [text for text, _, _ in caption.lines()] == ["1 of 7", "forward and backward done", "tanh · 0.8·Q · T = 14"]
    driver.session.seek(17.0)
    assert "backward, t = 13" in [text for text, _, _ in caption.lines()]
    driver.key(Qt.Key.Key_F5)
    assert not driver.window.isFullScreen() and not caption.isVisible()
    assert {name for name, panel in driver.window.panels.items() if panel.isVisible()} == before


def mouse(driver: Driver, kind: QEvent.Type, at: QPoint, button=Qt.MouseButton.NoButton, held=Qt.MouseButton.NoButton):
    """An event of the mouse as the window system sends it."""
    handle = driver.window.windowHandle()
    event = QMouseEvent(kind, QPointF(at), QPointF(at), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(handle, event)
    QApplication.processEvents()


def test_the_tools_come_with_the_mouse_and_go_by_themselves(drive):
    driver = presented(drive)
    presentation, room = driver.window.presentation, driver.window.stage.geometry()
    assert presentation.bar is None
    mouse(driver, QEvent.Type.MouseMove, QPoint(400, 500))
    assert presentation.bar.isVisible() and driver.window.panels["timeline"].isVisible()
    assert presentation.bar.geometry().width() == driver.window.width()
    claim = driver.window.panels["claim"]
    assert claim.isVisible() and claim.mapTo(driver.window, claim.rect().bottomLeft()).y() < presentation.bar.y()
    assert presentation.bar.geometry().bottom() == driver.window.rect().bottom(), "the claim stays in sight"
    assert driver.window.stage.geometry() == room, "they lie over the picture, which stays where it is"
    driver.play(BAR_SECONDS - 0.3)
    assert presentation.bar.isVisible()
    mouse(driver, QEvent.Type.MouseMove, QPoint(410, 500))
    driver.play(BAR_SECONDS - 0.3)
    assert presentation.bar.isVisible()
    driver.play(0.6)
    assert not presentation.bar.isVisible() and not driver.window.panels["timeline"].isVisible()
    driver.settle()
    assert not driver.player._timer.isActive(), "nothing is waited for"


def test_the_tools_do_what_their_keys_do_and_are_gone_afterwards(drive):
    driver = drive(size=(1280, 720))
    line, column = driver.window.panels["timeline"], driver.window.column
    home = column.indexOf(line)
    driver.key(Qt.Key.Key_F5)
    mouse(driver, QEvent.Type.MouseMove, QPoint(400, 500))
    buttons = driver.window.presentation.bar.buttons
    QTest.mouseClick(buttons["next"], Qt.MouseButton.LeftButton)
    assert shown(driver).name == "norms"
    QTest.mouseClick(buttons["previous"], Qt.MouseButton.LeftButton)
    assert shown(driver).name == "chain"
    QTest.mouseClick(buttons["equation"], Qt.MouseButton.LeftButton)
    assert driver.window.panels["inspector"].isVisible() and buttons["equation"].isChecked()
    QTest.mouseClick(buttons["leave"], Qt.MouseButton.LeftButton)
    driver.settle(2)
    assert not driver.window.presenting and not driver.window.presentation.bar.isVisible()
    assert home >= 0 and column.indexOf(line) == home and line.isVisible()


def test_b_is_black_and_outside_of_presenting_the_next_notation(drive):
    driver = presented(drive)
    notation = driver.session.notation
    driver.key(Qt.Key.Key_B)
    black = driver.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    assert not np.frombuffer(black.constBits(), np.uint8).any()
    driver.key(Qt.Key.Key_PageUp)
    assert driver.session.time.phase != "accumulate", "the clicker goes on"
    driver.key(Qt.Key.Key_B)
    assert not driver.window.presentation.is_black and driver.session.notation is notation
    driver.key(Qt.Key.Key_B)
    QTest.mouseClick(driver.window.presentation.cover, Qt.MouseButton.LeftButton)
    assert not driver.window.presentation.is_black
    driver.key(Qt.Key.Key_Escape, Qt.Key.Key_B)
    assert driver.session.notation is not notation


def test_f_holds_the_picture_while_the_run_goes_on_under_it(drive):
    driver = presented(drive)
    live = driver.window.grab().toImage()
    driver.key(Qt.Key.Key_F)
    before, mark = driver.window.grab().toImage(), driver.window.presentation.cover.mark().toAlignedRect()
    painter = QPainter(live)
    painter.drawImage(mark, before, mark)
    painter.end()
    assert before == live, "but for the mark, which says that it is frozen"
    inside = pixels(before)[mark.top() : mark.bottom(), mark.left() : mark.right()].reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) > 8
    driver.key(Qt.Key.Key_3)
    driver.session.seek(5.0)
    driver.settle(2)
    assert driver.session.experiment.cell == "lstm"
    assert driver.window.grab().toImage() == before
    driver.key(Qt.Key.Key_F)
    assert driver.window.grab().toImage() != before


def test_the_middle_button_points_with_a_soft_dot(drive):
    driver, middle = presented(drive), Qt.MouseButton.MiddleButton
    without = driver.window.grab().toImage()
    mouse(driver, QEvent.Type.MouseButtonPress, QPoint(300, 300), middle, middle)
    spot = driver.window.presentation.spot
    assert spot.isVisible() and spot.geometry().center() == QPoint(300, 300)
    mouse(driver, QEvent.Type.MouseMove, QPoint(640, 360), held=middle)
    assert spot.geometry().center() == QPoint(640, 360)
    seen = driver.window.grab().toImage()
    assert seen.pixelColor(640, 360).red() > 200 and seen.pixelColor(640, 360).green() < 40
    assert driver.window.presentation.bar is None, "pointing brings no tools"
    mouse(driver, QEvent.Type.MouseButtonRelease, QPoint(640, 360), middle)
    assert not spot.isVisible() and driver.window.grab().toImage() == without


@pytest.mark.parametrize("with_it", [(), (Qt.Key.Key_B,), (Qt.Key.Key_F,), (Qt.Key.Key_E,)], ids=str)
def test_escape_leaves_at_once(drive, with_it):
    driver = drive(theme="dark")
    driver.session.select(Selection("s", 3))
    driver.key(Qt.Key.Key_F5, *with_it, Qt.Key.Key_Escape)
    assert not driver.window.presenting and driver.session.theme.name == "dark"
    assert driver.window.presentation.cover is None and not driver.window.isFullScreen()
    assert driver.session.selection is not None, "the next Esc clears it"
    assert all(dock.isVisible() for dock in driver.window.docks)


@pytest.mark.parametrize("size", [(960, 600), (1366, 768)])
def test_e_scrolls_to_the_equation_wherever_the_inspector_was(drive, size):
    driver = drive(Experiment(cell="lstm"), size)
    driver.session.select(Selection("c", 3))
    driver.settle()
    inspector = driver.window.panels["inspector"]
    bar = inspector.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    driver.key(Qt.Key.Key_F5, Qt.Key.Key_E)
    driver.settle(4)
    seen, equations = inspector.area.viewport(), inspector.equations
    assert inspector.isVisible() and bar.maximum() > 0
    top = equations.mapTo(seen, QPoint()).y()
    assert top >= 0 and top + min(equations.height(), 60) <= seen.height()


def test_the_equation_stands_beside_the_picture(drive):
    driver = presented(drive, size=(1920, 1080))
    driver.session.select(Selection("s", 3))
    driver.key(Qt.Key.Key_E)
    inspector, chain = driver.window.panels["inspector"], driver.window.panels["chain"]
    assert inspector.isVisible() and chain.isVisible()
    assert inspector.mapTo(driver.window, QPoint()).x() >= chain.mapTo(driver.window, QPoint()).x() + chain.width()
    assert chain.width() > 0.5 * driver.window.width()
    driver.key(Qt.Key.Key_E)
    assert not inspector.isVisible()


def test_what_is_exported_is_what_is_shown(drive, tmp_path):
    driver = presented(drive)
    driver.window.next_picture()
    driver.settle(2)
    mouse(driver, QEvent.Type.MouseMove, QPoint(400, 500))
    driver.play(BAR_SECONDS + 0.2)
    driver.program.exports.picture_to(tmp_path / "shown.png")
    pulled(driver.session)  # it also typesets what is still to be typeset, in the window itself
    driver.window.show_message("")
    driver.settle(2)
    shown_now = driver.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    assert QImage(str(tmp_path / "shown.png")).convertToFormat(QImage.Format.Format_RGB888) == shown_now


def test_nothing_is_built_while_it_plays(drive):
    driver = presented(drive)
    for panel in in_turn(driver):
        driver.session.seek(4.5)
        driver.settle(2)
        driver.session.seek(4.6)  # the first frame in which only time moves makes what is kept
        driver.settle(2)
        chain = driver.window.panels["chain"]
        counts = [chain.drawing.builds, typeset_count(), *(getattr(panel, name, 0) for name in ("renders", "splits"))]
        for place in np.linspace(4.61, 4.99, 6):
            driver.session.seek(float(place))
            QApplication.processEvents()
        after = [chain.drawing.builds, typeset_count(), *(getattr(panel, name, 0) for name in ("renders", "splits"))]
        assert after == counts, panel.name
