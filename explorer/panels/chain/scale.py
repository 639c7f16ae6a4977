"""The scales of the chain's colours: of one run, or of several that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.chain.rows import FED_ROW, INPUT_ROW, ChainRow, input_limit, rows, value_limit
from explorer.session.session import Session
from explorer.style.decades import upper


@dataclass(frozen=True)
class Scale:
    """±`inputs` and ±`values` are the ends of what is read and of all other values; `high` is the upper decade of the
    gradients, `largest` by row the largest of them, by which a row is divided where each has its own scale."""

    inputs: float
    values: float
    high: float
    largest: Mapping[str, float]

    def limit(self, row: str) -> float:
        """The scale ±limit of a row's values."""
        return self.inputs if row in (INPUT_ROW, FED_ROW) else self.values


def scale_of(session: Session) -> Scale:
    """That of the session's run, sample and view."""
    trace, sample = session.trace, session.view.sample
    declared = rows(trace, session.notation)
    high = _upper_decade(session, declared)
    largest = {row.name: _largest(session, row) for row in declared} if session.view.normalise else {}
    return Scale(input_limit(trace), value_limit(trace, sample), high, largest)


def common(scales: Sequence[Scale]) -> Scale:
    """The largest of all."""
    names = dict.fromkeys(name for each in scales for name in each.largest)
    return Scale(
        max(each.inputs for each in scales),
        max(each.values for each in scales),
        max(each.high for each in scales),
        {name: max(each.largest.get(name, 0.0) for each in scales) for name in names},
    )


def _upper_decade(session: Session, declared: Sequence[ChainRow]) -> float:
    """The upper decade for all gradients on show."""
    largest = 0.0
    for row in declared:
        for signal in [each for piece in row.pieces for each in piece.signals] if row.name != INPUT_ROW else ():
            array = np.abs(session.gradients[signal][:, session.view.sample])
            largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    return upper(largest)


def _largest(session: Session, row: ChainRow) -> float:
    """The largest finite |gradient| of a row."""
    if row.name == INPUT_ROW:
        return 0.0
    shown = np.abs(row.numbers(session.share, session.view.sample, session.trace.steps, gradients=True))
    return float(shown.max(initial=0.0, where=np.isfinite(shown)))
