"""Texts among curves stand where no curve runs, wherever there is such a place; a slow search says whether there is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.items.plots import end_labels
from explorer.items.plots.bracket import GAP, Bracket
from explorer.items.plots.clear import KEPT, crosses, free_box
from explorer.items.plots.end_labels import EndLabel

ROOM = QRectF(60, 30, 700, 150)


def meets(line, box: QRectF, kept: float = 0.0) -> bool:
    """Whether a line has a point within a box, looked for at every tenth of a pixel."""
    xs, ys = line
    x = np.arange(max(box.left() - kept, xs[0]), min(box.right() + kept, xs[-1]) + 0.05, 0.1)
    y = np.interp(x, xs, ys)
    return bool(((y > box.top() - kept) & (y < box.bottom() + kept)).any())


def a_place(width, height, room, lines, taken=(), kept=KEPT + 1.0) -> bool:
    """Whether a box of that size has room, with more than is needed on all sides."""
    for left in np.arange(room.left(), room.right() - width + 0.1, 5.0):
        for top in np.arange(room.top(), room.bottom() - height + 0.1, 3.0):
            box = QRectF(left, top, width, height)
            wide = box.adjusted(-1, -1, 1, 1)
            if not any(wide.intersects(each) for each in taken) and not any(meets(line, box, kept) for line in lines):
                return True
    return False


def lines_of(seed: int):
    """Curves of norms: they fall or rise over the columns, some straight, some with peaks, some of half the columns."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(random.integers(1, 6)):
        xs = np.linspace(80, 740, random.integers(2, 60))[random.integers(0, 2) * 1 :]
        ends = random.uniform(35, 175, 2)
        ys = np.interp(xs, [80, 740], ends) + random.choice([0.0, 3.0, 25.0]) * random.standard_normal(len(xs))
        found.append((xs, np.clip(ys, 34, 176)))
    return found


def fonts() -> tuple[QFont, QFont]:
    large, small = QFont(), QFont()
    large.setPixelSize(19)
    small.setPixelSize(12)
    return large, small


@pytest.mark.parametrize("seed", range(12))
def test_whether_a_line_meets_a_box_is_found_at_every_pixel(seed):
    random, lines = np.random.default_rng(seed), lines_of(seed)
    for _ in range(40):
        box = QRectF(*random.uniform((60, 30), (700, 160)), *random.uniform(2, 90, 2))
        for line in lines:
            assert not meets(line, box) or crosses(line, box, 0.0)
            assert meets(line, box, 0.3) or not crosses(line, box, 0.0)


def test_a_peak_between_two_pixels_is_seen_and_what_is_taken_or_too_large_is_not_free():
    line = np.array([100.0, 200.2, 200.4, 200.6, 300.0]), np.array([170.0, 170.0, 40.0, 170.0, 170.0])
    assert crosses(line, QRectF(150, 50, 100, 20)) and not crosses(line, QRectF(210, 50, 80, 20))

    def nowhere(lefts, tops):
        return 0.0 * lefts + 0.0 * tops

    assert free_box(50, 20, ROOM, [], [ROOM], nowhere).isEmpty() and free_box(701, 20, ROOM, [], [], nowhere).isEmpty()
    assert not free_box(700, 150, ROOM, [], [], nowhere).isEmpty()


@pytest.mark.parametrize("seed", range(40))
def test_no_bracket_has_its_words_on_a_curve_and_none_is_without_where_there_is_room(qapp, seed):
    lines, (large, small) = lines_of(seed), fonts()
    xs, ys = lines[0]
    taken = [QRectF(60, 30, 150, 16)] if seed % 2 else []
    bracket = Bracket(QPointF(xs[-1], ys[-1]), QPointF(xs[0], ys[0]), "÷ 1260", "in 10 steps")
    place, _ = bracket.text_place(large, small, ROOM, lines, taken)
    if place.isEmpty():
        left = bracket.end.x() + GAP
        between = QRectF(left, ROOM.top(), bracket.start.x() - left, ROOM.height())
        width, height = bracket.one_line(large, small)
        between = between.intersected(bracket.around(height))
        assert not a_place(width, height, between, [*lines, bracket.line], taken)
    else:
        assert ROOM.contains(place) and not any(meets(line, place) for line in (*lines, bracket.line))
        assert not any(place.intersects(each) for each in taken)


@pytest.mark.parametrize("seed", range(40))
def test_no_label_of_a_curve_is_on_one_where_there_is_room_anywhere(qapp, seed):
    lines, (_, font) = lines_of(seed), fonts()
    metrics = QFontMetricsF(font)
    labels = [EndLabel(f"run {k}  ∂L/∂c (pinned)", "#000000", xs[0] + 2, ys[0], (xs[-1] - 2, ys[-1]))
              for k, (xs, ys) in enumerate(lines)]  # fmt: skip
    boxes = end_labels.place(labels, font, ROOM, lines)
    for k, (label, box) in enumerate(zip(labels, boxes, strict=True)):
        if any(meets(line, box) for line in lines) or any(box.intersects(each) for each in boxes[:k]):
            width = metrics.horizontalAdvance(label.text) + 2
            assert not a_place(width, metrics.height(), ROOM, lines, boxes[:k]), label.text
