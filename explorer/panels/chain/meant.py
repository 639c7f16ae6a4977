"""Where in the chain's picture stands what the lesson's step is about."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath

from explorer.items.chain.layout import Detail
from explorer.items.chain.meant import draw_asked, draw_meant
from explorer.panels.chain.step_numbers import line_height
from explorer.panels.chain.view import ChainView
from explorer.session.lessons.stage import GRADIENT, selection_of
from explorer.session.session import Session

Found = tuple[list[QRectF], list[QPainterPath]] | None


def draw_what_is_meant(painter: QPainter, view: ChainView, session: Session) -> None:
    """Fades everything else, where the step of a lesson names a place and the playhead has come to it."""
    focus = session.lesson.meant
    if not focus:
        return
    kind, _, name = focus.partition(" ")
    if kind == "panel":  # of another picture nothing is kept here
        found: Found = ([], []) if name != "chain" else None
    else:
        found = _tiles(view, name) if kind == "tile" else _node(view, session, focus)
    if found is not None:
        top = view.around.header * line_height(session)
        room = QRectF(
            view.room.left(), top, view.room.width(), view.layout.bottom - top
        )  # not the title nor the legend
        draw_meant(painter, room, *found, session.theme)
        if session.lesson.asks:
            draw_asked(painter, asked_strip(view, session, focus), session.theme)


def asked_strip(view: ChainView, session: Session, focus: str) -> QRectF:
    """The part of the node in which the number will stand that is asked for: its values, or its gradient."""
    chosen, page = selection_of(focus, session.trace), session.lesson.page
    assert chosen is not None and page is not None and page.ask is not None
    row = view.scene.row_index(chosen.row)
    upper, lower = view.layout.strips(row, view.layout.node(row, chosen.t))
    return lower if lower is not None and GRADIENT.search(page.ask.truth or "") is not None else upper


def _tiles(view: ChainView, name: str) -> Found:
    """All tiles of one matrix: they are one."""
    places = [item.place for item in view.tiles.items if item.name == name or item.name.startswith(f"{name}_")]
    return (places, []) if places else None


def _node(view: ChainView, session: Session, focus: str) -> Found:
    """A node, or an edge with both its ends."""
    chosen = selection_of(focus, session.trace)
    scene, layout = view.scene, view.layout
    if chosen is None or chosen.row not in scene.names or view.folding:
        return None
    row = scene.row_index(chosen.row)
    if not scene.rows[row].present[chosen.t - 1]:
        return None
    places, ways = [layout.node(row, chosen.t)], []
    link = scene.link(chosen.source, chosen.row, chosen.recurrent) if chosen.source else None
    if link is not None and scene.has_edge(link, chosen.t):
        places.append(layout.node(link.source, link.origin(chosen.t)))
        if layout.detail is not Detail.HEAT:
            ways.append(view.painter.edges.curve(link, chosen.t).path)
        tile = view.painter.tiles.rect(link, chosen.t)
        if tile is not None:
            places.append(tile)
    return places, ways
