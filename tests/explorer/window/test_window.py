"""The whole window, driven with real clicks and keys."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QSlider,
)

from core.cells import CELLS, PRIMARY
from core.experiment import Experiment
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.panels import PANELS
from explorer.session.session import Change, Selection
from explorer.style.formula import typeset_count
from explorer.widgets import typeset
from explorer.window.actions import ENTRIES
from tests.explorer.driving import come_to_rest
from tests.explorer.suited import suited_to


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
    assert driver.session.position == driver.session.timeline.complete
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
    assert "bad.json" in driver.window.toasts.texts()[-1]
    assert driver.window.toasts.isVisible()
    assert driver.session.experiment == before
    driver.key(Qt.Key.Key_Escape)
    assert not driver.window.toasts.isVisible()


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
    node = chain.view.layout.node(1, 5).center().toPoint()
    QTest.mouseClick(chain, Qt.MouseButton.LeftButton, pos=QPoint(node))
    assert driver.session.selection == Selection("h", 5)
    driver.key(Qt.Key.Key_Escape)
    assert driver.session.selection is None


@pytest.mark.parametrize("steps", [1, 20, 1000])
def test_every_panel_with_every_cell_at_every_length(drive, steps):
    """One window, which goes from cell to cell: on the chain, and inside."""
    driver = drive(suited_to(CELLS[-1].name, steps=steps, hidden=3))
    session = driver.session
    for cell in CELLS:
        chosen = suited_to(cell.name, steps=steps, hidden=3)
        assert session.change(**{name: getattr(chosen, name) for name in chosen.__struct_fields__}), cell.name
        session.update()  # inside the last cell, from the second one on
        QApplication.processEvents()
        session.leave()
        assert session.trace.scan.cell.name == cell.name
        for position in (0.5, steps * 1.6 + 1, session.timeline.last):
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
    session.seek(session.timeline.complete)
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
def test_playback_rebuilds_strokes_computes_and_typesets_nothing(drive, steps, monkeypatch):
    driver = drive(Experiment(steps=steps, cell="lstm"))
    driver.session.seek(0.0)
    driver.window.grab()
    chain, norms = driver.window.panels["chain"], driver.window.panels["norms"]
    for position in (0.5, steps * 0.5, steps + 1.0, steps * 1.5, driver.session.timeline.last, 0.0):  # every layer once
        driver.session.seek(position)
        QApplication.processEvents()
    driver.settle(3)
    come_to_rest(driver.window)
    monkeypatch.setattr(typeset, "IDLE_MS", 10**6)  # however busy the machine is, a frame of playback is no rest
    before = chain.drawing.builds, norms.renders, driver.session.runs, typeset_count()
    for k in range(200):
        driver.session.seek(driver.session.timeline.last * k / 199)
        QApplication.processEvents()
    assert (chain.drawing.builds, norms.renders, driver.session.runs, typeset_count()) == before


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
        assert f"run{suffix}" in driver.window.toasts.texts()[-1]
        assert "cannot be written" in driver.window.toasts.texts()[-1]


def test_after_a_drag_the_arrows_belong_to_the_timeline_again(drive):
    driver = drive()
    steps = driver.window.panels["experiment"].rows["w_gain"].findChild(QSlider)
    QTest.mouseClick(steps, Qt.MouseButton.LeftButton, pos=QPoint(steps.width() // 2, steps.height() // 2))
    driver.settle()
    gain = driver.session.trace.experiment.w_gain
    driver.key(Qt.Key.Key_Home, Qt.Key.Key_Right)
    assert driver.session.time[:3] == (FORWARD, 1, 1.0)
    assert driver.session.trace.experiment.w_gain == gain
