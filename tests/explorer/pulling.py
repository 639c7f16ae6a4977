"""What the player does frame after frame, without a clock."""

from __future__ import annotations

from explorer.session.session import Session


def pulled(session: Session) -> int:
    """How many pieces there are until nothing of the session's runs is under way."""
    pieces = 0
    while session.running.busy or session.work.busy or session.run.dirty:
        session.follow(lambda: True)
        session.work.pull(lambda: True)
        pieces += 1
    return pieces
