"""Small, huge and none are different things; and memory is known before it is allocated."""

from __future__ import annotations

import gc
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest

from core.cells import cell_named
from core.choices import Edit
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.arrays import SMALLEST, norms
from core.network.parts import Network
from core.network.size import LIMIT, least_bytes, predicted_bytes
from core.recorder import Recorder, record
from tests.core.cases import CELL, task_of

LONG = Experiment(steps=1000, hidden=8, w_init="orthogonal")


def every_array(trace):
    """All arrays of a trace by where they are from."""
    for field in ("values", "exact", "used", "exact_parameters", "used_parameters", "start", "start_gradients"):
        for key, array in getattr(trace, field).items():
            yield (field, key), array


def test_a_gradient_that_vanishes_becomes_0_and_is_marked():
    """0.3^t passes 1e-280 after about 530 steps back."""
    trace = record(LONG.with_changes(w_gain=0.3, input_scale=1e-3))
    size = norms(trace.exact["L1", "s"])
    marked = trace.underflow["dL1"]
    assert size[-1] > 1e-3
    assert not size[0]
    assert marked.any()
    first = int(np.flatnonzero(size)[0])
    assert 0 < first < 600
    assert not size[:first].any()
    assert (size[first:] >= SMALLEST).all()
    assert marked[max(first - 16, 0) : first + 1].any(), "the step at which it became 0 is marked"
    assert not marked[first + 16 :].any(), "no step whose gradient is there"
    assert not trace.underflow["L1"].any()


@CELL
@pytest.mark.parametrize(("gain", "scale"), [(0.3, 1.0), (0.3, 1e-6), (0.01, 1.0), (0.0, 1.0)])
def test_nothing_is_subnormal(cell, gain, scale):
    chosen = LONG.with_changes(
        cell=cell.name,
        task="echo" if cell.readout == "counts" else "last-step",
        w_gain=gain,
        spectral_radius=gain,
        input_scale=scale,
        forget_bias=-20.0,
        update_bias=20.0,
    )
    trace = record(chosen)
    assert trace.broken is None
    for where, array in every_array(trace):
        size = np.abs(array)
        assert not ((size > 0) & (size < np.finfo(float).tiny)).any(), where
        if where[0] in ("values", "exact", "used") and where[1][0] == "L1" and where[1][1] != "x":
            assert not ((size > 0) & (size < SMALLEST)).any(), where


def test_a_state_that_decays_to_nothing_is_marked():
    """identity, W = 0.3·Q, one push from the initial state, and U = 0."""
    chosen = LONG.with_changes(cell="identity", w_gain=0.3, u_gain=0.0, initial_state=1.0)
    trace = record(chosen)
    size = norms(trace.values["L1", "s"])
    gone = int(np.argmin(size > 0))
    assert 400 < gone < 600
    assert not size[gone:].any()
    assert (size[:gone] >= SMALLEST).all()
    assert trace.underflow["L1"][: gone + 16].any()
    assert not trace.underflow["L1"][: gone - 16].any()


def test_an_explosion_says_where_it_began_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = record(LONG.with_changes(cell="identity", w_gain=100.0))
        for _ in Recorder(LONG.with_changes(cell="identity", w_gain=100.0, truncate=10, clip_norm=1.0)):
            pass
        clipped = record(LONG.with_changes(cell="identity", w_gain=100.0, truncate=10, clip_norm=1.0))
    assert trace.broken is not None
    phase, t = trace.broken
    assert phase == "forward"
    assert 100 < t < 200  # 100^t passes 1.8e308 at t = 154
    assert all(np.isfinite(array[: t - 1]).all() for array in trace.values.values())
    assert not all(np.isfinite(array[t - 1]).all() for array in trace.values.values())
    assert not np.isfinite(trace.loss)
    assert clipped.broken == trace.broken


def test_an_explosion_on_the_way_back_is_told_from_one_on_the_way_forward():
    """From a state of 0 and inputs of 0 the forward pass stays finite; the gradient does not."""
    trace = record(LONG.with_changes(cell="identity", w_gain=100.0, u_gain=0.0))
    assert trace.broken is not None
    phase, t = trace.broken
    assert phase == "backward"
    assert 800 < t < 900
    assert all(np.isfinite(array).all() for array in trace.values.values())
    assert all(np.isfinite(array[t:]).all() for array in trace.exact.values())
    assert not all(np.isfinite(array[t - 1]).all() for array in trace.exact.values())


