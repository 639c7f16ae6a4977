"""The bars of the steps' shares: where each stands, how long it is, and which are drawn where several share one px."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from explorer.items.plots.lag_bars import LEAST_BAR, LagBars
from explorer.style.theme import LIGHT


@pytest.fixture
def bars(qtbot):
    def make(shares, width=300):
        made = LagBars()
        qtbot.addWidget(made)
        made.set_theme(LIGHT)
        made.resize(width, 60)
        shares = np.asarray(shares, dtype=float)
        made.set_shares(shares, 1, np.zeros(len(shares), dtype=bool), 0, True)
        return made

    return make


def test_bars_stand_on_the_line_of_zero_and_are_as_long_as_their_shares(bars):
    shares = [0.5, -0.25, np.nan, 1.0]
    made = bars(shares)
    plot = made.plot
    unit, zero = plot.height() / 1.25, plot.bottom() - 0.25 * plot.height() / 1.25
    rects = made.rects_of(np.arange(4))
    for place, (rect, share) in enumerate(zip(rects, shares, strict=True)):
        value = 0.0 if np.isnan(share) else share
        assert rect.height() == pytest.approx(abs(value) * unit)
        assert (rect.bottom() if value >= 0.0 else rect.top()) == pytest.approx(zero)
        assert plot.left() + place * plot.width() / 4 < rect.left() < rect.right()
    assert all(a.right() < b.left() for a, b in pairwise(rects))


def test_of_several_on_one_px_the_longest_is_drawn(bars):
    rng = np.random.default_rng(0)
    shares = rng.normal(size=1000)
    made = bars(shares, 202)
    drawn, width = made._drawn(made.plot), made.plot.width()
    pixels = (np.arange(1000) * width / 1000).astype(int)
    assert list(pixels[drawn]) == sorted(set(pixels))
    for place in drawn:
        assert abs(shares[place]) == np.abs(shares[pixels == pixels[place]]).max()
    assert made.rects_of(drawn)[0].width() == LEAST_BAR
