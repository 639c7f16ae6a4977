"""Numbers typed over: they are in the run, its gradients are those of the typed run; a place without one is said."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.gradcheck import finish
from core.cells import CELLS
from core.choices import MOST_EDITS, Edit
from core.documents import storage, trained
from core.documents.export import arrays
from core.edits import editing
from core.edits.places import Places, class_edits, place_text, places_of, probability_edits, stacked
from core.errors import InputError
from core.experiment import Experiment, from_json, natural, to_json
from core.history import History
from core.interop.code_torch import torch_script
from core.recorder import record
from core.trace import Trace
from core.training.optimizers import optimizer_named
from core.training.rollout import roll_out
from core.training.sampling import model, sample
from core.training.training import Training
from tests.core.cases import experiment_of
from tests.core.interop.test_scripts import check as check_script
from tests.core.structured import STRUCTURE, trace_of

SMALL = natural("echo", steps=3, hidden=2, batch=2)


def places(trace: Trace) -> Places:
    return Places(trace.experiment, trace.data, trace.network)


def read_back(trace: Trace, edit: Edit) -> float:
    """The number that the run has at an edit's place."""
    if editing.is_data(edit.name):
        return float((trace.data.x if edit.name == "x" else trace.data.y)[edit.index])
    if editing.is_start(edit.name):
        part, _, name = edit.name.removesuffix("_0").partition(".")
        return float(trace.start[part, name][edit.index])
    return float(trace.parameters[edit.name][edit.index])


def some_of_everything(trace: Trace) -> list[Edit]:
    """One number of everything that can be edited, another one in each."""
    found: list[Edit] = []
    for k, (name, shape) in enumerate(places(trace).shapes.items()):
        every = [Edit(name, index, 0.1 + 0.07 * k) for index in np.ndindex(shape)]
        good = [edit for edit in every if not places(trace).refusal(edit)]
        if not good:
            continue
        chosen = good[(5 * k) % len(good)]
        if name == "y":
            t, sample, unit = chosen.index
            found += probability_edits(trace.data, t, sample, unit, chosen.value)
        else:
            found.append(chosen)
    return found


def typed(experiment: Experiment, *chosen: Edit) -> Trace:
    return record(editing.edited(experiment, chosen))


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


# --- what is refused ---
def refused(experiment: Experiment, *chosen: Edit) -> str:
    with pytest.raises(InputError) as caught:
        typed(experiment, *chosen)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (Edit("L2.W", (0, 0), 1.0), "there is no “L2.W” to edit; there are x, y, L1.U"),
        (Edit("L1.c_0", (0, 0), 1.0), "there is no “L1.c_0” to edit"),
        (Edit("", (), 1.0), "there is no “” to edit"),
        (Edit("L1.W", (0, 2), 1.0), r"there is no L1.W\[0, 2\]; L1.W is 2 × 2, counted from 0"),
        (Edit("L1.W", (0,), 1.0), r"there is no L1.W\[0\]; L1.W is 2 × 2"),
        (Edit("x", (3, 0, 0), 1.0), r"there is no x\[3, 0, 0\]"),
        (Edit("L1.s_0", (2, 0), 1.0), r"there is no L1.s_0\[2, 0\]; L1.s_0 is 2 × 2"),
        (Edit("L1.W", (0, 0), 1.1e6), "from −10⁶ to 10⁶"),
        (Edit("L1.W", (0, 0), float("nan")), "from −10⁶ to 10⁶"),
        (Edit("L1.W", (0, 0), float("-inf")), "from −10⁶ to 10⁶"),
        (Edit("L1.W", (-1, 0), 1.0), "edits"),
    ],
)
def test_a_number_that_there_is_not_is_refused_in_a_sentence(edit, sentence):
    assert re.search(sentence, refused(SMALL, edit))


def test_a_number_twice_is_refused():
    with pytest.raises(InputError, match="a number is named twice"):
        SMALL.with_changes(edits=(Edit("x", (0, 0, 0), 1.0), Edit("x", (0, 0, 0), 2.0)))


def test_what_a_mask_keeps_at_0_is_refused_and_the_rest_is_not():
    plain = record(natural("echo", cell="clockwork", hidden=4, steps=3, periods=(1, 2)))
    found = [places(plain).refusal(Edit("L1.W", index, 1.0)) for index in np.ndindex(4, 4)]
    assert [bool(reason) for reason in found] == [not k for k in plain.scan.cell.mask("W", 4).astype(bool).ravel()]
    assert "always 0 in this cell" in refused(plain.experiment, Edit("L1.W", (0, 3), 1.0))


