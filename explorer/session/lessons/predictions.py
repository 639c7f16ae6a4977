"""What a learner has predicted in the open lesson, and how that went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.lessons.answers import Graded
from core.lessons.kinds.painting import Painting
from core.maths.arrays import Array
from core.trace import Trace
from explorer.session.signals import translated, translated_of
from explorer.words import sentences


@dataclass(frozen=True, eq=False)
class Drawn:
    """A curve that was drawn, by its places, and the true one: `places` (n,), `truth` (n,), in decades where the
    question asks for them."""

    guess: Mapping[float, float]
    places: Array
    truth: Array

    def at(self, places: Array) -> Array:
        """What was drawn at each place; straight between two, and level beyond the first and the last."""
        there = sorted(self.guess)
        return np.interp(places, there, [self.guess[each] for each in there])


@dataclass(frozen=True)
class Answered:
    """How a question was answered. `given`: in words; `truth`: the right answer in words, "" where `say` has it;
    `drawn`: where a curve was; `painted`: where cells were, none of them where it was revealed without a guess;
    `trained`: the runs that were trained to work it out, by their letter, as they are then."""

    graded: Graded
    given: str
    truth: str = ""
    say: str = ""
    sure: bool = False
    guessed: bool = True  # or it was revealed without a guess
    drawn: Drawn | None = None
    painted: Painting | None = None
    trained: Mapping[str, Trace] = field(default_factory=dict)


class Predictions:
    """By the ids of the questions. A question can be tried again; the first answer is the one that counts."""

    def __init__(self) -> None:
        self.answers: dict[str, Answered] = {}
        self._first: dict[str, Answered] = {}

    def clear(self) -> None:
        """Another lesson."""
        self.answers, self._first = {}, {}

    def take(self, name: str, answered: Answered) -> None:
        """An answer."""
        self.answers[name] = answered
        self._first.setdefault(name, answered)

    def again(self, name: str) -> None:
        """The question waits once more."""
        self.answers.pop(name, None)

    def was_answered(self, name: str) -> bool:
        """Whether it was answered before."""
        return name in self._first

    @property
    def score(self) -> tuple[int, int]:
        """How many questions were answered rightly at the first try, of how many."""
        guessed = [each for each in self._first.values() if each.guessed]
        return sum(each.graded.right for each in guessed), len(guessed)

    @property
    def surely_wrong(self) -> tuple[str, ...]:
        """The questions whose first answer was wrong, by one who was sure."""
        return tuple(name for name, each in self._first.items() if each.sure and not each.graded.right)

    def ending(self) -> str:
        """How one's predictions did."""
        right, count = self.score
        said = [translated("That was the last step.")]
        if count:
            said.append(translated("{right} of {all} predictions were right.").format(right=right, all=count))
        if wrong := len(self.surely_wrong):
            one = "Of one wrong answer you were sure: its question comes back two lessons from here."
            many = "Of %n wrong answers you were sure: their questions come back two lessons from here."
            said.append(translated_of(wrong, one, many))
        return sentences(said)
