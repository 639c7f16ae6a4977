"""Do it yourself: the operations of a step one by one, each waiting for its click, with a plain sentence for each."""

from __future__ import annotations

from dataclasses import dataclass

from core.timeline.moment import Moment, beat_of, done
from core.timeline.timeline import LOSS
from explorer.panels.cell.scene import OpenCell, tr
from explorer.session.session import Session

BEGUN = 1e-4  # of a beat: at its very beginning the playhead is still in the beat before


@dataclass(frozen=True)
class Doing:
    """One pass through one step of an open cell: `order` of its operations, and how many are done."""

    cell: OpenCell
    t: int
    order: tuple[str, ...]
    count: int
    backward: bool

    @property
    def waiting(self) -> str:
        """The operation that waits for its click; "" where all are done."""
        return self.order[self.count] if self.count < len(self.order) else ""

    @property
    def finished(self) -> frozenset[str]:
        """The operations that are done."""
        return frozenset(self.order[: self.count])

    def equations(self) -> tuple[str, ...]:
        """Those of the operation that waits; of the one that was done last where all are."""
        name = self.waiting or self.order[-1]
        text = self.cell.text
        found = text.backward[name] if self.backward else (text.forward[name],)
        return tuple(text.at(each, self.t) for each in found)

    def sentences(self) -> tuple[str, ...]:
        """What was done last, and which is next; of the whole when all is done. The longest first: of these one that
        there is room for."""
        k, n = self.count, len(self.order)
        if not k:
            return (
                tr("Do it yourself: click number 1 of {n}, {symbol}.").format(n=n, symbol=self._symbol(self.waiting)),
            )
        head, start, equations = f"{k} / {n}  ", *self._said(self.order[k - 1])
        said = f"{head}{start}: {equations}." if equations else f"{head}{start}."
        after = tr("That was all of this step; → goes to the next, Y ends.")
        if self.waiting:
            after = tr("Next is {k}: {symbol}.").format(k=k + 1, symbol=self._symbol(self.waiting))
        return f"{said}   {after}", said, f"{head}{start}.   {after}", f"{head}{start}."

    def refused(self, name: str) -> str:
        """What is said of a click on another operation."""
        if not self.waiting or name not in self.order or name in self.finished:
            return ""
        return tr("Not {symbol} yet: next is number {k}, {waiting}.").format(
            symbol=self._symbol(name), k=self.count + 1, waiting=self._symbol(self.waiting)
        )

    def _symbol(self, name: str) -> str:
        return self.cell.text.at(self.cell.text.symbols[name], self.t)

    def _said(self, name: str) -> tuple[str, str]:
        """What was done in words, and its equations."""
        text = self.cell.text
        if self.backward:
            equations = [text.at(each, self.t) for each in text.backward[name]]
            if not equations:
                return tr("Nothing goes back through {symbol}, it is given").format(symbol=self._symbol(name)), ""
            start = tr("What came to {symbol} goes back to its inputs").format(symbol=self._symbol(name))
            return start, ",  ".join(equations)
        operation = self.cell.interior.by_name[name].operation
        assert operation is not None
        start = {
            "linear": tr("Each input times its matrix, added up"),
            "multiply": tr("One times the other, unit by unit"),
            "add": tr("Added, unit by unit"),
            "complement": tr("What is left of 1, unit by unit"),
            "normalise": tr("Minus the mean over the batch, divided by the spread"),
            "constant": tr("Held fixed, nothing to compute"),
            "clock": tr("The clock says which units move at this step"),
        }.get(operation.kind, tr("Through the function, unit by unit"))
        return start, text.at(text.forward[name], self.t)


def doing(cell: OpenCell, now: Moment, session: Session) -> Doing:
    """How far the step on show is, in the pass in which the playhead is."""
    order, count = cell.interior.order, len(cell.interior.order)
    backward = session.position > session.timeline.index(LOSS)
    share = now.backward if backward else now.forward
    return Doing(cell, now.t, tuple(reversed(order)) if backward else tuple(order), done(share, count), backward)


def beginning(cell: OpenCell, now: Moment, session: Session) -> float:
    """The place on the line at which the step on show has nothing done: in the backward pass where that is under way,
    else in the forward pass."""
    line = session.timeline
    backward = line.index(LOSS) < session.position < line.complete
    return beat_of(session.trace, cell.scan.name, line, now.column, backward) - 1 + BEGUN