def test_a_target_that_does_not_count_is_refused():
    last = natural("last-step", steps=3)
    assert "the loss does not include this target" in refused(last, Edit("y", (0, 0, 0), 1.0))
    assert read_back(typed(last, Edit("y", (2, 0, 0), 1.0)), Edit("y", (2, 0, 0), 1.0)) == 1.0


def test_a_step_that_a_sample_lacks_is_refused():
    plain = trace_of("lengths", batch=6)
    assert plain.data.present is not None
    t, sample = np.argwhere(~plain.data.present)[0]
    assert "this sample has no such step" in refused(plain.experiment, Edit("x", (int(t), int(sample), 0), 1.0))


@pytest.mark.parametrize("structure", ["1-n", "1-n-every", "1-n-feedback"])
def test_an_x_that_a_structure_does_not_read_is_refused(structure):
    experiment = natural("sine", structure=structure, steps=3)
    assert "reads x at the first step; edit x[0, …]" in refused(experiment, Edit("x", (1, 0, 0), 0.5))
    assert typed(experiment, Edit("x", (0, 0, 0), 0.5)).values["L1", "x"][0, 0, 0] == 0.5


def test_an_x_that_is_read_again_is_the_typed_one_at_every_step():
    trace = typed(natural("sine", structure="1-n-every", steps=4), Edit("x", (0, 0, 0), 0.5))
    assert (trace.values["L1", "x"][:, 0, 0] == 0.5).all()


def test_a_frozen_gates_parameters_have_no_effect_and_say_so():
    lstm = natural("echo", cell="lstm", hidden=2, steps=3).freeze("f", 0.5)
    plain = record(lstm)
    where = places(plain)
    name, index = stacked(plain.network, "L1.W_f", (0, 1))
    said = where.unused(Edit(name, index, 1.0))
    assert said == "L1.W_f is not used while f is held at one value; let f be learned first."
    assert typed(lstm, Edit(name, index, 1.0)).loss == plain.loss
    name, index = stacked(plain.network, "L1.W_i", (0, 1))
    assert where.unused(Edit(name, index, 1.0)) == "" != place_text(Edit(name, index, 1.0))
    assert typed(lstm, Edit(name, index, 1.0)).loss != plain.loss


# --- targets that are probabilities ---
def test_targets_of_a_cross_entropy_stay_probabilities():
    words = natural("next-character", text="hello")
    assert "must add up to 1; they add up to 0.5" in refused(words, Edit("y", (0, 0, 0), 0.5))
    assert "between 0 and 1" in refused(words, Edit("y", (0, 0, 0), -0.5))
    bits = natural("binary-subtraction", steps=3)
    assert "between 0 and 1" in refused(bits, Edit("y", (0, 0, 0), 1.5))
    assert typed(bits, Edit("y", (0, 0, 0), 0.25)).data.y[0, 0, 0] == 0.25
    assert typed(natural("sine"), Edit("y", (5, 0, 0), -7.5)).data.y[5, 0, 0] == -7.5


def test_a_class_is_a_whole_row():
    plain = record(natural("next-character", text="hello"))
    count = plain.data.y.shape[2]
    for k in range(count):
        trace = typed(plain.experiment, *class_edits(plain.data, 1, 0, k))
        assert np.array_equal(trace.data.y[1, 0], np.eye(count)[k])
    with pytest.raises(InputError, match=f"no class {count}; there are {count}"):
        class_edits(plain.data, 1, 0, count)
    with pytest.raises(InputError, match="no classes"):
        class_edits(record(SMALL).data, 1, 0, 0)


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(st.tuples(st.integers(0, 3), st.floats(-2.0, 3.0)), min_size=1, max_size=12))
def test_a_probability_is_taken_from_the_others(moves):
    plain = record(natural("next-character", text="hello"))
    data = plain.data
    experiment = plain.experiment
    for k, value in moves:
        chosen = probability_edits(data, 0, 0, k, value)
        experiment = editing.edited(experiment, chosen)
        y = np.array(data.y)
        for edit in chosen:
            y[edit.index] = edit.value
        assert y[0, 0, k] == min(max(value, 0.0), 1.0)
        data = replace(data, y=y)
    assert np.array_equal(record(experiment).data.y, data.y)  # and the run takes them


