"""How much memory a run's records take, known before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from core.cells import cell_named
from core.choices import DECODED, Choices
from core.errors import InputError
from core.network.declared import Declared, Key, width_of
from core.network.parts import HEAD, OUTPUT, Network
from core.network.structures import build
from core.tasks.base import Data

LIMIT = 256 * 2**20  # bytes
MANY = 2**14  # steps of all samples together: with no more of them data are small, and made at once


def predicted_bytes(experiment: Choices, network: Network) -> int:
    """Bytes that the records of an experiment will take in its network, their gradients, the parameters, x and y; 8
    bytes a number. Where other gradients are used than the exact ones, there are two backward passes."""
    learned = cell_named(experiment.cell).learned
    passes = 1 if experiment.truncate is None and learned else 2
    read, batch = experiment.steps, experiment.batch
    written = (experiment.output_steps or read) if experiment.structure in DECODED else read
    y = written, batch, network.widths[OUTPUT]
    parameters = sum(math.prod(shape) for shape in network.parameter_shapes.values())
    recorded = parameters + math.prod(y)  # z
    others = (each for each in network.declared if each.name != HEAD)
    recorded += sum(_recorded(each, network.widths, read, written, batch) for each in others)
    return 8 * ((1 + passes) * recorded + 2 * math.prod(y))  # y, and the output a, whose gradient is not kept


def least_bytes(experiment: Choices) -> int:
    """The same before there are data, of which one input and one output is the least. Raises InputError as `build`
    does."""
    one = np.broadcast_to(0.0, (1, 1, 1))
    with_head = msgspec.structs.replace(experiment, head=True)  # without one, how wide y is would have to fit
    return predicted_bytes(experiment, build(with_head, Data(one, one, np.zeros(0, dtype=bool), "squared", (), ())))


def refuse_before_data(experiment: Choices, refusal: str) -> None:
    """Raises InputError where an experiment is sure to be beyond the limit and its data would take time and room, too;
    of others the network says exactly what they need. Otherwise as `refuse_beyond_limit`."""
    if experiment.steps * experiment.batch > MANY:
        refuse_beyond_limit(least_bytes(experiment), refusal)


def refuse_beyond_limit(needed: int, refusal: str) -> None:
    """Raises InputError where more bytes are needed than LIMIT: `refusal`, a template with {needed} and {limit}."""
    if needed > LIMIT:
        raise InputError(refusal, needed=needed / 2**20, limit=LIMIT / 2**20)


def _recorded(declared: Declared, widths: Mapping[Key, int], read: int, written: int, batch: int) -> int:
    """The numbers of what is recorded of a step, what it reads among them; their gradients are as many."""
    reads = declared.reads(widths)
    gathered = sum(width_of(reads[name], widths) for name in declared.gathered)
    steps = 1 if declared.once(reads) else written if declared.decodes else read
    width = sum(declared.width_of(each.name, widths, read) for each in declared.quantities)
    first = sum(declared.width_of(name, widths, read) for name in declared.recurrent_states)
    return batch * (steps * (width + gathered) + first)
