"""Where a step of a lesson plays: from its beats to places on the timeline, and from its focus to what is selected."""

from __future__ import annotations

from core.chain.edges import links
from core.chain.rows import key_of, row_named, rows
from core.lessons.format import Step
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, Timeline
from core.trace import Trace
from explorer.session.selection import Selection

BACK = ("back",)  # the pass that a question without beats plays when it is answered


def beats_of(step: Step) -> tuple[str, ...]:
    """What the step plays."""
    return step.beats or (BACK if step.ask is not None else ())


def places_of(step: Step, line: Timeline) -> tuple[float, tuple[float, ...]]:
    """Where the playhead stands first, and the places at which it rests one after another. A step that plays nothing
    shows the whole run at once."""
    start, rests, phase = None, [], FORWARD
    for beat in beats_of(step):
        kind, _, t = beat.partition(" ")
        if kind == "back":
            phase = BACKWARD
        ends = {
            "fwd": (0, line.beats),
            "loss": (line.beats, line.index(LOSS)),
            "back": (line.index(LOSS), line.complete - 1),
            "acc": (line.complete - 1, line.complete),
            "upd": (line.complete, line.last),
        }
        if kind == "to":
            place = line.index(phase, min(int(t), line.steps))
            first, last = (0 if phase == FORWARD else line.index(LOSS)), place
        elif kind in ends:
            first, last = ends[kind]
        else:  # a rest, and what is done inside a cell
            first = last = line.complete
        start = first if start is None else start
        rests.append(float(last))
    return (float(line.complete) if start is None else float(start)), tuple(dict.fromkeys(rests))


def selection_of(place: str, trace: Trace) -> Selection | None:
    """The node or the edge that "node L1.s 3" or "edge L1.s 14>13" names; None for what is neither, or not there."""
    kind, _, rest = place.partition(" ")
    name, _, at = rest.partition(" ")
    if kind not in ("node", "edge"):
        return None
    steps = sorted(int(each) for each in at.split(">"))
    row = _row_of(trace, name)
    if row is None or steps[-1] > trace.steps:
        return None
    if kind == "node":
        return Selection(row, steps[-1]) if row_named(trace, row).piece(steps[-1]) is not None else None
    ends = (link for scan in trace.scans for link in links(scan.cell) if link.recurrent)
    key = row.removeprefix(row.rstrip("0123456789r"))
    target = next((link.target + key for link in ends if link.source + key == row), None)
    return None if target is None else Selection(target, steps[-1], row, True)


def _row_of(trace: Trace, name: str) -> str | None:
    """The row that shows "L1.s"; None where there is none."""
    part_name, _, record = name.rpartition(".")
    if not part_name:
        return next((row.name for row in rows(trace) if row.name == record), None)
    part = trace.network.part(part_name)
    if part is None:
        return None
    row = next((each.name for each in part.rows if record in each.members), None)
    return None if row is None else row + key_of(trace, part)
