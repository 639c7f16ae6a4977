"""Numbers that cannot be typed are refused in a sentence that says why, one of them or many."""

from __future__ import annotations

import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices import MOST_EDITS, Edit
from core.edits import editing
from core.edits.places import Places, place_text, places_of, stacked
from core.errors import InputError
from core.experiment import from_json, natural, to_json
from core.recorder import record
from tests.core.edits.typed import SMALL, places, read_back, refused, typed
from tests.core.structured import trace_of


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
