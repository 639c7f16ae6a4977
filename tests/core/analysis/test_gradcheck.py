"""The gradient check passes what is right, and nothing that is not."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable
from copy import deepcopy
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given

from core import bptt
from core.analysis.complex_step import ComplexPass, epsilon_for
from core.analysis.gradcheck import PASSES, TOLERANCE, check, claimed, finish
from core.cells import cell_named
from core.choices import Edit
from core.errors import InputError
from core.experiment import Experiment, natural
from core.network.parts import ForwardPass
from core.network.sources import FullSequence
from core.recorder import record
from core.tasks import TASKS
from core.training.optimizers import Adam
from core.training.training import Training
from tests.core.cases import CASE, CELL, experiment_of, refusal
from tests.core.strategies import DRAWN, RELAXED, experiments

SMOOTH = tuple(name for name in DRAWN if not cell_named(name)().kinks)


def with_gradient(trace, name, gradient):
    """The same trace claiming another gradient for one parameter."""
    return dataclasses.replace(trace, exact_parameters={**trace.exact_parameters, name: gradient})


def planted(trace, name, place, factor=1 + 1e-6):
    """The same trace with one entry off, of any gradient that is checked: by an edit's name, "L1.W", "L1.s_0", "x"."""
    gradient = claimed(trace)[name].copy()
    gradient[place] *= factor
    if name in trace.parameters:
        return with_gradient(trace, name, gradient)
    if name != "x":
        part, _, own = name.removesuffix("_0").partition(".")
        return dataclasses.replace(trace, start_gradients={**trace.start_gradients, (part, own): gradient})
    scan = next(scan for scan in trace.scans if isinstance(scan.source, FullSequence))
    return dataclasses.replace(trace, exact={**trace.exact, (scan.name, "x"): gradient})


def is_red(trace) -> bool:
    """Whether the check fails, which stays so."""
    return any(not found.passed for found in check(trace))


def places(trace):
    """Every entry that is checked and is not 0, by an edit's name and its place."""
    for name, array in claimed(trace).items():
        for place in zip(*np.nonzero(array), strict=True):
            yield name, tuple(int(k) for k in place)


@CELL
@CASE
def test_every_cell_passes(cell, case):
    trace = record(experiment_of(cell, case))
    found = finish(trace)
    assert found.finished and found.passed
    states = sum(array.size for array in trace.start.values())
    assert found.total == sum(array.size for array in trace.parameters.values()) + states + trace.data.x.size
    assert found.worst < TOLERANCE
    named = {*trace.named_parameters(trace.parameters), *(f"{part}.{name}_0" for part, name in trace.start), "x"}
    assert found.worst == 0.0 or found.where.partition("[")[0] in named
    assert found.kinks == 0 or trace.scan.cell.kinks


@CELL
@pytest.mark.parametrize("task", [task.name for task in TASKS if not task.files])
def test_every_task_passes(cell, task):
    experiment = natural(task, cell=cell.name, hidden=3, ridge=0.5)
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment)
        return
    found = finish(record(experiment))
    assert found.passed, found
    assert found.kinks < found.total / 3


@RELAXED
@given(experiments(SMOOTH))
def test_any_experiment_passes(experiment):
    found = finish(record(experiment))
    assert found.passed, found


def test_a_unit_at_its_kink_is_found_where_what_moves_it_is_a_product():
    """r ⊙ s of a GRU moves by ε² besides, and h_n is no longer exactly 0 in the pass that asks."""
    changes = {"cell": "gru", "activation": "relu", "w_init": "orthogonal", "w_gain": 0.01, "u_gain": 0.0}
    found = finish(record(natural("echo", steps=1, hidden=1, batch=1, structure="n-1", loss_at="last", **changes)))
    assert found.passed and found.kinks == 2, found


def test_clipping_and_truncation_do_not_matter_to_what_is_checked():
    assert finish(record(natural("echo", truncate=2, clip_value=0.01))).passed


