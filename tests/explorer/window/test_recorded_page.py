"""The page of a recorded run without its weights: every number on it is one of the file, and the experiment below stays
as it is."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.maths.arrays import norms
from core.own.without_weights import run_without_weights
from explorer.items.recorded.layout import GROWN, Place
from explorer.style.colours import gradient_colours
from explorer.style.numbers import number
from explorer.window.recorded.scene import layers_of

T, B, H = 7, 2, 3
NUMBERS = np.random.default_rng(5)
ARRAYS = {name: NUMBERS.standard_normal((T, B, H)) for name in ("h", "c", "dh")}
ARRAYS |= {"f": 1 / (1 + np.exp(ARRAYS["c"])), "x": NUMBERS.standard_normal((T, B, 2))}
ARRAYS["dh"] *= 10.0 ** np.arange(-T, 0.0)[:, None, None]


@pytest.fixture
def driver(tmp_path, drive):
    np.savez(tmp_path / "hooks.npz", **ARRAYS)
    driver = drive(size=(960, 600))
    driver.path, driver.said = tmp_path / "hooks.npz", []
    driver.session.message.connect(driver.said.append)
    return driver


def moved(picture, place, kind=QEvent.Type.MouseMove, side=0):
    at = QPointF(picture.places.cell(place, side).center())
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = left if kind == QEvent.Type.MouseButtonPress else none
    event = QMouseEvent(kind, at, picture.mapToGlobal(at), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(picture, event)


def test_it_is_drawn_from_the_file_and_goes_without_a_trace(driver):
    before = driver.session.trace, driver.session.experiment, driver.session.modified, driver.window.windowTitle()
    focus = driver.window.focusWidget()
    driver.session.change(steps=9)  # what is under way is not lost
    assert driver.files.open(driver.path)
    driver.settle()
    page = driver.files.recorded
    assert page.isVisible() and page.geometry() == driver.window.rect() and driver.said == []
    assert "no weights in the file" in page.notes.text() and "time first" in page.notes.text()
    assert "Not checked: x, h, dh, c and f." in page.notes.text()
    _numbers(page)
    _keys(driver, page)
    _theme(driver, page)
    driver.key(Qt.Key.Key_Escape)
    assert not page.isVisible() and driver.window.focusWidget() is focus
    driver.session.undo()
    driver.settle()
    assert (driver.session.experiment, driver.window.windowTitle()) == (before[1], before[3])


def _numbers(page):
    """Under the mouse, at the selected place, and in words; of each sample."""
    picture, (layer,) = page.picture, page.picture.places.layers
    assert [strip.name for strip in layer.strips] == ["x", "h", "c", "f"]
    assert [strip.kind for strip in layer.strips] == ["value", "value", "value", "level"]
    assert layer.strips[1].gradient is not None and layer.strips[2].gradient is None
    for sample in range(B):
        page.sample.setCurrentIndex(sample)
        place = Place(0, 1, 4, 2)
        moved(picture, place)
        h, dh = ARRAYS["h"][4, sample, 2], ARRAYS["dh"][4, sample, 2]
        at = f"t = 5, unit 3, sample {sample + 1}"
        assert page.readout.text() == f"h, state, {at}: {number(h, 4)}; ∂L/∂h = {number(dh, 4)}"
        moved(picture, Place(0, 3, 0, 0), side=1)
        assert page.readout.text().endswith("; no gradient recorded")
        assert np.array_equal(picture.places.layers[0].strips[1].values, ARRAYS["h"][:, sample])
    QApplication.sendEvent(picture, QEvent(QEvent.Type.Leave))
    assert page.readout.text().startswith("x, input, t = 1, unit 1")
    (curve,) = picture.places.layers[0].curves
    found = norms(ARRAYS["dh"])
    assert np.allclose(10.0**curve.logs, found) and curve.name == "‖∂L/∂h‖, over all 2 samples"
    factor = (found[0] / found[-1]) ** (1 / (T - 1))
    words = f"{number(found[-1], 3)} at t = {T}, {number(found[0], 3)} at t = 1: × {number(factor, 3)} a step back"
    assert curve.said.startswith(words)


def _keys(driver, page):
    picture = page.picture
    moved(picture, Place(0, 0, 3, 1), QEvent.Type.MouseButtonPress)
    assert picture.at == Place(0, 0, 3, 1)
    driver.key(Qt.Key.Key_Down, Qt.Key.Key_Right)
    assert picture.at == Place(0, 1, 4, 0) and page.readout.text().startswith("h, state, t = 5, unit 1")
    driver.key(Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up)
    assert picture.at == Place(0, 0, T - 1, 0)
    items = picture.accessible_items
    assert items.count() == 4 and items.focus() == 0 and "x, input, t = 7" in items.sentence(0)
    assert picture.accessibleDescription() == items.sentence(0)
    playing = driver.player.playing
    driver.key(Qt.Key.Key_Space)  # no shortcut of the window's works under the page
    assert driver.player.playing == playing
    for _ in range(3):
        QTest.keyClick(driver.window.focusWidget(), Qt.Key.Key_Tab)
        assert page.isAncestorOf(driver.window.focusWidget())


def _theme(driver, page):
    """The colours are those of the theme; the largest gradient of the file has full ink, whatever its decade."""
    for name in ("dark", "light"):
        driver.session.set_theme(name)
        driver.settle()
        picture, theme = page.picture, driver.session.theme
        page.sample.setCurrentIndex(1)
        shot = picture.grab().toImage()
        for step in (0, T - 1):
            box = picture.places.cell(Place(0, 1, step, 0), 1)
            wanted = gradient_colours(ARRAYS["dh"][step, 1, 0], *picture._decades, theme)
            assert shot.pixel(round(box.left()) + 2, round(box.top()) + 2) == int(wanted)
    low, high = picture._decades
    assert high - low == 4.0 and 10.0 ** (high - 1) < np.abs(ARRAYS["dh"]).max() <= 10.0**high


def test_dropped_files_and_other_axes_are_opened_by_way_of_the_dialog(driver):
    from explorer.window.arrays_dialog import ArraysDialog

    np.save(driver.path.with_name("h.npy"), ARRAYS["h"].transpose(1, 0, 2))
    np.save(driver.path.with_name("dh.npy"), ARRAYS["dh"].transpose(1, 0, 2))
    assert driver.files.open_arrays_from([driver.path.with_name("h.npy"), driver.path.with_name("dh.npy")])
    dialog = driver.window.findChild(ArraysDialog)
    assert "h, dh: without weights" in dialog.read_as.text() and "time first" in dialog.assumed.text()
    dialog.order.setCurrentIndex(dialog.order.findData("batch first"))
    assert dialog.assumed.text() == ""
    dialog.accept()
    driver.settle()
    page = driver.files.recorded
    assert page.run.shape == (T, B) and "assumed" not in page.notes.text()
    np.savez(driver.path, h=ARRAYS["h"], c=ARRAYS["h"][:3])
    assert not driver.files.open(driver.path)
    assert "hooks.npz cannot be used: c has 3 steps" in driver.said[-1]


def heights(picture) -> list[float]:
    """Of all strips."""
    return [high for _, high in picture.places.boxes.values()]


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_strips_and_norms_grow_with_the_room_and_with_the_type(driver, theme):
    """A small run fills what is in sight, as far as it may grow; where there is no room every strip is as high as it
    has to be; nothing is wider than the page."""
    driver.session.set_theme(theme)
    assert driver.files.open(driver.path)
    page = driver.files.recorded
    picture, seen = page.picture, []
    for size in ((960, 600), (1366, 768), (1920, 1080)):
        driver.window.resize(*size)
        driver.settle(3)
        sight, line = page.area.viewport().height(), picture.places.line
        assert 0.9 * sight <= picture.height() <= sight and page.hidden_height() == 0
        assert picture.width() <= page.area.viewport().width()
        assert all(high >= max(strip.units, 3 * line) for high, strip in
                   zip(heights(picture), picture.places.layers[0].strips, strict=True))  # fmt: skip
        seen.append((heights(picture), picture.places.plots[0][1]))
    assert all(sum(less) < sum(more) and low < high for (less, low), (more, high) in pairwise(seen))
    driver.window.resize(960, 600)
    driver.settle(3)
    assert heights(picture) == seen[0][0]


def test_strips_are_as_high_as_lines_of_text(driver):
    """The projector's larger type has larger strips where neither has room to grow."""
    assert driver.files.open(driver.path)
    places, (least, most) = driver.files.recorded.picture.places, (14.0, 21.0)
    small, large = (places.fit(900.0, line, 80.0) for line in (least, most))
    assert large > 1.3 * small
    assert places.fit(900.0, least, 80.0, small - 50.0) == small
    assert places.fit(900.0, least, 80.0, 10_000.0) < GROWN * small + 1.0


def test_no_scale_is_said_where_there_is_none():
    zero, nan = np.zeros((3, 1, 2)), np.full((3, 1, 2), np.nan)
    (layer,) = layers_of(run_without_weights({"h": zero, "c": nan, "dh": zero}), 0)
    assert [strip.notes[-1] for strip in layer.strips] == ["2 units, all 0", "2 units, not finite or 0"]
    assert [curve.said for curve in layer.curves] == ["0 at t = 3, 0 at t = 1."]
