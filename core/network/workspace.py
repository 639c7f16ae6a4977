"""Arrays that a training uses again at each of its updates, instead of making them anew.

Nothing that is kept is ever in them: a pass writes into a workspace only where it is given one, and only a training,
which keeps rows of numbers, has one of its own. Every recorded run makes its arrays itself.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np

Name = tuple[str, str]
Kept = TypeVar("Kept")


def in_rows(namespace: SimpleNamespace) -> Any:
    """The same arrays for the steps of a loop: each (T, B, n) as the list of its rows (B, n). A step finds one there in
    a tenth of the time that `array[t]` takes to make it; what it puts into one it must write into the row. They stand
    in slots, which are found in half the time of a namespace's names."""
    found = type("Rows", (), {"__slots__": tuple(vars(namespace))})()
    for name, array in vars(namespace).items():
        rows = isinstance(array, np.ndarray) and array.ndim == 3
        setattr(found, name, list(array) if rows else array)
    return found


class Workspace:
    """What passes keep for the next one: arrays, and views of them, by what they are of and in which pass. It is kept
    as long as its `form` stays the same, which is the shapes that it was made for. The passes have one dictionary of
    parameters, whose arrays stay where they are."""

    def __init__(self) -> None:
        self._kept: dict[Name, tuple[object, Any]] = {}

    def kept(self, name: Name, form: object, make: Callable[[], Kept]) -> Kept:
        """What was made under that name, as the last pass has left it; made now where there is nothing of this form.
        That of another one is dropped first, since there may not be room for both."""
        found = self._kept.get(name)
        if found is None or found[0] != form:
            self._kept.pop(name, None)
            found = self._kept[name] = form, make()
        return found[1]

    def zeros(self, name: Name, shape: tuple[int, ...], at: slice | np.ndarray) -> np.ndarray:
        """An array of zeros but for what the last pass has written at steps `at`, where this one will write again; of
        a pass that leaves out other steps than a slice it is made anew."""
        if type(at) is not slice:
            return np.zeros(shape)
        return self.kept(name, (shape, at), lambda: np.zeros(shape))
