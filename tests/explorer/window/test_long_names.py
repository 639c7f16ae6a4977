"""No book's names make the columns beside the pictures wider than they are: they are cut, with all of it in the tip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from core.experiment import Experiment
from core.faults import FAULTS
from core.notation.books import NOTATIONS
from explorer.session.selection import Selection
from tests.explorer.driving import Driver, come_to_rest

SIZES = ((1366, 768), (1920, 1080), (960, 600))


def too_wide(driver: Driver) -> list[str]:
    """What reaches over the right edge of a panel beside the pictures."""
    found = []
    for side in driver.window.docks:
        for panel in (each for each in side.panels if each.isVisible()):
            for child in panel.findChildren(QWidget):
                right = child.mapTo(panel, QPoint(child.width(), 0)).x()
                if child.isVisible() and right > panel.width():
                    found.append(f"{panel.name}: {type(child).__name__} by {right - panel.width()} px")
    return found


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_the_columns_keep_what_is_in_them_in_every_notation(drive, cell):
    driver = drive(Experiment(cell=cell, steps=3, hidden=2))
    window, session = driver.window, driver.session
    weights, inspector = window.panels["weights"], window.panels["inspector"]
    key = next(iter(name for name in session.trace.named_parameters(session.trace.parameters) if ".W" in name))
    session.select(Selection("h" if cell == "tanh" else "gates", 2, parameter=key, entry=(1, 1)))
    for size in SIZES:
        window.resize(*size)
        for book in NOTATIONS:
            session.set_view(notation=book.name)
            for end in (session.timeline.complete, session.timeline.last):
                session.seek(end)
                driver.settle()
                place = f"{size} {book.name} {end}"
                assert too_wide(driver) == [], place
                heading = weights.heading
                if weights.isVisible() and heading.isVisible():
                    assert heading.fontMetrics().horizontalAdvance(heading.text()) <= heading.width(), place
                    moves = weights.moves
                    over = (moves.over_change, moves.over_after) if moves.shown else (weights.sum.over,)
                    for label in (weights.over_map, *over):
                        assert label.text(), place
                        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width() + 1, place
                if inspector.isVisible():
                    assert ", 2]" in inspector.heading.drawn(), place
    come_to_rest(window)


def test_the_textbooks_errors_are_legible_in_every_notation(drive):
    driver = drive(Experiment(steps=3, hidden=2, fault="dh1-without-dh2", layers=2))
    session, panel = driver.session, driver.window.panels["experiment"]
    panel.reveal("fault")
    box = panel.rows["fault"].combo
    assert box.shown().endswith("…") and box.currentText().startswith(box.shown()[:-1].rstrip())
    for book in NOTATIONS:
        session.set_view(notation=book.name)
        driver.settle()
        box.widen()
        metrics = box.view().fontMetrics()
        assert box.count() == len(FAULTS) + 1
        assert max(metrics.horizontalAdvance(box.itemText(k)) for k in range(box.count())) < box.view().minimumWidth()
    session.set_view(notation="ng")
    assert "db_a left out" in [box.itemText(k) for k in range(box.count())]
