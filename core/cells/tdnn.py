"""Time-delay neural network: a feed-forward layer that reads a window of the input."""

from __future__ import annotations

from core.cells.feedforward import TAPS, Feedforward


class TDNN(Feedforward):
    """h_t = x_t·U_0 + x_{t−1}·U_1 + … + x_{t−taps+1}·U_{taps−1} + b,  s_t = tanh(h_t)   (Waibel et al. 1989).

    The window comes as one wide x, this step's x first and 0 before the sequence begins; U stacks U_0, U_1 … by rows.
    The same weights at every step make it a convolution over time. It sees `taps` steps and not one more: a memory of
    fixed length, without recurrence. In a reverse chain the steps before are those that it has read: x_{t+1} …
    x_{t+taps−1}; where outputs are read again (1-n-feedback) they are x_1, a_1, a_2 … as far as they are there, so that
    it is a nonlinear autoregression. (Waibel's net has a sigmoid, and delays between its hidden layers too: `layers`.)
    """

    name = "tdnn"
    title = "time-delay network"
    tapped = True
    options = (TAPS,)
