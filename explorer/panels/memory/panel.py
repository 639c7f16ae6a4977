"""Where the gradient on the memory comes from, over time: signed shares that add up to 1, in the chain's columns."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from core.analysis.memory_split import MemorySplit, kinds_of, no_split
from core.network.scan import Scan
from explorer.items.plots.share_bar import share_text
from explorer.items.plots.split_curve import Shares
from explorer.panels.columns.stacks import StacksPanel
from explorer.panels.memory.source import split_of
from explorer.panels.memory.words import absence, gradient, kind_name, select_node, selected_scan, symbol, tone
from explorer.session.session import Session
from explorer.widgets.labels import text_label
from explorer.words import clauses


def only_addends(split: MemorySplit | None) -> list[str]:
    """The kinds of addends of which each step has only one: full bars would say nothing. Empty where some step has two,
    or none has any."""
    if split is None:
        return []
    shares = split.shares[:, np.isfinite(split.shares).all(axis=0)]
    if not shares.size or (np.count_nonzero(shares, axis=0) != 1).any():
        return []
    return [kind for kind, row in zip(split.kinds, shares, strict=True) if row.any()]


class MemoryPanel(StacksPanel):
    """Along the memory, through the gates, from the state: what the gradient on it is made of."""

    name = "memory"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = (
            (self.tr("[ ]"), self.tr("move the readout")),
            (self.tr("Return"), self.tr("select the memory of its step")),
        )
        self._title = text_label("title")
        self._note = text_label("small", self.tr("signed shares, they add up to 1"))
        for widget in (self._title, self._note):
            self.card.header.addWidget(widget)
        self.card.header.addStretch(1)
        self.card.header.addWidget(self.legend)
        self.split: MemorySplit | None = None

    # --- what is shown ---
    def empty(self, session: Session) -> bool:
        return bool(no_split(session.trace))

    @property
    def scan(self) -> Scan:
        """The scan whose memory it is."""
        return selected_scan(self.session)

    def update_stacks(self) -> None:
        """Splits the gradient that the view asks for."""
        session, scan = self.session, self.scan
        self.split = split_of(session, scan)
        kinds = self.split.kinds if self.split is not None else kinds_of(scan.cell)
        self.legend.set_names(tuple((kind_name(session.trace, scan, kind), tone(kind)) for kind in kinds))
        self.canvas.setAccessibleDescription(self._description())

    def stacks(self) -> Shares | None:
        split = self.split
        if split is None or (only_addends(split) and not self.presented):  # alone on the screen it is no empty picture
            return None
        zero = (split.gradient == 0).all(axis=1)
        return Shares(split.shares, tuple(tone(kind) for kind in split.kinds), zero, split.offset)

    def _description(self) -> str:
        """The picture in a sentence: the mean share of every kind, and where it is largest."""
        split = self.split
        if split is None:
            return self.absence()
        there = np.isfinite(split.shares).all(axis=0)
        if not there.any():
            return self.absence()
        shares = split.shares[:, there]
        words = self.tr("{name}: {mean} on average, from {low} to {high}")
        name = {kind: kind_name(self.session.trace, self.scan, kind) for kind in split.kinds}
        parts = (
            words.format(
                name=name[kind], mean=share_text(float(row.mean())), low=share_text(float(row.min())),
                high=share_text(float(row.max())),
            )
            for kind, row in zip(split.kinds, shares, strict=True)
        )  # fmt: skip
        return self.tr("Steps with a gradient: {n}; {parts}.").format(n=int(there.sum()), parts=clauses(parts))

    def absence(self) -> str:
        if no_split(self.session.trace):
            return self.tr("an error is switched on: shares of a wrong gradient mean nothing")
        m = symbol(self.session, self.scan)
        if alone := only_addends(self.split):
            names = [kind_name(self.session.trace, self.scan, kind) for kind in alone]
            joined = self.tr("{names} or {last}").format(names=", ".join(names[:-1]), last=names[-1])
            joined = joined if len(names) > 1 else names[0]
            return self.tr("one addend at every step, {names}: there is nothing to divide").format(names=joined)
        if self.split is not None and not np.isfinite(self.split.gradient).all():
            return self.tr("the gradient on {m} is not a number: there is nothing to divide").format(m=m)
        return self.tr("the gradient on {m} is 0 at every step").format(m=m)

    def fit_header(self) -> None:
        """The legend stays; the note goes first, then the title gets short."""
        m, width = symbol(self.session, self.scan), self._title.fontMetrics().horizontalAdvance
        whole = self.tr("Where the gradient on {m} comes from").format(m=m)
        room = self.card.width() - 60 - self.legend.sizeHint().width() - 1.12 * width(whole)
        self._title.setText(
            whole if room >= 0 else self.tr("Shares of {g}").format(g=gradient(self.session, self.scan))
        )
        self._note.setVisible(room >= self._note.sizeHint().width())
        self.canvas.setAccessibleName(whole)

    # --- reading off ---
    def heading(self, column: int) -> str:
        return gradient(self.session, self.scan, column - (self.split.offset if self.split else 0))

    def readout(self, column: int) -> list[tuple[str, str]]:
        split = self.split
        first, last = self.reached()
        if split is None or not first <= column <= last:
            return [(self.tr("the backward pass has not reached this step"), "")]
        shares = split.at(column)
        if not shares:
            return [(absence(split, column).format(g=self.heading(column)), "")]
        return [(kind_name(self.session.trace, self.scan, kind), share_text(value)) for kind, value in shares.items()]

    def select_column(self, column: int) -> None:
        """Selects the memory of a column."""
        select_node(self.session, self.scan, self.scan.cell.memory, column)
