"""From the cells of a grid to the fields of the phase diagram."""

from __future__ import annotations

import numpy as np

from core.ensemble.grid import Grid, Knob
from core.ensemble.measures import measure_named
from core.experiment import Experiment
from explorer.items.plots.phase import Phase
from explorer.panels.map.words import STEPS, value_text


def phase_of(grid: Grid, present: Experiment, titles: tuple[str, str]) -> Phase:
    """A field's colour is the factor that STEPS steps back leave of the gradient: −STEPS times the decay in decades."""
    refused = np.zeros((len(grid.down.values), len(grid.across.values)), dtype=bool)
    for cell in grid.cells:
        refused[cell.row, cell.column] = bool(cell.refusal)
    across, up = (tuple(map(value_text, knob.values)) for knob in (grid.across, grid.down))
    row, column = (place_of(knob, float(getattr(present, knob.name) or 0.0)) for knob in (grid.down, grid.across))
    here = None if row is None or column is None else (row, column)
    return Phase(-STEPS * grid.of(measure_named("decades")), refused, across, up, titles, here)


def place_of(knob: Knob, value: float) -> float | None:
    """Where a value lies among a knob's, 0 … n − 1, between two of them by its share of the distance; None beyond."""
    values = np.array(knob.values, dtype=float)
    order = np.argsort(values)
    ordered = values[order]
    if not ordered[0] <= value <= ordered[-1]:
        return None
    evenly = np.allclose(np.diff(ordered), np.diff(ordered).mean()) if len(ordered) > 2 else True
    if not evenly and ordered[0] > 0.0:
        return float(np.interp(np.log(value), np.log(ordered), order))
    return float(np.interp(value, ordered, order))
