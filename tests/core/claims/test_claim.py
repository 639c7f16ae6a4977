"""Claims against the numbers of their runs, worked out another way, and every kind of claim and cause once at least."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.contributions import share_of_step
from core.analysis.memory_split import ALONG, GATES
from core.claims import claim as claims
from core.claims.claim import Claim, claim_of, column_norms
from core.claims.step_back import SLOPE, WEIGHTS, only_way, step_back
from core.experiment import Experiment, natural
from core.recorder import record
from core.trace import Trace
from tests.core.strategies import DRAWN, RELAXED, experiments

LINE = {"cell": "relu", "w_init": "identity", "nonnegative": True}
# What happens, why, and the changes of the default experiment with which it does.
KINDS = {
    "vanishes": (claims.SMALLER, claims.EVEN, {}),
    "vanishes by a random W": (claims.SMALLER, claims.PRODUCT, {"w_init": "normal", "w_gain": 0.5}),
    "survives": (claims.ALIKE, claims.ONLY_WEIGHTS, {"cell": "identity", "w_gain": 1.0}),
    "explodes": (claims.LARGER, claims.ONLY_WEIGHTS, {**LINE, "w_gain": 1.2}),
    "saturates": (claims.SMALLER, claims.EVEN, {"w_gain": 5.0, "steps": 40}),
    "gates that keep": (claims.LARGER, claims.WAYS, {"cell": "lstm", "forget_bias": 5.0}),
    "gates": (claims.SMALLER, claims.WAYS, {"cell": "lstm", "forget_bias": 1.0}),
    "gates of a GRU": (claims.SMALLER, claims.WAYS, {"cell": "gru"}),
    "dead ReLUs": (claims.ZERO, claims.CLOSED, {"cell": "relu", "bias": -3.0, "input_scale": 0.5}),
    "no W": (claims.ZERO, claims.NO_WEIGHTS, {"w_gain": 0.0}),
    "underflow": (claims.UNDERFLOW, "", {"cell": "identity", "w_gain": 0.01, "steps": 400}),
    "not a number": (claims.NOT_FINITE, claims.OVERFLOW, {"cell": "identity", "w_gain": 100.0, "steps": 400}),
    "truncated": (claims.CUT, claims.EVEN, {"truncate": 5}),
    "clipped": (claims.SMALLER, claims.EVEN, {"clip_norm": 0.01}),
    "several losses": (claims.SMALLER, claims.EVEN, {"structure": "n-n"}),
    "the output's weights alone": (claims.FITTED, "", {"cell": "esn", "task": "sine"}),
    "no state": (claims.NO_MEMORY, "", {"cell": "feedforward"}),
    "outputs fed back": (claims.SMALLER, "", {"cell": "jordan"}),
    "one step": (claims.ONE_STEP, "", {"structure": "1-1"}),
    "a decoder": (claims.SMALLER, "", {"structure": "encoder-decoder", "task": "reverse"}),
}


def run(**changes) -> Trace:
    return record(Experiment().with_changes(**changes))


@pytest.mark.parametrize(("form", "cause", "changes"), KINDS.values(), ids=KINDS)
def test_every_kind_of_claim(form, cause, changes):
    found = claim_of(run(**changes))
    assert (found.form, found.cause) == (form, cause)


def check(trace: Trace, found: Claim) -> None:
    """Every number of a claim, worked out from the trace by other means."""
    numbers, scan = found.numbers, trace.scan
    memory = scan.cell.memory
    gradients = share_of_step(trace, int(numbers["last"])) if found.share else trace.exact
    size = [
        math.sqrt(math.fsum(float(v) ** 2 for v in column.ravel())) if column is not None else math.nan
        for column in columns(trace, gradients, memory)
    ]
    last, first = int(numbers["last"]), int(numbers["first"])
    assert numbers["steps"] == last - first
    if found.form in (claims.SMALLER, claims.LARGER, claims.ALIKE):
        factor = size[last - 1] / size[0]
        wanted = 1 / factor if found.form == claims.LARGER else factor
        assert numbers["factor"] == pytest.approx(wanted, rel=1e-9)
        assert (found.form == claims.ALIKE) == (1 / claims.AS_LARGE <= factor <= claims.AS_LARGE)
        assert found.form == claims.ALIKE or numbers["factor"] > 1
    if found.form == claims.ZERO:
        t = int(numbers["t"])
        assert not any(size[:t]) and size[t] > 0
    if found.cause in (claims.EVEN, claims.PRODUCT, claims.ONLY_WEIGHTS, claims.WAYS):
        ratios = [size[t] / size[t + 1] for t in range(last - 1)]
        assert numbers["each"] == pytest.approx(math.exp(math.fsum(map(math.log, ratios)) / len(ratios)), rel=1e-9)
        assert numbers["each"] ** numbers["steps"] == pytest.approx(size[0] / size[last - 1], rel=1e-8)
    if found.cause == claims.WAYS and scan.cell.name == "lstm":
        f = trace.values[scan.name, "f"] if scan.cell.frozen.get("f") is None else np.full((last, 1, 1), 1.0)
        f = f if scan.cell.frozen.get("f") is None else f * scan.cell.frozen["f"]
        c = gradients[scan.name, "c"]
        along = [np.linalg.norm(c[t] * f[t]) / size[t] for t in range(1, last)]
        assert (numbers["along_low"], numbers["along_high"]) == pytest.approx((min(along), max(along)), rel=1e-9)
    if found.cause in (claims.EVEN, claims.PRODUCT, claims.ONLY_WEIGHTS):
        assert numbers["weights"] * numbers["slope"] == pytest.approx(numbers["each"], rel=1e-9)
        h = gradients[scan.name, "h"]
        slopes = [np.linalg.norm(h[t]) / size[t] for t in range(1, last)]
        assert (numbers["slope_low"], numbers["slope_high"]) == pytest.approx((min(slopes), max(slopes)), rel=1e-9)
        even = numbers["weights_high"] - numbers["weights_low"] <= claims.EXACT * numbers["weights_high"]
        assert even == (found.cause != claims.PRODUCT)


def columns(trace: Trace, gradients, name: str) -> list[np.ndarray | None]:
    """Each column's gradient, of the scan on view and its encoder."""
    found: list[np.ndarray | None] = [None] * trace.steps
    for part in (trace.scan.name, "E" + trace.scan.name[1:]):
        for k, row in enumerate(gradients.get((part, name), ())):
            if part == trace.scan.name or trace.scan.decodes:
                found[k + trace.schedule.offset(part)] = row
    return found