SMALL_ONES = st.sampled_from([0.0, 5e-324, 1e-320, 2.3e-308, 1e-300, 1e-17, 0.25, 0.5, 1.0])
ROWS = st.lists(SMALL_ONES | st.floats(0.0, 1.0), min_size=2, max_size=6)


@settings(max_examples=200, deadline=None)
@given(row=ROWS, k=st.integers(0, 5), value=st.floats(-1.0, 2.0))
def test_beside_however_small_ones_a_probability_leaves_probabilities(row, k, value):
    """The others keep their proportions, be they subnormal, and the whole is 1."""
    row, k = np.array(row), k % len(row)
    words = record(natural("next-character", text="hello")).data
    found = np.array([edit.value for edit in probability_edits(words, 0, 0, k, value, row)])
    assert np.isfinite(found).all() and (found >= 0.0).all() and (found <= 1.0).all()
    assert found[k] == min(max(value, 0.0), 1.0)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    others = np.arange(len(row)) != k
    largest = row[others].max()
    if largest > 0.0 and found[others].max() > 1e-290:
        assert found[others] / found[others].max() == pytest.approx(row[others] / largest, rel=1e-9, abs=1e-12)


def test_the_whole_of_one_class_is_1():
    one = record(natural("next-character", text="aa"))
    assert [edit.value for edit in probability_edits(one.data, 0, 0, 0, 0.3)] == [1.0]


# --- what reads typed data ---
@pytest.mark.parametrize("options", [{"structure": "1-n-feedback"}, {"output_feedback": True}, {"cell": "jordan"}])
def test_teacher_forcing_reads_the_typed_target(options):
    forced = natural("sine", steps=4, teacher_forcing=True, **options)
    trace = typed(forced, Edit("y", (1, 0, 0), 0.625))
    fed = ("L1", "a_prev") if ("L1", "a_prev") in trace.values else ("L1", "x")
    assert trace.values[fed][2, 0, 0] == 0.625
    assert finish(trace).passed


def test_with_teacher_forcing_a_target_that_is_only_read_can_be_typed():
    forced = natural("sine", steps=4, output_feedback=True, teacher_forcing=True, loss_at="last")
    trace = typed(forced, Edit("y", (0, 0, 0), 0.625))
    assert trace.values["L1", "a_prev"][1, 0, 0] == 0.625
    assert "does not include" in refused(forced.with_changes(teacher_forcing=False), Edit("y", (0, 0, 0), 0.625))


def test_a_symbol_may_become_any_numbers_and_has_the_name_that_it_has_then():
    plain = record(natural("next-character", text="hello"))
    names, labels = plain.data.input_names, plain.data.labels
    h, e = names.index("h"), names.index("e")
    assert labels[0] == "h"
    between = typed(plain.experiment, Edit("x", (0, 0, h), 0.3), Edit("x", (0, 0, e), -0.7))
    assert between.data.labels == ("", *labels[1:])
    other = typed(plain.experiment, Edit("x", (0, 0, h), 0.0), Edit("x", (0, 0, e), 1.0))
    assert other.data.labels == ("e", *labels[1:])
    assert finish(between).passed


# --- what stays when something else is changed ---
W, X, S0 = Edit("L1.W", (0, 1), 0.5), Edit("x", (0, 0, 0), 0.25), Edit("L1.s_0", (0, 0), 0.1)
BOTH_LOCKED = tuple(msgspec.structs.replace(edit, locked=True) for edit in (W, X))


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"weight_seed": 5}, {"x", "L1.s_0"}),
        ({"w_gain": 1.2}, {"x", "L1.s_0"}),
        ({"data_seed": 5}, {"L1.W", "L1.s_0"}),
        ({"task": "sine"}, {"L1.s_0"}),
        ({"steps": 5}, {"x", "L1.W", "L1.s_0"}),
        ({"cell": "relu"}, {"x", "L1.W", "L1.s_0"}),
        ({"cell": "lstm"}, {"x", "L1.s_0"}),
        ({"hidden": 1}, {"x", "L1.s_0"}),
        ({"cell": "tdnn"}, {"x"}),
        ({"clip_norm": 1.0, "truncate": 2}, {"x", "L1.W", "L1.s_0"}),
        ({"initial_state": 0.7}, {"x", "L1.W", "L1.s_0"}),
        ({"fault": "diag-forgotten"}, {"x", "L1.W", "L1.s_0"}),
    ],
)
def test_an_edit_stays_while_its_number_does(changes, stays):
    before = editing.edited(SMALL, (W, X, S0))
    after = editing.surviving(before, before.with_changes(**changes))
    assert {edit.name for edit in after.edits} == stays
    record(after)


