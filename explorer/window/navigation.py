"""What keys do along the run: the playhead, the steps in sight, the cell of a step."""

from __future__ import annotations

from core.chain.rows import row_named
from explorer.session.player import Player
from explorer.session.session import Session


def go(session: Session, player: Player, position: float) -> None:
    """Moves the playhead to a place and stops there."""
    player.pause()
    session.seek(position)


def enter(session: Session) -> None:
    """Opens the cell of the selected step, or of the playhead's."""
    chosen = session.selection
    if session.inside:
        return
    if chosen is None:
        session.enter()
        return
    piece = row_named(session.trace, chosen.row).piece(chosen.t)
    session.enter(piece.part if piece is not None else None, chosen.t)


def zoom(session: Session, factor: float) -> None:
    """Nearer or farther around the playhead, or around the middle."""
    columns, time = session.columns, session.time
    x = columns.x(time.t) if time.t else columns.LEFT + columns.room / 2
    columns.zoom(factor, min(max(x, columns.LEFT), columns.width))


def follow_playhead(session: Session) -> None:
    """Where only some of the steps are in sight, the playhead's is among them."""
    if session.time.t and not session.columns.whole:
        session.columns.reveal(session.time.t)
