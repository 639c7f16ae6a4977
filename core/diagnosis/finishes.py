"""Mistakes in gradients that are otherwise finished: a factor, a transpose, another order of the gates, time reversed,
one step or one sample alone, another factor in the sum over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from core.diagnosis.asked import Asked, Item, Quantity
from core.diagnosis.backward import Gradients
from core.diagnosis.sums import Product, by_parameter, left_of, products, summed
from core.maths.arrays import Array
from core.maths.operations import FIXED
from core.network.declared import PREVIOUS, Key

Rows = Mapping[Quantity, Array]


@dataclass(frozen=True)
class Finish:
    """What is done to the right gradient. `kind`: "factor", "transposed", "order", "reversed", "zero", "shifted",
    "clipped", "norm", or of the sum over time "left", "right", "step", "sample"; `detail` says which; `rank` as of a
    change. Equal ones are one mistake, in however many arrays."""

    kind: str
    detail: str = ""
    number: float = 0.0
    rank: int = 2


IDENTITY = Finish("")


def factors_of(asked: Asked) -> dict[str, float]:
    """Factors that a person is likely to have too many or too few, by how they are written."""
    data = asked.trace.data
    counts = {
        "B": data.x.shape[1],
        "T": len(data.x),
        "H": asked.trace.scan.hidden,
        "O": data.y.shape[2],
        "S": int(data.supervised.sum()),
    }
    found = {"2": 2.0, "1/2": 0.5, "−1": -1.0, "−2": -2.0}
    for letter, count in counts.items():
        if count > 1:
            found |= {letter: float(count), f"1/{letter}": 1.0 / count, f"−{letter}": -float(count)}
            found |= {f"−1/{letter}": -1.0 / count, f"2/{letter}": 2.0 / count, f"2·{letter}": 2.0 * count}
            found[f"√{letter}"], found[f"1/√{letter}"] = count**0.5, count**-0.5
    for a, b in (("B", "T"), ("B", "O"), ("B", "S"), ("T", "O")):
        product = counts[a] * counts[b]
        if counts[a] > 1 and counts[b] > 1:
            found |= {f"{a}·{b}": float(product), f"1/({a}·{b})": 1.0 / product}
            found |= {f"{a}/{b}": counts[a] / counts[b], f"{b}/{a}": counts[b] / counts[a]}
    return found


def written(factor: float, known: Mapping[str, float], tolerance: float) -> tuple[str, ...]:
    """Every way in which a factor can be written; none where it is no likely one."""
    return tuple(text for text, value in known.items() if abs(value - factor) <= 4 * tolerance * abs(value))


def fitted_factor(item: Item, rows: Rows) -> Array:
    """The factor by which each row comes nearest to the item, (K,); NaN where the row is 0."""
    products_, squares = 0.0, 0.0
    for quantity in item.quantities:
        array = rows[quantity]
        axes = tuple(range(1, array.ndim))
        products_ = products_ + (array * quantity.array).sum(axis=axes)
        squares = squares + np.square(array).sum(axis=axes)
    with np.errstate(all="ignore"):
        return np.where(
            np.asarray(squares) > 0.0, products_ / np.where(np.asarray(squares) > 0.0, squares, 1.0), np.nan
        )


def matches(item: Item, arrays: Rows) -> bool:
    """Whether arrays with an axis of 1 before theirs are the item's."""
    off, allowed = item.off(arrays)
    return bool(off[0] <= allowed if np.ndim(allowed) == 0 else off[0] <= allowed[0])


def same_when(finish: Finish, item: Item, row: Rows) -> bool:
    """Whether a factor or a limit of another item makes this one, too."""
    if finish.kind == "factor":
        off, allowed = item.off(row, finish.number)
        return bool((off <= allowed).all())
    return matches(item, {each: np.clip(row[each], -finish.number, finish.number) for each in item.quantities})


def finishes(asked: Asked, item: Item, row: Rows, thorough: bool) -> Iterator[Finish]:
    """The finishes that make one row (axes of 1) the item. `thorough`: the orders of gates among them."""
    if item.largest == 0.0:
        yield Finish("zero", rank=0)
        return
    if item.size >= 3:
        (factor,) = np.atleast_1d(fitted_factor(item, row))
        if np.isfinite(factor) and abs(factor - 1.0) > 1e-9:
            off, allowed = item.off(row, float(factor))
            if (off <= allowed).all():
                yield Finish("factor", number=float(factor))
    yield from (
        finish for finish in _simple(asked, item) if matches(item, {q: _done(finish, row[q]) for q in item.quantities})
    )
    yield from _clipped(item, row)
    if thorough:
        yield from _orders(asked, item, row)