def test_a_locked_number_stays_until_there_is_none():
    before = editing.edited(SMALL, BOTH_LOCKED)
    for changes in ({"weight_seed": 5, "data_seed": 9}, {"w_gain": 1.5}, {"cell": "lstm"}):
        after = editing.surviving(before, before.with_changes(**changes))
        assert after.edits == BOTH_LOCKED
        trace = record(after)
        assert all(read_back(trace, edit) == edit.value for edit in BOTH_LOCKED)
    gone = editing.surviving(before, before.with_changes(hidden=1))
    assert {edit.name for edit in gone.edits} == {"x"}


def test_targets_that_no_longer_count_or_are_no_distribution_go():
    every = natural("last-step", steps=4, loss_at="every")
    before = editing.edited(every, [Edit("y", (1, 0, 0), 0.5), Edit("y", (3, 0, 0), 0.5)])
    after = editing.surviving(before, before.with_changes(loss_at="last"))
    assert [edit.index for edit in after.edits] == [(3, 0, 0)]
    words = natural("next-character", text="hello")
    plain = record(words)
    row = plain.data.y[0, 0]
    half = [Edit("y", (0, 0, int(k)), 0.5, True) for k in (row.argmax(), (row.argmax() + 1) % len(row))]
    before = editing.edited(words, half)
    record(before)
    after = editing.surviving(before, before.with_changes(text="olleh"))
    assert after.edits == ()
    record(after)


def test_a_row_that_is_no_distribution_goes_where_the_loss_looks_at_the_last_step_alone():
    words = natural("next-character", text="hello", loss_at="last", hidden=2)
    plain = record(words)
    assert plain.data.supervised.tolist() == [False] * 3 + [True]
    half = [Edit("y", (3, 0, plain.data.output_names.index(name)), 0.5, True) for name in "oh"]
    before = editing.edited(words, half)
    record(before)
    after = editing.surviving(before, before.with_changes(text="holle"))
    assert after.edits == ()
    record(after)


def test_a_target_before_the_loss_is_read_by_teacher_forcing_alone():
    """And by that only where something reads outputs."""
    for read in (True, False):
        trace = record(natural("last-step", steps=4, hidden=2, teacher_forcing=True, output_feedback=read))
        assert trace.data.supervised.tolist() == [False] * 3 + [True]
        assert (places(trace).refusal(Edit("y", (1, 0, 0), 0.5)) == "") is read
    narx = record(natural("sine", cell="narx", steps=4, hidden=2, teacher_forcing=True, loss_at="last"))
    assert places(narx).refusal(Edit("y", (1, 0, 0), 0.5)) == ""


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_after_any_change_what_survives_can_be_run(data):
    """Whatever was typed, whatever is changed then: the window never stands before a run that it cannot make."""
    start = natural(
        data.draw(st.sampled_from(["echo", "next-character", "sine", "surname"])), steps=4, hidden=2, batch=2
    )
    plain = record(start)
    every = some_of_everything(plain)
    chosen = data.draw(st.lists(st.sampled_from(every), unique_by=lambda edit: (edit.name, edit.index)))
    names = {edit.name for edit in chosen}
    chosen = [edit for edit in every if edit.name in names]  # a row of targets is typed as a whole
    locked = data.draw(st.booleans())
    before = editing.edited(start, [msgspec.structs.replace(edit, locked=locked) for edit in chosen])
    changes = data.draw(
        st.dictionaries(
            st.sampled_from(["cell", "task", "steps", "hidden", "layers", "structure", "batch", "data_seed"]),
            st.none(), min_size=1, max_size=3,
        )
    )  # fmt: skip
    options: dict[str, list] = {
        "cell": ["gru", "relu", "lstm", "tdnn", "clockwork"], "task": ["sine", "adding", "reverse"],
        "steps": [1, 3, 6], "hidden": [1, 3], "layers": [2], "batch": [1, 3], "data_seed": [7],
        "structure": ["n-1", "n-n", "1-n", "1-n-every", "encoder-decoder", "attention"],
    }  # fmt: skip
    wanted = {name: data.draw(st.sampled_from(options[name])) for name in changes}
    try:
        after = before.with_changes(**wanted)
        record(editing.rewound(after))
    except InputError:
        return  # it cannot be run by itself
    record(editing.surviving(before, after))


