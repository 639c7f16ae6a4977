"""The update in words: how far the parameters move, and what the loss is with the new ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.maths.arrays import Array, scaled_norm
from core.maths.losses import GIVEN
from core.narration import mathematics, moving
from core.trace import Trace
from core.training.update import Update
from explorer.panels.update_words import rate_text
from explorer.session.session import Session
from explorer.style.numbers import apart, number, percent, power
from explorer.words import ended, translator

tr = translator("ClaimPanel")


def update_headline(session: Session) -> str:
    """What the update does, in one sentence: "At η = 0.1 W moves by 0.167 (10 % of its norm); L would fall from 1.25 to
    0.343." """
    update = session.findings.update
    if update is None:
        return tr("The update: how far it moves the parameters, and what the loss is then, is being computed.")
    if update.broken == "gradient":
        return tr("No update: the gradient is not finite.")
    rate = rate_text(update.rule)
    if update.broken:
        return tr("No update: at η = {rate} the new parameters would not be finite.").format(rate=rate)
    if not any(array.any() for array in update.change.values()):
        return tr("The update moves nothing: every gradient that is used is 0.")
    moved = _how(session.trace, update).format(moved=_moved(session, update))
    if session.trace.network.loss.name == GIVEN.name:  # a gradient was handed in: its L is no loss that could fall
        return tr("At η = {rate} {moved}.").format(rate=rate, moved=moved)
    return tr("At η = {rate} {moved}; {loss}.").format(rate=rate, moved=moved, loss=loss_words(update))


def update_reasons(session: Session) -> list[str]:
    """The equation of the update."""
    rule = session.findings.rule
    return [ended(mathematics(session.trace, session.time, session.notation, rule.step))]


def _moved(session: Session, update: Update) -> str:
    name, symbol = moving(session.trace, session.notation)
    change, before = (_of_name(session.trace, arrays, name) for arrays in (update.change, update.before))
    far, norm = scaled_norm(change), scaled_norm(before)
    if not far:
        others = scaled_norm(np.array([scaled_norm(array) for array in update.change.values()]))
        return tr("{W} stays as it is and the others move by {far}").format(W=symbol, far=number(others))
    if not norm:
        return tr("{W} moves by {far} from 0").format(W=symbol, far=number(far))
    return tr("{W} moves by {far} ({share} of its norm)").format(W=symbol, far=number(far), share=percent(far / norm))


def _of_name(trace: Trace, arrays: Mapping[str, Array], name: str) -> Array:
    """A parameter as the book names it, a gate's block or all gates together."""
    return arrays[name] if name in arrays else trace.named_parameters(arrays)[name]


def _how(trace: Trace, update: Update) -> str:
    """Which gradient moves it, where that is not the exact one."""
    used = update.gradients
    clipped = any(((used[n] != trace.unclipped_parameters[n]) & (used[n] != 0.0)).any() for n in update.moved)
    truncated = trace.experiment.truncate is not None and trace.used is not trace.exact
    if truncated and clipped:
        return tr("{moved} by the truncated and clipped gradient")
    if truncated:
        return tr("{moved} by the truncated gradient")
    return tr("{moved} by the clipped gradient") if clipped else "{moved}"


def loss_words(update: Update) -> str:
    """What becomes of the loss: "L would fall from 0.42 to 0.40"."""
    before, after = update.loss, update.loss_after
    if before == after:
        return tr("L would stay at {L}").format(L=number(before))
    pair = apart(before, after)
    if pair is None:
        text = tr("L would fall by {by} from {L}") if after < before else tr("L would rise by {by} from {L}")
        return text.format(by=power(abs(after - before), 2), L=number(before))
    text = tr("L would fall from {a} to {b}") if after < before else tr("L would rise from {a} to {b}")
    if not np.isfinite(after):
        text = tr("L would no longer be finite, from {a}")
    return text.format(a=pair[0], b=pair[1])
