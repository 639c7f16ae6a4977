"""TrainingRun: an experiment trained as a plan says, with its history and its film. It is a generator that never takes
longer than one update between two yields, so that a window can pull it for a few milliseconds a frame.

    run = TrainingRun(experiment, plan)
    for progress in run.steps():      # stop pulling to pause it; call `steps` again to go on
        if progress is not None: …    # one more update
    run.result                        # the parameters to go on with
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.parts import Network
from core.network.size import LIMIT, predicted_bytes
from core.tasks import dataset
from core.tasks.base import Data
from core.training.film import BUDGET, Film, Frame
from core.training.history import Progress, Updates, Validations
from core.training.measures import Measurement, forward_pass, metric_name
from core.training.plan import MOST_UPDATES, Plan
from core.training.resuming import Resumed
from core.training.training import Training, views
from core.training.watching import ALL, Watch, Watched

Ended = Literal["length", "patience", "broken"]
DRAWN = 512  # sequences that are validated on where a task draws as many as are wanted
AT_ONCE = 512  # of them in memory, at most
VALIDATIONS = 50  # of a training without epochs
KEPT_BYTES = 32 * 2**20  # of validation data that stay in memory


class TrainingRun:
    """A training in progress.

    `update` says how many updates there were, `total` how many there will be, `epoch` what an epoch is (None where the
    task draws its sequences). `history` has a row for every update, `validations` one for every validation, `watched`
    norms and spectra, `film` the parameters at some updates. `ended` is None while it goes on; then "length" (all
    updates are done), "patience" (the validation loss has not fallen any more) or "broken" (`training.broken` says what
    is no longer finite).

    Equal arguments give equal numbers, however it is paused, rewound and continued.
    """

    def __init__(
        self,
        experiment: Experiment,
        plan: Plan,
        parameters: Mapping[str, Array] | None = None,
        watch: Watch = ALL,
        film_bytes: int = BUDGET,
        resumed: Resumed | None = None,
    ) -> None:
        """`parameters` replaces the initial ones. `film_bytes` 0: no film but the first and the best frame. `resumed`:
        what a training has left that this one goes on from, with its parameters; the schedule begins anew. Where it
        does not fit, `anew` says why, and the optimizer begins without a memory of earlier gradients.

        Raises InputError where the plan does not fit the experiment, or as Training does.
        """
        self.experiment, self.plan = experiment, plan
        size = experiment.batch if plan.sequences is None else plan.sequences
        batches = dataset.Batches(experiment, size, plan.split, plan.shuffled)
        self.epoch = batches.epoch
        if self.epoch is None and plan.unit == "epochs":
            raise InputError(
                "The task {task} draws new sequences at every update, so there is no epoch; count the training in "
                "updates.",
                task=experiment.task,
            )
        self._per_unit = self.epoch.updates if self.epoch is not None and plan.unit == "epochs" else 1
        self.total = plan.length * self._per_unit
        if self.total > MOST_UPDATES:
            raise InputError(
                "length: {length:,} epochs are {total:,} updates, and at most {most:,} are made; choose fewer.",
                length=plan.length,
                total=self.total,
                most=MOST_UPDATES,
            )
        self.training = Training(experiment, plan.new_optimizer(), size, parameters, batches, plan.held)
        self.training.epoch_length = self.epoch.updates if self.epoch else None
        self.anew = ""
        if resumed is not None:
            self.anew = resumed.why_anew(plan, self.training.learned, self.training.vector.size)
            if not self.anew:
                self.training.done = resumed.updates
                self.training.optimizer.restore(resumed.state)
        self._schedule = plan.new_schedule()
        self._validate_every = plan.validate_every or (
            self.epoch.updates if self.epoch else max(1, self.total // VALIDATIONS)
        )
        self._validation_size = dataset.held_out_count(experiment, "validation", plan.split) or DRAWN
        self._validation_data: list[Data] | None = None
        self.validations = Validations()
        self.watched = Watched(self.training, watch)
        self.film = Film(film_bytes)
        self.best: Frame | None = None
        self._waited = 0
        self.ended: Ended | None = None
        self._stopping = False
        self.film.add(self.frame())

    # --- what there is ---
    @property
    def update(self) -> int:
        """How many updates there were."""
        return len(self.training.history)

    @property
    def network(self) -> Network:
        return self.training.network

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters as they are now, by name: views that move with the training."""
        return self.training.parameters

    @property
    def history(self) -> Updates:
        """Every update: loss, norm before and after clipping, rate, epoch."""
        return self.training.history

    @property
    def metric_name(self) -> str:
        """What `validations.metric` and `watched.metric` are: "accuracy" or "R²"."""
        return metric_name(self.network)

    @property
    def result(self) -> dict[str, Array]:
        """Copies of the parameters that the training has led to: the best on validation where the plan keeps those,
        else the last ones."""
        best = self.best if self.plan.keep_best else None
        return self.parameters_at(best) if best else {name: array.copy() for name, array in self.parameters.items()}

    def parameters_at(self, frame: Frame) -> dict[str, Array]:
        """Copies of all parameters at a frame of the film, by name."""
        found = {**self.parameters, **views(self.network, frame.vector, self.training.learned)}
        return {name: array.copy() for name, array in found.items()}

    def frame(self) -> Frame:
        """The training as it is now."""
        training = self.training
        best = self.best.best if self.best else None
        state = training.optimizer.state()
        return Frame(
            self.update, training.vector.copy(), training.before.copy(), state, best, self._waited, self._is_validated()
        )

    def rate_at(self, update: int) -> float:
        """η of an update, counted from 1."""
        done = (update - 1) / self._per_unit
        return self.plan.first_rate * self._schedule.factor(done, self.plan.length)

    # --- going on ---
    def steps(self, within: bool = False) -> Iterator[Progress | None]:
        """Trains: yields a Progress after every update, and None within long work (validation, and with `within` an
        update that takes long). It may be left at any yield and called again."""
        training = self.training
        in_pieces = within and training.takes_long
        while self.ended is None:
            if self._due():
                yield from self._validated()
            if self._finished():
                return
            training.optimizer.rate = self.rate_at(self.update + 1)
            if in_pieces:
                yield from training.pieces()
            else:
                training.update()
            self._record()
            yield training.latest

    def _finished(self) -> bool:
        if self._stopping:
            self.ended = "patience"
        elif self.training.broken:
            self.ended = "broken"
        elif self.update >= self.total:
            self.ended = "length"
        if self.ended is not None:
            self.film.keep(self.frame())
            self.film.forget()
        return self.ended is not None

    def _record(self) -> None:
        if self.training.broken:
            return
        update = self.update
        if self.watched.wanted(update):
            with np.errstate(all="ignore"):
                self.watched.add(self.training)
        if self.film.wanted(update) and self.film.budget:
            self.film.add(self.frame())

    # --- going back ---
    def rewinding(self, update: int) -> Iterator[None]:
        """Goes back to just after `update` updates, 0 … those there were: to the film's last frame before it and from
        there on again, with the same numbers. Yields after every update. What came later is forgotten."""
        self._restore(self._frame_before(update))
        while self.update < update:
            for progress in self.steps():
                yield None
                if progress is not None:
                    break

    def branching(
        self, update: int, plan: Plan | None = None, experiment: Experiment | None = None
    ) -> Generator[None, None, TrainingRun]:
        """Yields after every update, and returns another run, which was the same up to `update` and goes on from there
        as `plan` and `experiment` say. Another optimizer begins without a memory of earlier gradients.

        Raises InputError where the parameters do not fit the experiment, or others are held.
        """
        plan, experiment = plan or self.plan, experiment or self.experiment
        if plan.held != self.plan.held:
            raise InputError("held: a branch holds the parameters that its training has held; begin a new training.")
        other = TrainingRun(self.experiment, self.plan, self.parameters, self.watched.watch, self.film.budget)
        other._adopt(self)
        yield from other.rewinding(update)
        return other if (plan, experiment) == (self.plan, self.experiment) else other.continued(plan, experiment)

    def continued(self, plan: Plan | None = None, experiment: Experiment | None = None) -> TrainingRun:
        """Another run, which has been the same so far and goes on apart, as `plan` and `experiment` say; this one stays
        as it is. Where neither is another, one that has ended has ended, too.

        Raises InputError as `branching` does.
        """
        plan, experiment = plan or self.plan, experiment or self.experiment
        if plan.held != self.plan.held:
            raise InputError("held: a branch holds the parameters that its training has held; begin a new training.")
        other = TrainingRun(experiment, plan, self.parameters, self.watched.watch, self.film.budget)
        frame = self.frame()
        other._adopt(self)
        if plan.split != self.plan.split:  # what was best on other sequences says nothing about these
            other.validations, other.best = Validations(), None
            frame = replace(frame, best=None, waited=0, validated=False)
        if plan.optimizer != self.plan.optimizer:
            frame = replace(frame, state={})
        other._restore(frame)
        if (plan, experiment) == (self.plan, self.experiment):
            other.training.broken, other._stopping, other.ended = self.training.broken, self._stopping, self.ended
        return other

    def _frame_before(self, update: int) -> Frame:
        if not 0 <= update <= self.update:
            raise ValueError(f"there were {self.update} updates, so that there is no way back to {update}")
        frame = self.film.at(update)
        assert frame is not None, "the first frame is always there"
        return frame

    def _restore(self, frame: Frame) -> None:
        self.training.restore(frame.update, frame.vector, frame.before, frame.state)
        self.validations.truncate(frame.update if frame.validated else frame.update - 1)
        self.watched.truncate(frame.update)
        self.film.truncate(frame.update)
        self.best = None if frame.best is None else self.film.kept.get(frame.best[0])
        self._waited, self._stopping, self.ended = frame.waited, False, None

    def _adopt(self, other: TrainingRun) -> None:
        """All that another run, of the same parameters, has recorded."""
        self.training.history = other.training.history.copy()
        self.validations, self.best = other.validations.copy(), other.best
        self.watched, self.film = other.watched.copy(), other.film.copy()
        self._waited, self.training.done = other._waited, other.training.done

    # --- validation ---
    def _due(self) -> bool:
        if not self.plan.validation or self.training.broken:
            return False
        at_all = self.update % self._validate_every == 0 or self.update == self.total
        return at_all and not self._is_validated()

    def _is_validated(self) -> bool:
        return len(self.validations) > 0 and int(self.validations.updates[-1]) == self.update

    def _validated(self) -> Iterator[None]:
        """A validation, a batch at a time."""
        found = Measurement(self.network.loss.name)
        for data in self._validation():
            found.add(forward_pass(self.network, self.parameters, data))
            yield
        measured = found.result()
        self.validations.sequences = measured.sequences
        self.validations.append(self.update, measured.loss, measured.metric)
        before = self.best.best if self.best else None
        if math.isfinite(measured.loss) and (before is None or measured.loss < before[1]):
            self._waited = 0
            self.best = replace(self.frame(), best=(self.update, measured.loss))
            self.film.keep(self.best)
        else:
            self._waited += 1
            self._stopping = self.plan.patience is not None and self._waited >= self.plan.patience
        self.film.forget(*([self.best.update] if self.best else []))

    def _validation(self) -> Iterator[Data]:
        if self._validation_data is not None:
            yield from self._validation_data
            return
        kept: list[Data] = []
        for data in dataset.held_out_in_parts(
            self.experiment, self._validation_size, self._at_once(), "validation", self.plan.split
        ):
            kept.append(data)
            yield data
        if sum(data.x.nbytes + data.y.nbytes for data in kept) <= KEPT_BYTES:
            self._validation_data = kept

    def _at_once(self) -> int:
        at_once, needed = AT_ONCE, predicted_bytes(self.experiment, self.network) / self.experiment.batch
        while at_once > 1 and needed * at_once > LIMIT:
            at_once //= 2
        return at_once


def resumed_of(run: TrainingRun) -> Resumed | None:
    """That of a training's result: of its best update where the plan keeps that, else of the latest. None where the
    training broke off: its optimizer has seen the update that was taken back."""
    training = run.training
    if run.plan.keep_best and run.best is not None:
        return Resumed(run.plan.optimizer, training.learned, training.done + run.best.update, run.best.state)
    if training.broken:
        return None
    return Resumed(run.plan.optimizer, training.learned, training.done + run.update, training.optimizer.state())
