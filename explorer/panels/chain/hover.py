"""What a node says under the mouse, after a short rest: what it is, its value, its gradient, and the ratio to the next
step's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtWidgets import QToolTip, QWidget

from core.chain.rows import ChainRow, row_named
from core.claims.step_back import open_units
from core.glossary import entry_of
from core.maths.arrays import Array, norms
from core.network.parts import X
from core.trace import Trace
from explorer.panels.chain.drawn import drawn_sentence
from explorer.panels.sentences import loss_symbol, node_symbol
from explorer.session.progress import progress_at
from explorer.session.session import Session
from explorer.style.numbers import number, power
from explorer.words import translator

REST_MS = 120

Node = tuple[str, int]  # the row's name and the step
_tr, _term = translator("chain"), translator("glossary")


class Hover(QObject):
    """Shows the tool tip of the node that the mouse rests on."""

    def __init__(self, panel: QWidget, tip: Callable[[Node], str]) -> None:
        """`tip`: what a node of the panel's own run says."""
        super().__init__(panel)
        self._panel, self._tip = panel, tip
        self.node: Node | None = None
        self._own_tip = tip
        self._place = QPoint()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.show_now)
        panel.installEventFilter(self)

    def over(self, node: Node | None, place: QPoint, tip: Callable[[Node], str] | None = None) -> None:
        """The mouse is over a node, at this place on the screen, or over none. `tip`: what it says, where it is another
        run's."""
        self._place = place
        if node == self.node and (tip or self._own_tip) == self._tip:
            return
        self.node, self._tip = node, tip or self._own_tip
        if node is None:
            self._rest.stop()
            QToolTip.hideText()
        else:
            self._rest.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The panel's tip is that of the node under the mouse."""
        if event.type() == QEvent.Type.ToolTip and watched is self._panel and self.node is not None:
            self.show_now()
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def show_now(self) -> None:
        """What the node says."""
        if self.node is not None and self._panel.isVisible():
            QToolTip.showText(self._place, self._tip(self.node), self._panel)


def node_tip(session: Session, node: Node) -> str:
    """A node in up to seven lines, from the run and the gradients that the view asks for, and what it is; of what is
    not computed yet, nothing."""
    name, t = node
    trace, sample = session.trace, session.view.sample
    row, there = row_named(trace, name, session.notation), progress_at(session, name, t)
    symbol = node_symbol(trace, session.notation, name, t)
    said = [_tr("{symbol}: {title} at t = {t}").format(symbol=symbol, title=_tr(row.title), t=t)]
    if there.forward:
        values = {**trace.values, X: trace.data.x}  # the data itself, where the cell reads a window of it
        size = float(norms(row.numbers(values, sample, trace.steps)[t - 1 : t])[0])
        said.append(_tr("value: norm {size}").format(size=power(size)))
    recorded = all(signal in session.share for piece in row.pieces for signal in piece.signals)  # not of a window
    if there.backward and recorded:
        sizes = norms(row.numbers(session.share, sample, trace.steps, gradients=True))
        term = session.view.share_at
        text = _tr("gradient: norm {size}") if term is None else _tr("gradient of {l} alone: norm {size}")
        said.append(text.format(size=power(float(sizes[t - 1])), l=loss_symbol(session.notation, term)))
        said += _ratio(sizes, row.present(trace.steps), t)
    if there.forward and (word := drawn_sentence(session, name, t)):
        said.append(word)
    if there.forward and (units := units_on(trace, row, t)):
        said.append(units)
    if (entry := entry_of(row.title)) is not None:
        said.append(_term(entry.says))
    return "\n".join(said)


def units_on(trace: Trace, row: ChainRow, t: int) -> str:
    """Of a state whose slopes are all 0 or 1, in how many units it is 1; "" of any other row."""
    piece, scan = row.piece(t), trace.scan_named(row.part)
    found = open_units(trace, scan) if scan is not None and piece is not None else None
    if found is None or scan is None or piece is None or (scan.name, scan.cell.memory) not in piece.signals:
        return ""
    on, of = int(found[0][t - piece.offset - 1]), found[1]
    several = trace.data.x.shape[1] > 1
    text = _tr("{on} of {n} units of all samples are on: slope 1; the others pass nothing back")
    return (text if several else _tr("{on} of {n} units are on: slope 1; the others pass nothing back")).format(
        on=on, n=of
    )


def _ratio(sizes: Array, present: Array, t: int) -> list[str]:
    """How the gradient compares with the same row's at the next step, where there is one that is not 0."""
    if t >= len(sizes) or not present[t] or not np.isfinite(sizes[t - 1 : t + 1]).all() or sizes[t] == 0.0:
        return []
    return [_tr("{ratio} times that at t = {t}").format(ratio=number(float(sizes[t - 1] / sizes[t])), t=t + 1)]
