"""The row of the experiment panel for clipping, with what it did."""

from __future__ import annotations

import math

import numpy as np

from core.experiment import Experiment
from core.maths.clipping import Turn, turn_of
from core.memo import remember
from core.trace import Trace
from explorer.items.plots.clip_arrows import ClipArrows
from explorer.panels.experiment.rows import Captioned, Row, combo
from explorer.panels.experiment.scales import SliderRange
from explorer.session.session import Session
from explorer.style.numbers import count, number
from explorer.widgets.labels import text_label
from explorer.widgets.slider import ValueSlider

LIMIT = SliderRange(1e-12, 1e6, "log", near=1e-4, far=100.0)


class ClipRow(Row):
    """Off, by norm or by value, at c. The two are one choice, since an experiment has at most one of them."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("clip_norm", "clip_value"))
        self.combo = combo(
            (
                ("", self.tr("off"), self.tr("The gradient is used as it is.")),
                ("clip_norm", self.tr("by norm"), self.tr("g·min(1, c/‖g‖) over all parameters: the direction stays.")),
                ("clip_value", self.tr("by value"), self.tr("Each entry is cut to −c … c: the direction changes.")),
            )
        )
        self.name(self.combo)
        self.combo.activated.connect(self._on_activated)
        self.slider = ValueSlider(self.tr("Limit c"), LIMIT, 1.0)
        self.slider.setToolTip(f"{tip}\n{self.slider.toolTip()}")
        self.slider.changed.connect(self._emit)
        self.slider.committed.connect(self.committed)
        self.effect = text_label("small", wraps=True)
        self.arrows = ClipArrows()
        self._theme = ""
        for widget in (Captioned(title, self.combo, stretch=True), self.slider, self.effect, self.arrows):
            self.put(widget)

    def sync(self, session: Session) -> None:
        kind, limit = clipping(session.experiment)
        self.combo.setCurrentIndex(self.combo.findData(kind))
        if kind:
            self.slider.setValue(limit)
        self.slider.setVisible(bool(kind))
        self.effect.setVisible(bool(kind))
        self.effect.setText(self._effect(session.trace) if kind else "")
        self._show_turn(session)

    def _show_turn(self, session: Session) -> None:
        """The two arrows, of the run on show, where its gradient was clipped."""
        kind, _ = clipping(session.trace.experiment)
        turn = turned(session.trace) if kind else None
        seen = turn is not None and math.isfinite(turn.degrees)
        if session.theme.name != self._theme:
            self._theme = session.theme.name
            self.arrows.set_theme(session.theme)
        if turn is not None and seen:
            self.arrows.set_turn(turn, kind == "clip_value")
        self.arrows.setVisible(seen and bool(clipping(session.experiment)[0]))

    def _effect(self, trace: Trace) -> str:
        kind, limit = clipping(trace.experiment)
        if kind == "clip_norm" and trace.clip_factor < 1.0:
            return self.tr("Clipped: the gradient is used × {factor}.").format(factor=number(trace.clip_factor))
        if kind == "clip_norm":
            return self.tr("Not clipped: the norm of the gradient is no larger than c.")
        entries = np.concatenate([array.ravel() for array in trace.used_parameters.values()])
        cut = int(np.count_nonzero(np.abs(entries) >= limit))
        if not cut:
            return self.tr("Not clipped: no entry is larger than c.")
        return self.tr("{cut} of {all} entries are held at ±c.").format(cut=count(cut), all=count(entries.size))

    def _on_activated(self, index: int) -> None:
        self._emit()
        self.committed.emit()

    def _emit(self) -> None:
        fields: dict[str, float | None] = dict.fromkeys(self.fields)
        if self.combo.currentData():
            fields[self.combo.currentData()] = self.slider.value()
        self.changed.emit(fields)


def turned(trace: Trace) -> Turn | None:
    """What clipping did to the gradient of all parameters together; None where it left it as it was."""
    before, after = trace.unclipped_parameters, trace.used_parameters
    if all(np.array_equal(array, after[name]) for name, array in before.items()):
        return None
    return remember(trace, "turned by clipping", lambda: turn_of(before, after))


def clipping(experiment: Experiment) -> tuple[str, float]:
    """The field that is set and its limit c; ("", 0.0) where nothing is clipped."""
    for field in ("clip_norm", "clip_value"):
        limit = getattr(experiment, field)
        if limit is not None:
            return field, limit
    return "", 0.0
