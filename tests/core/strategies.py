"""Experiments drawn by hypothesis: small shapes, every choice."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from core import tasks
from core.cells import CELLS
from core.cells.lstm import CellActivation, GateActivation
from core.choices import READS_SEQUENCE, FrozenGate, JoinBy, Structure, layer_widths
from core.errors import InputError
from core.experiment import Experiment
from core.network.structures import build

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
# Cells whose gradients any draw determines. An echo state network's read-out is fitted, and what is left is rounding;
# where all samples read the same, batch statistics divide rounding by nearly nothing. Both have cases of their own.
DRAWN = tuple(cell.name for cell in CELLS if cell.learned and not cell.couples_samples)
INITIALISATIONS = ("identity", "orthogonal", "xavier", "spectral", "normal", "matrix")


def hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with two decimals: they shrink well, and none is absurdly small."""
    return st.integers(round(100 * low), round(100 * high)).map(lambda k: k / 100)


def widths() -> st.SearchStrategy[dict[str, Any]]:
    """Layers that are each as wide as they like."""
    return st.lists(st.integers(1, 4), min_size=1, max_size=3).map(lambda each: {"widths": tuple(each)})


@st.composite
def structures(draw: st.DrawFn) -> dict[str, Any]:
    """What is read and written: layers, joins, decoders and what is fed back, whether they go together or not."""
    return {
        "structure": draw(st.sampled_from(get_args(Structure))),
        **draw(st.integers(1, 2).map(lambda n: {"layers": n}) | widths()),
        "bidirectional": draw(st.none() | st.sampled_from(get_args(JoinBy))),
        "reverse_at": draw(st.sampled_from(("own-end", "last-step"))),
        "output_steps": draw(st.none() | st.integers(1, 4)),
        "context": draw(st.sampled_from(("last", "transform", "all"))),
        "context_at": draw(st.sampled_from(("initial", "every"))),
        "score": draw(st.sampled_from(("dot", "additive", "bilinear"))),
        "teacher_forcing": draw(st.booleans()),
        "output_feedback": draw(st.booleans()),
        "convolution": draw(st.none() | st.integers(1, 4)),
        "filters": draw(st.integers(1, 3)),
    }


@st.composite
def experiments(
    draw: st.DrawFn, cells: tuple[str, ...], steps: tuple[int, int] = (1, 8), structured: bool = True
) -> Experiment:
    """Any experiment on the embedded tasks, with small shapes; one layer from x to z where it is not `structured`."""
    base = draw(_one_layer(cells, steps))
    if not structured:
        return base
    chosen = draw(structures())
    if chosen["structure"] == "1-n-feedback" and base.task not in ("echo", "next-character", "sine"):
        return base
    chosen["read_backwards"] = base.read_backwards and chosen["structure"] in READS_SEQUENCE
    try:
        made = base.with_changes(**chosen, biases=draw(st.booleans()))
    except InputError:
        return base
    return made if draw(st.booleans()) else headless(made)


def headless(experiment: Experiment) -> Experiment:
    """Without a dense layer, the last layer as wide as the output; the experiment itself where that cannot be."""
    outputs = tasks.make(experiment).y.shape[2]
    widths = (*layer_widths(experiment)[:-1], outputs)
    try:
        found = experiment.with_changes(head=False, widths=widths)
        build(found, tasks.make(found))
    except InputError:
        return experiment
    return found


@st.composite
def _one_layer(draw: st.DrawFn, cells: tuple[str, ...], steps: tuple[int, int]) -> Experiment:
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
        read_backwards=draw(st.booleans()),
        frozen=tuple(FrozenGate(gate, at) for gate, at in sorted(held.items())),
        reset=draw(st.sampled_from(("before", "after"))),
        update=draw(st.sampled_from(("writes", "keeps"))),
        activation=draw(st.sampled_from(get_args(CellActivation))),
        gate_activation=draw(st.sampled_from(get_args(GateActivation))),
        peephole_o=draw(st.sampled_from(("current", "previous"))),
        leak=draw(hundredths(0, 1)),
        taps=draw(st.integers(1, 4)),
        periods=tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=hidden))),
        delay=draw(st.integers(1, 4)),
        text=draw(st.sampled_from(("hello", "ab", "abcab"))),
        noise=draw(hundredths(0, 1)),
    )


def rounding_limit(trace) -> float:
    """How far two exact gradients may be apart, relative: 1e-10, and more where outputs are nearly certain and right.
    Of a − y there only ε of the a is known, and sums on the way back may cancel some hundred times of that. So it is
    with the slope 1 − c² of a context that is nearly 1: of it, too, only ε is known, against 1/cosh² there."""
    eps = np.finfo(float).eps
    known = eps / float(np.abs(trace.exact["out", "z"]).max())
    context = trace.values.get(("context", "c"))
    slopes = np.ones(1) if context is None or trace.experiment.context != "transform" else 1.0 - context**2
    slope = max(float(np.min(slopes)), eps)
    return max(1e-10, 500 * known, min(4 * eps / slope, 1e-8))


def not_certain(trace) -> bool:
    """Whether an output is still off its target: where all are sure and right, a − y itself is only rounding."""
    return bool(np.abs(trace.exact["out", "z"]).max() > 1e-5)
