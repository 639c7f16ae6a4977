"""What is wrong with an expression: one sentence that says where."""

from __future__ import annotations

from core.errors import InputError, quoted
from core.sentence import Sentence

Span = tuple[int, int]  # the characters of an expression, from and to, counted from 0
MOST_SHOWN = 40  # characters of the place


class ExpressionError(InputError):
    """A sentence, the expression and the characters of it that are meant."""

    def __init__(self, sentence: str, text: str, span: Span) -> None:
        self.text, self.span, self.fault = text, span, Sentence(sentence)
        shown = quoted(text[span[0] : span[1]], MOST_SHOWN)
        super().__init__(
            "character {place}, “{shown}”: {fault}" if shown else "character {place}: {fault}",
            place=span[0] + 1,
            shown=shown,
            fault=self.fault,
        )


class Misuse(Exception):
    """What a function says of its arguments; `argument`: the number of the one that is meant, None for the call."""

    def __init__(self, sentence: str, argument: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.argument = Sentence(sentence), argument