@CELL
def test_an_entry_that_is_off_is_found_and_named(cell):
    trace = record(experiment_of(cell))
    for name, exact in trace.exact_parameters.items():
        if name == "out.b" and cell.readout == "ridge" and not cell.learned:
            assert np.abs(exact).max() < 1e-14  # the fit has made it 0, and there is nothing to be off
            continue
        wrong = exact.copy()
        place = tuple(int(k) for k in np.unravel_index(np.abs(exact).argmax(), exact.shape))
        wrong[place] *= 1 + 1e-4
        found = finish(with_gradient(trace, name, wrong))
        assert not found.passed
        assert found.entry == (name, place)
        assert found.worst == pytest.approx(1e-4, rel=0.1)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0])
def test_a_wrong_sign_a_missing_gradient_and_a_doubled_one_fail(factor):
    trace = record(Experiment())
    assert not finish(with_gradient(trace, "L1.W", factor * trace.exact_parameters["L1.W"])).passed


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_no_number_fails_for_good(wrong):
    trace = record(Experiment(hidden=2))
    gradient = trace.exact_parameters["L1.U"].copy()
    gradient[0, 0] = wrong
    results = [found for found in check(with_gradient(trace, "L1.U", gradient)) if found.done]
    assert not results[0].passed and not results[-1].passed
    assert results[-1].where == "L1.U[1, 1]"
    assert results[-1].finished


def test_a_run_that_explodes_does_not_pass_and_does_not_warn():
    trace = record(Experiment(cell="identity", steps=250, hidden=2, w_init="identity", w_gain=100.0))
    assert trace.broken is not None
    found = finish(trace)
    assert found.finished and not found.passed


def test_progress_is_told_after_every_entry_and_on_the_way():
    trace = record(Experiment(hidden=2, steps=3))
    every = list(check(trace))
    results = list(dict.fromkeys(found for found in every if found.done))
    assert len(every) == 2 * len(results)  # a pass as short as that in one piece, and its entry
    wide = list(islice(check(record(Experiment(hidden=40, batch=8, steps=30))), 33))
    assert [found.done for found in wide[-2:]] == [0, 1], "a wide one a step at a time, its loss and its end among them"
    assert [each.done for each in results] == list(range(1, len(results) + 1))
    assert {each.total for each in results} == {len(results)}
    assert [each.finished for each in results] == [False] * (len(results) - 1) + [True]
    worst = [each.worst for each in results]
    assert worst == sorted(worst)


def test_the_parameters_are_as_they_were_afterwards():
    trace = record(Experiment(cell="gru", hidden=2))
    before = {name: array.copy() for name, array in trace.parameters.items()}
    finish(trace)
    for name, array in trace.parameters.items():
        assert np.array_equal(array, before[name])
        assert not array.flags.writeable


def test_kinks_of_relu_are_counted_and_left_out():
    """All pre-activations are exactly 0: every entry that moves one of them crosses the kink, V and its bias do not."""
    trace = record(Experiment(cell="relu", steps=4, hidden=3, w_init="identity", w_gain=0.0, u_gain=0.0, bias=0.0))
    assert not trace.values["L1", "h"].any()
    found = finish(trace)
    sizes = {name: array.size for name, array in trace.parameters.items()}
    # W meets s = 0 and moves nothing, as x and s_0 do, whose U and W are 0.
    assert found.kinks == sizes["L1.U"] + sizes["L1.b"]
    assert found.passed


def test_kinks_of_gates_are_looked_for_at_what_each_gate_reads():
    """h of input gate, output gate and candidate is exactly 3, which is a kink of the gates alone."""
    flat = {"steps": 4, "hidden": 3, "w_gain": 0.0, "u_gain": 0.0, "bias": 3.0, "forget_bias": 0.5}
    trace = record(Experiment(cell="lstm", gate_activation="hard-sigmoid", **flat))
    assert (trace.values["L1", "h_i"] == 3.0).all()
    found, named = finish(trace), trace.named_parameters(trace.parameters)
    assert found.kinks == sum(named[f"L1.{kind}_{gate}"].size for kind in "UWb" for gate in "io")
    assert found.passed
    smooth = record(Experiment(cell="lstm", **flat))
    assert finish(smooth).kinks == 0
    later = record(Experiment(cell="lstm", gate_activation="hard-sigmoid-keras2", **flat))
    assert finish(later).kinks == 0  # those of Keras 2 are at ±2.5


