"""What an expression is about: the shown run, pinned ones, and what is worked out from them once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any

from core.errors import InputError
from core.jobs import Job
from core.lessons.language.address import Address, address_of, find
from core.lessons.language.faults import Misuse
from core.maths.arrays import Array
from core.recorder import recording
from core.sentence import Sentence
from core.trace import Trace
from core.training.plan import Plan

Again = Callable[[int], "Job[Runs]"]


class Runs:
    """`shown`: the run on view; `pins`: others by their letter. `plans`: how each is trained, the shown one's under "".
    `again(seed)` makes the same runs with another seed, for `spread`."""

    def __init__(
        self,
        shown: Trace,
        pins: Mapping[str, Trace] | None = None,
        plans: Mapping[str, Plan] | None = None,
        again: Again | None = None,
    ) -> None:
        self._traces: dict[str, Trace] = {"": shown, **(pins or {})}
        self.plans: Mapping[str, Plan] = plans or {}
        self.again = again
        self._kept: dict[Hashable, Any] = {}
        self._latest: tuple[Hashable, Any] = None, None

    @property
    def shown(self) -> Trace:
        return self._traces[""]

    @cached_property
    def nbytes(self) -> int:
        """Of the largest run."""
        return max(trace.nbytes() for trace in self._traces.values())

    def trace(self, pin: str) -> Trace:
        """The run of that letter. Raises Misuse where there is none."""
        if pin not in self._traces:
            there = ", ".join(each for each in self._traces if each)
            raise Misuse(
                Sentence(
                    "there is no pinned run {pin}; there are {there}."
                    if there
                    else "there is no pinned run {pin}; nothing is pinned.",
                    pin=pin,
                    there=there,
                )
            )
        return self._traces[pin]

    def quantity(self, text: str) -> Array:
        """The numbers of an address. Raises Misuse."""
        address = address_of(text)
        return find(self.trace(address.pin), address)

    def run_and_address(self, text: str) -> tuple[Trace, Address]:
        """Raises Misuse."""
        address = address_of(text)
        return self.trace(address.pin), address

    def changed(self, field: str, value: float) -> Job[Runs]:
        """The same with another number in the shown run's experiment; pinned runs stay, and seeds are no more changed.
        Raises Misuse where the experiment refuses it."""
        number = int(value) if value.is_integer() and abs(value) < 2**53 else value
        try:
            trace = yield from recording(self.shown.experiment.with_changes(**{field: number}))
        except InputError as error:
            raise Misuse(error.sentence) from None
        return Runs(trace, {pin: each for pin, each in self._traces.items() if pin}, self.plans)

    def kept(self, key: Hashable, job: Callable[[], Job[Any]]) -> Job[Any]:
        """The result of a job that is small, worked out once."""
        if key not in self._kept:
            self._kept[key] = yield from job()
        return self._kept[key]

    def known(self, key: Hashable) -> Any:
        """What `kept` has worked out already; None where it was not asked for."""
        return self._kept.get(key)

    def latest(self, key: Hashable, job: Callable[[], Job[Any]]) -> Job[Any]:
        """The result of a job that is large: kept until another one is asked for."""
        if self._latest[0] != key:
            self._latest = key, (yield from job())
        return self._latest[1]
