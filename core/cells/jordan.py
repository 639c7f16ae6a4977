"""The network of Jordan (1986): what is fed back is the output, not the state."""

from __future__ import annotations

from core.cells.feedforward import Feedforward


class Jordan(Feedforward):
    """h_t = x_t·U + a_{t−1}·F + b,  s_t = tanh(h_t),  a_t = the output of s_t·V + b_z   (Jordan 1986).

    F (O, H) is what textbooks call W here: the recurrence goes through the output, so that the memory is as wide as the
    output, and no wider. ∂L/∂s_t has two shares, both through z_t: step t's own loss, and through a_t all later steps.
    With `teacher_forcing` a_{t−1} is the target of that step, and no gradient goes back through it.
    Jordan's plan units feed on themselves as well, with a fixed weight μ; here μ = 0, as in most textbooks.
    """

    name = "jordan"
    title = "Jordan"
    family = "recurrent"
    fed = True
