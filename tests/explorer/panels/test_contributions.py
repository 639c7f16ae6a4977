"""The map of contributions: the right colours at the right pixels, as far as the forward pass has come."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from core.analysis import contributions
from core.analysis.contributions import LARGEST_JACOBIAN
from core.cells import CELLS
from core.experiment import Experiment
from explorer.items.plots.axes.log import power_of
from explorer.items.plots.triangle import Triangle, triangle_colours
from explorer.panels.contributions.panel import ContributionsPanel
from explorer.panels.contributions.words import cell_texts
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.colours import gradient_colour, gradient_colours, growing, reach_colours
from explorer.style.decades import GROWN, HIGH, LOW
from explorer.style.theme import DARK, LIGHT, THEMES
from tests.explorer.pixels import shot
from tests.explorer.suited import suited_to

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_panel(show_panel):
    def make(width=990, height=240, theme="light", whole=True, **fields):
        session = Session(suited_to(**{"cell": "tanh", **fields}), theme)
        session.player = Player(session, clock=lambda: 0.0, parent=session)
        session.player.stop()  # frames come when a test asks for them
        panel, _ = show_panel(ContributionsPanel(), session, width, height)
        frames(session)
        session.set_view(whole_map=whole)
        session.seek(session.timeline.complete)
        return panel, session

    return make


def frames(session):
    while session.mapping or session.experiment != session.trace.experiment:
        session.player.frame()


def middle(panel, t, k) -> QPoint:
    """The middle of the cell (t, k), after a paint."""
    place = panel.triangle
    return place.cell(place.index_of(t), k).center().toPoint()


# --- colours


def test_a_contribution_far_below_the_smallest_number_is_paper_and_not_a_zero():
    decades = np.array([-317.0, -5000.0, LOW, HIGH, GROWN, 300.0, -np.inf, np.inf, np.nan])
    for theme in (LIGHT, DARK):
        paper = gradient_colour(1e-4, LOW, HIGH, theme).rgb()
        ink = gradient_colour(1.0, LOW, HIGH, theme).rgb()
        special = [QColor(name).rgb() for name in (theme.zero, theme.plus_inf, theme.nan)]
        grown = QColor(theme.growth[1]).rgb()
        wanted = [paper, paper, paper, ink, grown, grown, *special]
        assert reach_colours(decades, theme).tolist() == wanted


def test_the_map_is_split_at_1_and_rounding_does_not_cross_it():
    for theme in THEMES:
        ink, low, high = (QColor(each).rgb() for each in (theme.gradient[2], *theme.growth))
        decades = np.array([-1e-15, 0.0, 1e-15, 1e-6, GROWN, 2 * GROWN])
        assert reach_colours(decades, theme).tolist() == [ink, ink, ink, low, high, high]
        assert growing(decades).tolist() == [False, False, False, True, True, True]
        assert not growing(np.array([-3.0, np.inf, -np.inf, np.nan])).any()


def test_up_to_1_the_colours_are_those_of_the_chain():
    values = 10.0 ** np.linspace(-6, 0, 50)
    found, expected = reach_colours(np.log10(values), LIGHT), gradient_colours(values, LOW, HIGH, LIGHT)
    for shift in (0, 8, 16):  # one sample of the map at the most
        assert np.abs((found >> shift & 255).astype(int) - (expected >> shift & 255)).max() <= 1


def test_above_the_diagonal_is_nothing_and_below_it_not_a_number_is_seen():
    rows = np.array([1, 2])
    colours = triangle_colours(rows, np.array([[0.0, np.nan], [np.nan, 0.0]]), LIGHT)
    assert colours[1, 1] == 0  # t = 1, k = 2
    assert colours[0, 0] == QColor(LIGHT.nan).rgb()


# --- geometry


def test_the_last_step_is_at_the_top_and_columns_are_the_sessions(open_panel):
    panel, session = open_panel()
    picture = shot(panel)
    place, found = panel.triangle, session.contributions
    assert place.y(13) == panel.plot.top()
    for t, k in ((14, 1), (14, 14), (9, 4), (1, 1)):
        at = middle(panel, t, k)
        assert abs(at.x() - session.columns.x(k)) <= 1
        expected = gradient_colour(10 ** found.decades[t - 1, k - 1], LOW, HIGH, session.theme)
        assert picture.pixelColor(at) == expected
    above = QPoint(round(session.columns.x(9)), round(place.y(3) + place.row / 2))  # t = 4, k = 9
    assert picture.pixelColor(above) == QColor(session.theme.panel)


def test_cells_have_gaps_where_they_are_large_and_none_where_they_are_small(open_panel):
    panel, _ = open_panel(steps=8)
    picture = shot(panel)
    edge = panel.triangle.cell(7, 4)
    between = QPoint(round(edge.left()) - 1, round(edge.center().y()))
    assert picture.pixelColor(between) != picture.pixelColor(edge.center().toPoint())
    panel, _ = open_panel(steps=200, w_gain=1.0, input_scale=1e-6)  # everything is passed on: one colour
    picture = shot(panel)
    y = round(panel.triangle.y(50) + 0.5)
    line = {picture.pixelColor(x, y).rgb() for x in range(80, 250)}
    assert len(line) <= 2


def test_sampled_rows_are_said_and_found(open_panel):
    panel, session = open_panel(steps=300)
    assert len(session.contributions.rows) == 100
    assert panel.header.note.text() == "every 3rd t"
    shot(panel)
    place = panel.triangle
    assert [int(place.rows[place.index_of(t)]) for t in (300, 299, 298, 297, 1)] == [300, 300, 300, 297, 3]
    panel, session = open_panel(steps=20)
    assert not panel.header.note.isVisible()


def test_a_triangle_is_hit_only_where_it_is():
    place = Triangle(np.arange(1, 6), 5, QRectF(60, 30, 500, 100), 0.0, 100.0)
    assert place.hit(QPointF(61, 31)) == (4, 1)
    assert place.hit(QPointF(559, 31)) == (4, 5)
    assert place.hit(QPointF(61, 129)) == (0, 1)
    assert place.hit(QPointF(161, 129)) is None
    assert place.hit(QPointF(59, 31)) is None


# --- time


def test_until_the_map_is_there_the_old_one_is_not_shown(open_panel):
    panel, session = open_panel(steps=14)
    shot(panel)
    before, cell = panel.map.renders, middle(panel, 14, 3)
    session.change(w_gain=0.3)
    session.update()
    session.seek(session.timeline.complete)
    picture = shot(panel)
    assert session.contributions is None
    assert panel.map.renders == before
    assert picture.pixelColor(cell) == QColor(session.theme.panel)
    assert panel.canvas.accessibleDescription() == "computing …"
    frames(session)
    shot(panel)
    assert panel.map.renders == before + 1


def test_a_row_is_shown_once_the_forward_pass_has_done_its_step(open_panel):
    panel, session = open_panel()
    session.seek_to("forward", 6)
    picture = shot(panel)
    assert picture.pixelColor(middle(panel, 6, 2)) != QColor(session.theme.panel)
    assert picture.pixelColor(middle(panel, 7, 2)) == QColor(session.theme.panel)


def test_playback_paints_the_map_not_once_more(open_panel):
    panel, session = open_panel(steps=50)
    shot(panel)
    before = panel.map.renders
    for k in range(200):
        session.seek(session.timeline.last * k / 199)
        panel.canvas.repaint()
    assert panel.map.renders == before


def test_the_live_row_is_outlined_during_the_backward_pass(open_panel):
    panel, session = open_panel()
    shot(panel)
    row = panel.triangle.span(panel.triangle.index_of(9))
    outside = QPoint(round(row.left()) - 1, round(row.center().y()))
    session.seek_to("forward", 9)
    assert shot(panel).pixelColor(outside) == QColor(session.theme.panel)
    session.seek_to("backward", 9)
    assert shot(panel).pixelColor(outside) != QColor(session.theme.panel)


def test_the_band_stands_over_the_live_column_from_top_to_bottom(open_panel):
    panel, session = open_panel()
    session.seek_to("backward", 12)
    picture, x = shot(panel), round(session.columns.x(12))
    plain = QColor(session.theme.panel)
    assert picture.pixelColor(x, 3) != plain
    assert picture.pixelColor(x, panel.height() - 4) != plain
    assert picture.pixelColor(round(session.columns.x(13)), panel.height() - 4) == plain


# --- one row


def test_the_row_of_the_playheads_step_alone_is_shown(open_panel):
    panel, session = open_panel(whole=False, height=120)
    for phase, shown in (("forward", 1), ("forward", 6), ("backward", 9), ("backward", 1)):
        session.seek_to(phase, shown)
        picture = shot(panel)
        assert int(panel.triangle.rows[0]) == shown
        for k in range(1, shown + 1):
            corner = panel.triangle.cell(0, k).topLeft().toPoint() + QPoint(3, 2)  # beside the number
            expected = gradient_colour(10 ** session.contributions.decades[shown - 1, k - 1], LOW, HIGH, session.theme)
            assert picture.pixelColor(corner) == expected, (phase, k)
        y = round(panel.triangle.cell(0, 1).center().y())
        if shown < 14:
            assert picture.pixelColor(round(session.columns.x(shown + 1)), y) != expected
    session.seek(session.timeline.complete)
    shot(panel)
    assert int(panel.triangle.rows[0]) == 14
    session.seek(session.timeline.position(session.timeline.at(1.0)) - 0.5)
    shot(panel)
    assert panel.triangle is None, "the forward pass is within its first step"


def test_the_row_needs_less_height_than_the_map_and_the_switch_is_saved(open_panel, qtbot, tmp_path):
    panel, session = open_panel(whole=False)
    low = panel.maximumHeight()
    assert low < 110 and panel.minimumHeight() <= low
    qtbot.mouseClick(panel.header.extent, LEFT)
    assert session.view.whole_map and panel.maximumHeight() > 10_000 and panel.minimumHeight() > low
    session.save(tmp_path / "own.json")
    other = Session(Experiment())
    assert not other.view.whole_map
    other.open(tmp_path / "own.json")
    assert other.view.whole_map
    qtbot.mouseClick(panel.header.extent, LEFT)
    assert not session.view.whole_map and panel.maximumHeight() == low


def test_presented_alone_it_is_whole(open_panel):
    panel, session = open_panel(whole=False)
    session.set_theme("projector")
    assert panel.whole and not session.view.whole_map
    assert not panel.header.extent.isVisible()


def test_numbers_stand_in_the_row_where_there_is_room(open_panel):
    assert cell_texts(-1.5) == ("0.0316", "0.032", ".032")
    assert cell_texts(-5.2) == ("6.3·10⁻⁶",)
    assert cell_texts(0.0)[0] == "1.00"
    panel, _ = open_panel(whole=False, height=120)
    picture = shot(panel)
    cell = panel.triangle.cell(0, 14).toAlignedRect()
    seen = {picture.pixelColor(x, cell.center().y()).name() for x in range(cell.left() + 2, cell.right() - 2)}
    assert "#ffffff" in seen, "the 1.00 of the last cell"
    panel, _ = open_panel(whole=False, height=120, steps=200)
    assert not shot(panel).isNull()


def test_what_grows_is_hatched(open_panel):
    for whole in (False, True):
        panel, session = open_panel(whole=whole, cell="identity", w_gain=1.5, steps=6)
        picture = shot(panel)
        assert growing(session.contributions.decades[-1, :5]).all()
        for k, grown in ((1, True), (6, False)):
            cell = panel.triangle.cell(panel.triangle.index_of(6) if whole else 0, k).toAlignedRect()
            seen = [picture.pixelColor(x, cell.bottom() - 4) for x in range(cell.left() + 3, cell.right() - 3)]
            panel_colour = QColor(session.theme.panel)
            assert (panel_colour in seen) == grown, (whole, k)


def test_in_the_row_keys_go_sideways_and_the_readout_follows_the_playhead(open_panel, qtbot):
    panel, session = open_panel(whole=False, height=120)
    panel.canvas.setFocus()
    assert Qt.Key.Key_Up not in panel.own_keys()
    for _ in range(3):
        qtbot.keyClick(panel.canvas, Qt.Key.Key_BracketRight)
    assert panel.readout().startswith("‖∂s₁₄/∂s₃‖ = ")
    session.seek_to("backward", 9)
    assert panel.readout().startswith("‖∂s₉/∂s₃‖ = ")
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert (session.selection.t, session.selection.reaches) == (3, 9)
    session.seek_to("backward", 2)
    assert panel.readout() == "", "step 2 is not reached by step 3"


def test_the_row_is_said_as_the_playhead_moves(open_panel):
    panel, session = open_panel(whole=False)
    session.seek_to("backward", 9)
    first = power_of(float(session.contributions.decades[8, 0]))
    assert panel.canvas.accessibleDescription().startswith(f"Of s at t = 1, {first} reaches t = 9;")
    session.seek_to("backward", 1)
    assert panel.canvas.accessibleDescription() == "s at t = 1 reaches itself whole."


def test_a_click_in_the_row_selects_the_memory_at_k(open_panel, qtbot):
    panel, session = open_panel(whole=False, height=120)
    shot(panel)
    qtbot.mouseClick(panel.canvas, LEFT, pos=panel.triangle.cell(0, 4).center().toPoint())
    assert (session.selection.t, session.selection.reaches) == (4, 14)


# --- reading off


def test_hovering_says_the_exact_value_also_where_it_underflows(open_panel, qtbot):
    panel, session = open_panel(steps=14)
    shot(panel)
    panel.hover(QPointF(middle(panel, 12, 3)))
    assert panel.readout() == f"‖∂s₁₂/∂s₃‖ = {power_of(session.contributions.decades[11, 2])}"
    panel.hover(QPointF(middle(panel, 3, 3)) + QPointF(200, 0))
    assert panel.readout() == ""
    panel, session = open_panel(steps=400, w_gain=0.05)
    shot(panel)
    panel.hover(QPointF(middle(panel, 400, 2)))
    assert session.contributions.decades[-1, 1] < -400
    assert "·10⁻⁵" in panel.readout()


def test_of_an_lstm_both_derivatives_are_there_each_by_its_name(open_panel, qtbot):
    panel, session = open_panel(cell="lstm")
    session.change(**msgspec.structs.asdict(Experiment(cell="lstm", forget_bias=1.0)))  # both are known of it
    session.update()
    frames(session)
    session.seek(session.timeline.complete)
    shot(panel)
    total = session.contributions.decades.copy()
    assert panel.header.ways.isVisible()
    assert panel.header.ways.keys() == ["total", "partial"]
    assert "total derivative" in panel.header.formula.accessibleName()
    panel.hover(QPointF(middle(panel, 14, 1)))
    assert panel.readout() == f"‖dc₁₄/dc₁‖ = {power_of(total[13, 0])}"
    assert 10.0 ** total[13, 0] == pytest.approx(0.1024, abs=5e-5)
    qtbot.mouseClick(panel.header.ways.button("partial"), LEFT)
    assert session.view.reach == "partial"
    assert session.contributions is None
    assert panel.canvas.accessibleDescription() == "computing …"
    frames(session)
    shot(panel)
    panel.hover(QPointF(middle(panel, 14, 1)))
    assert panel.readout() == f"‖∂c₁₄/∂c₁‖, s₁ fixed = {power_of(session.contributions.decades[13, 0])}"
    assert 10.0 ** session.contributions.decades[13, 0] == pytest.approx(0.0876, abs=5e-5)
    assert "held fixed" in panel.header.formula.accessibleName()
    assert "state fixed" in panel.canvas.accessibleDescription()
    session.set_view(reach="total")
    frames(session)
    assert panel.header.ways.current() == "total"
    assert np.array_equal(session.contributions.decades, total, equal_nan=True)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell().recurrent_states])
def test_there_is_a_choice_only_where_there_are_two_derivatives(open_panel, cell):
    panel, session = open_panel(cell=cell, steps=3, hidden=2)
    apart = {"c"} < set(session.trace.scan.cell.recurrent_states)
    assert panel.header.ways.isVisible() == apart == (cell in ("lstm", "peephole", "coupled"))


def test_the_derivative_that_was_chosen_is_saved(open_panel, tmp_path):
    _, session = open_panel(cell="lstm", steps=3, hidden=2)
    session.set_view(reach="partial")
    session.save(tmp_path / "own.json")
    other = Session(Experiment())
    other.open(tmp_path / "own.json")
    assert other.view.reach == "partial"
    while other.mapping:
        other.pull(lambda: False)
    assert other.contributions.total is False


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell().recurrent_states])
def test_a_click_selects_the_memory_at_k(open_panel, qtbot, cell):
    panel, session = open_panel(cell=cell)
    shot(panel)
    qtbot.mouseClick(panel.canvas, LEFT, pos=middle(panel, 9, 4))
    memory = session.trace.scan.cell.memory
    assert (session.selection.row, session.selection.t, session.selection.record) == (memory, 4, memory)
    assert memory in panel.header.title.text()


def test_cells_are_reached_by_keys(open_panel, qtbot):
    panel, session = open_panel()
    panel.canvas.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_BracketRight, Qt.Key.Key_BracketRight, Qt.Key.Key_Down):
        qtbot.keyClick(panel.canvas, key)
    assert panel._at == (12, 3)  # t = 13
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Return)
    assert session.selection.t == 3
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert panel._at is None


def test_it_says_in_a_sentence_what_it_shows(open_panel):
    panel, session = open_panel()
    first = power_of(float(session.contributions.decades[-1, 0]))
    assert panel.canvas.accessibleDescription().startswith(f"Of s at t = 1, {first} reaches t = 14;")
    panel, session = open_panel(steps=1)
    assert panel.canvas.accessibleDescription() == "One step: s at t = 1 reaches itself whole."


@pytest.mark.parametrize(("steps", "theme"), [(1, "light"), (1000, "light"), *((20, each.name) for each in THEMES)])
@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_every_cell_at_every_length_paints(open_panel, cell, steps, theme):
    panel, session = open_panel(width=420, height=110, theme=theme, cell=cell, steps=steps, hidden=2)
    picture = shot(panel)
    found, place = session.contributions, panel.triangle
    if not session.trace.scan.cell.recurrent_states:
        assert found is None
        fed = contributions.no_contributions(session.trace) == "fed"
        assert ("outputs are fed back" if fed else "nothing to map") in panel.canvas.accessibleDescription()
        return
    last = place.cell(len(found.rows) - 1, steps)  # ‖∂q_T/∂q_T‖ = 1
    assert np.allclose(found.decades[-1, -1], 0.0, atol=1e-9)
    if steps <= 20:
        assert picture.pixelColor(last.center().toPoint()) == gradient_colour(1.0, LOW, HIGH, session.theme)
    for position in (0.0, 0.5, steps + 1.0, steps + 2.0):
        session.seek(position)
        shot(panel)


def test_the_map_is_cores(open_panel):
    _, session = open_panel(cell="gru", steps=6)
    jacobians = [contributions.jacobian(session.trace, t) for t in range(2, 7)]
    product = np.linalg.multi_dot(jacobians)  # ds_6 = ds_1 · J_2 · … · J_6
    assert session.contributions.decades[5, 0] == pytest.approx(np.log10(np.linalg.norm(product, 2)), abs=1e-9)


def test_a_network_that_is_too_large_for_the_map_is_told_so(qtbot):
    session = Session(Experiment(cell="lstm", hidden=LARGEST_JACOBIAN // 2 + 1, steps=3))
    panel = ContributionsPanel()
    qtbot.addWidget(panel)
    panel.bind(session)
    session.pull(lambda: session.mapping is False)
    assert session.contributions is None
    assert str(LARGEST_JACOBIAN // 2) in panel.canvas.accessibleDescription()
