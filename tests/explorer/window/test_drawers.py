"""Below 1280 px the panels beside the pictures are drawers over them; nothing is cut or overlaps at five sizes."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSplitter, QToolButton

from core.experiment import Experiment, natural
from explorer.settings import Settings
from explorer.window.drawers import RailButton
from tests.explorer.driving import Driver

SIZES = [(960, 600), (1024, 768), (1280, 720), (1366, 768), (1920, 1080)]
LEFT = Qt.MouseButton.LeftButton


def place(window, widget):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def panels(driver):
    """Where every panel stands that is in sight, by its name."""
    window = driver.window
    return {name: place(window, each) for name, each in window.panels.items() if each.isVisible()}


def press(driver, side, k=0):
    QTest.mouseClick(driver.window.drawers.rails[side].buttons[k], LEFT)
    driver.settle(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_two_panels_overlap_and_no_label_is_cut(drive, size, theme):
    driver = drive(Experiment(), size=size, theme=theme)
    driver.session.seek(driver.session.timeline.complete)
    driver.settle(3)
    window = driver.window
    assert (window.width(), window.height()) == size
    found = panels(driver)
    names = list(found)
    for k, name in enumerate(names):
        assert window.rect().contains(found[name]), name
        for other in names[:k]:
            assert not found[name].intersects(found[other]), (name, other)
    for label in window.findChildren(QLabel):
        text = label.text()
        if not label.isVisible() or not text or label.wordWrap() or label.textFormat() == Qt.TextFormat.RichText:
            continue
        whole = label.fontMetrics().horizontalAdvance(text)
        assert whole <= label.width() + 1, (text, whole, label.width())
    for button in window.findChildren(QAbstractButton):
        sign = isinstance(button, QToolButton) and button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
        sign = sign and not button.icon().isNull()
        if button.isVisible() and button.text() and not sign and button.window() is window:
            along = max(button.width(), button.height()) if isinstance(button, RailButton) else button.width()
            assert along >= button.fontMetrics().horizontalAdvance(button.text()) + 4, button.text()


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768)])
def test_pictures_below_each_other_lie_apart(drive, size):
    """With attention, whose picture wishes for height, and with digits, for which the chain does."""
    driver = drive(natural("reverse", structure="attention", hidden=2), size=size)
    stage, session = driver.window.stage, driver.session
    for digits in (False, True, False):
        session.set_view(digits=digits)
        driver.settle(2)
        boxes = [panel.geometry() for panel in stage.pictures if panel.isVisible()]
        assert len(boxes) > 1
        for above, below in pairwise(boxes):
            assert below.top() - above.bottom() - 1 == stage.handleWidth()
        assert stage.rect().contains(boxes[-1])


@pytest.mark.parametrize("size", SIZES)
def test_sides_are_drawers_in_a_narrow_window_only(drive, size):
    driver = drive(size=size)
    drawers = driver.window.drawers
    assert drawers.narrow == (size[0] < 1280)
    assert [rail.isVisible() for rail in drawers.rails] == [drawers.narrow] * 2
    assert [side.isVisible() for side in driver.window.docks] == [not drawers.narrow] * 2
    assert driver.window.stage.width() >= 0.5 * size[0]


@pytest.mark.parametrize("side", [0, 1])
def test_a_drawer_opens_over_the_pictures_and_moves_nothing(drive, side):
    driver = drive(size=(960, 600))
    window = driver.window
    beside = {"experiment", "weights", "inspector", "numbers"}
    before = panels(driver)
    assert not beside & set(before)
    press(driver, side)
    now = panels(driver)
    assert {name: box for name, box in now.items() if name not in beside} == before
    dock = window.docks[side]
    box = place(window, dock)
    assert dock.isVisible() and window.drawers.rails[side].buttons[0].isChecked()
    assert not box.intersects(before["timeline"]), "the playhead's controls stay free"
    assert not any(box.intersects(place(window, rail)) for rail in window.drawers.rails)
    assert box.width() <= 0.6 * window.width()
    driver.key(Qt.Key.Key_Escape)
    assert not dock.isVisible() and panels(driver) == before
    press(driver, side)
    press(driver, side)
    assert not dock.isVisible()


def test_one_drawer_at_a_time_by_keys_and_by_what_needs_it(drive):
    driver = drive(size=(1024, 768))
    left, right = driver.window.docks
    press(driver, 0)
    assert (left.isVisible(), right.isVisible()) == (True, False)
    driver.key(Qt.Key.Key_E)
    assert (left.isVisible(), right.isVisible()) == (False, True)
    ticked = [button.panel.name for button in driver.window.drawers.rails[1].buttons if button.isChecked()]
    assert ticked == ["numbers"]
    driver.key(Qt.Key.Key_1, modifier=Qt.KeyboardModifier.ControlModifier)
    assert (left.isVisible(), right.isVisible()) == (True, False)
    driver.key(Qt.Key.Key_1, modifier=Qt.KeyboardModifier.ControlModifier)
    assert (left.isVisible(), right.isVisible()) == (False, False)


def test_a_choice_that_is_found_by_name_opens_its_drawer(drive):
    driver = drive(size=(960, 600))
    driver.key(Qt.Key.Key_K, modifier=Qt.KeyboardModifier.ControlModifier)
    dialog = driver.program.finder.dialog
    QTest.keyClicks(dialog.field, "input scale")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    QApplication.processEvents()
    driver.settle()
    assert driver.window.docks[0].isVisible()
    row = driver.window.panels["experiment"].rows["input_scale"]
    assert row.isAncestorOf(driver.window.focusWidget())


def test_a_wider_window_has_its_docks_again_and_a_narrower_one_its_rails(drive):
    driver = drive(size=(1366, 768))
    window = driver.window
    wide = panels(driver)
    for _ in range(2):
        window.resize(1000, 768)
        driver.settle(2)
        assert window.drawers.narrow and not any(side.isVisible() for side in window.docks)
        window.resize(1366, 768)
        driver.settle(2)
        assert not window.drawers.narrow and panels(driver).keys() == wide.keys()
        assert not any(rail.isVisible() for rail in window.drawers.rails)


def test_presenting_in_a_narrow_window_leaves_its_drawers_closed(drive):
    driver = drive(size=(1024, 768))
    window = driver.window
    driver.key(Qt.Key.Key_F5)
    assert not any(rail.isVisible() for rail in window.drawers.rails)
    assert not any(side.isVisible() for side in window.docks)
    driver.key(Qt.Key.Key_F5)
    assert all(rail.isVisible() for rail in window.drawers.rails)
    assert not any(side.isVisible() for side in window.docks)


def test_a_narrow_window_that_closed_begins_with_docks_where_it_is_wide(drive, tmp_path):
    driver = drive(size=(1000, 700))
    driver.window.close()
    settings = Settings(driver.settings._store.fileName())
    assert not settings.state("docks").isEmpty()
    again: Driver = drive(size=(1366, 768))
    again.window.restoreState(settings.state("docks"))
    again.settle(2)
    assert all(side.isVisible() for side in again.window.docks)
    assert isinstance(again.window.stage, QSplitter)
