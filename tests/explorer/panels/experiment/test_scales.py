"""The scales of the sliders."""

from __future__ import annotations

from itertools import pairwise

import pytest

from explorer.panels.experiment.scales import SliderRange, WholeLog


def test_steps_are_whole_and_finer_at_the_lower_end():
    scale = WholeLog(1, 1000)
    values = [scale.value(p) for p in range(scale.positions + 1)]
    assert values == sorted(set(values))
    assert values[:20] == list(range(1, 21))
    assert values[-1] == 1000
    assert [scale.position(v) for v in values] == list(range(len(values)))
    assert scale.read("777", "T") == 777
    assert max(b / a for a, b in pairwise(values[20:])) < 1.07


def test_a_scale_that_reaches_beyond_its_slider():
    scale = SliderRange(1, 256, "int", near=1, far=64)
    assert (scale.positions, scale.position(200), scale.value(63)) == (63, 63, 64)
    assert scale.read("200", "H") == 200
    with pytest.raises(ValueError, match="256"):
        scale.read("300", "H")
