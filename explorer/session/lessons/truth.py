"""The right answer to a step's question in words, for the lecturer's eyes: TRUTHS says it for each kind of question."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import InputError
from core.jobs import Job
from core.lessons.answers import right_options
from core.lessons.format import Ask
from core.lessons.language.parse import parse
from explorer.session.lessons.page import Page, said, unit_of
from explorer.session.lessons.stage import selection_of
from explorer.style.numbers import number as written
from explorer.words import in_language, translator

_tr = translator("lecture")


def _options(page: Page, ask: Ask) -> Job[str]:
    return ", ".join(page.options[k] for k in sorted(right_options(ask)))
    yield  # a job, like the others


def _number(page: Page, ask: Ask) -> Job[str]:
    try:
        return written((yield from parse(ask.truth or "").number(page.runs))) + f" {unit_of(ask)}".rstrip()
    except InputError as error:
        return in_language(error)


def _places(page: Page, ask: Ask) -> Job[str]:
    places = [selection_of(ask.options[k].place or "", page.runs.shown) for k in sorted(right_options(ask))]
    return ", ".join(_tr("{row} at step {t}").format(row=place.row, t=place.t) for place in places if place)
    yield


def _curve(page: Page, ask: Ask) -> Job[str]:
    return _tr("the curve is drawn over the hall's")
    yield


def _cells(page: Page, ask: Ask) -> Job[str]:
    return _tr("the matrix is drawn under what the hall painted")  # which may take a training first
    yield


TRUTHS: dict[str, Callable[[Page, Ask], Job[str]]] = {
    "choice": _options,
    "number": _number,
    "click": _places,
    "draw": _curve,
    "paint": _cells,
}


def answering(page: Page) -> Job[str]:
    """The right options, places or number, and the sentence that goes with it; "" where nothing is asked."""
    ask = page.ask
    if ask is None:
        return ""
    right = sorted(right_options(ask))
    truth = yield from TRUTHS[ask.kind](page, ask)
    say = ask.say or next((ask.options[k].say for k in right if ask.options[k].say is not None), None)
    try:
        reason = yield from said(say, page.runs)
    except InputError:
        reason = ""
    return f"{truth}. {reason}".strip() if truth and reason else truth or reason
