"""What is found out about the run on show while the window goes on: what an update makes of its parameters, the map of
contributions and the gradient check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.analysis import contributions
from core.analysis.gradcheck import Check, check
from core.training.update import Update, UpdateRule, updating
from explorer.session.screen import Screen
from explorer.session.selection import Change
from explorer.session.signals import Signals


class Findings:
    """Generators that the player pulls for a few milliseconds a frame, and what they have found so far. `rule`: how an
    update moves the parameters."""

    def __init__(self, signals: Signals, screen: Screen) -> None:
        self._signals, self._screen = signals, screen
        self.check: Check | None = None
        self.contributions: contributions.Contributions | None = None
        self.rule = UpdateRule()
        self.update: Update | None = None
        self.jobs: dict[str, Any] = {}

    def start(self, checked: bool = True) -> None:
        """Begins anew, for another run. `checked`: with the gradient check, which would name a hidden fault."""
        self.check, self.contributions, self.update = None, None, None
        self.jobs = {"update": updating(self._screen.trace, self.rule)}  # the quickest, and so the first
        self._map()
        if checked:
            self.jobs["check"] = check(self._screen.trace)
        self._signals.check_changed.emit(None)
        self._signals.frame_wanted.emit()

    def start_check(self) -> None:
        """Begins the check that was left out."""
        self.jobs["check"] = check(self._screen.trace)
        self._signals.frame_wanted.emit()

    def set_rule(self, rule: UpdateRule) -> None:
        """Another way to move the parameters. Raises InputError where it cannot be."""
        rule.new_optimizer()
        if rule != self.rule:
            self.rule, self.update = rule, None
            self.jobs = {**self.jobs, "update": updating(self._screen.trace, rule)}
            self._signals.update_changed.emit()
            self._signals.frame_wanted.emit()

    def ask(self, name: str, job: Any) -> None:
        """Pulls a job that a picture of this run needs, before all others; it keeps its result itself, and is dropped
        when another run is shown."""
        self.jobs = {name: job, **{other: each for other, each in self.jobs.items() if other != name}}
        self._signals.frame_wanted.emit()

    def map_again(self) -> None:
        """Another map is wanted; the old one is never shown under the new one's name."""
        self.contributions = None
        self._map()
        self._signals.frame_wanted.emit()

    def _map(self) -> None:
        screen = self._screen
        total = screen.view.reach == "total"
        self.jobs["contributions"] = contributions.contributions(screen.trace, screen.view.sample, total=total)

    def take_over(self, other: Findings) -> None:
        """What has been found out about the same run elsewhere."""
        self.rule, self.update = other.rule, other.update
        self.check, self.contributions = other.check, other.contributions
        self.jobs["update"] = updating(self._screen.trace, self.rule)
        self.jobs = {name: job for name, job in self.jobs.items() if name in other.jobs}

    @property
    def mapping(self) -> bool:
        """Whether the map of contributions is being computed; where it neither is nor exists, the network is too
        large."""
        return "contributions" in self.jobs

    def find(self, out_of_time: Callable[[], bool]) -> None:
        """Pulls the jobs, by one piece at least, until `out_of_time()` or they are done."""
        before = self.check
        first = True
        while self.jobs and (first or not out_of_time()):
            first = False
            name = next(iter(self.jobs))
            try:
                result = next(self.jobs[name])
            except StopIteration as end:
                del self.jobs[name]
                if name == "update":
                    self.update = end.value
                    self._signals.update_changed.emit()
                elif name == "contributions" and self.contributions is None:
                    self._signals.changed.emit(Change.CONTRIBUTIONS)
                continue
            if name == "check":
                self.check = result
            elif name == "contributions" and result is not None:
                self.contributions = result
                self._signals.changed.emit(Change.CONTRIBUTIONS)
        if self.check is not before:
            self._signals.check_changed.emit(self.check)
