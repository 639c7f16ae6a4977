"""The whole window, driven with real clicks and keys."""

import json
from collections import Counter

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QSlider,
    QTextBrowser,
)

from core.cells import CELLS, PRIMARY
from core.experiment import Experiment
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.app import compose
from explorer.application import application
from explorer.panels import PANELS
from explorer.session.player import Player
from explorer.session.session import Change, Selection, Session
from explorer.settings import Settings
from explorer.style.formula import typeset_count
from explorer.style.theme import THEMES
from explorer.window.actions import ENTRIES
from explorer.window.window import Window
from tests.explorer.suited import suited_to


class Clock:
    """Seconds that the test counts."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Driver:
    """A window with its session, its player and their clock."""

    def __init__(self, folder, experiment=None, size=(1366, 768), theme="light"):
        application()
        self.clock = Clock()
        self.session = Session(experiment or Experiment(), theme)
        self.player = Player(self.session, self.clock)
        self.settings = Settings(folder / "settings.ini")
        self.last = folder / "last.json"
        self.program = compose(self.session, self.player, self.settings, self.last)
        self.window, self.files = self.program.window, self.program.files
        self.window.resize(*size)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.window.activateWindow()
        self.settle()

    def settle(self, frames=1):
        """Runs frames until nothing waits but the gradient check, which has tests of its own; and lets Qt paint."""
        self.player.frame()
        self.session.findings.jobs.pop("check", None)
        while self.session.busy:
            self.player.frame()
        for _ in range(frames):
            QApplication.processEvents()

    def key(self, *keys, modifier=Qt.KeyboardModifier.NoModifier):
        for key in keys:
            QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)
            self.settle()

    def play(self, seconds, step=0.05):
        """Lets the clock run."""
        for _ in range(round(seconds / step)):
            self.clock.now += step
            self.player.frame()
            QApplication.processEvents()

    def close(self):
        self.files.may_lose = lambda: True
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        QApplication.processEvents()


@pytest.fixture
def drive(qapp, tmp_path):
    drivers = []

    def make(*args, **kwargs):
        folder = tmp_path / str(len(drivers))
        folder.mkdir()
        drivers.append(Driver(folder, *args, **kwargs))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


def test_the_keys_1_to_4_change_the_cell_on_the_same_data(drive):
    driver = drive()
    x = driver.session.trace.data.x
    for k, cell in enumerate(PRIMARY, start=1):
        driver.key(getattr(Qt.Key, f"Key_{k}"))
        assert driver.session.trace.experiment.cell == cell.name
        assert (driver.session.trace.data.x == x).all()


def test_space_plays_through_the_line_and_again_from_its_start(drive):
    driver = drive()
    driver.key(Qt.Key.Key_Space)
    assert driver.player.playing
    driver.play(2.0)
    assert driver.session.time.phase == FORWARD
    driver.play(driver.session.timeline.last, step=0.2)
    assert driver.session.position == driver.session.timeline.last
    assert not driver.player.playing
    driver.key(Qt.Key.Key_Space)
    assert driver.session.position < 1


def test_arrows_step_and_page_keys_go_to_the_ends_of_a_pass(drive):
    driver = drive()
    driver.key(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert driver.session.time[:3] == (FORWARD, 2, 1.0)
    driver.key(Qt.Key.Key_PageDown)
    assert driver.session.time[:3] == (FORWARD, 14, 1.0)
    driver.key(Qt.Key.Key_PageDown, Qt.Key.Key_PageDown)
    assert driver.session.time[:3] == (BACKWARD, 1, 1.0)
    driver.key(Qt.Key.Key_Home)
    assert driver.session.position == 0
    driver.key(Qt.Key.Key_End)
    assert driver.session.position == driver.session.timeline.last


def test_a_button_reached_by_tab_keeps_space_for_itself_and_a_click_leaves_it_to_play(drive):
    driver = drive()
    button = driver.window.panels["topbar"].findChild(QPushButton) or driver.window.panels["timeline"].loop
    assert not button.focusPolicy() & Qt.FocusPolicy.ClickFocus
    loop = driver.window.panels["timeline"].loop
    loop.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(Qt.Key.Key_Space)
    assert driver.player.loop
    assert not driver.player.playing
    driver.window.panels["chain"].setFocus()
    driver.key(Qt.Key.Key_Space)
    assert driver.player.playing


def test_undo_and_redo_by_key(drive):
    driver = drive()
    driver.key(Qt.Key.Key_3)
    driver.key(Qt.Key.Key_Z, modifier=Qt.KeyboardModifier.ControlModifier)
    assert driver.session.trace.experiment.cell == "tanh"
    driver.key(Qt.Key.Key_Y, modifier=Qt.KeyboardModifier.ControlModifier)
    assert driver.session.trace.experiment.cell == "lstm"


def test_save_change_and_reopen_bring_everything_back(drive, tmp_path, monkeypatch):
    driver = drive(Experiment(cell="gru", steps=9))
    path = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(path), ""))
    driver.session.seek_to(BACKWARD, 4)
    driver.key(Qt.Key.Key_P)
    driver.key(Qt.Key.Key_S, modifier=Qt.KeyboardModifier.ControlModifier)
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == 2
    driver.key(Qt.Key.Key_1, Qt.Key.Key_Home)
    driver.session.unpin()
    monkeypatch.setattr(QMessageBox, "question", lambda *a, **k: QMessageBox.StandardButton.Discard)
    driver.key(Qt.Key.Key_O, modifier=Qt.KeyboardModifier.ControlModifier)
    assert driver.session.trace.experiment == Experiment(cell="gru", steps=9)
    assert driver.session.time[:3] == (BACKWARD, 4, 1.0)
    assert [pin.trace.experiment.cell for pin in driver.session.pins] == ["gru"]
    assert driver.settings.recent_files() == [path]


def test_unsaved_changes_of_a_file_are_asked_about(drive, tmp_path, monkeypatch):
    driver = drive()
    assert driver.session.save(tmp_path / "a.json")
    driver.key(Qt.Key.Key_2)
    asked = []

    def cancel(*args, **kwargs):
        asked.append(args)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", cancel)
    assert not driver.window.close()
    assert len(asked) == 1
    assert driver.window.isVisible()


def test_what_was_on_the_screen_can_be_reopened_after_a_close(drive, tmp_path):
    driver = drive(Experiment(cell="lstm", steps=7))
    driver.window.close()
    again = drive()
    again.files._last = driver.last
    assert again.files.open_last()
    assert again.session.trace.experiment == Experiment(cell="lstm", steps=7)
    assert again.session.path is None


def test_a_file_that_cannot_be_opened_gets_one_sentence_and_changes_nothing(drive, tmp_path):
    driver = drive()
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    before = driver.session.experiment
    assert not driver.files.open(bad)
    driver.settle()
    assert "bad.json" in driver.window._note.text()
    assert driver.window._note.isVisible()
    assert driver.session.experiment == before
    driver.key(Qt.Key.Key_Escape)
    assert not driver.window._note.isVisible()


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
    assert [panel.isVisible() for panel in driver.window.central_panels] == [True, False, False]
    driver.key(Qt.Key.Key_F6)
    assert [panel.isVisible() for panel in driver.window.central_panels] == [False, True, False]
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


def test_escape_gives_the_digits_from_a_number_back_to_the_cells(drive):
    driver = drive()
    driver.session.edit_number("L1.W", (0, 0))
    page = driver.window.panels["numbers"]
    assert driver.window.focusWidget() is page.map
    driver.key(Qt.Key.Key_Escape)
    assert driver.window.focusWidget() is driver.window.central_panels[0]
    driver.key(Qt.Key.Key_3)
    assert driver.session.experiment.cell == "lstm"


def test_a_click_on_a_node_shows_it_and_escape_lets_it_go(drive):
    driver = drive()
    chain = driver.window.panels["chain"]
    node = chain.chain_layout().node(1, 5).center().toPoint()
    QTest.mouseClick(chain, Qt.MouseButton.LeftButton, pos=QPoint(node))
    assert driver.session.selection == Selection("h", 5)
    driver.key(Qt.Key.Key_Escape)
    assert driver.session.selection is None


@pytest.mark.parametrize("steps", [1, 20, 1000])
def test_every_panel_with_every_cell_at_every_length(drive, steps, monkeypatch):
    """One window, which goes from cell to cell: on the chain, and inside. The gradient check has tests of its own."""
    monkeypatch.setattr("explorer.session.findings.check", lambda trace: iter(()))
    driver = drive(suited_to(CELLS[-1].name, steps=steps, hidden=3))
    session = driver.session
    for cell in CELLS:
        chosen = suited_to(cell.name, steps=steps, hidden=3)
        assert session.change(**{name: getattr(chosen, name) for name in chosen.__struct_fields__}), cell.name
        session.update()  # inside the last cell, from the second one on
        QApplication.processEvents()
        session.leave()
        assert session.trace.scan.cell.name == cell.name
        for position in (0.0, 0.5, steps * 0.7, steps + 1.0, steps * 1.6 + 1, session.timeline.last):
            session.seek(position)
            QApplication.processEvents()
        session.enter(None, steps)
        QApplication.processEvents()
    for flags in (Change.RUN, Change.VIEW, Change.PINS, Change.THEME):
        session.changed.emit(flags)
        QApplication.processEvents()


def test_a_shorter_run_is_followed_inside_a_cell(drive):
    driver = drive(Experiment(steps=14))
    session = driver.session
    session.seek(session.timeline.last)
    session.enter(None, 10)
    driver.window.grab()
    session.change(steps=3)
    session.update()
    QApplication.processEvents()
    driver.window.grab()
    assert session.inside == "L1" and session.time.t <= 3
    titles = [label.text() for label in driver.window.panels["cards"].findChildren(QLabel)]
    assert not any("₁₀" in text for text in titles)


@pytest.mark.parametrize("steps", [50, 1000])
def test_playback_rebuilds_strokes_computes_and_typesets_nothing(drive, steps):
    driver = drive(Experiment(steps=steps, cell="lstm"))
    driver.session.seek(0.0)
    driver.window.grab()
    chain, norms = driver.window.panels["chain"], driver.window.panels["norms"]
    for position in (0.5, steps * 0.5, steps + 1.0, steps * 1.5, driver.session.timeline.last, 0.0):  # every layer once
        driver.session.seek(position)
        QApplication.processEvents()
    driver.settle(3)
    before = chain._layers.builds, norms.renders, driver.session.runs, typeset_count()
    for k in range(200):
        driver.session.seek(driver.session.timeline.last * k / 199)
        QApplication.processEvents()
    assert (chain._layers.builds, norms.renders, driver.session.runs, typeset_count()) == before


def test_ten_changes_in_one_frame_are_one_run_and_one_refresh_of_each_panel(drive):
    driver = drive()
    panels = driver.window.panels.values()
    before = driver.session.runs, [panel.refreshes for panel in panels]
    for gain in range(10):
        driver.session.change(gesture="w_gain", w_gain=0.5 + gain / 20)
    driver.session.update()
    assert driver.session.runs == before[0] + 1
    assert [panel.refreshes for panel in panels] == [count + 1 for count in before[1]]
    driver.settle()


def test_every_action_has_a_key_or_a_place_in_the_menu_and_no_key_twice(drive):
    driver = drive()
    keys = [key for entry in ENTRIES if entry is not None for key in entry.keys]
    assert len(keys) == len(set(keys))
    assert len(driver.window.actions()) == sum(entry is not None for entry in ENTRIES) + len(driver.window.docks)


def test_help_opens_and_names_the_keys(drive):
    driver = drive()
    driver.key(Qt.Key.Key_F1)
    dialogs = driver.window.findChildren(QDialog)
    assert len(dialogs) == 1
    text = dialogs[0].findChild(QTextBrowser).toPlainText()
    assert all(word in text for word in ("Space", "Ctrl+1", "Ctrl+C", "F11"))
    assert dialogs[0].height() <= driver.window.height()
    dialogs[0].close()


def test_motion_can_be_switched_off_and_stays_off(drive):
    driver = drive()
    driver.key(Qt.Key.Key_M, modifier=Qt.KeyboardModifier.ControlModifier)
    assert driver.player.still
    assert driver.settings.reduced_motion
    driver.key(Qt.Key.Key_Space)
    driver.play(1.3)
    assert driver.session.position == int(driver.session.position)


def test_the_list_of_panels_is_the_window(drive):
    driver = drive()
    assert [type(panel) for panel in driver.window.panels.values()] == [kind for kind, *_ in PANELS]
    assert all(panel.session is driver.session for panel in driver.window.panels.values())


def test_the_title_follows_the_file(drive, tmp_path, monkeypatch):
    driver = drive()
    path = tmp_path / "mine.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), ""))
    assert driver.files.save()
    assert driver.window.windowTitle().startswith("mine.json —")
    driver.key(Qt.Key.Key_2)
    assert driver.window.windowTitle().startswith("mine.json* —")
    assert driver.files.save()
    assert driver.window.windowTitle().startswith("mine.json —")


def test_an_export_into_no_folder_is_one_sentence(drive, tmp_path):
    driver = drive()
    for suffix in (".npz", ".csv"):
        driver.program.exports.trace_to(tmp_path / "none" / f"run{suffix}")
        driver.session.work.pull(lambda: False)
        assert f"run{suffix}" in driver.window._note.text()
        assert "cannot be written" in driver.window._note.text()


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


def test_after_a_drag_the_arrows_belong_to_the_timeline_again(drive):
    driver = drive()
    steps = driver.window.panels["experiment"].rows["w_gain"].findChild(QSlider)
    QTest.mouseClick(steps, Qt.MouseButton.LeftButton, pos=QPoint(steps.width() // 2, steps.height() // 2))
    driver.settle()
    gain = driver.session.trace.experiment.w_gain
    driver.key(Qt.Key.Key_Home, Qt.Key.Key_Right)
    assert driver.session.time[:3] == (FORWARD, 1, 1.0)
    assert driver.session.trace.experiment.w_gain == gain


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
        for theme in ("dark", "projector", "light"):
            counted.seen.clear()
            driver.window.set_theme(theme)
            assert counted.seen and max(counted.seen.values()) <= 2
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
