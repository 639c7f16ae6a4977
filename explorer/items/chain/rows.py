"""One row of the chain as pictures: a strip of colours for its values, and one for its gradients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtGui import QColor, QImage

from explorer.items.chain.tokens import TokenPicture
from explorer.items.signs import Signs, gradient_signs, value_signs
from explorer.style.colours import gradient_colours, image, level_colours, value_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class RowPicture:
    """One row for all steps. `values`, `gradients` (T, lines, n): one line of n units for each record that it shows."""

    name: str
    tex: str
    text: str
    lines: tuple[str, ...]
    kinds: tuple[str, ...]
    values: Array
    gradients: Array | None
    present: Array  # (T,) bool: the steps that have a node
    forward: Array  # (T,) the beats on the line of the run at which each node has its value …
    backward: Array  # … and its gradient; NEVER where it has none
    limit: float
    theme: Theme
    value_underflow: Array | None = None  # (T,) bool
    gradient_underflow: Array | None = None
    scale: float = 1.0  # gradients are divided by it: 1 for the shared absolute scale
    high: float = HIGH  # the upper decade
    lane: str = ""  # the part that a layer's row belongs to: the rows of one stand together
    storey: str = ""  # the layer; both chains of a bidirectional one, and their join, are one storey
    secondary: int = 0  # at which level of folding it gives way: 1 first, 2 next, 0 never
    shift: float = 0.0  # of a column, to the right: what stands between two of them
    resting: Array | None = None  # (T, n) bool: the units that a clock lets rest, so that they are copied
    back: bool = False  # its chain runs from the last step to the first
    compared: bool = False  # its values are differences: exactly 0 is marked
    tokens: TokenPicture | None = None  # of inputs that are characters or words
    before: RowPicture | None = None  # the same row before an edit
    held: tuple[str, ...] = ()  # by line, the value at which a gate is frozen; "" for what is computed

    @property
    def units(self) -> int:
        return self.values.shape[2]

    @cached_property
    def value_colours(self) -> Array:
        """(T, lines, n) packed colours."""
        mask = _mask(self.value_underflow, self.values)
        coloured = value_colours(self.values, self.limit, self.theme, mask)
        for line, kind in enumerate(self.kinds):
            if kind == "gate":
                coloured[:, line] = level_colours(self.values[:, line], self.theme)
        return coloured

    @cached_property
    def gradient_colours(self) -> Array:
        """(T, lines, n) packed colours."""
        assert self.gradients is not None
        scaled = self.gradients if self.scale == 1.0 else self.gradients / self.scale
        return gradient_colours(scaled, LOW, self.high, self.theme, _mask(self.gradient_underflow, scaled))

    @cached_property
    def value_strip(self) -> QImage:
        """lines × (T·n) pixels: step t is the n columns from t·n."""
        return image(_strip(self.value_colours))

    @cached_property
    def gradient_strip(self) -> QImage | None:
        return None if self.gradients is None else image(_strip(self.gradient_colours))

    @cached_property
    def value_heat(self) -> QImage:
        """(lines·n) × T pixels, one column a step."""
        return image(self._absent(_heat(self.value_colours)))

    @cached_property
    def gradient_heat(self) -> QImage | None:
        return None if self.gradients is None else image(self._absent(_heat(self.gradient_colours)))

    def _absent(self, colours: Array) -> Array:
        """The card's colour at the steps that have no node."""
        if not self.present.all():
            colours[:, ~self.present] = QColor(self.theme.panel).rgb()
        return colours

    @cached_property
    def signs(self) -> Signs:
        """(T, lines, n): the sign of each gradient."""
        assert self.gradients is not None
        return gradient_signs(self.gradients, 10.0**LOW * self.scale, _mask(self.gradient_underflow, self.gradients))

    @cached_property
    def changed_values(self) -> Array:
        """(T,) bool: the steps whose values were others before an edit."""
        return self._changed(self.values, None if self.before is None else self.before.values)

    @cached_property
    def changed_gradients(self) -> Array:
        """(T,) bool: the steps whose gradient was another before an edit."""
        return self._changed(self.gradients, None if self.before is None else self.before.gradients)

    def _changed(self, now: Array | None, then: Array | None) -> Array:
        if now is None or then is None:
            return np.zeros(len(self.values), dtype=bool)
        alike = (now == then) | (np.isnan(now) & np.isnan(then))
        return ~alike.reshape(len(now), -1).all(axis=1)

    @property
    def has_zero(self) -> bool:
        """Whether some gradient is exactly 0, and not one that was too small."""
        if self.gradients is None:
            return self.compared and bool((self.values[self.present] == 0.0).any())
        there = self.present if self.gradient_underflow is None else self.present & ~self.gradient_underflow
        alike = self.compared and bool((self.values[self.present] == 0.0).any())
        return alike or bool((self.gradients[there] == 0.0).any())

    @cached_property
    def value_signs(self) -> Signs | None:
        """(T, lines, n): the sign of each value that is no ordinary number; None where all are."""
        if self.compared:
            return gradient_signs(self.values, np.inf)
        return value_signs(self.values, _mask(self.value_underflow, self.values))


def _mask(underflow: Array | None, values: Array) -> Array | None:
    if underflow is None or not underflow.any():
        return None
    return (values == 0.0) & underflow[:, None, None]


def _strip(colours: Array) -> Array:
    steps, lines, units = colours.shape
    return colours.transpose(1, 0, 2).reshape(lines, steps * units)


def _heat(colours: Array) -> Array:
    steps, lines, units = colours.shape
    return colours.transpose(1, 2, 0).reshape(lines * units, steps)
