"""Where a step of a lesson plays: from its beats to places on the timeline, and from its focus to what is selected."""

from __future__ import annotations

import re
from itertools import zip_longest

from core.chain.edges import links
from core.chain.rows import key_of, row_named, rows
from core.lessons.format import Ask, Lesson, Step
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, Timeline
from core.trace import Trace
from explorer.session.selection import Selection

VALUE = re.compile(r"'(\w:)?(\w+\.(?!d|b\b)[a-z]|x')")  # an address of what the forward pass makes: 'L1.s', 'out.z'
GRADIENT = re.compile(
    r"'(\w:)?\w+\.d\w|dall|\b(addend|share|slope|split|only|reach|clip_factor|check|quotient|history_norm)\("
)  # an address of one in an expression, 'L1.ds', or what is made of it
OF_OUTPUT = re.compile(r"'(\w:)?out\.d\w+'")  # the gradient on an output, which the loss's beat makes
LOSS_VALUE = re.compile(r"(?<!_)\bloss\(|loss_t")


def phase_at(lesson: Lesson, number: int) -> str:
    """The pass that a step goes on with, which the steps before it have begun: FORWARD or BACKWARD."""
    phase = FORWARD
    for step in lesson.step[:number]:
        for beat in step.beats:
            if beat in ("fwd", "loss", "back", "acc", "upd"):
                phase = FORWARD if beat == "fwd" else BACKWARD
    return phase


def beats_of(step: Step, phase: str) -> tuple[str, ...]:
    """What the step plays. One that names nothing stands still where what it speaks of is there. A question that names
    nothing is followed by what it asks for: by the beat of the place that it is about, where a pass is under way and it
    is of a gradient; by the pass that makes it otherwise; by nothing where no pass does."""
    named = tuple(beat for beat in step.beats if beat != "op")  # one plays operations oneself
    if named:
        return named
    about = about_of(step)
    if step.ask is None:
        return () if about == BACKWARD else (f"at {'loss' if about == LOSS else 'fwd'}",)
    column, said = column_of(step.focus or ""), " ".join(_asked(step.ask))
    if about == BACKWARD and OF_OUTPUT.search(said) is not None:
        return ("loss",) if step.ask.kind == "number" else ("loss", "back")
    if about == BACKWARD and column and phase == BACKWARD:
        return (f"to {column}",)
    return {BACKWARD: ("back",), LOSS: ("loss",), FORWARD: ("fwd",)}.get(about, ("at fwd",))


def about_of(step: Step) -> str:
    """The last pass that makes what a step speaks of, by its expressions: BACKWARD, LOSS, FORWARD, or "" where it
    speaks of nothing that a pass makes. Of a question only what is asked counts, where there is an expression of it."""
    asked = " ".join(_asked(step.ask)) if step.ask is not None else ""
    claims = " ".join(claim.holds for claim in step.claim)
    texts = (asked,) if asked.strip() else (step.text.en, claims) if step.ask is None else (claims,)
    for phase, pattern in ((BACKWARD, GRADIENT), (LOSS, LOSS_VALUE), (FORWARD, VALUE)):
        if any(pattern.search(each) for each in texts):
            return phase
    return ""


def _asked(ask: Ask) -> tuple[str, ...]:
    """The expressions that say what is right."""
    return (ask.truth or "", *(option.true or "" for option in ask.options))


def column_of(place: str) -> int:
    """The step of time of "node L1.s 3", the later one of "edge L1.s 3>2"; 0 of what has none."""
    kind, _, rest = place.partition(" ")
    return max(map(int, rest.rpartition(" ")[2].split(">"))) if kind in ("node", "edge") else 0


def places_of(step: Step, line: Timeline, phase: str) -> tuple[float, tuple[float, ...]]:
    """Where the playhead stands first, and the places at which it rests one after another; `phase`: see `phase_at`. A
    step that plays nothing shows the whole run at once."""
    passes = {
        "fwd": (FORWARD, 0, line.beats),
        "loss": (phase, line.beats, line.index(LOSS)),
        "back": (BACKWARD, line.index(LOSS), line.complete - 1),
        "acc": (BACKWARD, line.complete - 1, line.complete),
        "upd": (BACKWARD, line.complete, line.last),
        "rest": (phase, line.complete, line.complete),
    }
    start: float | None = None
    rests: list[float] = []
    for beat, after in zip_longest(beats := beats_of(step, phase), beats[1:], fillvalue=""):
        if beat.startswith("at "):
            first = last = _end_of(beat[3:], line, phase)
        elif beat.startswith("to "):
            place = line.index(phase, min(int(beat[3:]), line.steps))
            first, last = place - 1, place
        else:
            phase, first, last = passes[beat]
        start = float(first) if start is None else start
        goes_on = after.startswith("to ") and beat in ("fwd", "back")  # and says how far
        if not goes_on and not beat.startswith("at "):
            rests.append(float(last))
    return float(line.complete) if start is None else start, tuple(dict.fromkeys(rests))


def _end_of(what: str, line: Timeline, phase: str) -> float:
    """Where a pass or a column of the one under way, "fwd" or "3", is done."""
    if what.isdigit():
        return float(line.index(phase, min(int(what), line.steps)))
    return float({"fwd": line.beats, "loss": line.index(LOSS), "back": line.complete - 1, "acc": line.complete}[what])


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
