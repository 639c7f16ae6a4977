"""The nodes of an expression. Each knows its characters, and how its value is found: a job, for some take long.

A value is a number, an array or a truth; `checked_*` keep them apart.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.ensemble.seeds import quantiles_of
from core.jobs import Job, part
from core.lessons.language.evaluation import MOST_VALUES, Evaluation, Number, Value, misused
from core.lessons.language.faults import Misuse, Span
from core.lessons.language.functions import (
    ADDRESSES,
    ARRAYS,
    FREE,
    PASSES,
    SINGLE,
    TRAINING,
    TRUTHS,
    WHOLE,
    Function,
    Loop,
)
from core.sentence import Sentence

Names = Mapping[str, Number]
PASSES_OF = {FREE: 0, PASSES: 4, TRAINING: 200}  # that a call counts as; the others one
PASSES_OF_A_RUN = 2  # forward and back
MOST_SEEDS = 500  # of a spread


@dataclass(frozen=True)
class Node:
    """`span`: its characters."""

    span: Span

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        raise NotImplementedError

    @property
    def children(self) -> tuple[Node, ...]:
        return ()

    def below(self) -> Iterator[Node]:
        """It and all below it."""
        yield self
        for child in self.children:
            yield from child.below()


def checked_number(node: Node, value: Value, at: Evaluation) -> Any:
    """Numbers. Raises ExpressionError for a truth."""
    if isinstance(value, bool):
        raise at.fault("this is true or false, and a number is wanted here.", node.span)
    return value


def checked_scalar(node: Node, value: Value, at: Evaluation) -> Number:
    """One number."""
    found = np.asarray(checked_number(node, value, at))
    if found.size != 1:
        raise at.fault(
            Sentence("this is an array of {size} numbers, and one number is wanted here.", size=found.size), node.span
        )
    return Number(found.reshape(()))


def checked_whole(node: Node, value: Value, at: Evaluation) -> int:
    """One whole number."""
    found = float(checked_scalar(node, value, at))
    if not math.isfinite(found) or found != round(found) or abs(found) > 1e9:
        raise at.fault(Sentence("this is {found:g}, and a whole number is wanted here.", found=found), node.span)
    return round(found)


def checked_truth(node: Node, value: Value, at: Evaluation) -> bool:
    """A truth."""
    if not isinstance(value, bool):
        raise at.fault("this is a number, and a comparison is wanted here, like … < 1.", node.span)
    return value


@dataclass(frozen=True)
class Constant(Node):
    number: float

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        at.spend(self.span)
        return Number(self.number)
        yield  # a job, like the others


@dataclass(frozen=True)
class Name(Node):
    name: str

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        at.spend(self.span)
        return names[self.name] if self.name in names else at.name(self.name, self.span)
        yield


@dataclass(frozen=True)
class Text(Node):
    """What stands in quotes; it has a meaning as an argument only."""

    text: str


@dataclass(frozen=True)
class Negative(Node):
    operand: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        at.spend(self.span)
        return -checked_number(self.operand, (yield from self.operand.value(at, names)), at)

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


OPERATIONS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.float_power}


@dataclass(frozen=True)
class Arithmetic(Node):
    sign: str
    left: Node
    right: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        left = checked_number(self.left, (yield from self.left.value(at, names)), at)
        right = checked_number(self.right, (yield from self.right.value(at, names)), at)
        return at.apply(OPERATIONS[self.sign], left, right, self.span)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(frozen=True)
class Product(Node):
    """left @ right, of vectors and matrices."""

    left: Node
    right: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        left = np.asarray(checked_number(self.left, (yield from self.left.value(at, names)), at))
        right = np.asarray(checked_number(self.right, (yield from self.right.value(at, names)), at))
        if not (left.ndim in (1, 2) and right.ndim in (1, 2)) or left.shape[-1] != right.shape[0]:
            shapes = " @ ".join(" × ".join(map(str, each.shape)) or "one number" for each in (left, right))
            raise at.fault(Sentence("{shapes} is no product of vectors or matrices.", shapes=shapes), self.span)
        made = math.prod((*left.shape[:-1], *right.shape[1:]))
        at.spend(self.span, made)
        at.spend(self.span, min(made * left.shape[-1] // 64, 2**21))
        with np.errstate(all="ignore"):
            return left @ right

    @property
    def children(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(frozen=True)
class Comparison(Node):
    """first signs[0] others[0] signs[1] others[1] …; of arrays all entries are meant. `texts`: each one as written."""

    first: Node
    signs: tuple[str, ...]
    others: tuple[Node, ...]
    texts: tuple[str, ...]

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        left = checked_number(self.first, (yield from self.first.value(at, names)), at)
        found, before = True, self.first
        for sign, other, text in zip(self.signs, self.others, self.texts, strict=True):
            right = checked_number(other, (yield from other.value(at, names)), at)
            span = before.span[0], other.span[1]
            found = at.compare(sign, left, right, span, text) and found
            left, before = right, other
        return found

    @property
    def children(self) -> tuple[Node, ...]:
        return self.first, *self.others


@dataclass(frozen=True)
class Both(Node):
    """… and … where `every`, else … or …; all of them are evaluated, so that each has its numbers."""

    every: bool
    operands: tuple[Node, ...]

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        found = []
        for operand in self.operands:
            found.append(checked_truth(operand, (yield from operand.value(at, names)), at))
        return all(found) if self.every else any(found)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True)
class Negation(Node):
    operand: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        return not checked_truth(self.operand, (yield from self.operand.value(at, names)), at)

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class Call(Node):
    function: Function
    arguments: tuple[Node, ...]

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        at.spend(self.span)
        values: list[Any] = []
        for kind, node in zip(self.function.kinds, self.arguments, strict=False):
            values.append((yield from self._argument(kind, node, at, names)))
        at.spend_passes(self.span, PASSES_OF.get(self.function.cost, 1))
        try:
            with np.errstate(all="ignore"):
                found = self.function.work(at.runs, *values)
            if isinstance(found, Generator):
                found = yield from found
        except Misuse as error:
            raise misused(at, error, self.span, [node.span for node in self.arguments]) from None
        except np.linalg.LinAlgError:
            raise at.fault("the spectrum of this matrix cannot be found.", self.span) from None
        at.spend(self.span, np.size(found) if np.size(found) > 1 else 0)
        return found if isinstance(found, bool | np.ndarray) else Number(found)

    def _argument(self, kind: str, node: Node, at: Evaluation, names: Names) -> Job[Any]:
        if isinstance(node, Text):
            if kind not in ADDRESSES:
                return node.text
            try:
                return at.runs.quantity(node.text)
            except Misuse as error:
                raise at.fault(error.sentence, node.span) from None
        value = yield from node.value(at, names)
        if kind in WHOLE:
            return checked_whole(node, value, at)
        if kind == SINGLE:
            return float(checked_scalar(node, value, at))
        return np.asarray(checked_number(node, value, at), dtype=float)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True)
class Repeated(Node):
    """every(v, a, b, e) and the others of LOOPS. What is compared in a loop that counts or adds up is not noted: it
    need not hold."""

    loop: Loop
    variable: str
    first: Node
    last: Node
    body: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        first = checked_whole(self.first, (yield from self.first.value(at, names)), at)
        last = checked_whole(self.last, (yield from self.last.value(at, names)), at)
        if last - first >= MOST_VALUES:
            count = last - first + 1
            raise at.fault(
                Sentence(
                    "{variable} would take {count:,} values, more than {most_values:,}.",
                    variable=self.variable,
                    count=count,
                    most_values=MOST_VALUES,
                ),
                self.span,
            )
        noted, values = dict(at.compared), []
        for k in range(first, last + 1):
            at.spend(self.span)
            value = yield from self.body.value(at, {**names, self.variable: Number(k)})
            values.append(self._checked(value, at, values))
            yield at.done
        if self.loop.name != "every":
            at.compared = noted
        with np.errstate(all="ignore"):
            found = self.loop.join(values)
        if found is None:
            raise at.fault(
                Sentence(
                    "there is no value: {variable} goes from {first} to {last}.",
                    variable=self.variable,
                    first=first,
                    last=last,
                ),
                self.span,
            )
        return found

    def _checked(self, value: Value, at: Evaluation, before: list[Value]) -> Value:
        if self.loop.of == TRUTHS:
            return checked_truth(self.body, value, at)
        if self.loop.of != ARRAYS:
            return checked_scalar(self.body, value, at)
        value = checked_number(self.body, value, at)
        if before and np.shape(value) != np.shape(before[0]):
            raise at.fault("the arrays are not all of one shape.", self.body.span)
        at.spend(self.span, np.size(value) * (len(before) + 1) // 64)
        return value

    @property
    def children(self) -> tuple[Node, ...]:
        return self.first, self.last, self.body


@dataclass(frozen=True)
class Spread(Node):
    """spread(e, n): log₁₀ of the 90 % quantile of e over n seeds by the 10 % quantile."""

    body: Node
    seeds: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        count = checked_whole(self.seeds, (yield from self.seeds.value(at, names)), at)
        if not 2 <= count <= MOST_SEEDS:
            raise at.fault(
                Sentence("a spread is over 2 to {most_seeds} seeds, not {count}.", most_seeds=MOST_SEEDS, count=count),
                self.seeds.span,
            )
        if at.runs.again is None:
            raise at.fault("there is nothing to run again with other seeds here.", self.span)
        at.spend_passes(self.span, PASSES_OF_A_RUN * count)
        shown, noted, values = at.runs, dict(at.compared), []
        try:
            for seed in range(count):
                at.runs = yield from part(shown.again(seed), seed / count, (seed + 1) / count)  # type: ignore[misc]
                values.append(checked_scalar(self.body, (yield from self.body.value(at, names)), at))
        finally:
            at.runs, at.compared = shown, noted
        with np.errstate(all="ignore"):
            low, high = quantiles_of(np.array(values), (0.1, 0.9))
            return Number(np.log10(high) - np.log10(low))

    @property
    def children(self) -> tuple[Node, ...]:
        return self.body, self.seeds


@dataclass(frozen=True)
class Changed(Node):
    """changed(w_gain, v, e): e of the run in which that number of the experiment is v. What is compared in it is not
    noted, for its numbers are those of another run."""

    field: str
    setting: Node
    body: Node

    def value(self, at: Evaluation, names: Names) -> Job[Value]:
        setting = float(checked_scalar(self.setting, (yield from self.setting.value(at, names)), at))
        at.spend_passes(self.span, PASSES_OF_A_RUN)
        shown, noted = at.runs, dict(at.compared)
        try:
            at.runs = yield from shown.changed(self.field, setting)
            at.spend_passes(self.span, PASSES_OF_A_RUN)  # as large as it has become
            return (yield from self.body.value(at, names))
        except Misuse as error:
            raise at.fault(error.sentence, self.setting.span) from None
        finally:
            at.runs, at.compared = shown, noted

    @property
    def children(self) -> tuple[Node, ...]:
        return self.setting, self.body
