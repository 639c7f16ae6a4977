"""The update in the panel of W and in the inspector: three maps on their scales, and one entry's line to click."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from core.analysis.recurrence import recurrent_matrices
from core.cells import CELLS
from core.experiment import Experiment
from core.notation.books import NOTATIONS
from core.training.update import UpdateRule
from explorer.panels.inspector.parameter_page import update_entries
from explorer.panels.weights.panel import WeightsPanel
from explorer.panels.weights.update import MOST, REST, entry_of_cell, scale_of
from explorer.session.session import Session
from explorer.style.numbers import parse
from explorer.style.theme import THEMES
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

ADDEND = re.compile(r'<a href="(\w+)"[^>]*>([^<]*)</a>')


@pytest.fixture
def desk(show_panel):
    """The panel at the end of the update, with all found out; `rule` moves the parameters."""

    def make(experiment=None, theme="light", size=(260, 330), rule=None, **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        if rule is not None:
            session.trainer.set_plan(optimizer=rule.optimizer, rate=rule.rate)
            session.update()
        while session.finding:
            session.find(lambda: False)
        session.seek(session.timeline.last)
        panel, _ = show_panel(WeightsPanel(), session, *size)
        QApplication.processEvents()
        return panel

    return make


def experiments():
    yield from (suited_to(cell.name, steps=4) for cell in CELLS)
    yield from (experiment_of(name, 3) for name in STRUCTURES)


def test_every_matrix_has_its_change_and_what_becomes_of_it(desk):
    panel, seen = desk(), 0
    for experiment in experiments():
        session = Session(experiment)
        if not recurrent_matrices(session.trace):
            continue
        while session.finding:
            session.find(lambda: False)
        session.seek(session.timeline.last)
        panel.bind(session)
        update = session.findings.update
        for name in recurrent_matrices(session.trace):
            panel.show_matrix(name)
            assert panel.moves.shown and panel.sum.map.isHidden()
            change = session.trace.named_parameters(update.change)[name]
            after = session.trace.named_parameters(update.after)[name]
            np.testing.assert_array_equal(panel.moves.change.values.reshape(change.shape), change)
            np.testing.assert_array_equal(panel.moves.after.values.reshape(after.shape), after)
            seen += 1
    assert seen > 20


def test_w_and_the_new_w_share_a_scale_and_the_change_has_its_own(desk):
    panel = desk(rule=UpdateRule("sgd", 2.0))
    moves = panel.moves
    assert panel.map.cells().limit == moves.after.limit >= np.abs(moves.after.values).max()
    assert moves.change.limit == scale_of(moves.change.values) >= np.abs(moves.change.values).max()
    assert moves.change.limit < 4 * np.abs(moves.change.values).max()
    assert scale_of(np.zeros((2, 2))) == 1.0 and scale_of(np.array([[3e-9, -1e-9]])) == pytest.approx(5e-9, rel=0.7)


def test_the_change_flows_into_w_as_the_beat_goes_on_and_before_it_there_is_dw(desk):
    panel = desk()
    session, moves = panel.session, panel.moves
    heights = panel.map.height(), moves.change.height()
    for share in (0.25, 0.5, 1.0):
        session.seek(session.timeline.complete + share)
        np.testing.assert_allclose(moves.after.values, panel.scene.matrix.values + share * moves.change.values)
    assert moves.over_after.text() == "new W" and "of it" not in moves.over_after.toolTip()
    session.seek(session.timeline.complete + 0.25)
    assert "25 %" in moves.over_after.toolTip()
    session.seek(session.timeline.complete)
    assert not moves.shown and not panel.sum.map.isHidden() and moves.addends.isHidden()
    assert panel.sum.over.text() == "dW = Σ 14 steps"
    assert (panel.map.height(), panel.sum.map.height()) == heights


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("cell", ["tanh", "gru-simple", "lstm"])
def test_the_line_of_an_entry_adds_up_and_says_where_it_goes(desk, cell, notation):
    panel = desk(suited_to(cell, steps=4, batch=1))
    session = panel.session
    session.set_view(notation=notation.name)
    trace, update = session.trace, session.findings.update
    place, entry = entry_of_cell(panel.scene, (1, 0))
    sign = panel.scene.matrix.shown((1, 0), 1.0)
    used = trace.named_parameters(trace.used_parameters)[panel.key][place.entry]
    assert entry.used == pytest.approx(sign * used, rel=1e-12)
    assert sum(line.value for line in entry.total.lines) == pytest.approx(entry.used, rel=1e-9, abs=1e-15)
    assert entry.before == panel.scene.matrix.values[1, 0]
    assert entry.before - update.rule.rate * entry.used == pytest.approx(entry.after, rel=1e-12)


def test_every_addend_of_the_line_selects_its_step(desk):
    panel = desk(steps=5)
    panel.editing.choose(1, 2)
    text = panel.moves.addends.text()
    links = ADDEND.findall(text)
    assert [link for link, _ in links] == ["5", "4", "3", "2", "1"]
    _, entry = entry_of_cell(panel.scene, (1, 2))
    for (_, written), line in zip(links, entry.total.lines, strict=True):
        assert parse(written.replace("\u00a0", "").removeprefix("+")) == pytest.approx(line.value, rel=0.06, abs=1e-12)
    panel.moves.addends.linkActivated.emit("3")
    assert (panel.session.selection.row, panel.session.selection.t) == ("h", 3)


def test_of_many_addends_the_rest_is_one_link_to_the_entry(desk):
    panel = desk(steps=30)
    panel.editing.choose(0, 1)
    links = ADDEND.findall(panel.moves.addends.text())
    assert len(links) == MOST + 1 and links[-1][0] == REST and links[-1][1].endswith("23\u00a0more")
    panel.session.select(None)
    panel.moves.addends.linkActivated.emit(REST)
    assert (panel.session.selection.parameter, panel.session.selection.entry) == ("L1.W", (0, 1))


def test_clipping_and_another_optimizer_are_said(desk):
    panel = desk(clip_norm=0.01)
    assert "clipped: " in panel.moves.addends.text()
    panel = desk(rule=UpdateRule("adam", 0.001))
    assert "η" not in panel.moves.over_change.toolTip() and "ΔW" in panel.moves.over_change.toolTip()


def test_another_rule_is_followed_at_once_and_a_hidden_error_hides_the_update(desk):
    panel = desk()
    session, before = panel.session, panel.moves.change.values.copy()
    session.trainer.set_plan(rate=0.2)
    session.update()
    while session.finding:
        session.find(lambda: False)
    np.testing.assert_allclose(panel.moves.change.values, 2.0 * before)
    session.hunt.start()
    session.seek(session.timeline.last)
    while session.finding:
        session.find(lambda: False)
    assert not panel.moves.shown


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", [(220, 260), (260, 330), (420, 500)], ids=str)
def test_it_is_drawn_in_every_theme_and_width(desk, theme, size):
    panel = desk(theme=theme.name, size=size)
    for label in (panel.over_map, panel.moves.over_change, panel.moves.over_after):
        assert label.text() and label.fontMetrics().horizontalAdvance(label.text()) <= panel._column() + 1
    assert len(np.unique(np.asarray(panel.grab().toImage().bits()))) > 20


@pytest.mark.parametrize("name", ["L1.U", "L1.W", "L1.b", "out.V", "out.b"])
def test_the_inspector_has_the_update_of_every_parameter(desk, name):
    panel = desk()
    session = panel.session
    array = session.trace.parameters[name]
    index = tuple(0 for _ in array.shape)
    entries = update_entries(session, name, index, "w", 1.0)
    assert [each.role for each in entries] == ["head", "line", "line", "total"]
    assert parse(entries[-1].value) == pytest.approx(session.findings.update.after[name][index], rel=6e-3)
    assert parse(entries[1].value) == pytest.approx(array[index], rel=6e-3, abs=1e-12)
    session.seek(session.timeline.complete)
    assert update_entries(session, name, index, "w", 1.0) == []


@pytest.mark.parametrize("size", [(210, 330), (260, 330), (330, 700)])
@pytest.mark.parametrize("steps", [1, 14])
def test_the_update_is_as_high_as_the_sum(desk, size, steps):
    """A playhead that goes back and forth between them moves nothing that stands above or below."""
    panel = desk(steps=steps, hidden=4, size=size)
    session, heights = panel.session, set()
    for beat in (session.timeline.complete, session.timeline.last) * 2:
        session.seek(beat)
        QApplication.processEvents()
        assert panel.moves.addends.isVisibleTo(panel) == (beat == session.timeline.last)
        heights.add(panel.sizeHint().height())
    assert len(heights) == 1
