"""The author's test of a lesson: everything in it that can be wrong, each with its line, and its claims over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from core.analysis.ngrams import tables_read
from core.errors import InputError
from core.jobs import Job, part
from core.lessons.format import Ask, Claim, Lesson, Step, Text
from core.lessons.kinds import kind_named
from core.lessons.language.evaluation import Compared
from core.lessons.language.functions import COSTS, PASSES, TRAINING
from core.lessons.language.parse import parse
from core.lessons.language.runs import Runs
from core.lessons.reading import LessonError, Place, line_of
from core.lessons.setting import Scene, Setting, scene_of, scene_of_claim, settings_of
from core.lessons.words import filling, numbers_in
from core.notation.books import notation_named
from core.sentence import Sentence

Result = TypeVar("Result")


@dataclass(frozen=True)
class Tested:
    """A claim over seeds 0 … `seeds` − 1: in how many it held, which it failed in, and each comparison at its worst."""

    place: Place
    line: int
    claim: Claim
    seeds: int
    failed: tuple[int, ...]
    worst: tuple[Compared, ...]

    @property
    def held(self) -> int:
        return self.seeds - len(self.failed)

    @property
    def right(self) -> bool:
        """Whether it held as often as it says. Of a share the bounds are widened by what chance does."""
        if self.claim.share is None:
            return not self.failed
        low, high = self.claim.share
        chance = 2.0 * math.sqrt(0.25 / self.seeds)
        return low - chance <= self.held / self.seeds <= high + chance

    def said(self) -> str:
        """One line: how often, and the worst of each comparison."""
        worst = "; ".join(f"{each.text} [{each.left:.3g} {each.sign} {each.right:.3g}, margin {each.margin:.2g}]"
                          for each in self.worst)  # fmt: skip
        return f"{self.held}/{self.seeds} {worst or self.claim.holds}"


class Checker:
    """A lesson beside the text of its file. `mistakes` fills up while the jobs run."""

    def __init__(self, lesson: Lesson, text: str) -> None:
        self.lesson, self.text = lesson, text
        self.mistakes: list[LessonError] = []
        self.settings: tuple[Setting, ...] = ()
        self.most = PASSES

    def note(self, place: Place, error: InputError | str) -> None:
        """A mistake at a place of the file."""
        said = error.sentence if isinstance(error, InputError) else error
        self.mistakes.append(LessonError(line_of(self.text, place), said))

    # --- what needs no run ---
    def read(self) -> bool:
        """Everything that can be known without a run; True where nothing is wrong."""
        try:
            self.settings = settings_of(self.lesson)
        except InputError as error:
            self.note(self._step_with_a_wrong_base(), error)
            return False
        heading = (
            ("title", self.lesson.title),
            ("goal", self.lesson.goal),
            *(("answers", each) for each in self.lesson.answers),
        )
        for name, text in heading:
            if "{" in text.en + text.zh:
                self.note((name,), Sentence("{name}: a number in braces needs a run; put it into a step.", name=name))
        seen: set[str] = set()
        for k, step in enumerate(self.lesson.step):
            place: Place = ("step", k)
            if k == 0 and step.same:
                self.note((*place, "same"), "same: there is no step before the first.")
            self._expressions(place, step)
            if (name := step.look.notation) is not None:
                self._try((*place, "look", "notation"), lambda name=name: notation_named(name))
            if step.ask is not None:
                if step.ask.id in seen:
                    self.note(
                        (*place, "ask", "id"),
                        Sentence("id: {id} is another question's; choose another.", id=step.ask.id),
                    )
                seen.add(step.ask.id)
                self._ask((*place, "ask"), step.ask)
            for n, claim in enumerate(step.claim):
                if claim.share is not None and claim.share[0] > claim.share[1]:
                    self.note((*place, "claim", n, "share"), "share: the first is the smaller one.")
        return not self.mistakes

    def _step_with_a_wrong_base(self) -> Place:
        for k in range(len(self.lesson.step)):
            try:
                settings_of(_first_steps(self.lesson, k + 1))
            except InputError:
                return "step", k, "base"
        return ()

    def _expressions(self, place: Place, step: Step) -> None:
        for where, text in _texts(place, step):
            for said in filter(None, (text.en, text.zh)):
                self._try(where, lambda said=said: list(numbers_in(said)))
        for n, claim in enumerate(step.claim):
            self._try((*place, "claim", n, "holds"), lambda claim=claim: parse(claim.holds))
        if step.act is not None:
            self._try((*place, "act", "until"), lambda act=step.act: parse(act.until))

    def _try(self, place: Place, work: Callable[[], object]) -> None:
        try:
            work()
        except InputError as error:
            self.note(place, error)

    def _ask(self, place: Place, ask: Ask) -> None:
        kind = kind_named(ask.kind)
        for where, sentence in kind.wrong(ask):
            self.note((*place, *where), sentence)
        for where, text, variables in kind.expressions(ask):
            self._try((*place, *where), lambda text=text, variables=variables: parse(text, variables))

    # --- what needs the run on the screen ---
    def running(self, trained: bool = False) -> Job[None]:
        """Every step as it is on the screen: its run, its texts, its question, and what a person does; where `trained`,
        also what takes a training."""
        self.most = TRAINING if trained else PASSES
        for k, step in enumerate(self.lesson.step):
            yield k / len(self.lesson.step)
            job = self._step(("step", k), step, self.settings[k])
            yield from part(job, k / len(self.lesson.step), (k + 1) / len(self.lesson.step))

    def _may(self, text: str, variables: tuple[str, ...] = ()) -> bool:
        """Whether an expression costs no more than is wanted now."""
        return COSTS.index(parse(text, variables).cost) <= COSTS.index(self.most)

    def _step(self, place: Place, step: Step, setting: Setting) -> Job[None]:
        try:
            scene = scene_of(setting, step.pins)
            runs = yield from scene.running()
        except InputError as error:
            self.note((*place, "set") if step.set else place, error)
            return
        self._focus((*place, "focus"), step.focus, runs)
        if (longest := step.tables) is not None:
            self._try((*place, "tables"), lambda: tables_read(runs.shown, longest))
        for where, text in _texts(place, step):
            for said in filter(None, (text.en, text.zh)):
                yield from self._trying(where, filling(said, runs))
        if step.ask is not None:
            yield from self._asking((*place, "ask"), step.ask, runs)
        if step.act is not None and self._may(step.act.until):
            verdict = yield from self._trying((*place, "act", "until"), parse(step.act.until).verdict(runs))
            if verdict is not None and verdict.holds:
                self.note((*place, "act", "until"), "until: this is true before anything is done.")

    def _trying(self, place: Place, job: Job[Result]) -> Job[Result | None]:
        try:
            return (yield from job)
        except InputError as error:
            self.note(place, error)
            return None

    def _focus(self, place: Place, focus: str | None, runs: Runs) -> None:
        if focus is None:
            return
        kind, *rest = focus.split(" ")
        trace = runs.shown
        if kind == "tile" and rest[0] not in trace.named_parameters(trace.parameters) | dict(trace.parameters):
            self.note(place, Sentence("focus: there is no parameter {name}.", name=rest[0]))
        if kind not in ("node", "edge"):
            return
        name, columns = rest[0], [int(each) for each in rest[1].split(">")]
        key = tuple(name.split(".", 1))
        if key not in trace.values and name not in ("x", "loss"):
            self.note(place, Sentence("focus: there is no record {name}.", name=name))
        if any(column > trace.steps for column in columns):
            self.note(place, Sentence("focus: the columns are 1 to {steps}.", steps=trace.steps))

    def _asking(self, place: Place, ask: Ask, runs: Runs) -> Job[None]:
        for n, option in enumerate(ask.options):
            here = (*place, "options", n)
            self._focus((*here, "place"), option.place, runs)
            if option.true is None or not self._may(option.true):
                continue
            verdict = yield from self._trying((*here, "true"), parse(option.true).verdict(runs))
            if verdict is not None and verdict.holds != option.right:
                said = (
                    "true: this is true, and the option is not marked right."
                    if verdict.holds
                    else "true: this is false, and it is marked right."
                )
                self.note((*here, "true"), said)
        kind = kind_named(ask.kind)
        if all(self._may(text, variables) for _, text, variables in kind.expressions(ask)):
            for where, sentence in (yield from self._trying((*place, "truth"), kind.wrong_in(ask, runs))) or ():
                self.note((*place, *where), sentence)

    # --- claims over seeds ---
    def claims(self) -> Iterator[tuple[Place, Claim, Scene]]:
        """Every claim with its runs. Mistakes of their making are noted."""
        for k, step in enumerate(self.lesson.step):
            for n, claim in enumerate(step.claim):
                place = ("step", k, "claim", n)
                try:
                    yield place, claim, scene_of_claim(self.settings[k], step.pins, claim)
                except InputError as error:
                    self.note(place, error)

    def testing(self, place: Place, claim: Claim, scene: Scene, seeds: int | None = None) -> Job[Tested | None]:
        """A claim over its seeds, or that many; None where it cannot be evaluated, which is noted."""
        count = 1 if claim.fixed else seeds or claim.seeds
        failed: list[int] = []
        worst: dict[str, Compared] = {}
        expression = parse(claim.holds)
        for seed in range(count):
            try:
                runs = yield from part(scene.running(None if claim.fixed else seed), seed / count, (seed + 0.5) / count)
                job = expression.verdict(runs)
                verdict = yield from part(job, (seed + 0.5) / count, (seed + 1) / count)
            except InputError as error:
                self.note((*place, "holds"), error)
                return None
            if not verdict.holds:
                failed.append(seed)
            for each in verdict.compared:
                if each.text not in worst or each.margin < worst[each.text].margin:
                    worst[each.text] = each
        found = Tested(place, line_of(self.text, place), claim, count, tuple(failed), tuple(worst.values()))
        if not found.right:
            self.note((*place, "holds"), _failure(found))
        return found


def _failure(found: Tested) -> str:
    if found.claim.share is not None:
        low, high = found.claim.share
        return f"this held in {found.held} of {found.seeds} seeds, not in a share from {low:g} to {high:g} of them."
    shown = ", ".join(map(str, found.failed[:8])) + (" …" if len(found.failed) > 8 else "")
    seeds = "as it stands" if found.claim.fixed else f"in {len(found.failed)} of {found.seeds} seeds ({shown})"
    return f"this fails {seeds}; {found.said()}."


def _first_steps(lesson: Lesson, count: int) -> Lesson:
    return msgspec.structs.replace(lesson, step=lesson.step[:count])


def _texts(place: Place, step: Step) -> Iterator[tuple[Place, Text]]:
    """Every text of a step that numbers are filled into."""
    yield (*place, "text"), step.text
    if step.act is not None:
        yield (*place, "act", "text"), step.act.text
    if step.ask is None:
        return
    ask: Place = (*place, "ask")
    yield (*ask, "text"), step.ask.text
    if step.ask.say is not None:
        yield (*ask, "say"), step.ask.say
    for n, option in enumerate(step.ask.options):
        for name, text in (("text", option.text), ("say", option.say)):
            if text is not None:
                yield (*ask, "options", n, name), text
    for n, wrong in enumerate(step.ask.wrong):
        yield (*ask, "wrong", n, "say"), wrong.say
