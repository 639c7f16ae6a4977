"""The default experiment of a cell shows what the textbooks say of it, and its alternatives show the opposite."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS, PRIMARY, cell_named
from core.claims.claim import ALIKE, LARGER, ONLY_WEIGHTS, SMALLER, ZERO, claim_of
from core.claims.kept import alternatives, kept_by
from core.experiment import OPTIONS, Experiment
from core.recorder import record

SEEDS = range(1, 21)
GATED = [cell.name for cell in CELLS if cell.kept_by is not None]
STEPS_BACK = 13


def runs(**changes):
    cell = changes.pop("cell")
    return [record(Experiment(data_seed=k, weight_seed=k).with_cell(cell).with_changes(**changes)) for k in SEEDS]


def kept(trace) -> float:
    """How much of the gradient is left at the first step, of what there is at the last; 0 where nothing is."""
    claim = claim_of(trace)
    assert claim.form in (SMALLER, LARGER, ALIKE, ZERO) and claim.numbers["steps"] == STEPS_BACK
    if claim.form == ZERO:
        return 0.0
    return 1 / claim.numbers["factor"] if claim.form in (SMALLER, ALIKE) else claim.numbers["factor"]


def test_tanh_forgets():
    assert all(kept(trace) < 1 / 300 for trace in runs(cell="tanh"))


@pytest.mark.parametrize("cell", GATED)
def test_a_gated_cell_remembers_by_default_and_forgets_with_its_counter_example(cell):
    by_default = [kept(trace) for trace in runs(cell=cell)]
    assert all(1 / 4 < each < 4 for each in by_default)
    option, _ = cell_named(cell).kept_by
    at_zero = [kept(trace) for trace in runs(cell=cell, **{option.name: 0.0})]
    assert all(each < 1 / 20 for each in at_zero)
    assert all(many > 20 * few for many, few in zip(by_default, at_zero, strict=True))


def test_what_a_cell_offers_does_what_it_says():
    for trace in runs(cell="tanh"):
        (exploding, other), (gated, lstm) = alternatives(trace.experiment)
        found = claim_of(record(other))
        assert "1.2" in exploding.title and found.form == LARGER and found.cause == ONLY_WEIGHTS
        assert np.isclose(found.numbers["factor"], 1.2**STEPS_BACK)
        assert gated.title == "LSTM" and lstm == trace.experiment.with_cell("lstm")
    for trace in runs(cell="relu"):
        balanced, other = alternatives(trace.experiment)[1]
        found = claim_of(record(other))
        assert "1·I" in balanced.title and found.form == ALIKE and np.isclose(found.numbers["factor"], 1.0)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_an_alternative_changes_something_and_is_gone_once_it_is_taken(cell):
    begun = Experiment().with_cell(cell.name)
    offered = alternatives(begun)
    assert (cell not in PRIMARY) or offered
    for each, other in offered:
        assert other != begun and all(getattr(other, name) == value for name, value in each.changes.items())
        assert other not in [again for _, again in alternatives(other)]
    if cell.kept_by is not None:
        assert alternatives(begun.freeze(cell.kept_by[1], 0.5)) == ()  # of no effect there


@pytest.mark.parametrize("cell", GATED)
def test_a_cell_is_met_with_what_it_is_first_unless_something_was_chosen(cell):
    option, _ = cell_named(cell).kept_by
    chosen = Experiment(**{option.name: 2.0})
    assert chosen.with_cell(cell) == chosen.with_changes(cell=cell)
    first = Experiment().with_cell(cell)
    assert first == Experiment(cell=cell).with_changes(**cell_named(cell).first.changes)
    assert first.with_cell(cell) == first and Experiment(cell=cell).with_cell(cell) == Experiment(cell=cell)


@pytest.mark.parametrize("cell", GATED)
def test_it_is_said_whether_the_bias_is_the_default(cell):
    option, gate = cell_named(cell).kept_by
    first = cell_named(cell).first.changes[option.name]
    found = kept_by(record(Experiment().with_cell(cell)))
    assert found is not None and found.default and found.value == first
    found = kept_by(record(Experiment(cell=cell)))
    assert found is not None and not found.default and found.value == option.default != first
    found = kept_by(record(Experiment(cell=cell).with_changes(**{option.name: 0.5})))
    assert found is not None and not found.default and found.value == 0.5
    trace = record(Experiment(cell=cell))
    assert kept_by(record(trace.experiment, {k: v + 0.1 for k, v in trace.parameters.items()})) is None  # trained
    assert kept_by(record(Experiment(cell=cell).freeze(gate, 1.0))) is None
    assert kept_by(record(Experiment(cell="tanh"))) is None


@pytest.mark.parametrize("cell", [name for name in GATED if "update" in {o.name for o in cell_named(name).options}])
def test_which_side_the_update_gate_keeps_takes_its_bias_along(cell):
    """σ(−b) = 1 − σ(b): before any input as much is kept as before."""
    for trace in runs(cell=cell, update="keeps"):
        assert trace.experiment.update_bias == 5.0 and 1 / 4 < kept(trace) < 4
        found = kept_by(trace)
        assert found is not None and found.default
    chosen = Experiment(cell=cell, update_bias=2.0)
    assert chosen.with_changes(update="keeps").update_bias == -2.0
    assert chosen.with_changes(update="keeps").with_changes(update="writes") == chosen
    assert chosen.with_changes(update="writes") == chosen
    assert chosen.with_changes(update="keeps", update_bias=3.0).update_bias == 3.0


def test_what_options_take_along_are_fields():
    begun = Experiment()
    for option in OPTIONS.values():
        for name, value in option.along(begun).items():
            assert begun.with_changes(**{name: value}) is not None
