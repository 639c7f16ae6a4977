"""A learner's numbers beside the right ones: what agrees, the first that does not, and what mistake gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.analysis.input_gradients import input_gradient
from core.choices import INPUTS
from core.diagnosis.asked import Asked, Item, Quantity
from core.diagnosis.explanation import Found
from core.diagnosis.finishes import matches
from core.diagnosis.forward import search as forward_search
from core.diagnosis.forward.changes import Altered
from core.diagnosis.search import searching
from core.diagnosis.sums import products
from core.diagnosis.unrolling import Unrolling
from core.errors import InputError
from core.jobs import Job
from core.maths.arrays import Array
from core.network.declared import X
from core.trace import Trace
from core.unrolled import readers_of


@dataclass(frozen=True)
class Place:
    """One number that does not agree, the learner's `theirs` beside the right one `ours`. `quantity`: our name of it,
    "L1.s" or "L1.W_f"; `index` from 0, in our layout: (t, sample, unit) of a signal; `entry` from 0, in the learner's
    array, None where that is not known."""

    item: str
    quantity: str
    kind: str
    index: tuple[int, ...]
    theirs: float
    ours: float
    entry: tuple[int, ...] | None = None

    @property
    def sample(self) -> int | None:
        """Of what has samples the one, from 0."""
        if self.kind in ("parameter", "weight"):
            return None
        return self.index[-2] if len(self.index) > 1 else None


@dataclass(frozen=True, eq=False)
class Verdict:
    """One item. `place`: the first of its numbers that is wrong, in the order of computation, and there the one that is
    furthest off; None where all agree. `as_used`: they agree with the truncated or clipped gradients that the run uses,
    not with the derivatives. `apart`: the largest difference, relative to the largest number."""

    item: Item
    place: Place | None = None
    as_used: bool = False
    apart: float = 0.0

    @property
    def agrees(self) -> bool:
        return self.place is None


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """`verdicts` in the order of computation. `forward`: what a search found for wrong values of the forward pass, None
    where all of them agree. `follow`: names of gradients that are wrong, and right for the values that this mistake
    gives. `found`: what a search for the mistake in the other gradients found, made from these values; None where there
    are no others."""

    trace: Trace
    items: tuple[Item, ...]  # in the order of the file
    verdicts: tuple[Verdict, ...]
    found: Found | None = None
    forward: Found | None = None
    follow: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return all(each.agrees for each in self.verdicts)

    @property
    def explained(self) -> bool:
        """Whether a mistake of the forward pass gives the wrong values, so that `found` is of gradients on them."""
        return self.forward is not None and isinstance(self.forward.best, Altered)

    @property
    def first(self) -> Verdict | None:
        """The first that does not agree, in the order of computation."""
        return next((each for each in self.verdicts if not each.agrees), None)


def diagnosing(trace: Trace, items: Iterable[Item]) -> Job[Diagnosis]:
    """Compares the items with a run and looks for the mistake in those that are wrong. A job.

    Raises InputError where there is nothing to compare, where the run has a fault of its own or is not finite.
    """
    items = tuple(items)
    if not items:
        raise InputError("There is no gradient and no value of this network among the arrays; save dW, dU or db.")
    if trace.experiment.fault is not None:
        raise InputError(
            "The experiment has the fault {fault}, so that its own gradients are wrong on purpose; switch it off.",
            fault=trace.experiment.fault,
        )
    if trace.broken is not None:
        raise InputError("The run itself has numbers that are not finite; check with fewer steps or smaller weights.")
    yield 0.0
    asked = Asked(Unrolling(trace), items)
    verdicts = _verdicts(asked)
    wrong = frozenset(each.item for each in verdicts if not each.agrees)
    forward: Found | None = None
    follow: tuple[Item, ...] = ()
    gradients = wrong & frozenset(asked.gradients)
    if wrong & frozenset(asked.values):
        forward = yield from forward_search.searching(asked, wrong & frozenset(asked.values))
        if gradients and isinstance(forward.best, Altered):
            asked, follow, gradients = _on_values(asked, forward, gradients)
    found = (yield from searching(asked, gradients)) if gradients else None
    return Diagnosis(trace, items, verdicts, found, forward, tuple(item.name for item in follow))


def _on_values(asked: Asked, forward: Found, wrong: frozenset[Item]) -> tuple[Asked, tuple[Item, ...], frozenset[Item]]:
    """What is asked, with the values that the mistake gives; the wrong gradients that follow from them, and those that
    do not. Where several mistakes give the values, those are kept from which most gradients follow."""
    ways = []
    for each in forward.complete:
        cause = each.cause
        if not isinstance(cause, Altered):
            continue
        other = Asked(forward_search.altered(asked.unrolling, cause), asked.items)
        rows = forward_search.gradients_on(other)
        follow = tuple(item for item in asked.gradients if matches(item, rows))
        ways.append((each, other, follow))
    most = max(len(follow) for _, _, follow in ways)
    if most:
        forward.complete = [each for each, _, follow in ways if len(follow) == most]
    _, other, follow = next(way for way in ways if len(way[2]) == most)
    rest = frozenset(item for item in asked.gradients if item not in follow)
    return other, tuple(item for item in follow if item in wrong), rest


def _verdicts(asked: Asked) -> tuple[Verdict, ...]:
    trace = asked.trace
    exact = asked.of_parameters(trace.exact_parameters, trace.exact, trace.start_gradients, input_gradient(trace))
    used = exact
    if trace.used_parameters is not trace.exact_parameters:
        used = asked.of_parameters(
            trace.used_parameters, trace.used, trace.start_gradients, input_gradient(trace, used=True)
        )
    found = []
    for item in asked.items:
        if item.forward:
            right = {each: asked.value(each)[None] for each in item.quantities}
        else:
            right = exact
        verdict = _verdict(asked, item, right)
        if not verdict.agrees and not item.forward and used is not exact and _verdict(asked, item, used).agrees:
            verdict = Verdict(item, as_used=True)
        found.append(verdict)
    return tuple(sorted(found, key=lambda each: _when(asked, each)))


def _verdict(asked: Asked, item: Item, right: dict[Quantity, Array]) -> Verdict:
    off, allowed = item.off(right)
    relative = float(off[0] * item.tolerance / (allowed[0] - item.rounding))
    if (off <= allowed).all():
        return Verdict(item, apart=relative)
    wrong = []
    for quantity in item.quantities:
        ours = right[quantity][0]
        apart = np.abs(ours - quantity.array)
        limit = item.allowed(max(item.largest, float(np.abs(ours).max(initial=0.0))))
        if apart.max(initial=0.0) > limit:
            wrong.append(_place(asked, item, quantity, ours, apart, float(limit)))
    return Verdict(item, min(wrong, key=lambda each: _order(asked, each)), apart=relative)


def _place(asked: Asked, item: Item, quantity: Quantity, ours: Array, apart: Array, limit: float) -> Place:
    """The first number in the order of computation: of a signal the first step that is computed, and its worst."""
    looked_at = apart
    if quantity.kind in ("signal", "value") and apart.ndim == 3:
        steps = np.flatnonzero((apart > limit).any(axis=tuple(range(1, apart.ndim))))
        first = steps[0] if (quantity.kind == "value") != _reversed(asked, quantity) else steps[-1]
        looked_at = np.where(np.arange(len(apart)).reshape(-1, *[1] * (apart.ndim - 1)) == first, apart, -1.0)
    index = tuple(int(k) for k in np.unravel_index(int(looked_at.argmax()), apart.shape))
    theirs, right = float(quantity.array[index]), float(ours[index])
    return Place(item.name, quantity.name, quantity.kind, index, theirs, right, item.entry(quantity, index))


def _reversed(asked: Asked, quantity: Quantity) -> bool:
    scan = asked.trace.scan_named(quantity.key[0])
    return scan is not None and scan.reverse


def _when(asked: Asked, verdict: Verdict) -> tuple[float, ...]:
    if verdict.place is not None:
        return _order(asked, verdict.place)
    quantity = verdict.item.quantities[0]
    return _order(asked, Place(verdict.item.name, quantity.name, quantity.kind, (), 0.0, 0.0))


def _order(asked: Asked, place: Place) -> tuple[float, ...]:
    """When a number is computed: values forward, then gradients backward, then the sums over time."""
    trace, declared = asked.trace, asked.unrolling.declared
    part, _, name = place.quantity.partition(".")
    parts = [each.name for each in declared]
    if place.kind in ("parameter", "weight"):
        names = [each.name for each in products(asked.unrolling)]
        at = next(
            (k for k, each in enumerate(names) if each == place.quantity or each.startswith(f"{place.quantity}_")), 0
        )
        return (2.0, 0.0, -float(at)) if place.kind == "parameter" else (-1.0, 0.0, float(at))
    own = next((each for each in declared if each.name == part or each.key(name)[0] == part), None)
    if place.quantity == INPUTS:
        own = next((edge.declared for edge in readers_of(trace.network, X)), None)
    outs = [] if own is None else [each.out for each in own.graph]
    position = outs.index(name) if name in outs else -1
    depth = parts.index(own.name) if own is not None else -1
    steps = max(len(trace.data.x), len(trace.data.y))
    t = place.index[0] if place.index and place.kind != "start" else 0
    if own is not None and own.reverse:
        t = steps - 1 - t
    inside = [{each.name for member in p.members or (p,) for each in member.declared()} for p in trace.network.parts]
    loop = next((k for k, names in enumerate(inside) if own is not None and own.name in names), -1)
    if place.kind == "value":
        return 0.0, float(loop), float(t), float(depth), float(position)
    if place.kind == "start":
        return 1.0, -float(loop), float(steps), 0.0, 0.0
    return 1.0, -float(loop), -float(t), -float(depth), -float(position)
