"""A card for an open cell: where the gradient on its memory comes from at the step on show: an equation and a bar."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.maths.arrays import norms
from core.network.scan import Scan
from core.timeline.moment import Moment
from explorer.items.plots.share_bar import BAR, Share, ShareBar, share_text
from explorer.items.tables.formula_flow import FormulaFlow
from explorer.panels.memory.source import equation_of, split_of
from explorer.panels.memory.words import absence, gradient, kind_name, sentence, symbol, tone
from explorer.session.session import Session
from explorer.style.numbers import number, power
from explorer.style.theme import PROJECTOR
from explorer.widgets.labels import text_label

HIGH = 12.0  # lines of text that the bar is high where it is presented


class ShareCard(QFrame):
    """`show_cell` when the cell or the run is another; `show_step` as the playhead moves, which asks for no numbers."""

    chosen = Signal(str)  # the record that the shares are of

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setProperty("note", True)
        self.title, self.norm = text_label("value"), text_label("status")
        self.aside = text_label("small", self.tr("signed shares add up to 1"))
        self.equation, self.bar = FormulaFlow(), ShareBar()
        header = QHBoxLayout()
        header.setSpacing(10)
        header.addWidget(self.title)
        header.addStretch(1)
        for each in (self.norm, self.aside):
            header.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(3)
        column.addLayout(header)
        column.addWidget(self.equation)
        column.addStretch(1)
        column.addWidget(self.bar)
        self.bar.chosen.connect(lambda: self._shown[0] and self.chosen.emit(self._scan.cell.memory))
        self.computed = 0  # how often core was asked for numbers; tests count it
        self._shown: tuple[int, bool] = (0, False)

    def show_cell(self, session: Session, scan: Scan) -> None:
        """Another cell, another run, or another way to look at it."""
        self._session, self._scan = session, scan
        self.computed += 1
        self.split = split_of(session, scan)
        self._norms = norms(self.split.gradient[:, None]) if self.split is not None else np.zeros(0)
        self.bar.set_theme(session.theme)
        self.bar.set_lines(HIGH if session.theme.name == PROJECTOR.name else BAR)
        self.equation.set_theme(session.theme)
        self.equation.set_pieces(*equation_of(session, scan))
        self._shown = (0, False)

    def show_step(self, moment: Moment) -> None:
        """The step of the playhead; its gradient is there as soon as the backward pass is in it."""
        now = (moment.t, moment.backward > 0.0)
        if now == self._shown or not moment.t:
            return
        self._shown = now
        session, scan, split = self._session, self._scan, self.split
        name = gradient(session, scan, moment.t)
        own = symbol(session, scan, moment.t)
        self.title.setText(self.tr("Where the gradient on {m} comes from").format(m=own))
        shares: dict[str, float] = {}
        if split is None:
            note = self.tr("An error is switched on: shares of a wrong gradient mean nothing.")
        elif not now[1]:
            note = self.tr("The backward pass has not reached this step yet.")
        else:
            shares = split.at(moment.column)
            note = "" if shares else absence(split, moment.column).format(g=name)
        alone = [kind for kind, value in shares.items() if value != 0.0]
        if len(alone) == 1:  # a full bar would say nothing
            words = self.tr("It comes from one addend alone, {addend}: there is nothing to divide.")
            shares, note = {}, words.format(addend=kind_name(session.trace, scan, alone[0]))
        found = [Share(kind_name(session.trace, scan, kind), value, tone(kind)) for kind, value in shares.items()]
        self.bar.set_data(found, note, lambda: self._working(moment.column, name))
        there = split is not None and now[1]
        self.norm.setText(f"‖{name}‖ = {power(float(self._norms[moment.t - 1]))}" if there else "")
        said = sentence(session.trace, scan, split, moment.column, name) if split is not None and now[1] else note
        self.bar.setAccessibleName(self.title.text())
        self.bar.setAccessibleDescription(said)
        self.setAccessibleName(self.title.text())
        self._fit()

    def _working(self, column: int, name: str) -> str:
        """Every share as the quotient that it is."""
        session, scan, split = self._session, self._scan, self.split
        if split is None:
            return ""
        products, whole = split.products(column)
        lines = [self.tr("share = ⟨addend, g⟩ / ⟨g, g⟩ with g = {g}").format(g=name)]
        for kind, product in products.items():
            quotient = f"{number(product, 4)} / {number(whole, 4)} = {share_text(split.at(column)[kind])}"
            lines.append(f"{kind_name(session.trace, scan, kind)}: {quotient}")
        return "\n".join(lines)

    # --- room --------------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """What there is no room for is left out: the equation, and what stands beside the title."""
        width = self.width() - 26
        room = self.height() - 15 - self.title.sizeHint().height() - 6 - self.bar.height()
        self.equation.setVisible(self.equation.fit(float(width), float(room)))
        left = width - self.title.sizeHint().width()
        for label in (self.norm, self.aside):
            left -= label.sizeHint().width() + 14
            label.setVisible(left >= 0)
