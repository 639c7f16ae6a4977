"""Experiments drawn by hypothesis: small shapes, every choice."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from core.experiment import Experiment, FrozenGate

TASKS = (
    "echo",
    "binary-subtraction",
    "next-character",
    "sine",
    "adding",
    "last-step",
    "recall",
    "agreement",
    "slot-filling",
    "cloze",
    "reverse",
)
RELAXED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
INITIALISATIONS = ("identity", "orthogonal", "xavier", "spectral", "normal", "matrix")


def hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with two decimals: they shrink well, and none is absurdly small."""
    return st.integers(round(100 * low), round(100 * high)).map(lambda k: k / 100)


@st.composite
def experiments(draw: st.DrawFn, cells: tuple[str, ...], steps: tuple[int, int] = (1, 8)) -> Experiment:
    """Any experiment on the embedded tasks, with small shapes."""
    hidden = draw(st.integers(1, 5))
    w_init = draw(st.sampled_from(INITIALISATIONS))
    row = st.tuples(*[hundredths(-1, 1)] * hidden)
    held = draw(st.dictionaries(st.sampled_from(("i", "f", "o", "r", "u")), hundredths(0, 1), max_size=3))
    return Experiment().with_changes(
        task=draw(st.sampled_from(TASKS)),
        cell=draw(st.sampled_from(cells)),
        steps=draw(st.integers(*steps)),
        hidden=hidden,
        batch=draw(st.integers(1, 3)),
        data_seed=draw(st.integers(0, 10_000)),
        weight_seed=draw(st.integers(0, 10_000)),
        loss_at=draw(st.sampled_from(("last", "every"))),
        w_init=w_init,
        w_gain=draw(hundredths(0, 1.5)),
        w_matrix=draw(st.tuples(*[row] * hidden)) if w_init == "matrix" else None,
        u_gain=draw(hundredths(0, 2)),
        bias=draw(hundredths(-1, 1)),
        forget_bias=draw(hundredths(-3, 5)),
        update_bias=draw(hundredths(-5, 3)),
        initial_state=draw(st.just(0.0) | hundredths(-1, 1)),
        input_scale=draw(st.sampled_from((1.0, 2.0, 0.1, 1e-3))),
        nonnegative=draw(st.booleans()),
        frozen=tuple(FrozenGate(gate, at) for gate, at in sorted(held.items())),
        reset=draw(st.sampled_from(("before", "after"))),
        update=draw(st.sampled_from(("writes", "keeps"))),
        peephole_o=draw(st.sampled_from(("current", "previous"))),
        leak=draw(hundredths(0, 1)),
        periods=tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=hidden))),
        delay=draw(st.integers(1, 4)),
        text=draw(st.sampled_from(("hello", "ab", "abcab"))),
        noise=draw(hundredths(0, 1)),
    )


def not_certain(trace) -> bool:
    """Whether an output is still off its target: where all are sure and right, a − y itself is only rounding."""
    return bool(np.abs(trace.exact["out", "z"]).max() > 1e-5)