def _simple(asked: Asked, item: Item) -> Iterator[Finish]:
    shapes = {each.array.shape for each in item.quantities}
    if item.kind == "parameter" and all(len(shape) == 2 and shape[0] == shape[1] for shape in shapes):
        yield Finish("transposed", rank=1)
    if item.kind in ("signal", "value") and all(len(shape) == 3 and shape[0] > 1 for shape in shapes):
        yield Finish("reversed", rank=1)
        yield Finish("shifted", "later")
        yield Finish("shifted", "earlier")


def _done(finish: Finish, array: Array) -> Array:
    """A finish on an array with one axis (of rows) before its own."""
    match finish.kind, finish.detail:
        case "transposed", _:
            return np.swapaxes(array, -1, -2)
        case "reversed", _:
            return array[:, ::-1]
        case "shifted", "later":
            found = np.zeros_like(array)
            found[:, 1:] = array[:, :-1]
            return found
        case "shifted", _:
            found = np.zeros_like(array)
            found[:, :-1] = array[:, 1:]
            return found
    return array


def _clipped(item: Item, row: Rows) -> Iterator[Finish]:
    """Cut off at the item's largest number."""
    limit = float(f"{item.largest:.3g}")  # what a person writes; another one is an odd one, and must be reached twice
    if abs(limit - item.largest) > item.tolerance * item.largest:
        limit = item.largest
    most = max(float(np.abs(row[each]).max(initial=0.0)) for each in item.quantities)
    near = limit * (1.0 - item.tolerance)
    reached = sum(int((np.abs(each.array) >= near).sum()) for each in item.quantities)
    if most > limit and item.size >= 3 and (reached > 1 or float(f"{limit:.3g}") == limit):
        cut = {each: np.clip(row[each], -limit, limit) for each in item.quantities}
        if matches(item, cut):
            yield Finish("clipped", number=limit)


def _orders(asked: Asked, item: Item, row: Rows) -> Iterator[Finish]:
    """The blocks of a stack in another order than the learner's own is said to be; the order that they have there."""
    scan = asked.trace.scan_named(item.quantities[0].name.partition(".")[0])
    if item.kind == "start" or scan is None or len(scan.cell.blocks) < 2:
        return
    blocks = scan.cell.blocks
    if len(item.quantities) == len(blocks):  # as they lie in the learner's array
        blocks = tuple(each.name.rpartition("_")[2] for each in item.quantities)
    ours = _blocks(row, item, len(blocks))
    theirs = _blocks({each: each.array[None] for each in item.quantities}, item, len(blocks))
    if ours is None or theirs is None:
        return
    scale = item.allowed(item.largest)
    near = [[bool((np.abs(a - b) <= scale).all()) for b in ours] for a in theirs]
    for order in permutations(range(len(blocks))):
        if order != tuple(range(len(blocks))) and all(near[k][place] for k, place in enumerate(order)):
            yield Finish("order", " ".join(blocks[k] for k in order), rank=1)


def _blocks(arrays: Rows, item: Item, count: int) -> list[Array] | None:
    """The blocks of an item, one after the other."""
    if len(item.quantities) == 1:
        (only,) = item.quantities
        array = arrays[only]
        if only.kind not in ("parameter", "signal", "value") or array.shape[-1] % count:
            return None
        own = only.name.partition(".")[2]
        return np.split(array, count, axis=-1) if "_" not in own and own in ("U", "W", "b", "h", "F") else None
    return [arrays[each] for each in item.quantities] if len(item.quantities) == count else None


