"""Writing: what a model of characters or words writes, with the probabilities that it drew each of them from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.maths.arrays import Array
from core.maths.streams import stream
from core.tasks.next_character import encoded, joined, pieces
from core.training.sampling import Model, Reading, draw, first_text, of_one_sequence, refuse_structure


@dataclass(frozen=True, eq=False)
class Written:
    """A text that was begun by a person, or as the model's own begins (`start`), and went on with `pieces`, n of them:
    each was drawn from its row of `probabilities` (n, O) over the model's `alphabet`, and is its unit `drawn` (n,)."""

    start: str
    pieces: tuple[str, ...]
    probabilities: Array
    drawn: Array
    alphabet: tuple[str, ...]


def through_chain(experiment: Experiment, written: Written) -> tuple[Experiment, int]:
    """The experiment whose run reads what was written, a single sequence, and the first of its steps (from 1) whose
    output was drawn from. Step t of it predicts, as target, what step t + 1 reads."""
    whole = (*pieces(experiment, written.start), *written.pieces)
    steps = len(whole) - (not experiment.zero_start)
    changes: dict[str, object] = {"read_text": joined(experiment, whole), "steps": steps, "batch": 1}
    if experiment.truncate is not None and experiment.truncate > steps:
        changes["truncate"] = None
    return of_one_sequence(experiment).with_changes(**changes), steps - len(written.pieces) + 1


def refuse_through_chain(experiment: Experiment) -> None:
    """Raises InputError where a run has not an output at every step from which the next character could be drawn."""
    refuse_structure(experiment)
    if experiment.structure != "n-n":
        raise InputError(
            "structure n-1 has its output after the last step alone, and none to draw the others from; choose n-n."
        )


def writes(experiment: Experiment) -> bool:
    """Whether networks of this experiment write a text."""
    try:
        refuse_structure(experiment)
    except InputError:
        return False
    return True


def writing(model: Model, length: int, start: str = "", temperature: float = 1.0, seed: int = 0) -> Job[Written]:
    """Writes `length` pieces, the same that `core.training.sampling.sample` gives; a piece of the job is one of them.

    Two models of one alphabet have the same random numbers, as long as neither draws an unknown one anew. Raises
    InputError, at the first piece, as `sample` does.
    """
    text = start if pieces(model.experiment, start) else first_text(model)
    encoded(model.experiment, text)
    random, reading = stream(seed, "sampling"), Reading(model)
    units = {piece: unit for unit, piece in enumerate(model.alphabet)}
    found: list[str] = []
    probabilities = np.empty((length, len(model.alphabet)))
    read = text
    for k in range(length):
        reading.read(read)
        probabilities[k] = reading.probabilities(temperature)
        read = draw(model, probabilities[k], random)
        found.append(read)
        yield (k + 1) / length
    drawn = np.array([units[piece] for piece in found], dtype=np.intp)
    return Written(text, tuple(found), probabilities, drawn, model.alphabet)
