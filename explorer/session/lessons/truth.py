"""The right answer to a step's question in words, for the lecturer's eyes."""

from __future__ import annotations

from core.errors import InputError
from core.jobs import Job
from core.lessons.answers import right_options
from core.lessons.language.parse import parse
from explorer.session.lessons.page import Page, said
from explorer.session.lessons.stage import selection_of
from explorer.style.numbers import number as written
from explorer.words import translator

_tr = translator("lecture")


def answering(page: Page) -> Job[str]:
    """The right options, places or number, and the sentence that goes with it; "" where nothing is asked."""
    ask = page.ask
    if ask is None:
        return ""
    right = sorted(right_options(ask))
    if ask.kind == "number" and ask.truth is not None:
        try:
            truth = written((yield from parse(ask.truth).number(page.runs))) + f" {ask.unit}".rstrip()
        except InputError as error:
            truth = str(error)
    elif ask.kind == "click":
        places = [selection_of(ask.options[k].place or "", page.runs.shown) for k in right]
        truth = ", ".join(_tr("{row} at step {t}").format(row=place.row, t=place.t) for place in places if place)
    elif ask.kind == "draw":
        truth = _tr("the curve is drawn over the hall's")
    else:
        truth = ", ".join(page.options[k] for k in right)
    say = ask.say or next((ask.options[k].say for k in right if ask.options[k].say is not None), None)
    try:
        reason = yield from said(say, page.runs)
    except InputError:
        reason = ""
    return f"{truth}. {reason}".strip() if truth and reason else truth or reason
