"""The chain as pictures ready to be drawn: arrays in, one strip of colours a row; nothing here knows a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PySide6.QtGui import QColor, QImage

from explorer.items.colours import gradient_colours, image, level_colours, value_colours
from explorer.items.decades import HIGH, LOW
from explorer.theme import Theme

Array = np.ndarray
EMPTY, FORWARD_DONE, BACKWARD_DONE = 0, 1, 2
NEVER = np.iinfo(np.int64).max


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
    def signs(self) -> Array:
        """(T, lines, n) int8: the sign of each gradient that has ink, else 0."""
        assert self.gradients is not None
        with np.errstate(invalid="ignore"):
            inked = np.abs(self.gradients) > 10.0**LOW * self.scale
            return np.where(inked, np.sign(np.nan_to_num(self.gradients)), 0).astype(np.int8)


@dataclass(frozen=True, eq=False)
class LinkPicture:
    """The edges of one kind for all steps: rows by index (0 is the input), `norms` (T,) of the gradient going back.

    `there` (T,) bool: at which steps of the target there is one (None: at all); `lag`: how many steps before the
    target's it begins, negative where it comes from a step after. `recurrent`: it hands on what an earlier step made;
    without it and with a lag it is part of a window over what lies below.
    """

    source: int
    target: int
    recurrent: bool
    norms: Array
    high: float = HIGH
    there: Array | None = None
    lag: int = 0

    @property
    def back(self) -> bool:
        """Whether it belongs to a reverse chain."""
        return self.recurrent and self.lag < 0

    @property
    def leans(self) -> bool:
        """Whether it is a slanted line between two rows."""
        return bool(self.lag) and not self.recurrent

    def origin(self, t: int) -> int:
        """The step that the edge into step t comes from."""
        return t - self.lag

    @cached_property
    def decades(self) -> Array:
        """(T,) in 0 … 1 over the fixed decades; −1 where the gradient is exactly 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            place = (np.log10(self.norms) - LOW) / (self.high - LOW)
        place = np.clip(np.nan_to_num(place, nan=1.0, neginf=0.0, posinf=1.0), 0.0, 1.0)
        return np.where(self.norms == 0.0, -1.0, place)


@dataclass(frozen=True, eq=False)
class Elements:
    """Nodes and edges that change at the same beats: `rows` and `links` by index. `reach` tells the columns that they
    take at step t: 0 the step's own, 1 (−1) the gap before (after) it, from node to node. `leans`: they are slanted
    by `reach` columns."""

    rows: tuple[int, ...]
    links: tuple[int, ...]
    forward: Array
    backward: Array
    reach: int = 0
    leans: bool = False

    def phases(self, done: int) -> Array:
        """(T,) what each step shows when so many beats are done."""
        return phases(self.forward, self.backward, done)


def phases(forward: Array, backward: Array, done: int) -> Array:
    """EMPTY, FORWARD_DONE or BACKWARD_DONE for each step, (T,), after `done` beats."""
    return np.where(backward <= done, BACKWARD_DONE, (forward <= done).astype(np.int64))


@dataclass(frozen=True, eq=False)
class ChainScene:
    """Rows from the input below to the output above, the links between them, and what is written at the steps."""

    steps: int
    rows: tuple[RowPicture, ...]
    links: tuple[LinkPicture, ...]
    cuts: tuple[int, ...] = ()  # between step t − 1 and t the gradient is cut
    labels: tuple[str, ...] = ()
    broken: tuple[str, int] | None = None
    high: float = HIGH  # the upper decade of the gradients
    beyond: bool = False  # some values lie beyond the scale, and have its ends' colours
    names: Mapping[str, int] = field(default_factory=dict)
    back_cuts: tuple[int, ...] = ()  # between step t and t + 1 a reverse chain is cut
    written: int = 0  # a decoder's columns come after so many of its encoder

    @cached_property
    def elements(self) -> tuple[Elements, ...]:
        """Every node and edge, bundled by when they change; edges between columns first, nodes last."""
        bundles: dict[tuple[bytes, bytes, int, bool], tuple[list[int], list[int], Array, Array]] = {}

        def bundle(forward: Array, backward: Array, reach: int = 0, leans: bool = False) -> tuple[list[int], list[int]]:
            key = forward.tobytes(), backward.tobytes(), reach, leans
            return bundles.setdefault(key, ([], [], forward, backward))[:2]

        for k, row in enumerate(self.rows):
            bundle(row.forward, row.backward)[0].append(k)
        for k, link in enumerate(self.links):
            bundle(*self.beats(link), link.lag, link.leans)[1].append(k)
        made = [
            Elements(tuple(rows), tuple(links), forward, backward, *key[2:])
            for key, (rows, links, forward, backward) in bundles.items()
        ]
        return tuple(sorted(made, key=lambda each: (not each.reach, bool(each.rows))))

    def beats(self, link: LinkPicture) -> tuple[Array, Array]:
        """(T,) each: at which beats the link's edges carry values, and the gradient."""
        source, target = self.rows[link.source], self.rows[link.target]
        if source.gradients is None:
            return target.forward, target.backward
        backward = np.full(self.steps, NEVER)
        first, last = max(link.lag, 0), self.steps + min(link.lag, 0)
        if first < last:
            backward[first:last] = source.backward[first - link.lag : last - link.lag]
        return target.forward, backward

    def has_edge(self, link: LinkPicture, t: int) -> bool:
        """Whether a link has an edge into step t."""
        before = link.origin(t)
        if not (1 <= before <= self.steps and 1 <= t <= self.steps):
            return False
        if link.there is not None and not link.there[t - 1]:
            return False
        return bool(self.rows[link.target].present[t - 1] and self.rows[link.source].present[before - 1])

    def bent(self, link: LinkPicture) -> Array:
        """(T,) bool: where a link within a column has to go round a node between its rows."""
        return self._bent[id(link)]

    @cached_property
    def _bent(self) -> dict[int, Array]:
        found = {}
        for link in self.links:
            between = [row.present for row in self.rows[link.source + 1 : link.target]]
            found[id(link)] = np.any(between, axis=0) if between and not link.recurrent else np.zeros(self.steps, bool)
        return found

    @cached_property
    def crowded(self) -> bool:
        """Whether some edge leaves its own column on its way up."""
        return any(bool((self.bent(link) & (True if link.there is None else link.there)).any()) for link in self.links)

    def is_cut(self, link: LinkPicture, t: int) -> bool:
        """Whether truncation cuts the edge into step t."""
        return link.recurrent and t in (self.back_cuts if link.back else self.cuts)

    @cached_property
    def has_nan(self) -> bool:
        """Whether something on show is not a number."""
        arrays = [array for row in self.rows for array in (row.values, row.gradients) if array is not None]
        return any(bool(np.isnan(array).any()) for array in arrays)

    @cached_property
    def has_underflow(self) -> bool:
        """Whether something on show became 0 because it was too small."""
        masks = [mask for row in self.rows for mask in (row.value_underflow, row.gradient_underflow)]
        return any(mask is not None and bool(mask.any()) for mask in masks)

    def link(self, source: str, target: str, recurrent: bool) -> LinkPicture | None:
        """The link between two rows by their names, or None."""
        wanted = self.names.get(source), self.names.get(target), recurrent
        return next((link for link in self.links if (link.source, link.target, link.recurrent) == wanted), None)

    def row_index(self, name: str) -> int:
        """The row with this name. Raises KeyError."""
        return self.names[name]


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