def test_a_rectified_cell_state_of_0_has_a_kink_for_what_moves_it():
    """All candidates are shut, so that c is 0 and only c_0 can move it."""
    flat = {"steps": 4, "hidden": 3, "batch": 2, "w_gain": 0.0, "u_gain": 0.0, "bias": -1.0, "forget_bias": 0.5}
    trace = record(Experiment(cell="lstm", activation="relu", **flat))
    assert not trace.values["L1", "c"].any()
    found = finish(trace)
    assert found.kinks == trace.start["L1", "c"].size and found.passed


def test_a_wrong_gradient_beside_kinks_is_still_found():
    trace = record(Experiment(cell="relu", steps=4, hidden=3, w_init="identity", w_gain=0.0, u_gain=0.0, bias=0.0))
    wrong = trace.exact_parameters["out.b"] + 1e-3
    assert not finish(with_gradient(trace, "out.b", wrong)).passed


def test_a_cell_without_a_kink_has_none_counted():
    flat = Experiment(cell="tanh", steps=4, hidden=3, w_gain=0.0, u_gain=0.0, bias=0.0)
    assert finish(record(flat)).kinks == 0


def test_beside_a_kink_there_is_a_derivative():
    """A difference quotient would cross it: h is 1e-9 on one side."""
    trace = record(Experiment(cell="relu", steps=4, hidden=3, w_gain=0.0, u_gain=0.0, bias=1e-9))
    found = finish(trace)
    assert found.passed and found.kinks == 0
    assert is_red(planted(trace, "L1.b", (1,)))


def test_a_gradient_that_has_vanished_is_checked_as_any_other():
    """∂L/∂x of early steps is 10⁻⁶⁰ of the last one's; a difference of losses would see nothing of it."""
    trace = record(Experiment(steps=150, input_scale=1e-6, hidden=3, w_gain=0.4))
    found = finish(trace)
    assert found.passed and found.unresolved == 0
    size = abs(trace.exact["L1", "x"][0, 0, 0])
    assert 0.0 < size < 1e-40
    assert is_red(planted(trace, "x", (0, 0, 0)))


# --- the numbers that a run begins with
SMALL = {"steps": 4, "hidden": 2, "batch": 2, "delay": 1, "initial_state": 0.3, "bias": 0.1}
READ = [
    {"cell": "lstm"},
    {"cell": "clockwork", "periods": (2, 1)},
    {"structure": "n-1", "bidirectional": "product", "reverse_at": "last-step"},
    {"convolution": 2, "filters": 2},
    {"cell": "tdnn", "taps": 3},
    {"structure": "1-n-every"},
    {"structure": "1-n-feedback"},
    {"structure": "encoder-decoder", "context_at": "every", "cell": "lstm"},
    {"structure": "attention", "score": "additive"},
]


@pytest.mark.parametrize("chosen", READ, ids=str)
def test_initial_states_and_inputs_are_checked_too(chosen):
    trace = record(natural("echo", **{**SMALL, **chosen}))
    found = finish(trace)
    assert found.passed, found
    claims = claimed(trace)
    assert found.total == sum(array.size for array in claims.values())
    assert claims["x"].any()
    starts = {f"{part}.{name}_0" for part, name in trace.start}
    handed_on = {name for name in starts if name[0] == "D" and trace.experiment.context_at == "initial"}
    assert {name for name in claims if name.endswith("_0")} == starts - handed_on
    for name in starts - handed_on:
        assert np.abs(claims[name]).max() > 0.0
        assert is_red(planted(trace, name, (1, 0)))


