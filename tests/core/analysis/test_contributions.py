"""Norms, shares, Jacobians, contributions, addends and saturation against the same things computed naively."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.contributions import (
    contributions,
    jacobian,
    no_contributions,
    previous,
    share_of_step,
)
from core.analysis.perturbation import Perturbation
from core.cells.factors import declared_factor
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.arrays import norms
from core.recorder import record
from core.tasks import TASKS
from tests.core import cases
from tests.core.addends import addend, addend_norms
from tests.core.cases import CASE, CELL, experiment_of, ratio, refusal
from tests.core.one_step import evaluate
from tests.core.strategies import DRAWN, RELAXED, experiments

EMBEDDED = [task.name for task in TASKS if not task.files]


def finish(generator):
    """The last thing that a generator yields, and how many there were."""
    results = list(generator)
    return results[-1], len(results)


# --- norms
@RELAXED
@given(st.integers(0, 10_000), st.integers(-300, 300), st.tuples(*[st.integers(1, 5)] * 3))
def test_norms_of_ordinary_small_and_huge_numbers(seed, decade, shape):
    array = np.random.default_rng(seed).normal(size=shape)
    expected = np.array([np.linalg.norm(step) for step in array])
    assert norms(array * 10.0**decade) == pytest.approx(expected * 10.0**decade, rel=1e-13, abs=0.0)


def test_norms_tell_none_tiny_huge_infinite_and_not_a_number_apart():
    inf, nan = np.inf, np.nan
    steps = [[0.0, 0.0], [3e-200, 4e-200], [3e200, -4e200], [inf, 1.0], [-inf, 0.0], [nan, 1.0], [nan, inf]]
    found = norms(np.array(steps)[:, None, :])
    assert found[0] == 0.0
    assert found[1] == pytest.approx(5e-200, rel=1e-15, abs=0.0)
    assert found[2] == pytest.approx(5e200, rel=1e-15)
    assert found[3] == found[4] == np.inf
    assert np.isnan(found[5]) and np.isnan(found[6])
    assert np.linalg.norm([3e-200, 4e-200]) == 0.0, "why norms are scaled here"


def test_norms_of_nothing_are_zero():
    assert norms(np.zeros((3, 2, 0))).tolist() == [0.0, 0.0, 0.0]


@CELL
def test_the_ratio_compares_the_first_step_with_the_last(cell):
    trace = record(experiment_of(cell).with_changes(loss_at="last"))
    gradient = trace.exact["L1", "s"]
    assert ratio(trace, ("L1", "s")) == pytest.approx(np.linalg.norm(gradient[0]) / np.linalg.norm(gradient[-1]))


# --- shares of the loss
@CELL
@pytest.mark.parametrize("task", EMBEDDED)
def test_the_shares_of_all_supervised_steps_add_up(cell, task):
    experiment = natural(task, cell=cell.name, loss_at="every", steps=6, hidden=3, batch=2, initial_state=0.3)
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment)
        return
    trace = record(experiment)
    supervised = [t for t in range(1, trace.steps + 1) if trace.data.supervised[t - 1]]
    shares = [share_of_step(trace, t) for t in supervised]
    assert set(shares[0]) == set(trace.exact)
    for signal, exact in trace.exact.items():
        total = sum(share[signal] for share in shares)
        assert np.abs(total - exact).max() <= 1e-13 * max(1.0, np.abs(exact).max()), signal


@CELL
def test_a_share_says_nothing_about_later_steps(cell):
    trace = record(experiment_of(cell).with_changes(loss_at="every"))
    share = share_of_step(trace, 4)
    assert not share["L1", "s"][4:].any() and share["L1", "s"][:4].any()
    assert not share["out", "z"][4:].any() and share["out", "z"][3].any()
    assert share["out", "z"][:3].any() == cell.fed, "an earlier output matters only where it is fed back"


def test_the_share_of_a_step_without_a_target_is_zero():
    trace = record(Experiment(loss_at="last"))
    assert not any(array.any() for array in share_of_step(trace, 3).values())


# --- Jacobians and contributions
def carried_at(trace, t: int) -> dict[str, np.ndarray]:
    """What step t handed on, (B, H) each."""
    names = trace.scan.cell.recurrent_states
    return {n: (trace.values["L1", n][t - 1] if t else trace.start["L1", n]).copy() for n in names}


def along(trace, sample: int = 0, most_rows: int = 128, total: bool = False):
    """The map of partial derivatives, the state of step k held fixed: the memory's block in a product of Jacobians; of
    a cell without a memory of its own the map itself."""
    return finish(contributions(trace, sample, most_rows, total))


def run_on(trace, carried: dict[str, np.ndarray], k: int, t: int) -> dict[str, np.ndarray]:
    """What t hands on where `carried` was handed on by k, by the declared graph."""
    cell = trace.scan.cell
    parameters = trace.scan.views(dict(trace.parameters))
    for step in range(k, t):
        inputs = {**cases.given(trace, step), **{f"{n}_prev": v for n, v in carried.items()}}
        values = evaluate(cell.graph, parameters, inputs, {}).values
        carried = {n: values[n] for n in cell.recurrent_states}
    return carried


@CELL
@CASE
def test_contributions_are_those_of_a_perturbed_memory(cell, case):
    """∂q_t/∂q_k by central differences of the whole way from k to t, the state of k held fixed."""
    trace = record(experiment_of(cell, case))
    sample, step = trace.experiment.batch - 1, 1e-5
    coupled = cell.couples_samples and trace.experiment.batch > 1
    why = "fed" if cell.fed else "stateless" if not cell.recurrent_states else "samples" if coupled else ""
    assert no_contributions(trace) == why
    if why:
        assert list(contributions(trace, sample)) == []
        return
    found, _ = along(trace, sample)
    assert found.name == cell.memory
    assert found.rows.tolist() == list(range(1, trace.steps + 1))
    for t in range(1, trace.steps + 1):
        assert np.isnan(found.decades[t - 1, t:]).all()
        assert found.decades[t - 1, t - 1] == 0.0
        for k in range(1, t):
            rows = []
            for unit in range(trace.experiment.hidden):
                ends = []
                for sign in (step, -step):
                    moved = carried_at(trace, k)
                    moved[cell.memory][sample, unit] += sign
                    ends.append(run_on(trace, moved, k, t)[cell.memory][sample])
                rows.append((ends[0] - ends[1]) / (2 * step))
            expected = np.linalg.norm(np.array(rows), 2)
            assert 10.0 ** found.decades[t - 1, k - 1] == pytest.approx(expected, rel=1e-5, abs=1e-9), (t, k)


def test_above_the_layer_that_attends_forced_outputs_leave_one_path():
    """The context is made of the bottom layer's states: nothing of the top layer's comes back. Moved numbers agree."""
    changes = {"structure": "attention", "layers": 2, "teacher_forcing": True, "delay": 1}
    trace = record(natural("echo", steps=5, hidden=3, batch=2, bias=0.2, **changes))
    assert no_contributions(trace) == "" and trace.scan.name == "D2"
    found, _ = finish(contributions(trace, 1))
    before = trace.schedule.offset("D2")
    for k, t in ((1, 2), (1, 5), (3, 4)):
        moved = [Perturbation(trace, ("D2", "s"), k, 1, unit, 1e-20).moved["D2", "s"][t - 1, 1] for unit in range(3)]
        norm = np.linalg.norm(np.array(moved) / 1e-20, 2)
        assert 10.0 ** found.decades[t - 1, before + k - 1] == pytest.approx(norm, rel=1e-12)


@RELAXED
@given(experiments(DRAWN, steps=(2, 8)))
def test_contributions_are_products_of_jacobians(experiment):
    """Along the scan on view, a decoder's after its encoder's columns."""
    trace = record(experiment)
    cell, hidden = trace.scan.cell, trace.scan.hidden
    read_again = cell.fed or experiment.output_feedback or experiment.structure in ("1-n-feedback", "encoder-decoder")
    attended = experiment.structure == "attention" and (experiment.layers == 1 or not experiment.teacher_forcing)
    fed = (read_again and not experiment.teacher_forcing) or attended
    why = "fed" if fed else "" if cell.recurrent_states else "stateless"
    assert no_contributions(trace) == why
    if why:
        assert list(contributions(trace)) == []
        return
    at = cell.recurrent_states.index(cell.memory)
    part = slice(at * hidden, (at + 1) * hidden)
    found, yielded = along(trace)
    steps, before = len(trace.values[trace.scan.name, "s"]), trace.schedule.offset(trace.scan.name)
    assert before == (experiment.steps if trace.scan.decodes else 0)
    assert yielded == steps + 1
    assert found.rows.tolist() == list(range(before + 1, before + steps + 1))
    assert np.isnan(found.decades[:, :before]).all()
    for t in range(1, steps + 1):
        product = np.eye(len(cell.recurrent_states) * hidden)
        for k in range(t, 0, -1):
            expected = np.linalg.norm(product[part, part], 2)
            assert 10.0 ** found.decades[t - 1, before + k - 1] == pytest.approx(expected, rel=1e-9, abs=1e-300)
            product = jacobian(trace, k) @ product


def test_contributions_of_a_diagonal_network_are_powers_of_its_weight():
    trace = record(Experiment(cell="identity", steps=40, w_init="identity", w_gain=1e-9 + 0.5))
    found, _ = finish(contributions(trace))
    distance = np.arange(1, 41)[:, None] - np.arange(1, 41)
    expected = np.where(distance >= 0, distance * np.log10(0.5 + 1e-9), np.nan)
    assert np.allclose(found.decades, expected, atol=1e-12, equal_nan=True)


def test_what_is_far_below_the_smallest_number_is_told_from_nothing():
    small = record(Experiment(cell="identity", steps=400, w_init="identity", w_gain=1e-3))
    found, _ = finish(contributions(small, most_rows=400))
    assert found.decades[-1, 0] == pytest.approx(-3 * 399)
    huge = record(Experiment(cell="identity", steps=150, w_init="identity", w_gain=100.0, input_scale=1e-6))
    found, _ = finish(contributions(huge, most_rows=150))
    assert found.decades[-1, 0] == pytest.approx(2 * 149)
    none = record(Experiment(cell="identity", steps=3, w_init="identity", w_gain=0.0))
    found, _ = finish(contributions(none))
    assert found.decades[2].tolist() == [-np.inf, -np.inf, 0.0]


def test_contributions_of_a_run_that_broke_are_not_a_number_and_do_not_warn():
    trace = record(Experiment(cell="identity", steps=400, w_init="normal", w_gain=100.0))
    assert trace.broken is not None
    found, _ = finish(contributions(trace))
    assert found.decades.shape == (len(found.rows), 400)
    tanh = record(Experiment(cell="tanh", steps=5).with_changes(w_init="normal", w_gain=100.0, u_gain=100.0))
    assert not np.isnan(finish(contributions(tanh))[0].decades[-1]).any()


@pytest.mark.parametrize(("steps", "most"), [(1, 128), (128, 128), (129, 128), (300, 128), (7, 3), (6, 1)])
def test_rows_are_sampled_where_there_are_too_many(steps, most):
    trace = record(Experiment(steps=steps, hidden=2, w_gain=1.0))
    found, _ = finish(contributions(trace, most_rows=most))
    everything, _ = finish(contributions(trace, most_rows=steps))
    assert len(found.rows) <= most
    assert found.rows[-1] == steps
    assert len(set(np.diff(found.rows))) <= 1
    expected = everything.decades[found.rows - 1]
    assert np.allclose(found.decades, expected, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_a_frozen_forget_gate_of_one_keeps_all_of_c_and_of_zero_nothing():
    one = Experiment(cell="lstm", steps=30, w_init="identity", w_gain=0.0).freeze("f", 1.0)
    found, _ = finish(contributions(record(one)))
    assert np.abs(found.decades[-1]).max() < 1e-12
    none, _ = finish(contributions(record(one.freeze("f", 0.0))))
    assert none.decades[-1, :-1].tolist() == [-np.inf] * 29


@CELL
@CASE
def test_the_jacobian_of_every_step_and_sample(cell, case):
    """Through the public function, at all t, against differences of one step, of fourth order: batches are curved.

    Of a unit that stands at a kink nothing can be said; c = 0 is one of a rectified cell state that was forgotten.
    """
    trace = record(experiment_of(cell, case))
    step, names = 1e-5, trace.scan.cell.recurrent_states
    weights = {1: 8.0, -1: -8.0, 2: -1.0, -2: 1.0}
    for t in range(1, trace.steps + 1):
        for sample in range(trace.experiment.batch):
            rows = []
            for name in names:
                for unit in range(trace.experiment.hidden):
                    row = 0.0
                    for k, weight in weights.items():
                        moved = carried_at(trace, t - 1)
                        moved[name][sample, unit] += k * step
                        values = run_on(trace, moved, t - 1, t)
                        row = row + weight * np.concatenate([values[n][sample] for n in names])
                    rows.append(row / (12 * step))
            size = len(names) * trace.scan.hidden  # (0, 0) of a cell that carries nothing
            off = jacobian(trace, t, sample) - np.reshape(rows, (size, size))
            for name, kink in trace.scan.cell.kinks:
                bent = np.abs(trace.values["L1", name][t - 1, sample] - kink) < 3 * step
                off[:, np.tile(bent, len(names))[:size]] = 0.0
            assert np.abs(off).max(initial=0.0) < 1e-8


# --- addends of a parameter's gradient
def declared(trace) -> list[str]:
    """Every parameter of the scan by its block's name."""
    names = trace.named_parameters(trace.parameters)
    return [name.removeprefix("L1.") for name in names if name.startswith("L1.")]


