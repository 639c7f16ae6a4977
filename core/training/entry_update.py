"""The update of one number: its gradient as the sum over time that it is, what is used of it, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from core.arithmetic.entries import parameter_entry
from core.arithmetic.lines import Sum
from core.notation.equations import Style
from core.trace import Trace
from core.training.update import Update


@dataclass(frozen=True)
class EntryUpdate:
    """`total`: the gradient of the backward pass that is used, an addend for each step, the last first. `used`: what is
    left of it after clipping, 0 where the number is locked, held or not learned. `after` = `before` + `change`."""

    total: Sum
    used: float
    before: float
    change: float
    after: float

    def negated(self) -> EntryUpdate:
        """The same in a book where the gate means the opposite."""
        return EntryUpdate(self.total.negated(), -self.used, -self.before, -self.change, -self.after)


def entry_update(trace: Trace, update: Update, name: str, index: tuple[int, ...], style: Style) -> EntryUpdate:
    """That of one entry of a parameter named as in the books ("L1.W_f", "out.V"); `index` as in its own array. Raises
    KeyError for an unknown parameter."""
    before, change, after, used = (
        trace.named_parameters(arrays) for arrays in (update.before, update.change, update.after, update.gradients)
    )
    return EntryUpdate(
        parameter_entry(trace, name, index, True, style),
        float(used[name][index]) if name in used else 0.0,
        float(before[name][index]),
        float(change[name][index]),
        float(after[name][index]),
    )
