"""The marks beside colours: each has a shape of its own, and stands only where it says something."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.items.hatch import draw_hatch
from explorer.items.plots.norms import Curve, Frame, draw_dot
from explorer.items.signs import (
    MINUS,
    NAN,
    NONE,
    PLUS,
    UNDERFLOW,
    ZERO,
    draw_signs,
    gradient_signs,
    value_signs,
)
from explorer.style.meanings import DOTS
from explorer.style.theme import LIGHT, THEMES
from tests.explorer.pixels import pixels


def painted(draw, width=24, height=24, ground="#ffffff") -> np.ndarray:
    """Where something is painted, (height, width) bool."""
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(QColor(ground))
    before = pixels(picture).copy()
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()
    return np.abs(pixels(picture) - before).max(axis=2) > 60


def sign_of(sign, theme=LIGHT, size=24.0) -> np.ndarray:
    colour = np.array([[QColor("#ffffff").rgb()]], dtype=np.uint32)
    code = np.array([[sign]], dtype=np.int8)
    return painted(lambda p: draw_signs(p, QRectF(0, 0, size, size), code, colour, theme), round(size), round(size))


def test_a_gradient_has_its_sign_where_it_has_ink():
    values = [0.5, -0.5, 1e-4, -1e-9, 0.0, -0.0, np.nan, np.inf, -np.inf]
    assert gradient_signs(values, 1e-4).tolist() == [PLUS, MINUS, NONE, NONE, ZERO, ZERO, NAN, PLUS, MINUS]
    small = gradient_signs([0.0, 0.0, 1.0], 1e-4, [True, False, True])
    assert small.tolist() == [UNDERFLOW, ZERO, PLUS]


def test_a_value_has_one_only_where_it_is_no_ordinary_number():
    assert value_signs([0.0, -3.0, 1e-300]) is None
    assert value_signs([0.0, 1.0], [False, False]) is None
    found = value_signs([0.0, 0.0, 2.0, np.nan, np.inf, -np.inf], [True, False, False, False, False, False])
    assert found is not None and found.tolist() == [UNDERFLOW, NONE, NONE, NAN, PLUS, MINUS]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_sign_has_a_shape_of_its_own(qapp, theme):
    shapes = {sign: sign_of(sign, theme) for sign in (PLUS, MINUS, ZERO, UNDERFLOW, NAN)}
    assert not sign_of(NONE, theme).any()
    for (a, one), (b, other) in itertools.combinations(shapes.items(), 2):
        assert (one ^ other).sum() >= 5, (a, b)
    assert not shapes[ZERO][12, 12], "a ring is open in the middle"


def test_a_field_that_is_too_small_has_none(qapp):
    assert not sign_of(PLUS, size=5.0).any()


def test_a_hatch_leaves_most_of_the_colour_and_can_be_seen(qapp):
    box = QRectF(0, 0, 40, 24)
    seen = painted(lambda p: draw_hatch(p, [box], LIGHT), 40, 24, LIGHT.growth[0])
    assert 0.05 < seen.mean() < 0.5


def test_every_pinned_run_has_dots_of_its_own(qapp):
    frame = Frame(QRectF(0, 0, 24, 24), 0.0, 24.0, 0, 1)
    shapes = []
    for pin in range(len(DOTS)):
        curve = Curve(np.array([0.5]), "", "#000000", "#000000", 1.8, False, True, False, pin)
        shapes.append(painted(lambda p, curve=curve: draw_dot(p, curve, frame, 1, LIGHT)))
    assert min((a ^ b).sum() for a, b in itertools.combinations(shapes, 2)) >= 4
    assert all(shape.any() for shape in shapes)
    assert QPointF(float(frame.x(1.0)), float(frame.y(0.5))) == QPointF(12.0, 12.0)