# --- undo, locks, values ---
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


# --- training ---
@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("given_parameters", [False, True])
def test_a_training_keeps_what_is_locked_and_moves_on_from_the_rest(kind, given_parameters):
    held, free = Edit("L1.W", (0, 1), 0.5, True), Edit("L1.U", (0, 0), 0.3)
    experiment = editing.edited(SMALL, [held, free])
    optimizer = optimizer_named(kind)(0.1, **({"momentum": 0.9} if kind == "sgd" else {}))
    own = {n: a + 0.25 for n, a in record(SMALL).parameters.items()} if given_parameters else None
    training = Training(experiment, optimizer, parameters=own)
    assert training.parameters["L1.U"][0, 0] == (own["L1.U"][0, 0] if own else 0.3)
    before = deepcopy(training.parameters)
    for _ in range(5):
        training.update()
        assert training.parameters["L1.W"][0, 1] == 0.5
    moved = {name: training.parameters[name] != before[name] for name in before}
    assert not moved["L1.W"][0, 1] and moved["L1.W"].sum() == moved["L1.W"].size - 1
    assert moved["L1.U"].all()
    result = editing.absorbed(experiment)
    assert result.edits == (held,)
    assert record(result, training.parameters).parameters["L1.U"][0, 0] == training.parameters["L1.U"][0, 0]


def test_a_trained_runs_file_has_what_is_locked_and_the_shown_data(tmp_path):
    experiment = editing.edited(SMALL, [Edit("L1.W", (0, 1), 0.5, True), Edit("L1.U", (0, 0), 0.3), X, S0])
    training = Training(experiment, optimizer_named("adam")(0.1))
    training.update()
    result = editing.absorbed(experiment)
    assert {edit.name for edit in result.edits} == {"L1.W", "x", "L1.s_0"}
    trained.write(tmp_path / "run.npz", result, training.parameters, training.history)
    back = trained.read(tmp_path / "run.npz")
    assert back.experiment == result
    assert all(np.array_equal(back.parameters[name], array) for name, array in training.parameters.items())
    exported = arrays(record(result, training.parameters))
    assert exported["x"][0, 0, 0] == X.value


def test_sampling_and_rolling_out_go_by_the_typed_parameters():
    words = natural("next-character", text="hello", steps=3, hidden=2)
    plain = record(words)
    moved = typed(words, Edit("out.b", (1,), 9.0), Edit("x", (0, 0, 0), 0.5), Edit("L1.s_0", (0, 0), 0.5))
    made = model(moved.experiment, moved.parameters)
    assert set(sample(made, 5)) == {made.alphabet[1]}
    assert made.probabilities("h")[1] > model(words, plain.parameters).probabilities("h")[1]
    sine = natural("sine", steps=4, hidden=2)
    typed_sine = typed(sine, Edit("out.b", (0,), 0.5), Edit("x", (0, 0, 0), 9.0))
    plainly = roll_out(sine, record(sine).parameters, 3, 2)
    shifted = roll_out(typed_sine.experiment, typed_sine.parameters, 3, 2)
    bias = typed_sine.parameters["out.b"][0] - record(sine).parameters["out.b"][0]
    assert np.allclose(shifted.outputs[0] - plainly.outputs[0], bias)  # x is the shown run's own


# --- scripts ---
SCRIPTED = [
    "n-n",
    "three layers",
    "bidirectional, two layers",
    "encoder-decoder",
    "attention",
    "lengths",
    "1-n-feedback",
]


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("name", SCRIPTED)
def test_a_script_gives_an_edited_runs_numbers(name, cell, kind, capsys):
    plain = trace_of(name, cell, steps=3, hidden=2, batch=2)
    trace = typed(plain.experiment, *some_of_everything(plain))
    check_script(trace, capsys, kind)
    assert trace.loss != plain.loss


