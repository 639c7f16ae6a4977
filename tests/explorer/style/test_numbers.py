"""Numbers as text: exact words, carries, and nothing that is not 0 shown as 0."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.style.numbers import (
    count,
    number,
    parse,
    plain,
    power,
    spoken,
    superscript,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
BACK = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def read(text: str) -> float:
    mantissa, _, exponent = text.translate(BACK).partition("·10")
    return float(f"{mantissa}e{exponent or 0}")


@pytest.mark.parametrize(
    ("v", "text"),
    [
        (0.00254, "2.54·10⁻³"),
        (-0.00254, "−2.54·10⁻³"),
        (9.999, "1.00·10¹"),
        (1.0, "1.00·10⁰"),
        (1e-200, "1.00·10⁻²⁰⁰"),
        (5e-324, "4.94·10⁻³²⁴"),
        (1.7976931348623157e308, "1.80·10³⁰⁸"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "not a number"),
        (math.inf, "+∞"),
        (-math.inf, "−∞"),
    ],
)
def test_power(v, text):
    assert power(v) == text
    assert power(np.float64(v)) == text


def test_a_sign_is_written_when_asked_for():
    assert power(0.00254, sign=True) == "+2.54·10⁻³"
    assert number(0.5, sign=True) == "+0.500"
    assert plain(0.945, sign=True) == "+0.945"
    assert number(0.0, sign=True) == "0"


@pytest.mark.parametrize(
    ("v", "text"),
    [
        (0.5, "0.500"),
        (-0.9451, "−0.945"),
        (0.001, "0.00100"),
        (0.000999, "9.99·10⁻⁴"),
        (0.0009999, "0.00100"),
        (9999, "1.00·10⁴"),
        (1234.0, "1230"),
        (14, "14.0"),
        (1e4, "1.00·10⁴"),
        (99.95, "100"),
        (0, "0"),
        (math.nan, "not a number"),
    ],
)
def test_number_is_fixed_in_the_middle_and_a_power_outside(v, text):
    assert number(v) == text


def test_plain():
    assert plain(-1.7849) == "−1.785"
    assert plain(0.0004) == "4.00·10⁻⁴"
    assert plain(0.0005001) == "0.001"
    assert plain(3, digits=0) == "3"
    assert plain(-0.3, digits=0) == "−3·10⁻¹"


@given(FINITE.filter(bool), st.integers(1, 17), st.booleans())
def test_no_number_but_zero_reads_as_zero_and_each_is_as_near_as_its_digits(v, digits, sign):
    for text in (power(v, digits, sign), number(v, digits, sign)):
        assert "-" not in text
        assert "e" not in text
        assert "…" not in text
        assert text.startswith("−") == (v < 0)
        assert text.startswith("+") == (sign and v > 0)
        try:
            back = read(text)
        except OverflowError:
            continue
        if math.isfinite(back) and abs(v) > 1e-300:
            assert math.isclose(back, v, rel_tol=0.5000001 * 10.0 ** (1 - digits) + 1e-15)
        assert any(c in "123456789" for c in text.partition("·10")[0])
    assert any(c in "123456789" for c in plain(v, digits).partition("·10")[0])


@given(FINITE)
def test_what_is_written_can_be_typed(v):
    assert parse(repr(v)) == v
    back = parse(power(v, 17)) if abs(v) < 1e308 else v
    assert back == v


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "+∞", "1..2", "not a number", "1e999"])
def test_what_is_no_number_is_refused_in_one_sentence(text):
    with pytest.raises(ValueError, match=r"is no number; type one such as"):
        parse(text)


def test_people_write_numbers_in_several_ways():
    assert parse(" −0,5 ") == -0.5
    assert parse("2·10^-3") == 0.002
    assert parse("1×10⁻⁶") == 1e-6
    assert parse("35 016") == 35016


@pytest.mark.parametrize("v", [0.0, 1.5, -0.25, 2.54e-3, 1e-9, 123456.0, math.inf, math.nan])
def test_spoken_numbers_are_machine_readable(v):
    assert float(spoken(v)) == pytest.approx(v, rel=1e-2, nan_ok=True)
    assert spoken(1e-9) == "1.00e-9"


def test_scripts_and_counts():
    assert superscript(-12) == "⁻¹²"
    assert count(35016) == "35\u2009016"
    assert count(-5) == "−5"
