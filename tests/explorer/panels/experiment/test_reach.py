"""What is out of reach would change nothing, and says why."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QSlider,
    QToolTip,
)

from core.cells import CELLS
from core.errors import InputError
from core.experiment import OPTIONS, Experiment
from core.options import Option
from core.recorder import record
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.reach import other_values, refused_values, why_fixed
from explorer.panels.experiment.rows import EXPERIMENT
from tests.explorer.suited import suited_to


def changed(experiment, key):
    """The experiment with another value of the field, one that is allowed, or None."""
    now = getattr(experiment, key)
    tried = [not now] if isinstance(now, bool) else [now + 1, now + 0.25] if isinstance(now, int | float) else []
    tried += other_values(key, now)
    for value in tried:
        if value == now:
            continue
        try:
            return experiment.with_changes(**{key: value})
        except InputError:
            continue
    return None


def numbers(experiment, everything=False):
    """The loss and every gradient on a parameter; every record and the inputs, too, where they are wanted."""
    trace = record(experiment)
    more = [trace.data.x, *(trace.values[key] for key in sorted(trace.values))] if everything else []
    return [*more, np.asarray(trace.loss), *(trace.used_parameters[name] for name in sorted(trace.used_parameters))]


FAULTY = {"fault", "w_matrix", "w_init"}  # wrong on purpose; asked for in a dialog


@pytest.mark.parametrize("structure", ["n-1", "n-n", "1-1", "1-n-every", "encoder-decoder", "attention"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_what_is_out_of_reach_would_change_nothing_or_be_refused(qapp, cell, structure):
    """The same for every cell and structure: a row whose choice has a reason against it has none of its effects."""
    try:
        first = suited_to(cell.name, steps=4, hidden=3).with_changes(structure=structure)
        if "f" in cell.gates:
            first = first.freeze("f", 1.0)
        before = numbers(first)
    except InputError:
        return  # this cell does not go with this structure
    found = 0
    for choice in CHOICES:
        if choice.subject is not EXPERIMENT or choice.key not in Experiment.__struct_fields__:
            continue
        if choice.key in FAULTY or not choice.applies(first):
            continue
        refused = refused_values(first, choice.key) if choice.ruled else {}
        reason = choice.reach(first) or why_fixed(first, choice.key, refused)
        if not reason:
            continue
        found += 1
        other = changed(first, choice.key)
        if other is not None:
            after = numbers(other)
            assert len(after) == len(before)
            pairs = zip(before, after, strict=True)
            assert all(a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in pairs), choice.key
    assert found


IN_REACH = ["steps", "hidden", "w_gain", "input_scale", "u_gain", "bias", "initial_state", "forget_bias", "update_bias"]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_number_in_reach_changes_the_run(qapp, cell):
    first = suited_to(cell.name, steps=4, hidden=3, batch=3)
    before = numbers(first, everything=True)
    for choice in CHOICES:
        if choice.key in IN_REACH and choice.applies(first) and not choice.reach(first):
            other = changed(first, choice.key)
            assert other is not None
            after = numbers(other, everything=True)
            same = len(after) == len(before) and all(
                a.shape == b.shape and np.array_equal(a, b) for a, b in zip(before, after, strict=False)
            )
            assert not same, choice.key


def test_the_tool_tip_of_what_is_out_of_reach_says_why(desk):
    it = desk(cell="lstm", frozen=({"gate": "f", "at": 1.0},))
    row = it.row("forget_bias")
    assert not row.slider.isEnabled()
    slider = row.findChild(QSlider)
    place = slider.mapToGlobal(slider.rect().center())
    QApplication.sendEvent(slider, QHelpEvent(QEvent.Type.ToolTip, slider.rect().center(), place))
    assert "The forget gate is frozen" in QToolTip.text()
    QToolTip.hideText()
    it.session.freeze("f", None)
    it.frame()
    assert row.slider.isEnabled() and row.out_of_reach == ""


def test_values_that_would_be_refused_are_out_of_reach_in_the_list(desk):
    it = desk(cell="tdnn", steps=4, hidden=3)
    combo = it.row("structure").combo
    item = combo.model().item(combo.findData("encoder-decoder"))
    assert not item.isEnabled()
    assert "no state that an encoder could pass" in item.toolTip()
    it.session.change(cell="tanh")
    it.frame()
    assert item.isEnabled()
    assert item.toolTip() == "Reads T steps, then writes others from a context c."


@pytest.mark.parametrize("option", [each for each in OPTIONS.values() if each.title], ids=lambda each: each.name)
def test_an_option_that_does_not_always_apply_says_why(option):
    usual = Experiment.__struct_fields__ and Option.__dataclass_fields__["applies"].default
    assert (option.applies is not usual) == bool(option.why)
