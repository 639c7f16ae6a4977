"""Classes: how probable the network on show takes each class to be after each step that it has read."""

from __future__ import annotations

import numpy as np

from core.training.run import TrainingRun
from core.training.writing import writes
from explorer.items.training.over_updates import OverUpdates
from explorer.items.training.step_map import ClassMap
from explorer.panels.training.view import Outcome, View
from explorer.session.session import Session
from explorer.words import translator

_tr = translator("TrainingPanel")


class ClassesPicture(Outcome):
    """The classes of the sample on show."""

    def __init__(self) -> None:
        self.map = ClassMap()
        super().__init__(self.map)

    def show_sample(self, session: Session) -> None:
        """The run on show, whichever update of the training it is of."""
        trace, sample = session.trace, session.view.sample
        data = trace.data
        probabilities = trace.values[trace.head.name, "a"][:, sample]
        counted = data.supervised if data.counted is None else data.counted[:, sample]
        targets = np.where(counted, data.y[:, sample].argmax(axis=-1), -1)
        self.map.set_classes(probabilities, targets, data.output_names)


class Classes(View):
    """The class probabilities of one sample at every step; a network that writes a text shows them there."""

    name, title = "classes", "Classes"
    tip = "The probability of each class after each step of the sample on show; the target is framed."

    def widget(self) -> ClassesPicture:
        return ClassesPicture()

    def applies(self, training: TrainingRun) -> bool:
        return training.network.loss.name == "categorical" and not writes(training.experiment)

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, ClassesPicture)
        widget.show_sample(session)
