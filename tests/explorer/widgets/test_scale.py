"""Scales of sliders: whole numbers, decades, and what is no scale."""

from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.widgets.scale import Scale


@given(st.integers(-1000, 1000), st.integers(1, 2000))
def test_every_position_of_a_whole_number_scale_is_a_whole_number(low, span):
    scale = Scale(low, low + span, "int")
    assert [scale.value(p) for p in (0, scale.positions)] == [low, low + span]
    for position in (0, 1, span // 2, span):
        assert scale.position(scale.value(position)) == position
        assert isinstance(scale.value(position), int)


@given(st.integers(-9, 3), st.integers(1, 9))
def test_a_log_scale_has_exact_ends_and_reads_easily_between(low, decades):
    scale = Scale(10.0**low, 10.0 ** (low + decades), "log")
    values = [scale.value(p) for p in range(scale.positions + 1)]
    assert (values[0], values[-1]) == (scale.low, scale.high)
    assert values == sorted(values)
    assert [scale.position(v) for v in values] == list(range(scale.positions + 1))
    middle = scale.value(scale.positions // 2)
    assert abs(log10(middle) - low - decades / 2) < 0.1


def test_a_linear_scale_has_no_stray_digits():
    scale = Scale(0.0, 2.0, step=0.01)
    assert all(scale.value(p) == round(p / 100, 2) for p in range(201))
    assert [scale.text(v) for v in (0.8, 0.0, 2.0, 0.8125, -0.5)] == ["0.80", "0", "2.00", "0.8125", "−0.50"]
    assert [Scale(1e-6, 100, "log").text(v) for v in (1e-6, 3e-5, 1.0, 0.25, 100.0)] == [
        "1·10⁻⁶",
        "3·10⁻⁵",
        "1",
        "0.25",
        "100",
    ]


@pytest.mark.parametrize(
    "bad", [(1, 1), (2, 1), (0, 1, "log"), (0, 1, "float", 0), (0, 1, "square"), (0, float("inf"))]
)
def test_a_scale_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="scale"):
        Scale(*bad)
