"""The parameters on a worksheet: each with its numbers, its gradient as a sum over time, and its update."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.arithmetic.lines import Line, Sum
from core.arithmetic.output import later
from core.arithmetic.parameter_sums import Addends, Index, entry_line, parameter_symbol, recorded_entry
from core.chain.rows import style_of
from core.exercises.worksheet.nodes import scan_of, side_of
from core.exercises.worksheet.rows import Exercise, Given, Row, row_of, spelt_out
from core.maths.arrays import Array
from core.network.parts import HEAD, X
from core.notation.base import Notation
from core.notation.equations import Style
from core.trace import Trace


class ParameterSum:
    """One parameter by its textbook name, "L1.W_f", in the layout and the meaning of a notation."""

    def __init__(self, trace: Trace, name: str, notation: Notation) -> None:
        self.trace, self.name, self.notation = trace, name, notation
        part, _, self.own = name.partition(".")
        self.scan = scan_of(trace, part)
        self.cell = (self.scan or trace.scan).cell
        self.array: Array = trace.named_parameters(trace.parameters)[name]
        self.sign = -1.0 if self.scan is not None and notation.negated(self.cell, self.own) else 1.0
        self.style = Style(False, None, notation)
        self.symbol = self._symbol(part)
        self.addends = self._addends(part)

    def _symbol(self, part: str) -> str:
        if self.scan is not None or part == HEAD:
            return parameter_symbol(self.name, self.style, self.trace) + side_of(self.trace, self.scan)
        return f"{self.own} ({part})"

    def _addends(self, part: str) -> Addends | None:
        if self.scan is None and part != HEAD:
            return None
        try:
            return Addends(self.trace, self.name)
        except KeyError:
            return None

    @property
    def given(self) -> Given:
        """Its numbers, (m, n), laid out as the book has them."""
        numbers = self.notation.parameter_value(self.cell, self.own if self.scan else "V", self.array)
        flat = numbers.reshape(-1, numbers.shape[-1])  # a kernel's matrices below each other
        return Given(self.symbol, "parameter", flat)

    def _entries(self) -> Iterator[tuple[Index, str]]:
        """Every entry that may differ from 0, and its label in the book's layout."""
        mask = self.addends.mask if self.addends is not None else None
        for index in np.ndindex(self.array.shape):
            if mask is None or mask[index]:
                place = index[::-1] if self.notation.weights_transposed and len(index) == 2 else index
                yield index, "" if self.array.size == 1 else f"[{','.join(str(k + 1) for k in place)}]"

    # --- its gradient ---
    def exercise(self, answers: bool) -> Exercise:
        """∂L/∂θ as the sum over time; of what has no such sum on the sheet (the weights of a context, a convolution or
        a score) the gradient is given."""
        rows = tuple(self._row(index, label, answers) for index, label in self._entries())
        symbol = self.style.gradient(self.symbol)
        if self.addends is None:
            return Exercise(f"{symbol} is given", rows)
        return Exercise(f"{symbol} = Σₜ {self.addends.term(self._own_style)}", rows)

    @property
    def _own_style(self) -> Style:
        """How its part's equations are written: with its layer, and what it reads for x."""
        return self.style if self.scan is None else style_of(self.trace, self.scan, False, None, self.notation)

    def gradient(self, index: Index) -> float:
        """The recorded gradient of one entry, in the book's meaning."""
        if self.addends is None:
            return float(self.trace.named_parameters(self.trace.used_parameters)[self.name][index])
        return recorded_entry(self.addends, index) * self.sign

    def _row(self, index: Index, label: str, answers: bool) -> Row:
        lines = tuple(self._line(index, t) for t in self._columns())
        total = Sum(self.style.gradient(self.symbol), 0, lines, self.gradient(index))

        def given(k: int, line: Line) -> tuple[bool, ...]:
            pair = (self._left_given(), False)
            return pair * (len(line.operands) // 2) if line.product is not None else (False,) * len(line.operands)

        return row_of(total, total.symbol + label, given, answers, known=self.addends is None)

    def _columns(self) -> list[int]:
        """The columns, last first, in which it takes part."""
        addends = self.addends
        if addends is None:
            return []
        lane = self.trace.schedule.lanes[self.name.partition(".")[0]]
        found = range(lane.first, lane.last + 1)
        if self.scan is None and not later(self.trace):
            found = [t for t in found if self.trace.supervised[t - 1]]
        return sorted(found, reverse=True)

    def _line(self, index: Index, t: int) -> Line:
        assert self.addends is not None
        if self.addends.factor.left == "1":
            right = tuple(float(each) * self.sign for each in self.addends.right[t - 1, :, index[-1]])
            return Line("", sum(right), " + ".join(["{}"] * len(right)), right)
        return spelt_out(entry_line(self.addends, index, t, self.sign))

    def _left_given(self) -> bool:
        """Whether the left factors are the task's numbers alone."""
        if self.addends is None or self.addends.factor.left != "x" or self.scan is None:
            return False
        return all(read.signal == X for read in self.scan.reads(self.trace.network.widths)["x"])

    # --- its update ---
    def update(self, rate: float, answers: bool) -> Exercise:
        """θ − η·∂L/∂θ."""
        rows = []
        for index, label in self._entries():
            before, gradient = float(self.array[index]) * self.sign, self.gradient(index)
            line = Line("", before - rate * gradient, "{} − {} × {}", (before, rate, gradient))
            known = (True, True, self.addends is None)
            total = Sum(self.symbol, 0, (line,), line.value)
            rows.append(row_of(total, f"new {self.symbol}{label}", lambda k, line, known=known: known, answers))
        return Exercise(f"new {self.symbol} = {self.symbol} − η·{self.style.gradient(self.symbol)}", tuple(rows))


def parameter_sums(trace: Trace, notation: Notation) -> tuple[ParameterSum, ...]:
    """Every parameter, in the order of the network."""
    return tuple(ParameterSum(trace, name, notation) for name in trace.named_parameters(trace.parameters))
