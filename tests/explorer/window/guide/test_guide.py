"""The first minute: the run that plays by itself, its notes, the strip; and the tour, walked by its keys."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.experiment import Experiment
from explorer.window.guide.start import CLOSED, SECONDS, STARTED
from explorer.window.guide.stops import STOPS
from tests.explorer.driving import Driver
from tests.explorer.lesson_files import lesson_file

KEY = Qt.Key
NAMES = {"↓": KEY.Key_Down, "Space": KEY.Key_Space, "Enter": KEY.Key_Return, "Backspace": KEY.Key_Backspace}


@pytest.fixture
def begun(drive):
    def make(first=True, closed=False, still=False, **kwargs):
        driver = drive(**kwargs)
        driver.settings.set_value(STARTED, not first)
        driver.settings.set_value(CLOSED, closed)
        driver.player.still = still
        driver.session.seek(driver.session.timeline.complete)
        driver.settle()
        driver.program.guide.begin()
        QApplication.processEvents()
        return driver

    return make


def strip_of(driver: Driver):
    strip = driver.program.guide.strip
    return strip if strip is not None and strip.isVisible() else None


# --- the first start ---
def test_the_first_start_plays_the_run_once_with_three_notes_and_ends_at_its_end(begun):
    driver = begun()
    guide, session = driver.program.guide, driver.session
    assert driver.player.playing and session.position == 0.0 and strip_of(driver) is None
    driver.play(SECONDS / 2)
    assert 0.4 < session.position / session.timeline.complete < 0.6
    assert len(guide.notes.bubbles()) == 3 and guide.notes.isVisible()
    driver.play(SECONDS / 2 + 0.5)
    assert not driver.player.playing and session.position == session.timeline.complete
    assert not guide.notes.isVisible() and strip_of(driver) is not None
    assert driver.settings.value(STARTED, False)
    driver.player.toggle()  # another play has the usual pace
    assert driver.player.beats_per_second == 2.0


def test_a_note_is_never_drawn_in_two_pieces(begun, monkeypatch):
    """Where a panel below moves and only its part of the window is painted anew, the notes move as a whole, later."""
    driver = begun(still=True)
    notes = driver.program.guide.notes
    before = notes.bubbles()
    assert notes.drawn == before
    moved = [(bubble, place.translated(0, 30)) for bubble, place in before]
    monkeypatch.setattr(notes, "bubbles", lambda: moved)
    notes.update(QRect(0, 0, 40, 40))
    QApplication.sendPostedEvents()
    assert notes.drawn == before
    driver.settle(3)
    assert notes.drawn == moved


@pytest.mark.parametrize("how", ["space", "escape", "letter", "click"])
def test_any_key_or_click_stops_it(begun, how):
    driver = begun()
    driver.play(2)
    if how == "click":
        QTest.mouseClick(driver.window.panels["claim"], Qt.MouseButton.LeftButton)
    else:
        driver.key({"space": KEY.Key_Space, "escape": KEY.Key_Escape, "letter": KEY.Key_3}[how])
    assert not driver.player.playing and driver.session.position == driver.session.timeline.complete
    assert not driver.program.guide.notes.isVisible() and strip_of(driver) is not None
    assert driver.session.experiment.cell == ("lstm" if how == "letter" else "tanh")
    driver.key(KEY.Key_Space)  # and then it is an ordinary key again
    assert driver.player.playing
    driver.player.pause()


def test_without_motion_nothing_plays_and_the_notes_stand_beside_the_finished_run(begun):
    driver = begun(still=True)
    assert not driver.player.playing and driver.session.position == driver.session.timeline.complete
    assert driver.program.guide.notes.isVisible()
    driver.key(KEY.Key_Escape)
    assert not driver.program.guide.notes.isVisible() and strip_of(driver) is not None


def test_later_starts_show_the_finished_run_and_the_strip_until_it_is_closed(begun):
    driver = begun(first=False)
    assert not driver.player.playing and not driver.program.guide.notes.isVisible()
    strip = strip_of(driver)
    assert list(strip.buttons) == ["Tour", "Lessons", "Examples", "Reopen last"]
    height = driver.window.stage.height()
    strip.close_button.click()
    QApplication.processEvents()
    assert strip_of(driver) is None and driver.settings.value(CLOSED, False) and driver.window.stage.height() > height
    assert strip_of(begun(first=False, closed=True)) is None
    driver.program.guide.show_strip()
    assert strip_of(driver) is not None and not driver.settings.value(CLOSED, True)


def test_what_the_strip_offers(begun):
    driver = begun(first=False)
    strip = strip_of(driver)
    strip.buttons["Tour"].click()
    assert driver.program.guide.tour.at == 0
    driver.key(KEY.Key_Escape)
    strip.buttons["Lessons"].click()
    assert driver.program.finder.dialog.isVisible()
    driver.program.finder.dialog.reject()
    strip.buttons["Examples"].click()
    assert driver.files.cards.isVisible()
    driver.key(KEY.Key_Escape)
    strip.buttons["Reopen last"].click()
    assert "no last session" in " ".join(driver.window.toasts.texts()) or driver.session.experiment == Experiment()


def test_the_strip_is_no_part_of_what_is_presented_and_closed_it_gives_its_room_back(begun):
    driver = begun(first=False)
    strip, chain = strip_of(driver), driver.window.panels["chain"]
    assert strip.isVisible()
    driver.key(KEY.Key_F5)
    assert driver.window.presenting and not strip.isVisible()
    driver.key(KEY.Key_Escape)
    driver.settle(3)
    assert not driver.window.presenting and strip.isVisible()
    top = chain.mapTo(driver.window, QPoint()).y()
    strip.close_button.click()
    driver.settle(3)
    assert chain.mapTo(driver.window, QPoint()).y() <= top - strip.height()
    driver.key(KEY.Key_F5, KEY.Key_Escape)
    assert not strip.isVisible(), "closed is closed"


@pytest.mark.parametrize(("size", "theme"), [((960, 600), "dark"), ((1366, 768), "light")])
@pytest.mark.parametrize("steps", [1, 14, 200])
def test_the_notes_are_in_the_window_beside_what_they_are_about_and_apart(begun, size, theme, steps):
    driver = begun(still=True, size=size, theme=theme, experiment=Experiment(steps=steps))
    overlay = driver.program.guide.notes
    room = QRectF(driver.window.rect())
    places = [place for _, place in overlay.bubbles()]
    for (bubble, place), note in zip(overlay.bubbles(), overlay.notes, strict=True):
        assert room.contains(place) and room.intersects(bubble.target)
        assert bubble.text == note.text and place.size() == bubble.size(driver.window.font(), driver.session.theme)
    assert not any(a.intersects(b) for k, a in enumerate(places) for b in places[k + 1 :])
    driver.program.guide.stop()


# --- the tour ---
def press(driver: Driver, hint: str) -> None:
    name = re.match(r"Press (\S+)", hint)[1]
    key = NAMES.get(name) or QKeySequence(name)[0].key()
    driver.key(key)


@pytest.mark.parametrize(("cell", "size", "theme"), [("tanh", (960, 600), "dark"), ("lstm", (1366, 768), "light")])
def test_the_tour_is_walked_by_its_keys(drive, cell, size, theme):
    driver = drive(Experiment(cell=cell), size, theme)
    tour = driver.program.guide.tour
    tour.start()
    texts = []
    for k in range(len(STOPS)):
        assert tour.at == k and tour.overlay.isVisible()
        ((bubble, place),) = tour.overlay.bubbles()
        assert QRectF(driver.window.rect()).contains(place)
        assert not place.intersects(bubble.target)
        panel = tour.overlay._panel(tour.overlay.notes[0])
        whole = QRectF(panel.rect()).translated(QPointF(panel.mapTo(driver.window, QPoint())))
        assert not place.intersects(whole), "it covers what it talks about"
        assert "{" not in bubble.text + bubble.hint and f"{k + 1} of {len(STOPS)}" in bubble.hint
        texts.append(bubble.text)
        driver.key(KEY.Key_Shift, *([KEY.Key_Left] if STOPS[k].item == "cells" else []))
        assert tour.at == k, "another key does not go on"
        press(driver, bubble.hint)
    assert tour.at is None and not tour.overlay.isVisible() and "Help" in " ".join(driver.window.toasts.texts())
    assert 6 <= len(set(texts)) == len(STOPS) <= 8
    assert "14 inputs" in texts[0] and ("388 times smaller 13 steps back" in texts[2]) == (cell == "tanh")
    driver.player.pause()


def test_esc_ends_the_tour_at_any_stop_and_it_can_be_had_again(drive):
    driver = drive()
    tour = driver.program.guide.tour
    for stops in (0, 1):
        tour.start()
        for _ in range(stops):
            press(driver, tour.overlay.notes[0].hint)
        driver.key(KEY.Key_Escape)
        assert tour.at is None and not tour.overlay.isVisible()
    driver.player.pause()
    actions = [action for action in driver.window.actions() if action.text() == "Tour of the window"]
    actions[0].trigger()
    assert tour.at == 0
    tour.end()


def test_the_overlay_lets_the_mouse_through(drive):
    driver = drive()
    tour = driver.program.guide.tour
    tour.start()
    _, place = tour.overlay.bubbles()[0]
    under = driver.window.childAt(place.center().toPoint())
    assert under is not None and under is not tour.overlay
    tour.end()


def test_the_strip_gives_way_to_a_lesson(begun, tmp_path):
    driver = begun(first=False)
    strip = strip_of(driver)
    assert driver.files.open(lesson_file(tmp_path))
    driver.settle(2)
    assert not strip.isVisible()
    driver.session.lesson.leave()
    driver.settle(2)
    assert strip.isVisible()
