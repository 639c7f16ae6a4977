"""The trainings of the pinned runs: what they had when they were pinned, and how they are trained along."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from core.cells import cell_named
from core.documents.document import Content, PinnedRun
from core.errors import InputError
from core.maths.arrays import Array
from core.training.film import BUDGET
from core.training.history import Progress
from core.training.race import plan_of, racing, refuse_other_data
from core.training.run import TrainingRun
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Pin
from explorer.session.signals import Signals, translated
from explorer.session.training.records import Record
from explorer.style.numbers import count, number
from explorer.words import clauses, in_language

MOST_RIVALS = 12  # trainings of pinned runs that undo may come back to
FILM_BYTES = BUDGET // 4  # of each


@dataclass(eq=False)
class Rival:
    """The training of the pinned run with this `number`. `along`: it was trained along with the run on show, so that
    both are looked at at the same update; otherwise the pinned run stays as it was pinned."""

    number: int
    record: Record
    along: bool = False

    @property
    def training(self) -> TrainingRun:
        return self.record.training


class At(NamedTuple):
    """A network of a training: its parameters by name after `update` updates."""

    update: int
    parameters: Mapping[str, Array]


def _content(run: PinnedRun) -> Content:
    return Content(run.experiment, run.parameters)


class Race:
    """Keeps the trainings of the pinned runs, and trains them along with the one on show."""

    def __init__(self, signals: Signals, screen: Screen, run: Run) -> None:
        self._signals, self._screen, self._run = signals, screen, run
        self._rivals: list[Rival] = []  # the latest last
        self._known: tuple[PinnedRun, ...] = ()
        self._started: tuple[tuple[int, str], ...] = ()  # the pinned runs that the race under way is with

    # --- what there is ---
    def of(self, run: PinnedRun) -> Rival | None:
        """The training that a pinned run belongs to; None where it belongs to none."""
        content = _content(run)
        rivals = (each for each in reversed(self._rivals) if each.number == run.number)
        return next((each for each in rivals if each.record.update_of(content) is not None), None)

    def trainings(self) -> list[tuple[Pin, TrainingRun]]:
        """The pinned runs that have been trained, each with its training."""
        found = ((pin, self.of(pin.run)) for pin in self._screen.pins)
        return [(pin, rival.training) for pin, rival in found if rival is not None and rival.training.update]

    def raced(self) -> list[tuple[Pin, TrainingRun]]:
        """Those of them that were trained along with the run on show."""
        found = ((pin, self.of(pin.run)) for pin in self._screen.pins)
        return [(pin, rival.training) for pin, rival in found
                if rival is not None and rival.along and rival.training.update]  # fmt: skip

    def keep_new(self, record: Record | None) -> None:
        """What was pinned since the last call keeps the training that it belongs to: the one on show."""
        pinned = tuple(pin.run for pin in self._screen.pins)
        new, self._known = [run for run in pinned if run not in self._known], pinned
        if record is None or not record.training.update:
            return
        for run in new:
            if self.of(run) is None and record.update_of(_content(run)) is not None:
                self._add(Rival(run.number, record.branch(record.training.continued())))

    def forget(self) -> None:
        """Their trainings go; the pinned runs stay."""
        self._rivals = []

    def take_over(self, other: Race) -> None:
        """What another session, that shows the same, knows."""
        self._rivals, self._known = list(other._rivals), other._known

    def _add(self, rival: Rival) -> Rival:
        self._rivals = [*self._rivals[1 - MOST_RIVALS :], rival]
        return rival

    # --- trained along ---
    def steps(self, leading: TrainingRun) -> Iterator[Progress | None]:
        """Trains `leading` and the pinned runs, update by update: those that are behind first. Yields a Progress after
        each update of `leading`, and None within all other work. One that cannot be trained along says why."""
        self._started = self._present()
        rivals = []
        for pin in self._screen.pins:
            try:
                rivals.append((yield from self._readying(pin, leading)))
            except InputError as error:
                text = translated("The pinned run {name} is not trained along. {why}")
                self._signals.message.emit(text.format(name=_name(pin.run), why=in_language(error)))
        for rival in rivals:
            rival.along = True
        for turn in racing([leading, *(rival.training for rival in rivals)]):
            yield None if turn is None or turn[0] else turn[1]

    def is_with_others(self) -> bool:
        """Whether other runs are pinned now than when the race began."""
        return self._started != self._present()

    def _present(self) -> tuple[tuple[int, str], ...]:
        return tuple((pin.number, pin.label) for pin in self._screen.pins)

    def _readying(self, pin: Pin, leading: TrainingRun) -> Generator[None, None, Rival]:
        run = pin.run
        plan = plan_of(run.plan, leading.plan, leading.experiment.batch)
        rival = self.of(run)
        if rival is None:
            if not cell_named(run.experiment.cell).learned:
                raise InputError("The cell {cell} is not trained by updates.", cell=run.experiment.cell)
            refuse_other_data(run.experiment, leading.experiment, leading.plan)
            made = TrainingRun(run.experiment, plan, pin.trace.parameters, film_bytes=FILM_BYTES)
            return self._add(Rival(run.number, Record(made, _content(run))))
        was, shown = rival.training, rival.record.update_of(_content(run))
        if was.plan == plan:
            return rival
        if was.plan.with_changes(length=plan.length, unit=plan.unit) == plan:  # it is to go on for longer, or less long
            return self._add(Rival(run.number, rival.record.branch(was.continued(plan)), rival.along))
        if rival.along:  # from where the other one goes on
            shown = min(was.update, leading.update)
        branch = yield from was.branching(shown or 0, plan)
        return self._add(Rival(run.number, rival.record.branch(branch), rival.along))

    # --- which update of theirs is looked at ---
    def _along(self) -> Iterator[Rival]:
        found = (self.of(pin.run) for pin in self._screen.pins)
        return (rival for rival in found if rival is not None and rival.along)

    def latest(self) -> dict[int, At]:
        """The networks of those that are trained along, as they are now, by the pinned runs' numbers."""
        return {each.number: At(each.training.update, each.training.parameters) for each in self._along()}

    def nearest(self, update: int) -> tuple[dict[int, At], bool]:
        """Those of the last frames that are not later than an update, and whether all are of that very update, or of
        their last where that was earlier."""
        found, exact = {}, True
        for each in self._along():
            wanted = min(update, each.training.update)
            frame = each.training.film.at(wanted)
            if wanted == each.training.update:
                found[each.number] = At(wanted, each.training.parameters)
            elif frame is not None:
                found[each.number] = At(frame.update, each.training.parameters_at(frame))
                exact = exact and frame.update == wanted
        return found, exact

    def going_to(self, update: int) -> Generator[None, None, dict[int, At]]:
        """Those of the very update; yields after every update that has to be made again."""
        found, _ = self.nearest(update)
        for each in list(self._along()):
            wanted = min(update, each.training.update)
            if found[each.number].update != wanted:
                other = yield from each.training.branching(wanted)
                found[each.number] = At(wanted, other.parameters)
        return found

    def pinned(self, runs: tuple[PinnedRun, ...], found: Mapping[int, At]) -> tuple[PinnedRun, ...]:
        """The pinned runs with these networks instead of theirs."""
        return tuple(self._moved(run, found[run.number]) if run.number in found else run for run in runs)

    def _moved(self, run: PinnedRun, at: At) -> PinnedRun:
        rival = self.of(run)
        if rival is None:
            return run
        content = rival.record.content(_content(run), at.parameters, at.update)
        kept = {run.parameters for entry in self._run.history.entries for run in entry.content.pinned}
        rival.record.forget_old(lambda old: old.given in kept)
        return replace(run, experiment=content.experiment, parameters=content.given)

    # --- in words ---
    def standings(self) -> str:
        """ "The pinned runs beside it: LSTM: 0.12; ReLU broke off at update 17." "" where none was trained along."""
        said = []
        for pin, training in self.raced():
            last = training.history[-1]
            text = translated("{name}: {loss}").format(name=_name(pin.run), loss=number(last.loss))
            if training.ended == "broken":
                text = translated("{name} broke off at update {k}").format(name=_name(pin.run), k=count(last.update))
            said.append(text)
        return translated("The pinned runs beside it: {runs}.").format(runs=clauses(said)) if said else ""


def _name(run: PinnedRun) -> str:
    return " ".join(run.label.split())
