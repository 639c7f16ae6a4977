"""The tiles on the recurrent edges, and the factors beside them: where they are, what they say, what a click does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.analysis.recurrence import recurrent_matrices
from core.cells import CELLS
from core.experiment import Experiment, natural
from core.notation.books import NOTATIONS
from explorer.items.chain.layout import Detail
from explorer.items.chain.scene import BACKWARD_DONE, TILES
from explorer.items.chain.tiles import LEAST_TEXT, ChainTiles
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.tiles import tile_hint
from explorer.session.session import Session
from tests.explorer.driving import double_click
from tests.explorer.pixels import pixels
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

LEFT = Qt.MouseButton.LeftButton
SIZES = ((720, 260), (1300, 800))


@pytest.fixture
def chain(show_panel):
    def make(experiment=None, size=(950, 420), theme="light", end=True, **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        if end:
            session.seek(session.timeline.complete)
        return show_panel(ChainPanel(), session, *size)[0]

    return make


def overlapping(some, others) -> np.ndarray:
    """Which of some rectangles lie over which of others."""
    a, b = (
        np.array([(each.left(), each.top(), each.right(), each.bottom()) for each in rects]).reshape(-1, 4)
        for rects in (some, others)
    )
    a = a[:, None]
    return (a[..., 0] < b[:, 2]) & (b[:, 0] < a[..., 2]) & (a[..., 1] < b[:, 3]) & (b[:, 1] < a[..., 3])


def check_places(panel):
    """No tile and no factor covers a node, another of them, or the panel's edge; nothing is smaller than it may be."""
    layout, drawn = panel.view.layout, panel.view.painter
    nodes = [
        layout.node(k, t) for k, row in enumerate(panel.view.scene.rows) for t in range(1, layout.scene.steps + 1)
        if row.present[t - 1]
    ]  # fmt: skip
    tiles = [item.place for item in panel.view.tiles.items]
    factors = [
        place for link in panel.view.scene.links for t in range(1, layout.scene.steps + 1)
        if panel.view.scene.has_edge(link, t) and (place := drawn.tiles.factor_rect(link, t)) is not None
    ]  # fmt: skip
    marks = tiles + factors
    assert layout.detail is Detail.FULL or not marks
    assert all(layout.top <= place.top() and place.bottom() <= layout.bottom for place in marks)
    assert not overlapping(marks, nodes).any()
    assert not np.triu(overlapping(marks, marks), 1).any()
    form = next(iter((drawn.tiles._forms or {}).values()), None)
    assert form is None or form.font.pixelSize() >= LEAST_TEXT
    assert not factors or drawn.tiles._number.pixelSize() >= LEAST_TEXT
    return len(tiles), len(factors)


@pytest.mark.parametrize("steps", [1, 3, 14, 200])
def test_of_every_cell_and_structure_nothing_covers_a_node(chain, steps):
    panel, seen = chain(), 0
    for experiment in (
        *(suited_to(cell.name, steps=steps) for cell in CELLS),
        *(experiment_of(name, steps) for name in STRUCTURES),
    ):
        session = Session(experiment)
        session.seek(session.timeline.complete)
        for size in SIZES if steps < 200 else SIZES[:1]:
            panel.resize(*size)
            session.columns.set_width(size[0])
            panel.bind(session)
            tiles, _ = check_places(panel)
            assert not tiles or recurrent_matrices(session.trace)
            seen += tiles
        panel.grab()
    assert (seen > 60) == (steps in (3, 14))


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_default_run_has_a_tile_on_every_recurrent_edge_at_the_usual_sizes(chain, theme):
    for size in ((720, 250), (930, 380), (1250, 420), (1900, 830)):
        if theme == "projector" and size[0] < 1000:
            continue
        panel = chain(size=size, theme=theme)
        tiles, _ = check_places(panel)
        assert tiles == 13, size


def test_both_factors_stand_where_there_is_room_and_can_be_switched_off(chain):
    panel = chain(size=(1250, 420), steps=6)
    assert check_places(panel) == (5, 10)  # W and the slope of each of 5 steps back
    panel.session.set_view(factors=False)
    assert check_places(panel) == (5, 0)
    panel = chain(size=(1250, 800), steps=6)
    panel.session.set_view(factors=False)
    assert check_places(panel) == (5, 0)
    assert next(iter(panel.view.painter.tiles._forms.values())).map > 0.0  # the matrix has their room
    assert check_places(chain(size=(720, 250)))[1] == 0
    assert check_places(chain(cell="lstm", size=(1250, 420), steps=6))[1] == 0


