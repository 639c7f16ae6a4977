"""What tests do with a session and its panels that the program has no use for."""

from __future__ import annotations

from explorer.panels.experiment.rows import Row
from explorer.session.session import Session


def pulled(session: Session) -> int:
    """How many pieces there are until nothing of the session's runs is under way, as the player pulls them."""
    pieces = 0
    while session.running.busy or session.work.busy or session.run.dirty:
        session.follow(lambda: True)
        session.work.pull(lambda: True)
        pieces += 1
    return pieces


def error_of(row: Row) -> str:
    """Why a row's value was refused."""
    return row._error.text() if row._error is not None else ""