@settings(RELAXED, max_examples=150)
@given(experiments(DRAWN, steps=(1, 9)), st.none() | st.integers(1, 9))
def test_the_numbers_of_any_claim_are_those_of_its_run(experiment, window):
    experiment = experiment.with_changes(truncate=window)
    trace = record(experiment)
    found = claim_of(trace)
    if "last" in found.numbers and found.form not in (claims.NONE_AT_ALL, claims.UNDERFLOW, claims.ONE_STEP):
        check(trace, found)
    if found.form == claims.CUT:
        cut, window = int(found.numbers["t"]), int(found.numbers["window"])
        assert cut == found.numbers["last"] - window + 1 and experiment.truncate == window


@pytest.mark.parametrize(("form", "cause", "changes"), KINDS.values(), ids=KINDS)
def test_the_numbers_of_each_kind_are_those_of_its_run(form, cause, changes):
    if form not in (claims.NOT_FINITE, claims.UNDERFLOW, claims.FITTED, claims.NO_MEMORY, claims.ONE_STEP):
        trace = run(**changes)
        check(trace, claim_of(trace))


def test_a_wrong_number_would_be_found():
    trace = run()
    found = claim_of(trace)
    for name in ("factor", "each", "slope_low", "weights"):
        wrong = Claim(found.form, found.cause, {**found.numbers, name: found.numbers[name] * 1.0001})
        with pytest.raises(AssertionError):
            check(trace, wrong)


