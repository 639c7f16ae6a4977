"""A training together with the networks of it that the document's history has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from core.documents.document import Content, own_parameters
from core.edits.editing import absorbed
from core.experiment import Experiment
from core.maths.arrays import Array
from core.training.run import TrainingRun


@dataclass(eq=False)
class Record:
    """A training with what the document's history has of it. `began`: the network at update 0; `contents`: those that
    were shown, by their update."""

    training: TrainingRun
    began: Content
    contents: dict[int, Content] = field(default_factory=dict)

    def update_of(self, content: Content) -> int | None:
        """The update that a network is of, whatever text it reads instead of the one it is trained on; None where it is
        none of this training."""
        content = replace(content, experiment=_reading_as(content.experiment, self.began.experiment))
        found = next((k for k, each in reversed(self.contents.items()) if same(content, each)), None)
        return 0 if found is None and same(content, self.began) else found

    def content(self, beside: Content, parameters: Mapping[str, Array], update: int) -> Content:
        """The network after an update, with what else is in the document; noted among those that were shown."""
        if update == 0:
            return replace(beside, experiment=self.began.experiment, given=self.began.given)
        experiment = absorbed(self.began.experiment)
        found = replace(beside, experiment=experiment, given=own_parameters(experiment, parameters))
        self.contents.pop(update, None)
        self.contents[update] = found
        return found

    def branch(self, training: TrainingRun) -> Record:
        """That of another training, which was the same up to where it is now."""
        return Record(training, self.began, {k: each for k, each in self.contents.items() if k <= training.update})


def _reading_as(experiment: Experiment, other: Experiment) -> Experiment:
    """One that reads another text than `other`, as it is where it reads the same."""
    if experiment.read_text == other.read_text:
        return experiment
    names = ("read_text", "steps", "batch", "truncate", "edits")
    return msgspec.structs.replace(experiment, **{name: getattr(other, name) for name in names})


def same(some: Content, other: Content | None) -> bool:
    """Whether two contents are one network."""
    return other is not None and (some.experiment, some.parameters) == (other.experiment, other.parameters)
