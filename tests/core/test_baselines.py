"""Cells without recurrence, cells that read outputs, batch statistics: every number against autograd, and what each can
and cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import bptt
from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.network.parts import ForwardPass
from core.readout import fit
from core.recorder import backward_pass, record
from tests.core.oracle import derivatives as oracle
from tests.core.strategies import RELAXED

PLAIN = ("feedforward", "tdnn", "batchnorm")
FED = ("jordan", "narx", "ar")
TASKS = ("echo", "sine", "next-character", "adding")


def agrees(trace) -> None:
    """All values and gradients, the fed-back outputs among them."""
    truth = oracle.of_trace(trace)
    assert trace.loss == pytest.approx(truth.loss, rel=1e-12, abs=1e-14)
    values = {key: value for key, value in trace.values.items() if key != ("out", "a")}
    assert set(values) == set(truth.values)
    worst, whose = oracle.disagreement(values, truth.values)
    assert worst < 1e-11, (whose, worst)
    starts = {f"start {part} {name}": value for (part, name), value in trace.start_gradients.items()}
    found = {**trace.exact, **trace.exact_parameters, **starts}
    expected = {**truth.gradients, **truth.inputs}
    assert set(found) | {"x"} == set(expected)
    worst, whose = oracle.disagreement(found, expected)
    # Where samples nearly agree, a batch's normalisation divides what has cancelled by √ε: 300 times the rounding.
    assert worst < (1e-8 if trace.scan.cell.couples_samples else 1e-10), (whose, worst)


@pytest.mark.parametrize("teacher", [False, True])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("cell", [*PLAIN, *FED])
def test_every_number_agrees_with_autograd(cell, task, teacher):
    for loss_at in ("last", "every"):
        for size in ({"batch": 3}, {"batch": 1, "hidden": 1}, {"steps": 1}, {"output_feedback": True}):
            chosen = {"steps": 6, "hidden": 3, "batch": 2, "bias": 0.2, "initial_state": 0.4, "taps": 3, **size}
            agrees(record(natural(task, cell=cell, loss_at=loss_at, teacher_forcing=teacher, **chosen)))


@pytest.mark.parametrize("cell", [*PLAIN, *FED])
@settings(RELAXED, max_examples=25)
@given(data=st.data())
def test_any_size_agrees_with_autograd(cell, data):
    draw = data.draw
    experiment = natural(
        draw(st.sampled_from(("echo", "sine", "next-character"))),
        cell=cell,
        steps=draw(st.integers(1, 8)),
        hidden=draw(st.integers(1, 5)),
        batch=draw(st.integers(1, 4)),
        taps=draw(st.integers(1, 10)),
        data_seed=draw(st.integers(0, 1000)),
        weight_seed=draw(st.integers(0, 1000)),
        teacher_forcing=draw(st.booleans()),
        output_feedback=draw(st.booleans()),
        initial_state=0.1 * draw(st.integers(-10, 10)),
        bias=0.1 * draw(st.integers(-10, 10)),
    )
    agrees(record(experiment))


def test_no_state_is_carried_by_what_has_no_recurrence():
    memoryless = {cell.name for cell in CELLS if not cell.recurrent_states}
    assert {"jordan", "feedforward", "tdnn", "ar", "narx"} <= memoryless
    for name in memoryless:
        trace = record(natural("echo", cell=name, steps=3))
        assert not trace.start
        assert "L1.W" not in trace.parameters


@pytest.mark.parametrize("cell", ["tdnn", "narx"])
def test_a_window_holds_this_input_and_those_before_it(cell):
    trace = record(natural("sine", cell=cell, steps=6, batch=2, taps=3))
    x = trace.data.x
    assert trace.values["L1", "x"].shape == (6, 2, 3)
    for t in range(6):
        for k in range(3):
            expected = x[t - k, :, 0] if t >= k else 0.0
            assert (trace.values["L1", "x"][t, :, k] == expected).all()


def test_a_reverse_chain_s_window_holds_this_input_and_those_after_it():
    """It is the same cell on the sequence read backward."""
    trace = record(natural("sine", cell="tdnn", steps=6, batch=2, taps=3, bidirectional="sum", structure="n-n"))
    x = trace.data.x
    for t in range(6):
        for k in range(3):
            expected = x[t + k, :, 0] if t + k < 6 else 0.0
            assert (trace.values["L1r", "x"][t, :, k] == expected).all()
    backward = record(natural("sine", cell="tdnn", steps=6, batch=2, taps=3, structure="n-n")).network
    run = ForwardPass(backward, {"out.V": trace.parameters["out.V"], "out.b": trace.parameters["out.b"],
                         "L1.U": trace.parameters["L1r.U"], "L1.b": trace.parameters["L1r.b"]},
              replace(trace.data, x=x[::-1]))  # fmt: skip
    for _ in bptt.forward(backward, run):
        pass
    assert np.allclose(run.signals["L1", "s"][::-1], trace.values["L1r", "s"], rtol=1e-14)


@pytest.mark.parametrize("forced", [False, True])
def test_where_each_output_is_the_next_input_the_window_holds_them(forced):
    """x_1, a_1, a_2 … with this step's first: U is (taps·O, H), as the equation says."""
    chosen = {"structure": "1-n-feedback", "taps": 3, "teacher_forcing": forced, "steps": 5, "batch": 2}
    trace = record(natural("sine", cell="tdnn", **chosen))
    assert trace.parameters["L1.U"].shape == (3, trace.experiment.hidden)
    read = [trace.data.x[0], *(trace.data.y if forced else trace.values["out", "a"])]
    for t in range(5):
        for k in range(3):
            expected = read[t - k][:, 0] if t >= k else 0.0
            assert (trace.values["L1", "x"][t, :, k] == expected).all()


