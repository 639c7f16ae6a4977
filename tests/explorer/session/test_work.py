"""A long job in the window: shown with its progress, cancelled at a press, and nothing of it left then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from core.analysis.contributions import share_of_step
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.recorder import record
from explorer.app import compose
from explorer.export.exports import Exports
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.settings import Settings
from explorer.style.theme import THEMES
from explorer.widgets.passing import without_passing
from explorer.window.program import Program
from explorer.window.window import Window

START = Experiment(steps=3, hidden=2)


@pytest.fixture(scope="module")
def program(qapp, tmp_path_factory) -> Iterator[Program]:
    """One window for all."""
    with opened(qapp, tmp_path_factory.mktemp("work")) as made:
        yield made


@contextmanager
def opened(qapp, folder: Path) -> Iterator[Program]:
    """A window, shown; its frames come only when a test asks for them."""
    session = Session(START)
    session.seek(session.timeline.complete)
    player = Player(session)
    session.frame_wanted.disconnect()
    player.stop()
    made = compose(session, player, Settings(folder / "settings.ini"), folder / "last.json")
    made.window.resize(1100, 700)
    made.window.show()
    qapp.processEvents()
    yield made
    player.stop()
    made.window.close()
    made.window.deleteLater()
    qapp.sendPostedEvents(None, 0)


@pytest.fixture
def exports(program) -> Exports:
    return program.exports


@pytest.fixture
def window(program, qtbot) -> Iterator[Window]:
    """The same with nothing under way before and after, whatever another test has left on it."""
    shown = program.window
    now = shown.session.experiment
    shown.session.change(**{name: getattr(START, name) for name in differing(now, START)})
    shown.session.update()
    shown.activateWindow()  # keys reach the active one only
    yield shown
    shown.session.work.cancel()
    shown.session.message.emit("")
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in shown.findChildren(QTimer)))  # idle moments


def differing(one: Experiment, other: Experiment) -> list[str]:
    """The fields in which two experiments differ."""
    return [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]


def piece(window: Window) -> None:
    """One piece of what is under way."""
    window.session.work.pull(lambda: True)


def to_the_end(window: Window) -> None:
    window.session.work.pull(lambda: False)


class Steps:
    """A job of four pieces, of which a test can see how many are done and whether it was closed."""

    def __init__(self) -> None:
        self.pieces, self.closed = 0, False

    def job(self) -> Job[str]:
        try:
            for self.pieces in range(1, 5):
                yield self.pieces / 4
            return "all of it"
        finally:
            self.closed = True


def test_a_job_known_to_last_is_shown_at_once_with_its_title_and_percent(window):
    steps, results = Steps(), []
    bar = window.progress
    before = window.stage.geometry(), [panel.geometry() for panel in window.panels.values()]
    assert bar.isHidden()
    assert window.session.work.start("Exporting run.gif", steps.job(), results.append, slow=True)
    assert bar.isVisible() and bar.title.text() == "Exporting run.gif"
    assert steps.pieces == 0  # before anything of it is done
    piece(window)
    assert (bar.bar.value(), bar.percent.text()) == (25, "25 %")
    assert bar.accessibleName() == "Exporting run.gif: 25 percent"
    assert bar.cancel.accessibleName() == "Cancel: Exporting run.gif"
    interface = QAccessible.queryAccessibleInterface(bar.bar)
    assert interface is not None and interface.text(QAccessible.Text.Name) == "Exporting run.gif"
    assert before == (window.stage.geometry(), [panel.geometry() for panel in window.panels.values()])
    to_the_end(window)
    assert bar.isHidden() and results == ["all of it"]


def test_a_short_job_is_not_shown_and_a_longer_one_soon(window, qtbot):
    steps = Steps()
    window.session.work.start("Reading air.csv", steps.job(), lambda _: None)
    assert window.progress.isHidden()
    to_the_end(window)
    assert window.progress.isHidden()
    window.session.work.start("Reading air.csv", Steps().job(), lambda _: None)
    qtbot.waitUntil(window.progress.isVisible, timeout=5000)
    assert window.progress.title.text() == "Reading air.csv"


@pytest.mark.parametrize("by", ["Esc", "button"])
def test_it_is_cancelled_at_once_by_key_and_by_button(window, by):
    steps, results, said = Steps(), [], []
    window.session.message.connect(said.append)
    window.session.work.start("Reading air.csv", steps.job(), results.append, slow=True)
    piece(window)
    if by == "Esc":
        QTest.keyClick(window, Qt.Key.Key_Escape)
    else:
        QTest.mouseClick(window.progress.cancel, Qt.MouseButton.LeftButton)
    window.session.message.disconnect(said.append)
    assert steps.closed and steps.pieces == 1 and not results
    assert window.progress.isHidden() and not window.session.work.busy
    assert said[-1] == "Cancelled: Reading air.csv."


def test_a_press_within_a_piece_ends_the_job_after_that_piece(window):
    closed = []

    def job() -> Job[None]:
        try:
            yield 0.1
            window.session.work.cancel()  # as a click would that a piece lets in
            window.session.work.pull(lambda: False)
            yield 0.2
            pytest.fail("it went on")
        finally:
            closed.append(True)

    window.session.work.start("Exporting", job(), lambda _: None)
    to_the_end(window)
    assert closed == [True] and not window.session.work.busy


def test_a_job_that_fails_is_one_sentence_and_no_longer_shown(window):
    said: list[str] = []

    def job() -> Job[None]:
        yield 0.5
        raise InputError("The file has no rows.")

    window.session.message.connect(said.append)
    window.session.work.start("Reading", job(), lambda _: None, slow=True)
    to_the_end(window)
    window.session.message.disconnect(said.append)
    assert said == ["The file has no rows."] and window.progress.isHidden()


def test_the_bar_stays_inside_of_what_it_lies_over_and_can_be_read_in_every_theme(window, qapp):
    window.session.work.start("Exporting " + "long " * 60, Steps().job(), lambda _: None, slow=True)
    piece(window)
    assert window.centralWidget().rect().contains(window.progress.geometry())
    window.session.work.cancel()
    window.session.work.start("Exporting run.gif", Steps().job(), lambda _: None, slow=True)
    piece(window)
    for theme in THEMES:
        window.set_theme(theme.name)
        qapp.processEvents()
        assert window.centralWidget().rect().contains(window.progress.geometry())
        for widget in (window.progress.title, window.progress.percent, window.progress.cancel):
            assert widget.width() >= widget.sizeHint().width() - 1
        image = window.progress.bar.grab().toImage()
        left, right = image.pixelColor(8, image.height() // 2), image.pixelColor(image.width() - 8, image.height() // 2)
        assert abs(left.lightness() - right.lightness()) > 60
    window.set_theme("light")


# --- long runs ---
def in_pieces(window: Window, **changes) -> None:
    """Changes the experiment and runs a first piece of it."""
    window.session.change(**changes)
    window.session.follow(lambda: True)


def test_a_long_run_goes_on_frame_by_frame_and_shows_what_one_in_one_go_does(window):
    session = window.session
    first, runs = session.trace, session.runs
    in_pieces(window, steps=40, cell="lstm")
    pieces = 1
    while session.running.busy:
        assert session.trace is first and session.runs == runs
        session.follow(lambda: True)
        pieces += 1
    assert pieces > 5 and session.runs == runs + 1
    whole = record(session.experiment)
    assert session.trace.experiment == whole.experiment and session.trace.loss == whole.loss
    assert all((session.trace.exact[name] == array).all() for name, array in whole.exact.items())
    session.undo()
    session.update()


def test_a_short_run_is_over_in_its_frame(window):
    session = window.session
    runs = session.runs
    session.change(w_gain=0.7)
    session.follow(lambda: False)
    assert session.runs == runs + 1 and not session.running.busy
    session.undo()
    session.update()


def test_of_several_long_runs_the_latest_wins_and_it_alone_is_shown(window):
    session = window.session
    runs = session.runs
    for steps in (40, 50, 60):
        in_pieces(window, steps=steps)
        assert session.running.busy
    session.update()
    assert (session.runs, session.trace.steps) == (runs + 1, 60)
    in_pieces(window, steps=70)
    session.undo()  # back to what is on show while another is under way
    session.follow(lambda: True)
    assert not session.running.busy and (session.runs, session.trace.steps) == (runs + 1, 60)
    for _ in range(3):
        session.undo()
    session.update()
    assert session.trace.steps == 3


def test_a_long_run_that_is_cancelled_leaves_the_one_shown_and_its_history(window):
    session = window.session
    first, entries = session.trace, session.history.can_undo
    in_pieces(window, steps=40)
    window.progress.give_up()
    assert session.trace is first and session.experiment == first.experiment
    assert session.history.can_undo == entries
    session.update()
    assert session.trace is first


def test_a_file_that_is_opened_while_a_run_is_under_way_is_what_is_shown(window, tmp_path):
    session = window.session
    session.save(tmp_path / "a.json")
    in_pieces(window, steps=40)
    assert session.open(tmp_path / "a.json")
    session.update()
    assert session.trace.steps == 3 and not session.running.busy


def test_what_needs_the_latest_run_runs_it_to_its_end(window):
    in_pieces(window, steps=40)
    window.session.pin()
    assert window.session.pins[-1].trace.steps == 40
    window.session.unpin()
    window.session.undo()
    window.session.update()


def test_one_steps_share_of_the_loss_is_made_piece_by_piece_and_once(window, monkeypatch):
    session = window.session
    session.change(steps=40, loss_at="every")
    session.update()
    monkeypatch.setattr("explorer.session.work.AT_ONCE", -1.0)  # a piece a frame
    seen = []
    session.changed.connect(seen.append)
    session.set_view(share_at=30)
    assert session.running.busy and session.view.share_at is None and not seen
    session.set_view(gradient="used")  # meanwhile
    session.update()
    assert session.view.share_at == 30 and session.view.gradient == "used"
    whole = share_of_step(session.trace, 30, used=True)
    assert all((session.share[name] == array).all() for name, array in whole.items())
    session.set_view(share_at=20)
    window.progress.give_up()
    assert session.view.share_at == 30 and seen[-1] == Change.VIEW
    session.change(gesture="gain", w_gain=0.7)
    session.update()
    monkeypatch.setattr("explorer.session.looking.finished", lambda _: pytest.fail("made again at once"))
    assert session.share is session.share
    session.changed.disconnect(seen.append)
    session.set_view(share_at=None, gradient="exact")
    for _ in range(2):
        session.undo()
    session.update()


# --- exports ---
@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.gif", "a.npz", "a.csv"])
def test_an_export_is_a_job_of_many_pieces_that_leaves_nothing_when_it_is_cancelled(window, exports, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"old")
    export = exports.picture_to if name[2:] in ("png", "svg", "gif") else exports.trace_to
    export(path)
    work, pieces = window.session.work, 0
    assert work.busy and window.progress.isVisible() and path.read_bytes() == b"old"
    while work.busy:
        assert path.read_bytes() == b"old"
        piece(window)
        pieces += 1
    assert pieces > 3 and path.read_bytes() != b"old"
    new = path.read_bytes()
    for fraction in (0.0, 0.3, 0.9):
        export(path)
        for _ in range(int(fraction * pieces)):
            piece(window)
        work.cancel()
        assert path.read_bytes() == new and os.listdir(tmp_path) == [name]


@pytest.mark.parametrize(
    ("typed", "filter_chosen", "written"),
    [
        ("a", "Vector picture (*.svg)", ("a.svg", "")),
        ("a", "Animation of the run (*.gif)", ("a.gif", "run")),
        ("a", "Animation of the training (*.gif)", ("a.gif", "training")),
        ("a.png", "Vector picture (*.svg)", ("a.png", "")),
        ("a.mp4", "Picture (*.png)", ("a.mp4", "run")),
        ("", "Picture (*.png)", None),
    ],
)
def test_a_name_without_an_ending_has_that_of_the_chosen_kind(
    exports, tmp_path, monkeypatch, typed, filter_chosen, written
):
    name = typed and str(tmp_path / typed)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (name, filter_chosen))
    monkeypatch.setattr(type(exports._window.session.trainer), "training", object())
    drawn: list[tuple[Path, str]] = []
    monkeypatch.setattr(exports, "picture_to", lambda path, of: drawn.append((path, of)))
    exports.picture()
    assert drawn == ([(tmp_path / written[0], written[1])] if written else [])


def test_the_dialog_remembers_the_folder_and_the_kind(exports, tmp_path, monkeypatch):
    asked: list[tuple[str, ...]] = []

    def ask(_, title, suggested, kinds, first):
        asked.append((suggested, kinds, first))
        return str(tmp_path / "mine"), "Animation of the run (*.gif)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    monkeypatch.setattr(exports, "picture_to", lambda path, of: None)
    monkeypatch.setattr(exports, "_kind", None)
    monkeypatch.setattr(exports, "_folder", None)
    exports.picture()
    exports.picture()
    assert asked[0][0].endswith("bptt.png") and asked[0][2] == "Picture (*.png)"
    assert asked[1][0] == str(tmp_path / "bptt.gif") and asked[1][2] == "Animation of the run (*.gif)"
    assert "of the training" not in asked[1][1]  # nothing has been trained


def test_without_a_training_there_is_no_film_of_it(exports, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked for a file"))
    monkeypatch.setattr(exports._window.session, "message", SimpleNamespace(emit=said.append))
    exports.film()
    assert "no training to film" in said[0]


def assert_the_picture_is_what_is_on_the_screen(made: Program, folder: Path, qapp) -> None:
    window = made.window
    before = window.session.position, window.session.selection, window.session.view
    made.exports.picture_to(folder / "a.png")
    to_the_end(window)
    with Image.open(folder / "a.png") as picture:
        assert picture.size == (window.width(), window.height())
        with window.without_hints(), without_passing(window):  # what is there for a moment is in no picture
            qapp.processEvents()
            image = window.grab().toImage()
        for x, y in [(k * 37 % picture.width, k * 53 % picture.height) for k in range(4000)]:
            assert picture.getpixel((x, y)) == image.pixelColor(x, y).getRgb()[:3]
    assert before == (window.session.position, window.session.selection, window.session.view)


def test_the_picture_is_what_is_on_the_screen(window, program, tmp_path, qapp):
    assert_the_picture_is_what_is_on_the_screen(program, tmp_path, qapp)


def test_so_it_is_of_a_window_whose_formulas_are_still_to_be_typeset_and_take_another_room(tmp_path, qapp):
    with opened(qapp, tmp_path) as made:
        assert_the_picture_is_what_is_on_the_screen(made, tmp_path, qapp)


def test_while_a_picture_is_made_another_export_has_to_wait(window, exports, tmp_path):
    said: list[str] = []
    window.session.message.connect(said.append)
    exports.picture_to(tmp_path / "a.gif")
    exports.picture_to(tmp_path / "b.png")
    window.session.message.disconnect(said.append)
    assert "Exporting a.gif is not done yet" in said[-1]
    window.session.work.cancel()
    assert not list(tmp_path.iterdir())


def test_an_animation_records_no_run_anew_and_has_a_frame_for_every_beat(window, exports, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.session.run.recording", lambda *_: pytest.fail("run anew"))
    exports.picture_to(tmp_path / "a.gif")
    to_the_end(window)
    with Image.open(tmp_path / "a.gif") as film:
        beats = len(window.session.timeline)
        film.seek(beats - 1)
        with pytest.raises(EOFError):
            film.seek(beats)


def test_closing_the_window_ends_what_is_under_way(qapp, tmp_path: Path):
    session = Session(Experiment(steps=3, hidden=2))
    player = Player(session)
    player.stop()
    window = Window(session, player, Settings(tmp_path / "settings.ini"))
    steps = Steps()
    session.work.start("Reading", steps.job(), lambda _: None)
    piece(window)
    window.close()
    player.stop()
    window.deleteLater()
    qapp.sendPostedEvents(None, 0)
    assert steps.closed
