"""An explanation: a mistake, or several together, and what they explain; and which of several is the best."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from core.diagnosis.backward import Change
from core.diagnosis.chains import Truncated
from core.diagnosis.changes import Named, Overwritten, Scaled
from core.diagnosis.finishes import Finish
from core.diagnosis.forward.changes import Altered
from core.faults import Fault

MOST = 8  # explanations that are kept of those that explain a part
Cause = Change | Truncated | Fault | Altered


@dataclass(frozen=True, eq=False)
class Explanation:
    """A mistake, or several together, and what they explain.

    `cause`: what the derivation does otherwise, None for the right one; `finished`: what was done to gradients
    afterwards, each with the names of the arrays; `explained` and `unexplained`: names of arrays that were given and
    are wrong; `spoiled`: names of arrays that are right, and would not be. `exact`: the largest error, as a share of
    what is allowed.
    """

    cause: Cause | None = None
    finished: tuple[tuple[Finish, tuple[str, ...]], ...] = ()
    explained: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    spoiled: tuple[str, ...] = ()
    exact: float = 0.0
    likely: bool = True  # every factor in it is one that a person is likely to write

    @property
    def mistakes(self) -> int:
        return (getattr(self.cause, "mistakes", 1) if self.cause is not None else 0) + len(self.finished)

    @property
    def complete(self) -> bool:
        """Whether all numbers follow from it."""
        return not self.unexplained and not self.spoiled

    @property
    def rank(self) -> tuple[float, ...]:
        """The smaller, the better: mistakes, odd factors, how common it is."""
        ranks = [finish.rank for finish, _ in self.finished] + ([self.cause_rank] if self.cause is not None else [])
        return self.mistakes + (not self.likely), sum(ranks) if ranks else 1, self.exact > 0.5

    @property
    def cause_rank(self) -> int:
        return getattr(self.cause, "rank", 3)


@dataclass(eq=False)
class Found:
    """What a search found. `complete`: explanations of all numbers, with as few mistakes as possible, the likeliest
    first; where there are several, these numbers cannot tell them apart. `partial`: the best that explain some, where
    none explains all. `tried`: how many mistakes were."""

    complete: list[Explanation] = field(default_factory=list)
    partial: list[Explanation] = field(default_factory=list)
    tried: int = 0

    @property
    def best(self) -> Cause | None:
        """The cause of the best explanation of all numbers; None where there is none."""
        return self.complete[0].cause if self.complete else None

    @property
    def certain(self) -> bool:
        """Whether one explanation alone gives all numbers."""
        return len(self.complete) == 1 and self.complete[0].likely

    @property
    def ranked(self) -> list[Explanation]:
        return [*self.complete, *self.partial]


def ranked(every: list[Explanation], tried: int) -> Found:
    complete = sorted((each for each in every if each.complete), key=lambda each: each.rank)
    found = Found(tried=tried)
    if complete:
        fewest = complete[0].rank[0]
        found.complete = [each for each in complete if each.rank[0] == fewest]
        found.complete = _plainest(found.complete)
        return found
    partial = [replace(each) for each in every if each.explained]
    partial.sort(key=lambda each: (-len(each.explained) + len(each.spoiled), *each.rank))
    found.partial = partial[:MOST]
    return found


def _plainest(explanations: list[Explanation]) -> list[Explanation]:
    """Textbook errors are left out where another explanation says the same, and = for += where what it loses is all
    that is known of it."""
    plain = [each for each in explanations if not isinstance(each.cause, Fault)] or explanations
    if any(isinstance(each.cause, Scaled) for each in plain):
        plain = [each for each in plain if not isinstance(each.cause, Overwritten)]
    plain = [each for each in plain if not any(_within(other, each) for other in plain)]
    cut = [each for each in plain if isinstance(each.cause, Truncated)]
    return [each for each in plain if each not in cut[1:]]  # of the same numbers one way to cut is enough


def _within(smaller: Explanation, larger: Explanation) -> bool:
    """Whether one is a part of the other, whose rest changes nothing that was given: what goes to the inputs, say."""
    a, b = smaller.cause, larger.cause
    if type(a) is not type(b) or not isinstance(a, Named | Altered) or not isinstance(b, Named | Altered):
        return False
    own = (each.name for each in fields(a) if each.name not in ("places", "rank"))
    alike = all(getattr(a, name) == getattr(b, name) for name in own)
    return alike and smaller.finished == larger.finished and set(a.places) < set(b.places)
