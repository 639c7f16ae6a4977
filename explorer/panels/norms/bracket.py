"""The bracket of the norms: from the step of the loss back to the step that the backward pass has reached."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF

from explorer.items.plots.bracket import Bracket
from explorer.items.plots.norms import Curve, Frame
from explorer.panels.norms.words import LEAST_CHANGE, change_in_words
from explorer.session.session import Session


def bracket_of(session: Session, curves: Sequence[Curve], frame: Frame, reached: int) -> Bracket | None:
    """From the last step with a loss back to step `reached`, as far as both are in sight; none where several losses add
    up, or nothing has changed."""
    main = [curve for curve in curves if curve.current and curve.main and not curve.dashed]
    losses = np.flatnonzero(session.trace.supervised) + 1
    share = session.view.share_at
    if len(main) != 1 or not losses.size or (len(losses) > 1 and share is None):
        return None
    last, logs = share or int(losses[-1]), main[0].logs
    first, end = session.columns.visible()
    if not first <= reached < last <= end or not np.isfinite(logs[[reached - 1, last - 1]]).all():
        return None
    change = float(logs[last - 1] - logs[reached - 1])
    if abs(change) < LEAST_CHANGE:
        return None
    start, end = (QPointF(float(frame.x(float(t))), float(frame.y(float(logs[t - 1])))) for t in (last, reached))
    return Bracket(start, end, *change_in_words(change, last - reached))
