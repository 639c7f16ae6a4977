"""A page: all that an inspector shows of one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.arithmetic.lines import Equation
from explorer.items.tables.numbers import TableColumn
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.node_page import tr

Chips = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Page:
    """`unit` from 0; `limit`: values are coloured on ±limit; `own`: the chips of this node; `part`: what computes it.
    `warm`: further equations, to be typeset in advance; `text`: the page as plain text, every digit."""

    symbol: str
    title: str
    notes: str
    chips: Chips
    record: str
    own: tuple[str, ...]
    equations: tuple[Equation, ...]
    columns: tuple[TableColumn, ...]
    entries: tuple[Entry, ...]
    unit: int
    limit: float
    sentence: str
    part: str
    text: Callable[[], str]
    warm: Callable[[], tuple[Equation, ...]] = tuple
    underflow: bool = False
    numbers: str = ""
    gradients: bool = True  # whether it shows gradients of the loss
    shorter: tuple[str, ...] = ()  # other titles for little room, longest first
    whose: str = ""  # of what they are, where the chain shows others
    what: str = "units"  # of the table's lines: "units", "steps" or "rows" of a parameter

    @property
    def titles(self) -> tuple[str, ...]:
        """The title, and what may stand in its place."""
        return self.title, *self.shorter

    @property
    def numbers_title(self) -> str:
        """The head of the arithmetic; "" where there is none."""
        if self.numbers:
            return self.numbers
        return tr("With this step’s numbers, unit {i}").format(i=self.unit + 1) if self.entries else ""
