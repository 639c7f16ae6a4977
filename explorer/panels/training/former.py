"""The trainings before that of the run on show, faint beside it as far as it has come: what another rate, another cell
or another way from an earlier update has changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.documents.differences import differences, short
from core.documents.document import Content, PinnedRun
from core.training.run import TrainingRun
from explorer.items.training.curves import Series
from explorer.session.session import Session
from explorer.words import in_language, translator

_tr = translator("TrainingPanel")


def losses(session: Session) -> list[Series]:
    """The loss of every batch of those trainings, the latest last."""
    training, theme, found = session.trainer.training, session.theme.enlarged, []
    if training is None:
        return found
    for former in formers(session):
        loss = former.history.column("loss")[: training.update]
        found.append(Series(_name(former, training), np.arange(len(loss)), loss, theme.muted, theme.hairline, True))
    return found


def formers(session: Session) -> list[TrainingRun]:
    """Those of the same task that are no beginning of another curve in the picture."""
    training = session.trainer.training
    if training is None:
        return []
    there, found = [training, *(each for _, each in session.trainer.race.trainings())], []
    for former in reversed(session.trainer.former):
        if former.update and former.experiment.task == training.experiment.task and not _begins(former, there):
            there.append(former)
            found.insert(0, former)
    return found


def _begins(former: TrainingRun, others: Sequence[TrainingRun]) -> bool:
    """Whether one of the others was the same as far as this one has come."""
    loss = former.history.column("loss")
    return any(np.array_equal(loss, each.history.column("loss")[: len(loss)], equal_nan=True) for each in others)


def _name(former: TrainingRun, training: TrainingRun) -> str:
    """What it had otherwise, in short: "η 0.05"."""
    own = PinnedRun(former.experiment, "", 0, None, former.plan)
    return in_language(short(differences(own, Content(training.experiment, plan=training.plan)))) or _tr("before")
