"""The page of cards: what it shows, how it is searched and used by keys, and what it opens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.documents import storage
from core.experiment import Experiment
from core.recorder import record
from explorer.examples import EXAMPLES
from explorer.window.cards.painter import _whole
from tests.explorer.driving import double_click

KEY = Qt.Key


def loaded(driver):
    """The page with everything in it."""
    page = driver.files.cards
    for _ in range(10 * len(page.model.cards)):
        if not page.loading:
            break
        page._load_next()
    assert not page.loading
    return page


@pytest.fixture
def opened(drive):
    def make(kind="examples", **kwargs):
        driver = drive(**kwargs)
        driver.files.show_cards(kind)
        QApplication.processEvents()
        return driver

    return make


@pytest.mark.parametrize(("size", "theme"), [((960, 600), "light"), ((1366, 768), "projector")])
def test_each_example_has_its_picture_and_its_whole_claim(opened, size, theme):
    driver = opened(size=size, theme=theme)
    page = loaded(driver)
    assert [card.title for card in page.model.cards] == [example.title for example in EXAMPLES]
    font = page.list.font()
    for card, example in zip(page.model.cards, EXAMPLES, strict=True):
        assert card.text == example.sentence(card.run) and not card.missing
        assert page._pictures.has(card.run, theme, page.devicePixelRatioF())
        places = page._painter.places(QRectF(0, 0, page._painter.width, 1000), font)
        for place, each, text in zip(
            places[2:], page._painter._fonts(font), (card.group, card.title, card.text), strict=True
        ):
            assert _whole(text, each, place) == text, "cut"
            assert QFontMetricsF(each).height() <= place.height() + 1
    room = page.list.viewport().width()
    assert room // page._painter.width * page._painter.width <= room


def test_a_search_leaves_what_has_all_words_and_enter_opens_it_as_no_file_of_the_persons(opened):
    driver = opened()
    page = loaded(driver)
    QTest.keyClicks(page.search, "lstm no CURE")
    assert [card.title for card in page.model.shown] == ["LSTM with a forget bias of 0"]
    assert f"1 of {len(EXAMPLES)}" in page.hint.text()
    driver.key(KEY.Key_Return)
    assert not page.isVisible()
    assert driver.session.experiment == page.model.shown[0].example.make()
    assert driver.session.path is None and not driver.session.modified
    assert driver.session.position == driver.session.timeline.complete
    driver.session.undo()
    driver.settle()
    assert driver.session.experiment == Experiment()
    assert driver.settings.recent_paths() == []


def test_one_click_opens_and_the_second_of_a_double_click_does_nothing_below(opened):
    driver = opened()
    page = loaded(driver)
    index = page.model.index(1)
    place = page.list.visualRect(index).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    driver.settle()
    assert not page.isVisible()
    assert driver.session.experiment == EXAMPLES[1].make()
    chain = driver.window.panels["chain"]
    node = chain.pointed("node").center().toPoint()
    at, button, none = QPointF(node), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    second = QMouseEvent(QEvent.Type.MouseButtonDblClick, at, chain.mapToGlobal(at), button, button, none)
    QApplication.sendEvent(chain, second)
    assert driver.session.inside is None, "the second click went on to the chain"
    QTest.mouseRelease(chain, Qt.MouseButton.LeftButton, pos=node)
    double_click(chain, node)
    assert driver.session.inside is not None


def test_the_claim_of_an_opened_example_stays_in_sight_until_something_is_changed(opened):
    driver = opened(size=(1366, 768))
    strip, page = driver.window.panels["claim"], loaded(driver)
    for card, example in zip(page.model.cards, EXAMPLES, strict=True):
        driver.files.open_card(card)
        driver.settle()
        said = example.sentence(driver.session.trace)
        assert strip.reasons[0] == f"The example: {said}" and strip.accessibleDescription().startswith(strip.reasons[0])
        (_, _, _), (shown, _, _) = strip.lines()
        assert shown.startswith("The example: ") and len(shown.split()) > 8
        assert shown.startswith(strip.reasons[0]) or shown.endswith("…")
    driver.session.seek(0)
    assert not any(said in each for each in strip.reasons)
    driver.session.seek(driver.session.timeline.last)
    assert any(said in each for each in strip.reasons)
    driver.session.change(data_seed=5)
    driver.settle()
    assert all(said not in each for each in strip.reasons)
    driver.session.undo()
    driver.settle()
    assert any(said in each for each in strip.reasons)


def test_a_trained_example_brings_its_weights_and_pinned_runs_come_along(opened):
    driver = opened()
    page = loaded(driver)
    for name, pins, own in (("hello", 0, True), ("four-cells", 3, False)):
        card = next(card for card in page.model.cards if card.example.name == name)
        driver.files.open_card(card)
        driver.settle()
        assert len(driver.session.pins) == pins and driver.session.trace.own_parameters == own


def test_an_example_of_two_units_opens_with_their_plane_and_another_leaves_the_page(opened):
    driver = opened()
    page, right = loaded(driver), driver.window.pages["right"]
    for name, shown in (("plane-latch", "plane"), ("hello", "plane")):
        driver.files.open_card(next(card for card in page.model.cards if card.example.name == name))
        driver.settle()
        assert right.current() == shown
    assert driver.window.panels["plane"].why.text().endswith("Set Hidden H to 2.")


def test_keys_are_the_pages_while_it_is_open(opened):
    driver = opened()
    page, cell = driver.files.cards, driver.session.experiment.cell
    driver.key(KEY.Key_Down)
    assert page.list.hasFocus()
    first = page.current()
    driver.key(KEY.Key_Right)
    assert page.current() is not first
    driver.key(KEY.Key_Space, KEY.Key_End)
    assert driver.session.experiment.cell == cell and not driver.player.playing
    driver.key(KEY.Key_3)  # no LSTM, but a search
    assert driver.session.experiment.cell == cell and page.search.text() == "3" and page.search.hasFocus()
    driver.key(KEY.Key_Escape)
    assert not page.isVisible() and driver.window.isAncestorOf(driver.window.focusWidget())
    driver.key(KEY.Key_3)
    assert driver.session.experiment.cell == "lstm"


def test_what_is_not_found_is_said(opened):
    driver = opened()
    page = driver.files.cards
    QTest.keyClicks(page.search, "no such thing")
    assert page.model.shown == [] and page.current() is None and "all of these words" in page._nothing.text()
    driver.key(KEY.Key_Return)
    assert page.isVisible()


def test_recent_files_say_what_is_in_them_and_what_is_gone_can_be_dropped(opened, tmp_path):
    driver = opened()
    here, table, gone = (tmp_path / name for name in ("mine.json", "table.csv", "gone.json"))
    storage.save(here, storage.to_text(record(Experiment(cell="gru", steps=5))))
    table.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    for path in (gone, table, here):
        driver.settings.add_recent_file(path)
    driver.files.show_cards("recent")
    page = loaded(driver)
    assert [card.title for card in page.model.cards] == ["mine.json", "table.csv", "gone.json"]
    mine, other, missing = page.model.cards
    assert "GRU" in mine.text and "T = 5" in mine.text and mine.run is not None and mine.group[:2] == "20"
    assert other.text == "Tables of numbers" and other.run is None
    assert missing.missing and "Del" in missing.text
    place = page.list.visualRect(page.model.index(2)).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.isVisible() and page.current() is missing, "what is gone is not opened but selected"
    driver.key(KEY.Key_Delete)
    assert driver.settings.recent_paths() == [here, table] and len(page.model.shown) == 2
    page.list.setCurrentIndex(page.model.index(0))
    driver.key(KEY.Key_Return)
    assert driver.session.path == here and driver.session.experiment.cell == "gru"


def test_without_recent_files_the_page_says_so(opened):
    page = opened("recent").files.cards
    assert page.model.cards == [] and "No file" in page._nothing.text() and page._nothing.isVisible()
