"""How much memory a run's records take, known before anything is allocated."""

from __future__ import annotations

import math

import numpy as np

from core.cells import cell_named
from core.choices import DECODED
from core.experiment import Experiment
from core.network.attention import Attention
from core.network.joins import Context, Convolution, Join
from core.network.parts import Part
from core.network.scan import Scan
from core.network.sources import Concatenated
from core.network.structures import build
from core.tasks.base import Data

LIMIT = 256 * 2**20  # bytes


def predicted_bytes(experiment: Experiment, inputs: int, outputs: int) -> int:
    """Bytes that the records of an experiment will take, their gradients, the parameters, x and y; 8 bytes a number.

    Where other gradients are used than the exact ones, there are two backward passes. Raises InputError as `build`
    does.
    """
    learned = cell_named(experiment.cell).learned
    passes = 1 if experiment.truncate is None and learned else 2
    read, batch = experiment.steps, experiment.batch
    written = (experiment.output_steps or read) if experiment.structure in DECODED else read
    x, y = (read, batch, inputs), (written, batch, outputs)
    shapes = Data(np.broadcast_to(0.0, x), np.broadcast_to(0.0, y), np.zeros(0, dtype=bool), "squared", (), ())
    network = build(experiment, shapes)  # choices and widths only: nothing large is made
    parameters = sum(math.prod(shape) for shape in network.parameter_shapes.values())
    recorded = parameters + math.prod(y)  # z
    recorded += sum(_recorded(part, network.widths, read, written, batch) for part in network.members)
    return 8 * ((1 + passes) * recorded + 2 * math.prod(y))  # y, and the output a, whose gradient is not kept


def _recorded(part: Part, widths: dict, read: int, written: int, batch: int) -> int:
    """The numbers of a part's records, what it reads among them; their gradients are as many. Without the head's."""
    if isinstance(part, Scan):
        steps = written if part.decodes else read
        width = len(part.cell.records) * part.hidden + (part.feedback.width if part.feedback else 0)
        numbers = batch * (steps * (width + part.source.width(widths)) + len(part.cell.carried) * part.hidden)
        if isinstance(part.source, Concatenated):
            attends = (each.width(widths) for each in part.source.components if isinstance(each, Attention))
            numbers += sum(written * batch * (2 * read + keys) for keys in attends)
        return numbers
    if isinstance(part, Convolution):
        return 2 * read * batch * part.filters
    if isinstance(part, Join):
        return read * batch * widths[part.name, "s"]
    if isinstance(part, Context):
        return 2 * batch * widths[part.name, "c"]
    return 0
