"""What a training has done to the loss, in a sentence; the claim says it while the training is presented."""

from __future__ import annotations

from core.training.run import TrainingRun
from core.training.summary import Summary, summary_of
from explorer.style.numbers import apart, count, number
from explorer.words import translator

tr = translator("ClaimPanel")
_BROKEN = {"loss": "the loss was", "gradient": "the gradient was", "parameters": "the parameters were"}


def training_headline(run: TrainingRun) -> str:
    """ "500 updates: the loss fell from 5.55 to 0.012." """
    found = summary_of(run)
    if found.course == "none":
        return tr("No update has been made yet: T trains the network.")
    updates = tr("1 update") if found.updates == 1 else tr("{n} updates").format(n=count(found.updates))
    if found.course == "broke":
        text = tr("{updates}, then the training broke off: {what} no longer finite.")
        return text.format(updates=updates, what=tr(_BROKEN[str(run.training.broken)]))
    return tr("{updates}: {what}{spiked}.").format(updates=updates, what=_course(found), spiked=_spiked(found))


def _course(found: Summary) -> str:
    loss = tr("the loss on validation") if found.validated else tr("the loss")
    if found.updates == 1 and not found.validated:
        return tr("the loss was {a} before it").format(a=number(found.first))
    pair = apart(found.first, found.last)
    if found.course == "stayed" or pair is None:
        return tr("{loss} stayed at {a}").format(loss=loss, a=number(found.last))
    text = tr("{loss} fell from {a} to {b}") if found.course == "fell" else tr("{loss} rose from {a} to {b}")
    return text.format(loss=loss, a=pair[0], b=pair[1])


def _spiked(found: Summary) -> str:
    if found.spike is None:
        return ""
    text = tr(", with a jump to {x} at update {k}")
    return text.format(x=number(found.spike.value), k=count(found.spike.update))


def training_reasons(run: TrainingRun) -> list[str]:
    """Of what the loss is, and how it is best."""
    found = summary_of(run)
    if found.course == "none":
        return []
    said = []
    if found.course == "broke":
        said.append(tr("Before that {what}.").format(what=_course(found)))
    if not found.validated and found.updates > 1:
        said.append(tr("It is the loss of the batch that an update read: the first’s and the last’s."))
    if run.best is not None and run.best.best is not None:
        text = tr("On validation it was lowest after update {k}: {x}.")
        said.append(text.format(k=count(run.best.update), x=number(run.best.best[1])))
    return said