# --- the sum over time made otherwise ---
class Sums:
    """∂L/∂ each parameter with something else in its sum over time, from the right gradients."""

    def __init__(self, asked: Asked, found: Gradients, base: Rows) -> None:
        self.asked, self.found, self.base = asked, found, base
        self.unrolling = asked.unrolling
        self.products: dict[str, list[Product]] = {}
        for product in products(self.unrolling):
            self.products.setdefault(product.name, []).append(product)
        self.right = by_parameter(self.unrolling, found)

    def all(self) -> Iterator[tuple[Finish, dict[str, Array]]]:
        """Each finish with the parameters that it changes, "L1.W_f", (1, …)."""
        by_finish: dict[Finish, dict[str, Array]] = {}
        for name, several in self.products.items():
            if len(several) != 1 or several[0].operation.kind == "compare":
                continue
            for finish, array in self._of(several[0]):
                by_finish.setdefault(finish, {})[name] = array
        yield from by_finish.items()

    def _of(self, product: Product) -> Iterator[tuple[Finish, Array]]:
        declared, unrolling = product.declared, self.unrolling
        right = self.found.signals.get(declared.key(product.right))
        if right is None or right.ndim != 4:
            return
        right = right[:, :1]
        left = left_of(unrolling, product, right)
        order = -1 if declared.reverse else 1
        steps = len(right)
        if left is not None:
            for name, array in self._lefts(product, left):
                yield (
                    Finish("left", f"{product.parameter.partition('_')[0]}:{product.left}:{name}", rank=2),
                    summed(array, right, product.elementwise),
                )
        for name, array in self._rights(product, right):
            yield (
                Finish("right", f"{product.parameter.partition('_')[0]}:{name}", rank=2),
                summed(left, array, product.elementwise),
            )
        first, last = (0, steps - 1)[::order], steps
        for detail, kept in (
            ("only the first step", slice(first[0], first[0] + 1)),
            ("only the last step", slice(first[1], first[1] + 1)),
        ):
            yield (
                Finish("step", detail, rank=1),
                summed(None if left is None else left[kept], right[kept], product.elementwise),
            )
        if steps > 2:
            for detail, kept in (
                ("without the first step", slice(1, last) if order > 0 else slice(0, last - 1)),
                ("without the last step", slice(0, last - 1) if order > 0 else slice(1, last)),
            ):
                yield (
                    Finish("step", detail),
                    summed(None if left is None else left[kept], right[kept], product.elementwise),
                )
        for detail, b in (("only the first sample", slice(0, 1)), ("only the last sample", slice(-1, None))):
            if right.shape[2] > 1:
                yield (
                    Finish("sample", detail),
                    summed(None if left is None else left[:, :, b], right[:, :, b], product.elementwise),
                )

    def _lefts(self, product: Product, left: Array) -> Iterator[tuple[str, Array]]:
        declared, unrolling = product.declared, self.unrolling
        values = unrolling.values[declared.name]
        for name, array in values.items():
            if name != product.left and array.ndim == 3 and array.shape == left[:, 0].shape:
                yield name, array[:, None]
        for detail, by in (("the step before", 1), ("the step after", -1)):
            shift = -by if declared.reverse else by
            if product.left.endswith(PREVIOUS) and by < 0:
                continue  # that is the state of the step itself, which has a name
            yield f"{detail}:{product.left}", _moved(left, shift)
        if len(left) > 1:
            yield f"reversed:{product.left}", left[::-1]

    def _rights(self, product: Product, right: Array) -> Iterator[tuple[str, Array]]:
        declared = product.declared
        ahead = {op.inputs[0]: op.out for op in declared.graph if len(op.inputs) == 1 and op.kind not in FIXED}
        for operation in declared.graph:
            name = operation.out
            array = self.found.signals.get(declared.key(name))
            if name == product.right or array is None or array.shape[2:] != right.shape[2:]:
                continue
            if name == ahead.get(product.right):
                name = "ahead"  # of each block its own
            yield name, array[:, :1]
        for source in {source for operation in declared.graph for source in operation.inputs}:
            if not source.endswith(PREVIOUS):
                continue
            key: Key = declared.key(source.removesuffix(PREVIOUS))
            array = self.found.signals.get(key)
            if array is not None and array.shape[2:] == right.shape[2:]:
                yield source, _moved(array[:, :1], -1 if declared.reverse else 1)
        for detail, by in (("the step after", -1), ("the step before", 1)):
            yield f"{detail}:", _moved(right, -by if declared.reverse else by)


def _moved(array: Array, by: int) -> Array:
    """Of the step `by` earlier, 0 where there is none."""
    found = np.zeros_like(array)
    if by > 0:
        found[by:] = array[:-by]
    else:
        found[:by] = array[-by:]
    return found
