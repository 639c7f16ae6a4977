"""Messages lie over the pictures and move nothing; selecting moves nothing either."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from core.experiment import Experiment, natural
from explorer.session.session import Selection
from explorer.widgets.card import Card
from explorer.widgets.toasts import LONGEST_MS, MOST, SHORTEST_MS, reading_ms

SIZES = [(960, 600), (1366, 768), (1920, 1080)]


def place(window, widget):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def places(window):
    """Where every panel stands, how far every area is scrolled, and which steps are in sight."""
    panels = {name: place(window, panel) for name, panel in window.panels.items() if panel.isVisible()}
    bars = [area.verticalScrollBar().value() for area in window.findChildren(QAbstractScrollArea)]
    return panels, bars, (window.session.columns.start, window.session.columns.span)


@pytest.fixture(scope="module")
def sentence():
    return "This message is about something that may take two lines, since it has to say what is wrong and what to do."


@pytest.mark.parametrize("size", SIZES)
def test_a_message_moves_nothing_and_leaves_the_controls_free(drive, size, sentence):
    driver = drive(size=size)
    window = driver.window
    before = places(window)
    for k in range(MOST + 3):
        driver.session.message.emit(f"{k}. {sentence}")
    QApplication.processEvents()
    assert places(window) == before
    toasts = window.toasts
    assert [text[0] for text in toasts.texts()] == ["0", "1"], "the others wait"
    box = place(window, toasts)
    assert place(window, window.stage).contains(box)
    assert not box.intersects(place(window, window.panels["timeline"]))
    boxes = [place(window, toast) for toast in toasts.toasts()]
    assert all(not a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])
    for toast in toasts.toasts():
        label = toast._label
        assert label.height() >= label.heightForWidth(label.width())
    toasts.clear()


def test_a_long_message_stays_longer():
    assert SHORTEST_MS < reading_ms("Saved.") < reading_ms("Saved as a.json.") < reading_ms("word " * 30) == LONGEST_MS


def headings(window):
    """Every heading of a picture in sight, with its tabs and legends, and what the chain's colours mean."""
    found = {}
    for picture in window.stage.pictures:
        if not picture.isVisible():
            continue
        for card in picture.findChildren(Card):
            header = card.header.geometry()
            if card.isVisible() and header.height() > 0:
                found[picture.name, header.y()] = header.translated(card.mapTo(window, QPoint(0, 0)))
    chain = window.panels["chain"]
    if chain.isVisible():
        corner, zoom, view = chain.mapTo(window, QPoint(0, 0)), chain.zoom, chain.view
        high = view.around.legend * view.frame.line
        legend = QRectF(0, view.rect.height() - high - 2, view.rect.width(), high)
        for name, room in (("legend", legend), ("title", view.frame.title_place())):
            scaled = QRectF(room.x() * zoom, room.y() * zoom, room.width() * zoom, room.height() * zoom)
            found["chain", name] = scaled.toRect().translated(corner)
    return found


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("size", SIZES)
def test_a_message_covers_no_heading_tab_or_legend(drive, size, theme):
    """Neither where a training, attention or many pictures stand below the chain."""
    driver = drive(Experiment(steps=6), size=size, theme=theme)
    window, session = driver.window, driver.session
    for step in ("chain", "training", "attention"):
        if step == "training":
            session.trainer.set_plan(length=2)
            session.trainer.toggle()
            while session.trainer.busy:
                window.player.frame()
        elif step == "attention":
            session.change(lambda: natural("reverse", structure="attention"))
        driver.settle(3)
        session.message.emit("")
        for text in ("Saved as a.json.", "Another one that is somewhat longer than the first, as most of them are."):
            session.message.emit(text)
        QApplication.processEvents()
        assert len(window.toasts.toasts()) == MOST
        taken = headings(window)
        assert taken
        for toast in window.toasts.toasts():
            box = place(window, toast)
            assert place(window, window.stage).contains(box)
            assert {name for name, room in taken.items() if room.intersects(box)} == set(), (step, size)
    window.present()
    QApplication.processEvents()
    assert place(window, window.stage).contains(place(window, window.toasts))