def test_torchs_own_layer_begins_with_the_typed_states(capsys):
    plain = trace_of("bidirectional, two layers", "lstm", steps=3, hidden=2, batch=2, bidirectional="concat")
    trace = typed(plain.experiment, *some_of_everything(plain))
    text = torch_script(trace, "run").text
    assert "torch.nn.LSTM" in text and "c_0 = np.array" in text
    check_script(trace, capsys, "torch")


def test_the_places_of_an_experiment_are_those_of_its_run():
    trace = trace_of("attention", "lstm")
    assert places_of(trace.experiment).shapes == places(trace).shapes


@pytest.mark.parametrize("cell", ["lstm", "gru", "tanh", "peephole"])
def test_a_gates_number_has_its_place_in_the_stack(cell):
    trace = record(natural("echo", cell=cell, hidden=3, steps=2))
    numbers = {
        name: np.arange(array.size, dtype=float).reshape(array.shape) for name, array in trace.parameters.items()
    }
    for name, block in trace.named_parameters(numbers).items():
        for index in np.ndindex(block.shape):
            full, place = stacked(trace.network, name, index)
            assert numbers[full][place] == block[index]
    assert stacked(trace.network, "x", (0, 0, 0)) == ("x", (0, 0, 0))
    assert stacked(trace.network, "L1.s_0", (0, 0)) == ("L1.s_0", (0, 0))
    assert stacked(trace.network, "L1.W_q", (0, 0)) == ("L1.W_q", (0, 0))


# --- many of them ---
def test_more_numbers_than_can_be_typed_over_are_refused_in_one_sentence():
    full = tuple(Edit("L1.W", (k // 256, k % 256), 0.5) for k in range(MOST_EDITS))
    start = natural("last-step", hidden=256, edits=full)
    assert len(start.edits) == MOST_EDITS
    with pytest.raises(InputError, match="at most 10,000 numbers can be typed over, and these are 10,001"):
        editing.edited(start, [Edit("L1.b", (0,), 0.5)])
    assert (
        len(editing.edited(start, [Edit("L1.W", (0, 0), 0.25)]).edits) == MOST_EDITS
    )  # one of them again is none more
    text = to_json(msgspec.structs.replace(start, edits=(*full, Edit("L1.b", (0,), 0.5))))
    with pytest.raises(InputError, match="at most 10,000"):
        from_json(text)


def test_a_further_number_is_the_only_one_that_is_validated(monkeypatch):
    start = natural("last-step", hidden=16, edits=tuple(Edit("L1.W", (k // 16, k % 16), 0.5) for k in range(256)))
    converted: list[int] = []
    convert = msgspec.convert

    def counted(values, kind):
        converted.append(len(values["edits"]))
        return convert(values, kind)

    monkeypatch.setattr(msgspec, "convert", counted)
    one_more = editing.edited(start, [Edit("L1.b", (3,), 0.25)])
    assert one_more.with_changes(bias=0.5).edits is one_more.edits
    assert converted == [1, 0]
    assert one_more == from_json(to_json(one_more))
    with pytest.raises(InputError, match="named twice"):
        start.with_changes(edits=(*start.edits, Edit("L1.W", (0, 0), 0.25)))
    with pytest.raises(InputError, match="edits"):
        start.with_changes(edits=(*start.edits, Edit("L1.b", (-1,), 0.25)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Edit,
            st.sampled_from(["x", "y", "L1.W", "L1.U", "L1.s_0", "out.V", "L9.W"]),
            st.lists(st.integers(0, 5) | st.just(2**80), max_size=3).map(tuple),
            st.just(0.5),
        ),
        max_size=20,
    ),
    st.sampled_from(["tanh", "clockwork"]),
)
def test_many_are_refused_as_each_is_by_itself(wanted, cell):
    found = places_of(natural("last-step", cell=cell, hidden=4, steps=3))
    assert sorted(map(repr, found.misfits(wanted))) == sorted(repr(e) for e in wanted if found.refusal(e))


def test_numbers_that_fit_are_not_asked_for_one_by_one(monkeypatch):
    start = natural("last-step", hidden=16, edits=tuple(Edit("L1.W", (k // 16, k % 16), 0.5) for k in range(256)))
    monkeypatch.setattr(Places, "refusal", lambda *_: pytest.fail("asked for one by one"))
    assert np.all(record(start).parameters["L1.W"] == 0.5)
    assert editing.surviving(start, start.with_changes(truncate=3)).edits == start.edits
