"""What is on the screen as a stop of a lecture."""

from __future__ import annotations

from core.chain.rows import OUTPUT_ROW, row_named
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
        not session.pins or trace.loss < session.pins[0].trace.loss,
    )


def asked_of(session: Session) -> tuple[str, str]:
    """A number of the run on show to ask for, as an expression, and what it is called: the gradient on the selected
    node's first unit, or by how many decades the gradient on the memory falls."""
    kind, _, rest = _focus(session).partition(" ")
    name, _, t = rest.partition(" ")
    part, _, record = name.partition(".")
    if kind == "node" and record and (part, record) in session.trace.exact:
        symbol = row_named(session.trace, session.selection.row).text if session.selection is not None else record
        return f"at('{part}.d{record}', {t}, 1)", f"∂L/∂{symbol} at t = {t}, of the first unit"
    scan = session.trace.scan
    memory = scan.cell.memory
    asked = f"log10(ratio('{scan.name}.d{memory}'))"
    return asked, f"the gradient on {memory} at the first step against that at the last, in decades"


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
    if chosen.row == OUTPUT_ROW:
        return f"node out.z {chosen.t}"
    part, record = piece.signals[-1]
    return f"node {part}.{chosen.record or record} {chosen.t}" if row.row else f"node {chosen.row} {chosen.t}"
