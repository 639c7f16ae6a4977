"""Nonlinear autoregression with exogenous inputs: windows of the input and of the output, and no state."""

from __future__ import annotations

from core.cells.feedforward import TAPS, Feedforward
from core.choices import Choices


class NARX(Feedforward):
    """h_t = (x_t, x_{t−1} … x_{t−taps+1})·U + (a_{t−1}, a_{t−2} … a_{t−taps})·F + b,  s_t = tanh(h_t)

    (Lin, Horne, Tiňo & Giles 1996; both windows are `taps` steps long, and 0 before the sequence begins.)
    Closed loop ("parallel"): a are its own outputs, and the gradient goes back through them, up to `taps` steps at a
    jump, which is why such a network learns longer dependencies than a simple recurrent one.
    Open loop ("series-parallel", `teacher_forcing`): a are the targets; nothing comes back, a feed-forward network.
    """

    name = "narx"
    title = "NARX"
    tapped = True
    fed = True
    options = (TAPS,)

    @classmethod
    def fed_taps(cls, experiment: Choices) -> int:
        """As many past outputs as inputs."""
        return experiment.taps