def test_a_message_stands_over_the_lowest_picture_that_has_room(drive):
    driver = drive(Experiment(steps=6), size=(1366, 768))
    window = driver.window
    driver.session.message.emit("Saved as a.json.")
    QApplication.processEvents()
    shown = [each for each in window.stage.pictures if each.isVisible()]
    over = [each.name for each in shown if place(window, each).intersects(place(window, window.toasts))]
    low, high = window.stage.bands()[0]
    assert len(shown) > 2 and high - low < window.toasts.height(), "the lowest of all has no room"
    assert over == [shown[-2].name]


def test_messages_come_one_after_the_other_and_go_by_themselves(drive):
    driver = drive()
    toasts = driver.window.toasts
    for text in "abcde":
        driver.session.message.emit(text)
    assert toasts.texts() == ["a", "b"]
    for toast in toasts.toasts():
        assert toast._timer.isActive() and toast._timer.interval() == reading_ms("a")
    toasts.toasts()[0]._timer.timeout.emit()
    assert toasts.texts() == ["b", "c"]
    driver.key(Qt.Key.Key_Escape)
    assert toasts.texts() == ["b", "d"], "Esc takes the newest away, and what waited comes"
    QTest.mouseClick(toasts.toasts()[0]._label, Qt.MouseButton.LeftButton)
    assert toasts.texts() == ["d", "e"], "so does a click anywhere on one"
    driver.session.message.emit("")
    assert toasts.texts() == [] and not toasts.isVisible()


def test_the_same_message_again_is_not_told_twice(drive):
    driver = drive()
    driver.session.message.emit("once")
    driver.session.message.emit("once")
    assert driver.window.toasts.texts() == ["once"]


def test_a_message_says_itself_to_a_screen_reader_and_waits_while_the_mouse_is_on_it(drive):
    driver = drive()
    driver.session.message.emit("Saved as a.json.")
    toast = driver.window.toasts.toasts()[0]
    assert toast.accessibleName() == "Saved as a.json."
    assert [button.accessibleName() for button in toast.buttons] == ["This message"]
    middle = toast.rect().center()
    QApplication.sendEvent(toast, QEnterEvent(middle, middle, toast.mapToGlobal(middle)))
    assert not toast._timer.isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast._timer.isActive()


def test_undo_takes_back_what_the_message_tells_of(drive):
    driver = drive(Experiment(steps=6))
    driver.key(Qt.Key.Key_P)
    driver.key(Qt.Key.Key_P, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert not driver.session.pins
    toast = driver.window.toasts.toasts()[-1]
    assert "unpinned" in toast.message.text
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    driver.settle()
    assert len(driver.session.pins) == 1
    assert driver.window.toasts.texts() == []


def test_undo_of_an_older_message_takes_back_nothing_else(drive):
    driver = drive(Experiment(steps=6))
    driver.key(Qt.Key.Key_H, modifier=Qt.KeyboardModifier.ControlModifier)
    assert driver.session.trace.experiment.hidden == 1
    toast = driver.window.toasts.toasts()[-1]
    driver.session.change(w_gain=0.3)
    driver.settle()
    QTest.mouseClick(toast.buttons[0], Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.session.experiment.w_gain == 0.3
    assert "since" in driver.window.toasts.texts()[-1]


@pytest.mark.parametrize("size", SIZES)
def test_selecting_and_clearing_scroll_and_move_nothing(drive, size):
    driver = drive(Experiment(steps=9), size=size)
    window, session = driver.window, driver.session
    inspector = window.panels["inspector"].area.verticalScrollBar()
    for end in (0.0, session.timeline.last):
        session.seek(end)
        session.select(Selection("h", 1))  # so that every picture has its place, whatever the playhead has just brought
        session.select(None)
        driver.settle(4)
        inspector.setValue(0)
        panels, bars, columns = places(window)
        for chosen in (Selection("h", 3), Selection("s", 9), Selection("x", 1), None, Selection("s", 2), None):
            session.select(chosen)
            driver.settle()
            now = places(window)
            assert {name: box for name, box in now[0].items() if box != panels[name]} == {}
            assert now[1:] == (bars, columns)


def test_a_message_under_the_mouse_does_not_hold_up_those_that_wait(drive):
    driver = drive()
    toasts = driver.window.toasts
    for k in range(MOST):
        driver.session.message.emit(f"Message {k}.")
    for toast in toasts.toasts():
        spot = QPoint(1, 1).toPointF()
        toast.enterEvent(QEnterEvent(spot, spot, spot))
        assert not toast._timer.isActive()
    driver.session.message.emit("The newest one.")
    assert all(toast._timer.isActive() for toast in toasts.toasts())
    toasts.clear()
