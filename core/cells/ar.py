"""Linear autoregression: the next output as a weighted sum of the last ones."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace

import numpy as np

from core.cells.base import Cell, Factor, Record, Row, sequence
from core.cells.feedforward import TAPS
from core.choices import Choices
from core.errors import InputError
from core.maths.arrays import Array
from core.maths.operations import Operation, activate


class AR(Cell):
    """s_t = (a_{t−1}, a_{t−2} … a_{t−taps}), and at the head z_t = s_t·V + b_z   (Box & Jenkins 1970, AR(taps)).

    Its state is the window of past outputs itself, 0 before the sequence begins, so it is taps·O wide whatever `hidden`
    says; x is not read, and V are the coefficients: row k·O + i weighs output i of k + 1 steps ago. With
    `teacher_forcing` the window holds the targets (one-step prediction, as AR models are fitted); without, its own
    outputs, and the gradient goes back through them. For a loss with a sigmoid or a softmax z is linear in s, a is not.
    """

    name = "ar"
    title = "linear autoregression"
    note = "reads its own past outputs, with teacher_forcing the past targets"
    family = "without recurrence"
    recurrent_states = ()
    options = (TAPS,)
    reads_input = False
    fed = True
    stackable = False

    @classmethod
    def refuse(cls, experiment: Choices) -> None:
        """Raises InputError where its input would be prepared, or given to it as outputs fed back: it reads none."""
        if experiment.convolution is not None:
            raise InputError("convolution: the cell ar does not read the input; switch the convolution off.")

    @classmethod
    def fed_taps(cls, experiment: Choices) -> int:
        """The order of the autoregression."""
        return experiment.taps

    def width(self, hidden: int, inputs: int, fed: int) -> int:
        """taps·O: the window is the state."""
        return fed

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (Record("s", "state", "window of past outputs"),)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return (Row("s", "window of past outputs", ("s",), ("s",)),)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        return ()

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return (activate("s", "identity", "a_prev", at=(1, 1)),)

    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """None of its own."""
        return {}

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        return SimpleNamespace(s=sequence(steps, batch, hidden))

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """s_t = the outputs fed back."""
        r.s[t] = r.a_prev[t]

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        return SimpleNamespace(s=np.zeros_like(r.s))

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """From s_t = (a_{t−1} … a_{t−taps}):  ∂L/∂(a_{t−1} … a_{t−taps}) by way of step t = ∂L/∂s_t."""
        d.a_prev[t] = d.s[t]

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """Nothing is carried by the cell itself: (0, 0)."""
        return np.zeros((0, 0))
