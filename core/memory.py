"""How much memory a run's records take, known before anything is allocated."""

from __future__ import annotations

from core.cells import cell_named
from core.cells.base import Cell
from core.experiment import Experiment
from core.refusals import DECODED

LIMIT = 256 * 2**20  # bytes


def recorded_bytes(cell: Cell, steps: int, batch: int, inputs: int, hidden: int, outputs: int) -> int:
    """Bytes of one layer's records, its input, output and parameters, and the gradients of all of them:

    per step and sample every record and its gradient (H numbers each), x, z, a, y, dx, dz; 8 bytes a number.
    """
    per_step = 2 * len(cell.records) * hidden + 2 * inputs + 4 * outputs
    carried = 2 * len(cell.carried) * batch * hidden
    shapes = cell.parameter_shapes(inputs, hidden).values()
    parameters = sum(_size(shape) for shape in shapes) + hidden * outputs + outputs
    return 8 * (steps * batch * per_step + carried + 2 * parameters)


def predicted_bytes(experiment: Experiment, inputs: int, outputs: int) -> int:
    """Bytes that the records of an experiment will take; where it is truncated, of two backward passes."""
    cell = cell_named(experiment.cell).from_experiment(experiment)
    passes = 1 if experiment.truncate is None and cell.learned else 2
    taps = experiment.taps if cell.tapped else 1
    fed = outputs * cell.fed_taps(experiment) if cell.fed else outputs if experiment.output_feedback else 0
    hidden = cell.width(experiment.hidden, inputs * taps, fed)
    ways = 1 if experiment.bidirectional is None else 2
    widths = [
        inputs * taps,
        *[hidden * taps * (2 if experiment.bidirectional == "concat" else 1)] * (experiment.layers - 1),
    ]
    steps, batch = experiment.steps, experiment.batch
    needed = ways * sum(recorded_bytes(cell, steps, batch, width, hidden, outputs) for width in widths)
    if experiment.structure in DECODED:
        written = experiment.output_steps or steps
        read = outputs + hidden * ways
        needed += experiment.layers * recorded_bytes(cell, written, batch, read, hidden, outputs)
        if experiment.structure == "attention":
            needed += 8 * 4 * written * batch * (steps + hidden * ways)
    return passes * needed


def _size(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