@CELL
@CASE
def test_addends_add_up_to_the_gradient_of_every_parameter(cell, case):
    trace = record(experiment_of(cell, case))
    gradients = trace.named_parameters(trace.exact_parameters)
    assert bool(declared(trace)) == cell.reads_input
    for name in declared(trace):
        factor, mask = declared_factor(trace.scan.cell, name), trace.scan.cell.mask(name, trace.scan.hidden)
        addends = [addend(trace, name, t) for t in range(1, trace.steps + 1)]
        total = sum(each.matrix for each in addends)
        assert total.shape == gradients[f"L1.{name}"].shape
        assert np.abs(total - gradients[f"L1.{name}"]).max() < 1e-13, name
        for t, each in enumerate(addends, 1):
            product = each.left.T @ each.right if mask is None else (each.left.T @ each.right) * mask
            if factor.elementwise:
                product = sum(np.outer(1.0, left * right) for left, right in zip(each.left, each.right, strict=True))
            assert each.t == t
            assert each.matrix.ndim == total.ndim
            assert np.allclose(product if each.matrix.ndim == 2 else product[0], each.matrix, rtol=1e-15, atol=0.0)


@CELL
@CASE
def test_norms_of_addends_are_those_of_the_matrices(cell, case):
    trace = record(experiment_of(cell, case))
    for name in declared(trace):
        expected = [np.linalg.norm(addend(trace, name, t).matrix) for t in range(1, trace.steps + 1)]
        assert addend_norms(trace, name) == pytest.approx(expected, rel=1e-12, abs=1e-300), name


