"""The bracket of the norms: its words stand inside the picture and clear of the curve, or it is not drawn."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from explorer.items.plots.bracket import Bracket, draw_bracket
from explorer.style.theme import theme_named


def drawn(
    start: tuple[float, float],
    end: tuple[float, float],
    height: float,
    taken: tuple[QRectF, ...] = (),
    others: tuple = (),
) -> tuple[QRectF, QImage]:
    """The place of the words of a bracket beside a straight curve, and the picture, 600 px wide."""
    large, small = QFont(), QFont()
    large.setPixelSize(19)
    small.setPixelSize(12)
    picture = QImage(600, round(height), QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    bracket = Bracket(QPointF(*start), QPointF(*end), "÷ 388", "in 13 steps")
    curve = np.array([end[0], start[0]]), np.array([end[1], start[1]])
    room = QRectF(0, 0, 600, height)
    place = draw_bracket(painter, bracket, theme_named("light"), large, small, room, [curve, *others], taken)
    painter.end()
    return place, picture


@pytest.mark.parametrize(("first", "last"), [(20, 180), (180, 20), (90, 110)])
def test_its_words_are_clear_of_the_curve(first, last):
    place, picture = drawn((560.0, first), (40.0, last), 200.0)
    assert not place.isEmpty() and QRectF(0, 0, 600, 200).contains(place)
    x = np.linspace(place.left(), place.right(), 50)
    y = np.interp(x, [40, 560], [last, first])
    assert not ((y > place.top()) & (y < place.bottom())).any()
    assert any(picture.pixelColor(int(v), first).lightness() < 200 for v in x)  # its level part


def test_without_room_for_its_words_nothing_is_drawn():
    place, picture = drawn((560.0, 8.0), (40.0, 16.0), 24.0)
    assert place.isEmpty()
    assert all(picture.pixelColor(x, y).lightness() == 255 for x in range(0, 600, 7) for y in range(24))


def test_its_words_are_clear_of_what_is_written_there_already():
    label = QRectF(40, 0, 200, 100)  # a pinned run's, in the corner of the bracket
    place, _ = drawn((560.0, 20.0), (40.0, 180.0), 200.0, (label,))
    free, _ = drawn((560.0, 20.0), (40.0, 180.0), 200.0)
    assert label.intersects(free) and not place.isEmpty() and not label.intersects(place)


def test_its_words_are_clear_of_other_curves_where_there_is_such_a_place():
    def crossed(place, line):
        x = np.linspace(place.left(), place.right(), 50)
        y = np.interp(x, *line)
        return bool(((y > place.top()) & (y < place.bottom())).any())

    falling = np.array([40.0, 560.0]), np.array([20.0, 180.0])
    free, _ = drawn((560.0, 20.0), (40.0, 180.0), 200.0)
    place, _ = drawn((560.0, 20.0), (40.0, 180.0), 200.0, others=(falling,))
    assert crossed(free, falling) and not place.isEmpty() and not crossed(place, falling)
    everywhere = tuple((np.array([40.0, 560.0]), np.array([y, y])) for y in np.arange(0.0, 200.0, 6.0))
    assert drawn((560.0, 20.0), (40.0, 180.0), 200.0, others=everywhere)[0].isEmpty()
