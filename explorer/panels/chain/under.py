"""What lies under a point of the chain's picture: a step's number, a tile, a term of the loss, a node, an edge."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from explorer.items.chain.layout import Detail
from explorer.panels.chain.step_numbers import part_at
from explorer.panels.chain.tiles import TileAt
from explorer.panels.chain.view import ChainView
from explorer.session.selection import Selection


def step_under(view: ChainView, place: QPointF) -> int | None:
    """The step whose number is there, where a cell can be opened at it."""
    if view.folding:
        return None
    t = view.frame.steps.under(place)
    return t if t is not None and part_at(view.session.trace, t) is not None else None


def tile_under(view: ChainView, place: QPointF) -> TileAt | None:
    """The tile of a matrix."""
    if view.folding or not view.room.contains(place):
        return None
    return view.tiles.at(place)


def term_under(view: ChainView, place: QPointF) -> int | None:
    """The column of a node of the loss."""
    if view.folding or view.loss_row is None or not view.room.contains(place):
        return None
    return view.loss_row.hit(place)


def selection_under(view: ChainView, place: QPointF) -> Selection | None:
    """A node, or an edge."""
    if view.folding or not view.room.contains(place):
        return None
    hit = view.layout.hit(place)
    return _edge_under(view, place) if hit is None else Selection(view.scene.rows[hit[0]].name, hit[1])


def _edge_under(view: ChainView, place: QPointF) -> Selection | None:
    """An edge between the nodes."""
    if view.layout.detail is Detail.HEAT:
        return None
    session, edges = view.session, view.painter.edges
    t = session.columns.step_at(place.x())
    live = (session.selection or session.time).t
    near = []
    for link in view.scene.links:
        reach = abs(link.lag) + 1
        for step in edges.far_steps(link, live) if link.far else range(t - reach, t + reach + 1):
            path = edges.path(link, step)
            if path is not None and path.controlPointRect().adjusted(-6, -6, 6, 6).contains(place):
                near.append((path, Selection(link.names[1], link.end(step), link.names[0], link.recurrent)))
    for width in (3.0, 10.0):  # the nearest, where two run together
        found = next((chosen for path, chosen in near if _along(path, place, width)), None)
        if found is not None:
            return found
    return None


def _along(path: QPainterPath, place: QPointF, width: float) -> bool:
    """Whether a point lies on a curve of that width."""
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    return stroker.createStroke(path).contains(place)
