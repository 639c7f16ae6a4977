"""Clipping as two arrows: their angle and lengths are those of the gradients, and the words say the same."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.maths.clipping import Turn, clip, turn_of
from explorer.items.plots.clip_arrows import LEAST, ClipArrows, angle_text
from explorer.style.numbers import number, power
from explorer.style.theme import DARK, LIGHT
from tests.explorer.pixels import shot


@pytest.fixture
def arrows(qapp):
    made = ClipArrows()
    made.show()  # a widget that was never shown gets no event of its size
    yield made
    made.close()
    made.deleteLater()


def shown(arrows, turn, rises, theme=LIGHT, width=220):
    arrows.set_theme(theme)
    arrows.set_turn(turn, rises)
    arrows.resize(width, arrows.sizeHint().height())
    return arrows.arrows()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(-9.0, 9.0), min_size=1, max_size=30), st.floats(0.01, 9.0), st.sampled_from([120, 220, 400]))
def test_by_value_both_arrows_are_drawn_as_the_gradients_lie_and_stay_inside(arrows, entries, limit, width):
    assume(max(map(abs, entries)) > 1e-3)
    before = {"W": np.array(entries)}
    after = clip(before, value=limit)[0]
    start, first, used = shown(arrows, turn_of(before, after), True, width=width)
    a, b = np.array(entries), after["W"]
    along, up = (used - start).x(), start.y() - used.y()
    cosine = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    assert along / math.hypot(along, up) == pytest.approx(cosine, abs=1e-9)
    if arrows.to_scale:
        drawn = math.hypot(along, up) / (first - start).x()
        assert drawn == pytest.approx(math.sqrt(float(b @ b) / float(a @ a)), rel=1e-9)
    else:
        assert math.hypot(along, up) == pytest.approx(LEAST) and "drawn longer" in arrows.accessibleName()
    room = arrows.rect()
    for at in (start, first, used):
        assert room.left() <= at.x() <= room.right() and arrows._type.height <= at.y() < room.bottom()


def test_by_norm_both_lie_on_one_line(arrows):
    before = {"W": np.array([3.0, -4.0]), "b": np.array([12.0])}
    start, first, used = shown(arrows, turn_of(before, clip(before, norm=6.5)[0]), False)
    assert used.y() == pytest.approx(start.y()) and first.y() == start.y()
    assert (used - start).x() == pytest.approx((first - start).x() / 2)
    assert arrows.captions() == ("turned by 0°", "length × 0.500") and "1.30·10¹ → 6.50·10⁰" in arrows.accessibleName()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_another_turn_is_another_picture_and_its_words_have_room(arrows, theme):
    pictures = []
    for turn in (Turn(2.0, 1.0, 0.5, 0.0), Turn(2.0, 1.0, 0.5, 40.0), Turn(2.0, 2e-12, 1e-12, 51.7)):
        shown(arrows, turn, True, theme)
        pictures.append(shot(arrows))
        assert angle_text(turn.degrees) in arrows.accessibleName() and number(turn.factor) in arrows.accessibleName()
        texts = [*arrows.captions(), f"used {power(turn.after)}, drawn longer"]
        assert max(arrows._type.bold_width(text) for text in texts) <= arrows.width() - 12
    assert len({bytes(each.constBits()) for each in pictures}) == 3


def test_rounding_is_no_angle_and_a_small_one_is_one():
    assert (angle_text(0.0), angle_text(1e-14), angle_text(0.00123)) == ("0°", "0°", "0.00123°")
