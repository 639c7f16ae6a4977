"""What the norms show of many seeds: the median and a band of quantiles of the quantity that the main curve shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.ensemble.seeds import quantiles_of
from core.maths.arrays import Array
from explorer.items.plots.axes.log import power_of
from explorer.items.plots.end_labels import EndLabel
from explorer.items.plots.norms import Frame
from explorer.items.plots.quantile_band import QuantileBand
from explorer.items.plots.readout import Row
from explorer.session.pinned import last_loss
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.style.theme import Theme

LOW, HIGH = 0.05, 0.95  # of the band
QUANTILES = (LOW, 0.5, HIGH)


@dataclass(frozen=True, eq=False)
class SeedBand:
    """`band`: the picture of it. `ratios` (3,): quantiles of the norm in the first column by that at the loss, in
    which a quantile over seeds is taken of each seed's own ratio."""

    band: QuantileBand
    count: int
    ratios: Array

    @property
    def logs(self) -> tuple[Array, ...]:
        """What the axis has to have room for."""
        return self.band.low, self.band.median, self.band.high

    def in_words(self) -> str:
        """ "100 seeds: median ÷ 412, 5 … 95 %: ÷ 88 … ÷ 2100"."""
        words = QCoreApplication.translate("NormsPanel", "{n} seeds: median {median}, 5 … 95 %: {least} … {most}")
        low, median, high = (factor_text(float(each)) for each in self.ratios)
        return words.format(n=self.count, median=median, least=high, most=low)

    def rows(self, t: int, theme: Theme) -> list[Row]:
        """Of the readout at step t; none in a column that has no norm."""
        low, median, high = (power_of(float(logs[t - 1]), 3) for logs in self.logs)
        if np.isnan(self.band.median[t - 1]):
            return []
        return [
            (self.band.label, median, theme.backward_text),
            (QCoreApplication.translate("NormsPanel", "5 … 95 %"), f"{low} … {high}", theme.backward_text),
        ]

    def end_label(self, frame: Frame, first: int, last: int, theme: Theme) -> EndLabel | None:
        """The median's name at one end of what is in sight of it."""
        there = first + np.flatnonzero(np.isfinite(self.band.median[first - 1 : last]))
        if not there.size:
            return None
        left, right = int(there[0]), int(there[-1])
        y, other = (frame.mark_y(float(self.band.median[t - 1])) for t in (left, right))
        place = float(frame.x(float(left))) + 2, y, (float(frame.x(float(right))) - 2, other)
        return EndLabel(self.band.label, theme.backward_text, *place)


def seed_band(session: Session, shown: tuple[str, ...]) -> SeedBand | None:
    """Of the gradient that the main curve shows; None where no seeds have been run, the memory's curve is hidden, or
    the view asks for what is not kept of each seed: truncated gradients, and the share of a step before the last."""
    found, trace, view = session.seeds.ensemble, session.trace, session.view
    memory = trace.scan.cell.memory
    if found is None or memory not in shown or session.gradients is not trace.exact:
        return None
    last = last_loss(trace, view.share_at)
    alone = view.share_at is not None
    if alone and any(outcome.last != last for outcome in found.outcomes):
        return None
    norms = np.full((len(found.outcomes), trace.steps), np.nan)
    at_loss = np.full(len(found.outcomes), np.nan)
    for k, outcome in enumerate(found.outcomes):
        own = outcome.share if alone else outcome.norms
        norms[k, : len(own)] = own[: trace.steps]
        if outcome.last:
            at_loss[k] = own[outcome.last - 1]
    with np.errstate(all="ignore"):
        relative = np.where(at_loss[:, None] > 0.0, norms / at_loss[:, None], np.nan)
        low, median, high = np.log10(quantiles_of(relative if view.relative else norms, QUANTILES))
    there = np.flatnonzero(~np.isnan(norms).all(axis=0))
    ratios = quantiles_of(relative[:, there[0]], QUANTILES) if there.size else np.full(3, np.nan)
    label = QCoreApplication.translate("NormsPanel", "median of {n} seeds").format(n=len(found.outcomes))
    return SeedBand(QuantileBand(low, median, high, label), len(found.outcomes), ratios)


def factor_text(ratio: float) -> str:
    """ "÷ 412" of a norm that has become so much smaller, "× 3" of one that has grown; "→ 0" where nothing is left."""
    if ratio == 0.0:
        return "→ 0"
    if not np.isfinite(ratio):
        return number(ratio)
    return f"÷ {number(1.0 / ratio)}" if ratio < 1.0 else f"× {number(ratio)}"
