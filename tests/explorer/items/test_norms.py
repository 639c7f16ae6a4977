"""What the norms are drawn with: the logarithmic axis, the marks of 0 and of no number, the labels at the ends."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont

from explorer.items.plots import end_labels, norms
from explorer.items.plots.axes import log as log_axis
from explorer.items.plots.end_labels import EndLabel
from explorer.items.plots.norms import Curve, Frame, marks


@pytest.fixture(autouse=True)
def fonts(qapp):
    """Text is measured."""


# --- none and no number


def test_a_zero_is_a_gap_with_a_mark_and_not_a_small_number():
    logs = np.array([-np.inf, -np.inf, -1.0, np.nan, 0.0, np.inf])
    curve = Curve(logs, "", "#000000", "#000000", 2.0, current=False)
    font = QFont()
    font.setPixelSize(12)
    frame = Frame(QRectF(60, 30, 300, 100), 0.0, 50.0, -3, 0)
    found = marks(curve, frame, font)
    assert [mark.sign for mark in found] == ["0", "", "NaN", "∞"]
    assert [mark.y for mark in found] == [130.0, 130.0, 30.0, 30.0]
    assert len(frame.line(curve.logs)[0]) == 2


def test_marks_are_thinned_where_columns_are_narrow():
    curve = Curve(np.full(1000, -np.inf), "", "#000000", "#000000", 2.0, current=False)
    font = QFont()
    font.setPixelSize(12)
    found = marks(curve, Frame(QRectF(60, 30, 900, 100), 0.0, 0.9, -3, 0), font)
    assert 100 < len(found) <= 181
    assert [mark.sign for mark in found].count("0") == 1


# --- the axis


def test_the_range_has_whole_decades_and_at_least_three():
    assert log_axis.whole_decades([np.array([-0.2, -0.4])]) == (-3, 0)
    assert log_axis.whole_decades([np.array([-4.5, np.nan]), np.array([1.2, np.inf, -np.inf])]) == (-5, 2)
    assert log_axis.whole_decades([np.array([-np.inf])]) is None


def test_ticks_thin_out_over_huge_ranges():
    assert log_axis.ticks(-3, 2, 6) == [-3, -2, -1, 0, 1, 2]
    assert log_axis.ticks(-20, 0, 6) == [-20, -15, -10, -5, 0]
    assert log_axis.ticks(-270, 0, 6) == [-250, -200, -150, -100, -50, 0]
    assert [log_axis.decade_text(k) for k in (-4, -1, 0, 1, 2, 3)] == ["10⁻⁴", "10⁻¹", "1", "10", "100", "10³"]


def test_numbers_are_written_from_their_logarithm_without_underflow():
    assert log_axis.power_of(-400 + np.log10(2.13), 3) == "2.13·10⁻⁴⁰⁰"
    assert log_axis.power_of(np.log10(9.999), 3) == "1.00·10¹"
    assert log_axis.power_of(-np.inf) == "0"


# --- labels


@pytest.mark.parametrize("seed", range(20))
def test_labels_never_cover_each_other(seed):
    random = np.random.default_rng(seed)
    font = QFont()
    font.setPixelSize(12)
    room = QRectF(60, 30, 800, 140)
    xs = np.linspace(80, 840, 20)
    lines = [(xs, 100 + 60 * random.uniform(-1, 1) * np.linspace(1, -1, 20)) for _ in range(4)]
    labels = [EndLabel("LSTM b_f 5  ∂L/∂c (pinned)", "#000000", 82, y[0], (838, y[-1])) for _, y in lines]
    boxes = end_labels.place(labels, font, room, lines)
    for k, box in enumerate(boxes):
        assert room.contains(box)
        assert not any(box.intersects(other) for other in boxes[:k])


@given(st.integers(-400, 10), st.integers(3, 400), st.floats(20.0, 400.0), st.integers(9, 30))
def test_at_every_height_two_decades_or_the_range_are_written(low, span, height, px):
    frame, font = norms.Frame(QRectF(66, 30, 500, height), 0.0, 40.0, low, low + span), QFont()
    font.setPixelSize(px)
    labels = norms.axis_labels(frame, font)
    texts = [text for _, text in labels]
    assert len(labels) >= 2 or texts == [log_axis.span_text(low, low + span)]
    tops = sorted(place.center().y() for place, _ in labels)
    assert all(b - a >= px * norms.LINE - 1e-6 for a, b in itertools.pairwise(tops)), "they stand apart"
    for place, text in labels if len(labels) > 1 else ():
        decade = next(k for k in range(low, low + span + 1) if log_axis.decade_text(k) == text)
        assert place.center().y() == pytest.approx(float(frame.y(decade)))
