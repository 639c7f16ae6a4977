"""FUNCTIONS: the visible list of what an expression can call. A new function is one line in it.

Steps and indices count from 1. Where a run has several samples, a row is that of the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.lessons.language import arrays, gradients, measured
from core.lessons.language.runs import Runs
from core.maths.arrays import Array

# What an argument is.
QUANTITY = "an address or numbers"
RECORD = "a record, by its address or as numbers with steps"
NUMBER = "a number"  # or an array: of each of its numbers
SINGLE = "one number"
STEP = "a step, from 1"
INDEX = "an index, from 1"
LAG = "a lag, from 0"
PARAMETER = "the address of a parameter, like 'L1.W'"
PART = "the name of a part, like 'L1', or '' for all"
PIN = "the letter of a pinned run, like 'A'"
KIND = "'along', 'gates' or 'state'"
TEXTS = (PARAMETER, PART, PIN, KIND)  # written in quotes, always
ADDRESSES = (QUANTITY, RECORD)  # an address in quotes, or an expression
WHOLE = (STEP, INDEX, LAG)

# What a call costs.
FREE, ONE_PASS, PASSES, TRAINING = COSTS = ("0", "1 pass", "n passes", "training")


@dataclass(frozen=True)
class Function:
    """`needs` and `takes`: the kinds of the arguments that must be there, and of those that may follow. `work` gets the
    runs and the arguments; a job where it costs something. `name` as it is written, `cost` one of COSTS."""

    name: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    cost: str
    work: Callable[..., Any]
    about: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.needs + self.takes


def _each(apply: Callable[[Array], Array]) -> Callable[[Runs, Array], Array]:
    """A function of single numbers, for a call."""

    def work(runs: Runs, values: Array) -> Array:
        return apply(values)

    return work


FUNCTIONS = (
    Function("norm", (QUANTITY,), (STEP,), FREE, arrays.norm, "‖q‖ of all, or of one step; scaled, right for 1e-200"),
    Function("max", (QUANTITY,), (), FREE, arrays.largest, "the largest number of q"),
    Function("min", (QUANTITY,), (), FREE, arrays.smallest, "the smallest number of q"),
    Function("mean", (QUANTITY,), (), FREE, arrays.mean, "the mean of all numbers of q"),
    Function("prod", (RECORD,), (), FREE, arrays.product, "the product over t, of each unit"),
    Function("ratio", (RECORD,), (), FREE, arrays.ratio, "norm(q, 1) / norm(q, T)"),
    Function("at", (RECORD, STEP), (INDEX,), FREE, arrays.at, "the row of a step, or one number of it"),
    Function("param", (QUANTITY, INDEX), (INDEX,), FREE, arrays.entry, "one number of a parameter, row and column"),
    Function("value", (QUANTITY,), (), FREE, arrays.value, "all numbers of q"),
    Function("transpose", (QUANTITY,), (), FREE, arrays.transpose, "pᵀ"),
    Function("diff", (QUANTITY, QUANTITY), (STEP,), FREE, arrays.difference, "the largest absolute difference"),
    Function("cosine", (QUANTITY, QUANTITY), (), FREE, arrays.cosine, "the cosine of the angle between both"),
    Function("eig", (QUANTITY,), (), FREE, arrays.radius, "ρ, the largest absolute eigenvalue"),
    Function("sigma", (QUANTITY,), (), FREE, arrays.largest_singular, "the largest singular value"),
    Function("sigma_min", (QUANTITY,), (), FREE, arrays.smallest_singular, "the smallest singular value"),
    Function("addend", (PARAMETER, STEP), (), FREE, gradients.addend, "what one step adds to a parameter's gradient"),
    Function("share", (PARAMETER, LAG), (LAG,), FREE, gradients.share, "the signed share of a lag, or of several"),
    Function("slope", (STEP,), (PIN,), FREE, gradients.slope, "φ′(h) of every unit at a step"),
    Function("split", (KIND, STEP), (PIN,), ONE_PASS, gradients.split, "the share of ∂L/∂memory that comes that way"),
    Function("only", (STEP, PARAMETER), (), ONE_PASS, gradients.only, "the gradient that one step's loss sends"),
    Function("reach", (STEP, STEP), (PIN,), ONE_PASS, gradients.reach, "‖∂m_t/∂m_k‖ of the memory"),
    Function("loss", (), (PIN,), FREE, measured.loss, "L"),
    Function("count", (), (PART, PIN), FREE, measured.count, "how many parameters there are"),
    Function("clip_factor", (), (PIN,), FREE, measured.clip_factor, "what clipping multiplies the gradient by"),
    Function("broken", (), (PIN,), FREE, measured.broken, "whether a number is not finite"),
    Function("check", (), (PIN,), PASSES, measured.check, "the worst relative error of the gradient check"),
    Function("quotient", (PARAMETER, INDEX, INDEX), (SINGLE,), PASSES, measured.quotient, "a difference quotient of L"),
    Function("after", (SINGLE,), (PIN,), ONE_PASS, measured.after, "L after one update of that rate, on the same data"),
    Function("accuracy", (), (PIN,), TRAINING, measured.accuracy, "of the trained run, on data it has not seen"),
    Function("r2", (), (PIN,), TRAINING, measured.r_squared, "R² of the trained run, on data it has not seen"),
    Function("rival", (), (PIN,), ONE_PASS, measured.rival, "R² of “the next value is this one”, on the same data"),
    Function("test_loss", (), (PIN,), TRAINING, measured.loss_not_seen, "L of the trained run, on data not seen"),
    Function("history", (INDEX,), (PIN,), TRAINING, measured.history, "the loss at an update of the training"),
    Function("history_norm", (INDEX,), (PIN,), TRAINING, measured.history_norm, "‖gradient‖ at an update of it"),
    Function("attended", (), (PIN,), TRAINING, measured.attended, "its mean weights of attention, T_y × T_x"),
    Function("abs", (NUMBER,), (), FREE, _each(np.abs), "the size of each number"),
    Function("tanh", (NUMBER,), (), FREE, _each(np.tanh), "of each number"),
    Function("sigm", (NUMBER,), (), FREE, _each(arrays.sigmoid), "1/(1 + e⁻ˣ), of each number"),
    Function("log", (NUMBER,), (), FREE, _each(np.log), "the natural logarithm, of each number"),
    Function("log10", (NUMBER,), (), FREE, _each(np.log10), "decades, of each number"),
    Function("exp", (NUMBER,), (), FREE, _each(np.exp), "eˣ, of each number"),
    Function("sqrt", (NUMBER,), (), FREE, _each(np.sqrt), "the square root, of each number"),
)  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """name(v, a, b, e): `join` makes one value of those of e for v = a … b; `of` says of which kind they are."""

    name: str
    of: str
    join: Callable[[list[Any]], Any]
    about: str


TRUTHS, NUMBERS, ARRAYS = "comparisons", "numbers", "numbers or arrays"


def _total(values: list[Any]) -> Any:
    found = np.float64(0.0)
    for each in values:
        found = found + each
    return found


def _product(values: list[Any]) -> Any:
    found = np.float64(1.0)
    for each in values:
        found = found * each
    return found


LOOPS = (
    Loop("every", TRUTHS, all, "true where e is, for every v"),
    Loop("howmany", TRUTHS, lambda values: np.float64(sum(values)), "for how many v it is true"),
    Loop("sum", ARRAYS, _total, "e added up"),
    Loop("times", ARRAYS, _product, "e multiplied"),
    Loop("largest", NUMBERS, lambda values: np.float64(np.max(values)) if values else None, "the largest e"),
    Loop("smallest", NUMBERS, lambda values: np.float64(np.min(values)) if values else None, "the smallest e"),
)
SPREAD = "spread"  # spread(e, n): the 10–90 % range of e over n seeds, in decades
CHANGED = "changed"  # changed(w_gain, v, e): e of the run with another number of the experiment


def names() -> Iterator[str]:
    """Everything that can be called."""
    yield from (each.name for each in FUNCTIONS)
    yield from (each.name for each in LOOPS)
    yield from (SPREAD, CHANGED)