def test_in_a_batch_that_cancels_the_norm_is_not_the_product_of_norms():
    trace = record(Experiment(cell="identity", task="echo", steps=6, batch=64, loss_at="every", w_gain=0.9))
    each = addend(trace, "W", 6)
    product = np.linalg.norm(each.left) * np.linalg.norm(each.right)
    assert addend_norms(trace, "W")[5] == pytest.approx(np.linalg.norm(each.matrix))
    assert product > 2 * each.norm


def test_norms_of_addends_of_a_vanished_gradient_are_not_zero():
    """Of one sample and of a batch alike."""
    for batch in (1, 2):
        chosen = Experiment(cell="identity", steps=80, batch=batch, w_init="identity", w_gain=1e-3)
        found = addend_norms(record(chosen), "U")
        assert 1e-260 < found[5] < 1e-200


def test_used_addends_add_up_to_the_truncated_gradient():
    trace = record(Experiment(task="echo", loss_at="every", steps=8, batch=2, truncate=3))
    used = sum(addend(trace, "W", t, exact=False).matrix for t in range(1, 9))
    assert used == pytest.approx(trace.used_parameters["L1.W"])
    assert not np.allclose(used, trace.exact_parameters["L1.W"])
    expected = [np.linalg.norm(addend(trace, "W", t, exact=False).matrix) for t in range(1, 9)]
    assert addend_norms(trace, "W", exact=False) == pytest.approx(expected)


