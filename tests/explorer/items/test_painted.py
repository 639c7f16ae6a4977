"""What painted widgets share: the focus's outline, their own keys, the legends' scales and room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from explorer.items.legends import MapLegend, decades_scale, levels_scale, values_scale
from explorer.style.colours import legend as colour_map
from explorer.style.theme import DARK, LIGHT, PROJECTOR, Theme
from explorer.widgets.painted import Painted


class Square(Painted):
    """Paints its middle."""

    own_keys, focus_radius = frozenset((Qt.Key.Key_Up,)), 0.0

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.fillRect(QRectF(self.rect()).adjusted(8, 8, -8, -8), QColor(theme.ink))


@pytest.fixture
def square(qtbot):
    """A square that can have the focus."""
    made = Square()
    qtbot.addWidget(made)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.resize(40, 40)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def colour_at(widget: QWidget, x: int, y: int) -> str:
    return widget.grab().toImage().pixelColor(x, y).name()


def test_nothing_is_painted_without_a_theme_and_the_focus_has_its_outline(square, qtbot):
    assert colour_at(square, 20, 20) != LIGHT.ink
    square.set_theme(LIGHT)
    assert colour_at(square, 20, 20) == LIGHT.ink
    square.clearFocus()
    assert colour_at(square, 1, 20) != LIGHT.focus
    square.setFocus()
    qtbot.waitUntil(square.hasFocus)
    assert colour_at(square, 1, 20) == LIGHT.focus
    square.set_theme(DARK)
    assert (colour_at(square, 20, 20), colour_at(square, 1, 20)) == (DARK.ink, DARK.focus)


@pytest.mark.parametrize(("key", "kept"), [(Qt.Key.Key_Up, True), (Qt.Key.Key_Down, False)])
def test_its_own_keys_are_kept_from_the_window(square, key, kept):
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(square, event)
    assert event.isAccepted() is kept


def test_a_legend_says_its_ends_and_is_as_wide_as_they_need(qtbot):
    legend = MapLegend(values_scale(1.0), 84, least=24)
    qtbot.addWidget(legend)
    legend.set_theme(LIGHT)
    assert legend.accessibleName() == "Colours from −1 to +1"
    narrow = legend.sizeHint().width()
    assert narrow - legend.minimumSizeHint().width() == 60
    legend.set_scale(decades_scale(-4.0, 0.0))
    assert legend.accessibleName() == "Colours from ≤ 10⁻⁴ to ≥ 1"
    assert legend.sizeHint().width() > narrow
    before = legend.sizeHint()
    legend.set_theme(replace(PROJECTOR, zoom=1.5))
    assert legend.sizeHint().width() > before.width() and legend.sizeHint().height() > before.height()


def test_a_legend_runs_over_the_whole_of_its_map(qtbot):
    legend = MapLegend(levels_scale(), 60)
    qtbot.addWidget(legend)
    legend.set_theme(LIGHT)
    legend.resize(legend.sizeHint())
    row = legend.grab().toImage()
    colours = [row.pixelColor(x, row.height() // 2).name() for x in range(row.width())]
    scale = colour_map("level", 60, LIGHT)
    wanted = [scale.pixelColor(k, 0).name() for k in range(2, 58)]  # within the frame
    start = colours.index(wanted[0])
    assert colours[start : start + len(wanted)] == wanted