@CELL
def test_a_sound_run_is_not_broken(cell):
    trace = record(natural(task_of(cell), cell=cell.name, steps=50))
    assert trace.broken is None
    assert not any(marked.any() for marked in trace.underflow.values())
    for _, array in every_array(trace):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_memory_is_refused_with_the_figure_before_it_is_allocated(cell):
    chosen = Experiment(cell=cell, steps=1000, hidden=256, batch=256)
    tracemalloc.start()
    with pytest.raises(InputError) as refusal:
        record(chosen)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    needed = least_bytes(chosen)
    assert f"{needed / 2**20:.0f} MB" in str(refusal.value)
    assert f"{LIMIT / 2**20:.0f} MB" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert peak < 2**20 < LIMIT < needed


def test_the_inputs_of_a_large_alphabet_count_before_they_are_made():
    text = "".join(chr(0x4E00 + k) for k in range(9000))
    tracemalloc.start()
    with pytest.raises(InputError, match="too large|MB"):
        record(natural("next-character", text=text, batch=8, steps=500))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


@CELL
@pytest.mark.parametrize(("steps", "batch", "hidden", "truncate"), [(80, 1, 64, 10), (40, 16, 64, None)])
def test_memory_is_as_predicted(cell, steps, batch, hidden, truncate):
    """The trace ≤ 1.05 × the records' bytes + 16 KB; the peak while it is made ≤ 1.6 × + 64 KB of Python's own."""
    task = "echo" if cell.readout == "counts" else "last-step"
    chosen = Experiment(task=task, cell=cell.name, steps=steps, batch=batch, hidden=hidden, truncate=truncate)
    predicted = predicted_bytes(chosen, record(chosen.with_changes(steps=2, batch=1)).network)  # imports and caches
    gc.collect()
    tracemalloc.start()
    trace = record(chosen)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace.nbytes() <= 1.05 * predicted + 16 * 2**10
    assert peak <= 1.6 * predicted + 64 * 2**10


PARTS = {
    "two layers": {"layers": 2},
    "bidirectional, two layers": {"layers": 2, "bidirectional": "concat"},
    "bidirectional n-1": {"bidirectional": "sum", "structure": "n-1"},
    "convolution": {"convolution": 3, "filters": 16},
    "outputs fed back": {"output_feedback": True, "layers": 2},
    "1-n-feedback": {"structure": "1-n-feedback"},
    "encoder-decoder": {"structure": "encoder-decoder", "layers": 2, "output_steps": 60},
    "context of all at every step": {"structure": "encoder-decoder", "context": "all", "context_at": "every"},
    "attention": {"structure": "attention", "bidirectional": "sum"},
    "attention, additive, long": {"structure": "attention", "score": "additive", "bidirectional": "concat",
                                  "context": "transform", "batch": 2, "steps": 80},
}  # fmt: skip


@pytest.mark.parametrize("cell", ["tanh", "lstm", "tdnn"])
@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("truncate", [None, 10])
def test_memory_of_every_structure_is_as_predicted(cell, parts, truncate):
    chosen = {"cell": cell, "steps": 50, "batch": 8, "hidden": 32, "truncate": truncate, **PARTS[parts]}
    if chosen.get("structure") in ("encoder-decoder", "attention") and not cell_named(cell).recurrent_states:
        with pytest.raises(InputError, match="no state that an encoder could pass to a decoder"):
            natural("echo", **chosen)
        return
    trace = record(natural("echo", **chosen))
    predicted = predicted_bytes(trace.experiment, trace.network)
    assert trace.nbytes() <= 1.05 * predicted + 16 * 2**10
    assert predicted <= 1.5 * trace.nbytes(), "and not far beyond it, where a run would be refused for nothing"


@pytest.mark.parametrize("changes", [{}, {"edits": (Edit("x", (0, 0, 0), 0.5),)}, {"steps": 1000, "batch": 16}])
def test_a_network_is_built_once_for_its_size_and_its_run(monkeypatch, changes):
    """Whatever is typed over; only before many data are made it is looked at with the narrowest ones."""
    built: list[Network] = []
    made = Network.__init__

    def counted(self: Network, *arguments) -> None:
        built.append(self)
        made(self, *arguments)

    monkeypatch.setattr(Network, "__init__", counted)
    trace = record(natural("last-step", **changes))
    assert built == [trace.network]


def test_a_trace_is_dropped_with_its_last_reference():
    """Nothing global keeps it."""
    alive = weakref.ref(record(natural("echo", cell="lstm")))
    gc.collect()
    assert alive() is None
