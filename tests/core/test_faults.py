"""The errors of the textbooks: the gradient check is red for every one of them, and green without."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from core.analysis.gradcheck import check, finish
from core.cells import cell_named
from core.choices import Fault, FrozenGate
from core.errors import InputError
from core.experiment import Experiment, natural
from core.faults import FAULTS, fault_named
from core.network.parts import BackwardPass
from core.recorder import backward_pass, record
from core.rules import fault_refusal
from tests.core.outcomes import LARGE, data_of, differences_agree, outcome, run_of
from tests.core.strategies import RELAXED

SMALL = {"task": "last-step", "steps": 4, "hidden": 3, "bias": 0.1, "w_gain": 0.9}
DEEP = {**SMALL, "layers": 2}
# An experiment in which each of them can be made, and what one with another structure needs.
ALLOWED = {
    "dh1-without-dh2": DEEP,
    "slope-of-s1": DEEP,
    "bias-forgotten": {**SMALL, "cell": "gru"},
    "time-index": SMALL,
    "delta-side": SMALL,
    "diag-forgotten": SMALL,
    "only-the-slope": SMALL,
    "w-not-transposed": SMALL,
    "lstm-for-good": {**SMALL, "cell": "lstm"},
}
FAULT = pytest.mark.parametrize("fault", list(ALLOWED))


def is_red(experiment: Experiment) -> bool:
    """Whether the gradient check fails; it goes no further than to the first wrong entry."""
    return any(not found.passed for found in check(record(experiment)))


def test_every_fault_has_its_name_in_the_options_and_says_where_it_is_none():
    assert tuple(fault.name for fault in FAULTS) == get_args(Fault) == tuple(ALLOWED)
    assert all(isinstance(fault_refusal(fault.name, Experiment()), str) for fault in FAULTS)
    assert all(fault.title and fault.description.endswith(".") for fault in FAULTS)
    assert fault_named(None) is None
    with pytest.raises(InputError, match="no fault “none”"):
        fault_named("none")


@FAULT
def test_every_fault_is_red_on_every_seed_and_the_same_run_green_without(fault):
    """Green without is asked of every fourth seed."""
    for seed in range(20):
        chosen = {**ALLOWED[fault], "data_seed": seed, "weight_seed": seed}
        assert seed % 4 or finish(record(Experiment().with_changes(**chosen))).passed, seed
        found = finish(record(Experiment().with_changes(**chosen, fault=fault)))
        assert found.finished and not found.passed, seed
        assert found.worst > 1e-4, (seed, found)


@pytest.mark.parametrize("cell", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize(
    "fault",
    ["bias-forgotten", "time-index", "delta-side", "only-the-slope", "w-not-transposed", "dh1-without-dh2"],
)
def test_a_fault_of_an_elman_network_in_each_activation(fault, cell):
    """One exception hangs on the numbers: where a ReLU's units are all shut every gradient is 0, right and wrong."""
    red = 0
    for seed in range(20):
        chosen = {**ALLOWED[fault], "cell": cell, "bias": 0.4, "data_seed": seed, "weight_seed": seed}
        found = record(Experiment().with_changes(**chosen))
        flows = np.linalg.norm(found.exact_parameters["L1.W"]) > 1e-3
        red += flows and is_red(Experiment().with_changes(**chosen, fault=fault))
        assert flows or cell == "relu"
    assert red >= (12 if cell == "relu" else 20)


@pytest.mark.parametrize("cell", ["lstm", "peephole", "coupled"])
def test_lstm_for_good_in_every_cell_with_a_cell_state(cell):
    for seed in range(20):
        for bias in (0.0, 5.0):
            chosen = {**SMALL, "cell": cell, "forget_bias": bias, "data_seed": seed, "weight_seed": seed}
            assert is_red(Experiment().with_changes(**chosen, fault="lstm-for-good")), (seed, bias)


STRUCTURES = [
    {"structure": "n-n", "layers": 2, "bidirectional": "sum"},
    {"structure": "n-n", "layers": 2},
    {"structure": "1-n", "layers": 2},
    {"structure": "encoder-decoder", "layers": 2, "output_steps": 3},
    {"structure": "encoder-decoder", "layers": 2, "context": "transform", "context_at": "every"},
    {"structure": "attention", "layers": 2, "score": "additive", "bidirectional": "mean", "context": "all"},
    {"structure": "1-n-feedback", "layers": 2},
    {"structure": "n-n", "layers": 2, "output_feedback": True},
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda each: "-".join(str(value) for value in each.values()))
@FAULT
def test_every_fault_in_every_structure_that_has_it(fault, structure):
    hidden = 3 if fault == "w-not-transposed" else 2  # an orthogonal W of two units can be symmetric
    echo = natural("echo", delay=1, steps=3, hidden=hidden, bias=0.1, cell=ALLOWED[fault].get("cell", "tanh"))
    try:
        faulty = echo.with_changes(**structure, fault=fault)
    except InputError:
        faulty = None
    fed = structure["structure"] in ("encoder-decoder", "attention", "1-n-feedback") or "output_feedback" in structure
    assert (faulty is None) == (fault == "dh1-without-dh2" and fed)
    if faulty is None:
        return
    for seed in range(6):
        assert is_red(faulty.with_changes(weight_seed=seed, data_seed=seed)), seed
    assert not is_red(faulty.with_changes(fault=None))


