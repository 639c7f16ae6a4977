"""Going to an update between two frames of the film: every update on the way is made again, a few in each frame."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from core.errors import InputError
from explorer.session.signals import Signals
from explorer.session.work import at_once
from explorer.words import in_language


class Way(NamedTuple):
    """Update by update, and what is done there."""

    steps: Generator[None, None, Any]
    then: Callable[[Any], None]


class Going:
    """At most one way is gone at a time."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._way: Way | None = None

    @property
    def busy(self) -> bool:
        """Whether it is on its way."""
        return self._way is not None

    def start(self, steps: Generator[None, None, Any], then: Callable[[Any], None]) -> None:
        """`then` gets what the steps return; where they raise InputError, that becomes a message."""
        self._way = Way(steps, then)
        self.pull(at_once())
        self._signals.frame_wanted.emit()

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Goes on until `out_of_time()`, by one update at least."""
        way = self._way
        while way is not None:
            try:
                next(way.steps)
            except StopIteration as end:
                self._way = None
                way.then(end.value)
                return
            except InputError as error:
                self._way = None
                self._signals.message.emit(in_language(error))
                return
            if out_of_time():
                return

    def stop(self) -> None:
        """It is given up."""
        if self._way is not None:
            self._way.steps.close()
            self._way = None
