"""A parameter's gradient as the sum over time that it is: dW = dW_T + … + dW_1, made when someone looks."""

from __future__ import annotations

import numpy as np

from core.cells.base import Array, Factor
from core.clipping import scaled_norm
from core.diagnostics import declared_factor, norms
from core.equations import Style
from core.inspection_plan import HEAD
from core.trace import Trace

_CHUNK = 1 << 22  # numbers made at once for a batch's norms


def parameter_names(trace: Trace) -> tuple[str, ...]:
    """The parameters of the scan on view and of the head by the textbooks' names: "L1.W_f" …, "out.V", "out.b"."""
    parts = (trace.scan.name, HEAD)
    return tuple(name for name in trace.named_parameters(trace.parameters) if name.partition(".")[0] in parts)


def recurrent_parameter(trace: Trace) -> str:
    """The first parameter that meets the previous state: the one whose sum over time is the lesson."""
    names = parameter_names(trace)
    return next((name for name in names if _factor(trace, name).left == "s_prev"), names[0])


def parameter_symbol(name: str, style: Style) -> str:
    """ "L1.W_f" as W_f; the bias of the output is told from the cell's by its index, b_z."""
    part, _, own = name.partition(".")
    return ("b_{z}" if style.tex else "b_z") if (part, own) == (HEAD, "b") else style.parameter(own)


def _factor(trace: Trace, name: str) -> Factor:
    part, _, own = name.partition(".")
    if part == HEAD:
        return Factor(own, "s" if own == "V" else "1", "z")
    return declared_factor(trace.scan.cell, own)


class Addends:
    """The addends dθ_t of one parameter's gradient, all samples together, t from 1 in data time.

    `left` (T, B, m) and `right` (T, B, n): dθ_t = left_tᵀ · right_t, for a bias left is 1. Raises KeyError for a
    parameter that the cell declares no factor of.
    """

    def __init__(self, trace: Trace, name: str, used: bool = True) -> None:
        self.trace, self.name, self.used = trace, name, used
        self.factor = _factor(trace, name)
        scan, factor = trace.scan, self.factor
        part = HEAD if name.startswith(f"{HEAD}.") else scan.name
        gradients = trace.used if used else trace.exact
        self.right: Array = gradients[part, factor.right]
        if factor.left == "1":
            self.left: Array = np.ones((*self.right.shape[:2], 1))
        elif factor.left == "s_prev":
            self.left = scan.order(trace.run.records[scan.name].s_prev)
        else:
            self.left = trace.values[scan.name, factor.left]
        self._norms: Array | None = None
        self._sum: tuple[int, Array] | None = None

    @property
    def record(self) -> str:
        """The record whose gradient is the right factor: where the addend is made."""
        return self.factor.right

    def matrix(self, t: int) -> Array:
        """dθ_t, (m, n); (1, n) for a bias."""
        return self.left[t - 1].T @ self.right[t - 1]

    @property
    def norms(self) -> Array:
        """‖dθ_t‖ of every step, (T,). For one sample the product of two norms; a batch may cancel, so there each
        product is made."""
        if self._norms is None:
            steps, batch, width = self.left.shape
            with np.errstate(all="ignore"):
                if batch == 1:
                    self._norms = norms(self.left) * norms(self.right)
                else:
                    size = max(1, _CHUNK // (width * self.right.shape[2]))
                    pieces = [slice(first, first + size) for first in range(0, steps, size)]
                    made = [norms(np.matmul(self.left[p].transpose(0, 2, 1), self.right[p])) for p in pieces]
                    self._norms = np.concatenate(made)
        return self._norms

    def running(self, reached: int) -> float:
        """‖dθ_T + … + dθ_reached‖, what the backward pass has gathered when it has been at `reached`; 0 at T + 1."""
        steps = self.trace.steps
        with np.errstate(all="ignore"):
            if self._sum is None or self._sum[0] < reached:
                self._sum = (steps + 1, np.zeros((self.left.shape[2], self.right.shape[2])))
            at, total = self._sum
            if at > reached:
                new = slice(reached - 1, at - 1)
                left, right = (array[new].reshape(-1, array.shape[2]) for array in (self.left, self.right))
                self._sum = (reached, total + left.T @ right)
        return scaled_norm(self._sum[1])

    @property
    def total(self) -> float:
        """The norm of the recorded gradient, before clipping."""
        if not self.used or self.trace.used is self.trace.exact:
            return scaled_norm(self.trace.named_parameters(self.trace.exact_parameters)[self.name])
        # A truncated gradient is recorded after clipping only; what was clipped is the sum over time.
        left, right = (array.reshape(-1, array.shape[2]) for array in (self.left, self.right))
        with np.errstate(all="ignore"):
            return scaled_norm(left.T @ right)

    @property
    def clipped(self) -> float:
        """The norm of what is used of it, after clipping."""
        return scaled_norm(self.trace.named_parameters(self.trace.used_parameters)[self.name])

    @property
    def clips(self) -> bool:
        """Whether clipping has changed this parameter's gradient."""
        experiment = self.trace.experiment
        if not self.used or (experiment.clip_norm is None and experiment.clip_value is None):
            return False
        return self.trace.clip_factor != 1.0 or self.clipped != self.total

    def equation(self, t: int, style: Style) -> str:
        """The addend's own equation: dW_5 = s_4ᵀ·∂L/∂h_5."""
        cell = self.trace.scan.cell
        at = Style(style.tex, t)
        right = at.gradient(at.symbol(cell, self.factor.right))
        symbol = self.symbol(t, style)
        if self.factor.left == "1":
            return f"{symbol} = {right}"
        left = at.symbol(cell, self.factor.left)
        transposed = f"{{{left}}}^{{\\top}}" if style.tex else f"{left}ᵀ"
        return f"{symbol} = {transposed}{at.dot}{right}"

    def symbol(self, t: int | None, style: Style) -> str:
        """dW₅; the whole gradient dW for None."""
        own = parameter_symbol(self.name, style)
        if t is None:
            return f"d{own}"
        if style.tex:
            return f"d{{{own}}}_{{,{t}}}" if "_" in own else f"d{own}_{{{t}}}"
        return f"d{own}{Style(False, t).index(0)}"
