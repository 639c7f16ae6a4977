"""From a session to the tiles on the chain's recurrent edges, and what they say under the mouse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from core.arithmetic.matrices import in_notation
from core.chain.matrices import OnEdge, matrices_on_edges
from core.chain.places import row_of_parameter
from core.claims.edge_factors import edge_factors
from core.memo import remember
from explorer.items.chain.links import TilePicture
from explorer.items.chain.painter import ChainPainter
from explorer.panels.numbers.view import limit_of
from explorer.session.session import Selection, Session
from explorer.words import translator

Array = np.ndarray
Pair = tuple[str, str]

tr = translator("chain")


def tiles(session: Session) -> dict[Pair, tuple[TilePicture, ...]]:
    """The tiles by the rows (source, target) of their edges."""
    found: dict[Pair, tuple[TilePicture, ...]] = {}
    trace = session.trace
    for each in remember(trace, "matrices on edges", lambda: matrices_on_edges(trace)):
        pair = each.source, each.target
        found[pair] = (*found.get(pair, ()), _tile(session, each))
    return found


def _tile(session: Session, each: OnEdge) -> TilePicture:
    """One matrix with its own symbol and its numbers; several (a gated cell's) by the letter that they share."""
    trace, notation = session.trace, session.notation
    name = each.names[0]
    own = name.partition(".")[2]
    several = len(each.names) > 1
    letter = notation.parameter(own.partition("_")[0] if several else own, False)
    values = None
    if not several:
        values = in_notation(trace, name, notation, trace.named_parameters(trace.parameters)[name])
    limit = limit_of(values) if values is not None else 1.0
    return TilePicture(name, each.first, each.last, letter, f"{letter}ᵀ", values, limit, session.theme)


def factors(session: Session) -> dict[Pair, Array]:
    """The factors by the rows of their edges; none while an error is hidden, which they would give away."""
    if not session.view.factors or session.hunt.hidden_fields:
        return {}
    view = session.view
    key = ("edge factors", view.share_at, view.gradient)
    return remember(session.trace, key, lambda: edge_factors(session.trace, session.share))


class TileAt(NamedTuple):
    """A tile in its place: the matrix and its letter, the rows of its edge, the step."""

    name: str
    letter: str
    source: str
    target: str
    t: int
    place: QRectF


class ChainTileItems:
    """The tiles that are in sight in one layout."""

    def __init__(self, drawn: ChainPainter) -> None:
        first, last = drawn.columns.visible()
        scene = drawn.scene
        self.items: list[TileAt] = []
        for link in (each for each in scene.links if each.tiles):
            for t in range(max(first - 1, 1), min(last + 1, scene.steps) + 1):
                tile = link.tile(t)
                if tile is None or not scene.has_edge(link, t):
                    continue
                place = drawn.tiles.rect(link, t)
                if place is not None:
                    self.items.append(TileAt(tile.name, tile.letter, *link.names, t, place))

    def at(self, point: QPointF) -> TileAt | None:
        """The tile under a point."""
        return next((each for each in self.items if each.place.adjusted(-2, -2, 2, 2).contains(point)), None)

    def like(self, tile: TileAt) -> list[QRectF]:
        """The places of all tiles of the same matrix."""
        return [each.place for each in self.items if each.name == tile.name]


def uses(session: Session, tile: TileAt) -> int:
    """How many edges of the run the matrix stands on."""
    trace = session.trace
    found = [each for each in matrices_on_edges(trace) if each.names[0] == tile.name]
    return sum(each.last - each.first for each in found)


def tile_hint(session: Session, tile: TileAt) -> str:
    """ "W: one matrix, used 13 times"."""
    trace = session.trace
    names = next(each.names for each in matrices_on_edges(trace) if each.names[0] == tile.name)
    own = tile.name.partition(".")[2]
    n = uses(session, tile)
    if len(names) > 1:
        letter = session.notation.parameter(own.partition("_")[0], False)
        text = tr("{W}: {count} matrices, each used {n} times")
        return text.format(W=letter, count=len(names), n=n)
    letter = session.notation.parameter(own, False)
    if n == 1:
        return tr("{W}: used once here").format(W=letter)
    return tr("{W}: one matrix, used {n} times").format(W=letter, n=n)


def tile_selection(session: Session, tile: TileAt) -> Selection:
    """What a click on a tile selects: the matrix, at the step that it makes."""
    row, record = row_of_parameter(session.trace, tile.name)
    return Selection(row, tile.t, record=record, parameter=tile.name)
