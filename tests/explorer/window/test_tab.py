"""Tab reaches every control of the window once, panel by panel, in every size; Shift+Tab goes the same way back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from core.experiment import Experiment
from explorer.panels.base import Panel
from explorer.session.session import Selection
from explorer.window.tab_order import controls

SIZES = [(960, 600), (1366, 768), (1920, 1080)]


def walked(window: QWidget, key: Qt.Key, most: int) -> list[QWidget]:
    """What Tab or Shift+Tab comes to, until it comes to something again."""
    order: list[QWidget] = []
    for _ in range(most):
        QTest.keyClick(window.focusWidget() or window, key)
        now = QApplication.focusWidget()
        if now is None or now in order:
            break
        order.append(now)
    return order


def panel_of(widget: QWidget) -> QWidget:
    """The panel it is in; else the rail or the row of tabs."""
    above: QWidget | None = widget
    while above is not None and not isinstance(above, Panel):
        above = above.parentWidget()
    return above or widget.parentWidget()


def named(widgets) -> list[str]:
    return [f"{type(each).__name__} “{each.accessibleName() or each.toolTip()[:40]}” in {panel_of(each)!r}"
            for each in widgets]  # fmt: skip


@pytest.mark.parametrize("inside", [False, True], ids=["chain", "cell"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_tab_reaches_every_control_once(drive, size, inside):
    driver = drive(Experiment(cell="lstm", steps=6), size)
    window = driver.window
    driver.session.select(Selection("c", 3))
    if inside:
        driver.session.enter()
    driver.settle(3)
    wanted = controls(window)
    forward = walked(window, Qt.Key.Key_Tab, 3 * len(wanted))
    assert len(wanted) > 12
    assert not (missed := [each for each in wanted if each not in forward]), named(missed)
    assert not (others := [each for each in forward if each not in wanted]), named(others)
    panels = [panel_of(each) for each in forward]
    changes = sum(a is not b for a, b in zip(panels, [*panels[1:], panels[0]], strict=True))
    assert changes <= len(set(panels)), "each panel in one go"
    backward = walked(window, Qt.Key.Key_Backtab, 3 * len(wanted))
    assert not driver.player.playing and window.isVisible()
    assert backward == forward[::-1]


def test_tab_stays_in_the_page_of_cards(drive):
    driver = drive()
    driver.files.show_cards("examples")
    page = driver.files.cards
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        reached = walked(driver.window, key, 20)
        assert {page.search, page.list, page.close_button} <= set(reached)
        assert all(page.isAncestorOf(each) for each in reached)
    page.close_page()


def test_after_a_slider_and_a_dialog_the_keys_are_those_of_the_picture(drive):
    driver = drive()
    window = driver.window
    row = window.panels["experiment"].rows["w_gain"]
    row.slider._slider.setFocus(Qt.FocusReason.MouseFocusReason)
    row.slider._slider.clearFocus()  # as at the end of a drag
    assert window.focusWidget() is window.panels["chain"]
    dialog = QDialog(window)
    dialog.show()
    driver.settle(2)
    dialog.reject()
    window.activateWindow()
    driver.settle(2)
    driver.key(Qt.Key.Key_Space)
    assert driver.player.playing and window.focusWidget() is window.panels["chain"]
    dialog.deleteLater()
