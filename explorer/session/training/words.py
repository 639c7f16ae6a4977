"""How a training ended, in words."""

from __future__ import annotations

from core.training.run import TrainingRun
from explorer.session.signals import translated
from explorer.style.numbers import count, number

_BROKEN = {"loss": "the loss is", "gradient": "the gradient is", "parameters": "the parameters are"}


def ending(training: TrainingRun, first: int) -> str:
    """A sentence or two on the updates after the `first` ones."""
    if training.ended == "broken":
        text = translated(
            "Stopped at update {k}: {what} no longer finite. The parameters are the last good ones; try a smaller "
            "rate, or clipping."
        )
        return text.format(k=count(training.update), what=_BROKEN[str(training.training.broken)])
    began, ended = training.history[first].loss, training.history[-1].loss
    text = translated("{n} updates: the loss of the batch was {first} at the first and {last} at the last.").format(
        n=count(training.update - first), first=number(began), last=number(ended)
    )
    if training.ended == "patience":
        text += " " + translated("It stopped early: the validation loss does not fall any more.")
    if training.best is not None and training.best.update != training.update:
        best = translated("The best one on validation was update {k}.").format(k=count(training.best.update))
        text += " " + best
    return text
