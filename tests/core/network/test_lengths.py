"""Samples of different lengths in one batch: padding changes nothing, and at a step that is not there a state waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.gradcheck import finish
from core.cells import CELLS, cell_named
from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record
from tests.core.oracle import derivatives as oracle
from tests.core.outcomes import data_of, outcome
from tests.core.test_refusals import is_refused

LENGTHS = (4, 1, 3)
STRUCTURES = {
    "n-1": {},
    "n-1 both ways": {"structure": "n-1", "bidirectional": "concat"},
    "n-1 both ways, the wrong end": {"structure": "n-1", "bidirectional": "sum", "reverse_at": "last-step"},
    "n-n": {"structure": "n-n", "layers": 2},
    "n-n both ways, deep": {"structure": "n-n", "layers": 2, "bidirectional": "product"},
    "convolution": {"structure": "n-n", "convolution": 3, "filters": 2},
    "feedback": {"structure": "n-n", "output_feedback": True},
    "each output the next input": {"structure": "1-n-feedback", "layers": 2},
    "last handed on": {"structure": "encoder-decoder", "output_steps": 2},
    "all handed on": {"structure": "encoder-decoder", "context": "all", "output_steps": 3, "bidirectional": "mean"},
    "at every step": {"structure": "encoder-decoder", "context_at": "every", "bidirectional": "concat"},
    "attention": {"structure": "attention", "score": "additive", "output_steps": 2, "bidirectional": "sum"},
    "attention, dot": {"structure": "attention", "layers": 2, "context": "transform"},
}
# Batch statistics are over all samples, padded or not.
ALONE = [cell.name for cell in CELLS if not cell.couples_samples]


def cases():
    """Each cell in each structure that it can have."""
    for name, structure in STRUCTURES.items():
        for cell in ALONE:
            chosen = {"structure": "n-1", **structure, "cell": cell}
            if not is_refused(chosen):
                yield pytest.param(chosen, id=f"{name}, {cell}")


@pytest.mark.parametrize("window", [None, 2], ids=["whole", "truncated"])
@pytest.mark.parametrize("chosen", list(cases()))
def test_a_padded_sample_is_the_sample_alone(chosen, window):
    """The loss and all gradients of a batch are the mean of those of its samples, each without its padding."""
    decoded = chosen["structure"] in ("encoder-decoder", "attention")
    small = {"hidden": 2, "taps": 2, "periods": (1, 2), "initial_state": 0.3, **chosen}
    written = (chosen.get("output_steps") or 4) if decoded else 4
    data = data_of(5, "binary", 4, written, batch=3, last=chosen["structure"] == "n-1", lengths=LENGTHS)
    together = outcome(Experiment().with_changes(steps=4, batch=3, **small), data, seed=7, window=window)
    loss, gradients = 0.0, {name: np.zeros(array.shape) for name, array in together.parameters.items()}
    for b, length in enumerate(LENGTHS):
        end = written if decoded else length
        own = replace(
            data,
            x=data.x[:length, [b]],
            y=data.y[:end, [b]],
            present=None,
            counted=None,
            supervised=data.supervised[:end] if data.counted is None else data.counted[:end, b],
        )
        fewer = small if chosen.get("output_steps") or not decoded else {**small, "output_steps": written}
        single = Experiment().with_changes(steps=length, batch=1, **fewer)
        alone = outcome(single, own, parameters=together.parameters, window=window)
        loss += alone.loss / 3
        for name, array in alone.back.parameters.items():
            gradients[name] += array / 3
        for key in together.values:
            if key[0] not in ("out", "attention"):
                same = together.values[key][: len(alone.values[key]), b], alone.values[key][:, 0]
                assert np.allclose(*same, rtol=1e-12, atol=1e-14), key
            if key in together.gradients and key[0] not in ("out", "attention"):
                share = together.gradients[key][: len(alone.values[key]), b] * 3
                same = share, alone.gradients[key][:, 0]
                assert np.allclose(*same, rtol=1e-10, atol=1e-13), key
    assert together.loss == pytest.approx(loss, rel=1e-13)
    worst, whose = oracle.disagreement(together.back.parameters, gradients)
    assert worst < 1e-12, (whose, worst)


def all_cases():
    """The same with the cell whose samples depend on each other."""
    for name, structure in STRUCTURES.items():
        for cell in (cell.name for cell in CELLS):
            chosen = {"structure": "n-1", **structure, "cell": cell}
            if not is_refused(chosen):
                yield pytest.param(chosen, id=f"{name}, {cell}")


@pytest.mark.parametrize("chosen", list(all_cases()))
def test_a_step_of_padding_changes_nothing(chosen):
    """Values, exact and truncated gradients of a batch whose longest sample fills it, and of the same a step longer."""
    decoded = chosen["structure"] in ("encoder-decoder", "attention")
    small = {"hidden": 3, "taps": 3, "periods": (1, 2, 3), "initial_state": 0.3, "output_steps": 3, **chosen}
    written = small["output_steps"] if decoded else 4
    data = data_of(6, "squared", 4, written, batch=3, last=chosen["structure"] == "n-1", lengths=LENGTHS)
    longer = padded(data, not decoded)
    for window in (None, 2):
        short = outcome(Experiment().with_changes(steps=4, batch=3, **small), data, seed=3, window=window)
        long = outcome(Experiment().with_changes(steps=5, batch=3, **small), longer, 3, short.parameters, window)
        assert long.loss == pytest.approx(short.loss, rel=1e-13)
        for before, after in ((short.values, long.values), (short.gradients, long.gradients)):
            assert set(before) == set(after)
            for key, array in before.items():
                kept = after[key][tuple(slice(0, size) for size in array.shape)]
                assert np.allclose(kept, array, rtol=1e-11, atol=1e-14), (key, window)


def padded(data, written: bool):
    """The same data with one more step that no sample has; `written`: of y too."""

    def more(array):
        return None if array is None else np.concatenate((array, np.zeros_like(array[:1])))

    given = {name: more(getattr(data, name)) for name in ("x", "present")}
    if written:
        given.update({name: more(getattr(data, name)) for name in ("y", "counted", "supervised")})
    return replace(data, **given)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell.recurrent_states])
def test_where_a_sample_has_no_step_its_state_is_copied(cell):
    """Forward and back: the state and its gradient pass a step that is not there unchanged."""
    data = data_of(2, "squared", read=4, batch=3, lengths=LENGTHS)
    chosen = {"cell": cell, "structure": "n-n", "steps": 4, "batch": 3, "hidden": 2, "periods": (1, 2)}
    found = outcome(Experiment().with_changes(**chosen, bidirectional="sum", initial_state=0.3), data)
    for name in cell_named(cell).recurrent_states:
        ahead, back = (found.values[part, name] for part in ("L1", "L1r"))
        for b, length in enumerate(LENGTHS):
            assert (ahead[length:, b] == ahead[length - 1, b]).all()
            assert (back[length:, b] == found.start["L1r", name][b]).all()
    if not cell_named(cell).couples_samples:
        for part in ("L1", "L1r"):
            for b, length in enumerate(LENGTHS):
                assert not found.gradients[part, "x"][length:, b].any()


def test_attention_does_not_look_at_steps_that_are_not_there():
    data = data_of(3, "squared", 4, 2, batch=3, lengths=LENGTHS)
    chosen = {"structure": "attention", "steps": 4, "output_steps": 2, "batch": 3, "hidden": 2}
    found = outcome(Experiment().with_changes(**chosen), data)
    for b, length in enumerate(LENGTHS):
        weights = found.values["attention", "a"][:, b]
        assert not weights[:, length:].any()
        assert np.allclose(weights[:, :length].sum(axis=1), 1.0)
        assert not found.gradients["attention", "e"][:, b, length:].any()


def test_the_gradient_check_passes_on_a_task_whose_samples_differ_in_length():
    trace = record(natural("surname", batch=3, hidden=2, bidirectional="sum", data_seed=4))
    assert trace.data.present is not None and not trace.data.present.all()
    assert finish(trace).passed


def test_what_is_not_counted_has_no_loss():
    data = data_of(4, "categorical", read=3, batch=2, lengths=(3, 1))
    experiment = Experiment().with_changes(structure="n-n", steps=3, batch=2, hidden=2)
    before = outcome(experiment, data)
    y = data.y.copy()
    y[1:, 1] = 1.0 - y[1:, 1]
    after = outcome(experiment, replace(data, y=y))
    assert before.loss == after.loss
    assert not before.gradients["out", "z"][1:, 1].any()


def test_a_length_of_zero_steps_is_no_experiment():
    with pytest.raises(InputError, match="steps"):
        Experiment().with_changes(steps=0)
