"""On the data: what the network on show predicts over a stretch of the test part, beside what came."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton

from core.experiment import Experiment
from core.jobs import Job
from core.tasks.splits import Split
from core.training.forecast import Fan, Forecast, Stretch, forecasting, rolling_out, stretch
from core.training.run import TrainingRun
from explorer.items.training.forecast import Curves, ForecastPlot
from explorer.items.training.over_updates import OverUpdates
from explorer.panels.training.view import Outcome, View, update_on_show
from explorer.session.session import Session
from explorer.style.numbers import count, number
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import ended, sentences, translator

AHEAD = (1, 2, 4, 8)  # steps that are predicted, each from the predictions before
_tr = translator("TrainingPanel")


class Found(NamedTuple):
    """What is drawn: a stretch, the network's predictions over it, and its roll-outs where those are wanted."""

    over: Stretch
    forecast: Forecast
    fan: Fan | None
    update: int


class DataPicture(Outcome):
    """`first`: the sequence that the stretch begins with, from 0. `ahead`: one of AHEAD."""

    def __init__(self) -> None:
        self.plot = ForecastPlot()
        super().__init__(self.plot)
        self.first, self.ahead = 0, 1
        self.found: Found | None = None
        self._held = 0
        self._over: Stretch | None = None
        self._split = Split()
        self.back = self._button("‹", _tr("The stretch before this one"), -1)
        self.on = self._button("›", _tr("The stretch after this one"), 1)
        self.where = text_label("small")
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.steps = SegmentedControl((str(k), str(k), _ahead_tip(k)) for k in AHEAD)
        self.steps.set_tight(True)
        self.steps.setAccessibleName(_tr("Steps ahead"))
        self.steps.setCurrent("1")
        self.steps.currentChanged.connect(self._choose_ahead)
        self.line.addWidget(self.back)
        self.line.addWidget(self.on)
        self.line.addWidget(self.where, 1)
        self.line.addWidget(self.steps)
        self.plot.pressed.connect(self._hold)
        self.plot.moved.connect(self._drag)

    def _button(self, text: str, tip: str, by: int) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setAutoRaise(True)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: self._go(self.first + by * (1 if self._over is None else self._over.sequences)))
        return made

    # --- what a person does ---
    def _go(self, first: int) -> None:
        over = self._over
        if over is not None:
            first = min(max(first, 0), over.total - over.sequences)
        if first != self.first:
            self.first = first
            self.wanted.emit()

    def _hold(self) -> None:
        self._held = self.first

    def _drag(self, points: int) -> None:
        over = self._over
        each = 1 if over is None or over.consecutive else max(len(over.targets) // over.sequences, 1)
        self._go(self._held + int(points / each))

    def _choose_ahead(self, key: str) -> None:
        self.ahead = int(key)
        self.wanted.emit()

    # --- what is shown ---
    def ask(self, session: Session, split: Split) -> None:
        """Draws the stretch for the network on the screen, once it is there."""
        trace, update = session.trace, update_on_show(session)

        def job() -> Job[Found]:
            over = self._stretch(trace.experiment, split)
            forecast = yield from forecasting(over, trace.parameters)
            fan = None
            if self.ahead > 1 and over.starts(self.ahead):
                fan = yield from rolling_out(over, trace.parameters, self.ahead)
            return Found(over, forecast, fan, update)

        self.asked.ask(session, (trace, self.first, self.ahead, split), job, self._show, self.plot.set_fault)

    def _stretch(self, experiment: Experiment, split: Split) -> Stretch:
        """Made once for all networks of an experiment."""
        over = self._over
        known = over is not None and over.experiment == experiment and self._split == split
        if over is None or not known or over.first != self.first:
            over = self._over = stretch(experiment, self.first, split=split)
            self._split, self.first = split, over.first
        return over

    def _show(self, found: Found) -> None:
        self.found = found
        over, forecast, fan = found.over, found.forecast, found.fan
        nothing = np.zeros(0, dtype=np.intp)
        outputs = np.zeros((0, 0)) if fan is None else fan.rolled.outputs
        numbers = over.first + 1 + (np.arange(len(over.samples)) if over.consecutive else over.samples)
        said = figures(found)
        self.plot.set_curves(
            Curves(
                over.targets, forecast.outputs, over.rival, over.pieces, numbers,
                nothing if fan is None else fan.starts, outputs, said[1:],
            )
        )  # fmt: skip
        last = over.first + over.sequences
        words = _tr("windows {a}–{b} of {n}") if over.consecutive else _tr("sequences {a}–{b} of {n}")
        where = words.format(a=count(over.first + 1), b=count(last), n=count(over.total))
        self.where.setText(f"{where}: {said[0]}")
        apart = _tr("Of the test part: none of it is trained on.")
        together = _tr("There is so little data that all of it is trained on, this too.")
        self.where.setToolTip(together if over.shared else apart)
        self.plot.setAccessibleDescription(sentences(map(ended, (where, *said))))
        self.back.setEnabled(over.first > 0)
        self.on.setEnabled(last < over.total)
        possible = [k for k in AHEAD if k == 1 or over.starts(k)]
        self.steps.setVisible(len(possible) > 1)
        for k in AHEAD:
            self.steps.button(str(k)).setVisible(k in possible)


def figures(found: Found) -> tuple[str, ...]:
    """How good the predictions over the stretch are, those of the roll-outs where they are on show, and how good the
    rival is that costs nothing: the next value is this one; over several steps, it stays as it is."""
    over, fan = found.over, found.fan
    network = found.forecast if fan is None else fan.rolled
    said = [_r_squared(network.r_squared)]
    if fan is not None:
        said.append(_tr("unchanged: {figure}").format(figure=_r_squared(fan.rival.r_squared)))
    elif over.rival is not None:
        rival = Forecast(over.rival, over.targets)
        said.append(_tr("next = this: {figure}").format(figure=_r_squared(rival.r_squared)))
    said.append(_tr("½MSE {x}").format(x=number(network.loss)))
    said.append(_tr("update {k}").format(k=count(found.update)))
    return tuple(said)


def _r_squared(value: float | None) -> str:
    return _tr("no R²") if value is None else _tr("R² {x}").format(x=number(value))


def _ahead_tip(steps: int) -> str:
    if steps == 1:
        return _tr("Every prediction reads what really came.")
    return _tr("{k} steps ahead: each prediction is read as if it had come, then it begins anew.").format(k=steps)


class OnTheData(View):
    """Predictions against targets."""

    name, title = "data", "Data"
    tip = "What the network on show predicts over the test part, and what came; the error between them is hatched."

    def widget(self) -> DataPicture:
        return DataPicture()

    def applies(self, training: TrainingRun) -> bool:
        return training.network.loss.name == "squared"

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, DataPicture)
        widget.ask(session, training.plan.split)
