"""The mistake that gives a learner's numbers is found and named; right numbers are never accused, nonsense never
explained."""

from __future__ import annotations

import numpy as np
import pytest

from core.diagnosis.diagnosis import Diagnosis, diagnosing
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.errors import InputError
from core.experiment import natural
from core.faults import FAULTS
from core.jobs import finished
from core.notation.books import NOTATIONS
from core.recorder import backward_pass, record
from core.rules import fault_refusal
from core.trace import Trace
from tests.bench.bench_diagnosis import cases, diagnosed, places, sought
from tests.bench.mistakes import gradients_of
from tests.core.structured import STRUCTURES, trace_of

FEW = 61  # of the benchmark's cases each so many-th


def gradients(trace: Trace, **changes) -> dict[str, np.ndarray]:
    return gradients_of(trace, backward_pass(trace.network, trace.run, **changes))


def diagnosis(trace: Trace, arrays) -> Diagnosis:
    return finished(diagnosing(trace, read(trace, arrays)))


def small(cell: str = "lstm", **changes) -> Trace:
    return record(natural("echo", cell=cell, **{"steps": 5, "batch": 3, "hidden": 3, "loss_at": "every", **changes}))


def test_a_sample_of_the_benchmark():
    count = 0
    for case in cases(FEW):
        found = diagnosed(case)
        if found.agrees:  # the mistake changes nothing in this structure
            continue
        search = sought(case, found)
        assert search is not None and search.complete, case.name
        place = places(case, found)
        assert 1 <= place <= 3, case.name
        assert place == 1 or not search.certain, case.name
        assert not case.forward or found.found is None, case.name
        assert list(Report(found).lines())
        count += 1
    assert count >= 10


@pytest.mark.parametrize(
    "name", ["n-1", "three layers", "bidirectional, two layers", "attention", "lengths, attention"]
)
def test_right_gradients_are_never_accused(name):
    trace = trace_of(name, "gru")
    right = gradients(trace)
    random = np.random.default_rng(1)
    noisy = {key: array * (1.0 + 1e-9 * random.normal(size=array.shape)) for key, array in right.items()}
    single = {key: array.astype(np.float32) for key, array in right.items()}
    for arrays in (right, noisy, single):
        found = diagnosis(trace, arrays)
        assert found.agrees and found.found is None and found.first is None


def test_nonsense_is_not_explained():
    trace = small()
    random = np.random.default_rng(2)
    nonsense = {
        key: random.normal(size=array.shape) for key, array in gradients(trace).items() if key.startswith("grad.L1")
    }
    found = diagnosis(trace, nonsense)
    assert found.found is not None and not found.found.complete
    assert any("None of" in line for line in Report(found).lines())


def test_what_is_not_written_yet_is_no_mistake_of_a_derivation():
    trace = small("tanh")
    found = diagnosis(trace, {key: np.zeros_like(array) for key, array in gradients(trace).items()}).found
    assert found is not None and found.certain and found.complete[0].finished[0][0].kind == "zero"


def test_one_number_alone_proves_nothing():
    trace = small("tanh")
    found = diagnosis(trace, {"grad.out.b": 1.2345 * np.array(trace.exact_parameters["out.b"])})
    assert found.found is not None and not found.found.certain


@pytest.mark.parametrize("fault", [each.name for each in FAULTS])
def test_every_textbook_error_is_found(fault):
    made = {"layers": 2} if "1" in fault else {"cell": "lstm" if fault == "lstm-for-good" else "tanh"}
    experiment = natural("echo", **{"steps": 5, "batch": 3, "hidden": 3, "bias": 0.1, "initial_state": 0.2, **made})
    assert not fault_refusal(fault, experiment)
    wrong = record(experiment.with_changes(fault=fault))
    trace = record(experiment)
    given = {f"grad.{key}": np.array(array) for key, array in wrong.exact_parameters.items()}
    found = diagnosis(trace, given)
    assert found.found is not None and found.found.complete[0].mistakes == 1
    if fault == "w-not-transposed":  # a declared mistake says the same, and the two are one explanation
        assert found.found.certain
        (said,) = [each for each in Report(found).mistake() if each.startswith("Your")]
        assert "is not transposed in what goes back to ∂L/∂s" in said
    with pytest.raises(InputError, match="switch it off"):
        diagnosis(wrong, given)


