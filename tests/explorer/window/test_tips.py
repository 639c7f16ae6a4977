"""Every tool tip of the window says what the thing is before what a click does."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from core.experiment import Experiment, natural
from explorer.panels.chain.hover import node_tip

ORDERS = (
    "Add", "Cancel", "Change", "Choose", "Clear", "Click", "Close", "Copy", "Drag", "Edit", "Export", "Hide", "Hold",
    "Keep", "Lock", "Make", "Mark", "Open", "Pin", "Press", "Put", "Read", "Remove", "Reset", "Reveal", "Select",
    "Show", "Shows", "Switch", "Type", "Unpin", "Use", "A click",
)  # fmt: skip


@pytest.mark.parametrize(
    ("task", "cell"), [("last-step", "tanh"), ("next-character", "lstm"), ("echo", "gru"), ("sine", "esn")]
)
def test_no_tool_tip_begins_with_an_order(drive, task, cell):
    driver = drive(natural(task, cell=cell, steps=5, hidden=3, loss_at="every"), size=(1600, 1000))
    panel = driver.window.panels["experiment"]
    panel.choose(dict.fromkeys(panel.sections, True))
    driver.session.seek(driver.session.timeline.complete)
    driver.settle(2)
    tips = {widget.toolTip() for widget in driver.window.findChildren(QWidget) if widget.toolTip()}
    assert len(tips) > 60
    assert [tip for tip in tips if tip.partition(" ")[0] in ORDERS or tip.startswith("A click")] == []
    assert [tip for tip in tips if "{" in tip or not tip.strip()] == []


def ask(widget: QWidget, at: QPoint) -> None:
    """The mouse rests at a place of a widget, so that it shows its tip."""
    place = widget.mapToGlobal(at)
    QCursor.setPos(place)
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, place))


def test_an_open_tip_follows_the_playhead_and_the_run(drive):
    driver = drive(Experiment(steps=6, hidden=2))
    session, window = driver.session, driver.window
    line = session.timeline
    session.seek(line.complete)
    driver.settle(2)
    claim, chain = window.panels["claim"], window.panels["chain"]
    ask(claim, claim.rect().center())
    seen = []
    for position in (line.complete, 2.0, 3.0, float(line.beats + 1), line.complete - 2.0):
        session.seek(position)
        driver.settle()
        assert QToolTip.isVisible() and QToolTip.text() == "\n".join((claim.headline, *claim.reasons))
        seen.append(QToolTip.text())
    assert len(set(seen)) == len(seen)
    node = chain.view.layout.node(chain.view.scene.names["s"], 4)
    at = chain.outer(node).center()
    QCursor.setPos(chain.mapToGlobal(at))
    QTest.mouseMove(chain, at)
    chain.hover.show_now()
    shown = []
    for change in (lambda: session.seek(2.0), lambda: session.seek(5.0), lambda: session.seek(line.complete - 1.0),
                   lambda: session.change(w_gain=2.0)):  # fmt: skip
        change()
        driver.settle(2)
        assert QToolTip.text() == node_tip(session, ("s", 4))
        shown.append(QToolTip.text())
    assert len(set(shown)) == len(shown)
    QToolTip.hideText()


def test_a_tip_that_does_not_change_stays_and_one_of_nothing_goes(drive, qtbot):
    driver = drive(Experiment(steps=6, hidden=2))
    button = driver.window.panels["timeline"].loop
    ask(button, button.rect().center())
    before = QToolTip.text()
    driver.key(Qt.Key.Key_Left)
    assert QToolTip.isVisible() and QToolTip.text() == before
    QCursor.setPos(driver.window.mapToGlobal(QPoint(-50, -50)))  # it is under the mouse no longer
    driver.key(Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: not QToolTip.isVisible())  # Qt lets it go a moment later