@pytest.mark.parametrize(
    "changes", [{"convolution": 3, "filters": 2}, {"cell": "batchnorm", "bidirectional": "mean", "layers": 2}], ids=str
)
def test_inputs_beyond_a_short_samples_end_have_the_gradient_that_their_readers_send(changes):
    """A kernel does not read them; the mean of a batch does, in a reverse chain too."""
    trace = record(natural("surname", structure="n-1", hidden=3, batch=3, bias=0.2, initial_state=0.3, **changes))
    assert trace.data.present is not None and not trace.data.present.all()
    assert finish(trace).passed
    beyond = claimed(trace)["x"][~trace.data.present]
    assert beyond.any() == ("cell" in changes)


def test_edited_initial_states_and_inputs_are_what_is_checked():
    edits = (Edit("L1.s_0", (0, 1), 0.7), Edit("x", (2, 1, 0), 0.4), Edit("L1.c_0", (1, 0), -0.6))
    trace = record(natural("echo", cell="lstm", **SMALL).with_changes(edits=edits))
    assert trace.start["L1", "s"][0, 1] == 0.7
    assert finish(trace).passed
    for name, place in places(trace):
        if name not in trace.parameters:
            assert is_red(planted(trace, name, place))


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_neighbours_share_a_pass_and_the_one_that_is_off_is_named(at):
    trace = record(natural("slot-filling", steps=20, hidden=3))
    claims = claimed(trace)["x"]
    assert claims.size > 2 * PASSES
    found = finish(trace)
    assert found.passed and found.done == found.total == sum(array.size for array in claimed(trace).values())
    passes = sum(1 for before, after in pairwise(check(trace)) if after.done > before.done)
    assert passes <= found.total - claims.size + PASSES
    places = np.argwhere(claims)
    place = tuple(int(k) for k in places[int(at * (len(places) - 1))])
    found = finish(planted(trace, "x", place, 1 + 1e-6))
    assert not found.passed and found.finished
    assert found.entry == ("x", place)
    assert found.worst == pytest.approx(1e-6, rel=1e-3)


# --- trained networks: what is left of the loss is small, and rounding large beside it
FIVE = ("tanh", "relu", "lstm", "gru", "clockwork")
UPDATES = (20, 200, 2000)
UNFILED = [task.name for task in TASKS if not task.files]


def trained(task: str, cell: str, updates: Iterable[int], rate: float = 0.01, **changes):
    """Runs of a network that has been trained so long, and so long …"""
    experiment = natural(task, cell=cell, hidden=3, **changes)
    training = Training(experiment, Adam(rate=rate))
    done = 0
    for count in updates:
        for _ in range(count - done):
            training.update()
        done = count
        yield record(experiment, deepcopy(training.parameters))


def every_error_is_seen(trace, found, step: int = 1) -> None:
    """An error of 10⁻⁶ in any entry turns the check red, but for those that it has said it cannot judge."""
    unseen = sum(not is_red(planted(trace, *place)) for place in list(places(trace))[::step])
    assert unseen <= found.kinks + found.unresolved


