"""Targets that are probabilities stay probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import Edit
from core.edits import editing
from core.edits.places import class_edits, probability_edits
from core.errors import InputError
from core.experiment import natural
from core.recorder import record
from tests.core.edits.typed import SMALL, refused, typed


def test_targets_of_a_cross_entropy_stay_probabilities():
    words = natural("next-character", text="hello")
    assert "must add up to 1; they add up to 0.5" in refused(words, Edit("y", (0, 0, 0), 0.5))
    assert "between 0 and 1" in refused(words, Edit("y", (0, 0, 0), -0.5))
    bits = natural("binary-subtraction", steps=3)
    assert "between 0 and 1" in refused(bits, Edit("y", (0, 0, 0), 1.5))
    assert typed(bits, Edit("y", (0, 0, 0), 0.25)).data.y[0, 0, 0] == 0.25
    assert typed(natural("sine"), Edit("y", (5, 0, 0), -7.5)).data.y[5, 0, 0] == -7.5


def test_a_class_is_a_whole_row():
    plain = record(natural("next-character", text="hello"))
    count = plain.data.y.shape[2]
    for k in range(count):
        trace = typed(plain.experiment, *class_edits(plain.data, 1, 0, k))
        assert np.array_equal(trace.data.y[1, 0], np.eye(count)[k])
    with pytest.raises(InputError, match=f"no class {count}; there are {count}"):
        class_edits(plain.data, 1, 0, count)
    with pytest.raises(InputError, match="no classes"):
        class_edits(record(SMALL).data, 1, 0, 0)


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 3), st.floats(-2.0, 3.0)), min_size=1, max_size=12))
def test_a_probability_is_taken_from_the_others(moves):
    plain = record(natural("next-character", text="hello"))
    data = plain.data
    experiment = plain.experiment
    for k, value in moves:
        chosen = probability_edits(data, 0, 0, k, value)
        experiment = editing.edited(experiment, chosen)
        y = np.array(data.y)
        for edit in chosen:
            y[edit.index] = edit.value
        assert y[0, 0, k] == min(max(value, 0.0), 1.0)
        data = replace(data, y=y)
    assert np.array_equal(record(experiment).data.y, data.y)  # and the run takes them


SMALL_ONES = st.sampled_from([0.0, 5e-324, 1e-320, 2.3e-308, 1e-300, 1e-17, 0.25, 0.5, 1.0])


ROWS = st.lists(SMALL_ONES | st.floats(0.0, 1.0), min_size=2, max_size=6)


@settings(max_examples=200, deadline=None)
@given(row=ROWS, k=st.integers(0, 5), value=st.floats(-1.0, 2.0))
def test_beside_however_small_ones_a_probability_leaves_probabilities(row, k, value):
    """The others keep their proportions, be they subnormal, and the whole is 1."""
    row, k = np.array(row), k % len(row)
    words = record(natural("next-character", text="hello")).data
    found = np.array([edit.value for edit in probability_edits(words, 0, 0, k, value, row)])
    assert np.isfinite(found).all() and (found >= 0.0).all() and (found <= 1.0).all()
    assert found[k] == min(max(value, 0.0), 1.0)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    others = np.arange(len(row)) != k
    largest = row[others].max()
    if largest > 0.0 and found[others].max() > 1e-290:
        assert found[others] / found[others].max() == pytest.approx(row[others] / largest, rel=1e-9, abs=1e-12)


def test_the_whole_of_one_class_is_1():
    one = record(natural("next-character", text="aa"))
    assert [edit.value for edit in probability_edits(one.data, 0, 0, 0, 0.3)] == [1.0]
