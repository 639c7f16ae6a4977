"""ANSWERS: the visible list of what each kind of question is answered with."""

from explorer.panels.lesson.answers.base import Answers
from explorer.panels.lesson.answers.choice import Choice
from explorer.panels.lesson.answers.click import Click
from explorer.panels.lesson.answers.curve import Draw
from explorer.panels.lesson.answers.number import Number
from explorer.panels.lesson.answers.painting import Paint

ANSWERS: dict[str, type[Answers]] = {
    "choice": Choice,
    "number": Number,
    "click": Click,
    "draw": Draw,
    "paint": Paint,
}
