"""A step of a lesson as it is shown: its runs and its texts with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.analysis.ngrams import CountTable, tables_read
from core.errors import InputError
from core.jobs import Job
from core.lessons.format import Ask, Claim, Note, Step, Text
from core.lessons.language.functions import FREE, ONE_PASS
from core.lessons.language.parse import Verdict, parse
from core.lessons.language.runs import Runs
from core.lessons.setting import Scene, scene_of
from core.lessons.words import filling
from explorer.session.lessons.script import Scripted
from explorer.words import translator

_tr, _title = translator("lesson text"), translator("lesson title")


@dataclass(frozen=True)
class Page:
    """Step `number`, from 0. `phase`: the pass that it goes on with; `options`: the texts of what can be chosen, "" of
    a place in the picture; `again`: the title of the lesson whose question comes back here; `tables`: of n-grams, which
    are drawn."""

    number: int
    step: Step
    scene: Scene
    runs: Runs
    phase: str
    text: str
    question: str = ""
    options: tuple[str, ...] = ()
    act: str = ""
    again: str = ""
    tables: tuple[CountTable, ...] = ()

    @property
    def ask(self) -> Ask | None:
        return self.step.ask


def staging(scripted: Scripted, number: int) -> Job[Page]:
    """Runs a step's networks and fills in its texts. Raises InputError."""
    step = scripted.step
    scene = scene_of(scripted.setting, step.pins)
    runs = yield from scene.running()
    text = yield from filling(worded(step.text), runs)
    question, options = "", []
    if step.ask is not None:
        question = yield from filling(worded(step.ask.text), runs)
        for option in step.ask.options:
            options.append("" if option.text is None else (yield from filling(worded(option.text), runs)))
    act = "" if step.act is None else (yield from filling(worded(step.act.text), runs))
    tables = () if step.tables is None else tables_read(runs.shown, step.tables)
    return Page(number, step, scene, runs, scripted.phase, text, question, tuple(options), act, scripted.again, tables)


def worded(text: Text | Note) -> str:
    """A text of a lesson in the language of the window."""
    return _tr(text.en)


def unit_of(ask: Ask) -> str:
    """What a number is asked in, in the language of the window; "" for none."""
    return _tr(ask.unit) if ask.unit else ""


def headline(text: Text) -> str:
    """A lesson's title or goal in the language of the window."""
    return _title(text.en)


def said(text: Text | None, runs: Runs) -> Job[str]:
    """A text that may be there, with its numbers."""
    if text is None:
        return ""
    return (yield from filling(worded(text), runs))


def is_live(claim: Claim) -> bool:
    """Whether a claim is about the run on show itself, and quick enough to follow a slider."""
    own = claim.base is None and not (claim.set or claim.edits or claim.freeze or claim.train) and claim.pins is None
    own = own and claim.share is None  # that of a share of the seeds says nothing of one of them
    return own and claim.hand is None and parse(claim.holds).cost in (FREE, ONE_PASS)


def judging(claims: tuple[Claim, ...], runs: Runs) -> Job[Mapping[str, Verdict | None]]:
    """Whether the claims hold in these runs, by their expressions; None of one that cannot be asked of them."""
    found: dict[str, Verdict | None] = {}
    for claim in claims:
        try:
            found[claim.holds] = yield from parse(claim.holds).verdict(runs)
        except InputError:  # the learner has changed the run into one that has no such quantity
            found[claim.holds] = None
    return found
