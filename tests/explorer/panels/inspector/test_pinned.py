"""Pinned inspectors: they follow the playhead or stay at their step, are saved, and cost playback next to nothing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.arithmetic.text import exact
from core.documents import storage
from core.documents.storage import MOST_INSPECTORS, Inspector
from core.experiment import Experiment, natural
from explorer.app import compose
from explorer.panels.inspector import pages
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.style.formula import typeset_count
from explorer.style.theme import THEMES

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def show(show):
    return lambda experiment=None, *args, **more: show(experiment or Experiment(steps=6), *args, **more)


def pin(panel, selection=None):
    panel.session.select(selection)
    QTest.mouseClick(panel.pin_button, LEFT)
    panel.session.select(None)


def headings(panel):
    panel.text()  # brings those up to date that are scrolled out of sight
    return [card.heading.text().split()[0] for card in panel.pinned.cards if card.isVisibleTo(panel)]


def test_what_is_selected_is_pinned_at_its_step_and_what_is_not_follows(show):
    panel = show()
    session = panel.session
    session.seek_to("backward", 4)
    pin(panel, Selection("s", 2, unit=3))
    pin(panel)
    assert [each.t for each in session.view.inspectors] == [2, None]
    assert headings(panel) == ["s₂", "h₄"]
    session.seek_to("backward", 3)
    panel.show_now()
    assert headings(panel) == ["s₂", "h₃"]
    fixed, follower = panel.pinned.cards
    assert "s₂[4]" in " ".join(fixed.arithmetic.texts())
    assert (fixed.follow_button.text(), follower.follow_button.text()) == ("step 2", "follows")


def test_the_key_brings_the_hidden_dock_back(qtbot, tmp_path):
    session = Session(Experiment(steps=4))
    player = Player(session)
    window = compose(session, player, Settings(tmp_path / "settings.ini"), tmp_path / "last.json").window
    qtbot.addWidget(window)
    window.show()
    window.docks[-1].hide()
    session.select(Selection("s", 3))
    next(each for each in window.actions() if each.shortcut().toString() == "I").trigger()
    assert window.docks[-1].isVisible()
    assert [each.row for each in session.view.inspectors] == ["s"]
    player.stop()


def test_following_and_staying_are_one_click_apart(show):
    panel = show()
    panel.session.seek_to("forward", 3)
    pin(panel, Selection("h", 5))
    (card,) = panel.pinned.cards
    QTest.mouseClick(card.follow_button, LEFT)
    assert panel.session.view.inspectors[0].t is None
    assert headings(panel) == ["h₃"]
    panel.session.seek_to("forward", 4)
    panel.show_now()
    QTest.mouseClick(card.follow_button, LEFT)
    assert panel.session.view.inspectors[0].t == 4
    panel.session.seek_to("forward", 6)
    panel.show_now()
    assert headings(panel) == ["h₄"]


def test_numbers_are_those_of_the_run_as_far_as_the_playhead_has_been(show):
    panel = show()
    session = panel.session
    pin(panel, Selection("s", 3))
    (card,) = panel.pinned.cards
    session.seek_to("forward", 2)
    panel.show_now()
    assert {cell for line in card.table.texts()[1:] for cell in line[1:]} == {"–"}
    session.seek(session.timeline.complete)
    panel.show_now()
    assert "–" not in card.table.texts()[1]
    assert exact(session.trace.values["L1", "s"][2, 0, 0]) in panel.text()
    assert "s₃ = tanh(h₃)" in card.arithmetic.texts()


def test_no_more_than_four_and_none_twice(show):
    panel = show()
    said = []
    panel.session.message.connect(said.append)
    for t in (1, 2, 2, 3, 4, 5):
        pin(panel, Selection("h", t))
    assert len(panel.session.view.inspectors) == MOST_INSPECTORS == 4
    assert len(said) == 1
    QTest.mouseClick(panel.pinned.cards[1].close_button, LEFT)
    QApplication.processEvents()
    assert headings(panel) == ["h₁", "h₃", "h₄"]
    panel.unpin()
    assert panel.pinned.cards == []
    assert not panel.pinned.isVisible()


def test_another_unit_and_a_product_from_a_pinned_inspector(show):
    panel = show()
    pin(panel, Selection("h", 3))
    (card,) = panel.pinned.cards
    card.table.setFocus()
    QTest.keyClick(card.table, Qt.Key.Key_Down)
    assert panel.session.view.inspectors[0].unit == 1
    assert "h₃[2] =" in card.arithmetic.texts()
    k = card.arithmetic.openable()[1]
    card.arithmetic.opened.emit(k)
    assert panel.session.selection == Selection("h", 3, record="h", unit=1)
    assert panel.product.isVisible()
    assert panel.product.shown.total == card.arithmetic.entries[k].exact


def test_edges_and_nodes_that_no_cell_makes_can_be_pinned(show):
    panel = show(natural("reverse", structure="attention", steps=4, hidden=3))
    pin(panel, Selection("attention", 6))
    pin(panel, Selection("s", 7, source="h"))
    assert headings(panel) == ["α₂", "h₃"]
    panel.session.seek_to("forward", 2)
    QTest.mouseClick(panel.pinned.cards[0].follow_button, LEFT)
    assert headings(panel)[0] == "α₁"  # the playhead is in the encoder: the nearest node of that row


def test_they_are_saved_with_the_session_and_wait_while_another_cell_is_on(show):
    panel = show(Experiment(cell="lstm", steps=6))
    session = panel.session
    pin(panel, Selection("c", 3))
    pin(panel)
    text = storage.to_text(session.trace, session.position, session.view)
    assert storage.from_text(text).view.inspectors == session.view.inspectors
    session.change(cell="tanh")
    session.update()
    QApplication.processEvents()
    assert headings(panel) == []
    session.change(cell="lstm")
    session.update()
    assert headings(panel)[0] == "c₃"


def test_a_file_with_too_many_is_refused_in_one_sentence():
    from core.errors import InputError

    session = Session(Experiment(steps=3))
    text = storage.to_text(
        session.trace, 0.0, storage.View(inspectors=tuple(Inspector(row="h", t=k) for k in range(1, 7)))
    )
    with pytest.raises(InputError, match="inspectors"):
        storage.from_text(text)


def test_playing_makes_one_step_a_beat_and_no_widget_and_typesets_nothing(show, monkeypatch):
    made = []
    node_at = pages.node_at

    def counted(*arguments):
        made.append(arguments[1:3])
        return node_at(*arguments)

    panel = show(Experiment(cell="lstm", steps=30))
    session = panel.session
    session.seek(0)
    for row in ("gates", "c", "s"):
        pin(panel, Selection(row, 4))
        QTest.mouseClick(panel.pinned.cards[-1].follow_button, LEFT)
    panel.show_now()
    monkeypatch.setattr(pages, "node_at", counted)
    widgets, typeset = len(panel.findChildren(QWidget)), typeset_count()
    for beat in range(1, session.timeline.last + 1):
        made.clear()
        session.seek(beat)
        panel.show_now()
        assert len(made) <= 1
    assert len(panel.findChildren(QWidget)) == widgets
    assert typeset_count() == typeset


def test_a_fast_playhead_is_followed_at_reading_speed_with_a_selection_too(show, qtbot):
    panel = show(Experiment(steps=200))
    panel.session.seek(0)
    pin(panel)
    panel.session.select(Selection("s", 7))
    drawn = []
    (card,) = panel.pinned.cards
    show_page = card.show_page
    card.show_page = lambda *arguments: (drawn.append(arguments[1]), show_page(*arguments))
    for beat in range(1, 60):
        panel.session.seek(beat)
    assert len(drawn) < 40
    qtbot.waitUntil(lambda: headings(panel) == ["s₅₉"], timeout=5_000)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_nothing_is_cut_off_at_its_side(show, theme):
    panel = show(Experiment(cell="lstm", hidden=12), theme.name, (round(330 * theme.font_px / 13), 1000))
    for row in ("gates", "c"):
        pin(panel, Selection(row, 4))
    QApplication.processEvents()
    for card in panel.pinned.cards:
        assert card.width() <= panel.pinned.viewport().width()
        assert card.table.horizontalScrollBar().maximum() == 0
        for drawn in card.arithmetic._drawn:
            metrics = card.arithmetic._type.bold_metrics if drawn.bold else card.arithmetic._type.metrics
            assert drawn.x + metrics.horizontalAdvance(drawn.text) <= card.arithmetic.width() + 1
    assert panel.card.height() > panel.pinned.height()


def test_what_is_scrolled_out_of_sight_waits_until_it_is_not(show):
    panel = show(Experiment(cell="lstm", steps=20), size=(330, 700))
    session = panel.session
    session.seek(0)
    for row in ("gates", "c", "s"):
        pin(panel, Selection(row, 4))
        QTest.mouseClick(panel.pinned.cards[-1].follow_button, LEFT)
    QApplication.processEvents()
    last = panel.pinned.cards[-1]
    assert panel.pinned.hides(last)
    session.seek_to("forward", 9)
    panel.show_now()
    assert "₉" not in last.heading.text()
    assert "₉" in panel.pinned.cards[0].heading.text()
    panel.pinned.ensureWidgetVisible(last)
    assert last.heading.text().startswith("s₉ ")
