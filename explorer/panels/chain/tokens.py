"""From a session to the tokens that its inputs are, where the task is one of characters or words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.analysis.input_gradients import sent_to_inputs
from core.maths.arrays import Array, norms
from core.memo import remember
from core.network.parts import Key
from core.trace import Trace
from explorer.items.chain.tokens import TokenPicture
from explorer.panels.chain.difference import gradients_of
from explorer.session.session import Session


def tokens_of(session: Session, high: float, ghost: Trace | None) -> TokenPicture | None:
    """Those of the sample on view; None where the task has no tokens. `ghost`: the run before an edit, whose lines
    stay beside those of this one."""
    trace = session.trace
    data, sample = trace.data, session.view.sample
    if not data.labels or len(data.input_names) != data.x.shape[2]:
        return None
    x = data.x[:, sample]
    one_hot = (np.count_nonzero(x, axis=1) == 1) & (x.max(axis=1) == 1.0)
    texts = [data.input_names[int(row.argmax())] if single else "" for row, single in zip(x, one_hot, strict=True)]
    if not any(texts):
        return None
    texts += [""] * (trace.steps - len(texts))
    found = TokenPicture(tuple(texts), _sizes(session, trace, session.share), session.theme, high)
    if ghost is None:
        return found
    return replace(found, before=replace(found, norms=_sizes(session, ghost, gradients_of(session, ghost))))


def _sizes(session: Session, trace: Trace, gradients: Mapping[Key, Array]) -> Array:
    """(T,) ‖∂L/∂x_t‖ of the sample on view."""
    view = session.view
    key = ("sent to inputs", view.share_at, view.gradient)
    sent = remember(trace, key, lambda: sent_to_inputs(trace, gradients))
    sizes = np.zeros(trace.steps)
    sizes[: len(sent)] = norms(sent[:, view.sample : view.sample + 1])
    return sizes
