"""The pinned runs' whole chains below that of the run on show: one playhead, one scale, the same columns."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from core.documents import storage
from core.experiment import Experiment, natural
from core.jobs import finished
from core.timeline.timeline import BACKWARD, FORWARD, LOSS
from explorer.export.picture import rendering
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.scale import scale_of
from explorer.panels.chain.view import Shown
from explorer.session.session import Selection, Session
from tests.explorer.driving import double_click, pulled
from tests.explorer.pixels import pixels, shot


@pytest.fixture
def chains(show_panel):
    """A panel with runs pinned one after the other, each a change of the one before, side by side with the last."""

    def make(*pinned, last=None, experiment=None, size=(940, 560), on=True, theme="light"):
        session = Session(experiment or Experiment(), theme)
        for change in (*pinned, last):
            assert session.change(**(change or {}))
            pulled(session)
            if change is not last:
                session.pin()
                pulled(session)
        panel = ChainPanel()
        show_panel(panel, session, *size)
        session.seek(session.timeline.complete)
        if on:
            panel.commands()["side by side"]()
        assert panel.view is not None
        return panel, session

    return make


CELLS = ({"cell": "relu"}, {"cell": "lstm"}, {"cell": "gru"})


def read(path) -> QImage:
    return QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)


def middle(chain, row, t) -> QPoint:
    """The middle of a pinned node, in the panel."""
    view = chain.view
    return (view.layout.node(view.scene.row_index(row), t).center() + QPointF(0, chain.top)).toPoint()


# --- the command ---
def test_without_a_pinned_run_it_says_what_to_do(chains):
    panel, session = chains(on=False)
    said = []
    session.message.connect(said.append)
    panel.commands()["side by side"]()
    assert len(said) == 1 and said[0].startswith("Pin a run first (P") and not session.view.side_by_side


def test_the_same_command_ends_it_and_the_picture_is_as_before(chains):
    panel, session = chains(*CELLS[:1], last={"cell": "tanh"}, on=False)
    before, height = pixels(shot(panel)), panel.wished_height
    panel.commands()["side by side"]()
    assert session.view.side_by_side and len(panel.beside.chains) == 1 and panel.wished_height > height
    assert (pixels(shot(panel)) != before).any()
    panel.commands()["side by side"]()
    assert not session.view.side_by_side and not panel.beside.chains and panel.wished_height == height
    assert np.abs(pixels(shot(panel)) - before).max() <= 2


def test_it_is_saved_with_the_session_and_is_off_in_files_without_it(chains):
    _, session = chains(*CELLS[:1], last={"cell": "tanh"})
    pinned = session.run.history.current.content.pinned
    text = storage.to_text(session.trace, session.position, session.view, pinned=pinned)
    assert storage.from_text(text).view.side_by_side
    plain = storage.to_text(session.trace, session.position)
    assert not storage.from_text(plain).view.side_by_side


def test_the_difference_and_the_chains_take_turns(chains):
    panel, session = chains({"w_gain": 0.5}, last={"w_gain": 0.8})
    panel.commands()["difference"]()
    assert session.view.difference and not session.view.side_by_side and not panel.beside.chains
    panel.commands()["side by side"]()
    assert session.view.side_by_side and not session.view.difference and not panel.view.whole.compared


# --- what is shown ---
@pytest.mark.parametrize("normalise", [False, True])
def test_every_chain_has_its_runs_own_numbers_on_the_largest_scale_of_all(chains, normalise):
    panel, session = chains({"w_gain": 3.0, "w_init": "normal"}, *CELLS[:2], last={"cell": "identity"})
    session.set_view(normalise=normalise)
    views = [panel.view, *panel.beside.views]
    runs = [session, *(chain.session for chain in panel.beside.chains)]
    assert len(views) == 4 and [each.trace for each in runs[1:]] == [pin.trace for pin in session.pins]
    alone = [scale_of(each) for each in runs]
    for view, each in zip(views, runs, strict=True):
        whole, own = view.whole, Shown.of(each).whole
        assert whole.high == max(scale.high for scale in alone)
        for row, apart in zip(whole.rows, own.rows, strict=True):
            np.testing.assert_array_equal(row.values, apart.values)
            ends = {scale.inputs if row.name == "x" else scale.values for scale in alone}
            assert row.limit == max(ends)
            if normalise and row.gradients is not None:
                assert row.scale == max(scale.largest.get(row.name, 0.0) for scale in alone)
    assert len({scale.high for scale in alone}) > 1 and len({scale.values for scale in alone}) > 1


def test_each_is_headed_by_its_name_in_its_colour_and_what_it_has_otherwise(chains):
    panel, session = chains(*CELLS, last={"cell": "tanh"})
    assert panel.view.frame.title() == "This run, tanh"
    for chain, pin in zip(panel.beside.chains, session.pins, strict=True):
        frame = chain.view.frame
        assert frame.title() == " ".join(pin.label.split())
        assert frame.title_ink == session.theme.pinned_text[pin.number]
        assert frame.heading.words[0] == session.pinned.words(pin) != ""
    said = panel.accessibleDescription()
    assert all(" ".join(pin.label.split()) in said for pin in session.pins) and "on the same scale" in said
    session.change(cell="lstm")
    pulled(session)
    assert [chain.view.frame.heading.words[0] for chain in panel.beside.chains if panel.view] == [
        session.pinned.words(pin) for pin in session.pins
    ]


def test_equal_rows_are_equally_high_in_all_chains_and_all_or_none_have_the_loss(chains):
    for size in ((940, 400), (940, 1100)):
        panel, _ = chains(*CELLS[:1], last={"cell": "tanh"}, size=size)
        views = [panel.view, *panel.beside.views]
        assert len({view.loss_row is None for view in views}) == 1
        heights = [view.layout.node(0, 1).height() for view in views]
        assert max(heights) - min(heights) < 2.0


# --- one playhead, the same columns ---
@pytest.mark.parametrize("at", ["loss", "start"])
@pytest.mark.parametrize("steps", [5, 24])
def test_a_run_of_another_length_stands_where_its_norms_do(chains, at, steps):
    panel, session = chains({"steps": steps}, last={"steps": 14})
    session.set_view(pins_at=at)
    assert panel.view.frame.title() == "This run, T = 14"
    (chain,) = panel.beside.chains
    shift = 14 - steps if at == "loss" else 0
    columns = chain.session.columns
    for t in range(1, steps + 1):
        assert columns.x(t) == pytest.approx(session.columns.x(t + shift))
    assert chain.view.heading.numbered == bool(shift)
    for phase, t in ((FORWARD, 7), (BACKWARD, 12), (BACKWARD, 2)):
        session.seek_to(phase, t)
        own = t - shift
        if 1 <= own <= steps:
            assert chain.session.time[:2] == (phase, own) and own in chain.view.frame.live_steps()
        else:
            assert chain.view.frame.live_steps() == ()
    session.seek_to(LOSS, 0)
    assert chain.session.time.phase == LOSS


def test_a_longer_run_says_which_of_its_steps_have_columns(chains):
    panel, _ = chains({"steps": 24}, {"steps": 5}, last={"steps": 14})
    words = [chain.view.heading.words[0] for chain in panel.beside.chains if panel.view]
    assert words == ["T = 24 instead of 14; steps 11 … 24 of 24", "T = 5 instead of 14"]


def test_where_a_run_lacks_the_one_loss_asked_for_it_shows_the_gradient_of_all_and_says_so(chains):
    panel, session = chains({"steps": 5}, last={"steps": 14}, experiment=Experiment(loss_at="every"))
    for share_at, words in ((3, ""), (10, "; the gradient of all of L")):
        session.set_view(share_at=share_at)
        (chain,) = panel.beside.chains if panel.view else ()
        assert chain.view.heading.words[0] == f"T = 5 instead of 14{words}"
        states = next(row for row in chain.whole.rows if row.name == "s")
        used = chain.session.trace.used[chain.session.trace.scan.name, "s"][:, 0]
        assert np.array_equal(states.gradients[:, 0], used) == bool(words)


def test_zoomed_columns_are_those_of_all_chains(chains):
    panel, session = chains(*CELLS[:2], last={"cell": "tanh"})
    session.columns.show_range(3.0, 6.0)
    assert panel.view is not None
    for chain in panel.beside.chains:
        assert chain.session.columns.visible() == session.columns.visible()
        assert chain.session.columns.column == session.columns.column


@pytest.mark.parametrize("change", [{"layers": 2, "bidirectional": "sum"}, {"structure": "attention"}])
def test_a_run_of_another_schedule_is_painted_at_every_moment(chains, change):
    panel, session = chains(change, last={"layers": 1, "bidirectional": None, "structure": "n-n"})
    (chain,) = panel.beside.chains if panel.view else ()
    for position in np.linspace(0.0, session.timeline.last, 9):
        session.seek(position)
        shot(panel)
        share = chain.session.position / chain.session.timeline.last
        assert 0.0 <= share <= 1.0
    if "layers" in change:
        assert "in 2 sweeps" in chain.view.heading.words[0]


def test_playing_at_50_steps_beside_three_pinned_runs_makes_no_picture_anew(chains):
    panel, session = chains(*CELLS, experiment=Experiment(steps=50), last={"cell": "tanh"})
    moments = np.arange(0.0, session.timeline.last, 2.3)  # within beats and between them

    def played() -> int:
        for position in moments:
            session.seek(position)
            shot(panel)
        return panel.drawing.builds + panel.beside.builds

    first = played()
    scenes = [view.scene for view in panel.beside.views]
    assert first > 0 and played() == first and len(scenes) == 3
    assert all(view.scene is scene for view, scene in zip(panel.beside.views, scenes, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_picture_is_a_function_of_runs_and_time_alone(chains, theme):
    panel, session = chains(*CELLS[:2], last={"cell": "tanh"}, theme=theme)
    for position in (0.0, 6.5, 14.5, 20.5, session.timeline.complete):
        session.seek(position)
        layered = pixels(shot(panel)).astype(int)
        panel._draw_anew()
        direct = pixels(shot(panel)).astype(int)
        assert (np.abs(layered - direct).max(axis=2) > 40).mean() < 0.002


def test_a_change_of_the_run_on_show_leaves_the_pinned_scenes_alone_on_the_same_scale(chains):
    panel, session = chains({"cell": "lstm"}, last={"cell": "tanh"})
    (chain,) = panel.beside.chains if panel.view else ()
    scene, own = chain.whole, chain.session
    session.change(w_gain=0.79)
    pulled(session)
    assert panel.view is not None and chain.whole is scene
    session.unpin()
    pulled(session)
    assert panel.view is not None and not panel.beside.chains and own.trace is not session.trace


# --- the mouse ---
def test_a_click_selects_the_same_node_of_the_run_on_show(chains):
    panel, session = chains({"steps": 24, "cell": "lstm"}, last={"steps": 14, "cell": "tanh"})
    (chain,) = panel.beside.chains if panel.view else ()
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=middle(chain, "s", 20))
    assert session.selection == Selection("s", 10)
    assert chain.session.selection == Selection("s", 20)
    node = chain.under(QPointF(middle(chain, "s", 20)))
    assert node == ("s", 20)
    tip = chain.tip(node).split("\n")
    assert tip[0] == "LSTM 0.8·Q b_f = 1" and tip[-1] == "A click selects the same node of the run on show."
    double_click(panel, middle(chain, "s", 20))
    assert session.inside is None


def test_a_node_that_the_run_on_show_has_not_is_said(chains):
    panel, session = chains({"layers": 2}, last={"layers": 1}, size=(940, 800))
    (chain,) = panel.beside.chains if panel.view else ()
    said = []
    session.message.connect(said.append)
    row = next(row.name for row in chain.view.scene.rows if row.name not in panel.view.scene.names)
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=middle(chain, row, 3))
    assert said == ["The run on show has no such node in this column."] and session.selection is None


def test_the_tip_is_that_of_the_run_under_the_mouse(chains):
    panel, _ = chains({"cell": "lstm"}, last={"cell": "tanh"})
    (chain,) = panel.beside.chains if panel.view else ()
    QTest.mouseMove(panel, middle(chain, "s", 5))
    assert panel.hover.node == ("s", 5) and panel.hover._tip(("s", 5)) == chain.tip(("s", 5))
    own = panel.view.layout.node(panel.view.scene.row_index("s"), 5).center().toPoint()
    QTest.mouseMove(panel, own)
    assert panel.hover.node == ("s", 5) and not panel.hover._tip(("s", 5)).startswith("LSTM")
    panel.hover.over(None, QPoint())


# --- room ---
def test_as_many_as_have_room_are_shown_and_the_others_counted(chains):
    panel, session = chains(*CELLS, last={"cell": "tanh"}, size=(880, 260))
    assert panel.view is not None
    shown, left = len(panel.beside.chains), panel.beside.left_out
    assert (shown, left) == (1, 2)
    note = panel.beside.note(session)
    assert note == "2 pinned runs have no room here; F5 shows this picture alone, with more of it"
    assert note in panel.accessibleDescription()
    shot(panel)
    bottom = panel.beside.chains[-1].top + panel.beside.views[-1].rect.height()
    assert bottom < panel.height() - 10
    panel.resize(880, panel.wished_height)
    assert panel.view is not None and panel.beside.left_out == 0 and panel.beside.note(session) == ""


@pytest.mark.parametrize("steps", [1, 2, 200])
def test_it_is_painted_at_every_length(chains, steps):
    panel, session = chains(*CELLS, experiment=natural("echo", steps=steps), last={"cell": "tanh"})
    for position in (0.0, session.timeline.index(LOSS), session.timeline.last):
        session.seek(position)
        assert len(np.unique(pixels(shot(panel)))) > 10


# --- the window ---
@pytest.mark.parametrize("size", [(960, 600), (1366, 768)])
def test_the_window_gives_four_chains_their_room_also_presented_and_in_a_file(drive, tmp_path, size):
    driver = drive(size=size)
    session, panel = driver.session, driver.window.panels["chain"]
    session.compare()
    driver.settle(2)
    before = panel.height()
    driver.key(Qt.Key.Key_C, modifier=Qt.KeyboardModifier.ShiftModifier)
    driver.settle(3)
    assert session.view.side_by_side and panel.view and panel.beside.left_out == 0
    assert panel.height() >= panel.wished_height > before
    picture = tmp_path / "a.png"
    session.seek(session.timeline.complete)
    finished(rendering(session, picture, size))
    with_chains = pixels(read(picture))
    driver.window.present()
    driver.settle(3)
    assert panel.view and len(panel.beside.chains) == 3
    driver.window.escape()
    driver.settle(3)
    driver.key(Qt.Key.Key_C, modifier=Qt.KeyboardModifier.ShiftModifier)
    driver.settle(3)
    assert not session.view.side_by_side and panel.height() < with_chains.shape[0] // 2
    finished(rendering(session, picture, size))
    assert (pixels(read(picture)) != with_chains).any(axis=2).sum() > 5000
