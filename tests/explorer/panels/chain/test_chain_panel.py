"""The chain under a real mouse and keyboard, for every cell; its picture is a function of run and time alone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from core.cells import CELLS
from core.chain.edges import links
from core.experiment import natural
from core.maths.arrays import norms
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.items.chain.digits import _font as _digits_font
from explorer.items.chain.layout import Detail
from explorer.items.chain.painter import ChainPainter, Progress
from explorer.panels.chain.frame import fitting
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.under import tile_under
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.style.formula import typeset_count
from explorer.style.theme import THEMES
from tests.explorer.driving import double_click
from tests.explorer.pixels import pixels, shot
from tests.explorer.suited import task_for

# The offscreen platform says so whenever a window's least size changes.
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
CELL = pytest.mark.parametrize("cell", [cell.name for cell in CELLS])


class Desk:
    def __init__(self, qtbot, width=1000, height=420, theme="light", **fields):
        self.now = 0.0
        self.qtbot = qtbot
        task = fields.pop("task", None) or task_for(fields.get("cell", "tanh"))
        self.session = Session(natural(task, **fields), theme)
        self.player = Player(self.session, lambda: self.now)
        self.player._timer.stop()
        self.panel = ChainPanel()
        qtbot.addWidget(self.panel)
        self.panel.bind(self.session)
        self.resize(width, height)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()
        qtbot.waitUntil(lambda: bool(self.panel._typeset))
        self.panel.clearFocus()  # its frame would be in the pictures

    def resize(self, width, height):
        self.session.columns.set_width(width)
        self.panel.resize(width, height)

    def rest(self):
        """Without the check and the contributions, which the chain does not show."""
        self.session.findings.jobs.clear()
        self.player.frame()

    def picture(self) -> np.ndarray:
        """(height, width, 3) in 0 … 255."""
        return pixels(shot(self.panel))

    def painted(self) -> bool:
        """Whether there is more than one colour."""
        picture = self.picture()
        return bool((picture != picture[0, 0]).any())

    def direct(self) -> np.ndarray:
        """The picture drawn without layers."""
        self.panel._draw_anew()
        return self.picture()

    def node(self, row: str, t: int) -> QPoint:
        layout = self.panel.view.layout
        return layout.node(self.panel.view.scene.row_index(row), t).center().toPoint()

    def click(self, place: QPoint):
        self.qtbot.mouseClick(self.panel, LEFT, pos=place)

    def wheel(self, x: float, notches: float, modifiers=Qt.KeyboardModifier.NoModifier):
        place = QPointF(x, 200.0)
        where = QPointF(self.panel.mapToGlobal(place.toPoint()))
        turn = QPoint(0, round(120 * notches))
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(place, where, QPoint(), turn, Qt.MouseButton.NoButton, modifiers, phase, False)
        QApplication.sendEvent(self.panel, event)


@pytest.fixture
def desk(qtbot):
    return lambda **fields: Desk(qtbot, **fields)


def positions(steps: int) -> list[float]:
    forward = [0, 0.4, steps / 2, steps]
    return [*forward, steps + 0.5, steps + 1, steps + 1.5, 1.5 * steps + 1, 2 * steps + 1, 2 * steps + 2]


# --- painting ---
@CELL
@pytest.mark.parametrize(("steps", "theme"), [(1, "dark"), (1000, "light"), *((8, each.name) for each in THEMES)])
def test_it_paints_every_cell_in_every_theme(desk, cell, steps, theme):
    made = desk(cell=cell, steps=steps, theme=theme, width=560, height=300)
    assert made.panel.view.layout.detail is (Detail.HEAT if steps == 1000 else Detail.FULL)
    blank = made.direct()
    for position in positions(steps):
        made.session.seek(position)
        assert made.painted()
    assert (made.picture() != blank).any(axis=2).sum() > 500


@pytest.mark.parametrize("width", [330, 700, 2400])
@pytest.mark.parametrize("height", [170, 420, 900])
def test_it_paints_at_every_size(desk, width, height):
    for steps in (1, 24, 300):
        made = desk(cell="lstm", steps=steps, width=width, height=height)
        for position in positions(steps):
            made.session.seek(position)
            assert made.picture().shape[:2] == (height, width)


@pytest.mark.parametrize(
    ("steps", "detail"), [(1, Detail.FULL), (14, Detail.FULL), (50, Detail.COMPACT), (400, Detail.HEAT)]
)
def test_detail_goes_with_the_room_that_a_step_has(desk, steps, detail):
    made = desk(steps=steps)
    assert made.panel.view.layout.detail is detail


@pytest.mark.parametrize("cell", ["identity", "relu", "lstm"])
@pytest.mark.parametrize("steps", [200, 1000])
def test_a_run_that_explodes_is_painted_and_said(desk, cell, steps):
    made = desk(cell=cell, steps=steps, w_init="normal", w_gain=100.0, hidden=8)
    for position in positions(steps):
        made.session.seek(position)
        assert made.painted()
    if cell == "identity":
        assert made.session.trace.broken == ("forward", made.panel.view.scene.broken[1])
        made.session.seek_to(FORWARD, steps)
        assert f"not finite from t = {made.panel.view.scene.broken[1]} on" in made.panel.accessibleDescription()
        made.session.columns.zoom(100.0, 500.0)
        assert made.painted()


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS if cell.learned])
def test_what_vanishes_has_less_ink_than_what_does_not(desk, cell):
    """The gradient strip of s₁ against that of s_T, fully run back; a gradient that does not vanish
    with these gains has as much ink in both."""
    gains = {"w_gain": 0.05, "u_gain": 0.1, "forget_bias": -5.0, "update_bias": 5.0}
    made = desk(cell=cell, steps=14, loss_at="last", **gains)
    made.session.seek(1e9)
    picture = made.direct()
    layout = made.panel.view.layout
    row = made.panel.view.scene.row_index("s")
    darkness = []
    for t in (1, 14):
        strip = layout.strips(row, layout.node(row, t))[1].toRect()
        darkness.append(picture[strip.top() : strip.bottom(), strip.left() : strip.right()].mean())
    sizes = norms(made.session.trace.exact[made.session.trace.scan.name, "s"])
    assert (darkness[0] > darkness[1] + 20) == (sizes[0] < 0.5 * sizes[-1])


# --- a function of the run and the time ---
def assert_same(a: np.ndarray, b: np.ndarray) -> None:
    """Equal up to blending (measured: 3 of 255, 8 at single edges). A px of a heat image that lies between two steps
    may show the one or the other (measured: 3 columns of px)."""
    worst = np.abs(a - b).max(axis=2)
    assert np.unique(np.argwhere(worst > 8)[:, 1]).size <= 4
    assert (worst > 3).sum() <= 4 * a.shape[0]


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("steps", [1, 5, 14, 50, 200, 1000])
def test_from_layers_the_picture_is_the_same(desk, cell, steps):
    made = desk(cell=cell, steps=steps)
    for position in (0.4, 0.3 * steps, steps, steps + 0.5, steps + 1.5, 1.7 * steps, 2 * steps + 2):
        made.session.seek(position)
        made.panel.show_time(position)
        layered = made.picture()
        assert_same(layered, made.direct())


@pytest.mark.parametrize("steps", [6, 50, 1000])
def test_played_scrubbed_back_or_at_once_a_position_looks_the_same(desk, steps):
    made = desk(cell="lstm", steps=steps, hidden=2)
    made.rest()
    seen = {}
    made.player.toggle()
    by = made.session.timeline.last / made.player.beats_per_second / 30
    for frame in range(30):
        made.now += by
        made.player.frame()
        picture = made.picture()
        if frame % 5 == 3:
            seen[made.session.position] = picture
    assert len(seen) > 4
    for position in reversed(seen):
        made.session.seek(position)
        assert np.array_equal(made.picture(), seen[position]), "scrubbed back"
    for position, picture in seen.items():
        made.session.seek(position)
        assert_same(made.direct(), picture)
    other = desk(cell="lstm", steps=steps, hidden=2)
    for position, picture in seen.items():
        other.session.seek(position)
        assert_same(other.direct(), picture)


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_a_value_is_not_drawn_before_the_pass_has_been_there(desk, cell):
    """Later numbers do not matter to the picture of what is done: two runs that differ in the last input look alike."""
    made = desk(cell=cell, steps=14)
    layout = made.panel.view.layout
    start = made.picture()
    made.session.seek_to(FORWARD, 6)
    picture = made.picture()
    later = round(layout.node(0, 8).left()) - 6
    bottom, top = round(layout.bottom), round(layout.top)
    assert np.abs(picture[top:bottom, later:] - start[top:bottom, later:]).max() <= 3
    assert (picture[top:bottom, :later] != start[top:bottom, :later]).any()


@CELL
@pytest.mark.parametrize("phase", [FORWARD, BACKWARD])
def test_the_columns_beside_the_playhead_are_those_of_one_plain_drawing(desk, cell, phase):
    """Without regions, layers and clips: all columns drawn at once, as far as the passes have come."""
    made = desk(cell=cell, steps=14, loss_at="last")
    made.session.seek_to(phase, 7)
    picture = made.direct()
    layout, columns = made.panel.view.layout, made.session.columns
    image = QImage(picture.shape[1], picture.shape[0], QImage.Format.Format_RGB32)
    image.fill(QColor(made.session.theme.panel))
    painter = QPainter(image)
    progress = Progress.at(made.session.position)
    plain_painter = ChainPainter(layout, made.session.theme)
    plain_painter.draw(painter, 1, 14, progress)
    plain_painter.edges.draw_far(painter, progress.done, 7)
    painter.end()
    plain = pixels(image)
    for t in (5, 6, 8, 9):
        left, right = (round(columns.x(t) + side * columns.column / 2) for side in (-1, 1))
        part = np.s_[round(layout.top) + 2 : round(layout.bottom) - 2, left + 2 : right - 2]
        assert np.abs(picture[part] - plain[part]).max() <= 24, t  # smoothing where the live clip cuts an edge


# --- counts ---
@pytest.mark.parametrize(("cell", "steps"), [("tanh", 14), ("lstm", 50), ("lstm", 1000)])
def test_two_hundred_frames_of_playback_build_nothing_and_run_nothing(desk, cell, steps):
    made = desk(cell=cell, steps=steps)
    made.rest()
    for position in (0.5, 0.5 * steps, 1.5 * steps + 1.5, 2 * steps + 2):  # every layer once
        made.session.seek(position)
        made.panel.grab()
    made.session.seek(0.0)
    builds, typesettings, runs = made.panel.drawing.builds, typeset_count(), made.session.runs
    refreshes, scene = made.panel.refreshes, made.panel.view.scene
    assert 4 < builds <= 2 + 3 * len(scene.elements)  # what lies behind, the loss, and every bundle in its phases
    by = made.session.timeline.last / 200
    for k in range(201):
        made.session.seek(k * by)
        made.panel.grab()
    assert made.session.position == made.session.timeline.last
    assert (made.panel.drawing.builds, typeset_count(), made.session.runs) == (builds, typesettings, runs)
    assert (made.panel.refreshes, made.panel.view.scene) == (refreshes, scene)


def test_after_a_change_it_is_painted_directly(desk):
    made = desk()
    made.session.seek(3.5)
    made.panel.grab()
    builds = made.panel.drawing.builds
    assert builds > 0
    for gain in (0.5, 0.6, 0.7):
        made.session.change(w_gain=gain)
        made.session.update()
        made.panel.grab()
    assert made.panel.drawing.builds == builds
    made.session.seek(4.0)
    made.panel.grab()
    assert made.panel.drawing.builds > builds


# --- choosing ---
@CELL
@pytest.mark.parametrize("steps", [1, 14, 50])
def test_a_click_on_a_node_selects_it(desk, cell, steps):
    made = desk(cell=cell, steps=steps)
    for row in made.panel.view.scene.rows:
        for t in {1, steps // 2 + 1, steps}:
            made.session.select(None)
            made.click(made.node(row.name, t))
            if row.present[t - 1]:
                assert made.session.selection == Selection(row.name, t)
            else:
                assert made.session.selection is None


@CELL
def test_a_click_on_an_edge_selects_it(desk, cell):
    made = desk(cell=cell, steps=8, width=1400, height=600)
    layout, scene = made.panel.view.layout, made.panel.view.scene
    chain = ChainPainter(layout, made.session.theme)
    free = 0
    for link in scene.links:
        for t in (2, 5):
            path = chain.edges.path(link, t)
            if path is None or link.far:  # drawn for the selected step alone
                continue
            wanted = Selection(scene.rows[link.target].name, t, scene.rows[link.source].name, link.recurrent)
            found = []
            for k in range(1, 20):
                place = path.pointAtPercent(k / 20).toPoint()
                if layout.hit(QPointF(place)) is None and tile_under(made.panel.view, QPointF(place)) is None:
                    made.session.select(None)
                    made.click(place)
                    found.append(made.session.selection)
            assert all(each is not None and each.source for each in found)
            assert wanted in found, f"{wanted} cannot be taken anywhere along its edge"
            free += len(found)
    assert free > 10
    declared = {(link.source, link.target, link.recurrent) for link in links(made.session.trace.scan.cell)}
    names = [row.name for row in scene.rows]
    drawn = {(names[link.source], names[link.target], link.recurrent) for link in scene.links}
    assert drawn == declared | {("s", "z", False)}


def test_a_click_beside_everything_lets_go(desk):
    made = desk(steps=3, width=1400)
    made.click(made.node("s", 2))
    assert made.session.selection == Selection("s", 2)
    made.click(QPoint(1390, 210))
    assert made.session.selection is None


def test_in_the_heat_image_a_click_finds_its_column(desk):
    made = desk(steps=400)
    assert made.panel.view.layout.detail is Detail.HEAT
    made.click(made.node("s", 200))
    assert made.session.selection.row == "s"
    assert abs(made.session.selection.t - 200) <= 1


def test_what_is_selected_is_seen(desk):
    made = desk(cell="lstm")
    before = made.picture()
    seen = [before]
    for chosen in (Selection("s", 5), Selection("c", 5), Selection("c", 5, "c", True), Selection("c", 5, "gates")):
        made.session.select(chosen)
        picture = made.picture()
        assert all((picture != other).any() for other in seen)
        seen.append(picture)
    made.session.select(None)
    assert np.array_equal(made.picture(), before)


def test_the_keyboard_moves_what_is_selected(desk, qtbot):
    made = desk(steps=5)
    made.panel.setFocus()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(made.panel, Key.Key_Up)
    assert made.session.selection == Selection("h", 1)
    seen = []
    for key in (Key.Key_Up, Key.Key_Right, Key.Key_Right, Key.Key_Down, Key.Key_Left):
        sideways = key in (Key.Key_Left, Key.Key_Right)
        qtbot.keyClick(made.panel, key, shift if sideways else Qt.KeyboardModifier.NoModifier)
        seen.append((made.session.selection.row, made.session.selection.t))
    assert seen == [("s", 1), ("s", 2), ("s", 3), ("h", 3), ("h", 2)]
    for _ in range(9):
        qtbot.keyClick(made.panel, Key.Key_Down)
        qtbot.keyClick(made.panel, Key.Key_Left, shift)
    assert made.session.selection == Selection("x", 1)
    for _ in range(9):
        qtbot.keyClick(made.panel, Key.Key_Right, shift)
    for _ in range(9):
        qtbot.keyClick(made.panel, Key.Key_Up)
    assert made.session.selection == Selection("z", 5)


def test_the_keyboard_does_not_choose_an_output_that_is_not_there(desk, qtbot):
    made = desk(steps=5)
    made.session.select(Selection("s", 2))
    qtbot.keyClick(made.panel, Key.Key_Up)
    assert made.session.selection == Selection("s", 2)


def test_plain_arrows_are_left_to_the_window(desk, qtbot):
    made = desk()
    made.session.select(Selection("s", 2))
    for key in (Key.Key_Left, Key.Key_Right, Key.Key_Space):
        qtbot.keyClick(made.panel, key)
    assert made.session.selection == Selection("s", 2) and made.session.position == 0


def test_what_the_keyboard_takes_comes_into_sight(desk, qtbot):
    made = desk(steps=100)
    made.session.columns.zoom(10, made.session.columns.LEFT)
    first, last = made.session.columns.visible()
    assert first == 1 and last < 20
    made.session.select(Selection("s", last))
    for _ in range(5):
        qtbot.keyClick(made.panel, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert made.session.selection.t == last + 5
    assert made.session.columns.visible()[1] >= last + 5


def test_the_focus_is_seen_and_everything_has_a_name(desk):
    made = desk()
    made.panel.clearFocus()
    without = made.picture()
    made.panel.setFocus()
    assert (made.picture() != without).any()
    assert made.panel.accessibleName()
    made.session.seek_to(BACKWARD, 5)
    said = made.panel.accessibleDescription()
    assert "backward, t = 5 of 14" in said and "∂L/∂h₅" in said
    made.session.change(steps=9, cell="gru")
    made.session.update()
    assert "GRU over 9 steps" in made.panel.accessibleDescription()


# --- zoom and pan ---
def test_the_wheel_zooms_where_the_mouse_is_and_a_double_click_fits(desk, qtbot):
    made = desk(steps=100)
    columns = made.session.columns
    x = 500.0
    place = columns.first + (x - columns.LEFT) / columns.column
    made.wheel(x, 3)
    assert columns.span < 70
    assert columns.first + (x - columns.LEFT) / columns.column == pytest.approx(place)
    made.wheel(x, -1)
    assert columns.span > 50
    first = columns.first
    made.wheel(x, -2, Qt.KeyboardModifier.ShiftModifier)
    assert columns.first > first
    double_click(made.panel, QPoint(500, 30))
    assert columns.whole


def test_a_drag_pans_and_does_not_choose(desk, qtbot):
    made = desk(steps=100)
    made.wheel(500, 6)
    first, column = made.session.columns.first, made.session.columns.column
    qtbot.mousePress(made.panel, LEFT, pos=QPoint(600, 30))
    for x in (560, 530, 500):
        qtbot.mouseMove(made.panel, QPoint(x, 30))
    qtbot.mouseRelease(made.panel, LEFT, pos=QPoint(500, 30))
    assert made.session.columns.first == pytest.approx(first + 100 / column)
    assert made.session.selection is None


def test_a_zoomed_picture_shows_the_steps_in_sight(desk):
    made = desk(steps=300)
    made.session.seek(1e9)
    whole = made.direct()
    made.wheel(500, 10)
    near = made.direct()
    assert (near != whole).any()
    made.click(made.node("s", made.session.columns.visible()[0] + 2))
    assert made.session.selection.t == made.session.columns.visible()[0] + 2


# --- what is declared ---
def test_outputs_are_drawn_where_the_loss_looks(desk):
    made = desk(task="echo", steps=8, delay=3, loss_at="every")
    supervised = made.session.trace.data.supervised
    assert not supervised.all()
    assert made.panel.view.scene.rows[-1].present.tolist() == supervised.tolist()
    picture = made.picture()
    theme_panel = picture[10, 500]
    for t in range(1, 9):
        centre = made.node("z", t)
        drawn = (picture[centre.y() - 5 : centre.y() + 5, centre.x() - 5 : centre.x() + 5] != theme_panel).any()
        assert drawn == supervised[t - 1]


def test_truncation_draws_its_cuts_where_the_gradient_stops(desk):
    made = desk(steps=14, truncate=5)
    assert made.panel.view.scene.cuts == (5, 10)
    with_cuts = made.direct()
    gradient = made.session.trace.used["L1", "s"]
    assert gradient[9:].any() and not gradient[:9].any()
    made.session.set_view(gradient="exact")
    assert made.panel.view.scene.cuts == ()
    assert made.session.gradients["L1", "s"][0].any()
    without = made.direct()
    columns, layout = made.session.columns, made.panel.view.layout
    rows = slice(0, round(layout.bottom))  # the legend below says that some gradients are exactly 0
    changed = np.unique(np.argwhere((with_cuts != without)[rows].any(axis=2))[:, 1])
    lines = [columns.x(t) - columns.column / 2 for t in (5, 10)]
    assert changed.size and all(min(abs(x - line) for line in lines) <= 2 for x in changed)
    assert layout.top < layout.bottom


def test_another_view_is_another_picture(desk):
    made = desk(task="echo", steps=8, batch=2, truncate=3)
    made.session.seek(1e9)
    pictures = [made.direct()]
    for view in ({"sample": 1}, {"gradient": "exact"}, {"normalise": True}):
        made.session.set_view(**view)
        pictures.append(made.direct())
    assert all((pictures[k] != pictures[k + 1]).any() for k in range(3))


def test_bound_anew_it_shows_the_other_session(desk):
    made, other = desk(steps=5), desk(steps=9, cell="gru")
    made.panel.bind(other.session)
    assert made.panel.view.scene.steps == 9
    scene = made.panel.view.scene
    made.session.change(steps=6)
    made.session.update()
    assert made.panel.view.scene is scene


@pytest.mark.parametrize("steps", [14, 50, 1000])
def test_zoomed_columns_end_before_the_rows_names(desk, steps):
    made = desk(cell="lstm", steps=steps, hidden=2)
    made.rest()
    made.session.seek(made.session.timeline.complete)
    columns, panel = made.session.columns, made.panel
    names = np.s_[round(panel.view.layout.top) : round(panel.view.layout.bottom), 2 : round(columns.LEFT) - 3]
    border = np.s_[names[0], -round(columns.RIGHT) + 4 : -3]
    plain = made.direct()
    columns.zoom(3.0, columns.LEFT + columns.room / 2)
    columns.pan(0.4 * columns.column)
    for position in (made.session.timeline.last, 1.5 * steps):
        made.session.seek(position)
        for zoomed in (made.direct(), made.picture()):
            assert np.array_equal(zoomed[names], plain[names])
            assert np.array_equal(zoomed[border], plain[border])


# --- what stands in and over the nodes ---
def test_in_a_hand_sized_network_the_numbers_stand_in_the_nodes(desk):
    made = desk(steps=3, hidden=1)
    sizes = made.panel.view.painter.digits.sizes
    rows = made.panel.view.scene.rows
    assert {rows[k].name for k in sizes} == {"x", "h", "s", "z"}
    made.session.seek(made.session.timeline.complete)
    with_digits = made.direct()
    strips = made.panel.view.layout.strips(1, made.panel.view.layout.node(1, 2))
    for strip in strips:  # more than one colour: there is something written on it
        part = strip.toRect()
        pixels = with_digits[part.top() + 1 : part.bottom(), part.left() + 1 : part.right()].reshape(-1, 3)
        assert len(np.unique(pixels, axis=0)) > 8
    assert not desk(steps=3, hidden=4).panel.view.painter.digits.sizes.keys() - {0, 3}  # x has two units, z one
    assert not desk(steps=30, hidden=1).panel.view.painter.digits.sizes


def test_a_number_in_a_node_is_never_cut(desk):
    made = desk(steps=6, hidden=1, w_init="normal", w_gain=1e-9)
    digits = made.panel.view.painter.digits
    layout = made.panel.view.layout
    for k, px in digits.sizes.items():
        row = made.panel.view.scene.rows[k]
        metrics = QFontMetricsF(_digits_font(px))
        room = layout.strips(k, layout.node(k, 1))[0].width() / row.units
        assert all(metrics.horizontalAdvance(text) <= room for texts in digits._texts(row) for text in texts)


def test_a_classifier_says_its_answer_over_each_output(desk):
    made = desk(task="next-character", text="hello world", steps=8)
    trace, frame = made.session.trace, made.panel.view.frame
    names = trace.data.output_names
    assert frame.answer_labels() == []
    made.session.seek_to(FORWARD, 3)
    said = [names[int(trace.values["out", "a"][t, 0].argmax())] for t in range(8)]
    assert [label.text for label in frame.answer_labels()] == said[:3]
    made.session.seek(made.session.timeline.complete)
    right = [names[int(trace.data.y[t, 0].argmax())] for t in range(8)]
    expected = [f"{a} ✓" if a == b else f"{a} ≠ {b}" for a, b in zip(said, right, strict=True)]
    assert [label.text for label in frame.answer_labels()] == expected


def test_units_at_rest_are_those_whose_clock_is_0(desk):
    made = desk(cell="clockwork", steps=8, hidden=8)
    row = made.panel.view.scene.rows[made.panel.view.scene.row_index("s")]
    s = made.session.trace.values["L1", "s"][:, 0]
    assert row.resting is not None and row.resting.any() and not row.resting.all()
    for t in range(1, 8):
        assert np.array_equal(s[t][row.resting[t]], s[t - 1][row.resting[t]])
    assert desk(cell="gru").panel.view.scene.rows[2].resting is None


def test_relatives_of_what_is_selected_are_outlined(desk):
    made = desk(steps=6)
    before = made.picture()
    made.session.select(Selection("s", 3))
    ancestors, descendants = made.panel._relatives
    assert {("s", 2), ("h", 3), ("x", 1)} <= ancestors and {("s", 4), ("z", 6)} <= descendants
    theme = made.session.theme
    picture, layout = made.picture(), made.panel.view.layout
    for nodes, colour in ((ancestors, theme.forward), (descendants, theme.backward)):
        wanted = QColor(colour)
        for name, t in nodes:
            if not made.panel.view.scene.rows[made.panel.view.scene.row_index(name)].present[t - 1]:
                continue
            node = layout.node(made.panel.view.scene.row_index(name), t)
            edge = picture[round(node.center().y()), round(node.left()) - 3 : round(node.left()) + 3]
            near = np.abs(edge - [wanted.blue(), wanted.green(), wanted.red()]).max(axis=1).min()
            assert near < 40, (name, t)
    made.session.select(None)
    assert np.array_equal(made.picture(), before)
    made.session.select(Selection("s", 6))
    made.session.change(steps=3)  # the relatives are those of the run on show
    made.session.update()
    assert all(t <= 3 for nodes in made.panel._relatives for _, t in nodes)


def test_a_double_click_or_enter_opens_the_cell(desk, qtbot):
    made = desk(steps=5)
    double_click(made.panel, made.node("h", 4))
    assert made.session.inside == "L1" and made.session.time.t == 4
    made.session.leave()
    double_click(made.panel, made.node("x", 4))
    assert made.session.inside is None, "no cell made it"
    made.session.select(Selection("s", 2))
    qtbot.keyClick(made.panel, Key.Key_Return)
    assert made.session.inside == "L1" and made.session.time.t == 2


# --- numbers of the steps ---
@pytest.mark.parametrize(("steps", "t"), [(3, 2), (20, 5), (200, 137), (1000, 738)])
def test_a_click_on_the_number_of_a_step_opens_it(desk, steps, t):
    made = desk(cell="tanh", steps=steps)
    panel, numbers = made.panel, made.panel.view.frame.steps
    written, label = numbers.labels()[-1]
    layout = panel.view.layout
    assert all(label.place.top() >= layout.bottom for _, label in numbers.labels())
    for wanted, place in (
        (written, label.place.center()),
        (t, QPointF(made.session.columns.x(t), label.place.bottom() - 2)),
    ):
        hit = next((k for k, each in numbers.labels() if each.place.adjusted(-2, 0, 2, 0).contains(place)), wanted)
        made.qtbot.mouseMove(panel, place.toPoint())
        assert panel.cursor().shape() == Qt.CursorShape.PointingHandCursor
        assert panel._over_step is not None and panel.step_hint(panel._over_step[0]) == f"open step {hit}"
        made.picture()
        made.click(place.toPoint())
        assert (made.session.inside, made.session.time.t, made.session.selection) == ("L1", hit, None)
        made.session.leave()
    made.qtbot.mouseMove(panel, QPoint(3, 3))
    assert panel._over_step is None
    assert panel.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_what_a_click_on_a_number_does_is_said_without_covering_a_number(desk):
    made = desk(cell="tanh", steps=200)
    made.session.seek(60.0)
    layout = made.panel.view.layout
    before = made.picture()
    made.qtbot.mouseMove(made.panel, QPoint(round(made.session.columns.x(61)), round(layout.bottom) + 4))
    changed = (made.picture() != before).any(axis=2)
    assert changed.any()
    assert not changed[int(np.ceil(layout.bottom)) + 1 :].any()


def test_words_without_their_formula_announce_nothing(qapp):
    metrics = QFontMetricsF(QFont())
    whole = metrics.horizontalAdvance("the sum:   a = b")
    assert fitting("the sum:", "a = b", whole, metrics) == "the sum:   a = b"
    assert fitting("the sum:", "a = b", whole - 1, metrics) == "the sum"
    assert fitting("the sum:", "", whole, metrics) == "the sum"
    assert fitting("the sum:", "a = b", 5.0, metrics) == ""