def inked_columns(image) -> int:
    """How many columns of px within a tile have something of its letter."""
    inside = pixels(image)[2:-2, 3:-3]
    return int((np.abs(inside - inside.max(axis=(0, 1))).max(axis=2) > 80).any(axis=0).sum())


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_the_letter_is_the_books_and_turns_over_in_the_backward_pass(chain, notation):
    panel = chain(steps=6, end=False)
    session = panel.session
    session.set_view(notation=notation.name)
    (link,) = (link for link in panel.view.scene.links if link.tiles)
    letter = notation.parameter("W", False)
    assert (link.tile(3).letter, link.tile(3).turned) == (letter, f"{letter}ᵀ")
    item = next(each for each in panel.view.tiles.items if each.t == 4)

    def shot():
        room = item.place.toRect()
        return panel.grab(room).toImage()

    session.seek(session.timeline.index("loss"))
    forward = shot()
    session.seek(session.timeline.index("backward", 5))
    assert shot() == forward  # the gradient has not come by W yet
    session.seek(session.timeline.index("backward", 2))
    assert inked_columns(shot()) > inked_columns(forward) + 2  # ᵀ beside the letter


def test_the_mouse_on_one_lights_all_and_says_how_often_it_is_used(chain):
    panel = chain(size=(930, 380))
    items = panel.view.tiles
    before = panel.grab().toImage()
    panel._point_at(items.items[4].place.center())
    lit = panel.grab().toImage()
    for item in items.items:
        corner = item.place.topLeft()
        room = [(round(corner.x()) + dx, round(corner.y()) + dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        assert any(before.pixelColor(*at) != lit.pixelColor(*at) for at in room)
    assert tile_hint(panel.session, items.items[4]) == "W: one matrix, used 13 times"
    panel._point_at(None)
    assert panel.grab().toImage() == before
    gated = chain(cell="lstm", size=(930, 380))
    assert tile_hint(gated.session, gated.view.tiles.items[0]) == "W: 4 matrices, each used 13 times"


def test_a_click_selects_the_matrix_and_a_double_click_opens_its_numbers_there(chain):
    panel = chain(size=(930, 380))
    session = panel.session
    item = panel.view.tiles.items[6]
    QTest.mouseClick(panel, LEFT, pos=item.place.center().toPoint())
    assert (session.selection.parameter, session.selection.entry, session.selection.t) == ("L1.W", (), item.t)
    assert panel.matrix_here is None
    double_click(panel, item.place.center().toPoint())
    here = panel.matrix_here
    assert here is not None and here.isVisible() and here.key == "L1.W"
    here.close()


def test_encoder_and_decoder_have_their_own_matrices(chain):
    panel = chain(natural("reverse", structure="encoder-decoder", steps=4, output_steps=3), size=(1250, 500))
    found = {item.name for item in panel.view.tiles.items}
    assert found == {"E1.W", "D1.W"}
    first = next(item for item in panel.view.tiles.items if item.name == "E1.W")
    assert len(panel.view.tiles.like(first)) == 3


def test_tiles_cost_nothing_while_time_moves(chain, monkeypatch):
    panel = chain(size=(1250, 420), steps=6, end=False)
    session, drawn = panel.session, []
    tiles = panel.view.painter.tiles
    for position in np.arange(0.0, session.timeline.last + 0.1, 0.25):
        session.seek(float(position))
        panel.grab()
    monkeypatch.setattr(type(tiles), "draw", lambda *a: drawn.append(1))
    builds = panel.drawing.builds
    for position in np.arange(0.0, session.timeline.last + 0.1, 0.25):
        session.seek(float(position))
        panel.grab()
    assert not drawn and panel.drawing.builds == builds
    assert any(each.way == TILES for each in panel.view.scene.elements)


def test_cached_layers_show_the_same_as_drawing_directly(chain):
    panel = chain(size=(1250, 420), steps=6)
    session = panel.session
    direct = panel.grab().toImage()
    session.seek(3.0)
    session.seek(session.timeline.complete)
    assert panel._only_time_moved
    cached = panel.grab().toImage()
    item = panel.view.tiles.items[2].place.toRect()
    a, b = (pixels(each.copy(item)).astype(float) for each in (direct, cached))
    assert np.abs(a - b).mean() < 8.0  # a letter is smoothed a little differently on a clear ground


def test_a_cut_edge_keeps_its_forward_letter(chain, monkeypatch):
    panel, seen = chain(size=(930, 380), truncate=4, steps=8, end=False), {}
    assert panel.view.scene.cuts
    monkeypatch.setattr(ChainTiles, "draw", lambda self, painter, link, t, phase: seen.update({(link.names, t): phase}))
    panel.session.seek(panel.session.timeline.complete)
    panel._draw_anew()
    panel.grab()
    for item in panel.view.tiles.items:
        assert (seen[(item.source, item.target), item.t] == BACKWARD_DONE) == (item.t not in panel.view.scene.cuts)
