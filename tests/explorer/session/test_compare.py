"""Comparing: the cells that have a key of their own, on the same data, pinned at once and unpinned by the same key."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import PRIMARY
from core.experiment import Experiment, natural
from core.recorder import record
from explorer.session.session import Session
from tests.explorer.driving import pulled

NAMES = [cell.name for cell in PRIMARY]


def compared(session: Session) -> dict[str, object]:
    pulled(session)
    return {pin.run.experiment.cell: pin for pin in session.pins}


@pytest.mark.parametrize("cell", [*NAMES, "clockwork"])
def test_the_others_are_pinned_on_the_same_data(cell):
    begun = Experiment(cell=cell, steps=6)
    session = Session(begun)
    session.compare()
    pins = compared(session)
    assert set(pins) == set(NAMES) - {cell} and session.experiment.cell == cell
    for name, pin in pins.items():
        alone = record(begun.with_cell(name))
        assert pin.trace.loss == alone.loss
        np.testing.assert_array_equal(pin.trace.data.x, session.trace.data.x)
    assert len({pin.number for pin in session.pins}) == len(session.pins)


def test_the_same_again_unpins_them_and_one_undo_brings_them_back():
    session = Session(Experiment(steps=5))
    session.change(hidden=3)
    session.pin("mine")
    session.compare()
    assert len(compared(session)) == 4
    session.compare()
    pulled(session)
    assert [pin.label for pin in session.pins] == ["mine"]
    session.undo()
    assert len(compared(session)) == 4


def test_what_cannot_be_compared_is_left_out_with_its_reason():
    said = []
    session = Session(natural("sine", cell="jordan", steps=5, structure="n-n"))
    session.message.connect(said.append)
    session.compare()
    assert set(compared(session)) == set(NAMES) and said == []
    session = Session(natural("echo", cell="tanh", steps=5, fault="only-the-slope"))
    session.message.connect(said.append)
    session.compare()
    assert set(compared(session)) == {"relu"} and "fault only-the-slope" in said[0]


def test_without_room_nothing_is_pinned():
    said = []
    session = Session(Experiment(steps=5))
    session.message.connect(said.append)
    for seed in range(2, 5):
        session.change(weight_seed=seed)
        session.pin()
        pulled(session)
    before = session.pins
    session.compare()
    pulled(session)
    assert session.pins == before and said[-1].startswith("Comparing needs room for 3 more run")


def test_while_an_error_is_hidden_nothing_is_compared():
    session = Session(Experiment(steps=5))
    session.hunt.start(1)
    session.compare()
    pulled(session)
    assert session.pins == ()