SOME = [(task, cell) for k, task in enumerate(UNFILED) for j, cell in enumerate(FIVE) if (k + j) % 3 == 0]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "cell"), SOME)
def test_a_trained_network_passes(task, cell):
    """Each task with one or two cells, each cell with four tasks; all of them with --long."""
    (trace,) = trained(task, cell, (200 if cell == "tanh" else 20,))
    found = finish(trace)
    assert found.passed, found
    assert found.unresolved <= found.total / 10
    every_error_is_seen(trace, found, step=found.total // 2)


@pytest.mark.slow
@pytest.mark.parametrize("cell", FIVE)
def test_hello_learned_by_heart_passes_and_no_error_of_it_does(cell):
    (trace,) = trained("next-character", cell, (2000,))
    assert trace.loss < 0.01
    found = finish(trace)
    assert found.passed, found
    every_error_is_seen(trace, found, step=found.total // 4)


@pytest.mark.long
@pytest.mark.parametrize("cell", FIVE)
@pytest.mark.parametrize("task", UNFILED)
def test_no_trained_network_is_red_and_every_error_is(task, cell):
    for trace in trained(task, cell, UPDATES):
        found = finish(trace)
        assert found.passed, found
        every_error_is_seen(trace, found, step=found.total // 12)


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_where_outputs_and_units_are_saturated_what_rounding_has_taken_is_not_held_against_it(cell):
    """1 − s² of an s that has rounded to 1 is 0, and its derivative is not; so it is with a − y."""
    (trace,) = trained("next-character", cell, (600,), rate=1.0)
    found = finish(trace)
    assert found.passed, found
    assert found.unresolved > 0
    largest = max(places(trace), key=lambda place: abs(claimed(trace)[place[0]][place[1]]))
    assert is_red(planted(trace, *largest))


@pytest.mark.parametrize("cell", ["sigmoid", "lstm", "gru", "peephole"])
def test_where_the_complex_pass_overflows_a_difference_quotient_answers(cell):
    """exp(4000) is ∞, its reciprocal 0, and of complex numbers neither is a number."""
    plain = record(Experiment(cell=cell, hidden=2, steps=5))
    u = plain.parameters["L1.U"].copy()
    u[0, :2] = -5000.0, 4000.0
    trace = record(plain.experiment, {**plain.parameters, "L1.U": u})
    assert not np.isfinite(ComplexPass(trace, {"L1.U": np.ones(u.shape)}).finish().derivative)
    found = finish(trace)
    assert found.passed, found
    wrong = trace.exact_parameters["out.V"].copy()
    wrong[np.unravel_index(np.abs(wrong).argmax(), wrong.shape)] *= 1.001
    assert is_red(with_gradient(trace, "out.V", wrong))


def test_a_chaotic_run_is_checked_along_its_own_way():
    """Rounding grows to the size of the states within it; the recorded ones hold the derivative to this run."""
    trace = record(Experiment(cell="gru", update_bias=0.0, steps=200, w_gain=6.0, hidden=16))
    exact = trace.exact_parameters["L1.W"][0, 1]
    assert abs(exact) > 1e15
    along = np.zeros(trace.parameters["L1.W"].shape)
    along[0, 1] = 1.0
    made = ComplexPass(trace, {"L1.W": along}, epsilon_for(abs(exact))).finish()
    assert np.array_equal(made.run.records["L1"].s.real, trace.values["L1", "s"])
    assert made.derivative == pytest.approx(exact, rel=1e-9)


# --- the complex step
@CELL
def test_the_complex_pass_is_the_same_run(cell):
    """Its real parts are the recorded numbers; a real run is not touched by what makes complex ones."""
    trace = record(experiment_of(cell))
    along = {"x": np.ones(trace.data.x.shape)}
    run = ComplexPass(trace, along).finish().run
    assert run.loss.real == pytest.approx(trace.loss, rel=1e-14)
    for record_ in trace.scan.cell.records:
        assert getattr(run.records["L1"], record_.name).real == pytest.approx(
            trace.values["L1", record_.name], abs=1e-13
        )
    again = ForwardPass(trace.network, dict(trace.parameters), trace.data)
    deque(bptt.forward(trace.network, again), maxlen=0)
    assert again.loss == trace.loss and type(again.loss) is float
    assert all(array.dtype != complex for array in vars(again.records["L1"]).values() if isinstance(array, np.ndarray))


@pytest.mark.parametrize("size", [0.0, 1e-250, 1e-30, 1.0, 1e30, np.inf, np.nan])
def test_a_step_fits_the_size_of_the_derivative(size):
    epsilon = epsilon_for(size)
    assert 1e-300 <= epsilon <= 1e-20
    if 0.0 < size < np.inf:
        assert 1e-280 < epsilon * size < 1e-100
