"""The chain as pictures ready to be drawn: arrays in, one strip of colours a row; nothing here knows a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from explorer.items.chain.image import ImagePicture
from explorer.items.chain.links import ArcPicture, LinkPicture
from explorer.items.chain.rows import RowPicture
from explorer.style.decades import HIGH

__all__ = ["ArcPicture", "ChainScene", "Elements", "LinkPicture", "RowPicture"]

Array = np.ndarray
EMPTY, FORWARD_DONE, BACKWARD_DONE = 0, 1, 2
NEVER = np.iinfo(np.int64).max
TILES = "tiles"


@dataclass(frozen=True, eq=False)
class Elements:
    """Nodes and edges that change at the same beats: `rows` and `links` by index. `reach` tells the columns that they
    take at step t: 0 the step's own, 1 (−1) the gap before (after) it, from node to node. `way` "leans": they are
    slanted by `reach` columns; "single": one edge, which may go anywhere; "tiles": what stands on edges, over all of
    them."""

    rows: tuple[int, ...]
    links: tuple[int, ...]
    forward: Array
    backward: Array
    reach: int = 0
    way: str = ""
    only: int = 0  # the step at which the single edge is counted

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
    loss_beat: int = 0  # on the line of the run: at its end the loss has its value
    arcs: ArcPicture | None = None
    compared: str = ""  # the run that has been subtracted in the nodes
    frozen: tuple[str, ...] = ()  # the gates that are frozen, each with its value
    image: ImagePicture | None = None  # that x is, row by row

    @cached_property
    def elements(self) -> tuple[Elements, ...]:
        """Every node and edge but far ones, bundled by when they change; edges between columns first, nodes last."""
        bundles: dict[tuple[bytes, bytes, int, str], tuple[list[int], list[int], Array, Array]] = {}

        def bundle(forward: Array, backward: Array, reach: int, way: str) -> tuple[list[int], list[int]]:
            key = forward.tobytes(), backward.tobytes(), reach, way
            return bundles.setdefault(key, ([], [], forward, backward))[:2]

        for k, row in enumerate(self.rows):
            bundle(row.forward, row.backward, -1 if row.shift else 0, "")[0].append(k)
        for k, link in enumerate(self.links):
            if link.labelled and not (link.far or link.single):
                bundle(*self.beats(link), link.lag, TILES)[1].append(k)
            if link.single:  # it has a picture of its own, and may go anywhere
                bundle(*self.beats(link), k, "single")[1].append(k)
            elif not link.far:
                bundle(*self.beats(link), link.lag, "leans" if link.leans else "")[1].append(k)
        made = [
            Elements(
                tuple(rows), tuple(links), forward, backward, *key[2:], only=_only(forward) if key[3] == "single" else 0
            )
            for key, (rows, links, forward, backward) in bundles.items()
        ]
        return tuple(sorted(made, key=lambda each: (each.way == TILES, bool(each.rows), not (each.way or each.reach))))

    @cached_property
    def beats_of_elements(self) -> tuple[Array, Array]:
        """(elements, T) each: the beats of all bundles."""
        return np.stack([each.forward for each in self.elements]), np.stack([each.backward for each in self.elements])

    @cached_property
    def far(self) -> tuple[int, ...]:
        """The links whose many edges cross columns, by index."""
        return tuple(k for k, link in enumerate(self.links) if link.far and not link.single)

    def beats(self, link: LinkPicture) -> tuple[Array, Array]:
        """(T,) each: at which beats the link's edges carry values, and the gradient."""
        source, target = self.rows[link.source], self.rows[link.target]
        begins, ends, within = self._steps(link)
        forward = np.where(within, target.forward[ends - 1], NEVER)
        back = target.backward[ends - 1] if source.gradients is None else source.backward[begins - 1]
        return forward, np.where(within, back, NEVER)

    def _steps(self, link: LinkPicture) -> tuple[Array, Array, Array]:
        """(T,) each: where the link's edges begin and end, within the run, and whether it has them."""
        steps = np.arange(1, self.steps + 1)
        ends = np.full(self.steps, link.ends) if link.ends else steps
        begins = np.full(self.steps, link.begins) if link.begins else steps if link.ends else steps - link.lag
        within = (begins >= 1) & (begins <= self.steps)
        if link.there is not None:
            within &= link.there
        return np.clip(begins, 1, self.steps), ends, within

    def has_edge(self, link: LinkPicture, t: int) -> bool:
        """Whether a link has an edge that is counted at step t."""
        return 1 <= t <= self.steps and bool(self.edges(link)[t - 1])

    def edges(self, link: LinkPicture) -> Array:
        """(T,) bool: the steps at which a link has an edge, between two nodes."""
        if id(link) not in self._edges:
            begins, ends, within = self._steps(link)
            both = self.rows[link.target].present[ends - 1] & self.rows[link.source].present[begins - 1]
            self._edges[id(link)] = link, within & both
        return self._edges[id(link)][1]

    @cached_property
    def _edges(self) -> dict[int, tuple[LinkPicture, Array]]:
        """By the links' ids; with the links, so that no other gets one of these."""
        return {}

    def bent(self, link: LinkPicture) -> Array:
        """(T,) bool: where a link within a column has to go round a node between its rows."""
        return self._bent[id(link)]

    @cached_property
    def _bent(self) -> dict[int, Array]:
        found = {}
        for link in self.links:
            between = [row.present for row in self.rows[link.source + 1 : link.target]]
            within = between and not link.recurrent and not link.far
            found[id(link)] = np.any(between, axis=0) if within else np.zeros(self.steps, bool)
        return found

    @cached_property
    def crowded(self) -> bool:
        """Whether some edge leaves its own column on its way up."""
        return any(bool((self.bent(link) & (True if link.there is None else link.there)).any()) for link in self.links)

    def is_cut(self, link: LinkPicture, t: int) -> bool:
        """Whether truncation cuts the edge into step t."""
        return link.recurrent and t in (self.back_cuts if link.back else self.cuts)

    @cached_property
    def _not_finite(self) -> Array:
        """(n,) all numbers on show that are not finite."""
        arrays = [array for row in self.rows for array in (row.values, row.gradients) if array is not None]
        return np.concatenate([array[~np.isfinite(array)] for array in arrays])

    @property
    def has_nan(self) -> bool:
        """Whether something on show is not a number."""
        return bool(np.isnan(self._not_finite).any())

    def has_infinite(self, sign: float) -> bool:
        """Whether something on show is infinite, with this sign."""
        return bool((self._not_finite == sign * np.inf).any())

    @cached_property
    def has_zero(self) -> bool:
        """Whether some gradient on show is exactly 0."""
        return any(row.has_zero for row in self.rows)

    @cached_property
    def has_underflow(self) -> bool:
        """Whether something on show became 0 because it was too small."""
        masks = [mask for row in self.rows for mask in (row.value_underflow, row.gradient_underflow)]
        return any(mask is not None and bool(mask.any()) for mask in masks)

    @property
    def edited(self) -> bool:
        """Whether what was there before an edit is shown beside it."""
        return any(row.before is not None for row in self.rows)

    def link(self, source: str, target: str, recurrent: bool) -> LinkPicture | None:
        """The link between two rows by their names, or that which stands for it; None where there is none."""
        wanted = self.names.get(source), self.names.get(target), recurrent
        return next((link for link in self.links if (link.source, link.target, link.recurrent) == wanted), None)

    def row_index(self, name: str) -> int:
        """The row with this name, or that which stands for it. Raises KeyError."""
        return self.names[name]

    def folded(self, level: int) -> ChainScene:
        """The same with the rows up to a level of folding left out: the next row of the same part that is still there
        stands for each, and its edges end there. An edge that stands for several has the largest of their norms."""
        if level not in self._folded:
            self._folded[level] = self._fold(level) if level else self
        return self._folded[level]

    @cached_property
    def _folded(self) -> dict[int, ChainScene]:
        return {}

    def _fold(self, level: int) -> ChainScene:
        hidden = [0 < row.secondary <= level for row in self.rows]
        kept = [k for k, gone in enumerate(hidden) if not gone]
        if len(kept) == len(self.rows):
            return self
        place = {k: kept.index(next(each for each in kept if each >= k)) for k in range(len(self.rows))}
        found: dict[tuple[int, int, bool, int, int, int], LinkPicture] = {}
        for link in self.links:
            moved = replace(link, source=place[link.source], target=place[link.target])
            if moved.source == moved.target and not moved.lag:
                continue
            other = found.get(moved.key)
            if other is not None:
                assert other.there is not None and moved.there is not None
                moved = replace(moved, norms=np.fmax(other.norms, moved.norms), there=other.there | moved.there)
            found[moved.key] = moved
        rows = tuple(self.rows[k] for k in kept)
        names = {name: place[k] for name, k in self.names.items()}
        arcs = self.arcs and replace(self.arcs, source=place[self.arcs.source], target=place[self.arcs.target])
        return replace(self, rows=rows, links=tuple(found.values()), names=names, arcs=arcs)


def _only(forward: Array) -> int:
    """The one step that has a beat."""
    return int(np.argmin(forward)) + 1
