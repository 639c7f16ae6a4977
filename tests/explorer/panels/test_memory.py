"""Where the gradient on the memory comes from: stacks over time, a bar for one step, and the activation's curve."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from core.analysis.memory_split import ALONG, KINDS, memory_split
from core.cells import CELLS
from core.experiment import natural
from core.maths.activations import ACTIVATIONS, activation_named
from explorer.items.plots.activation import tangent
from explorer.items.plots.activation.curve import ActivationCurve
from explorer.items.plots.activation.frame import Curve, Points
from explorer.items.plots.share_bar import Share, ShareBar, share_text, stacked
from explorer.items.plots.split_curve import HIGHEST, share_range, ticks
from explorer.panels.memory.cards import MemoryCards
from explorer.panels.memory.panel import MemoryPanel
from explorer.panels.memory.source import activations_of, equation_of
from explorer.session.session import Selection, Session
from explorer.style.colours import share_colours
from explorer.style.formula import typeset_count
from explorer.style.numbers import number, parse, spoken
from explorer.style.theme import LIGHT, PROJECTOR, THEMES
from tests.explorer.pixels import pixels, shot
from tests.explorer.suited import task_for

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_panel(show_panel):
    def make(kind=MemoryPanel, width=990, height=190, theme="light", inside="", show=True, **fields):
        cell = fields.get("cell", "lstm")
        task = fields.pop("task", "") or ("echo" if cell == "lstm" else task_for(cell))
        session = Session(natural(task, **{"cell": "lstm", **fields}), theme)
        session.set_view(inside=inside or session.trace.scan.name)
        return show_panel(kind(), session, width, height, show)

    return make


def tones_in(picture, box: QRectF, theme) -> list[int]:
    """How many pixels of a box have each of the three colours."""
    part = pixels(picture)[int(box.top()) : int(box.bottom()) + 1, int(box.left()) : int(box.right()) + 1]
    wanted = [QColor(each) for each in share_colours(theme)]
    return [int((np.abs(part - (c.blue(), c.green(), c.red())).max(axis=2) == 0).sum()) for c in wanted]


def column_box(panel, t) -> QRectF:
    columns = panel.session.columns
    return QRectF(columns.x(t) - columns.column / 2, panel.plot.top(), columns.column - 1, panel.plot.height())


# --- items


def test_negative_shares_are_stacked_below_zero_and_the_ends_differ_by_the_sum():
    pieces = stacked([0.9, -0.4, 0.5])
    assert [(each.index, each.low, each.high) for each in pieces] == [(0, 0.0, 0.9), (1, -0.4, 0.0), (2, 0.9, 1.4)]
    assert max(each.high for each in pieces) + min(each.low for each in pieces) == pytest.approx(1.0)


def test_share_texts_keep_their_sign():
    assert [share_text(v) for v in (0.954, -0.3, 0.0, -0.001, 12345.0, float("nan"))] == [
        "+0.95", "−0.30", "+0.00", "−0.00", "+1.23·10⁴", "–",
    ]  # fmt: skip


def test_the_range_shows_zero_and_one_and_is_not_flattened_by_what_cancels():
    assert share_range(np.array([[0.4, 1.0], [0.6, 0.0]])) == (0.0, 1.0)
    assert share_range(np.array([[1.7], [-0.7]])) == (-0.7, 1.7)
    assert share_range(np.array([[900.0], [-899.0]])) == (-HIGHEST, HIGHEST)
    assert share_range(np.full((2, 3), np.nan)) == (0.0, 1.0)
    assert ticks(-1.5, 2.5) == [-1.0, 0.0, 1.0, 2.0] and ticks(0.0, 1.0) == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_bar_has_a_zero_line_with_what_is_negative_to_its_left(qtbot, theme):
    bar = ShareBar()
    qtbot.addWidget(bar)
    bar.set_theme(theme)
    bar.resize(500, bar.height())
    bar.set_data([Share("along", 1.25, 0), Share("gates", -0.25, 1)])
    picture, zero = shot(bar), bar.x_of(0.0)
    y = bar.height() - bar.height() // 2
    assert bar.scale == (-0.25, 1.25) and zero == pytest.approx(1 + 498 / 6)
    full, dark, _ = share_colours(theme)
    assert picture.pixelColor(int(zero) - 20, y) == QColor(dark)
    assert picture.pixelColor(int(zero) + 20, y) == QColor(full)
    assert bar.sentence() == "along +1.25, gates −0.25"
    bar.set_data([], "nothing here")
    assert bar.sentence() == "nothing here"


# --- over time


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("steps", [1, 9])
def test_every_cell_has_its_stacks(open_panel, cell, steps):
    panel, session = open_panel(cell=cell, steps=steps)
    session.seek(session.timeline.complete)
    shot(panel)
    assert panel.split is not None and panel.canvas.accessibleDescription()
    expected = memory_split(session.trace, gradients=session.share, used=True)
    np.testing.assert_array_equal(panel.split.shares, expected.shares)


def test_a_stack_is_as_high_as_its_shares(open_panel):
    panel, session = open_panel(steps=6, hidden=5)
    session.seek(session.timeline.complete)
    picture = shot(panel)
    split, frame = panel.split, panel._picture[2]
    for t in (1, 3, 6):
        counts = tones_in(picture, column_box(panel, t), session.theme)
        for k, kind in enumerate(KINDS):
            share = split.at(t)[kind]
            height = abs(frame.y(share) - frame.y(0.0))
            assert counts[k] == pytest.approx(height * 0.88 * session.columns.column, rel=0.2, abs=600)


def test_stacks_come_with_the_backward_pass_and_go_again(open_panel):
    panel, session = open_panel(steps=8)
    session.seek_to("loss", 0)
    assert sum(tones_in(shot(panel), panel.plot, session.theme)) == 0
    session.seek_to("backward", 5)
    picture = shot(panel)
    assert sum(tones_in(picture, column_box(panel, 5), session.theme)) > 200
    assert sum(tones_in(picture, column_box(panel, 4), session.theme)) == 0
    session.seek(session.position - 1)
    assert sum(tones_in(shot(panel), column_box(panel, 5), session.theme)) == 0


def test_a_reverse_chains_stacks_come_from_the_left(open_panel):
    panel, session = open_panel(steps=6, bidirectional="concat", inside="L1r")
    beats = session.trace.schedule.backward("L1r")
    assert panel.scan.name == "L1r" and beats[0] < beats[-1]
    session.seek(session.timeline.beats + 1.0 + float(beats[2]))
    assert panel.reached() == (1, 3)


def test_200_frames_split_and_paint_nothing_anew(open_panel):
    panel, session = open_panel(steps=50)
    shot(panel)
    before = panel.renders, panel.splits, typeset_count()
    for k in range(200):
        session.seek(session.timeline.last * k / 199)
        panel.canvas.repaint()
    assert (panel.renders, panel.splits, typeset_count()) == before


def test_who_is_not_seen_splits_nothing(open_panel):
    panel, session = open_panel(show=False, steps=6)
    assert session.change(w_gain=0.5)
    session.update()
    assert session.runs == 1 and panel.splits == 0


def test_a_step_is_read_off_and_selected(open_panel, qtbot):
    panel, session = open_panel(steps=6)
    session.seek(session.timeline.complete)
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_BracketLeft)
    t = panel._at
    assert t == 5
    names = [name for name, _ in panel.readout(t)]
    assert names == ["along the memory", "through the gates", "from the state"]
    assert panel.canvas.accessibleDescription().startswith("∂L/∂c₅: along the memory")
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert session.selection == Selection("c", 5, record="c")
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert panel._at is None
    qtbot.mouseClick(panel.canvas, LEFT, pos=QPoint(round(session.columns.x(2)), round(panel.plot.center().y())))
    assert session.selection == Selection("c", 2, record="c")


def test_with_an_error_switched_on_it_says_why_there_is_nothing(open_panel):
    panel, session = open_panel(cell="tanh", task="echo", fault="bias-forgotten")
    session.seek(session.timeline.complete)
    assert sum(tones_in(shot(panel), panel.plot, session.theme)) == 0
    assert "error" in panel.canvas.accessibleDescription()


def test_with_an_error_the_legend_has_the_kinds_of_the_cell_on_view(open_panel):
    panel, session = open_panel(cell="lstm", task="echo")
    assert "along the memory" in panel.legend.accessibleName()
    session.change(cell="tanh", fault="bias-forgotten")
    session.update()
    shot(panel)
    assert panel.split is None
    assert panel.legend.accessibleName() == "through the weights, from the output"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("steps", [1, 200, 1000])
def test_every_length_and_theme_is_drawn(open_panel, theme, steps):
    panel, session = open_panel(steps=steps, theme=theme.name)
    session.seek(session.timeline.complete)
    drawn = sum(tones_in(shot(panel), panel.steps_rect, session.theme))
    undivided = steps == 1 and theme is not PROJECTOR  # one addend; alone on the screen it is drawn nevertheless
    assert drawn == 0 if undivided else drawn > 2000


# --- cards


def test_a_cards_shares_are_those_of_core_at_the_playheads_step(open_panel):
    cards, session = open_panel(MemoryCards, steps=7)
    split = memory_split(session.trace)
    for t in (7, 4, 1):
        session.seek_to("backward", t)
        found = {share.label: share.value for share in cards.share.bar._shares}
        wanted = split.at(t)
        if np.count_nonzero([*wanted.values()]) == 1:  # at the loss it comes from the state alone
            assert t == 7 and not found and "from the state" in cards.share.bar.sentence()
            continue
        assert list(found.values()) == [pytest.approx(value) for value in wanted.values()]
        assert sum(found.values()) == pytest.approx(1.0)
    assert cards.share.title.text() == "Where the gradient on c₁ comes from"
    assert cards.share.bar.accessibleDescription().startswith("∂L/∂c₁: along the memory")
    session.seek_to("forward", 4)
    assert cards.share.bar._shares == () and "has not reached this step" in cards.share.bar.accessibleDescription()


def test_a_share_is_shown_as_the_quotient_that_it_is_and_leads_to_its_node(open_panel, qtbot):
    cards, session = open_panel(MemoryCards, steps=5, hidden=3)
    session.seek_to("backward", 2)
    bar, split = cards.share.bar, memory_split(session.trace)
    products, whole = split.products(2)
    for kind, product in products.items():
        assert product / whole == pytest.approx(split.at(2)[kind])
    QApplication.sendEvent(bar, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)))
    said = bar.toolTip()
    assert number(products[ALONG], 4) in said and number(whole, 4) in said and "g = ∂L/∂c₂" in said
    QToolTip.hideText()
    bar.setFocus()
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    assert session.selection == Selection("c", 2, record="c")
    session.select(None)
    qtbot.mouseClick(bar, LEFT)
    assert session.selection == Selection("c", 2, record="c")


def test_a_gradient_that_is_no_number_has_no_shares_and_says_so(open_panel):
    panel, session = open_panel(cell="identity", steps=400, w_gain=9.0, hidden=3)
    session.seek(session.timeline.complete)
    shot(panel)
    broken = int(np.flatnonzero(~np.isfinite(session.trace.exact["L1", "s"]).all(axis=(1, 2)))[0])
    assert panel.split.at(broken + 1) == {}
    assert panel.readout(broken + 1) == [
        (f"{panel.heading(broken + 1)} is not a number here: there is nothing to divide.", "")
    ]


def test_points_are_the_steps_units_on_both_curves(open_panel):
    cards, session = open_panel(MemoryCards, steps=7, hidden=5)
    session.select(Selection("gates", 3, record="h_f"))
    session.seek_to("forward", 3)
    assert cards.activation.choice.current() == "f" and cards.activation.title.text() == "f₃ = σ(hᶠ₃)"
    points = cards.activation.curve._points
    h = session.trace.values["L1", "h_f"][2, 0]
    np.testing.assert_allclose(points.h, h)
    np.testing.assert_allclose(points.value, session.trace.values["L1", "f"][2, 0], rtol=1e-12)
    np.testing.assert_allclose(points.slope, points.value * (1 - points.value))
    curve = cards.activation.curve
    picture = shot(curve)
    for values in (points.value, points.slope):  # the last unit's points lie on top
        at = curve.place(float(h[-1]), float(values[-1])).toPoint()
        assert picture.pixelColor(at) == QColor.fromRgb(int(points.colours[-1]))


def test_the_activation_follows_the_notation_where_a_gate_is_turned_round(open_panel):
    cards, session = open_panel(MemoryCards, cell="gru", task="echo", steps=4)
    session.seek_to("forward", 2)
    session.select(Selection("gates", 2, record="u"))
    ours = cards.activation.curve._points.value
    session.set_view(notation="pytorch")
    theirs = cards.activation.curve._points.value
    np.testing.assert_allclose(theirs, 1.0 - ours)
    assert "z" in cards.activation.title.text()


def test_200_frames_move_points_and_compute_nothing(open_panel):
    cards, session = open_panel(MemoryCards, steps=50)
    cards.share.equation.typeset()
    shot(cards)

    def counts():
        activation, share = cards.activation, cards.share
        return activation.computed, share.computed, activation.curve.strokes, typeset_count()

    before = counts()
    for k in range(200):
        session.seek(session.timeline.last * k / 199)
        cards.repaint()
    assert counts() == before


def test_units_are_walked_by_keyboard_and_taken_by_a_click(open_panel, qtbot):
    cards, session = open_panel(MemoryCards, steps=5, hidden=3)
    session.seek_to("backward", 2)
    curve = cards.activation.curve
    assert "of 3 units" in curve.accessibleName()
    curve.setFocus()
    qtbot.keyClick(curve, Qt.Key.Key_Down)
    qtbot.keyClick(curve, Qt.Key.Key_Down)
    assert curve.accessibleDescription().startswith("unit 2: hⁱ₂ = ")
    points = curve._points
    at = curve.place(float(points.h[1]), float(points.value[1]))
    nearest = curve.unit_at(at)
    qtbot.mouseClick(curve, LEFT, pos=at.toPoint())
    assert session.selection == Selection("gates", 2, record="i", unit=nearest)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_every_activation_of_every_cell_is_offered_and_is_what_was_recorded(open_panel, cell):
    _, session = open_panel(MemoryCards, cell=cell, steps=4, show=False)
    scan = session.trace.scan
    for each in activations_of(session, scan):
        if (scan.name, each.out) in session.trace.values:
            np.testing.assert_allclose(each.value, session.trace.values[scan.name, each.out][:, 0], atol=1e-15)
        quotient = np.gradient(each.curve.value, each.curve.h)
        smooth = np.abs(each.curve.h) > 0.1
        np.testing.assert_allclose(quotient[smooth][1:-1], each.curve.slope[smooth][1:-1], atol=0.01)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_the_equation_has_an_underline_for_every_addend(open_panel, cell):
    _, session = open_panel(MemoryCards, cell=cell, steps=4, show=False)
    pieces, text = equation_of(session, session.trace.scan)
    assert len(pieces) > 1 and not pieces[0].colours and " = " in text
    assert all(piece.colours for piece in pieces[1:])


def test_the_equation_of_an_lstm_tells_its_two_addends_apart(open_panel):
    _, session = open_panel(MemoryCards, steps=4, show=False)
    along, gates, state = share_colours(LIGHT)
    pieces, _ = equation_of(session, session.trace.scan)
    assert [piece.colours for piece in pieces[1:]] == [(gates, state), (along,)]


def test_a_curve_without_data_says_so(qtbot):
    curve = ActivationCurve()
    qtbot.addWidget(curve)
    curve.set_theme(LIGHT)
    curve.set_curve(None)
    curve.set_points(None, "no activation")
    assert curve.sentence() == "no activation" and curve.unit_at(QPointF(10, 10)) is None
    shot(curve)


@pytest.mark.parametrize(
    "note", ["not yet", "a sentence that is far too long to stand in the one line below the curve"]
)
def test_a_sentence_about_points_that_are_not_there_stands_on_no_curve(open_panel, note):
    cards, _ = open_panel(MemoryCards, steps=4)
    curve = cards.activation.curve
    curve.resize(260, 120)
    curve.set_points(None)
    without = shot(curve)
    curve.set_points(None, note)
    with_it = shot(curve)
    changed = [y for y in range(120) if any(without.pixel(x, y) != with_it.pixel(x, y) for x in range(260))]
    if note == "not yet":
        assert changed and min(changed) > curve.plot.bottom()
    else:  # the curve is not drawn at all
        beside = int(curve.plot.left()) + 3
        assert len({with_it.pixel(beside, y) for y in range(4, 30)}) == 1


def test_the_activations_to_choose_from_keep_their_index(open_panel):
    cards, session = open_panel(MemoryCards, steps=4)
    session.set_view(notation="ng")
    choice = cards.activation.choice
    offered = choice.keys()
    texts = {out: choice.button(out).text() for out in offered}
    assert texts["i"] == "Γ_u" and texts["tc"] == "tanh(c)"
    button = choice.button("i")
    assert button.height() >= button.fontMetrics().height() + 8  # its border and padding: an underscore is not cut


# --- the tangent, and another activation behind


@pytest.mark.parametrize("kind", [each.name for each in ACTIVATIONS])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(h=st.floats(-9.5, 9.5), reach=st.sampled_from([4.0, 10.0]))
def test_the_tangent_has_the_slope_that_differences_of_the_activation_have(qtbot_curve, kind, h, reach):
    phi = activation_named(kind)
    assume(all(abs(h - kink) > 1e-3 for kink in phi.kinks) and abs(h) <= reach)
    at = np.linspace(-reach, reach, 41)
    one = np.array([h])
    expected = float((phi.f(one + 1e-5) - phi.f(one - 1e-5))[0] / 2e-5)
    curve = qtbot_curve
    value, slope = phi.f(at), phi.slope(at, phi.f(at))
    low, high = min(0.0, float(value.min())), max(float(value.max()), float(slope.max()))
    curve.set_curve(Curve(at, value, slope, float(slope.max()), low, high, kind, f"{kind}′"))
    dots = np.array([0xFFFFFFFF], dtype=np.uint32)
    curve.set_points(Points(one, phi.f(one), phi.slope(one, phi.f(one)), dots, "h"))
    curve.set_unit(0)
    first, last = curve.tangent()
    width, height = curve.plot.width() / (2 * reach), curve.plot.height() / (high - low)
    drawn = -(last.y() - first.y()) / height / ((last.x() - first.x()) / width)
    assert drawn == pytest.approx(expected, abs=1e-6)
    middle = (first + last) / 2.0 - curve.place(h, float(phi.f(one)[0]))
    assert abs(middle.x()) + abs(middle.y()) < 1e-6
    assert math.hypot(last.x() - first.x(), last.y() - first.y()) == pytest.approx(2 * tangent.HALF)
    written = parse(curve.slope_text().removeprefix("slope "))
    assert written == pytest.approx(expected, rel=0.06, abs=1e-9)
    assert f"h′ = {spoken(float(curve._points.slope[0]))}" in curve.sentence().replace(kind, "h")


@pytest.fixture
def qtbot_curve(qapp):
    curve = ActivationCurve()
    curve.set_theme(LIGHT)
    curve.resize(420, 160)
    yield curve
    curve.deleteLater()


def test_the_tangent_stands_at_the_selected_unit_and_goes_along_with_the_keys(open_panel, qtbot):
    cards, session = open_panel(MemoryCards, steps=6, hidden=4)
    session.seek_to("forward", 3)
    curve = cards.activation.curve
    assert curve.operating == 0  # the inspector's unit, as long as none is selected
    session.select(Selection("gates", 3, record="f", unit=2))
    assert curve.operating == 2
    assert f"Unit 3: hᶠ₃ = {spoken(float(curve._points.h[2]))}" in curve.accessibleName()
    with_it = shot(curve)
    curve.set_unit(None)
    assert curve.tangent() is None and curve.slope_text() == "" and shot(curve) != with_it
    curve.setFocus()
    qtbot.keyClick(curve, Qt.Key.Key_Down)
    assert curve.operating == 0


@pytest.mark.parametrize("kind", [each.name for each in ACTIVATIONS])
def test_another_activation_is_compared_at_the_same_pre_activations(open_panel, qtbot, kind):
    cards, session = open_panel(MemoryCards, steps=5, hidden=4)
    session.select(Selection("gates", 3, record="f", unit=1))
    session.seek_to("forward", 3)
    card, curve = cards.activation, cards.activation.curve
    alone, own = shot(curve), curve.range
    versus = card.versus
    assert versus.focusPolicy() & Qt.FocusPolicy.TabFocus and versus.accessibleName()
    while versus.currentData() != kind:
        qtbot.keyClick(curve, Qt.Key.Key_Right)
    qtbot.keyClick(curve, Qt.Key.Key_Left)
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    if kind == "sigmoid":  # it is the one on show
        assert curve._points.other is None and shot(curve) == alone
        return
    phi, h = activation_named(kind), session.trace.values["L1", "h_f"][2, 0]
    value, slope = curve._points.other
    np.testing.assert_allclose(value, phi.f(h))
    away = min((np.abs(h - kink).min() for kink in phi.kinks), default=1.0)
    assert away > 1e-4
    np.testing.assert_allclose(slope, (phi.f(h + 1e-6) - phi.f(h - 1e-6)) / 2e-6, atol=1e-8)
    name = curve._other.name
    assert f"Compared with {name}, dashed." in curve.accessibleName()
    assert f"{name} = {spoken(float(value[1]))}, {name}′ = {spoken(float(slope[1]))}" in curve.accessibleName()
    assert shot(curve) != alone and curve.range[0] <= own[0] and curve.range[1] >= own[1]
    assert curve.range[0] >= -2.0 and curve.range[1] <= 2.0
    session.seek_to("forward", 4)
    np.testing.assert_allclose(curve._points.other[0], phi.f(session.trace.values["L1", "h_f"][3, 0]))


def test_both_choices_of_the_card_have_their_room_in_the_smallest_window(open_panel):
    cards, _ = open_panel(MemoryCards, width=882, height=118)
    card = cards.activation
    assert card.choice.width() >= card.choice.sizeHint().width()
    assert card.versus.geometry().right() < card.width() and card.versus.isVisible()


@pytest.mark.parametrize("width", [620, 740, 880, 1500])
def test_no_part_of_the_head_of_the_card_is_cut(open_panel, width):
    """The equation goes first, then the list."""
    cards, _ = open_panel(MemoryCards, cell="lstm", width=width, height=118)
    card = cards.activation
    QApplication.processEvents()
    assert card.choice.width() >= card.choice.sizeHint().width()
    assert card.title.isHidden() or card.title.width() >= card.title.sizeHint().width()
    assert card.versus.isVisible() == (width >= 880)
    assert card.title.isVisible() == (width == 1500)


# --- one addend ---
@pytest.mark.parametrize(("loss_at", "divided"), [("last", False), ("every", True)])
def test_where_every_step_has_one_addend_there_are_no_bars(open_panel, loss_at, divided):
    panel, session = open_panel(cell="tanh", steps=6, loss_at=loss_at)
    session.seek(session.timeline.last)
    shares = panel.split.shares[:, np.isfinite(panel.split.shares).all(axis=0)]
    assert ((shares != 0.0).sum(axis=0) == 1).all() is np.bool_(not divided)
    assert (panel.stacks() is not None) is divided
    assert ("one addend at every step" in panel.absence()) is not divided


@pytest.mark.parametrize(("loss_at", "t"), [("last", 3), ("last", 6), ("every", 3)])
def test_a_card_has_no_bar_for_one_addend(open_panel, loss_at, t):
    cards, session = open_panel(MemoryCards, cell="tanh", steps=6, loss_at=loss_at)
    session.seek_to("backward", t)
    found = [value for value in cards.share.split.at(t).values() if value]
    bar = cards.share.bar
    assert len(bar._shares) == (len(cards.share.split.at(t)) if len(found) > 1 else 0)
    assert ("one addend alone" in bar.sentence()) is (len(found) == 1)
