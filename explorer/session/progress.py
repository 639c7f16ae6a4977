"""What the playhead has reached of a node of the chain; within the step of an open cell, operation by operation."""

from __future__ import annotations

from dataclasses import dataclass

from core.chain.rows import INPUT_ROW, OUTPUT_ROW, Piece, key_of, read_again, row_named
from core.interior.diagram import Interior, interior
from core.memo import remember
from core.timeline.moment import beat_of, done, live_column
from core.timeline.timeline import BACKWARD, LOSS
from explorer.session.selection import Selection
from explorer.session.session import Session


@dataclass(frozen=True)
class Progress:
    """What the playhead has reached of a step: its values, its gradient."""

    forward: bool
    backward: bool


def progress_at(session: Session, row: str, t: int, record: str = "") -> Progress:
    """Inputs are there from the start; the loss sends its gradient to z as soon as it is known. `record`: of the row's
    quantities the one that is asked for, where the cell is open and the playhead within this step; "": the first."""
    line, position, schedule = session.timeline, session.position, session.trace.schedule
    piece = row_named(session.trace, row).piece(t)
    if piece is None:
        return Progress(False, False)
    within = _within(session, piece, t, record)
    if within is not None:
        return within
    passed = line.backward_done(position) >= schedule.backward(piece.part)[t - 1]
    early = row == OUTPUT_ROW and not read_again(session.trace)[t - 1]
    backward = position >= line.index(LOSS) if early else passed
    return Progress(
        row == INPUT_ROW or line.forward_done(position) >= schedule.forward(piece.part)[t - 1], bool(backward)
    )


def done_last(session: Session) -> Selection | None:
    """The operation that was done last of the open cell's step, while the playhead is within it; None elsewhere, and
    before its first one."""
    if session.inside is None:
        return None
    trace, time = session.trace, session.time
    column = live_column(trace.schedule, session.inside, time)
    if not column:
        return None
    scan = next(each for each in trace.scans if each.name == session.inside)
    order, back = _diagram(session, scan.name).order, time.phase == BACKWARD
    share = _shares(session, scan.name, column)[back]
    count = done(share, len(order))
    if not count or share >= 1.0:
        return None
    name = order[-count] if back else order[count - 1]
    row = next(each.name for each in scan.cell.rows if name in each.members)
    return Selection(row + key_of(trace, scan), column, record=name)


def _within(session: Session, piece: Piece, t: int, record: str) -> Progress | None:
    """What the open cell shows of a record while the playhead is within its step: a value once its operation is done, a
    gradient once all that read it have been passed. None elsewhere."""
    if session.inside != piece.part:
        return None
    forward, backward = _shares(session, piece.part, t)
    if not (0.0 < forward < 1.0 or 0.0 < backward < 1.0):
        return None
    diagram = _diagram(session, piece.part)
    name = record if record in diagram.by_name else piece.signals[0][1]
    if name not in diagram.by_name:
        return None
    order = diagram.order
    passed = set(order[len(order) - done(backward, len(order)) :])
    readers = {edge.out for edge in diagram.readers[name]} or ({name} - set(diagram.outgoing))
    return Progress(name not in order[done(forward, len(order)) :], backward > 0.0 and readers <= passed)


def _shares(session: Session, part: str, column: int) -> tuple[float, float]:
    """How much is done of the beats of both passes in which a part's step is, 0 … 1 each."""
    beats = (beat_of(session.trace, part, session.timeline, column, backward) for backward in (False, True))
    forward, backward = (min(max(session.position - (beat - 1), 0.0), 1.0) for beat in beats)
    return forward, backward


def _diagram(session: Session, part: str) -> Interior:
    trace, notation = session.trace, session.notation
    scan = next(each for each in trace.scans if each.name == part)
    return remember(trace, ("interior", part, notation.name), lambda: interior(scan.cell, notation))
