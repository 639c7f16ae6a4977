"""Arrays that a training uses again at each of its updates, instead of making them anew.

Nothing that is kept is ever in them: a pass writes into a workspace only where it is given one, and only a training,
which keeps rows of numbers, has one of its own. Every recorded run makes its arrays itself.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

Name = tuple[str, str]
Kept = tuple[SimpleNamespace, SimpleNamespace]


def in_rows(namespace: SimpleNamespace) -> SimpleNamespace:
    """The same arrays for the steps of a loop: each (T, B, n) as the list of its rows (B, n). A step finds one there in
    a tenth of the time that `array[t]` takes to make it; what it puts into one it must write into the row."""
    return SimpleNamespace(
        **{
            name: list(array) if isinstance(array, np.ndarray) and array.ndim == 3 else array
            for name, array in vars(namespace).items()
        }
    )


class Workspace:
    """Records and gradients by what they are of and in which pass, as long as their shape stays the same."""

    def __init__(self) -> None:
        self._kept: dict[Name, tuple[object, Kept]] = {}

    def kept(self, name: Name, shape: object) -> Kept | None:
        """The arrays of that name as the last pass has left them, and the same `in_rows`; None where there are none, or
        none of this shape: those of another one are let go, since there may not be room for both."""
        found = self._kept.get(name)
        if found is not None and found[0] == shape:
            return found[1]
        self._kept.pop(name, None)
        return None

    def keep(self, name: Name, shape: object, made: SimpleNamespace) -> Kept:
        """The same of arrays that have just been made; the next pass finds them."""
        found = made, in_rows(made)
        self._kept[name] = shape, found
        return found
