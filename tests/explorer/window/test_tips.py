"""Every tool tip of the window says what the thing is before what a click does."""

import pytest
from PySide6.QtWidgets import QWidget

from core.experiment import natural

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
