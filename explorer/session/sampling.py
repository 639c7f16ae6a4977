"""A text that the network on show writes, through the chain: each character or word that is drawn becomes the next
input of the run."""

from __future__ import annotations

from dataclasses import dataclass

from core.documents.document import Content
from core.errors import InputError
from core.timeline.timeline import FORWARD, Time
from core.training.sampling import model
from core.training.writing import Written, refuse_through_chain, through_chain, writing
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change
from explorer.session.signals import Signals, translated
from explorer.session.training.records import same
from explorer.session.work import Work
from explorer.words import in_language

LENGTH = 12  # characters or words that are drawn: as many as have room in the chain, with their probabilities
MOST_KEPT = 32  # texts that undo and redo may come back to


@dataclass(frozen=True, eq=False)
class Sampled:
    """A run (`content`) that reads what its own network has written: `written` was drawn at this `temperature`, its
    first piece from the output of step `first` (from 1), which the step after it reads."""

    content: Content
    written: Written
    temperature: float
    first: int

    def drawn_at(self, t: int) -> int | None:
        """Which of the pieces drawn, from 0, came from the output of step t (from 1); None: none did."""
        k = t - self.first
        return k if 0 <= k < len(self.written.pieces) else None


class Sampling:
    """Draws a text from the network on show, and shows the run that reads it: one entry of the history. What was drawn
    from what is known as long as that very run, with those parameters, is on the screen."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, work: Work) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work
        self._kept: list[Sampled] = []  # the latest last

    @property
    def on_show(self) -> Sampled | None:
        """What was drawn in the run on the screen; None where nothing was."""
        now = self._screen.entry.content
        return next((each for each in reversed(self._kept) if same(each.content, now)), None)

    def start(self, begin: str = "", temperature: float = 1.0) -> None:
        """Draws what goes on after `begin` ("": as the model's own text begins), once the latest experiment is on the
        screen, and plays the forward pass that reads it. Refused, with a message, where the run writes no text, or
        nothing may be changed. The random numbers are those of the data's seed: a text is drawn again with another."""
        if not self._run.refused():
            self._run.when_shown(lambda: self._start(begin, temperature))

    def _start(self, begin: str, temperature: float) -> None:
        content, trace = self._screen.entry.content, self._screen.trace
        experiment = trace.experiment
        try:
            refuse_through_chain(experiment)
            made = model(experiment, trace.parameters)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return
        job = writing(made, LENGTH, begin, temperature, experiment.data_seed)
        self._work.start(translated("Sampling a text"), job, lambda found: self._show(content, found, temperature))

    def _show(self, content: Content, written: Written, temperature: float) -> None:
        if not same(self._run.history.current.content, content):
            text = translated("The run was changed while its text was drawn; sample again.")
            self._signals.message.emit(text)
            return
        experiment, first = through_chain(content.experiment, written)
        if not self._run.change(lambda: experiment):
            return
        sampled = Sampled(self._run.history.current.content, written, temperature, first)
        self._kept = [*self._kept[1 - MOST_KEPT :], sampled]
        self._run.when_shown(lambda: self._play(sampled))

    def _play(self, sampled: Sampled) -> None:
        """The forward pass from its start."""
        if self.on_show is sampled:  # not where its run has failed or was cancelled
            self._signals.changed.emit(Change.VIEW)  # where the very run was on the screen before, too
            self._signals.pass_wanted.emit(self._screen.timeline.position(Time(FORWARD, self._screen.trace.steps)))

    def take_over(self, other: Sampling) -> None:
        """What another session, that shows the same, knows."""
        self._kept = list(other._kept)
