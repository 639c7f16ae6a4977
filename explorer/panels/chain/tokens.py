"""From a session to the tokens that its inputs are, where the task is one of characters or words."""

from __future__ import annotations

import numpy as np

from core.analysis.input_gradients import sent_to_inputs
from core.maths.arrays import norms
from core.memo import remember
from explorer.items.chain.tokens import TokenPicture
from explorer.session.session import Session


def tokens_of(session: Session, high: float) -> TokenPicture | None:
    """Those of the sample on view; None where the task has no tokens."""
    trace, view = session.trace, session.view
    data, sample = trace.data, session.view.sample
    if not data.labels or len(data.input_names) != data.x.shape[2]:
        return None
    x = data.x[:, sample]
    one_hot = (np.count_nonzero(x, axis=1) == 1) & (x.max(axis=1) == 1.0)
    texts = [data.input_names[int(row.argmax())] if single else "" for row, single in zip(x, one_hot, strict=True)]
    if not any(texts):
        return None
    key = ("sent to inputs", view.share_at, view.gradient)
    sent = remember(trace, key, lambda: sent_to_inputs(trace, session.share))
    sizes = np.zeros(trace.steps)
    sizes[: len(sent)] = norms(sent[:, sample : sample + 1])
    return TokenPicture((*texts, *[""] * (trace.steps - len(texts))), sizes, session.theme, high)
