"""What is said beside the norms' title: how far the gradient reaches back, and what is saturated."""

from __future__ import annotations

import numpy as np

from core.analysis.saturation import HALF, ONE_PERCENT, activated, gates, lag_of, saturation
from core.claims.claim import column_norms
from explorer.panels.norms.words import reach_in_words, saturated_in_words
from explorer.session.session import Session


def said_beside(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How far the gradient of the one loss that is looked at reaches, () where there are several; what is saturated.
    Each in several ways, a sentence first."""
    trace = session.trace
    losses = np.flatnonzero(trace.supervised) + 1
    last = session.view.share_at or (int(losses[-1]) if len(losses) == 1 else None)
    reach: tuple[str, ...] = ()
    if last is not None and last > 1:
        size = column_norms(trace, session.share, trace.scan.cell.memory)
        if 0.0 < size[last - 1] < np.inf:
            reach = reach_in_words(lag_of(size, last, HALF), lag_of(size, last, ONE_PERCENT))
    found = saturation(trace, trace.scan)
    shares = (found.share(names(trace.scan)) for names in (activated, gates))
    return reach, saturated_in_words(*shares)