INVISIBLE = {
    "dh1-without-dh2": [
        {"layers": 1},
        {"u_gain": 0.0},
        {"cell": "jordan"},
        {"output_feedback": True},
        {"structure": "attention"},
    ],
    "slope-of-s1": [{"layers": 1}, {"cell": "identity"}, {"cell": "relu"}, {"cell": "gru"}],
    "bias-forgotten": [{"cell": "batchnorm"}, {"cell": "ar"}],
    "time-index": [
        {"steps": 1},
        {"structure": "1-1"},
        {"cell": "lstm"},
        {"cell": "identity", "w_init": "identity", "w_gain": 1.0},
        {"cell": "relu", "w_init": "identity", "w_gain": 1.0, "nonnegative": True},
    ],
    "delta-side": [{"hidden": 1}, {"steps": 1}, {"cell": "gru"}],
    "diag-forgotten": [{"cell": "identity"}, {"cell": "relu"}, {"cell": "lstm"}],
    "only-the-slope": [
        {"steps": 1},
        {"w_init": "identity", "w_gain": 1.0},
        {"w_init": "matrix", "hidden": 2, "w_matrix": ((1.0, 0.0), (0.0, 1.0))},
        {"hidden": 1, "w_gain": 1.0},
        {"cell": "leaky"},
    ],
    "w-not-transposed": [
        {"steps": 1},
        {"hidden": 1},
        {"hidden": 2},
        {"w_gain": 0.0},
        {"w_init": "identity"},
        {"w_init": "matrix", "hidden": 2, "w_matrix": ((0.5, 2.0), (2.0, 0.1))},
        {"cell": "gru"},
    ],
    "lstm-for-good": [
        {"steps": 1},
        {"cell": "gru"},
        {"forget_bias": 20.0},
        {"frozen": (FrozenGate("f", 1.0),)},
        {"structure": "encoder-decoder", "context": "transform", "steps": 1},
    ],
}


@pytest.mark.parametrize(
    ("fault", "changes"), [(fault, changes) for fault, all_of in INVISIBLE.items() for changes in all_of], ids=str
)
def test_where_it_would_be_no_error_it_is_refused(fault, changes):
    """Each sentence names the fault and an option to change."""
    with pytest.raises(InputError) as refused:
        Experiment().with_changes(**{**ALLOWED[fault], **changes, "fault": fault})
    sentence = str(refused.value)
    assert sentence.startswith(f"fault {fault}: ") and sentence.endswith(".")
    assert any(option in sentence.removeprefix("fault ") for option in Experiment.__struct_fields__)


@settings(RELAXED, max_examples=40)
@given(st.data())
def test_no_allowed_experiment_hides_a_fault(data):
    """Any shape from T = 1 on, with numbers of ordinary size in every parameter: the faulty gradients differ."""
    draw, fault = data.draw, data.draw(st.sampled_from(list(ALLOWED)))
    chosen = {
        "cell": draw(st.sampled_from(("tanh", "sigmoid", "identity", "lstm", "peephole", "coupled"))),
        "structure": draw(st.sampled_from(("n-1", "n-n", "1-1", "1-n-every", "encoder-decoder", "attention"))),
        "steps": draw(st.integers(1, 3)),
        "output_steps": draw(st.none() | st.integers(1, 3)),
        "context": draw(st.sampled_from(("last", "transform", "all"))),
        "context_at": draw(st.sampled_from(("initial", "every"))),
        "layers": draw(st.integers(1, 2)),
        "bidirectional": draw(st.none() | st.sampled_from(("sum", "product"))),
        "hidden": draw(st.integers(1, 3)),
        "initial_state": draw(st.sampled_from((0.0, 0.3))),
        "batch": 2,
    }
    try:
        faulty = Experiment().with_changes(**chosen, fault=fault)
    except InputError:
        reject()
    decoded = faulty.structure in ("encoder-decoder", "attention")
    read = 1 if faulty.structure == "1-1" else faulty.steps
    written = faulty.output_steps if decoded else None
    made = data_of(draw(st.integers(0, 999)), "squared", read, written, batch=2, last=faulty.structure == "n-1")
    wrong, right = outcome(faulty, made, 3), outcome(faulty.with_changes(fault=None), made, 3)
    off = [np.abs(wrong.back.parameters[name] - array).max() for name, array in right.back.parameters.items()]
    assert max(off) > 1e-6, chosen
    if max(np.abs(array).max() for array in right.values.values()) < LARGE:
        differences_agree(right)
        with pytest.raises(AssertionError):
            differences_agree(wrong, entries=6)


def test_a_fault_leaves_the_run_as_it_is():
    """A right pass after a wrong one, through the same run, is right."""
    data = data_of(1, "squared")
    for fault in FAULTS:
        chosen = {**ALLOWED[fault.name], "batch": 2}
        experiment = Experiment().with_changes(**chosen)
        found = outcome(experiment, data, 2)
        run = run_of(found.network, found.parameters, data)
        wrong = backward_pass(found.network, run, hook=fault.hook)
        again = backward_pass(found.network, run)
        assert isinstance(wrong, BackwardPass)
        for name, array in found.back.parameters.items():
            assert again.parameters[name].tobytes() == array.tobytes()
        assert any((wrong.parameters[name] != array).any() for name, array in found.back.parameters.items())


def test_a_fault_changes_no_value():
    for fault, chosen in ALLOWED.items():
        right, wrong = (record(Experiment().with_changes(**chosen, fault=each)) for each in (None, fault))
        assert right.loss == wrong.loss
        for key, array in right.values.items():
            assert array.tobytes() == wrong.values[key].tobytes()


def test_the_cells_with_a_cell_state_are_those_named():
    assert [name for name in ("lstm", "peephole", "coupled", "gru") if "c" in cell_named(name).recurrent_states] == [
        "lstm",
        "peephole",
        "coupled",
    ]
