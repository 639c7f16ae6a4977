"""What the playhead has reached of a node of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from core.chain.rows import INPUT_ROW, OUTPUT_ROW, read_again, row_named
from core.timeline.timeline import LOSS
from explorer.session.session import Session


@dataclass(frozen=True)
class Progress:
    """What the playhead has reached of a step: its values, its gradient."""

    forward: bool
    backward: bool


def progress_at(session: Session, row: str, t: int) -> Progress:
    """Inputs are there from the start; the loss sends its gradient to z as soon as it is known."""
    line, position, schedule = session.timeline, session.position, session.trace.schedule
    piece = row_named(session.trace, row).piece(t)
    if piece is None:
        return Progress(False, False)
    done = line.backward_done(position) >= schedule.backward(piece.part)[t - 1]
    early = row == OUTPUT_ROW and not read_again(session.trace)[t - 1]
    backward = position >= line.index(LOSS) if early else done
    return Progress(
        row == INPUT_ROW or line.forward_done(position) >= schedule.forward(piece.part)[t - 1], bool(backward)
    )
