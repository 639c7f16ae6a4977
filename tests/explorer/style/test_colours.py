"""Numbers to colours: every class its own colour, no float a warning, one number and many agree."""

import gc
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PySide6.QtGui import QColor

from explorer.style.colours import (
    gradient_colour,
    gradient_colours,
    image,
    ink_on,
    legend,
    level_colours,
    value_colour,
    value_colours,
)
from explorer.style.theme import DARK, LIGHT, PROJECTOR_DARK, THEMES

SUBNORMAL, HUGE = 5e-324, sys.float_info.max
FLOATS = st.one_of(
    st.floats(), st.sampled_from([0.0, -0.0, SUBNORMAL, -SUBNORMAL, HUGE, -HUGE, np.inf, -np.inf, np.nan])
)
LIMITS = st.floats(SUBNORMAL, HUGE)
DECADES = st.tuples(st.integers(-330, 307), st.integers(1, 40)).map(lambda pair: (pair[0], pair[0] + pair[1]))
themes = pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")


def packed(colour: str) -> int:
    return QColor(colour).rgb()


@given(arrays(np.float64, st.integers(0, 20), elements=FLOATS), LIMITS, DECADES, st.sampled_from(THEMES))
def test_one_number_and_many_agree(values, limit, decades, theme):
    assert value_colours(values, limit, theme).tolist() == [
        value_colour(v, limit, theme).rgb() for v in values.tolist()
    ]
    several = gradient_colours(values, *decades, theme)
    assert several.tolist() == [gradient_colour(v, *decades, theme).rgb() for v in values.tolist()]


@given(arrays(np.float64, (3, 4), elements=FLOATS), LIMITS, DECADES, st.sampled_from(THEMES))
def test_every_class_has_its_colour_and_keeps_it_to_itself(values, limit, decades, theme):
    for colours in (value_colours(values, limit, theme), gradient_colours(values, *decades, theme)):
        assert colours.shape == values.shape
        assert colours.dtype == np.uint32
        assert (colours >> 24 == 255).all()
        assert ((colours == packed(theme.nan)) == np.isnan(values)).all()
        assert ((colours == packed(theme.plus_inf)) == (values == np.inf)).all()
        assert ((colours == packed(theme.minus_inf)) == (values == -np.inf)).all()
        assert ((colours == packed(theme.zero)) == (values == 0)).all()
        assert (colours != packed(theme.underflow)).all()


@themes
def test_no_map_contains_a_special_colour(theme):
    special = {packed(c) for c in (theme.zero, theme.underflow, theme.plus_inf, theme.minus_inf, theme.nan)}
    assert len(special) == 5
    for kind in ("value", "gradient", "level"):
        picture = legend(kind, 1021, theme)
        assert not special & {picture.pixel(x, 0) for x in range(1021)}


@themes
def test_a_marked_zero_is_underflow_and_nothing_else_is(theme):
    values = np.array([0.0, 0.0, 1e-200, np.nan, np.inf])
    marked = np.array([True, False, True, True, True])
    for plain, masked in (
        (value_colours(values, 1, theme), value_colours(values, 1, theme, marked)),
        (gradient_colours(values, -4, 0, theme), gradient_colours(values, -4, 0, theme, marked)),
    ):
        assert masked[0] == packed(theme.underflow)
        assert (masked[1:] == plain[1:]).all()


@themes
def test_the_value_map_is_centred_at_zero_and_clipped(theme):
    low, paper, high = value_colours([-7.0, 1e-9, 7.0], 2.0, theme).tolist()
    assert [low, paper, high] == [packed(theme.value_low), packed(theme.value_zero), packed(theme.value_high)]
    assert value_colour(-2.0, 2.0, theme).rgb() == low
    assert value_colour(2.0, 2.0, theme).rgb() == high


@themes
def test_a_gradient_that_vanished_loses_its_ink(theme):
    sizes = 10.0 ** np.linspace(-6, 1, 60)
    colours = gradient_colours(sizes, -4, 0, theme)
    assert (colours == gradient_colours(-sizes, -4, 0, theme)).all()
    assert (colours[sizes <= 1e-4] == packed(theme.gradient[0])).all()
    assert (colours[sizes >= 1] == packed(theme.gradient[2])).all()
    light = [QColor(int(c)).lightnessF() for c in colours]
    assert sorted(light, reverse=not theme.dark) == light


@themes
def test_a_gate_is_a_level_not_centred_at_zero(theme):
    assert level_colours([-1.0, 0.0], theme).tolist() == [packed(theme.level_low)] * 2
    assert level_colours([1.0, 2.0], theme).tolist() == [packed(theme.level_high)] * 2
    assert level_colours([np.nan], theme).tolist() == [packed(theme.nan)]


def test_integers_scalars_and_single_precision_are_numbers_too():
    assert value_colours(3, 5, LIGHT).shape == ()
    assert (value_colours(np.array([-2, 0, 2]), 2, LIGHT) == value_colours([-2.0, 0.0, 2.0], 2.0, LIGHT)).all()
    assert (gradient_colours(np.float32([0.5, 1]), -4, 0, LIGHT) == gradient_colours([0.5, 1.0], -4, 0, LIGHT)).all()


@pytest.mark.parametrize("limit", [0.0, -1.0, np.inf, np.nan])
def test_a_limit_that_is_no_range_is_refused(limit):
    with pytest.raises(ValueError, match="positive and finite"):
        value_colours([1.0], limit, LIGHT)
    with pytest.raises(ValueError, match="positive and finite"):
        value_colour(1.0, limit, LIGHT)


@pytest.mark.parametrize("decades", [(0, 0), (1, -1), (np.nan, 0), (-np.inf, 0)])
def test_decades_that_are_no_range_are_refused(decades):
    with pytest.raises(ValueError, match="decade"):
        gradient_colours([1.0], *decades, LIGHT)
    with pytest.raises(ValueError, match="decade"):
        gradient_colour(1.0, *decades, LIGHT)


def test_a_picture_has_the_rows_and_columns_of_its_array_and_its_own_memory():
    colours = value_colours(np.linspace(-1, 1, 15).reshape(3, 5), 1, LIGHT)
    expected = colours.tolist()
    picture = image(colours)
    transposed = image(colours.T)
    colours[:] = 0
    del colours
    gc.collect()
    assert (picture.width(), picture.height()) == (5, 3)
    assert [[picture.pixel(x, y) for x in range(5)] for y in range(3)] == expected
    assert [[transposed.pixel(y, x) for x in range(5)] for y in range(3)] == expected
    assert image(np.empty((0, 4), np.uint32)).isNull()
    with pytest.raises(ValueError, match="rows and columns"):
        image(np.zeros(3, np.uint32))


def test_a_legend_shows_the_map_from_end_to_end():
    picture = legend("gradient", 80, DARK, height=10)
    assert (picture.width(), picture.height()) == (80, 10)
    assert picture.pixel(0, 9) == packed(DARK.gradient[0])
    assert picture.pixel(79, 0) == packed(DARK.gradient[2])
    assert legend("value", 0, DARK).width() == 1
    with pytest.raises(ValueError, match="value, gradient, level"):
        legend("rainbow", 80, DARK)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_ink_is_readable_on_any_colour(rgb):
    def luminance(colour: QColor) -> float:
        c = np.array(colour.getRgbF()[:3])
        return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    ground = QColor(*rgb)
    low, high = sorted((luminance(ground), luminance(ink_on(ground))))
    assert (high + 0.05) / (low + 0.05) >= 4.5
