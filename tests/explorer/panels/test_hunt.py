"""The hunt in the window: nobody names the fault, marks are answered, and leaving brings everything back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from core.choices import Edit
from core.experiment import natural
from core.faults import FAULTS
from explorer.app import compose
from explorer.panels.hunt.panel import HuntPanel
from explorer.panels.topbar.panel import TopBar
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.window.program import Program
from explorer.window.window import Window

TRUNCATED = natural("last-step", steps=6, hidden=3, truncate=3, clip_norm=1.0, edits=(Edit("x", (0, 0, 0), 0.5),))


def seed_of(session: Session, name: str) -> int:
    """A seed that hunts this fault."""
    for seed in range(60):
        assert session.hunt.start(seed)
        assert session.hunting is not None
        if session.hunting.hunt.fault.name == name:
            session.hunt.leave()
            return seed
    raise AssertionError(name)


@pytest.fixture
def program(qtbot, tmp_path) -> Iterator[Program]:
    session = Session(TRUNCATED)
    session.seek(session.timeline.complete)
    player = Player(session)
    player.stop()
    made = compose(session, player, Settings(tmp_path / "settings.ini"), tmp_path / "last.json")
    qtbot.addWidget(made.window)
    made.window.resize(1366, 768)
    yield made
    player.stop()


@pytest.fixture
def window(program) -> Window:
    return program.window


def texts_of(window: Window) -> str:
    """Everything that is written in the window, and said to a screen reader."""
    found = [window.windowTitle()]
    for widget in window.findChildren(QWidget):
        found += [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
        if isinstance(widget, QLabel | QPushButton):
            found.append(widget.text())
        elif isinstance(widget, QComboBox) and widget.isVisibleTo(window):
            found += [widget.itemText(k) for k in range(widget.count())] if widget.objectName() == "hunt" else []
            found.append(widget.currentText())
    return "\n".join(found)


def test_leaving_brings_back_the_experiment_its_history_and_the_look_exactly(window):
    session = window.session
    session.change(hidden=4)
    session.update()
    session.change(hidden=5)
    session.undo()
    session.update()
    session.set_view(gradient="used", notation="ng")
    before = session.experiment, session.view, session.position, session.history
    arrays = {name: array.tobytes() for name, array in session.trace.exact_parameters.items()}
    assert session.hunt.start(3)
    assert session.trace.experiment.fault is not None
    assert session.trace.experiment.truncate is None
    window.escape()
    assert session.hunting is None
    assert (session.experiment, session.view, session.position, session.history) == before
    assert session.trace.experiment == session.experiment
    assert {name: array.tobytes() for name, array in session.trace.exact_parameters.items()} == arrays
    session.redo()
    session.update()
    assert session.trace.experiment.hidden == 5


@pytest.mark.checked
def test_nobody_names_the_fault_before_it_is_told(window):
    session = window.session
    session.set_view(share_at=None)
    for name in ("diag-forgotten", "time-index"):
        seed = seed_of(session, name)
        assert session.hunt.start(seed)
        while session.busy:
            session.pull(lambda: False)
        window.grab()
        text = texts_of(window)
        fault = next(each for each in FAULTS if each.name == name)
        for secret in (fault.name, fault.title, fault.description):
            assert secret not in text, secret
        top = window.panels["topbar"]
        assert isinstance(top, TopBar)
        assert top.check.text() == "… paused"
        assert session.check is None
        session.hunt.give_up()
        while session.busy:
            session.pull(lambda: False)
        assert fault.title in texts_of(window)
        assert session.check is not None
        assert not session.check.passed
        session.hunt.leave()


def test_pinned_runs_do_not_show_where_the_faulty_one_departs_from_them(window):
    session = window.session
    session.pin("the right one")
    pins, norms = session.pins, window.panels["norms"]
    assert len(norms._curves) > 1
    assert session.hunt.start(seed_of(session, "time-index"))
    assert session.pins == ()
    assert {curve.pin for curve in norms._curves} == {None}
    session.pin("while hunting")
    assert session.pins == ()
    session.hunt.leave()
    assert session.pins == pins
    assert any(curve.pin == pins[0].number for curve in norms._curves)


def test_no_file_names_the_fault_before_it_is_told(program, tmp_path):
    session = program.session
    session.pin("a")
    before = session.trace
    assert session.hunt.start(seed_of(session, "bias-forgotten"))
    program.files.keep_last()
    text = (tmp_path / "last.json").read_text(encoding="utf-8")
    assert "bias-forgotten" not in text
    other = Session(natural("echo"))
    assert other.open(tmp_path / "last.json")
    assert other.experiment == before.experiment
    assert len(other.pins) == 1
    program.exports.trace_to(tmp_path / "run.npz")
    program.exports.worksheet_to(tmp_path / "sheet.pdf", answers=True)
    assert not session.save(tmp_path / "own.json")
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".npz", ".pdf")] == []
    assert not (tmp_path / "own.json").exists()
    session.hunt.give_up()
    program.exports.trace_to(tmp_path / "run.npz")
    session.pull(lambda: not session.work.busy)
    assert (tmp_path / "run.npz").exists()
    session.hunt.leave()


def test_no_sum_gives_the_wrong_parameter_away(window):
    session = window.session
    inspector = window.panels["inspector"]
    session.select(Selection("h", 3))
    assert "is a sum over time" in inspector.text()
    assert session.hunt.start(seed_of(session, "time-index"))
    session.select(Selection("h", 3))
    assert "sum" not in inspector.text()
    assert inspector.sums.isHidden()
    session.hunt.give_up()
    assert not inspector.sums.isHidden()
    session.hunt.leave()
    session.select(Selection("h", 3))
    assert "is a sum over time" in inspector.text()


def test_a_learner_who_marks_nodes_from_the_loss_back_finds_it(window):
    session = window.session
    bar = window.panels["hunt"]
    assert isinstance(bar, HuntPanel)
    assert bar.isHidden()
    assert session.hunt.start(seed_of(session, "only-the-slope"))
    assert not bar.isHidden()
    said = []
    for row, t in (("z", 6), ("s", 6), ("h", 6), ("s", 5)):
        session.select(Selection(row, t))
        assert f"∂L/∂{row}" in bar.what.currentText()
        bar.wrong.click()
        said.append(bar.accessibleDescription())
    assert all("right (relative error" in each and "Look elsewhere" in each for each in said[:3])
    assert "wrong, and not what its own equation gives. That is it: recurrent matrix left out." in said[3]
    assert session.hunting is not None
    assert (session.hunting.tries, session.hunting.found, session.hunting.revealed) == (4, True, True)
    assert not bar.wrong.isEnabled()
    bar.end.click()
    assert bar.isHidden()


def test_a_consequence_points_towards_the_loss(window):
    session = window.session
    assert session.hunt.start(seed_of(session, "diag-forgotten"))
    session.select(Selection("s", 2))
    session.hunt.mark()
    bar = window.panels["hunt"]
    assert "only because what it is computed from is" in bar.accessibleDescription()
    session.hunt.mark("L1.W")
    assert "Look closer to the loss" in bar.accessibleDescription()
    assert session.hunting is not None
    assert session.hunting.tries == 2
    assert not session.hunting.revealed


def test_the_bar_speaks_in_the_notation_on_view(window):
    session, bar = window.session, window.panels["hunt"]
    assert isinstance(bar, HuntPanel)
    assert session.hunt.start(seed_of(session, "bias-forgotten"))
    session.set_view(notation="ng")
    session.select(Selection("s", 2))
    assert bar.what.currentText() == "da⟨2⟩"
    session.hunt.mark()
    assert bar.accessibleDescription().startswith("da⟨2⟩[")
    session.set_view(notation="row")
    assert bar.accessibleDescription().startswith("∂L/∂s₂[")
    session.set_view(notation="ng")
    assert bar.accessibleDescription().startswith("da⟨2⟩[")
    session.hunt.give_up()
    assert bar.accessibleDescription() == "It was: db_a left out. Derived without biases, run with them."


def test_escape_says_that_the_hunt_is_over(window):
    assert window.session.hunt.start(1)
    window.show()
    window.escape()
    assert window.session.hunting is None
    assert "The search is over; the experiment is as it was." in window.toasts.texts()[-1]


def test_by_keyboard_and_a_parameter_from_the_list(window, qtbot):
    session = window.session
    window.show()
    assert session.hunt.start(seed_of(session, "bias-forgotten"))
    bar = window.panels["hunt"]
    assert isinstance(bar, HuntPanel)
    chosen = bar.what.findData("L1.b")
    bar.what.setFocus()
    while bar.what.currentIndex() != chosen:
        qtbot.keyClick(bar.what, Qt.Key.Key_Down)
    action = next(each for each in window.actions() if each.shortcut().toString() == "W")
    action.trigger()
    assert "That is it: ∂L/∂b left out" in bar.accessibleDescription()
    assert all(widget.focusPolicy() & Qt.FocusPolicy.TabFocus for widget in (bar.what, bar.wrong, bar.give_up, bar.end))


def test_the_run_stays_while_it_is_hunted(window, tmp_path):
    session, said = window.session, []
    session.message.connect(said.append)
    assert session.hunt.start(1)
    faulty = session.experiment
    for act in (
        lambda: session.change(hidden=7),
        lambda: session.choose_task("echo"),
        lambda: session.edit([Edit("x", (0, 0, 0), 0.1)]),
        session.edits.rewind,
        session.edits.make_hand_sized,
        lambda: session.freeze("f", 1.0),
    ):
        act()
        session.update()
        assert session.trace.experiment == faulty
    session.undo()
    session.update()
    assert session.trace.experiment == faulty
    assert not session.save(tmp_path / "saved.json")
    assert not (tmp_path / "saved.json").exists()
    assert any("end the search first" in each for each in said)
    session.new()
    session.update()
    assert session.hunting is None
    assert session.trace.experiment.fault is None


def test_where_there_is_none_or_nothing_selected_it_is_said(window):
    session, said = window.session, []
    session.message.connect(said.append)
    session.hunt.mark()
    assert "No error is hidden yet" in said[-1]
    session.change(cell="esn", truncate=None)
    session.update()
    assert not session.hunt.start()
    assert "choose another cell" in said[-1]
    assert session.hunting is None
    session.change(cell="tanh")
    session.update()
    assert session.hunt.start()
    session.hunt.mark()
    assert "Select a node first" in said[-1]
    session.select(Selection("s", 6))
    assert said[-1] == ""  # done with
    session.select(None)
    session.hunt.mark()
    assert "Select a node first" in said[-1]
    session.hunt.mark("L1.W")
    assert said[-1] == ""
    first = session.experiment.fault, session.experiment
    chosen = set()
    for _ in range(12):
        assert session.hunt.start()
        chosen.add(session.experiment.fault)
    assert len(chosen) > 2, first  # another one each time


def test_parameters_of_a_file_stay_the_runs_own(qtbot):
    own = {name: array * 0.5 for name, array in Session(TRUNCATED).trace.parameters.items()}
    session = Session(TRUNCATED, parameters=own)
    assert session.hunt.start(2)
    assert (session.trace.parameters["L1.W"] == own["L1.W"]).all()
    session.hunt.leave()
    assert session.trace.own_parameters
    assert (session.trace.parameters["L1.W"] == own["L1.W"]).all()