def test_the_default_run_is_the_designs():
    """The figures of the design's picture: 388 times in 13 steps, W exactly 0.80, 0.80 × 0.79 = 0.63."""
    numbers = claim_of(run()).numbers
    assert round(numbers["factor"]) == 388 and numbers["steps"] == 13
    assert numbers["weights_low"] == pytest.approx(0.8, rel=1e-12) == numbers["weights_high"]
    assert (round(numbers["slope"], 2), round(numbers["each"], 2)) == (0.79, 0.63)


def test_what_clipping_and_saturation_add():
    clipped = claim_of(run(clip_norm=0.01))
    trace = run(clip_norm=0.01)
    total = math.sqrt(sum(float((array**2).sum()) for array in trace.exact_parameters.values()))
    assert clipped.numbers["clip"] == pytest.approx(0.01 / total)
    saturated = run(w_gain=5.0, steps=40)
    s = saturated.values["L1", "s"][1:]
    assert claim_of(saturated).numbers["saturated"] == pytest.approx(((1 - s**2) <= claims.FLAT).mean())
    relu = run(cell="relu", bias=-0.5, steps=6, weight_seed=3)
    dead = claim_of(relu).numbers.get("dead")
    if dead is not None:
        assert dead == (relu.values["L1", "h"][1:] <= 0).all(axis=(0, 1)).sum()


def test_a_share_of_the_loss_has_a_claim_of_its_own():
    trace = run(structure="n-n")
    found = claim_of(trace, share_of_step(trace, 6), 6)
    assert found.numbers["last"] == 6 and found.numbers["steps"] == 5 and found.share and not found.several


def test_what_takes_long_can_be_left_out():
    quick = claim_of(run(structure="n-n"), whole=False)
    assert quick.several and not quick.share and quick.cause == ""


# --- one step back ---
@settings(RELAXED, max_examples=100)
@given(experiments(DRAWN, steps=(2, 9)))
def test_the_parts_of_a_step_back_make_its_ratio(experiment):
    trace = record(experiment)
    for scan in trace.scans:
        back = step_back(trace, scan)
        if back is None or trace.broken is not None:
            assert back is None or trace.broken is not None
            continue
        there = np.isfinite(back.ratio) & (back.ratio > 1e-100)
        parts = [array[there] for array in back.parts.values()]
        if back.way is not None:
            assert set(back.parts) == {SLOPE, WEIGHTS}
            both = np.isfinite(parts[0]) & np.isfinite(parts[1])
            np.testing.assert_allclose(parts[0][both] * parts[1][both], back.ratio[there][both], rtol=1e-9)
        elif parts:
            assert set(back.parts) <= {ALONG, GATES}
            np.testing.assert_allclose(sum(parts), back.ratio[there], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru", "leaky", "gru-simple"])
@pytest.mark.parametrize("bidirectional", [None, "sum"])
def test_a_step_back_is_that_of_the_recorded_gradients(cell, bidirectional):
    """With the loss at the end alone what is passed on is what arrives, in either direction."""
    trace = record(natural("last-step", cell=cell, steps=6, bidirectional=bidirectional))
    for scan in trace.scans:
        back = step_back(trace, scan)
        assert back is not None and back.whole
        size = column_norms(trace, trace.exact, scan.cell.memory, scan)
        ahead = -1 if scan.reverse else 1
        wanted = [size[t - 1] / size[t - 1 + ahead] for t in back.columns]
        np.testing.assert_allclose(back.ratio, wanted, rtol=1e-9)
        assert list(back.columns) == ([2, 3, 4, 5, 6] if scan.reverse else [1, 2, 3, 4, 5])


def test_only_a_single_matrix_and_an_activation_make_the_only_way():
    found = {cell: only_way(run(cell=cell, **({"batch": 2} if cell == "batchnorm" else {})).scan.cell) for cell in (
        "tanh", "relu", "sigmoid", "identity", "lstm", "gru", "leaky", "batchnorm", "clockwork", "feedforward",
    )}  # fmt: skip
    assert [cell for cell, way in found.items() if way is not None] == ["tanh", "relu", "sigmoid", "identity"]
