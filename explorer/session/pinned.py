"""The pinned runs beside the one on show: what they have otherwise, and a network that is as large as theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.analysis.matching import Match, matching
from core.documents.differences import differences, in_words, own_name, sentence, short
from core.network.parameter_counts import count_of
from core.trace import Trace
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Pin
from explorer.session.signals import Signals, translated
from explorer.session.work import Work
from explorer.style.numbers import count
from explorer.words import in_language


def last_loss(trace: Trace, share_at: int | None) -> int:
    """The column from which the gradient comes: of the one step whose share is shown, else of the last loss."""
    losses = np.flatnonzero(trace.supervised) + 1
    return share_at or (int(losses[-1]) if losses.size else trace.steps)


def share_of(trace: Trace, share_at: int | None) -> int | None:
    """The step whose share of the loss can be shown of a pinned run: the one asked for, if it has a loss there."""
    return share_at if share_at is not None and share_at <= trace.steps and trace.supervised[share_at - 1] else None


class Pinned:
    """What is said of the pinned runs, and done with them."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, work: Work) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work

    def words(self, pin: Pin) -> str:
        """What a pinned run has otherwise than the one on show: "LSTM instead of tanh, η 0.05 instead of 0.1"."""
        return in_language(in_words(differences(pin.run, self._screen.entry.content)))

    def short(self, pin: Pin) -> str:
        """The same where there is little room: "LSTM, η 0.05"; the run's own name where nothing is otherwise."""
        return in_language(short(differences(pin.run, self._screen.entry.content))) or " ".join(pin.label.split())

    def own_name(self, pins: Sequence[Pin]) -> str:
        """What the run on show has otherwise than all of these, in short: "tanh"; "" where it is not one thing."""
        return in_language(own_name(self._screen.entry.content, [pin.run for pin in pins]))

    def sentence(self, pin: Pin) -> str:
        """The same as a sentence that begins with the run's name."""
        return in_language(sentence(pin.run, self._screen.entry.content))

    def shift(self, pin: Pin) -> int:
        """By how many columns a pinned run is moved to the right (negative: to the left, its first ones are not shown),
        so that both have their last loss in the same column, where the view wants that."""
        view = self._screen.view
        if view.pins_at == "start" or view.share_at is not None:
            return 0
        return last_loss(self._screen.trace, None) - last_loss(pin.trace, None)

    @property
    def measure(self) -> Pin | None:
        """The run whose number of parameters is to be matched: the one pinned last; None where none is."""
        return self._screen.pins[-1] if self._screen.pins else None

    def match(self) -> bool:
        """Chooses the hidden units with which this network has about as many parameters as the run pinned last, and
        says both numbers. False, with a message, where nothing is pinned or nothing may be changed."""
        if self.measure is None:
            self._signals.message.emit(translated("No run is pinned to be as large as; P pins the one on show."))
            return False
        return not self._run.refused() and self._run.when_shown(self._match)

    def _match(self) -> None:
        pin, trace = self.measure, self._screen.trace
        if pin is not None:
            job = matching(trace.experiment, trace.data, count_of(pin.trace.network))
            self._work.start(translated("Matching parameters"), job, lambda found: self._take(found, pin))

    def _take(self, found: Match, pin: Pin) -> None:
        def said() -> None:
            text = translated("{n} parameters with {units}; the pinned run {name} has {m}.")
            units = ", ".join(map(str, found.changes.get("widths", (found.changes.get("hidden"),))))
            name = " ".join(pin.label.split())
            text = text.format(n=count(found.count), units=f"H = {units}", name=name, m=count(found.wanted))
            self._signals.message.emit(text)

        if self._run.change(lambda: self._run.experiment.with_changes(**found.changes)):
            self._run.when_shown(said)
