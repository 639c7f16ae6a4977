"""What the training panel says of a training, in words."""

from __future__ import annotations

from core.training.run import TrainingRun
from core.training.spikes import Spike as Jump
from explorer.items.training.curves import Spike
from explorer.session.training.trainer import Trainer
from explorer.style.numbers import count, number
from explorer.words import translator

_tr = translator("TrainingPanel")


def state(trainer: Trainer) -> str:
    """How far it is: "update 320 of 500, 1 240 a second, 2 s left"."""
    training = trainer.training
    if training is None:
        return ""
    said = made(training.update, training.total)
    if trainer.running:
        speed = trainer.speed
        if speed is not None:
            said += ", " + _tr("{v} a second").format(v=rate(speed))
            said += ", " + _tr("{t} left").format(t=duration((training.total - training.update) / speed))
    elif trainer.shown is not None and trainer.shown != training.update:
        said = _tr("shown: update {k} of {n}").format(k=count(trainer.shown), n=count(training.update))
    elif training.ended is None:
        said += ", " + _tr("paused")
    return said


def states(trainer: Trainer) -> tuple[str, ...]:
    """The same, the longest first: without the time, without the speed; of an update that is shown its number alone."""
    parts = state(trainer).split(", ")
    found = tuple(", ".join(parts[:n]) for n in range(len(parts), 0, -1))
    if trainer.shown is None or trainer.shown == trainer.updates or trainer.running:
        return found
    return *found, _tr("shown: {k}").format(k=count(trainer.shown))


def made(update: int, total: int) -> str:
    """ "update 320 of 500"."""
    return _tr("update {k} of {n}").format(k=count(update), n=count(total))


def rate(a_second: float) -> str:
    """ "1 240", "0.4"; whole numbers where they say enough."""
    return count(round(a_second)) if a_second >= 9.5 else f"{a_second:.1f}"


def duration(seconds: float) -> str:
    """ "8 s", "2 min", "3 h"."""
    if seconds < 90:
        return _tr("{n} s").format(n=count(max(round(seconds), 1)))
    if seconds < 5400:
        return _tr("{n} min").format(n=count(round(seconds / 60)))
    return _tr("{n} h").format(n=count(round(seconds / 3600)))


def named(jump: Jump) -> Spike:
    """A jump as the picture marks it."""
    what = _tr("loss") if jump.quantity == "loss" else _tr("gradient")
    at = jump.update - 1  # the network that the batch was read by
    return Spike(at, _tr("{what} {value} at update {k}").format(what=what, value=number(jump.value), k=count(at)))


def in_words(training: TrainingRun) -> str:
    """The picture of the loss in a sentence, for a screen reader."""
    if not training.update:
        return _tr("No update has been made yet.")
    first, last = training.history[0].loss, training.history[-1].loss
    text = _tr("{n} updates; the loss of the batch was {first} at the first and {last} at the last.").format(
        first=number(first), last=number(last), n=count(training.update)
    )
    if len(training.validations):
        best = int(training.validations.loss.argmin())
        text += " " + _tr("On validation it was lowest after update {k}: {loss}.").format(
            k=count(int(training.validations.updates[best])), loss=number(float(training.validations.loss[best]))
        )
    return text
