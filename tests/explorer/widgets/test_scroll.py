"""Areas whose contents keep their width whatever there is to scroll."""

from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from explorer.style.stylesheet import stylesheet
from explorer.style.theme import theme_named
from explorer.widgets.scroll import SteadyArea


def test_the_contents_keep_their_width_and_no_height_makes_the_bar_come_and_go(qtbot):
    contents, widths = QWidget(), set()
    column = QVBoxLayout(contents)
    label = QLabel("a line that is broken somewhere, " * 12)
    label.setWordWrap(True)
    column.addWidget(label)
    column.addStretch(1)
    area = SteadyArea(contents)
    qtbot.addWidget(area)
    area.setStyleSheet(stylesheet(theme_named("light")))
    area.show()
    for height in range(40, 400, 3):
        area.resize(200, height)
        QApplication.processEvents()
        bar = area.verticalScrollBar()
        assert bar.isVisible() and bar.isEnabled() == (bar.maximum() > bar.minimum())
        widths.add(contents.width())
    assert len(widths) == 1 and not area.verticalScrollBar().isEnabled(), "at last all of it was seen"