def test_an_unknown_parameter_has_no_addends():
    trace = record(Experiment())
    for name in ("Q", "W_f", "h"):
        with pytest.raises(KeyError, match=name):
            declared_factor(trace.scan.cell, name)
        with pytest.raises(KeyError):
            addend_norms(trace, name)


@CELL
def test_what_came_into_a_step(cell):
    trace = record(experiment_of(cell))
    for name in cell.recurrent_states:
        assert np.array_equal(previous(trace, trace.scan, name, 1), trace.start["L1", name])
        assert np.array_equal(previous(trace, trace.scan, name, 4), trace.values["L1", name][2])


# --- runs that break
@CELL
@pytest.mark.parametrize("batch", [1, 2])
def test_a_run_that_explodes_is_looked_at_without_a_warning(cell, batch):
    task = "echo" if cell.readout == "counts" else "last-step"
    chosen = Experiment(task=task, cell=cell.name, steps=300, batch=batch, w_init="identity", w_gain=100.0, bias=1.0)
    trace = record(chosen)
    for name in declared(trace):
        assert addend_norms(trace, name).shape == (300,)
        addend(trace, name, 150)
    jacobian(trace, 300)
    ratio(trace, ("L1", "s"))
    share_of_step(trace, 300)


def test_an_exploded_addend_is_said_to_be_no_number():
    trace = record(Experiment(cell="identity", steps=300, w_init="identity", w_gain=100.0))
    assert trace.broken is not None
    assert not np.isfinite(addend_norms(trace, "W")).all()


def test_the_ratio_of_a_gradient_that_is_nowhere_is_no_number():
    assert np.isnan(ratio(record(Experiment(cell="relu", bias=-50.0)), ("L1", "h")))


def test_a_norm_beyond_the_largest_number_is_infinite():
    assert norms(np.full((1, 1, 2), 1.7e308)) == [np.inf]


def test_under_truncation_the_used_shares_add_up_to_the_used_gradients():
    trace = record(natural("echo", steps=7, hidden=3, batch=2, truncate=2))
    for used, whole in ((False, trace.exact), (True, trace.used)):
        shares = [share_of_step(trace, t, used) for t in np.flatnonzero(trace.data.supervised) + 1]
        for key, gradient in whole.items():
            assert np.allclose(sum(share[key] for share in shares), gradient, rtol=1e-12, atol=1e-15), key
    assert not np.allclose(trace.exact["L1", "s"], trace.used["L1", "s"])