def test_two_mistakes_at_once_are_both_named():
    trace = small()
    arrays = {key: array for key, array in gradients(trace).items() if key.startswith("grad.")}
    arrays["grad.L1.b"] = 2.0 * arrays["grad.L1.b"]
    arrays["grad.L1.W"] = np.zeros_like(arrays["grad.L1.W"])
    found = diagnosis(trace, arrays).found
    assert found is not None and found.complete[0].mistakes == 2
    kinds = {finish.kind for finish, _ in found.complete[0].finished}
    assert kinds == {"factor", "zero"}


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_truncated_chain_is_found(steps):
    trace = small("tanh", initial_state=0.2)
    arrays = {key: a for key, a in gradients(trace, window=steps).items() if key.startswith("grad.")}
    found = diagnosis(trace, arrays).found
    assert found is not None and found.complete
    texts = [Report(diagnosis(trace, arrays)).sentence(each) for each in found.complete]
    assert any("goes back" in text or "windows" in text or "sends back" in text for text in texts), texts


def test_the_first_wrong_number_is_the_first_that_is_computed():
    trace = small("tanh")
    arrays = gradients(trace)
    arrays["L1.dh"][2, 1, 0] += 0.5
    arrays["L1.ds"][1] += 0.5
    arrays["grad.L1.W"] += 1.0
    first = diagnosis(trace, arrays).first
    assert first is not None and first.place is not None
    assert (first.place.quantity, first.place.index) == ("L1.h", (2, 1, 0))
    assert first.place.theirs - first.place.ours == pytest.approx(0.5)


def test_a_wrong_value_of_the_forward_pass_comes_before_all_gradients():
    trace = small("tanh")
    arrays = {**gradients(trace), "L1.s": np.array(trace.values["L1", "s"])}
    arrays["L1.s"][3] *= -1.0
    arrays["grad.L1.W"] = arrays["grad.L1.W"] * 2.0
    found = diagnosis(trace, arrays)
    assert found.first is not None and found.first.item.name == "L1.s"
    assert any("forward pass" in line for line in Report(found).lines())


def test_rounded_numbers_agree_to_their_last_decimal():
    trace = small("tanh")
    arrays = {key: np.round(array, 4) for key, array in gradients(trace).items() if key.startswith("grad.")}
    assert diagnosis(trace, arrays).agrees


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_sentences_in_every_notation(notation):
    trace = small("gru")
    arrays = gradients(trace)
    arrays = {key: 3.7 * a for key, a in arrays.items() if key.startswith("grad.")}
    lines = list(Report(diagnosis(trace, arrays), notation).lines())
    assert any("3.7" in line for line in lines)


def test_every_candidate_has_a_sentence_in_every_structure():
    from core.diagnosis.candidates import candidates
    from core.diagnosis.unrolling import Unrolling
    from core.diagnosis.words import Words

    for name in ("attention, additive", "bidirectional n-n"):
        assert name in STRUCTURES
        trace = trace_of(name, "lstm")
        words = Words(trace)
        for change in candidates(Unrolling(trace)):
            assert len(words.clause(change)) > 10
            words.equation(change)


def test_what_changes_nothing_that_was_given_is_not_told_apart():
    trace = small("tanh", initial_state=0.2)
    right = gradients(trace)
    w, ds = trace.parameters["L1.W"], np.zeros_like(trace.values["L1", "s"])
    slope, dh = 1.0 - np.square(trace.values["L1", "s"]), np.zeros_like(ds)
    after = 0.0
    for t in reversed(range(len(ds))):  # dh_prev is made of ∂L/∂s, without φ′; so may dx be, which is not saved
        ds[t] = right["out.dz"][t] @ trace.parameters["out.V"].T + after
        dh[t], after = ds[t] * slope[t], ds[t] @ w.T
    found = diagnosis(trace, {"grad.L1.b": dh.sum(axis=(0, 1)), "L1.dh": dh, "L1.ds": ds}).found
    assert found is not None and found.certain
    assert {source for _, _, source in found.complete[0].cause.places} == {"s_prev"}
