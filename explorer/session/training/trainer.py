"""The training of the network on show: pulled by the player, seen as it goes, and looked at again at any update."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.cells import cell_named
from core.errors import InputError
from core.maths.arrays import Array
from core.options import names_of
from core.sentence import Sentence
from core.training.history import Progress
from core.training.optimizers import optimizer_named
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.update import UpdateRule
from explorer.session.findings import Findings
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change
from explorer.session.signals import Signals, translated
from explorer.session.training.going import Going
from explorer.session.training.pace import Pace
from explorer.session.training.race import At, Race
from explorer.session.training.records import Record, Records, same
from explorer.session.training.showing import Showing
from explorer.session.training.words import ending
from explorer.style.numbers import count
from explorer.words import in_language, sentences


class Trainer(QObject):
    """At most one training goes on. `training` is the one that the network on the screen belongs to, None where it
    belongs to none, and `shown` the update of that network: undo and redo bring a training back with its network.

    One press is one entry of the document's history, whichever update of it is on show. What is changed otherwise in
    the meantime pauses it. A press while an earlier update is on show goes on from there, as a branch.

    In a `race` the pinned runs are trained along: each makes as many updates, on the same sequences, and all are looked
    at at the same one.
    """

    changed = Signal()  # it began, went on, paused, ended, or another update is on show

    def __init__(
        self,
        signals: Signals,
        screen: Screen,
        run: Run,
        findings: Findings,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(signals)
        self._signals, self._screen, self._run, self._findings = signals, screen, run, findings
        self.pace = Pace(clock)
        self.race = Race(signals, screen, run)
        self.racing = False  # the latest press was one for all
        self.running = False
        self._left: int | None = None  # updates of this press that are still to be made; None: all of them
        self._records = Records()
        self._going, self._showing = Going(signals), Showing(signals, screen, run, self._cannot_be_shown)
        self._presses = 0
        self._steps: Iterator[Progress | None] = iter(())
        self._wanted: int | None = None  # the update that is to be shown
        self._findings.rule = self.rule
        signals.changed.connect(self._on_changed)

    # --- the plan ---
    @property
    def plan(self) -> Plan:
        """How the network on show is trained."""
        return self._run.history.current.content.plan

    @property
    def rule(self) -> UpdateRule:
        """How the next update of the network on show moves its parameters: as the plan says; after the last update of
        a training, with the optimizer as that has left it."""
        plan, training = self.plan, self.training
        options = tuple((name, getattr(plan, name)) for name in names_of(optimizer_named(plan.optimizer).options))
        rule = UpdateRule(plan.optimizer, plan.first_rate, options, plan.held)
        if training is None or training.plan.optimizer != plan.optimizer or self.shown != training.update:
            return rule
        return replace(rule, rate=training.rate_at(training.update + 1), before=training.training.optimizer)

    def set_plan(self, gesture: str | None = None, **fields: Any) -> bool:
        """Changes choices of the plan; a training that goes on follows. False, with a message, where one is refused;
        nothing changes then."""
        entry = self._run.history.current
        try:
            plan = self.plan.with_changes(**fields)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        if self._run.refused():
            return False
        self._run.push(replace(entry, content=replace(entry.content, plan=plan)), gesture)
        if self.running and self.training is not None:
            left, self.running = self._left, False
            self._go_to(self.training.update, lambda branch: self._go_on(branch, left), self._lasting(plan))
        self.changed.emit()
        return True

    # --- what there is ---
    @property
    def training(self) -> TrainingRun | None:
        """The training of the network on the screen."""
        return None if self._records.on_show is None else self._records.on_show.training

    @property
    def former(self) -> list[TrainingRun]:
        """The trainings that undo may come back to, the latest last, without the present one."""
        return self._records.former

    @property
    def updates(self) -> int:
        """How many updates there were."""
        return 0 if self.training is None else self.training.update

    @property
    def shown(self) -> int | None:
        """The update whose network is on the screen; None: another network is."""
        return None if self._records.on_show is None else self._records.on_show.update_of(self._screen.entry.content)

    @property
    def busy(self) -> bool:
        """Whether it has work for the next frame."""
        return self.running or self._wanted is not None or self._going.busy or self._showing.busy

    @property
    def speed(self) -> float | None:
        """Updates a second; None where none are being made, or it is not known yet."""
        return self.pace.speed if self.training is not None and self.running else None

    # --- what a person does ---
    def toggle(self) -> None:
        """Trains, or pauses."""
        if self.running:
            self.pause()
        else:
            self._run.when_shown(lambda: self._go(None))

    def toggle_race(self) -> None:
        """Trains the network on show and the pinned runs, update by update side by side, or pauses; says why where
        nothing is pinned."""
        if self.running:
            self.pause()
        elif not self._screen.pins:
            text = "No run is pinned to race with: P pins this one, then choose another rate or cell; T trains alone."
            self._signals.message.emit(translated(text))
        else:
            self._run.when_shown(lambda: self._go(None, race=True))

    def one_update(self) -> None:
        """Makes one update, and shows the network after it; pauses a training."""
        if self.running:
            self.pause()
        else:
            self._run.when_shown(lambda: self._go(1))

    def pause(self) -> None:
        """Stops where it is; it can go on."""
        if self.running and self.training is not None:
            self._rest()
            alone, together = "Paused after update {k}; T goes on.", "Paused after update {k}; Ctrl+T goes on with all."
            text = translated(together if self.racing else alone)
            self._signals.message.emit(text.format(k=count(self.training.update)))

    def show_update(self, update: int) -> None:
        """Shows the network exactly as it was after so many updates; a training pauses."""
        if self.training is None or self._run.refused():
            return
        if self.running:
            self._rest()
        self._wanted = update  # of those that a drag comes by, each frame shows the latest
        self._signals.frame_wanted.emit()

    def step_update(self, by: int) -> None:
        """Shows the network one update earlier (−1) or later (1), of those that have been made."""
        training = self.training
        if training is None:
            self._signals.message.emit(translated("There is no training to go back in; T trains the network on show."))
            return
        shown = training.update if self.shown is None else self.shown
        at = (shown if self._wanted is None else self._wanted) + by
        if at < 0:
            self._signals.message.emit(translated("This is the network before the first update."))
        elif at > training.update:
            text = translated("Update {k} is the last that was made; Shift+T makes one more.")
            self._signals.message.emit(text.format(k=count(training.update)))
        else:
            self.show_update(at)

    def _show_update(self, update: int) -> None:
        training, self._wanted = self.training, None
        if training is None:
            return
        update = min(max(update, 0), training.update)
        self._going.stop()
        frame = training.film.at(update)
        others, exact = self.race.nearest(update)
        if exact and update == training.update:
            self._show(training.parameters, update, others)
        elif exact and frame is not None and frame.update == update:
            self._show(training.parameters_at(frame), update, others)
        else:  # at once the nearest ones that there are, then the very ones
            if frame is not None:
                self._show(training.parameters_at(frame), frame.update, others)
            self._start_going(self._going_back(training, update), lambda found: self._show(*found))
        self.changed.emit()

    def _going_back(
        self, training: TrainingRun, update: int
    ) -> Generator[None, None, tuple[dict[str, Array], int, dict[int, At]]]:
        """The parameters after an update, and those of the pinned runs that were trained along."""
        found = training
        if update != training.update:
            found = yield from training.branching(update)
        return found.parameters, update, (yield from self.race.going_to(update))

    def show_best(self) -> None:
        """Shows the network with the lowest validation loss."""
        if self.training is None or self.training.best is None:
            self._signals.message.emit(
                translated("Nothing was validated, so no update is the best one; choose a share for validation.")
            )
            return
        self.show_update(self.training.best.update)

    def forget(self) -> None:
        """The training goes; the network on show stays."""
        if self.running:
            self._rest()
        self._going.stop()
        self._records.forget()
        self.race.forget()
        self._signals.changed.emit(Change.PLAN)
        self.changed.emit()

    # --- going ---
    def _go(self, updates: int | None, race: bool = False) -> None:
        if self._run.refused():
            return
        self._going.stop()
        self.racing = race
        training, shown, plan = self.training, self.shown, self.plan
        if training is None or shown is None:
            self._begin(updates)
            return
        last = shown == training.update
        if last and training.ended == "broken":
            self._signals.message.emit(self._ending(training))
        elif last and training.ended is None and plan == training.plan.with_changes(length=plan.length):
            self._go_on(training, updates)
        else:
            self._go_to(shown, lambda branch: self._go_on(branch, updates), self._lasting(plan, shown))

    def _lasting(self, plan: Plan, done: int = 0) -> Plan:
        """The plan, or a longer one where all that it wants was done after so many updates."""
        epoch = self.training.epoch.updates if self.training is not None and self.training.epoch else 1
        units = math.ceil(done / (epoch if plan.unit == "epochs" else 1))
        return plan if units < plan.length else plan.with_changes(length=units + plan.length)

    def _begin(self, updates: int | None) -> None:
        """A new training, of the network on show."""
        content, trace = self._screen.entry.content, self._screen.trace
        cell = cell_named(content.experiment.cell)
        try:
            if not cell.learned:
                raise InputError(
                    "The cell {cell} is not trained by updates ({note}).", cell=cell.name, note=Sentence(cell.note)
                )
            training = TrainingRun(content.experiment, self.plan, trace.parameters)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return
        self._records.keep(Record(training, content))
        self._go_on(training, updates)

    def _go_on(self, training: TrainingRun, updates: int | None) -> None:
        record = self._records.on_show
        assert record is not None
        if record.training is not training:  # a branch: what it goes on from stays as it is
            self._records.keep(record.branch(training))
        self._left, self._showing.latest = updates, self._screen.entry.content
        self._presses += 1
        self._showing.gesture = f"training {self._presses}"
        self._run.history.end_gesture()
        self._steps = self.race.steps(training) if self.racing else training.steps(within=True)
        self.running = True
        self.pace.begin(training.update)
        self._signals.changed.emit(Change.PLAN)  # its picture takes its place
        self.changed.emit()
        self._signals.frame_wanted.emit()

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Goes on until `out_of_time()`, by one piece at least; now and then the network is shown as it is."""
        if self._run.history.current != self._screen.entry:  # a change is about to be run
            self._interrupt()
        elif self._wanted is not None:
            self._show_update(self._wanted)
        elif self._showing.busy:
            self._showing.pull(out_of_time)
        elif self._going.busy:
            self._going.pull(out_of_time)
        elif self.training is not None and self.running:
            self._pull_training(self.training, out_of_time)

    def _pull_training(self, training: TrainingRun, out_of_time: Callable[[], bool]) -> None:
        self.pace.painted(training.update)
        while True:
            try:
                progress = next(self._steps)
            except StopIteration:
                self._rest()
                self._signals.undoable.emit(self._ending(training))
                return
            if progress is not None and self._left is not None:
                self._left -= 1
                if self._left <= 0:
                    self._rest()
                    return
            if out_of_time():
                break
        if self.pace.draws():
            self._show(training.parameters, training.update, self._others())
            self.changed.emit()

    def _rest(self) -> None:
        """It does not go on by itself; the network is shown as it is."""
        self.running = False
        self._showing.stop()
        if self.training is not None:
            self._show(self.training.parameters, self.training.update, self._others())
        self.changed.emit()

    def _others(self) -> dict[int, At] | None:
        """The pinned runs' networks as they are now, in a race."""
        return self.race.latest() if self.racing else None

    def _interrupt(self) -> None:
        """Something else is about to be shown."""
        going, self.running, self._wanted = self.running, False, None
        self._showing.stop()
        self._going.stop()
        if going:
            self._signals.message.emit(translated("The training has stopped: something else has been changed."))
        self._records.find(self._screen.entry.content)
        self.changed.emit()

    def _on_changed(self, flags: object) -> None:
        """Another network is on the screen, or the same."""
        if self.running:
            self.race.keep_new(self._records.on_show)
            if not same(self._screen.entry.content, self._showing.latest):
                self._interrupt()
            elif self.training is not None and self.racing and self.race.is_with_others():
                self._steps = self.race.steps(self.training)
            return
        before = self._records.on_show
        self._records.find(self._screen.entry.content)
        self.race.keep_new(self._records.on_show)
        self._findings.set_rule(self.rule)
        if self._records.on_show is not before:
            self._signals.changed.emit(Change.PLAN)  # its picture comes or goes
        if self._records.on_show is not None or before is not None or self.race.trainings():
            self.changed.emit()

    def _ending(self, training: TrainingRun) -> str:
        """How it ended, and in a race how the others stand."""
        said = ending(training, self.pace.first)
        return sentences((said, self.race.standings() if self.racing else ""))

    # --- going to an update between two frames of the film ---
    def _go_to(self, update: int, then: Callable[[TrainingRun], None], plan: Plan | None = None) -> None:
        assert self.training is not None
        self._start_going(self.training.branching(update, plan), then)

    def _start_going(self, way: Generator[None, None, Any], then: Callable[[Any], None]) -> None:
        def arrived(found: Any) -> None:
            then(found)
            self.changed.emit()

        self._going.start(way, arrived)

    # --- showing ---
    def _show(self, parameters: dict[str, Array], update: int, others: Mapping[int, At] | None = None) -> None:
        """Shows the network with these parameters, and the pinned runs with `others`, once their runs are there."""
        record, entry = self._records.on_show, self._screen.entry
        if record is None:
            return
        content = record.content(entry.content, parameters, update)
        if others:
            content = replace(content, pinned=self.race.pinned(content.pinned, others))
        kept = {id(each.content) for each in self._run.history.entries}
        record.forget_old(lambda old: id(old) in kept)
        self._showing.show(content, checked=not self.running)

    def _cannot_be_shown(self) -> None:
        self.running = False
        self.changed.emit()

    def take_over(self, other: Trainer) -> None:
        """The training of another session that shows the same."""
        self._records.take_over(other._records)
        self.race.take_over(other.race)
