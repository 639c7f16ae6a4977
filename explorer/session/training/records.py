"""Trainings together with the networks of them that the document's history has: what undo and redo find again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from core.documents.document import Content, own_parameters
from core.edits.editing import absorbed
from core.experiment import Experiment
from core.maths.arrays import Array
from core.training.run import TrainingRun

MOST_RECORDS = 4  # trainings that undo may come back to, up to 64 MB each
MOST_CONTENTS = 64  # that are known by their update, besides what the document's history holds


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

    def forget_old(self, kept: Callable[[Content], bool]) -> None:
        """Of what was shown, the latest stay and what the document's history may bring back (`kept`)."""
        if len(self.contents) > MOST_CONTENTS:
            latest = list(self.contents)[-MOST_CONTENTS // 2 :]
            self.contents = {k: each for k, each in self.contents.items() if k in latest or kept(each)}


class Records:
    """The trainings that undo and redo may come back to. `on_show`: the one that the network on the screen belongs to;
    None where it belongs to none."""

    def __init__(self) -> None:
        self.on_show: Record | None = None
        self._known: list[Record] = []  # the latest last

    @property
    def former(self) -> list[TrainingRun]:
        """The trainings of the others, the latest last."""
        return [each.training for each in self._known if each is not self.on_show]

    def keep(self, record: Record) -> None:
        """One more, which is that of the network on the screen."""
        self.on_show = record
        self._known = [*self._known[1 - MOST_RECORDS :], record]

    def find(self, content: Content) -> None:
        """Another network may be on the screen: the present training is its own, where it belongs to several."""
        if self.on_show is None or self.on_show.update_of(content) is None:
            found = (each for each in reversed(self._known) if each.update_of(content) is not None)
            self.on_show = next(found, None)

    def forget(self) -> None:
        """All of them go."""
        self.on_show, self._known = None, []

    def take_over(self, other: Records) -> None:
        """Those of another session that shows the same."""
        own = {id(each): replace(each, contents=dict(each.contents)) for each in other._known}
        self._known = list(own.values())
        self.on_show = None if other.on_show is None else own.get(id(other.on_show))


def _reading_as(experiment: Experiment, other: Experiment) -> Experiment:
    """One that reads another text than `other`, as it is where it reads the same."""
    if experiment.read_text == other.read_text:
        return experiment
    names = ("read_text", "steps", "batch", "truncate", "edits")
    return msgspec.structs.replace(experiment, **{name: getattr(other, name) for name in names})


def same(some: Content, other: Content | None) -> bool:
    """Whether two contents are one network."""
    return other is not None and (some.experiment, some.parameters) == (other.experiment, other.parameters)
