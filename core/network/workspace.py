"""Arrays that a training uses again at each of its updates, instead of making them anew.

Nothing that is kept is ever in them: a pass writes into a workspace only where it is given one, and only a training,
which keeps rows of numbers, has one of its own. Every recorded run makes its arrays itself.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from core.maths.arrays import Array


class Rows(list[Array]):
    """The rows (B, n) of an array (T, B, n), all made at once: a step finds one in a fraction of the time that
    `array[t]` takes to make it. Assigned to, a row gets the numbers, as it does in an array."""

    def __init__(self, array: Array) -> None:
        super().__init__(array)

    def __setitem__(self, t: int, value: Array | float) -> None:  # type: ignore[override]
        self[t][...] = value


def in_rows(namespace: SimpleNamespace) -> SimpleNamespace:
    """The same arrays for the steps of a loop: each (T, B, n) as its `Rows`."""
    return SimpleNamespace(
        **{
            name: Rows(array) if isinstance(array, np.ndarray) and array.ndim == 3 else array
            for name, array in vars(namespace).items()
        }
    )


class Workspace:
    """Records and gradients by the name of what they are of, as long as their shape stays the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, SimpleNamespace, SimpleNamespace]] = {}

    def arrays(
        self, name: str, shape: object, make: Callable[[], SimpleNamespace], renew: Callable[[SimpleNamespace], None]
    ) -> tuple[SimpleNamespace, SimpleNamespace]:
        """The arrays of that name, and the same `in_rows`: what `make` makes where there are none of this shape yet,
        else those of the last pass after `renew`."""
        if name in self._kept and self._kept[name][0] == shape:
            renew(self._kept[name][1])
        else:
            self._kept.pop(name, None)  # first: there may not be room for both
            made = make()
            self._kept[name] = shape, made, in_rows(made)
        return self._kept[name][1:]
