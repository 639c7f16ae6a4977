"""From a session to the inside of a cell: its diagram, all its numbers, and one step of them ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.arithmetic.cell_node import CellNode
from core.arithmetic.plan import plan_of
from core.chain.edges import PREVIOUS
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, key_of, limit_of, row_of_source, value_limit
from core.interior.diagram import FED, Interior, interior
from core.interior.numbers import FROM_OUTPUT, NEXT, REST, Arrival, Numbers, numbers
from core.interior.text import InteriorText
from core.network.scan import Scan
from core.timeline.moment import Moment, Whereabouts, done
from core.trace import Trace
from explorer.items.cell.scene import CellStep, Inflow, Progress, progress
from explorer.session.session import Pin, Selection, Session
from explorer.style.decades import upper
from explorer.style.theme import Theme
from explorer.words import translator

tr = translator("Cell")


@dataclass(frozen=True, eq=False)
class OpenCell:
    """The open cell of one run, as it is looked at; made once, and asked at every beat without any computation."""

    trace: Trace
    scan: Scan
    interior: Interior
    numbers: Numbers
    text: InteriorText
    whereabouts: Whereabouts
    used: bool
    limit: float
    input_limit: float
    high: float
    theme: Theme
    absent: np.ndarray | None = None  # (T,) bool: the steps that the sample does not have; None where it has all

    @property
    def steps(self) -> int:
        """How many steps the part has."""
        return len(self.numbers.values["s"])

    def copied(self, t: int) -> bool:
        """Whether step t, from 1, only passes its states on."""
        return self.lacks(t) and bool(self.scan.cell.recurrent_states)

    def lacks(self, t: int) -> bool:
        """Whether the sample does not have step t, from 1."""
        return self.absent is not None and bool(self.absent[t - 1])

    def progress(self, now: Moment) -> Progress:
        """What is done of the step."""
        count = len(self.interior.order)
        begun = now.backward > 0.0
        live = bool(now.live) and 0.0 < (now.backward if begun else now.forward) < 1.0
        return progress(self.interior, done(now.forward, count), done(now.backward, count), begun, live)

    def step(self, t: int) -> CellStep:
        """Step t, from 1."""
        own, fill = self.numbers, self.text.at
        return CellStep(
            self.interior,
            self.theme,
            {name: array[t - 1] for name, array in own.values.items()},
            {name: array[t - 1] for name, array in own.gradients.items()},
            {edge: array[t - 1] for edge, array in own.addends.items()},
            self._inflows(t),
            {name: fill(text, t) for name, text in self.text.symbols.items()},
            self.limit,
            self.input_limit,
            self.high,
            lambda key: self.text.at(self.text.addends.get(key, ""), t),
            tr("copied") if self.copied(t) else "",
            self.ways_in,
        )

    @cached_property
    def ways_in(self) -> tuple[str, ...]:
        """The names of all ways in, those that count steps with the largest number."""
        arrivals = [each for own in self.numbers.arrivals.values() for each in own]
        found = [tr("step {t}").format(t=self.steps), *(self._origin(each, 1)[0] for each in arrivals)]
        if self.used and self.trace.experiment.truncate is not None:
            found.append(tr("step {t}, cut").format(t=self.steps))
        return tuple(dict.fromkeys(found))

    def _inflows(self, t: int) -> tuple[Inflow, ...]:
        """The gradients that reach what step t passes on from outside."""
        found = []
        for name, arrivals in self.numbers.arrivals.items():
            for arrival in arrivals:
                label, cut = self._origin(arrival, t)
                if label:
                    found.append(Inflow(name, label, arrival.vectors[t - 1], cut, arrival.origin))
        return tuple(found)

    def _origin(self, arrival: Arrival, t: int) -> tuple[str, bool]:
        """Where it comes from in words, and whether it is cut; "" where there is no such way at this step."""
        if arrival.origin == NEXT:
            absent = CellNode(self.trace, t, 0, self.used, self.text.plan).next_step
            label = tr("step {t}, cut") if absent == "cut" else tr("step {t}")
            return ("", False) if absent == "end" else (label.format(t=t + self.text.way), absent == "cut")
        if arrival.origin == REST:
            return tr("context"), False
        if arrival.origin == FROM_OUTPUT:
            return tr("output"), self.used and not self.scan.cell.learned
        joined = all(each.name != arrival.origin for each in self.trace.scans)
        return (tr("join {name}") if joined else tr("layer {name}")).format(name=arrival.origin[1:]), False

    # --- the selection ---
    def selection(self, name: str, column: int) -> Selection | None:
        """The place on the chain of a node in a column, what is computed on the way in the row of its operation. None
        for what lies before the first column."""
        key = key_of(self.trace, self.scan)
        if name == INPUT_ROW:
            return Selection(row_of_source(self.trace, self.scan), column)
        if name.endswith(PREVIOUS):
            column += -self.text.way
            if not 1 <= column <= self.trace.steps:
                return None
            if name == FED:
                return Selection(OUTPUT_ROW, column)
        wanted = name.removesuffix(PREVIOUS)
        row = next(row.name for row in self.interior.cell.rows if wanted in row.members) + key
        return Selection(row, column, record=wanted)

    def node(self, selection: Selection | None, column: int) -> str:
        """The node that a place on the chain is; "" where it is not in this step."""
        if selection is None or selection.source:
            return ""
        names = (node.name for node in self.interior.nodes)
        wanted = (selection.row, selection.t, selection.record)
        for name in names:
            place = self.selection(name, column)
            if place is not None and (place.row, place.t, place.record) == wanted:
                return name
        return ""


def open_cell(session: Session) -> OpenCell | None:
    """The inside of the cell that the session has open; None on the chain."""
    if session.inside is None:
        return None
    trace = session.trace
    return _opened(session, trace, next(each for each in trace.scans if each.name == session.inside))


def cell_of_pin(session: Session, pin: Pin) -> OpenCell | None:
    """The same cell of a pinned run, that of the same name, or the one that it is compared by; None on the chain."""
    if session.inside is None:
        return None
    trace = pin.trace
    return _opened(session, trace, next((each for each in trace.scans if each.name == session.inside), trace.scan))


def on_one_scale(first: OpenCell, second: OpenCell) -> tuple[OpenCell, OpenCell]:
    """Both with the scales of colours and widths that the larger numbers need."""
    scales = {name: max(getattr(first, name), getattr(second, name)) for name in ("limit", "input_limit", "high")}
    return replace(first, **scales), replace(second, **scales)


def _opened(session: Session, trace: Trace, scan: Scan) -> OpenCell:
    view, notation = session.view, session.notation
    sample = min(view.sample, trace.experiment.batch - 1)
    used = view.gradient == "used"
    found = numbers(trace, scan.name, sample, used, notation)
    diagram = interior(scan.cell, notation)
    largest = max(float(np.abs(a).max(initial=0.0, where=np.isfinite(a))) for a in found.gradients.values())
    return OpenCell(
        trace,
        scan,
        diagram,
        found,
        InteriorText(plan_of(trace, scan.name, notation), diagram),
        Whereabouts(trace, scan.name, session.timeline),
        used,
        value_limit(trace, sample),
        limit_of(trace, row_of_source(trace, scan), sample),
        upper(largest),
        session.theme,
        _absent(trace, scan, sample),
    )


def _absent(trace: Trace, scan: Scan, sample: int) -> np.ndarray | None:
    """(T,) bool: the steps that a sample does not have; None where it has all."""
    if trace.data.present is None or scan.decodes or trace.data.present[:, sample].all():
        return None
    return ~trace.data.present[:, sample]
