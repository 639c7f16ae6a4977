"""Norms step by step, of numbers of any size."""

import numpy as np
import pytest

from core.maths.arrays import norms, step_norms


@pytest.mark.parametrize("size", [1.0, 0.0, 1e-200, 1e200, np.inf, np.nan])
def test_those_of_a_training_are_the_same(size):
    array = np.random.default_rng(0).normal(size=(5, 3, 4))
    with np.errstate(all="ignore"):
        array[2] *= size
    np.testing.assert_allclose(step_norms(array), norms(array), rtol=1e-14)
    np.testing.assert_allclose(step_norms(array[::-1]), norms(array)[::-1], rtol=1e-14)
