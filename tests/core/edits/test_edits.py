"""Numbers typed over: they are in the run, its gradients are those of the typed run, and undo takes them back."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.gradcheck import finish
from core.cells import CELLS
from core.choices import Edit
from core.documents import storage, trained
from core.edits import editing
from core.experiment import natural
from core.history import History
from core.recorder import record
from tests.core.cases import experiment_of
from tests.core.edits.typed import SMALL, W, X, places, read_back, some_of_everything, typed
from tests.core.structured import STRUCTURE, trace_of


@STRUCTURE
def test_every_kind_of_number_of_every_structure_is_in_the_run(name):
    plain = trace_of(name, steps=3, hidden=2, batch=2)
    chosen = some_of_everything(plain)
    assert {edit.name for edit in chosen} >= {"x", "y", *plain.parameters}
    trace = typed(plain.experiment, *chosen)
    for edit in chosen:
        assert read_back(trace, edit) == edit.value, edit
    assert trace.loss != plain.loss
    for key, array in plain.parameters.items():  # and nothing else has changed
        same = np.ones(array.shape, dtype=bool)
        for edit in chosen:
            if edit.name == key:
                same[edit.index] = False
        assert np.array_equal(trace.parameters[key][same], array[same])
        assert np.array_equal(trace.unedited[key], array)
    assert np.array_equal(trace.unedited["x"], plain.data.x)
    again = record(editing.rewound(trace.experiment))
    assert again.loss == plain.loss and again.experiment == plain.experiment


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_gradient_check_passes_on_an_edited_run_of_every_cell(cell):
    plain = record(experiment_of(cell).with_changes(steps=3, hidden=2, batch=2))
    symbols = cell.readout == "counts"  # they stay symbols
    trace = typed(plain.experiment, *(e for e in some_of_everything(plain) if not (symbols and e.name == "x")))
    found = finish(trace)
    assert found.finished
    if cell.learned:
        assert found.passed, found
    for edit in trace.experiment.edits:
        assert read_back(trace, edit) == edit.value, edit


@pytest.mark.parametrize(
    "name", ["three layers", "bidirectional, two layers", "encoder-decoder", "attention", "lengths"]
)
def test_the_gradient_check_passes_on_an_edited_run_of_structures(name):
    plain = trace_of(name, "lstm", steps=3, hidden=2, batch=2)
    found = finish(typed(plain.experiment, *some_of_everything(plain)))
    assert found.finished and found.passed, found


@pytest.mark.parametrize("name", ["n-n", "bidirectional n-n", "three layers", "encoder-decoder", "attention"])
def test_the_gradient_of_an_initial_state_is_that_of_the_typed_one(name):
    plain = trace_of(name, "lstm", steps=3, hidden=2, batch=2)
    shapes = {key: shape for key, shape in places(plain).shapes.items() if editing.is_start(key)}
    assert shapes
    for key in shapes:
        place = (1, 0)
        part, _, state = key.removesuffix("_0").partition(".")
        trace, step = typed(plain.experiment, Edit(key, place, 0.6)), 1e-6
        above, below = (typed(plain.experiment, Edit(key, place, 0.6 + d)).loss for d in (step, -step))
        gradient = trace.start_gradients[part, state][place]
        assert gradient == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-9)
        others = np.ones(trace.start[part, state].shape, dtype=bool)
        others[place] = False
        assert (trace.start[part, state][others] == plain.experiment.initial_state).all()


def test_a_decoders_initial_state_is_the_encoders():
    trace = trace_of("encoder-decoder", "lstm")
    starts = {key for key in places(trace).shapes if editing.is_start(key)}
    assert starts == {"E1.s_0", "E1.c_0", "E2.s_0", "E2.c_0"}


def test_an_edit_takes_the_place_of_the_one_before_and_keeps_its_lock():
    first = editing.with_lock(editing.edited(SMALL, [W]), W.name, W.index, W.value, True)
    second = editing.edited(first, [Edit(W.name, W.index, 0.75)])
    assert second.edits == (Edit(W.name, W.index, 0.75, True),)
    let_go = editing.with_lock(second, W.name, W.index, 0.75, False)
    assert let_go.edits == (Edit(W.name, W.index, 0.75),)
    assert editing.without(let_go, [(W.name, W.index)]) == SMALL


def test_the_order_of_typing_does_not_matter():
    assert editing.edited(editing.edited(SMALL, [W]), [X]) == editing.edited(SMALL, [X, W])


def test_undo_brings_the_number_back():
    history = History(SMALL)
    history.push(editing.edited(SMALL, [W]), "drag")
    history.push(editing.edited(SMALL, [msgspec.structs.replace(W, value=0.6)]), "drag")
    history.end_gesture()
    history.push(editing.edited(history.current, [X]))
    assert history.undo().edits == (msgspec.structs.replace(W, value=0.6),)
    assert history.undo() == SMALL
    assert history.redo().edits == (msgspec.structs.replace(W, value=0.6),)


@settings(max_examples=60, deadline=None)
@given(value=st.floats(-1e6, 1e6), locked=st.booleans())
def test_a_saved_file_brings_edits_back_to_the_bit(value, locked):
    experiment = editing.edited(SMALL, [Edit("L1.s_0", (1, 1), value, locked)])
    saved = storage.from_text(storage.to_text(record(experiment)))
    assert saved.experiment == experiment
    assert saved.experiment.edits[0].value.hex() == value.hex()


def test_weights_from_a_file_are_under_the_edits():
    own = {name: array + 0.25 for name, array in record(SMALL).parameters.items()}
    trace = record(editing.edited(SMALL, [W]), own)
    assert trace.parameters["L1.W"][0, 1] == 0.5 and trace.unedited["L1.W"][0, 1] == own["L1.W"][0, 1]
    saved = storage.from_text(storage.to_text(trace))
    again = record(saved.experiment, saved.given)
    assert again.loss == trace.loss and storage.differences(saved, again) == ""
    assert saved.given is not None
    bare = record(editing.rewound(saved.experiment), saved.given)
    assert np.array_equal(bare.parameters["L1.W"], own["L1.W"])  # the file's own numbers, not the seed's
    assert trained.typed_over(saved.experiment, saved.given)["L1.W"][0, 1] == 0.5


def test_a_fitted_read_out_is_fitted_to_what_is_typed_and_can_itself_be_typed():
    esn = natural("sine", cell="esn", hidden=5, steps=12, ridge=0.1)
    plain = record(esn)
    moved = typed(esn, Edit("L1.W", (0, 0), 0.9))
    assert not np.allclose(moved.parameters["out.V"], plain.parameters["out.V"])
    assert moved.unedited["L1.W"][0, 0] == plain.parameters["L1.W"][0, 0]
    assert np.array_equal(moved.unedited["out.V"], moved.parameters["out.V"])
    read_out = typed(esn, Edit("out.V", (0, 0), 0.9))
    assert read_out.parameters["out.V"][0, 0] == 0.9
    assert read_out.unedited["out.V"][0, 0] == plain.parameters["out.V"][0, 0]
