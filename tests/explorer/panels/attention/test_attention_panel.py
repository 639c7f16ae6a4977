"""The matrix of attention: the right colours in the right cells, as far as either pass has come, and the way to its
node."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from core.experiment import natural
from explorer.items.plots.attention.matrix import MatrixFrame, draw_matrix, gradient_texts, weight_texts
from explorer.panels.attention.panel import AttentionPanel
from explorer.panels.attention.scene import named, symbols
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.style.colours import gradient_colour, level_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.formula import typeset_count
from explorer.style.theme import THEMES
from explorer.window.window import Window
from tests.explorer.pixels import shot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_panel(show_panel):
    def make(width=990, height=220, theme="light", task="reverse", **fields):
        chosen = {"structure": "attention", "cell": "gru", "steps": 6, "output_steps": 5, "hidden": 4, **fields}
        panel, session = show_panel(AttentionPanel(), Session(natural(task, **chosen), theme), width, height)
        panel.choose("matrix")
        return panel, session

    return make


def corner(frame, i, j):
    """A place in a cell beside its number."""
    return (frame.cell(i, j).topLeft() + QPointF(2, 2)).toPoint()


# --- cells


def test_cells_have_the_colours_of_levels_and_of_gradients(open_panel):
    panel, session = open_panel()
    session.seek(session.timeline.complete)
    picture, data = shot(panel), panel.data
    first, second = panel.frames(data)
    for i in range(5):
        for j in range(6):
            weight, gradient = float(data.weights[i, j]), float(data.gradients[i, j])
            assert picture.pixelColor(corner(first, i, j)) == QColor.fromRgb(int(level_colours(weight, session.theme)))
            assert picture.pixelColor(corner(second, i, j)) == gradient_colour(gradient, LOW, HIGH, session.theme)
    np.testing.assert_allclose(data.weights.sum(axis=1), 1.0)
    np.testing.assert_array_equal(data.gradients, session.trace.used["attention", "a"][:, 0])


def test_the_weights_lie_in_the_encoders_columns(open_panel):
    panel, session = open_panel()
    shot(panel)
    first, _ = panel.frames(panel.data)
    for j in range(6):
        assert first.cell(0, j).center().x() == pytest.approx(session.columns.x(j + 1))


def test_rows_come_with_the_forward_pass_and_gradients_with_the_backward_pass(open_panel):
    panel, session = open_panel()
    shot(panel)
    first, second = panel.frames(panel.data)
    empty = QColor(session.theme.empty_strip)

    def rows_of(frame):
        picture = shot(panel)
        return [i for i in range(5) if picture.pixelColor(corner(frame, i, 2)) != empty]

    session.seek_to("forward", 8)
    session.seek(session.position + 0.5)  # the third row is under way
    assert rows_of(first) == [0, 1] and rows_of(second) == []
    session.seek_to("loss", 0)
    assert rows_of(first) == [0, 1, 2, 3, 4] and rows_of(second) == []
    session.seek_to("backward", 9)
    assert rows_of(second) == [2, 3, 4]
    session.seek_to("backward", 3)
    assert rows_of(second) == [0, 1, 2, 3, 4]


def test_what_a_sample_does_not_have_has_no_cell(open_panel):
    panel, session = open_panel(task="surname", steps=9, batch=3, output_steps=3)
    present = session.trace.data.present
    sample = int(np.argmin(present.sum(axis=0)))
    session.set_view(sample=sample)
    session.seek(session.timeline.complete)
    picture = shot(panel)
    first, _ = panel.frames(panel.data)
    missing = int(present[:, sample].sum())
    assert missing < 9 and not panel.data.present[missing]
    assert picture.pixelColor(corner(first, 1, missing)) == QColor(session.theme.empty_strip)


def test_a_row_can_be_told_against_its_own_largest(open_panel):
    panel, session = open_panel()
    session.seek(session.timeline.complete)
    session.set_view(normalise=True)
    picture, (first, _) = shot(panel), panel.frames(panel.data)
    j = int(panel.data.weights[2].argmax())
    assert picture.pixelColor(corner(first, 2, j)) == QColor.fromRgb(int(level_colours(1.0, session.theme)))


# --- geometry


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("read", "written"), [(1, 1), (3, 14), (24, 3), (200, 200)])
def test_both_matrices_are_within_the_card_and_apart(open_panel, theme, read, written):
    panel, session = open_panel(steps=read, output_steps=written, theme=theme.name)
    session.seek(session.timeline.complete)
    shot(panel)
    first, second = (frame.span(0, written - 1) for frame in panel.frames(panel.data))
    inside = QRectF(panel.card.rect())
    assert inside.contains(first) and inside.contains(second) and not first.intersects(second)


def test_texts_stand_where_there_is_room():
    font = QFont()
    font.setPixelSize(11)
    values = np.array([[0.25, 0.001, 1.0]])
    wide, narrow, low = (MatrixFrame(QRectF(0, 0, 300, h), 0.0, w, 1, 3) for w, h in ((60, 30), (24, 30), (60, 6)))
    said = weight_texts(values, wide, font)
    assert [said(0, j) for j in range(3)] == ["0.25", "", "1.00"]
    assert weight_texts(values, low, font) is None
    signs = gradient_texts(np.array([[-0.25, 0.0, 1.0]]), narrow, font)
    assert [signs(0, j) for j in range(3)] == ["−", "", "+"]


def test_small_cells_are_one_picture(qtbot):
    picture = QImage(60, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ffffff"))
    painter = QPainter(picture)
    colours = np.full((20, 30), 0xFF102030, dtype=np.uint32)
    draw_matrix(painter, MatrixFrame(QRectF(0, 0, 60, 40), 0.0, 2.0, 20, 30), colours, None, QFont())
    painter.end()
    assert picture.pixelColor(30, 20) == QColor("#102030")


# --- names


def test_one_hot_steps_have_their_symbols():
    assert symbols(np.eye(3)[[2, 0]], ("a", "b", "c")) == ("c", "a")
    assert symbols(np.array([[0.5, 0.5]]), ("a", "b")) == ()
    assert symbols(np.ones((3, 1)), ("a",)) == ()
    assert named(["1", "2"], ("c", "")) == ("1 c", "2") and named(["1"], ()) == ("1",)


# --- hands


def test_a_click_selects_the_decoders_step(open_panel, qtbot):
    panel, session = open_panel()
    session.seek(session.timeline.complete)
    shot(panel)
    for frame in panel.frames(panel.data):
        session.select(None)
        qtbot.mouseClick(panel.canvas, LEFT, pos=frame.cell(3, 1).center().toPoint())
        assert session.selection == Selection("attention", 6 + 4, unit=1)


def test_arrows_walk_the_cells_and_say_them(open_panel, qtbot):
    panel, session = open_panel()
    session.seek_to("backward", 9)
    canvas = panel.canvas
    canvas.setFocus()
    assert Qt.Key.Key_Right not in panel.own_keys()  # until a cell is selected, the arrows step through time
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(canvas, key)
    assert panel._at == (3, 2)
    weight, gradient = (dict(panel.readout())[name] for name in ("α(4′, 3)", "∂L/∂α(4′, 3)"))
    assert float(weight) == pytest.approx(panel.data.weights[3, 2], rel=1e-3)
    assert weight in canvas.accessibleDescription() and gradient in canvas.accessibleDescription()
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert session.selection == Selection("attention", 10, unit=2)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert panel._at is None
    session.seek_to("forward", 8)
    panel._at = (3, 2)
    assert [value for _, value in panel.readout()] == ["–", "–"]


def test_the_names_are_the_notations(open_panel):
    panel, session = open_panel()
    session.set_view(notation="ng")
    panel._at = (0, 0)
    assert [name for name, _ in panel.readout()] == ["α(1′, 1)", "dα(1′, 1)"]


def test_200_frames_paint_no_matrix_anew(open_panel):
    panel, session = open_panel(steps=20, output_steps=20)
    shot(panel)
    before = panel.renders, panel.refreshes, typeset_count()
    for k in range(200):
        session.seek(session.timeline.last * k / 199)
        panel.canvas.repaint()
    assert (panel.renders, panel.refreshes, typeset_count()) == before


def test_the_window_shows_it_in_the_place_of_the_map_of_contributions(qtbot, tmp_path):
    session = Session(natural("reverse", steps=4, output_steps=3, structure="attention", hidden=3))
    player = Player(session, clock=lambda: 0.0)
    player.stop()
    window = Window(session, player, Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    shown = {panel.name: panel.isVisible() for panel in (window.panels["attention"], window.panels["contributions"])}
    assert shown == {"attention": True, "contributions": False}
    session.change(structure="n-n", output_steps=None)
    session.update()
    assert not window.panels["attention"].isVisible() and window.panels["contributions"].isVisible()
    window.close()
    player.deleteLater()
