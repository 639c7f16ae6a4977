"""The experiment on show over many seeds: how the runs are spread, and where this one lies among them."""

from __future__ import annotations

import numpy as np

from core.ensemble.measures import Measure
from core.ensemble.outcomes import Outcome, outcome_of
from core.ensemble.seeds import Ensemble, ensemble
from core.memo import remember
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.signals import Signals, translated
from explorer.session.work import Work

COUNT = 100  # seeds
SAME = 1e-9  # of a number: two that are nearer are equal but for rounding


class Seeds:
    """Runs the experiment over COUNT seeds, as a job, and keeps what came of it for as long as one of those runs is on
    show."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, work: Work) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work
        self._kept: Ensemble | None = None

    def start(self) -> None:
        """Begins the job, once the latest experiment is on the screen. Refused, with a message, where no seed makes
        this run's parameters, or nothing may be changed."""
        if not self._run.refused():
            self._run.when_shown(self._start)

    def _start(self) -> None:
        if made_by_seed(self._screen, self._signals):
            title = translated("Running {n} seeds").format(n=COUNT)
            self._work.start(title, ensemble(self._screen.trace.experiment, COUNT), self._take)

    def _take(self, found: Ensemble) -> None:
        self._kept = found
        self._signals.seeds_changed.emit()

    @property
    def ensemble(self) -> Ensemble | None:
        """The runs over the seeds, this one among them; None where they have not been run."""
        trace, kept = self._screen.trace, self._kept
        if kept is None or trace.own_parameters or trace.experiment.fault != kept.outcomes[0].experiment.fault:
            return None
        return kept if any(each.experiment == trace.experiment for each in kept.outcomes) else None

    @property
    def here(self) -> Outcome:
        """The same of the run on show."""
        trace = self._screen.trace
        return remember(trace, ("outcome",), lambda: outcome_of(trace))

    def ranked(self, measure: Measure) -> tuple[int, int]:
        """How many of the seeds have a lower number than the run on show, and how many a higher one; (0, 0) where it
        has none, or no seeds have been run."""
        found = self.ensemble
        if found is None:
            return 0, 0
        numbers, own = found.of(measure), measure.of(self.here)
        least = SAME * abs(own) if np.isfinite(own) else 0.0
        with np.errstate(invalid="ignore"):
            apart = np.abs(numbers - own) > least
            return int((apart & (numbers < own)).sum()), int((apart & (numbers > own)).sum())

    def open(self, place: int) -> None:
        """Shows the run of a seed, by its place among them: an entry of the history."""
        found = self.ensemble
        if found is not None:
            self._run.change(lambda: found.outcomes[place].experiment)

    def take_over(self, other: Seeds) -> None:
        """What another session knows of the same run."""
        self._kept = other._kept


def made_by_seed(screen: Screen, signals: Signals) -> bool:
    """Whether a seed makes the parameters of the run on show, with a message where none does."""
    own = screen.trace.own_parameters
    if own:
        text = "These parameters come from a training or a file, not from a seed; undo to the seed’s own first."
        signals.message.emit(translated(text))
    return not own
