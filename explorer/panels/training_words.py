"""What a training has done to the loss, in a sentence, and in a race which run has the lowest; the claim says it while
the training is presented."""

from __future__ import annotations

from typing import NamedTuple

from core.training.run import TrainingRun
from core.training.summary import Standing, Summary, standing_of, summary_of
from explorer.session.session import Session
from explorer.style.numbers import apart, count, number
from explorer.words import clauses, translator

tr = translator("ClaimPanel")
_BROKEN = {"loss": "the loss was", "gradient": "the gradient was", "parameters": "the parameters were"}


class Raced(NamedTuple):
    """The run on show first, then the pinned runs that were trained along: names, trainings, how they stand."""

    names: list[str]
    runs: list[TrainingRun]
    standing: Standing


def raced(session: Session) -> Raced | None:
    """None where the training on show is no race."""
    own, rivals = session.trainer.training, session.trainer.race.raced()
    if own is None or not rivals:
        return None
    runs = [own, *(training for _, training in rivals)]
    standing = standing_of(runs)
    this = session.pinned.own_name([pin for pin, _ in rivals]) or tr("this run")
    names = [_bracketed(name) for name in (this, *(session.pinned.short(pin) for pin, _ in rivals))]
    return None if standing is None else Raced(names, runs, standing)


def race_headline(race: Raced) -> str:
    """ "After 200 updates LSTM has the lower loss on validation, 0.0213; tanh has 0.312." """
    names, standing = race.names, race.standing
    order = standing.order
    losses = _told_apart([standing.losses[k] for k in order])
    loss = tr("loss on validation") if standing.validated else tr("loss")
    tied = len(order) == 1 or standing.losses[order[0]] == standing.losses[order[1]]
    first = tr("{name} has the {loss} {x}") if tied else tr("{name} has the {lower}, {x}")
    lower = tr("lower {loss}") if len(order) == 2 else tr("lowest {loss}")
    said = [first.format(name=names[order[0]], loss=loss, lower=lower.format(loss=loss), x=losses[0])]
    said += [tr("{name} has {x}").format(name=names[k], x=x) for k, x in zip(order[1:], losses[1:], strict=True)]
    said += [
        tr("{name} broke off at update {k}").format(name=name, k=count(run.history[-1].update))
        for name, run in zip(names, race.runs, strict=True)
        if run.training.broken
    ]
    whole = tr("After {k} updates {clauses}.") if standing.validated else tr("At update {k} {clauses}.")
    return whole.format(k=count(standing.update), clauses=clauses(said))


def race_reasons(race: Raced) -> list[str]:
    """Of what the losses are that are compared, and what became of the run on show."""
    if race.standing.validated:
        what = tr("It is the loss over the same validation sequences.")
    else:
        what = tr("It is the loss of the batch that this update read, the same sequences for each.")
    return [what, tr("This run, {what}").format(what=training_headline(race.runs[0]))]


def _bracketed(name: str) -> str:
    """ "LSTM (η 0.1)" for "LSTM, η 0.1": a name in the middle of a sentence."""
    first, _, rest = name.partition(", ")
    return f"{first} ({rest})" if rest else first


def _told_apart(losses: list[float]) -> list[str]:
    """Numbers with as many digits as tell different ones apart."""
    for digits in (3, 4, 6, 9, 12):
        found = [number(loss, digits) for loss in losses]
        if len(set(found)) == len(set(losses)):
            return found
    return [repr(loss) for loss in losses]


def training_headline(run: TrainingRun) -> str:
    """ "500 updates: the loss fell from 5.55 to 0.012." """
    found = summary_of(run)
    if found.course == "none":
        return tr("No update has been made yet: T trains the network.")
    updates = tr("1 update") if found.updates == 1 else tr("{n} updates").format(n=count(found.updates))
    if found.course == "broke":
        text = tr("{updates}, then the training broke off: {what} no longer finite.")
        return text.format(updates=updates, what=tr(_BROKEN[str(run.training.broken)]))
    return tr("{updates}: {what}.").format(updates=updates, what=_spiked(found, _course(found)))


def _course(found: Summary) -> str:
    loss = tr("the loss on validation") if found.validated else tr("the loss")
    if found.updates == 1 and not found.validated:
        return tr("the loss was {a} before it").format(a=number(found.first))
    pair = apart(found.first, found.last)
    if found.course == "stayed" or pair is None:
        return tr("{loss} stayed at {a}").format(loss=loss, a=number(found.last))
    text = tr("{loss} fell from {a} to {b}") if found.course == "fell" else tr("{loss} rose from {a} to {b}")
    return text.format(loss=loss, a=pair[0], b=pair[1])


def _spiked(found: Summary, course: str) -> str:
    if found.spike is None:
        return course
    text = tr("{course}, with a jump to {x} at update {k}")
    return text.format(course=course, x=number(found.spike.value), k=count(found.spike.update))


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
