"""What is on the screen as a stop of a lecture."""

from __future__ import annotations

from core.chain.rows import row_named
from core.lessons.format import Look
from core.lessons.writing import Stop
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, START, UPDATE
from explorer.session.session import Session


def stop_of(session: Session, note: str) -> Stop:
    """The experiment and the pinned runs, the beat that the playhead is at, and the node that is selected."""
    trace = session.trace
    return Stop(
        trace.experiment,
        note,
        _beats(session),
        trace.unedited if trace.own_parameters else {},
        tuple(pin.trace.experiment for pin in session.pins),
        session.inside is not None,
        _focus(session),
        _look(session),
    )


def _look(session: Session) -> Look:
    """How the run is looked at. Pinned runs are in the picture: as their difference, or below this one."""
    view = session.view
    beside = bool(session.pins) and not view.difference
    return Look(
        difference=view.difference, side_by_side=beside, share_at=view.share_at, digits=True if view.digits else None
    )


def _beats(session: Session) -> tuple[str, ...]:
    """How the run comes to where the playhead is."""
    time = session.time
    return {
        START: ("fwd",),
        FORWARD: ("fwd", f"to {time.t}"),
        LOSS: ("loss",),
        BACKWARD: ("back", f"to {time.t}"),
        UPDATE: ("upd",),
    }.get(time.phase, ("rest",))


def _focus(session: Session) -> str:
    chosen = session.selection
    if chosen is None or chosen.source:
        return ""
    row = row_named(session.trace, chosen.row)
    piece = row.piece(chosen.t)
    if piece is None:
        return ""
    part, record = piece.signals[-1]
    return f"node {part}.{chosen.record or record} {chosen.t}" if row.row else f"node {chosen.row} {chosen.t}"
