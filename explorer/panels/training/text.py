"""Text: what the network writes after some updates, with the same random numbers each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

from core.experiment import Experiment
from core.jobs import Job
from core.tasks.next_character import visible
from core.training.run import TrainingRun
from core.training.sampling import model
from core.training.writing import Written, writes, writing
from explorer.items.training.over_updates import OverUpdates
from explorer.items.training.text import Line, TextLines
from explorer.panels.training.view import Outcome, View, update_on_show
from explorer.session.sampling import LENGTH as LENGTH_IN_CHAIN
from explorer.session.session import Session
from explorer.widgets.keys import TAKES_ITS_KEYS
from explorer.widgets.labels import text_label
from explorer.widgets.scale import Scale
from explorer.widgets.slider import ValueSlider
from explorer.words import translator

LENGTH = 48  # characters or words of a line
HALVINGS = 6  # a line after all updates, after half of them, a quarter …
MOST_KEPT = 64  # texts
_tr = translator("TrainingPanel")


class Asking(NamedTuple):
    """What all lines have in common."""

    start: str
    temperature: float


def marks(training: TrainingRun, shown: int) -> list[int]:
    """The updates of the lines before that of `shown`: 0, and the total halved again and again; those that the film
    has a frame of, the one before where it has none."""
    wanted = [0, *(training.total >> k for k in range(HALVINGS, 0, -1))]
    frames = (training.film.at(update) for update in wanted if update < shown)
    return sorted({frame.update for frame in frames if frame is not None})


class TextPicture(Outcome):
    """`start`: what every line begins after, "" as a text of this model begins."""

    def __init__(self) -> None:
        self.text = TextLines()
        super().__init__(self.text)
        self.temperature = ValueSlider(_tr("Temperature"), Scale(0.0, 2.0, step=0.05), 1.0, one_line=True)
        self.temperature.changed.connect(lambda value: self.wanted.emit())
        self.begin = QLineEdit()
        self.begin.setProperty(TAKES_ITS_KEYS, True)
        self.begin.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)
        self.begin.setMaximumWidth(72)
        self.begin.setAccessibleName(_tr("The text goes on after"))
        self.begin.setToolTip(_tr("What the network has read before it writes; empty: as its own text begins."))
        self.begin.editingFinished.connect(self.wanted.emit)
        self.line.addWidget(text_label("muted", _tr("After")))
        self.line.addWidget(self.begin)
        self.line.addWidget(self.temperature, 1)
        self.chain = QPushButton(_tr("Through the chain"))
        self.chain.setToolTip(
            _tr("Draws {n} characters or words: each becomes the next input of the run on show.\n"
                "A click plays that; Ctrl+Z brings the former data back.").format(n=LENGTH_IN_CHAIN)
        )  # fmt: skip
        self.chain.setAccessibleName(self.chain.text())
        self.chain.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.chain.clicked.connect(self._through_chain)
        self.line.addWidget(self.chain)
        self.text.pressed.connect(self.scrubbed)
        self.written: Written | None = None
        self._kept: dict[object, Written] = {}
        self._of: TrainingRun | None = None
        self._session: Session | None = None

    def through_chain(self, session: Session) -> None:
        """Draws a text as the last line was drawn, and makes it what the run on show reads."""
        session.sampling.start(self.begin.text(), float(self.temperature.value()))

    def _through_chain(self) -> None:
        if self._session is not None:
            self.through_chain(self._session)

    def ask(self, session: Session, training: TrainingRun) -> None:
        """Writes the lines up to the network on show, once they are there."""
        self._session = session
        if training is not self._of:
            self._of, self._kept = training, {}
        trace, shown = session.trace, update_on_show(session)
        asking = Asking(self.begin.text(), float(self.temperature.value()))
        wanted = marks(training, shown)
        last_only = session.trainer.running  # the lines before it are written as it comes by them

        def job() -> Job[list[tuple[int, Written]]]:
            found = []
            for update in wanted:
                written = self._kept.get((update, asking))
                if written is None and not last_only:
                    frame = training.film.at(update)
                    if frame is None or frame.update != update:
                        continue
                    written = yield from self._write(trace.experiment, update, training.parameters_at(frame), asking)
                if written is not None:
                    found.append((update, written))
            written = yield from self._write(trace.experiment, shown, trace.parameters, asking)
            return [*found, (shown, written)]

        key = (trace, asking, tuple(wanted), last_only)
        self.asked.ask(session, key, job, self._show, self.text.set_fault)

    def _write(self, experiment: Experiment, update: int, parameters: Mapping, asking: Asking) -> Job[Written]:
        known = self._kept.get((update, asking))
        if known is not None:
            return known
        made = model(experiment, parameters)
        written = yield from writing(made, LENGTH, asking.start, asking.temperature, experiment.data_seed)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[update, asking] = written
        return written

    def _show(self, found: list[tuple[int, Written]]) -> None:
        last = self.written = found[-1][1]
        lines = [Line(update, tuple(map(visible, written.pieces))) for update, written in found]
        self.text.set_lines(lines, last.probabilities, last.drawn, tuple(map(visible, last.alphabet)))


class Text(View):
    """What the network writes."""

    name, title = "text", "Text"
    tip = "What the network writes, update by update with the same random numbers, and what each letter was drawn from."

    def widget(self) -> TextPicture:
        return TextPicture()

    def applies(self, training: TrainingRun) -> bool:
        return writes(training.experiment)

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, TextPicture)
        widget.ask(session, training)
