"""The norms panel: right numbers at right pixels, as far as the backward pass has come, stroked once per change."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from core.analysis import contributions
from core.cells import CELLS
from core.experiment import natural
from explorer.items.plots.axes import log as log_axis
from explorer.items.plots.axes.log import DecadeRange
from explorer.panels.norms.panel import NormsPanel
from explorer.session.session import Change, Session
from explorer.style.theme import THEMES, theme_named
from tests.explorer.pixels import pixels, shot
from tests.explorer.suited import task_for

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_panel(show_panel):
    def make(width=990, height=180, theme="light", task=None, **fields):
        session = Session(natural(task or task_for(fields.get("cell", "tanh")), **fields), theme)
        return show_panel(NormsPanel(), session, width, height)

    return make


def ink(picture, colour, box: QRectF) -> int:
    """How many pixels of a box have about this colour."""
    wanted = QColor(colour)
    part = pixels(picture)[int(box.top()) : int(box.bottom()) + 1, int(box.left()) : int(box.right()) + 1]
    return int((np.abs(part - (wanted.blue(), wanted.green(), wanted.red())).max(axis=2) < 40).sum())


def column_box(panel, t, half=3.0) -> QRectF:
    x = panel.session.columns.x(t)
    return QRectF(x - half, panel.plot.top(), 2 * half, panel.plot.height())


def at_step(panel, t, y=None) -> QPoint:
    return QPoint(round(panel.session.columns.x(t)), round(panel.plot.center().y() if y is None else y))


# --- what is plotted


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_the_memory_is_shown_by_default_with_the_norms_of_core(open_panel, cell):
    panel, session = open_panel(cell=cell)
    memory = session.trace.scan.cell.memory
    assert panel.shown == (memory,)
    curve = next(curve for curve in panel._curves if curve.current and not curve.dashed)
    expected = contributions.norms(session.trace.used[session.trace.scan.name, memory])
    np.testing.assert_allclose(10**curve.logs, expected, rtol=1e-12)


def test_a_dot_lies_in_the_middle_of_its_column_and_at_its_decade(open_panel):
    panel, session = open_panel()
    session.seek_to("backward", 1)
    for _ in range(2):  # the second rendering uses the same view again
        panel.stale()
        picture = shot(panel)
        curve = panel._curves[0]
        for t in (2, 8, 13):
            x, y = session.columns.x(t), panel._frame.y(curve.logs[t - 1])
            assert picture.pixelColor(round(x), round(y)) == QColor(session.theme.backward)
            assert ink(picture, session.theme.backward, QRectF(x - 1, y - 1, 2, 2)) == 9


def test_the_curve_begins_where_the_backward_pass_is(open_panel):
    panel, session = open_panel()
    colour = session.theme.backward
    session.seek_to("loss", 0)
    assert ink(shot(panel), colour, panel.plot) == 0
    session.seek_to("backward", 5)
    picture = shot(panel)
    assert ink(picture, colour, column_box(panel, 6)) > 20
    assert ink(picture, colour, column_box(panel, 4)) == 0
    session.seek(session.position - 1)  # back again: the picture is a function of the time
    assert ink(shot(panel), colour, column_box(panel, 5)) == 0


def test_the_live_label_says_the_number_where_the_pass_is(open_panel):
    panel, session = open_panel()
    session.seek_to("backward", 5)
    norm = contributions.norms(session.trace.exact["L1", "s"])[4]
    ((_, text),) = panel.tips(panel.reached)
    assert text == f"tanh  ‖∂L/∂s₅‖ = {log_axis.power_of(np.log10(norm))}"


def test_200_frames_of_playback_stroke_no_curve(open_panel, qtbot):
    panel, session = open_panel(steps=50)
    session.pin("first")
    shot(panel)
    before = panel.renders, panel._plot.strokes
    paints = panel.refreshes
    for k in range(200):
        session.seek(session.timeline.last * k / 199)
        panel.canvas.repaint()
    assert (panel.renders, panel._plot.strokes) == before
    assert panel.refreshes == paints


def test_ten_changes_in_a_frame_are_one_refresh_and_one_rendering(open_panel):
    panel, session = open_panel()
    shot(panel)
    renders, refreshes = panel.renders, panel.refreshes
    for k in range(10):
        session.change(gesture="gain", w_gain=0.5 + 0.01 * k)
    session.update()
    shot(panel)
    assert panel.refreshes == refreshes + 1
    assert panel.renders == renders + 1


def test_toggles_choose_the_quantities(open_panel, qtbot):
    panel, session = open_panel(cell="lstm")
    assert list(panel.header.buttons) == ["s", "h", "c"]
    qtbot.mouseClick(panel.header.buttons["h"], LEFT)
    assert panel.shown == ("h", "c")
    qtbot.keyClick(panel.header.buttons["c"], Qt.Key.Key_Space)
    assert panel.shown == ("h",)
    h = next(curve for curve in panel._curves if curve.current)
    np.testing.assert_allclose(10**h.logs, contributions.norms(session.trace.exact["L1", "h"]), rtol=1e-12)
    session.change(cell="tanh")
    session.update()
    assert list(panel.header.buttons) == ["s", "h"]
    assert panel.shown == ("s", "h")


def test_truncated_runs_show_the_exact_gradient_dashed(open_panel):
    panel, session = open_panel(truncate=4)
    dashed = [curve for curve in panel._curves if curve.dashed]
    assert [curve.label for curve in dashed] == ["exact"]
    np.testing.assert_allclose(10 ** dashed[0].logs, contributions.norms(session.trace.exact["L1", "s"]), rtol=1e-12)
    used = next(curve for curve in panel._curves if not curve.dashed)
    assert np.isneginf(used.logs[0])
    session.set_view(gradient="exact")
    assert not any(curve.dashed for curve in panel._curves)


# --- gestures and pinned runs


def test_the_range_only_grows_within_a_gesture(open_panel, qtbot):
    held = DecadeRange()
    held.fit([np.array([-5.5, 0.0])])
    assert not held.fit([np.array([-1.0, 0.0])], only_grow=True)
    assert (held.low, held.high) == (-6, 0)
    assert held.fit([np.array([-1.0, 2.5])], only_grow=True)
    assert (held.low, held.high) == (-6, 3)

    panel, session = open_panel(steps=30, w_gain=0.2)
    low = panel._range.low
    for gain in (0.5, 1.0):
        session.change(gesture="gain", w_gain=gain)
        session.update()
        assert panel._range.low == low
    qtbot.waitUntil(lambda: panel._range.low > low)


def test_a_pinned_run_is_whole_in_its_own_colour_and_says_its_memory(open_panel):
    panel, session = open_panel(cell="lstm")
    session.pin("LSTM b_f 5")
    session.change(cell="tanh")
    session.update()
    session.seek(0.0)
    picture = shot(panel)
    assert panel._pin_labels[0][0].text == "LSTM b_f 5  ∂L/∂c  (pinned)"
    assert all(ink(picture, session.theme.pinned[0], column_box(panel, t)) > 10 for t in (4, 14))


def test_a_longer_pinned_run_is_clipped_to_the_columns(open_panel):
    panel, session = open_panel(steps=24)
    session.pin("long")
    session.change(steps=2)
    session.update()
    picture = shot(panel)
    columns = session.columns
    assert (
        ink(picture, session.theme.pinned[0], QRectF(columns.right + 1, panel.plot.top(), 970 - columns.right, 120))
        == 0
    )
    assert ink(picture, session.theme.pinned[0], column_box(panel, 2)) > 10
    assert panel.readout(2)[0][2] != "–"


def test_the_cross_beside_a_label_lets_the_run_go(open_panel, qtbot):
    panel, session = open_panel()
    session.pin("one")
    shot(panel)
    _, box, _ = panel._pin_labels[0]
    qtbot.mouseMove(panel.canvas, box.center().toPoint())
    panel.hover(box.center())
    cross, number = panel._label_under(box.center())
    assert number == 0
    qtbot.mouseClick(panel.canvas, LEFT, pos=box.center().toPoint())
    assert session.pins
    qtbot.mouseClick(panel.canvas, LEFT, pos=cross.center().toPoint())
    assert not session.pins


def test_the_menu_key_unpins_a_run(open_panel, qtbot):
    panel, session = open_panel()
    session.pin("one")
    session.change(w_gain=0.7)
    session.update()
    session.pin("two")
    menu = panel.menu()
    assert [action.text() for action in menu.actions()][:3] == [
        "Unpin “one”",
        "Unpin “two”",
        "Unpin all runs",
    ]
    menu.actions()[0].trigger()
    assert [pin.label for pin in session.pins] == ["two"]
    QApplication.sendEvent(
        panel.canvas, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    )
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    popup.actions()[0].trigger()
    popup.close()
    assert not session.pins


# --- reading off


def test_hovering_lists_every_exact_value(open_panel, qtbot):
    panel, session = open_panel()
    session.pin("same")
    session.seek_to("backward", 5)
    shot(panel)
    qtbot.mouseMove(panel.canvas, at_step(panel, 9))
    panel.hover(QPointF(at_step(panel, 9)))
    assert panel._at == 9
    value = log_axis.power_of(np.log10(contributions.norms(session.trace.exact["L1", "s"])[8]), 4)
    assert [row[2] for row in panel.readout(9)] == [value, value]
    assert [row[2] for row in panel.readout(3)][1] == "–"  # the pass has not been there
    x = session.columns.x(9)
    assert ink(shot(panel), session.theme.muted, QRectF(x, panel.plot.top() + 1, 0, panel.plot.height() - 2)) > 50
    panel.hover(None)
    assert panel._at is None


def test_the_line_moves_by_keys(open_panel, qtbot):
    panel, session = open_panel()
    session.seek_to("backward", 5)
    panel.canvas.setFocus()
    for key, t in ((Qt.Key.Key_BracketLeft, 5), (Qt.Key.Key_BracketLeft, 4), (Qt.Key.Key_BracketRight, 5)):
        qtbot.keyClick(panel.canvas, key)
        assert panel._at == t
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert panel._at is None
    assert Qt.Key.Key_Escape not in panel.own_keys()  # the window's own meaning of it comes back


def test_a_click_selects_the_memory(open_panel, qtbot):
    panel, session = open_panel(cell="lstm")
    qtbot.mouseClick(panel.canvas, LEFT, pos=at_step(panel, 9))
    assert (session.selection.row, session.selection.t, session.selection.record) == ("c", 9, "c")


# --- one step's share of the loss


def test_the_share_of_one_step(open_panel, qtbot):
    panel, session = open_panel(task="echo", steps=12)
    supervised = np.flatnonzero(session.trace.data.supervised) + 1
    assert panel.header.share.count() == len(supervised) + 1
    t = int(supervised[3])
    qtbot.mouseClick(panel.canvas, LEFT, Qt.KeyboardModifier.AltModifier, at_step(panel, t))
    assert session.view.share_at == t
    assert panel.header._aside.text().startswith("of ℓ")
    expected = contributions.norms(contributions.share_of_step(session.trace, t)["L1", "s"])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(panel._curves[-1].logs, np.log10(expected), rtol=1e-12)
    assert panel.tips(1)[0][1].startswith("tanh  ‖∂ℓ")
    panel.header.share.setFocus()
    qtbot.keyClick(panel.header.share, Qt.Key.Key_Home)
    assert session.view.share_at is None


def test_a_step_without_a_loss_says_so(open_panel, qtbot):
    panel, session = open_panel()
    with qtbot.waitSignal(session.message) as said:
        panel.share_of(3)
    assert said.args == ["Step 3 has no loss of its own; choose one that has."]
    assert session.view.share_at is None
    assert not panel.header.share.isVisible()


def test_a_pinned_run_without_that_step_says_that_it_is_the_whole(open_panel):
    panel, session = open_panel(task="echo", steps=6)
    session.pin("short")
    session.change(steps=12)
    session.update()
    session.set_view(share_at=12)
    assert panel._curves[0].label == "short  ∂L/∂s  (pinned, whole loss)"
    session.set_view(share_at=6)
    assert panel._curves[0].label == "short  ∂ℓ₆/∂s  (pinned)"


# --- words, themes, sizes


def test_it_says_in_a_sentence_what_it_shows(open_panel):
    panel, _ = open_panel()
    text = panel.canvas.accessibleDescription()
    assert text.startswith("tanh, ∂L/∂s: the norm falls from ")
    assert text.endswith(" at t = 1.")


@pytest.mark.parametrize(("steps", "theme"), [(1, "dark"), (1000, "light"), *((20, each.name) for each in THEMES)])
@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_every_cell_at_every_length_paints(open_panel, cell, steps, theme):
    panel, session = open_panel(width=420, height=110, theme=theme, cell=cell, steps=steps)
    session.pin("pinned")
    for position in (0.0, steps / 2, steps + 1.0, steps + 2.0, session.timeline.last):
        session.seek(position)
        picture = shot(panel)
    finite = panel._curves[-1].logs[np.isfinite(panel._curves[-1].logs)]
    if finite.size and panel._curves[-1].current:
        assert ink(picture, session.theme.backward, panel.plot) > 10


def test_another_theme_is_another_picture_of_the_same_curves(open_panel):
    panel, session = open_panel()
    session.seek_to("backward", 1)
    shot(panel)
    session.set_theme("dark")
    assert panel._curves[0].colour == theme_named("dark").backward
    assert ink(shot(panel), theme_named("dark").backward, panel.plot) > 100


def test_the_map_of_contributions_is_no_business_of_the_norms(open_panel):
    panel, session = open_panel()
    shot(panel)
    renders = panel.renders
    session.changed.emit(Change.CONTRIBUTIONS)
    shot(panel)
    assert panel.renders == renders


def test_zoom_and_pan_keep_the_dots_in_their_columns(open_panel):
    panel, session = open_panel(steps=40)
    session.seek_to("backward", 1)
    session.columns.zoom(3.0, 500.0)
    session.columns.pan(-37.0)
    picture = shot(panel)
    first, last = session.columns.visible()
    for t in range(first + 1, last - 1):
        x, y = session.columns.x(t), panel._frame.y(panel._curves[0].logs[t - 1])
        assert ink(picture, session.theme.backward, QRectF(x - 1, y - 1, 2, 2)) >= 7


def test_dragging_a_slider_does_not_stroke_the_pinned_runs_again(open_panel):
    panel, session = open_panel(steps=30)
    session.pin("pinned")
    for gain in (0.70, 0.71, 0.72):
        session.change(gesture="gain", w_gain=gain)
        session.update()
        before = panel._plot.strokes
        picture = shot(panel)
    assert panel._plot.strokes == before + 1
    assert ink(picture, session.theme.pinned[0], panel.plot) > 100
