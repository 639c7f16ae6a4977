"""Contour lines: on a plane they are exact, they are closed around a hill, and stop at what is not finite."""

import numpy as np

from core.maths.contours import contour


def test_on_a_plane_every_end_has_the_level():
    columns, rows = np.meshgrid(np.arange(6.0), np.arange(5.0))
    found = contour(0.7 * columns - 0.3 * rows, 1.13)
    assert len(found) and found.shape[1:] == (2, 2)
    np.testing.assert_allclose(0.7 * found[..., 0] - 0.3 * found[..., 1], 1.13, rtol=1e-12)
    lowest = found[..., 1].min()
    assert lowest == 0.0 and found[..., 1].max() == 4.0  # from edge to edge


def test_around_a_hill_every_end_is_met_by_one_other():
    columns, rows = np.meshgrid(np.arange(9.0) - 4, np.arange(9.0) - 4)
    found = contour(np.exp(-0.13 * (columns**2 + rows**2)), 0.4).round(9).reshape(-1, 2)
    assert (np.unique(found, axis=0, return_counts=True)[1] == 2).all()


def test_a_level_that_is_nowhere_and_numbers_that_are_none():
    values = np.arange(9.0).reshape(3, 3)
    assert contour(values, 20.0).shape == (0, 2, 2) == contour(np.full((3, 3), np.nan), 0.0).shape
    values[0, 0] = np.inf
    assert not (contour(values, 1.5) < 1.0).all(axis=2).any()  # nothing in that field
