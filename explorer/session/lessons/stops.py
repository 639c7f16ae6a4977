"""What is on the screen as a stop of a lecture.

A stop holds what is taught: the runs, the beat, the place that is selected, and what a step of a lesson sets anew
every time, because the picture means something else with it: a difference, chains below each other, the share of one
loss, the network drawn once. How a person likes to see it stays theirs: a step leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.chain.rows import OUTPUT_ROW, row_named
from core.lessons.format import Look
from core.lessons.writing import Stop
from core.maths.arrays import Array
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, START, UPDATE
from core.trace import Trace
from explorer.session.lessons.stage import selection_of
from explorer.session.session import Session


def stop_of(session: Session, note: str) -> Stop:
    """The runs with their own weights, the beat that the playhead is at, and the place that is selected."""
    trace = session.trace
    return Stop(
        trace.experiment,
        note,
        _beats(session),
        _own(trace),
        tuple((pin.trace.experiment, _own(pin.trace)) for pin in session.pins),
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
    """What is not as usual in what the picture means; without a pinned run nothing is beside this one."""
    view, pinned = session.view, bool(session.pins)
    return Look(
        difference=pinned and view.difference,
        side_by_side=pinned and view.side_by_side and not view.difference,
        share_at=view.share_at,
        folded=session.unrolled == 0.0,
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
    """The selected node, or the edge from a step to the next, as a lesson names it; "" for what it has no name for."""
    chosen = session.selection
    if chosen is None:
        return ""
    row = row_named(session.trace, chosen.source or chosen.row)
    piece = row.piece(chosen.t)
    if piece is None:
        return ""
    part, record = piece.signals[-1]
    if chosen.source:
        found = f"edge {part}.{record} {chosen.t}>{chosen.t - 1}"
    elif chosen.row == OUTPUT_ROW:
        found = f"node out.z {chosen.t}"
    else:
        found = f"node {part}.{chosen.record or record} {chosen.t}" if row.row else f"node {chosen.row} {chosen.t}"
    again = selection_of(found, session.trace)
    places = ("row", "t", "source", "recurrent")
    return found if all(getattr(again, place, None) == getattr(chosen, place) for place in places) else ""


def _own(trace: Trace) -> Mapping[str, Array]:
    """A run's own parameters; none where they are its seed's."""
    return {name: trace.unedited[name] for name in trace.parameters} if trace.own_parameters else {}
