"""A lesson that is open: one step after another takes the stage, and at its end the session is as it was before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from core.documents.document import Content, Parameters, PinnedRun, own_parameters
from core.documents.storage import View
from core.errors import InputError
from core.experiment import describe
from core.history import History
from core.jobs import Job
from core.lessons.format import Lesson, Step
from core.lessons.language.parse import Verdict, parse
from core.lessons.language.runs import Runs
from core.lessons.reading import LessonError, read_lesson
from core.timeline.timeline import LOSS
from core.trace import Trace
from explorer.session.documents import Document, Entry
from explorer.session.findings import Findings
from explorer.session.hunt import HiddenError
from explorer.session.lessons.page import Page, is_live, judging, said, staging
from explorer.session.lessons.question import Question
from explorer.session.lessons.script import Scripted, script_of
from explorer.session.lessons.stage import places_of, selection_of
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change, Pin
from explorer.session.signals import Signals, translated
from explorer.session.standing import Standing
from explorer.session.training.trainer import Trainer
from explorer.session.work import Work, at_once
from explorer.words import in_language


class OpenLesson:
    """At most one lesson is open. While its question waits, nothing beyond the playhead is shown: the playhead stays.

    What is changed on a step's stage is the learner's own until the next step; `keep` takes it along. Nothing of a
    lesson is saved, and what was on the screen before comes back exactly.
    """

    def __init__(
        self,
        signals: Signals,
        screen: Screen,
        run: Run,
        findings: Findings,
        hunt: HiddenError,
        trainer: Trainer,
        running: Work,
    ) -> None:
        self._signals, self._screen, self._run, self._findings = signals, screen, run, findings
        self._hunt, self._trainer, self._running = hunt, trainer, running
        self.lesson: Lesson | None = None
        self.page: Page | None = None
        self.path: Path | None = None
        self.verdicts: Mapping[str, Verdict | None] = {}
        self.text = ""  # of the step, with the numbers of the run on show
        self.acted = False  # what the step waits for has been done
        self._start = 0.0  # where the playhead stands first
        self.question = Question(signals, screen, running, self._revealed)
        self._script: tuple[Scripted, ...] = ()
        self._before: Standing | None = None
        self._folded = False  # the chain was, before the lesson
        self._notation: str | None = None  # what was chosen, while a step shows another
        self._staging = False
        signals.changed.connect(self._on_changed)

    # --- what there is ---
    @property
    def standing(self) -> Standing:
        """What is kept of the session: that of before the lesson, or of before a hunt."""
        return self._before if self._before is not None else self._hunt.standing

    @property
    def count(self) -> int:
        """How many steps there are."""
        return 0 if self.lesson is None else len(self._script)

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self.question.waits

    @property
    def alone(self) -> bool:
        """Whether the first picture is all that is shown: others would give an answer away, or are of gradients where
        the step is not, unless something is trained in it."""
        page = self.page
        if page is None:
            return False
        screen, other = self._screen, (page.step.focus or "").startswith("panel ") or bool(page.scene.plans())
        end = max((self._start, *screen.rests))
        return self.asks or (not other and end <= screen.timeline.index(LOSS))

    @property
    def meant(self) -> str:
        """The place that the step is about, once the playhead has come to it and until something else is looked at;
        "" for none. While a question waits only the place that a number is asked of: others could give it away."""
        page, screen = self.page, self._screen
        if page is None or page.step.focus is None or self._staging:
            return ""
        focus, kind = page.step.focus, page.step.focus.partition(" ")[0]
        if self.asks:
            asked = page.ask is not None and page.ask.kind == "number" and kind == "node"
            return focus if asked else ""
        if screen.position != max((self._start, *screen.rests)):
            return ""
        chosen = selection_of(focus, page.runs.shown)
        return focus if chosen is None or chosen == screen.selection else ""

    @property
    def waits(self) -> str:
        """What the step waits for before it goes on, in a sentence; "" for nothing."""
        if self.asks:
            return translated("Answer the question first; any guess will do.")
        if self.page is not None and self.page.step.act is not None and not self.acted:
            return translated("This step waits for what it asks you to do.")
        return ""

    @property
    def following(self) -> Step | None:
        """The step after this one; None after the last."""
        number = 0 if self.page is None else self.page.number + 1
        return self._script[number].step if 0 < number < self.count else None

    # --- coming and going ---
    def open(self, path: Path) -> bool:
        """Opens a lesson's file at its first step. False, with a message, where it cannot be; all stays as it is."""
        read = self._read(path)
        if read is None:
            return False
        if self._trainer.running:
            self._trainer.pause()
        self._hunt.leave()
        self.leave()
        return self._run.when_shown(lambda: self._begin(path, *read)) and self.lesson is read[0]

    def open_step(self, lesson: Lesson, number: int) -> bool:
        """Opens a lesson that is in no file at one of its steps, from 0. False, with a message, where it cannot be."""
        try:
            script = script_of(lesson)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        if self._trainer.running:
            self._trainer.pause()
        self._hunt.leave()
        self.leave()
        return self._run.when_shown(lambda: self._begin(None, lesson, script, number)) and self.lesson is lesson

    def shown_step(self) -> tuple[Lesson, int]:
        """The lesson and the step on show, by its place in the lesson. Raises InputError."""
        if self.lesson is None or self.page is None:
            raise InputError("No lesson is open.")
        if self.page.again:
            raise InputError("This question is of an earlier lesson; open that one to share it.")
        return self.lesson, self.page.number - sum(bool(each.again) for each in self._script)

    def reload(self) -> None:
        """Reads the file of the open lesson again and shows the same step; where it has become wrong a message says so,
        by its line, and the lesson stays as it was."""
        if self.path is None or self.page is None:
            return
        read = self._read(self.path)
        if read is not None:
            number = self.page.number - sum(bool(each.again) for each in self._script)
            self.lesson, self._script = read
            self.question.predictions.clear()
            self.show(max(number, 0))

    def _read(self, path: Path) -> tuple[Lesson, tuple[Scripted, ...]] | None:
        """A lesson and its steps; None, with a message, where it cannot be read."""
        try:
            lesson, _ = read_lesson(path)
            return lesson, script_of(lesson)
        except LessonError as error:
            self._signals.message.emit(f"{path.name}:{error.line}: {in_language(error)}")
        except InputError as error:
            self._signals.message.emit(in_language(error))
        return None

    def _begin(
        self, path: Path | None, lesson: Lesson, script: tuple[Scripted, ...], number: int | None = None
    ) -> None:
        """`number`: the step that it begins with; None: the first one, after questions that come back."""
        self.path, self.lesson = path, lesson
        again = self.question.recall.begin(lesson) if number is None else ()
        self._script = (*again, *script)
        self.question.predictions.clear()
        self.page = None
        self.question.show(None)
        self._before, self._folded, self._notation = self._hunt.standing, self._screen.unrolled == 0.0, None
        self.show(number or 0)

    def show(self, number: int) -> None:
        """The step of that number, from 0, once its runs are there."""
        if self.lesson is None:
            return
        number = min(max(number, 0), self.count - 1)
        if self._trainer.running:
            self._trainer.pause()
        self._hunt.leave()
        title = translated("Step {k} of the lesson").format(k=number + 1)
        self._running.drop()
        self._running.start(title, staging(self._script[number], number), self._shown, otherwise=self._failed)
        self._running.pull(at_once())

    def _failed(self) -> None:
        """A step cannot be run, or was cancelled: the one before stays, or there is no lesson."""
        if self.page is None:
            self.leave()

    def _shown(self, page: Page) -> None:
        screen, run = self._screen, self._run
        self._signals.pause_wanted.emit()  # of the step before
        self.page, self.acted, self.verdicts, self.text = page, False, {}, page.text
        self.question.show(page)
        self._staging = True
        try:
            screen.rests, screen.limit = (), math.inf
            screen.selection = None
            screen.view = self._written(_looked_at(screen.view, page), page.step.look.notation)
            self._stage(page)
            self._start, screen.rests = places_of(page.step, screen.timeline, page.phase)
            screen.seek(self._start)
            self._signals.changed.emit(Change.VIEW | Change.PINS | Change.PLAN)
            self._signals.selection_changed.emit()
        finally:
            self._staging = False
        self._signals.fold_wanted.emit(page.step.look.folded)
        run.locked = ""
        if self.asks:
            screen.limit = screen.position
            run.locked = translated("Answer the lesson's question first; then the run can be changed.")
        elif page.step.focus is not None:
            screen.select(selection_of(page.step.focus, page.runs.shown))
        self._judge()
        self._signals.lesson_changed.emit()
        if screen.rests and not self.asks:
            self._signals.play_wanted.emit()

    def _stage(self, page: Page) -> None:
        """The runs of a step are on show; those that its answer took a training of as they are after it."""
        screen, run, traces = self._screen, self._run, self._on_stage(page)
        trace, plan = traces[""], page.scene.plans().get("")
        content = Content(trace.experiment, _own(trace), self._pinned(page, traces))
        if plan is not None:
            content = replace(content, plan=plan)
        screen.entry = Entry(content, Document(began=content))
        screen.pins = tuple(
            Pin(pinned, traces[letter]) for letter, pinned in zip(page.scene.pins, content.pinned, strict=False)
        )
        run.history, run.dirty = History(screen.entry), False
        screen.ghost = None
        run.show(trace)

    def _on_stage(self, page: Page) -> dict[str, Trace]:
        """Each run of a step as it is shown, by its letter."""
        answered = self.question.answered
        trained = {} if answered is None else answered.trained
        return {"": page.runs.shown, **{letter: page.runs.trace(letter) for letter in page.scene.pins}, **trained}

    def _written(self, view: View, notation: str | None) -> View:
        """The view in the notation that a step names; in the one chosen before, once a step names none."""
        if notation is not None and self._notation is None:
            self._notation = view.notation
        elif notation is None:
            notation, self._notation = self._notation, None
        return msgspec.structs.replace(view, notation=notation or view.notation)

    def _pinned(self, page: Page, traces: Mapping[str, Trace]) -> tuple[PinnedRun, ...]:
        found = []
        for k, letter in enumerate(list(page.scene.pins)[: len(self._screen.theme.pinned)]):
            experiment = traces[letter].experiment
            found.append(PinnedRun(experiment, f"{letter}: {describe(experiment)}", k, _own(traces[letter])))
        return tuple(found)

    def on(self, by: int = 1) -> None:
        """To the next rest of this step, then to the next step; back to the step before. A step that waits says for
        what, and stays."""
        if self.lesson is None or self.page is None:
            return
        if by < 0:
            self.show(self.page.number - 1)
        elif self.waits:
            self._signals.message.emit(self.waits)
        elif (rest := next((each for each in self._screen.rests if each > self._screen.position), None)) is not None:
            self._screen.seek(rest)
        elif self.page.number + 1 < self.count:
            self.show(self.page.number + 1)
        else:
            self._signals.message.emit(self.question.predictions.ending())

    def leave(self) -> None:
        """Closes the lesson; everything is as it was before."""
        before, screen, run = self._before, self._screen, self._run
        if before is None:
            self.lesson = None
            return
        if self._trainer.running:
            self._trainer.pause()
        self._hunt.leave()
        self.lesson = self.page = self._before = None
        self.question.show(None)
        screen.rests, screen.limit, run.locked = (), math.inf, ""
        self._running.drop()
        run.history, screen.entry, screen.pins = before.history, before.shown, before.pins
        screen.ghost, screen.selection, screen.view = None, None, before.view
        run.dirty = run.history.current != screen.entry
        run.show(before.trace)
        screen.seek(before.position)
        self._signals.fold_wanted.emit(self._folded)
        self._signals.changed.emit(Change.VIEW | Change.PINS | Change.PLAN)
        self._signals.selection_changed.emit()
        self._signals.lesson_changed.emit()

    def keep(self) -> None:
        """Closes the lesson and takes its run along, as an entry of the person's own history."""
        if self._before is None:
            return
        self._run.when_shown(self._keep)

    def _keep(self) -> None:
        content = self._screen.entry.content
        self.leave()
        self._run.history.end_gesture()
        self._run.push(Entry(content, Document(began=None)))

    # --- its question ---
    def again(self) -> None:
        """The question of this step waits once more; the first answer counts."""
        if self.page is not None and self.question.ask_again():
            self.show(self.page.number)

    def _revealed(self) -> None:
        """An answer is there: what was hidden while the question waited is shown, and the step goes on."""
        page = self.page
        assert page is not None
        self._screen.limit, self._run.locked = math.inf, ""
        if self.question.answered is not None and self.question.answered.trained:
            self._staging = True
            try:
                self._stage(page)
            finally:
                self._staging = False
            self._signals.changed.emit(Change.PINS)
        if page.step.focus is not None:
            self._screen.select(selection_of(page.step.focus, page.runs.shown))
        self._judge()
        self._signals.changed.emit(Change.VIEW)
        self._signals.lesson_changed.emit()
        if self._screen.rests:
            self._signals.play_wanted.emit()

    # --- claims ---
    def _on_changed(self, flags: Change) -> None:
        if self.page is not None and not self._staging and flags & (Change.RUN | Change.PINS):
            self._judge()

    def _judge(self) -> None:
        """Asks the run on show whether the step's claims hold, and whether what the step waits for is done."""
        page = self.page
        if page is None or self.asks:
            return
        screen = self._screen
        pins = {pin.label.partition(":")[0]: pin.trace for pin in screen.pins}
        pins = {letter: trace for letter, trace in pins.items() if letter in page.scene.pins}
        untouched = screen.trace is self._on_stage(page)[""]  # a step speaks of its runs as they are before a training
        runs = page.runs if untouched else Runs(screen.trace, pins, page.scene.plans())
        claims = tuple(claim for claim in page.step.claim if is_live(claim))
        act = page.step.act

        def judge() -> Job[None]:
            self.verdicts = yield from judging(claims, runs)
            if runs is not page.runs:
                with suppress(InputError):  # as it was, where the run on show has no such quantity
                    self.text = yield from said(page.step.text, runs)
            if act is not None and not self.acted:
                with suppress(InputError):  # of a run that has no such quantity
                    self.acted = (yield from parse(act.until).verdict(runs)).holds
            self._signals.lesson_changed.emit()

        self._findings.ask("claims", judge())


def _own(trace: Trace) -> Parameters | None:
    """A run's own parameters, where they are not its seed's."""
    return own_parameters(trace.experiment, trace.parameters if trace.own_parameters else None)


def _looked_at(view: View, page: Page) -> View:
    """The view that a step names, the same where it names none; what changes what the picture means is as it says."""
    look = page.step.look
    view = msgspec.structs.replace(
        view, difference=look.difference, side_by_side=look.side_by_side, share_at=look.share_at,
        digits=view.digits if look.digits is None else look.digits,
    )  # fmt: skip
    if page.step.view is None:
        return view
    return msgspec.structs.replace(view, inside=page.runs.shown.scan.name if page.step.view == "cell" else None)
