"""How well a text answers what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

Thing = TypeVar("Thing")
NOT = float("-inf")
_HINT = 25.0  # a word found in the hint counts less than the same in the title


def fit(query: str, title: str, hint: str = "") -> float:
    """How well a title, or else its hint, answers every word of a query: the higher the better, NOT where one does
    not occur. A word may be one of the title's, begin it, begin one of its words, stand in it, or be spread over it in
    its order."""
    total = 0.0
    for word in query.casefold().split():
        best = max(_of(word, title.casefold()), _of(word, hint.casefold(), spread=False) - _HINT)
        if best == NOT:
            return NOT
        total += best
    return total - len(title) / 100.0


def _of(word: str, text: str, spread: bool = True) -> float:
    whole = re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text)
    if whole is not None:
        return 110.0 if not whole.start() else 108.0
    if text.startswith(word):
        return 100.0
    place = text.find(word)
    if place >= 0:
        return 60.0 if text[place - 1].isalnum() else 80.0
    gaps = _gaps(word, text) if spread else None
    return NOT if gaps is None else 40.0 - min(gaps, 39)


def _gaps(word: str, text: str) -> int | None:
    """How many letters lie between those of a word that a text has in their order; None where it has not."""
    places, start = [], 0
    for letter in word:
        start = text.find(letter, start) + 1
        if not start:
            return None
        places.append(start)
    return places[-1] - places[0] + 1 - len(word) if places else 0


def ranked(query: str, things: Iterable[tuple[Thing, str, str]]) -> list[Thing]:
    """The things that answer a query, the best first, equally good ones in their order: (thing, title, hint) each."""
    found = [(fit(query, title, hint), k, thing) for k, (thing, title, hint) in enumerate(things)]
    return [thing for score, _, thing in sorted(found, key=lambda each: (-each[0], each[1])) if score > NOT]
