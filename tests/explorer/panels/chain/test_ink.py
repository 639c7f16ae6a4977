"""The ink of the chain: an edge has the colour of the gradient it carries, and the legend says what colours mean."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.experiment import Experiment, natural
from core.timeline.timeline import LOSS
from explorer.columns import Columns
from explorer.items.chain import painter as painter_module
from explorer.items.chain.edges import HEAD_TURN, LEAST_BREADTH, ChainEdges
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.loss import LossRow
from explorer.items.chain.painter import ChainPainter
from explorer.items.chain.scene import BACKWARD_DONE, FORWARD_DONE
from explorer.items.signs import MINUS, NAN, PLUS, ZERO
from explorer.panels.chain.legend import STRIPS, ChainLegend
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.scene import build_scene
from explorer.session.session import Session
from explorer.style.colours import edge_colours, gradient_colour
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import LIGHT, THEMES
from tests.explorer.pixels import pixels, shot
from tests.explorer.vision import contrast

themes = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)


@pytest.fixture
def chain(qtbot):
    def make(experiment: Experiment, theme="light", width=1200, height=420) -> tuple[ChainPanel, Session]:
        session = Session(experiment, theme)
        session.columns.set_width(width)
        panel = ChainPanel()
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.bind(session)
        session.seek(session.timeline.complete)
        return panel, session

    return make


# --- edges
@themes
def test_an_edge_has_the_colour_of_the_decade_it_carries(theme):
    norms = np.array([1.0, 0.05, 2e-3, 30.0, np.nan, np.inf])
    expected = [gradient_colour(float(norm), LOW, HIGH, theme).rgb() for norm in norms]
    assert edge_colours(norms, HIGH, theme).tolist() == expected


@themes
def test_what_vanished_has_lost_its_ink_but_an_edge_stays_readable(theme):
    gone, zero, least = (QColor(int(c)).name() for c in edge_colours([1e-9, 0.0, 1.1e-4], HIGH, theme))
    assert gone == theme.line, "as faint as an edge that nothing has passed"
    assert zero == theme.node_outline and contrast(zero, theme.panel) >= 3.0
    assert contrast(least, theme.panel) >= 1.3, "some ink is seen"
    assert contrast(gone, theme.panel) < contrast(zero, theme.panel)
    inks = edge_colours(10.0 ** np.linspace(-3.9, 0, 40), HIGH, theme)
    seen = [contrast(QColor(int(ink)).name(), theme.panel) for ink in inks]
    assert all(b >= a - 1e-9 for a, b in pairwise(seen)), "more gradient, more ink"


def middle(panel: ChainPanel, session: Session, source: str, target: str, t: int) -> tuple[QPointF, int]:
    """The middle of an edge, and the colour that it has."""
    edges = ChainPainter(panel.view.layout, session.theme).edges
    link = next(link for link in panel.view.scene.links if link.names == (source, target))
    path = edges.path(link, t)
    assert path is not None
    return path.pointAtPercent(0.5), int(link.inks[t - 1])


@themes
def test_the_edges_of_a_run_that_vanishes_are_painted_so(chain, theme):
    panel, session = chain(Experiment(steps=14), theme.name)
    picture = shot(panel)
    for t in (1, 7, 14):
        at, ink = middle(panel, session, "h", "s", t)
        near = [picture.pixelColor(round(at.x()) + dx, round(at.y())).rgb() for dx in (-1, 0, 1)]
        assert ink in near
    inks = next(link.inks for link in panel.view.scene.links if link.names == ("h", "s"))
    seen = [contrast(QColor(int(ink)).name(), theme.panel) for ink in inks]
    assert seen[13] > 2.0 * seen[0], "the last step stands out, the first hardly does"


def test_narrow_columns_have_the_ink_too(chain):
    panel, session = chain(Experiment(steps=60))
    assert panel.view.layout.detail is Detail.COMPACT
    picture = pixels(shot(panel))
    link = next(link for link in panel.view.scene.links if link.names == ("h", "s"))
    assert int(link.inks[0]) == QColor(session.theme.line).rgb() != int(link.inks[-1])
    at, ink = middle(panel, session, "h", "s", 60)
    colour = QColor(ink)
    part = picture[round(at.y()), round(at.x()) - 2 : round(at.x()) + 3]
    assert (np.abs(part - [colour.blue(), colour.green(), colour.red()]).max(axis=1) < 60).any()


def test_a_dragged_slider_draws_narrow_nodes_and_edges_together(chain, monkeypatch):
    """Outlines are the same whatever the numbers: they come from one picture. No edge is stroked by itself, and while
    nothing has gone back all of a kind are one path."""
    panel, session = chain(Experiment(steps=60, hidden=4, loss_at="every"))
    shot(panel)
    before, alone, paths = painter_module._OUTLINES.paints, [], []
    monkeypatch.setattr(ChainEdges, "_stroke", lambda *arguments: alone.append(arguments))
    monkeypatch.setattr(QPainter, "drawPath", lambda painter, path: paths.append(path))
    for gain in (0.8, 0.9):
        session.change(gesture="w_gain", w_gain=gain)
        session.update()
        panel.grab()
    assert painter_module._OUTLINES.paints == before and not alone
    session.seek(session.timeline.index(LOSS) + 1)
    panel._draw_anew()
    paths.clear()
    panel.grab()
    kinds = len(panel.view.scene.links) + 1  # and those up to the loss
    assert kinds <= len(paths) <= kinds + 60, "forward one path a kind, and those to the loss in their inks"


def test_a_row_of_many_losses_is_one_picture(chain, monkeypatch):
    panel, session = chain(Experiment(steps=300, hidden=4, loss_at="every"), width=740)
    assert panel.view.layout.detail is Detail.HEAT and panel.view.loss_row is not None
    drawn: list[int] = []
    monkeypatch.setattr(LossRow, "_draw_inside", lambda row, painter, k, node, at: drawn.append(k))
    picture = pixels(shot(panel))
    assert not drawn
    row = panel.view.loss_row
    colours = row.picture.colours[0]
    for k in (0, 150, 299):  # outputs on the left, targets on the right of a column of two px
        upper = row._strips(row.node(k))[0]
        x, y = round(row.layout.x(k + 1) - 0.75), round(upper.center().y())
        near = picture[y, x - 1 : x + 2]
        wanted = QColor(int(colours[k, 0]))
        assert (np.abs(near - [wanted.blue(), wanted.green(), wanted.red()]).max(axis=1) <= 2).any(), k
    session.set_view(share_at=150)
    drawn.clear()
    shot(panel)
    assert set(drawn) == {149}, "the one whose gradient is on show stands out"


def test_an_edge_that_carries_nothing_is_dashed(chain, monkeypatch):
    panel, session = chain(Experiment(steps=6, truncate=3))
    edges = ChainPainter(panel.view.layout, session.theme).edges
    drawn: list[bool] = []
    monkeypatch.setattr(edges, "_stroke", lambda painter, path, colour, width, dashed, end, angle: drawn.append(dashed))
    link = next(link for link in panel.view.scene.links if link.names == ("h", "s"))
    for t in (2, 5):
        edges.draw(None, link, t, FORWARD_DONE)  # pyright: ignore[reportArgumentType]
        edges.draw(None, link, t, BACKWARD_DONE)  # pyright: ignore[reportArgumentType]
    assert drawn == [False, True, False, False]


def test_playing_computes_no_colour_of_an_edge(chain, monkeypatch):
    panel, session = chain(Experiment(steps=20))
    for k in range(8):  # every layer is built
        session.seek(session.timeline.last * k / 7)
        shot(panel)
    for name in ("edge_colours", "gradient_colours"):
        for module in ("links", "rows"):
            monkeypatch.delattr(f"explorer.items.chain.{module}.{name}", raising=False)
    built = panel.drawing.builds
    for k in range(60):
        session.seek(session.timeline.last * k / 59)
        shot(panel)
    assert panel.drawing.builds == built


# --- inputs
def test_the_same_data_look_the_same_under_every_cell(qtbot):
    pictures = []
    for cell in ("tanh", "relu", "lstm", "gru"):
        session = Session(Experiment(cell=cell, w_gain=1.5, steps=8))
        pictures.append(build_scene(session).rows[0].value_colours)
    assert all(np.array_equal(pictures[0], each) for each in pictures[1:])


# --- the legend
def legend_of(session: Session, room: float) -> ChainLegend:
    font = QFont()
    font.setPixelSize(12)
    return ChainLegend(session, build_scene(session), font, room)


@pytest.mark.parametrize("cell", ["tanh", "lstm"])
def test_the_legend_says_that_x_has_a_scale_of_its_own(qtbot, cell):
    session = Session(Experiment(cell=cell))
    whole = legend_of(session, 2000.0)
    assert whole.maps[0].title == "x" and "by the data alone" in whole.maps[0].span
    assert [entry.kind for entry in whole.maps] == ["value", "value", *["level"] * (cell == "lstm"), "gradient"]
    assert "edges" in whole.maps[-1].span
    narrow = legend_of(session, 640.0)
    assert "own scale" in narrow.maps[0].span
    assert [entry.title for entry in narrow.maps] == [entry.title for entry in whole.maps]


def test_it_never_is_wider_than_its_room(qtbot):
    session = Session(Experiment(cell="lstm", truncate=3))
    font = QFont()
    font.setPixelSize(12)
    metrics = QFontMetricsF(font)
    for room in range(0, 1600, 40):
        found = legend_of(session, float(room))
        words = "".join(entry.title + entry.span for entry in found.maps) + "".join(e.text for e in found.signs)
        strips = sum(entry.strip for entry in found.maps)
        assert metrics.horizontalAdvance(words) * 0.95 + strips <= max(room, 0)
        assert all(entry.strip in STRIPS for entry in found.maps)


def test_it_names_exact_zeros_and_what_is_not_a_number_where_there_are_some(qtbot):
    assert legend_of(Session(Experiment(steps=4)), 2000.0).signs == []
    assert [e.sign for e in legend_of(Session(Experiment(truncate=3)), 2000.0).signs] == [ZERO]
    broken = natural("echo").with_changes(cell="identity", steps=400, w_init="identity", w_gain=100.0)
    signs = [entry.sign for entry in legend_of(Session(broken), 2000.0).signs]
    assert NAN in signs and {PLUS, MINUS} & set(signs)


def test_gradients_of_each_row_by_its_own_largest_are_said_so(qtbot):
    session = Session(Experiment())
    session.set_view(normalise=True)
    assert "each row by its own largest" in legend_of(session, 2000.0).maps[-1].span


def test_the_legend_is_painted(chain):
    panel, session = chain(Experiment())
    picture = shot(panel)
    low = round(panel.height() - 14)
    row = {picture.pixelColor(x, low).name() for x in range(panel.width())}
    assert {LIGHT.value_low, LIGHT.value_high, LIGHT.gradient[2]} <= row
    assert session.theme is LIGHT


@pytest.mark.parametrize(("steps", "hidden"), [(3, 1), (2, 2), (6, 4), (14, 6)])
@pytest.mark.parametrize("size", [(734, 250), (1200, 420), (1800, 700)])
def test_every_arrowhead_is_broader_than_its_line(qtbot, steps, hidden, size):
    session = Session(Experiment(steps=steps, hidden=hidden))
    scene, columns = build_scene(session), Columns(steps)
    columns.set_width(size[0])
    edges = ChainPainter(ChainLayout(scene, columns, 40.0, size[1] - 50.0), session.theme).edges
    for place in (0.0, 0.5, 1.0):
        width = edges.thickness(place)
        side = edges.head(width)
        assert 2 * side * math.sin(HEAD_TURN) >= LEAST_BREADTH * width - 1e-9
        assert side <= max(edges.layout.row_gap, 4.5), "and not longer than the gap that it stands in"
    session.deleteLater()