def unexplained(trace) -> float:
    """The share of the targets' variance that no V and b_z can take from these states."""
    at = trace.data.supervised
    states = trace.values["L1", "s"][at].reshape(-1, trace.scan.hidden)
    targets = trace.data.y[at].reshape(len(states), -1)
    v, bias = fit(states, targets, 1e-12)
    off = targets - states @ v - bias
    return float(np.square(off).sum() / np.square(targets - targets.mean(axis=0)).sum())


@pytest.mark.parametrize("delay", [1, 2, 3])
def test_an_echo_needs_a_window_longer_than_its_delay(delay):
    """The states of a feed-forward layer, and of a window one step too short, say nothing of the bit; one more step
    in the window says all."""
    chosen = {"steps": 200, "batch": 20, "hidden": 24, "delay": delay}
    assert unexplained(record(natural("echo", cell="feedforward", **chosen))) > 0.99
    assert unexplained(record(natural("echo", cell="tdnn", taps=delay, **chosen))) > 0.98
    assert unexplained(record(natural("echo", cell="tdnn", taps=delay + 1, **chosen))) < 1e-6
    assert unexplained(record(natural("echo", cell="tanh", w_gain=0.8, **chosen))) < 0.05


def test_a_wave_is_an_autoregression_of_order_two():
    """y_t = 2·cos(2π/25)·y_{t−1} − y_{t−2}: V and b_z of the states say so, and from one window on AR(1) does not."""
    chosen = {"steps": 60, "batch": 8, "teacher_forcing": True}
    trace = record(natural("sine", cell="ar", taps=2, **chosen))
    assert trace.values["L1", "s"].shape == (60, 8, 2)
    assert (trace.values["L1", "s"][5:, :, 1] == trace.data.y[3:-2, :, 0]).all()
    v, bias = fit(trace.values["L1", "s"][2:].reshape(-1, 2), trace.data.y[2:].reshape(-1, 1), 0.0)
    assert v[:, 0] == pytest.approx([2.0 * np.cos(2.0 * np.pi / 25.0), -1.0], abs=1e-10)
    assert bias == pytest.approx(0.0, abs=1e-10)
    fitted = {"out.V": v, "out.b": bias}
    assert record(trace.experiment, fitted).loss_t[2:].max() < 1e-20
    assert unexplained(record(natural("sine", cell="ar", taps=1, **chosen))) > 0.01


