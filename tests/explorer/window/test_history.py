"""The history as a line of years: nothing is cut or crossed at any width, and a year is shown as an experiment."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from core.glossary import glossary
from explorer.items.plots.event_line import lanes, spread
from explorer.style.theme import THEMES
from explorer.window.history import HistoryDialog

EVENTS = glossary().event
LSTM = next(k for k, event in enumerate(EVENTS) if event.name == "LSTM")
Key = Qt.Key


def test_years_lie_to_scale_and_a_long_time_without_an_event_is_cut_short():
    assert spread([1948, 1986, 1986, 1990]) == [0.0, 3.0, 3.0, 7.0]


def test_a_name_lies_above_every_later_one_that_begins_over_it():
    assert lanes([0, 10, 30], [15, 5, 5]) == [1, 0, 0] and lanes([0, 0, 0], [5, 5, 5]) == [2, 1, 0]


@pytest.fixture(scope="module")
def over(qapp):
    """A plain window to open it over."""
    made = QWidget()
    yield made
    made.deleteLater()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("width", [960, 1024, 1366, 1920, 2560])
def test_no_name_is_cut_or_crossed(over, theme, width):
    over.resize(width, 700)
    dialog = HistoryDialog(over, EVENTS, theme, print)
    dialog.show()
    line = dialog.line
    placed = line.placed()
    assert len(placed) == len(EVENTS) and dialog.width() <= width
    assert dialog.height() < line.height() + dialog.said.height() + dialog.hint.height() + 50
    for k, each in enumerate(placed):
        assert QRectF(line.rect()).contains(each.room)
        for other in (*placed[:k], *placed[k + 1 :]):
            assert not each.room.intersects(other.room)
            crossed = each.room.left() < other.x < each.room.right() and other.room.top() < each.room.top()
            assert not crossed
    dialog.close()


def test_keys_and_mouse_look_at_a_year_and_show_it(over, qtbot):
    over.resize(1000, 700)
    shown = []
    dialog = HistoryDialog(over, EVENTS, THEMES[0], shown.append)
    dialog.show()
    line = dialog.line
    QTest.keyClick(line, Key.Key_End)
    assert dialog.said.text().startswith("2017   Transformer: ") and line.accessibleDescription() == dialog.said.text()
    QTest.keyClick(line, Key.Key_Home)
    QTest.keyClick(line, Key.Key_Left)
    assert line.at == 0
    QTest.mouseMove(line, line.placed()[LSTM].room.center().toPoint())
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=line.placed()[LSTM].room.center().toPoint())
    qtbot.waitUntil(lambda: bool(shown))
    assert shown == [EVENTS[LSTM]]
