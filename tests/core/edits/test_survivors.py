"""What is typed over stays as long as its number does, whatever else is changed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import Edit
from core.edits import editing
from core.errors import InputError
from core.experiment import natural
from core.recorder import record
from tests.core.edits.typed import S0, SMALL, W, X, places, read_back, some_of_everything

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
