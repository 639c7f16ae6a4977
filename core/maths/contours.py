"""Contour lines of numbers on a grid, as straight pieces: linear between neighbours, each field cut into two triangles,
so that no field is ambiguous."""

from __future__ import annotations

import numpy as np

from core.maths.arrays import Array

# Corners (row, column) of a field's two triangles.
_TRIANGLES = (((0, 0), (0, 1), (1, 1)), ((0, 0), (1, 1), (1, 0)))


def contour(values: Array, level: float) -> Array:
    """The pieces (m, 2, 2) of the line where `values` (rows, columns) are `level`: two ends (column, row) each, numbers
    of the grid's points. There is none beside a number that is not finite."""
    found = []
    rows, columns = values.shape
    above = values >= level
    with np.errstate(all="ignore"):
        for corners in _TRIANGLES:
            cut = [(slice(r, rows - 1 + r), slice(c, columns - 1 + c)) for r, c in corners]
            heights = [values[each] for each in cut]
            ups = [above[each] for each in cut]
            whole = np.logical_and.reduce([np.isfinite(each) for each in heights])
            for alone in range(3):  # the corner that is on one side, the two others on the other
                one, two = (alone + 1) % 3, (alone + 2) % 3
                at = np.argwhere(whole & (ups[alone] != ups[one]) & (ups[one] == ups[two]))
                if not len(at):
                    continue
                ends = []
                for other in (one, two):
                    here, there = heights[alone][tuple(at.T)], heights[other][tuple(at.T)]
                    share = ((level - here) / (there - here))[:, None]
                    start, end = (at + np.array(corners[k]) for k in (alone, other))
                    ends.append((start + share * (end - start))[:, ::-1])
                found.append(np.stack(ends, axis=1))
    return np.concatenate(found) if found else np.zeros((0, 2, 2))
