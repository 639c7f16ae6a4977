"""SCHEDULES: how the learning rate changes while a network is trained. A new one is one class and one line in the list.

A schedule is a function of how far the training is, and remembers nothing, so that a training can be rewound.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

import msgspec

from core.errors import one_named
from core.options import Option, Slider, names_of

STEP_EVERY = Option(
    "step_every",
    Annotated[int, msgspec.Meta(ge=1, le=10_000_000)],
    10,
    "Falls every",
    "After how many epochs the rate falls; after how many updates, where the training is counted in updates.",
    Slider(1, 100),
)
STEP_FACTOR = Option(
    "step_factor",
    Annotated[float, msgspec.Meta(gt=0.0, le=1.0)],
    0.5,
    "By the factor",
    "What the rate is multiplied by each time.",
    Slider(0.1, 1.0),
)
RATE_AT_END = Option(
    "rate_at_end",
    Annotated[float, msgspec.Meta(ge=0.0, le=1.0)],
    0.0,
    "Ends at",
    "The rate at the end, as a share of the first one.",
    Slider(0.0, 1.0),
)


class Schedule:
    """`factor(done, total)` is what the first rate is multiplied by; `done` and `total` are epochs, or updates where a
    training is counted in those, and `done` is a fraction within an epoch."""

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    options: ClassVar[tuple[Option, ...]] = ()

    @classmethod
    def of(cls, plan: Any) -> Schedule:
        """The schedule with the options that a plan chooses."""
        return cls(**{name: getattr(plan, name) for name in names_of(cls.options)})

    def factor(self, done: float, total: float) -> float:
        """From 0 to 1."""
        raise NotImplementedError


class Constant(Schedule):
    """η stays."""

    name = "constant"
    title = "constant"
    about = "The rate stays as it is."

    def factor(self, done: float, total: float) -> float:
        return 1.0


class Step(Schedule):
    """η·γ^⌊done/every⌋: the rate falls at once, and stays until it falls again."""

    name = "step"
    title = "in steps"
    about = "The rate falls by a factor every few epochs or updates."
    options = (STEP_EVERY, STEP_FACTOR)

    def __init__(self, step_every: int = STEP_EVERY.default, step_factor: float = STEP_FACTOR.default) -> None:
        self.step_every, self.step_factor = step_every, step_factor

    def factor(self, done: float, total: float) -> float:
        return self.step_factor ** math.floor(done / self.step_every)


class Cosine(Schedule):
    """η_end + ½(η − η_end)(1 + cos(π·done/total)) (Loshchilov & Hutter 2017, equation 5, without restarts)."""

    name = "cosine"
    title = "cosine"
    about = "The rate falls slowly at first and at the end, along half a wave."
    options = (RATE_AT_END,)

    def __init__(self, rate_at_end: float = RATE_AT_END.default) -> None:
        self.rate_at_end = rate_at_end

    def factor(self, done: float, total: float) -> float:
        return self.rate_at_end + 0.5 * (1.0 - self.rate_at_end) * (1.0 + math.cos(math.pi * min(done / total, 1.0)))


SCHEDULES: tuple[type[Schedule], ...] = (Constant, Step, Cosine)


def schedule_named(name: str) -> type[Schedule]:
    """The schedule with this name. Raises InputError listing the names there are."""
    return one_named(name, SCHEDULES, "schedule: there is no “{name}”; choose one of {known}.")
