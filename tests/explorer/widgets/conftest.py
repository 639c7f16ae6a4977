"""Controls that are on the screen."""

import pytest
from PySide6.QtWidgets import QWidget

from explorer.style.stylesheet import stylesheet
from explorer.style.theme import LIGHT
from explorer.widgets.segmented import SegmentedControl
from tests.explorer.widgets.shown import CELLS


@pytest.fixture
def shown(qtbot):
    def show(widget: QWidget) -> QWidget:
        qtbot.addWidget(widget)
        widget.setStyleSheet(stylesheet(LIGHT))
        widget.resize(260, widget.sizeHint().height())
        with qtbot.waitActive(widget):
            widget.show()
            widget.activateWindow()
        return widget

    return show


@pytest.fixture
def cells(shown):
    return shown(SegmentedControl(CELLS))
