"""What one step back passes on: a stack between every two steps, ‖∂L/∂m_t‖ / ‖∂L/∂m_{t+1}‖, in the chain's columns.

Where W and a slope are all that lies between (an Elman cell), a stack is what they leave of 1: what is passed on, and
above it what W takes; from there to 1 is what the slope took. A W that enlarges adds to what the slope leaves. Where
there are several ways, a stack is their sum.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from core.analysis.memory_split import ALONG, GATES
from core.chain.rows import style_of
from core.claims.claim import EXACT
from core.claims.step_back import SLOPE, WEIGHTS, StepBack, open_units, step_back
from core.memo import remember
from core.network.scan import Scan
from explorer.items.plots.split_curve import Shares
from explorer.panels.columns.stacks import StacksPanel
from explorer.panels.memory.words import gradient, kind_name, select_node, symbol, tone
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.widgets.labels import text_label

LEFT_FREE = -1  # the tone of the ground that no stack covers
PASSED, GAINED, LOST = 0, 1, 2  # the tones of a product's shares


def shown(session: Session) -> StepBack | None:
    """Of the scan on view and the gradients that the view asks for."""
    view = session.view
    key = ("step back", view.share_at, view.gradient)
    return remember(session.trace, key, lambda: step_back(session.trace, gradients=session.share))


class StepBackPanel(StacksPanel):
    """Hidden while an error is: a wrong factor would give it away."""

    name = "step back"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = (
            (self.tr("[ ]"), self.tr("move the readout")),
            (self.tr("Return"), self.tr("select the memory of its step")),
        )
        self._title, self._note = text_label("title"), text_label("small")
        for widget in (self._title, self._note):
            self.card.header.addWidget(widget)
        self.card.header.addStretch(1)
        self.card.header.addWidget(self.legend)
        self.setMinimumHeight(96)
        self.back: StepBack | None = None

    @property
    def scan(self) -> Scan:
        return self.session.trace.scan

    def wanted(self, session: Session) -> bool:
        hidden = session.hunting is not None and not session.hunting.revealed
        return not hidden and shown(session) is not None

    def update_stacks(self) -> None:
        self.back = shown(self.session)
        self.legend.set_names(self._names())
        self.canvas.setAccessibleDescription(self._description())

    def _names(self) -> tuple[tuple[str, int], ...]:
        back = self.back
        if back is None:
            return ()
        if back.way is None:
            kinds = [kind for kind in (ALONG, GATES) if kind in back.parts]
            return tuple((kind_name(self.session.trace, self.scan, kind), tone(kind)) for kind in kinds)
        names = [(self.tr("passed on"), PASSED)]
        with np.errstate(invalid="ignore"):
            if (back.parts[WEIGHTS] > 1 + EXACT).any():
                names.append((self.tr("added by {W}").format(W=self._matrix(back)), GAINED))
            if (back.parts[WEIGHTS] < 1 - EXACT).any():
                names.append((self.tr("taken by {W}").format(W=self._matrix(back)), LOST))
            if (back.parts[SLOPE] < 1 - EXACT).any():
                names.append((self.tr("by the slope"), LEFT_FREE))  # the rest up to 1
        return tuple(names)

    def _matrix(self, back: StepBack) -> str:
        """The matrix on the only way, as the book writes it."""
        style = style_of(self.session.trace, self.scan, False, None, self.session.notation)
        return style.parameter(back.way.parameter) if back.way is not None else ""

    def stacks(self) -> Shares | None:
        back = self.back
        if back is None:
            return None
        if back.way is None:
            kinds = [kind for kind in (ALONG, GATES) if kind in back.parts]
            values, tones = np.array([back.parts[kind] for kind in kinds]), tuple(map(tone, kinds))
        else:
            slope = back.parts[SLOPE]
            left = np.minimum(slope, back.ratio)
            values = np.array([left, np.maximum(back.ratio - slope, 0.0), np.maximum(slope - back.ratio, 0.0)])
            tones = PASSED, GAINED, LOST
        values = np.where(np.isfinite(values).all(axis=0), values, np.nan)
        shift = -0.5 if self.scan.reverse else 0.5
        return Shares(values, tones, np.isnan(back.ratio), int(back.columns[0]) - 1, shift, back.ratio)

    def absence(self) -> str:
        return self.tr("no step receives a gradient from the next one")

    def _description(self) -> str:
        """The picture in a sentence."""
        back = self.back
        there = back.ratio[np.isfinite(back.ratio)] if back is not None else np.zeros(0)
        if not there.size:
            return self.absence()
        low, high = number(float(there.min())), number(float(there.max()))
        return self.tr("Each step back passes on between {low} and {high} of the gradient’s norm.").format(
            low=low, high=high
        )

    def fit_header(self) -> None:
        """The legend stays; the formula goes first, then the title gets short."""
        m, width = symbol(self.session, self.scan), self._title.fontMetrics().horizontalAdvance
        whole = self.tr("What one step back passes on")
        room = self.card.width() - 60 - self.legend.sizeHint().width() - 1.12 * width(whole)
        self._title.setText(whole if room >= 0 else self.tr("One step back"))
        style = gradient(self.session, self.scan)
        self._note.setText(self.tr("‖{g}‖ at t, over that at t + 1").format(g=style))
        self._note.setVisible(room >= self._note.sizeHint().width())
        self.canvas.setAccessibleName(f"{whole}: {m}")

    # --- reading off ---
    def heading(self, column: int) -> str:
        return self.tr("from t = {t_1} back to {t}").format(t=column, t_1=column + (-1 if self.scan.reverse else 1))

    def readout(self, column: int) -> list[tuple[str, str]]:
        back = self.back
        first, last = self.reached()
        if back is None or not first <= column <= last:
            return [(self.tr("the backward pass has not reached this step"), "")]
        at = np.flatnonzero(back.columns == column)
        if not at.size:
            return [(self.tr("no later step sends anything here"), "")]
        k = int(at[0])
        if not np.isfinite(back.ratio[k]):
            return [(self.tr("no gradient arrives: there is nothing to pass on"), "")]
        rows = [(self.tr("passed on"), number(float(back.ratio[k])))]
        if back.way is not None:
            names = {WEIGHTS: self.tr("of it: {W}").format(W=self._matrix(back)), SLOPE: self.tr("of it: the slope")}
            rows += [(name, number(float(back.parts[part][k]))) for part, name in names.items()]
            return rows + self._open_units(column)
        kinds = [kind for kind in (ALONG, GATES) if kind in back.parts]
        trace = self.session.trace
        return rows + [(kind_name(trace, self.scan, kind), number(float(back.parts[kind][k]))) for kind in kinds]

    def _open_units(self, column: int) -> list[tuple[str, str]]:
        """Of slopes that are 0 or 1, how many are 1 at the step whose gradient is passed on."""
        found = open_units(self.session.trace, self.scan)
        if found is None:
            return []
        step = column + (-1 if self.scan.reverse else 1) - self.session.trace.schedule.offset(self.scan.name)
        return [(self.tr("units that are on"), self.tr("{on} of {n}").format(on=int(found[0][step - 1]), n=found[1]))]

    def select_column(self, column: int) -> None:
        """Selects the memory of a column."""
        select_node(self.session, self.scan, self.scan.cell.memory, column)
