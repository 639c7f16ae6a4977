"""Themes, presenting, full screen, and the layout that is remembered."""

from collections import Counter

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMenu,
    QWidget,
)

from core.experiment import Experiment
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.style.theme import THEMES
from explorer.window.window import Window
from tests.explorer.driving import Clock


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_every_theme_paints_and_the_projector_has_its_own_layout(drive, theme):
    driver = drive()
    driver.window.set_theme(theme)
    driver.settle()
    assert driver.session.theme.name == theme
    assert driver.window.presenting is (theme == "projector")
    assert [dock.isVisible() for dock in driver.window.docks] == [theme != "projector"] * 2
    driver.window.set_theme("dark")
    driver.settle()
    assert all(dock.isVisible() for dock in driver.window.docks)


def test_f5_presents_one_picture_f6_the_next_and_f5_returns(drive):
    driver = drive(theme="dark")
    driver.settings.theme = "dark"
    driver.key(Qt.Key.Key_F5)
    assert [panel.isVisible() for panel in driver.window.central_panels] == [True, False, False, False]
    assert driver.session.theme.dark  # for a dark hall
    driver.key(Qt.Key.Key_F6)
    assert [panel.isVisible() for panel in driver.window.central_panels] == [False, True, False, False]
    driver.key(Qt.Key.Key_F5)
    assert driver.session.theme.name == "dark"
    assert all(panel.isVisible() for panel in driver.window.central_panels)


def test_f11_is_full_screen_and_escape_leaves_it(drive):
    driver = drive()
    driver.key(Qt.Key.Key_F11)
    assert driver.window.isFullScreen()
    driver.key(Qt.Key.Key_Escape)
    assert not driver.window.isFullScreen()


def test_layout_and_theme_are_remembered(drive):
    driver = drive()
    driver.window.set_theme("dark")
    driver.window.docks[0].hide()
    driver.window.close()
    settings = Settings(driver.settings._store.fileName())
    assert settings.theme == "dark"
    session = Session(Experiment(), settings.theme)
    player = Player(session, Clock())
    window = Window(session, player, settings)
    window.show()
    window.resize(1366, 768)  # the platform's screen is smaller, and a narrow window has drawers
    QApplication.processEvents()
    assert not window.docks[0].isVisible()
    assert window.docks[1].isVisible()
    window.close()
    window.deleteLater()


def test_columns_of_the_three_pictures_have_one_width(drive):
    driver = drive()
    widths = {panel.width() for panel in driver.window.central_panels}
    assert widths == {round(driver.session.columns.width)}
    driver.window.resize(1800, 900)
    driver.settle()
    assert {panel.width() for panel in driver.window.central_panels} == {round(driver.session.columns.width)}


def test_presenting_returns_to_the_theme_that_was(drive):
    driver = drive()
    for theme in ("dark", "light"):
        driver.window.set_theme(theme)
        driver.key(Qt.Key.Key_F5)
        assert driver.session.theme.name == "projector"
        driver.key(Qt.Key.Key_Escape)
        assert driver.session.theme.name == theme


def test_the_first_window_fits_on_the_screen(drive):
    driver = drive()
    assert driver.window.screen().availableGeometry().width() >= 800  # what the platform offers the test
    wanted = driver.window.screen().availableSize()
    fresh = Window(driver.session, driver.player, Settings(driver.settings._store.fileName() + ".other"))
    assert fresh.width() <= max(wanted.width(), fresh.minimumSizeHint().width())
    fresh.close()
    fresh.deleteLater()


class Counted(QObject):
    """Counts the events of one kind, by the widget that they come to."""

    def __init__(self, kind: QEvent.Type) -> None:
        super().__init__()
        self.kind, self.seen = kind, Counter()

    def eventFilter(self, watched, event):
        if event.type() == self.kind:
            self.seen[shiboken6.getCppPointer(watched)[0]] += 1
        return False


def test_another_theme_dresses_no_widget_more_than_twice(drive, qapp):
    driver = drive()
    counted = Counted(QEvent.Type.StyleChange)
    qapp.installEventFilter(counted)
    try:
        for theme in ("dark", "light", "dark", "projector", "dark"):
            counted.seen.clear()
            driver.window.set_theme(theme)
            assert counted.seen and max(counted.seen.values()) <= 2
    finally:
        qapp.removeEventFilter(counted)


def test_presenting_dresses_nothing_in_the_docks_that_it_hides(drive, qapp):
    driver = drive()
    counted = Counted(QEvent.Type.StyleChange)
    qapp.installEventFilter(counted)
    try:
        for _ in range(2):
            driver.window.present()
        within = [each for dock in driver.window.docks for each in (dock, *dock.findChildren(QWidget))]
        assert counted.seen and not {shiboken6.getCppPointer(each)[0] for each in within} & set(counted.seen)
    finally:
        qapp.removeEventFilter(counted)


def test_what_opens_beside_the_window_is_dressed_as_it_is(drive):
    driver = drive()
    driver.window.set_theme("dark")
    driver.key(Qt.Key.Key_F1)
    dialog = next(each for each in driver.window.findChildren(QDialog) if each.isVisible())
    menu = driver.window.findChild(QMenu)
    for widget in (dialog, menu):
        assert widget.grab().toImage().pixelColor(3, 3).lightness() < 60
    dialog.close()


@pytest.mark.parametrize(("height", "shown"), [(600, 2), (1080, 4)])
def test_the_last_pictures_give_way_where_the_window_is_low(drive, height, shown):
    """The first one stays readable; what has gone comes back with the height."""
    driver = drive(size=(1366, height))
    window = driver.window
    visible = [panel for panel in window.central_panels if panel.isVisible()]
    assert visible == window.central_panels[:shown]
    assert window.central_panels[0].height() >= 190
    window.resize(1366, 1080)
    driver.settle()
    assert all(panel.isVisible() for panel in window.central_panels)
