"""Folded and unrolled: one function of a share between a network with loops and the chain; who has no loop says so."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QFont, QImage, QPainter

from core.cells import CELLS
from explorer.columns import Columns
from explorer.items.chain.folded import DECODES, NARROW, NO_LOOP, SKIPS, FoldedChain, FoldingLayout, refusal
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.painter import Progress
from explorer.panels.chain.folding import letters, why_not
from explorer.panels.chain.scene import build_scene
from explorer.session.session import Session
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

REFUSED = {
    **dict.fromkeys(
        (
            "encoder-decoder", "encoder-decoder-taught", "context-at-every-step", "context-transformed",
            "context-of-all", "encoder-both-ways", "attention", "attention-additive", "attention-bilinear",
        ),
        DECODES,
    ),
    "narx-two-layers": SKIPS, "convolution": SKIPS, "tdnn": SKIPS, "ar": SKIPS,
}  # fmt: skip

WITHOUT = ("feedforward", "tdnn", "ar", "narx", "ngram")  # a window of steps, or none


def folded(session: Session, share: float, width: float = 1274, height: float = 480) -> FoldedChain:
    scene, columns = build_scene(session), Columns(session.trace.steps)
    columns.set_width(width)
    layout = FoldingLayout(scene, columns, 60, height, share)
    return FoldedChain(layout, session.theme, letters(session, scene), QFont())


def check(session: Session) -> None:
    """The names stand free, loops go from node to node, and both ends are what they should be."""
    for share in (0.0, 0.2, 0.6, 0.95, 1.0):
        drawn = folded(session, share)
        layout, scene = drawn.layout, drawn.scene
        live = max(1, scene.steps // 2)
        names = drawn.names(live)
        nodes = [layout.node(k, t) for k, row in enumerate(scene.rows) for t in range(1, scene.steps + 1)
                 if row.present[t - 1] and (share > 0.0 or t == live)]  # fmt: skip
        for place, letter in names:
            if not 0.0 < share <= 0.25:  # below, the names are those of the playhead's step, on top of the others
                assert not any(place.adjusted(0, 2, 0, -2).intersects(node) for node in nodes), letter
            assert place.right() <= layout.columns.width and place.left() >= layout.columns.LEFT
        for (a, _), (b, _) in itertools.combinations(names, 2):
            assert not a.adjusted(0, 2, 0, -2).intersects(b.adjusted(0, 2, 0, -2))
        if share == 0.0:
            assert len({layout.x(t) for t in range(1, scene.steps + 1)}) == 1
        if share == 1.0:
            plain = ChainLayout(scene, layout.columns, 60, 480)
            assert all(layout.node(k, t) == plain.node(k, t) for k in range(len(scene.rows)) for t in (1, scene.steps))
        picture = QImage(1274, 480, QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        drawn.draw(painter, Progress.at(session.timeline.last), live)
        painter.end()


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_structure_folds_or_says_why_not(qtbot, name):
    session = Session(experiment_of(name, 6))
    scene = build_scene(session)
    reason = refusal(scene, Detail.FULL)
    assert reason == REFUSED.get(name, reason if name == "1-1" else "")
    if reason:
        assert why_not(reason).endswith(".")
    else:
        check(session)
        assert refusal(scene, Detail.COMPACT) == NARROW
    session.deleteLater()


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("steps", [2, 14])
def test_every_cell_folds_or_says_why_not(qtbot, cell, steps):
    session = Session(suited_to(cell, steps=steps, hidden=4))
    reason = refusal(build_scene(session), Detail.FULL)
    assert reason in ((NO_LOOP, SKIPS) if cell in WITHOUT else ("",))
    if not reason:
        check(session)
    session.deleteLater()


def test_a_pair_of_chains_has_a_loop_on_either_side(qtbot):
    session = Session(experiment_of("sum-n-n", 6))
    drawn = folded(session, 0.0)
    loops = [link for link in drawn.scene.links if link.recurrent]
    middles = [drawn.curve(link, 3).path.boundingRect() for link in loops]
    node = drawn.layout.node(1, 3)
    assert {box.right() > node.right() + 20 for box in middles} == {True, False}
    assert {box.left() < node.left() - 20 for box in middles} == {True, False}
    session.deleteLater()
