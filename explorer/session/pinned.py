"""The pinned runs beside the one on show: what they have otherwise, and a network that is as large as theirs."""

from __future__ import annotations

from core.analysis.matching import Match, matching
from core.documents.differences import differences, in_words, sentence, short
from core.network.parameter_counts import count_of
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Pin
from explorer.session.signals import Signals, translated
from explorer.session.work import Work
from explorer.style.numbers import count


class Pinned:
    """What is said of the pinned runs, and done with them."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, work: Work) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work

    def words(self, pin: Pin) -> str:
        """What a pinned run has otherwise than the one on show: "LSTM instead of tanh, η 0.05 instead of 0.1"."""
        return in_words(differences(pin.run, self._screen.entry.content))

    def short(self, pin: Pin) -> str:
        """The same where there is little room: "LSTM, η 0.05"; the run's own name where nothing is otherwise."""
        return short(differences(pin.run, self._screen.entry.content)) or " ".join(pin.label.split())

    def sentence(self, pin: Pin) -> str:
        """The same as a sentence that begins with the run's name."""
        return sentence(pin.run, self._screen.entry.content)

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
