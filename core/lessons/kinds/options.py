"""Questions with options: texts of which one is chosen, and places in the picture of which one is clicked."""

from __future__ import annotations

from collections.abc import Iterator

from core.lessons.format import Ask, Option
from core.lessons.kinds.base import Kind, Mistake, Where


class OneOf(Kind):
    """`needs`: the field that an option of this kind has, and a sentence for one without it."""

    def __init__(self, name: str, needs: str, sentence: str) -> None:
        self.name, self.needs, self.sentence = name, needs, sentence

    def wrong(self, ask: Ask) -> Iterator[Mistake]:
        right = sum(option.right for option in ask.options)
        if len(ask.options) < 2:
            yield (), "options: there is nothing to choose from; give two at least."
        elif right == 0:
            yield ("options",), "options: none is marked `right = true`."
        elif right > 1 and not ask.several:
            yield ("options",), "options: several are right; say `several = true`."
        for n, option in enumerate(ask.options):
            for sentence in self._wrong_option(option):
                yield ("options", n), sentence

    def _wrong_option(self, option: Option) -> Iterator[str]:
        if not option.right and option.say is None:
            yield "say: a wrong option needs the sentence that answers it."
        if getattr(option, self.needs) is None:
            yield self.sentence

    def expressions(self, ask: Ask) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        for n, option in enumerate(ask.options):
            if option.true is not None:
                yield ("options", n, "true"), option.true, ()


CHOICE = OneOf("choice", "text", "text: what can be chosen has a text.")
CLICK = OneOf("click", "place", "place: what can be clicked has a place, like node L1.h 1.")
