"""The arcs of attention: which are shown when, in whose ink, and the way from an arc to its weight."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF

from core.experiment import natural
from explorer.items.plots.attention.arcs import (
    ArcFrame,
    arc_colours,
    decade_share,
    gradient_arcs,
    weight_arcs,
)
from explorer.panels.attention.arcs import Shown, shown_of
from explorer.panels.attention.panel import AttentionPanel
from explorer.session.session import Selection, Session
from explorer.style.colours import edge_colours
from explorer.style.decades import HIGH
from explorer.style.theme import THEMES
from tests.explorer.pixels import shot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_panel(show_panel):
    def make(width=990, height=260, theme="light", task="reverse", **fields):
        chosen = {"structure": "attention", "cell": "gru", "steps": 6, "output_steps": 5, "hidden": 4, **fields}
        return show_panel(AttentionPanel(), Session(natural(task, **chosen), theme), width, height)

    return make


def shown(panel):
    return shown_of(panel.setting(panel.data), panel.now(), panel.at, panel._chosen_weight)


def frame_of(panel):
    return panel._picture.frame(panel.setting(panel.data))


def near(picture, place, colour):
    """Whether some pixel around a place has a colour."""
    x, y = place.toPoint().toTuple()
    found = [picture.pixelColor(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return any(max(abs(a - b) for a, b in zip(each.getRgb(), colour.getRgb(), strict=True)) <= 12 for each in found)


# --- which arcs, in which ink


def test_the_live_step_has_its_arcs_in_the_ink_of_its_weights_and_then_of_its_gradients(open_panel):
    panel, session = open_panel()
    frame, data, theme = frame_of(panel), panel.data, session.theme
    for phase in ("forward", "backward"):
        for i in range(5):
            session.seek_to(phase, 7 + i)
            assert shown(panel) == Shown(row=i)
            picture = shot(panel)
            for j in range(6):
                back = phase == "backward"
                inks = edge_colours(np.abs(data.gradients), HIGH, theme) if back else arc_colours(data.weights, theme)
                colour = QColor.fromRgb(int(inks[i, j]))
                assert near(picture, frame.path(i, j).pointAtPercent(0.25), colour), (phase, i, j)


def test_the_ink_of_a_weight_has_one_scale_whatever_else_the_step_attends_to():
    theme = THEMES[0]
    alone, among = arc_colours([0.5], theme), arc_colours([0.1, 0.5, 0.4], theme)
    assert alone[0] == among[1]
    inks = [QColor.fromRgb(int(each)).lightnessF() for each in arc_colours(np.linspace(0, 1, 6), theme)]
    assert all(a > b for a, b in pairwise(inks)), "more weight, more ink"
    arcs = weight_arcs(np.zeros(3, int), np.arange(3), np.array([0.0, 0.5, 1.0]), theme)
    assert arcs.shares.tolist() == [0.0, 0.5, 1.0]
    np.testing.assert_allclose(decade_share([1e-9, 1e-4, 1e-2, -1e-2, 1.0, 50.0]), [0, 0, 0.5, 0.5, 1, 1])
    assert gradient_arcs(np.zeros(2, int), np.arange(2), np.array([0.0, 1e-3]), theme).dashed.tolist() == [True, False]


def test_a_step_of_the_encoder_has_on_the_way_back_an_arc_from_every_step_of_the_decoder(open_panel):
    panel, session = open_panel()
    session.seek_to("forward", 3)
    assert shown(panel) is None, "no step of the decoder has been computed"
    session.seek_to("backward", 3)
    assert shown(panel) == Shown(column=2)
    picture, frame = shot(panel), frame_of(panel)
    inks = edge_colours(np.abs(panel.data.gradients), HIGH, session.theme)
    for i in range(5):
        assert near(picture, frame.path(i, 2).pointAtPercent(0.75), QColor.fromRgb(int(inks[i, 2])))


def test_at_the_loss_the_last_steps_arcs_at_the_end_the_firsts_unless_one_is_selected(open_panel):
    panel, session = open_panel()
    session.seek_to("loss", 0)
    assert shown(panel) == Shown(row=4)
    session.seek(session.timeline.last)
    assert shown(panel) == Shown(row=0)
    session.select(Selection("attention", 6 + 3, unit=1))
    assert shown(panel) == Shown(row=2)
    session.seek_to("forward", 7)
    assert shown(panel) == Shown(row=0), "the live step's"


def test_arcs_grow_with_the_beat(open_panel):
    panel, session = open_panel(hidden=3)
    frame, data = frame_of(panel), panel.data
    session.seek_to("forward", 9)
    session.seek(session.position - 0.5)
    picture = shot(panel)
    ink = QColor.fromRgb(int(arc_colours(data.weights, session.theme)[2, 1]))
    assert near(picture, frame.path(2, 1).pointAtPercent(0.25), ink)
    assert not near(picture, frame.path(2, 1).pointAtPercent(0.75), ink)
    session.seek_to("backward", 9)
    session.seek(session.position - 0.5)
    picture = shot(panel)
    back = QColor.fromRgb(int(edge_colours(np.abs(data.gradients), HIGH, session.theme)[2, 1]))
    assert near(picture, frame.path(2, 1).pointAtPercent(0.25), ink), "the gradient has not come so far"
    assert near(picture, frame.path(2, 1).pointAtPercent(0.75), back)


@pytest.mark.parametrize("score", ["dot", "additive", "bilinear"])
def test_every_score_has_its_arcs(open_panel, score):
    panel, session = open_panel(score=score, cell="tanh", steps=3, output_steps=2, hidden=2)
    session.seek_to("backward", 4)
    arcs = panel._picture._arcs(panel.setting(panel.data), shown(panel), True)
    np.testing.assert_array_equal(arcs.colours, edge_colours(np.abs(panel.data.gradients[0]), HIGH, session.theme))
    np.testing.assert_array_equal(panel.data.gradients, session.trace.used["attention", "a"][:, 0])


def test_what_a_sample_does_not_have_has_no_arc(open_panel):
    panel, session = open_panel(task="surname", steps=9, batch=3, output_steps=3)
    present = session.trace.data.present
    session.set_view(sample=int(np.argmin(present.sum(axis=0))))
    session.seek_to("forward", 11)
    arcs = panel._picture._arcs(panel.setting(panel.data), shown(panel), False)
    assert arcs.read.tolist() == np.flatnonzero(panel.data.present).tolist() and len(arcs.read) < 9


# --- geometry


SIZES = [("light", 1, 1), ("dark", 3, 2), ("projector", 5, 24), ("light", 24, 24), ("dark", 200, 3), ("light", 9, 200)]


@pytest.mark.parametrize(("theme", "read", "written"), SIZES)
def test_both_rows_are_within_the_card_and_the_decoder_is_above(open_panel, theme, read, written):
    panel, session = open_panel(734, 150, theme, steps=read, output_steps=written, cell="tanh")
    session.seek(session.timeline.last)
    shot(panel)
    frame, card = frame_of(panel), QRectF(0, 0, panel.wide, panel.high)
    decoder = [frame.decoder(i) for i in range(written)]
    encoder = [frame.encoder(j) for j in range(read)]
    assert all(card.contains(box) for box in (*decoder, *encoder, frame.number(0), frame.number(read - 1)))
    assert max(box.bottom() for box in decoder) + 20 < min(box.top() for box in encoder), "arcs have room"
    for boxes in (decoder, encoder):
        assert all(a.right() <= b.left() + 0.01 for a, b in pairwise(boxes))
    assert frame.numbered and QFontMetricsF(panel.small_font()).height() <= frame.number(0).height()
    assert frame.number(0).bottom() <= card.bottom()


def test_three_steps_fill_the_room():
    frame = ArcFrame(QRectF(0, 0, 1200, 200), 2, 3, 15.0)
    assert frame.encoder(0).left() < 60 and frame.encoder(2).right() > 1140


def test_an_arc_is_found_where_it_is_drawn():
    theme, frame = THEMES[0], ArcFrame(QRectF(60, 30, 700, 160), 5, 8, 15.0)
    arcs = weight_arcs(np.full(8, 3), np.arange(8), np.full(8, 0.125), theme)
    for j in range(8):
        for part in (0.1, 0.3, 0.5):
            assert frame.nearest(frame.path(3, j).pointAtPercent(part), arcs) == (3, j)
    assert frame.nearest(QPointF(70, 100), arcs) is None
    assert frame.step_at(frame.decoder(4).center()) == ("decoder", 4)
    assert frame.step_at(frame.encoder(7).center()) == ("encoder", 7)
    assert frame.step_at(QPointF(400, frame.upper + 30)) is None


# --- hands


def test_a_click_on_an_arc_selects_its_weight_and_hover_tells_it(open_panel, qtbot):
    panel, session = open_panel()
    session.seek_to("backward", 9)
    shot(panel)
    place = frame_of(panel).path(2, 4).pointAtPercent(0.4)
    panel.hover(place)
    assert panel.at == (2, 4)
    values = dict(panel.readout())
    assert float(values["α(3′, 5)"]) == pytest.approx(panel.data.weights[2, 4], rel=1e-3)
    assert values["∂L/∂α(3′, 5)"] not in ("", "–")
    panel.hover(None)
    assert panel.at is None
    qtbot.mouseClick(panel.canvas, LEFT, pos=place.toPoint())
    assert session.selection == Selection("attention", 6 + 3, unit=4)
    before = shot(panel)
    session.select(None)
    assert before != shot(panel), "what is selected is outlined"


def test_a_step_of_the_decoder_under_the_mouse_shows_its_arcs(open_panel):
    panel, session = open_panel()
    session.seek(session.timeline.last)
    panel.hover(frame_of(panel).decoder(3).center())
    assert panel.at == (3, int(panel.data.weights[3].argmax())) and shown(panel) == Shown(row=3)


def test_the_switch_is_kept_and_a_command_of_its_own(open_panel, qtbot):
    panel, session = open_panel()
    assert panel.chosen() == "arcs"
    qtbot.mouseClick(panel.ways.button("matrix"), LEFT)
    assert panel.chosen() == "matrix" and panel.remembered
    panel.commands()["attention"]()
    assert panel.chosen() == "arcs"
    panel.choose({})  # what settings have before there is anything
    assert panel.chosen() == "arcs"
    said = []
    session.message.connect(said.append)
    session.change(structure="n-n", output_steps=None)
    session.update()
    panel.commands()["attention"]()
    assert said and "no attention" in str(said[-1]) and panel.chosen() == "arcs"


def test_a_beat_paints_its_arcs_once(open_panel):
    panel, session = open_panel(steps=20, output_steps=20)
    session.seek_to("backward", 30)
    start = session.position
    shot(panel)
    session.seek(start + 0.01)
    shot(panel)
    session.seek(start + 0.6)
    shot(panel)
    before = panel.renders
    for k in range(1, 40):
        session.seek(start + 0.6 + 0.4 * k / 41)
        panel.canvas.repaint()
    assert panel.renders == before


def test_a_narrow_card_keeps_the_scale_of_the_pass(open_panel):
    panel, session = open_panel(660)
    session.seek_to("forward", 8)
    assert panel._levels.isVisible() and not panel._decades.isVisible()
    session.seek_to("backward", 8)
    assert panel._decades.isVisible() and not panel._levels.isVisible()