def test_narx_explains_a_noisy_wave_better_than_its_inputs_alone():
    """In the open loop the past targets are clean, and the inputs are not."""
    chosen = {"steps": 80, "batch": 8, "hidden": 24, "taps": 4, "noise": 0.3, "teacher_forcing": True}
    narx = unexplained(record(natural("sine", cell="narx", **chosen)))
    assert narx < 0.2 * unexplained(record(natural("sine", cell="tdnn", **chosen)))


@pytest.mark.parametrize("cell", FED)
def test_a_gradient_goes_back_through_the_outputs_in_the_closed_loop_only(cell):
    """With the loss at the last step, earlier outputs matter only by way of what reads them."""
    chosen = {"cell": cell, "steps": 7, "hidden": 4, "taps": 2, "loss_at": "last", "bias": 0.3}
    closed = record(natural("sine", **chosen))
    opened = record(natural("sine", teacher_forcing=True, **chosen))
    reached = [bool(dz.any()) for dz in closed.exact["out", "z"]]
    assert reached == ([True] * 7)
    assert [bool(dz.any()) for dz in opened.exact["out", "z"]] == [False] * 6 + [True]
    assert opened.exact["L1", "a_prev"][-1].any()


def test_truncation_cuts_the_way_through_the_outputs():
    trace = record(natural("sine", cell="jordan", steps=6, loss_at="last", truncate=2, bias=0.3))
    assert [bool(dz.any()) for dz in trace.used["out", "z"]] == [False] * 4 + [True] * 2
    assert all(dz.any() for dz in trace.exact["out", "z"])


def test_ar_refuses_a_layer_on_top_and_an_input_that_it_does_not_read():
    for changes in ({"layers": 2}, {"bidirectional": "sum"}, {"convolution": 3}, {"structure": "encoder-decoder"}):
        with pytest.raises(InputError):
            natural("sine", cell="ar", **changes)


def test_batch_statistics_are_those_of_the_step():
    trace = record(natural("sine", cell="batchnorm", steps=5, batch=16, hidden=3))
    m, h = trace.values["L1", "m"], trace.values["L1", "h"]
    assert np.abs(m.mean(axis=1)).max() < 1e-12
    variance = h.var(axis=1)
    assert np.abs(np.square(m).mean(axis=1) - variance / (variance + trace.experiment.epsilon)).max() < 1e-12
    assert np.abs(trace.exact["L1", "h"].sum(axis=1)).max() < 1e-12  # a shift of all samples changes nothing
    assert (trace.parameters["L1.gamma"] == 1.0).all()


def test_a_sample_alone_is_its_own_mean():
    trace = record(natural("sine", cell="batchnorm", steps=5, batch=1, bias=0.3))
    assert not trace.values["L1", "m"].any()
    assert (trace.values["L1", "s"] == np.tanh(0.3)).all()
    assert not trace.exact["L1", "h"].any()
    assert not trace.exact_parameters["L1.W"].any()
    assert trace.exact_parameters["L1.beta"].any()


def test_a_sample_changes_the_states_of_the_others_only_where_the_batch_is_normalised():
    """The derivative of sample 0's loss by the initial states of samples 1 and 2."""
    for name in ("tanh", "batchnorm"):
        trace = record(natural("sine", cell=name, steps=4, batch=3, initial_state=0.2, loss_at="last"))
        assert trace.scan.cell.couples_samples == (name == "batchnorm")
        targets = np.where(np.arange(3)[:, np.newaxis] > 0, trace.run.a, trace.data.y)  # samples 1 and 2 make no loss
        run = ForwardPass(trace.network, dict(trace.parameters), replace(trace.data, y=targets))
        for _ in bptt.forward(trace.network, run):
            pass
        others = backward_pass(trace.network, run).records["L1"].s_base[0, 1:]
        assert bool(others.any()) == (name == "batchnorm")
