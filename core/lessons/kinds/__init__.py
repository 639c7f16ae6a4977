"""KINDS: the visible list of the kinds of questions. A new kind is a file here and one line in this list, with its name
in core.lessons.format; ANSWERS has what it is answered with, TRUTHS how its right answer is said."""

from core.errors import one_named
from core.lessons.kinds.base import Kind
from core.lessons.kinds.curve import DRAW
from core.lessons.kinds.number import NUMBER
from core.lessons.kinds.options import CHOICE, CLICK
from core.lessons.kinds.painting import PAINT

KINDS: tuple[Kind, ...] = (CHOICE, NUMBER, DRAW, CLICK, PAINT)


def kind_named(name: str) -> Kind:
    """Raises InputError for an unknown one."""
    return one_named(name, KINDS, "There is no kind of question “{name}”; there are {known}.")
