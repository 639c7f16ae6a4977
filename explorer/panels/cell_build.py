"""From a session to the inside of a cell: its diagram, all its numbers, and one step of them ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.chain import value_limit
from core.inspection import Step
from core.inspection_plan import Plan
from core.interior import Interior, interior
from core.interior_numbers import NEXT, OUTPUT, REST, Arrival, Numbers, numbers
from core.interior_time import Moment, Whereabouts, done
from core.scan import Scan
from explorer.items.cell_scene import CellStep, Inflow, Progress, progress
from explorer.items.decades import upper
from explorer.session import Session
from explorer.theme import Theme


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("Cell", text)


@dataclass(frozen=True, eq=False)
class OpenCell:
    """The open cell of one run, as it is looked at; made once, and asked at every beat without any computation."""

    session: Session
    scan: Scan
    interior: Interior
    numbers: Numbers
    limit: float
    high: float
    theme: Theme
    plan: Plan
    whereabouts: Whereabouts

    def moment(self) -> Moment:
        """Where the playhead stands for this part."""
        return self.whereabouts.at(self.session.position)

    @property
    def steps(self) -> int:
        """How many steps the part has."""
        return len(self.numbers.values["s"])

    @property
    def way(self) -> int:
        """In data time, where the step before lies: −1, and +1 in a reverse chain."""
        return -1 if self.scan.reverse else 1

    def progress(self, now: Moment) -> Progress:
        """What is done of the step."""
        count = len(self.interior.order)
        begun = now.backward > 0.0
        live = bool(now.live) and 0.0 < (now.backward if begun else now.forward) < 1.0
        return progress(self.interior, done(now.forward, count), done(now.backward, count), begun, live)

    def step(self, t: int) -> CellStep:
        """Step t, from 1."""
        own = self.numbers
        return CellStep(
            self.interior,
            self.theme,
            {name: array[t - 1] for name, array in own.values.items()},
            {name: array[t - 1] for name, array in own.gradients.items()},
            {edge: array[t - 1] for edge, array in own.addends.items()},
            self._inflows(t),
            self.symbols(t),
            self.limit,
            self.high,
        )

    def symbols(self, t: int) -> dict[str, str]:
        """Every node's symbol at step t; a held gate says at what, and a mix what it mixes, by "mix name"."""
        found = {}
        for node in self.interior.nodes:
            text = self.interior.symbol(node.name, t, self.way)
            held = node.held
            found[node.name] = text if held is None else f"{text} ≡ {held:g}" if node.recorded else f"≡ {held:g}"
            operation = node.operation
            if operation is not None and operation.kind == "mix":
                _, a, b = (self.interior.symbol(each, t, self.way) for each in operation.inputs)
                u = self._mixing(operation.inputs[0])
                times = self.interior.notation.times.of(False).strip()
                found["mix " + node.name] = f"{u} {times} {a} + (1 − {u}) {times} {b}"
        return found

    def _mixing(self, name: str) -> str:
        """What chooses in a mix, without its step."""
        node, notation = self.interior.by_name[name], self.interior.notation
        if node.held is not None and not node.recorded:
            return f"{node.held:g}"
        return notation.pattern(self.interior.cell, name, False).replace("@", "")

    def _inflows(self, t: int) -> tuple[Inflow, ...]:
        """What comes from outside to what step t hands on."""
        found = []
        for name, arrivals in self.numbers.arrivals.items():
            for arrival in arrivals:
                label, cut = self._origin(arrival, t)
                if label:
                    found.append(Inflow(name, label, arrival.vectors[t - 1], cut))
        return tuple(found)

    def _origin(self, arrival: Arrival, t: int) -> tuple[str, bool]:
        """Where it comes from in words, and whether it is cut; "" where there is no such way at this step."""
        match arrival.origin:
            case str(origin) if origin == NEXT:
                absent = Step(self.session.trace, t, 0, self.session.view.gradient == "used", self.plan).next_step
                label = tr("step {t}").format(t=t + self.way)
                return ("", False) if absent == "end" else (label + tr(", cut") * (absent == "cut"), absent == "cut")
            case str(origin) if origin == OUTPUT:
                return tr("output"), False
            case str(origin) if origin == REST:
                return tr("context"), False
            case str(origin):
                return tr("layer {name}").format(name=origin[1:]), False


def open_cell(session: Session) -> OpenCell | None:
    """The inside of the cell that the session has open; None on the chain."""
    if session.inside is None:
        return None
    trace, view = session.trace, session.view
    scan = next(each for each in trace.scans if each.name == session.inside)
    found = numbers(trace, scan.name, view.sample, view.gradient == "used", session.notation)
    largest = max(float(np.abs(a).max(initial=0.0, where=np.isfinite(a))) for a in found.gradients.values())
    return OpenCell(
        session,
        scan,
        interior(scan.cell, session.notation),
        found,
        value_limit(trace, view.sample),
        upper(largest),
        session.theme,
        Plan(trace, scan.name),
        Whereabouts(trace, scan.name, session.timeline),
    )
