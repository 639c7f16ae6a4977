"""Recorded runs of models in PyTorch and Keras, from stored files (recordings/make.py says how they were made): each is
recomputed from its weights, and a number that is changed in it is found."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.diagnosis import diagnosing
from core.diagnosis.recorded import items_of, report_lines, unchecked
from core.errors import InputError
from core.jobs import finished
from core.own.files import read_file
from core.own.recorded import from_recording, read_recording
from core.recorder import record

FOLDER = Path(__file__).parent / "recordings"
FILES = {path.stem: read_file(path) for path in sorted(FOLDER.glob("*.npz"))}
TOP = "lstm.weight_ih_l1.grad"


def compared(arrays):
    fitted = from_recording(arrays)
    trace = record(fitted.experiment, fitted.parameters)
    diagnosis = finished(diagnosing(trace, items_of(trace, arrays)))
    return diagnosis, "\n".join(report_lines(diagnosis, unchecked(arrays)))


def changed(name, **changes):
    """A stored recording with other arrays; None leaves one out."""
    found = {**FILES[name], **{key.replace("__", "."): array for key, array in changes.items()}}
    return {key: array for key, array in found.items() if array is not None}


def about(name, **changes):
    return np.array(json.dumps({**json.loads(str(FILES[name]["recording"])), **changes}))


@pytest.mark.parametrize(("name", "count"), [("pytorch-lstm", 41), ("pytorch-cells", 15), ("keras-gru", 25),
                                             ("keras-lstm", 35), ("keras-rnn", 7)])  # fmt: skip
def test_what_a_library_computed_is_what_is_recomputed(name, count):
    diagnosis, text = compared(FILES[name])
    assert diagnosis.agrees and len(diagnosis.items) == count
    limit = 1e-12 if name == "pytorch-cells" else 5e-6
    assert max(each.apart for each in diagnosis.verdicts) < limit
    assert f"all {count} recorded arrays agree" in text and "the loss" in text
    assert ("does not hand out" in text) == name.startswith("pytorch")


@pytest.mark.parametrize(("name", "array", "index", "place"), [
    ("pytorch-lstm", "lstm.c_l0_reverse", (2, 1, 3), "step 3, sample 2, unit 4"),
    ("keras-rnn", "simple_rnn.h.grad", (4, 0, 1), "step 5, sample 1, unit 2"),
    ("keras-lstm", "forward_lstm.f", (1, 0, 2), "step 2, sample 1, unit 3"),
])  # fmt: skip
def test_a_number_that_is_another_is_named_with_its_step(name, array, index, place):
    wrong = FILES[name][array].copy()
    wrong[index] += 0.25
    diagnosis, text = compared({**FILES[name], array: wrong})
    assert not diagnosis.agrees
    entry = f"{array}{list(index)} (here "
    assert entry in text and place in text and "recorded is" in text


@pytest.mark.parametrize("name", FILES)
def test_every_number_is_named_by_its_place_in_the_recorded_array(name):
    arrays = FILES[name]
    fitted = from_recording(arrays)
    for item in items_of(record(fitted.experiment, fitted.parameters), arrays):
        for quantity in item.quantities:
            index = tuple(n - 1 for n in quantity.array.shape)
            for place in (index, tuple(0 for _ in index)):
                assert arrays[item.name][item.entry(quantity, place)] == quantity.array[place], item.name


def test_what_rounding_may_have_done_is_said():
    _, text = compared(changed("keras-rnn", x__grad=FILES["keras-rnn"]["x.grad"] * np.float32(1.001)))
    assert "float32 alone can do that" in text


def test_what_is_not_there_is_not_compared_and_said():
    arrays = changed("pytorch-cells", x__grad=None, below__weight_hh__grad=None)
    diagnosis, text = compared(arrays)
    assert diagnosis.agrees and "below.weight_hh.grad and x.grad: not in the file" in text
    nothing = {key: each for key, each in FILES["pytorch-cells"].items() if not key.endswith((".grad", ".above"))}
    diagnosis, text = compared(nothing)
    assert len(diagnosis.items) == 2 and "no backward pass was recorded" in text
    assert "so 1 for every number of the output" in "; ".join(from_recording(nothing).remarks)
    stray = {**FILES["pytorch-cells"], "below.h.above": np.ones((6, 2, 4))}
    diagnosis, text = compared(stray)
    assert len(diagnosis.items) == 2 and "cannot hand in (below.h.above)" in text
    with pytest.raises(InputError, match=r"nothing of it can be compared: dropout 0\.5 between the layers"):
        compared({**FILES["pytorch-lstm"], "recording": about("pytorch-lstm", dropout=0.5)})


LSTM = FILES["pytorch-lstm"]


@pytest.mark.parametrize(("arrays", "said"), [
    ({**LSTM, "recording": np.array("{")}, "“recording” is damaged"),
    ({**LSTM, "recording": about("pytorch-lstm", chains=[["lstm"]])}, "“recording” is damaged"),
    ({**LSTM, "recording": about("pytorch-lstm", join=None)}, "“recording” is damaged"),
    ({**LSTM, "recording": about("pytorch-lstm", format=2)}, "a newer recorder has written it"),
    ({**LSTM, "recording": about("pytorch-lstm", layer="MinGRU")}, "a layer MinGRU cannot be read"),
    ({**LSTM, "recording": about("pytorch-lstm", arguments={"bias": "no"})}, "bias=no cannot be used"),
    ({**LSTM, "recording": about("pytorch-lstm", join="product")}, "lstm.weight_ih_l1 has the shape"),
    (changed("pytorch-lstm", x=None), "x, which the first layer reads, is missing"),
    (changed("pytorch-lstm", x=np.zeros((5, 3))), "x has the shape (5, 3)"),
    (changed("pytorch-lstm", lstm__weight_hh_l0=None), "lstm.weight_hh_l0 is missing, so nothing can be"),
    (changed("pytorch-lstm", lstm__weight_ih_l1=None), "lstm.weight_ih_l1 is missing, so nothing can be"),
    ({**FILES["pytorch-cells"], **LSTM}, "“below.weight_ih” is no array of this recording"),
    (changed("pytorch-lstm", lstm__c_l0=np.zeros((6, 2, 4))), "do not mix two recordings"),
    (changed("pytorch-lstm", lstm__c_l0=np.full((5, 2, 4), np.nan)), "not finite, first at step 1"),
    (changed("pytorch-lstm", lstm__c_l0=np.full((5, 2, 4), "a")), "does not hold real numbers"),
])  # fmt: skip
def test_what_is_no_recording_is_one_sentence(arrays, said):
    with pytest.raises(InputError) as caught:
        from_recording(arrays)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_another_run_on_show_is_refused():
    fitted = from_recording(FILES["keras-rnn"])
    with pytest.raises(InputError, match="open the recording itself"):
        items_of(record(fitted.experiment, fitted.parameters), FILES["keras-gru"])
    assert read_recording(FILES["keras-rnn"]).model == "Keras 3.15.1 on torch: SimpleRNN"
