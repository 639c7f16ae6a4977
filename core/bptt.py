"""Backpropagation through time: the two loops, forward and backward, and nothing else.

Each yields after every step, so that a network can be run to the end or one step at a time with the same numbers;
`seldom` only after FLUSH_EVERY of them, for whoever has nothing to do in between.
What a step does is the cell's `step` and `step_back`; what happens for all t at once is the part's.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.network.parts import BackwardPass, ForwardPass, Network

FLUSH_EVERY = 32

# What has just been done, as (phase, part, t): "forward", "loss", "backward" or "accumulate"; t in order of processing,
# from 0. A plain tuple, because one is made at every step.
Done = tuple[str, str, int]


def forward(network: Network, run: ForwardPass, seldom: bool = False) -> Iterator[Done]:
    """h_1, s_1, h_2, s_2 … h_T, s_T, part by part; then the loss."""
    for part in network.parts:
        steps, step = part.begin(run)
        for t in range(steps):
            step(t)
            if not (t + 1) % FLUSH_EVERY:
                part.flush(run, t)
            elif seldom:
                continue
            yield "forward", part.name, t
        part.finish(run)
    run.measure()
    yield "loss", "", 0


def backward(network: Network, back: BackwardPass, seldom: bool = False) -> Iterator[Done]:
    """∂L/∂s_T, ∂L/∂h_T … ∂L/∂s_1, ∂L/∂h_1, part by part in reverse; then the sums over time: dU, dW, db."""
    for part in reversed(network.parts):
        steps, step_back = part.begin_back(back)
        for t in reversed(range(steps)):
            step_back(t)
            if not (t + 1) % FLUSH_EVERY:
                part.flush_back(back, t)
            elif seldom:
                continue
            yield "backward", part.name, t
        part.finish_back(back)
    yield "accumulate", "", 0
