"""An expression at work on some runs: what it has used up, and what its comparisons found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.lessons.language.faults import ExpressionError, Misuse, Span
from core.lessons.language.runs import Runs
from core.maths.arrays import Array
from core.sentence import Sentence

MOST_STEPS = 100_000  # nodes that are evaluated, and every so many numbers of an array that is made
NUMBERS_A_STEP = 256
MOST_PASSES = 4000  # forward or backward passes of a small run, and checks and trainings by what they take of them
LARGE = 2**20  # bytes of a run's arrays: its passes count as one more for each
MOST_VALUES = 10_000  # of one bound variable

Number = np.float64
Value = Number | Array | bool  # a truth is a bool, and no number


@dataclass(frozen=True)
class Compared:
    """One comparison, where it is least true: `text` as it is written, the numbers on both sides, whether it holds.

    `margin`: how far it is from the edge in the larger of the two numbers: 1 is far, 0 the edge, below 0 it fails. −∞
    where a side is not a number.
    """

    text: str
    sign: str
    left: float
    right: float
    holds: bool
    margin: float


class Evaluation:
    """Names with their values, and bounds: raises ExpressionError where an expression asks for too much."""

    def __init__(self, text: str, runs: Runs) -> None:
        self.text, self.runs = text, runs
        self.compared: dict[Span, Compared] = {}
        self._steps, self._passes = 0, 0

    @property
    def done(self) -> float:
        """How much of what it may use up is used, from 0 to 1."""
        return min(self._steps / MOST_STEPS, 1.0)

    def fault(self, sentence: str, span: Span) -> ExpressionError:
        return ExpressionError(sentence, self.text, span)

    def spend(self, span: Span, numbers: int = 0) -> None:
        """One step, and what making so many numbers takes."""
        self._steps += 1 + numbers // NUMBERS_A_STEP
        if self._steps > MOST_STEPS:
            raise self.fault("this takes too long; let the loops be shorter, or nest fewer of them.", span)

    def spend_passes(self, span: Span, passes: int) -> None:
        """So many passes through a run."""
        self._passes += passes * (1 + self.runs.nbytes // LARGE)
        if self._passes > MOST_PASSES:
            raise self.fault(
                Sentence(
                    "this takes more than {most_passes:,} passes; let the loops be shorter.", most_passes=MOST_PASSES
                ),
                span,
            )

    def name(self, name: str, span: Span) -> Number:
        """T, H, B or a field of the shown run's experiment."""
        trace = self.runs.shown
        sizes = {"T": len(trace.data.x), "H": trace.scan.hidden, "B": trace.data.x.shape[1]}
        found = sizes[name] if name in sizes else getattr(trace.experiment, name)
        if found is None:
            raise self.fault(Sentence("{name} is off in this run.", name=name), span)
        return Number(found)

    def apply(self, operation: Callable[[Value, Value], Value], left: Value, right: Value, span: Span) -> Value:
        """An operation on two numbers, a number and an array, or arrays of one shape. Raises ExpressionError for
        others."""
        one, other = np.shape(left), np.shape(right)
        if one != other and one and other:
            shapes = " and ".join(" × ".join(map(str, each)) for each in (one, other))
            raise self.fault(Sentence("arrays of {shapes} numbers do not go together.", shapes=shapes), span)
        self.spend(span, max(np.size(left), np.size(right)))
        with np.errstate(all="ignore"):
            return operation(left, right)

    def compare(self, sign: str, left: Value, right: Value, span: Span, text: str) -> bool:
        """Whether it holds of all entries; what it found is noted where it is the least true so far."""
        holds = bool(np.all(self.apply(SIGNS[sign], left, right, span)))
        if np.ndim(left) or np.ndim(right):
            pairs = np.broadcast_arrays(left, right)
            first, second = (each.ravel().tolist() for each in pairs)
        else:
            first, second = [float(left)], [float(right)]
        margins = [_margin(sign, *each) for each in zip(first, second, strict=True)]
        if margins:
            worst = min(range(len(margins)), key=margins.__getitem__)
            if span not in self.compared or margins[worst] < self.compared[span].margin:
                self.compared[span] = Compared(text, sign, first[worst], second[worst], holds, margins[worst])
        return holds


SIGNS: dict[str, Callable[..., Value]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


def _margin(sign: str, left: float, right: float) -> float:
    if math.isnan(left) or math.isnan(right):
        return -math.inf
    if left == right:
        return 0.0
    if sign in ("==", "!="):
        apart = -abs(left - right) if sign == "==" else abs(left - right)
    else:
        apart = right - left if sign in ("<", "<=") else left - right
    size = max(abs(left), abs(right))
    return math.copysign(1.0, apart) if math.isinf(size) else apart / size


def misused(evaluation: Evaluation, error: Misuse, call: Span, arguments: list[Span]) -> ExpressionError:
    """A function's complaint, with the place of the argument that it is about."""
    at = error.argument
    return evaluation.fault(error.sentence, call if at is None or at >= len(arguments) else arguments[at])
