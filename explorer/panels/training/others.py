"""The trainings of the pinned runs, beside that of the run on show: their names, their colours, their curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.training.run import TrainingRun
from explorer.items.training.curves import Series
from explorer.session.session import Pin, Session
from explorer.style.numbers import count, number
from explorer.words import sentences, translator

_tr = translator("TrainingPanel")


class Other(NamedTuple):
    """One of them. `words`: what the pinned run has otherwise than the one on show, in short; `colour`: that of the
    run; `sentence`: the same with its name and with what the run on show has instead."""

    words: str
    colour: str
    training: TrainingRun
    sentence: str


def others(session: Session) -> list[Other]:
    """Those of the pinned runs that have been trained."""
    colours, found = session.theme.enlarged.pinned, []
    for pin, training in session.trainer.race.trainings():
        colour = colours[pin.number % len(colours)]
        found.append(Other(_named(session, pin), colour, training, session.pinned.sentence(pin)))
    return found


def _named(session: Session, pin: Pin) -> str:
    if session.trainer.training is None:  # what is on show is in no curve, so that nothing can be told from it
        return " ".join(pin.label.split())
    return session.pinned.short(pin)


def losses(session: Session) -> list[Series]:
    """The loss of every batch and, dashed, of every validation."""
    found, theme = [], session.theme.enlarged
    for other in others(session):
        loss, validated = other.training.history.column("loss"), other.training.validations
        found.append(Series(other.words, np.arange(len(loss)), loss, other.colour, theme.curve))
        if len(validated):
            found.append(Series("", validated.updates, validated.loss, other.colour, theme.curve, dashed=True))
    return found


def gradients(session: Session) -> list[Series]:
    """The norm of the gradient of all parameters together, before clipping."""
    theme = session.theme.enlarged
    return [
        Series(each.words, np.arange(each.training.update), each.training.history.column("norm"), each.colour,
               theme.curve)
        for each in others(session)
    ]  # fmt: skip


def metrics(session: Session) -> list[Series]:
    """Accuracy or R²: on validation where there is one, else of the batches; both within −1 … 1."""
    found, theme = [], session.theme.enlarged
    for other in others(session):
        watched, validated = other.training.watched, other.training.validations
        at = validated.updates if len(validated) else watched.updates - 1
        values = np.clip(validated.metric if len(validated) else watched.metric, -1.0, 1.0)
        found.append(Series(other.words, at, values, other.colour, theme.curve))
    return found


def last_update(session: Session) -> int:
    """The most updates that one of them has made."""
    return max((each.training.update for each in others(session)), default=0)


def in_words(session: Session) -> str:
    """Where each of them is, for a screen reader: a sentence for each."""
    text = _tr("{sentence} After {k} updates its batch’s loss was {loss}.")
    return sentences(
        text.format(sentence=each.sentence, k=count(each.training.update), loss=number(each.training.history[-1].loss))
        for each in others(session)
    )
