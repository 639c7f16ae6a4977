"""A matrix that is painted with the mouse and the keys, and what a screen reader is told of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from explorer.items.plots.painted_cells import PaintedCells, numbered
from explorer.style.theme import LIGHT

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def cells(qtbot):
    made = PaintedCells()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(640, 140)
    made.set_cells(4, 5, "written", "read")
    return made


def spot(cells, i, j):
    return (cells.box(i, j).center() * cells.zoom).toPoint()


def test_a_quick_mouse_paints_what_it_passes_and_wipes_what_it_began_on(cells):
    QTest.mousePress(cells, LEFT, pos=spot(cells, 0, 3))
    QTest.mouseMove(cells, spot(cells, 3, 0))
    QTest.mouseRelease(cells, LEFT, pos=spot(cells, 3, 0))
    assert cells.painted == {(0, 3), (1, 2), (2, 1), (3, 0)}
    QTest.mousePress(cells, LEFT, pos=spot(cells, 2, 1))
    QTest.mouseMove(cells, spot(cells, 3, 0))
    QTest.mouseRelease(cells, LEFT, pos=spot(cells, 3, 0))
    assert cells.painted == {(0, 3), (1, 2)}
    assert cells.cell_at(QPointF(639.0, 70.0)) is None


def test_keys_move_and_paint_and_every_cell_has_its_sentence(cells):
    for key in (Key.Key_Down, Key.Key_Right, Key.Key_Space, Key.Key_Left, Key.Key_Left):
        QTest.keyClick(cells, key)
    assert cells.painted == {(1, 1)} and cells.at == (1, 0)
    items = cells.accessible_items
    assert items.count() == 20 and items.focus() == 5
    assert [items.sentence(k) for k in (5, 6)] == ["written 2, read 1: not painted", "written 2, read 2: painted"]
    assert cells.accessibleDescription() == "written 2, read 1: not painted. 1 of 20 cells are painted."
    assert all(cells.rect().contains(items.box(k)) for k in range(20))


def test_over_the_truth_nothing_is_painted_and_its_numbers_are_read(cells):
    cells.show_truth({(0, 0)}, np.full((4, 5), 0.2))
    QTest.keyClick(cells, Key.Key_Space)
    QTest.mouseClick(cells, LEFT, pos=spot(cells, 2, 2))
    assert cells.painted == {(0, 0)}
    QTest.keyClick(cells, Key.Key_Right)
    assert cells.accessible_items.sentence(1) == "written 1, read 2: not painted, 20 %"
    cells.grab()
    assert len(cells.legend()) == 4


@pytest.mark.parametrize(
    ("count", "size", "numbers"),
    [(5, 20, [1, 2, 3, 4, 5]), (12, 10, [2, 4, 6, 8, 10, 12]), (12, 4, [5, 10]), (13, 10, [2, 4, 6, 8, 10, 12]),
     (40, 2.0, [10, 20, 30, 40]), (3, 2.0, [1]), (1, 30.0, [1])],
)  # fmt: skip
def test_numbers_of_rows_and_columns_stand_at_even_distances(count, size, numbers):
    assert [k + 1 for k in numbered(count, size, 18.0)] == numbers
