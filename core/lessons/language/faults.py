"""What is wrong with an expression: one sentence that says where."""

from __future__ import annotations

from core.errors import InputError, quoted

Span = tuple[int, int]  # the characters of an expression, from and to, counted from 0
MOST_SHOWN = 40  # characters of the place


class ExpressionError(InputError):
    """A sentence, the expression and the characters of it that are meant."""

    def __init__(self, sentence: str, text: str, span: Span) -> None:
        self.text, self.span, self.sentence = text, span, sentence
        shown = quoted(text[span[0] : span[1]], MOST_SHOWN)
        place = f"character {span[0] + 1}" + (f", “{shown}”" if shown else "")
        super().__init__(f"{place}: {sentence}")


class Misuse(Exception):
    """What a function says of its arguments; `argument`: the number of the one that is meant, None for the call."""

    def __init__(self, sentence: str, argument: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.argument = sentence, argument
