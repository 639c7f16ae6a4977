"""From a session to what the panel shows: a recurrent matrix, and its gradient as far as the backward pass has come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.recurrence import recurrent_matrices
from core.arithmetic.matrices import Matrix, in_notation, matrix_of
from core.arithmetic.running_sum import RunningSum, running_sum
from core.maths.arrays import scaled_norm
from core.trace import Trace
from explorer.items.heat.layout import HeatCells
from explorer.panels.numbers.view import limit_of
from explorer.session.session import Session
from explorer.style.decades import LOW, upper

Array = np.ndarray


def key_now(trace: Trace, key: str) -> str:
    """The matrix to show: `key` itself where the run has it, else one like it (W for W_f), else the first of the scan
    on view. "" where no step reads an earlier one by way of a matrix."""
    names = recurrent_matrices(trace)
    if key in names:
        return key
    stem = key.partition("_")[0]
    like = [name for name in names if stem and name.partition("_")[0] == stem]
    own = [name for name in names if name.startswith(f"{trace.scan.name}.")]
    return next(iter((*like, *own, *names)), "")


@dataclass(frozen=True)
class Sum:
    """dW at a place on the line, as the book lays it out. `count`: the addends that it has so far, of `steps`;
    `reached`: the column of the last of them, 0 where there is none; `finished`: the sum over time is done."""

    values: Array
    count: int
    steps: int
    reached: int
    finished: bool


class WeightsScene:
    """One matrix of a run. `sums`: None while an error is hidden or a question waits, which the sum would give away."""

    def __init__(self, session: Session, key: str) -> None:
        self.session, self.trace, self.key = session, session.trace, key
        view = session.view
        self.used = view.gradient != "exact"
        self.matrix: Matrix = matrix_of(self.trace, key, view.sample, session.notation, self.used, session.experiment)
        self.limit = limit_of(self.matrix.values)
        hidden = bool(session.hunt.hidden_fields) or session.lesson.asks
        self.sums: RunningSum | None = None if hidden else running_sum(self.trace, key, self.used)
        self.shares = self.sums.shares if self.sums is not None else None
        whole = self.laid_out(self.sums.total) if self.sums is not None else np.zeros_like(self.matrix.values)
        self._whole = whole
        finite = np.abs(whole[np.isfinite(whole)])
        self.decades = LOW, upper(float(finite.max(initial=0.0)))

    def laid_out(self, array: Array) -> Array:
        """An array of the parameter's shape, (rows, columns) as the book has it."""
        made = in_notation(self.trace, self.key, self.session.notation, array)
        return made.reshape(-1, made.shape[-1])

    def cells(self, limit: float) -> HeatCells:
        """The matrix as its map has it, on the scale ±limit."""
        matrix = self.matrix
        return HeatCells(
            matrix.values, "value", matrix.rows, matrix.columns, matrix.open & ~matrix.locked, matrix.open,
            matrix.edited, matrix.locked, limit=limit,
        )  # fmt: skip

    def moment(self) -> tuple[int, bool]:
        """How many addends there are at the playhead, and whether the sum over time is done."""
        line, position = self.session.timeline, self.session.position
        if self.sums is None:
            return 0, False
        return self.sums.count(line.backward_done(position)), position >= line.complete

    def at(self, moment: tuple[int, bool], lag: int | None = None) -> Sum:
        """The sum at a moment; of the finished one what is left from `lag` steps back on."""
        count, finished = moment
        steps = len(self.sums.columns) if self.sums is not None else 0
        reached = int(self.sums.columns[count - 1]) if self.sums is not None and count else 0
        if self.sums is None:
            values = np.zeros_like(self.matrix.values)
        elif finished and lag is None:
            values = self._whole
        elif finished and self.shares is not None and lag is not None:
            values = self.laid_out(self.sums.since(self.shares.first + max(lag, 0)))
        else:
            values = self.laid_out(self.sums.at(count))
        return Sum(values, count, steps, reached, finished)

    def lag_of(self, column: int) -> int | None:
        """How many steps back a column is; None where it is none of the part's, or comes before the first addend."""
        if self.shares is None:
            return None
        place = np.flatnonzero(self.shares.columns == column)
        return max(int(place[0]) - self.shares.first, 0) if place.size else None

    @property
    def norm(self) -> float:
        """‖dW‖ of the finished sum, before clipping."""
        return scaled_norm(self._whole)
