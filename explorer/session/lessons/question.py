"""The question of the step on show: it waits, is answered or revealed, and how that went is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.chain.rows import row_named
from core.jobs import Job
from core.lessons.answers import Graded, curve_of, graded_choice, graded_curve, grading_number, right_options
from core.lessons.format import Ask
from core.lessons.kinds.painting import Cells, Painting, graded_painting, shape_of, truth_of
from core.lessons.language.measured import trained_runs
from core.lessons.language.parse import parse
from core.maths.arrays import Array
from core.trace import Trace
from explorer.session.lessons.page import Page, said, unit_of
from explorer.session.lessons.predictions import Answered, Drawn, Predictions
from explorer.session.lessons.recall import Recall
from explorer.session.lessons.stage import selection_of
from explorer.session.screen import Screen
from explorer.session.selection import Selection
from explorer.session.signals import Signals, translated
from explorer.session.work import Work, at_once
from explorer.style.numbers import number as written


class Question:
    """At most one waits. `sure`: who clicks a place is; `hands`: that a hall has shown, by the option."""

    def __init__(self, signals: Signals, screen: Screen, running: Work, revealed: Callable[[], None]) -> None:
        """`revealed`: called once an answer is there."""
        self._screen, self._running, self._revealed = screen, running, revealed
        self.page: Page | None = None
        self.predictions, self.recall = Predictions(), Recall()
        self.sure = False
        self.hands: dict[int, int] = {}
        signals.selection_changed.connect(self._on_selection)

    def show(self, page: Page | None) -> None:
        """Another step is on show, or none."""
        self.page, self.sure, self.hands = page, False, {}

    @property
    def answered(self) -> Answered | None:
        """How it was answered; None where it was not, or there is none."""
        page = self.page
        return None if page is None or page.ask is None else self.predictions.answers.get(page.ask.id)

    @property
    def waits(self) -> bool:
        """Whether there is one that waits for its answer."""
        return self.page is not None and self.page.ask is not None and self.answered is None

    def ask_again(self) -> bool:
        """It waits once more; the first answer counts. False where there is none that was answered."""
        if self.page is None or self.page.ask is None or self.answered is None:
            return False
        self.predictions.again(self.page.ask.id)
        return True

    # --- answering ---
    def reveal(self) -> None:
        """The answer without a guess: in a lecture the hall has guessed."""
        waiting = self._waiting()
        if waiting is None:
            return
        page, ask = waiting
        right = sorted(right_options(ask))
        say = ask.say or next((ask.options[k].say for k in right if ask.options[k].say is not None), None)
        shown = Graded(True, say)
        if ask.kind == "number" and ask.truth is not None:
            unit = f" {unit_of(ask)}".rstrip()
            job = parse(ask.truth).number(page.runs)
            self._work(job, lambda truth: self._answer(shown, "", written(truth) + unit, False, False))
        elif ask.matrix is not None:
            self._work(truth_of(ask, page.runs), lambda truth: self._answer(
                shown, "", "", False, False, painted=Painting(frozenset(), truth)))  # fmt: skip
        elif ask.kind == "click":
            self._answer(shown, "", self._right_places(ask, _places(page, ask)), False, False)
        else:
            self._answer(shown, "", ", ".join(page.options[k] for k in right), False, False)

    def answer_choice(self, chosen: Sequence[int], sure: bool = False) -> None:
        """The options that were chosen, from 0."""
        waiting = self._waiting()
        if waiting is None:
            return
        page, ask = waiting
        right = ", ".join(page.options[k] for k in sorted(right_options(ask)))
        self._answer(graded_choice(ask, chosen), ", ".join(page.options[k] for k in chosen), right, sure)

    def answer_number(self, value: float, sure: bool = False) -> None:
        """A typed number."""
        waiting = self._waiting()
        if waiting is None or waiting[1].truth is None:
            return
        (page, ask), unit = waiting, f" {unit_of(waiting[1])}".rstrip()

        def grading() -> Job[tuple[Graded, float]]:
            graded = yield from grading_number(ask, value, page.runs)
            return graded, (yield from parse(str(ask.truth)).number(page.runs))

        def judged(found: tuple[Graded, float]) -> None:
            self._answer(found[0], written(value) + unit, written(found[1]) + unit, sure)

        self._work(grading(), judged)

    def answer_curve(self, drawn: Mapping[float, float], sure: bool = False) -> None:
        """A curve that was drawn, by its places."""
        waiting = self._waiting()
        if waiting is None:
            return
        page, ask = waiting

        def grading() -> Job[tuple[Graded, Drawn | None]]:
            places, truth = yield from curve_of(ask, page.runs)
            return graded_curve(ask, drawn, places, truth), Drawn(drawn, places, truth) if drawn else None

        self._work(grading(), lambda found: self._answer(found[0], "", "", sure, drawn=found[1]))

    def answer_painting(self, cells: Cells, sure: bool = False) -> None:
        """Cells that were painted. Cancelling what it takes to work out the truth leaves the question waiting."""
        waiting = self._waiting()
        if waiting is None:
            return
        page, ask = waiting

        def judged(truth: Array) -> None:
            painting = Painting(cells, truth)
            self._answer(graded_painting(ask, painting), "", "", sure, painted=painting)

        self._work(truth_of(ask, page.runs), judged)

    def cells(self, then: Callable[[tuple[int, int]], None]) -> None:
        """Calls `then` with how many rows and columns of cells can be painted."""
        if self.page is not None and self.page.ask is not None and self.page.ask.matrix is not None:
            self._work(shape_of(self.page.ask, self.page.runs), then)

    def curve(self, then: Callable[[tuple[Array, Array]], None]) -> None:
        """Calls `then` with the places and the truth of the curve that is to be drawn."""
        if self.page is not None and self.page.ask is not None and self.page.ask.curve is not None:
            self._work(curve_of(self.page.ask, self.page.runs), then)

    def _on_selection(self) -> None:
        """A click on a place answers a question that asks for one."""
        waiting, chosen = self._waiting(), self._screen.selection
        if waiting is None or waiting[1].kind != "click" or chosen is None:
            return
        page, ask = waiting
        places, near = _places(page, ask), replace(chosen, record="", unit=None)
        rows = {place.row for place in places if place is not None}
        if near.source or near.row not in rows:
            return  # looked at, and no answer: the question is about others
        option = ask.options[places.index(near)] if near in places else None
        right = option is not None and option.right  # one click is one answer, of several right ones as well
        say = option.say if option is not None else None
        graded = Graded(right, say or (ask.say if right else None))
        self._answer(graded, self._symbol(near), "" if right else self._right_places(ask, places), self.sure)

    def _waiting(self) -> tuple[Page, Ask] | None:
        """The page and its question, while that waits."""
        page = self.page
        return (page, page.ask) if page is not None and page.ask is not None and self.waits else None

    def _symbol(self, place: Selection) -> str:
        """A node as the notation writes it: h₃."""
        notation = self._screen.notation
        row = row_named(self._screen.trace, place.row, notation)
        return row.text.replace(notation.index(0, None, False), notation.index(0, place.t, False))

    def _right_places(self, ask: Ask, places: Sequence[Selection | None]) -> str:
        """The nodes that are right, in words."""
        options = zip(ask.options, places, strict=True)
        return ", ".join(self._symbol(place) for option, place in options if option.right and place is not None)

    def _work(self, job: Job, then: Callable) -> None:
        self._running.drop()
        self._running.start(translated("Working out the answer"), job, then)
        self._running.pull(at_once())

    def _answer(
        self,
        graded: Graded,
        given: str,
        truth: str,
        sure: bool,
        guessed: bool = True,
        drawn: Drawn | None = None,
        painted: Painting | None = None,
    ) -> None:
        page = self.page
        assert page is not None and page.ask is not None
        ask = page.ask
        right = next((option.say for option in ask.options if option.right and option.say is not None), None)

        def telling() -> Job[tuple[str, dict[str, Trace]]]:
            sentence = yield from said(graded.say or ask.say or right, page.runs)
            return sentence, (yield from trained_runs(page.runs))

        def reveal(found: tuple[str, dict[str, Trace]]) -> None:
            answered = Answered(graded, given, truth, found[0], sure, guessed, drawn, painted, found[1])
            if not self.predictions.was_answered(ask.id):
                self.recall.take(ask.id, answered, bool(page.again))
            self.predictions.take(ask.id, answered)
            self._revealed()

        self._work(telling(), reveal)


def _places(page: Page, ask: Ask) -> list[Selection | None]:
    """What a click on each option's place selects."""
    return [selection_of(option.place or "", page.runs.shown) for option in ask.options]
