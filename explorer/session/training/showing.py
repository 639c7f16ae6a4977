"""Showing a network of a training: its run and those of the pinned ones are made first, a few steps in each frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from core.documents.document import Content
from core.errors import InputError
from core.jobs import Job
from core.trace import Trace
from explorer.session.documents import Entry
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Pin
from explorer.session.signals import Signals
from explorer.session.training.records import same
from explorer.session.work import at_once
from explorer.words import in_language


class Picture(NamedTuple):
    """The runs of a network and of the pinned ones that are about to be shown. `checked`: with the gradient check."""

    content: Content
    job: Job[tuple[Trace, tuple[Pin, ...]]]
    checked: bool


class Showing:
    """At most one picture is made at a time. `latest`: what was shown last; `gesture`: what is shown while it is the
    same is one entry of the history."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, refused: Callable[[], None]) -> None:
        """`refused`: a network cannot be run, as a message has said."""
        self._signals, self._screen, self._run, self._refused = signals, screen, run, refused
        self.latest: Content | None = None
        self.gesture = ""
        self._picture: Picture | None = None

    @property
    def busy(self) -> bool:
        """Whether a picture is being made."""
        return self._picture is not None

    def show(self, content: Content, checked: bool) -> None:
        """Shows a network once its runs are there, instead of one that is still being made; `checked`: its gradients
        are checked."""
        now = self._screen.entry.content
        self._picture = None
        if not same(content, now) or content.pinned != now.pinned:
            self._picture = Picture(content, self._run.recording(content), checked)
            self.pull(at_once())
        elif checked:
            self._run.check_again()

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Goes on until `out_of_time()`, by one piece at least."""
        picture = self._picture
        while picture is not None:
            try:
                next(picture.job)
            except StopIteration as end:
                self._picture = None
                self.latest = picture.content
                self._run.history.push(Entry(picture.content, self._screen.entry.document), self.gesture)
                trace, pins = end.value
                self._run.show_entry(self._run.history.current, trace, pins, picture.checked)
                return
            except InputError as error:
                self._picture = None
                self._signals.message.emit(in_language(error))
                self._refused()
                return
            if out_of_time():
                return

    def stop(self) -> None:
        """It is given up."""
        self._picture = None
