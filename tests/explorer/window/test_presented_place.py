"""Presenting: the keys belong to the picture on show, and Esc brings back the place that presenting was begun at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from explorer.session.selection import Selection
from tests.explorer.driving import Driver, come_to_rest

F5, F6, ESC = Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_Escape
CHOSEN = Selection("h", 3, parameter="L1.W", entry=(0, 3))


@pytest.fixture(scope="module")
def shared(qapp, tmp_path_factory) -> Iterator[Driver]:
    driver = Driver(tmp_path_factory.mktemp("presented"))
    yield driver
    driver.close()


@pytest.fixture
def driver(shared: Driver) -> Iterator[Driver]:
    yield shared
    session = shared.session
    if shared.window.presenting:
        shared.window.present()
    session.compared.leave()
    session.leave()
    session.select(None)
    shared.player.pause()
    session.seek(0.0)
    shared.settle()
    come_to_rest(shared.window)


def pictures(driver: Driver) -> int:
    return len(driver.window.stage.presented)


def test_the_keys_belong_to_the_picture_on_show_beside_an_open_card(driver, monkeypatch):
    window, session = driver.window, driver.session
    card = window.panels["diagnosis"]
    assert session.compared.compare({"grad.L1.W": 2.0 * session.trace.exact_parameters["L1.W"]}, "pasted")
    driver.settle()
    session.select(None)
    monkeypatch.setattr(session.compared, "show_first", lambda: pytest.fail("a key of the picture pressed a button"))
    driver.key(F5)
    for _ in range(pictures(driver)):
        driver.key(F6)
        panel = window.stage.first
        focused = window.focusWidget()
        assert panel.isVisible() and (panel is focused or panel.isAncestorOf(focused)), panel.name
        assert card.isVisible() and not card.isAncestorOf(focused)
    driver.key(F6, Qt.Key.Key_Space)
    assert driver.player.playing
    driver.key(Qt.Key.Key_Space, ESC)
    session.enter("L1", 3)
    driver.key(F5, F6, ESC)
    assert session.inside == "L1"
    driver.key(Qt.Key.Key_Backspace)
    assert session.inside is None


@pytest.mark.parametrize("turns", [1, 4, 6])
def test_escape_brings_back_the_chain_its_selection_and_the_playhead(driver, turns):
    session = driver.session
    session.select(CHOSEN)
    session.seek(session.timeline.complete)
    assert pictures(driver) == 7
    driver.key(F5, *[F6] * turns)
    driver.key(ESC)
    assert (session.inside, session.selection, session.position) == (None, CHOSEN, session.timeline.complete)


def test_escape_brings_back_the_cell(driver):
    session = driver.session
    session.enter("L1", 3)
    chosen = Selection("h", 3, record="h")
    session.select(chosen)
    driver.settle()
    driver.key(F5)
    driver.window.next_picture(-4)  # the chain's
    assert session.inside is None
    driver.key(ESC)
    assert (session.inside, session.selection) == ("L1", chosen)


def test_what_is_chosen_while_presenting_stays(driver):
    session, chosen = driver.session, Selection("h", 3, record="h")
    session.select(CHOSEN)
    driver.key(F5, F6, F6, F6, F6)
    assert session.inside == "L1"
    session.select(chosen)  # as a click does
    driver.key(ESC)
    assert (session.inside, session.selection) == ("L1", chosen)
    session.leave()
    driver.key(F5)
    session.select(CHOSEN)
    driver.key(F6, F6, F6, F6, ESC)
    assert (session.inside, session.selection) == (None, CHOSEN)
