"""The next character of a text that the person types: hell → ello."""

from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.tasks.base import Data, Task

if TYPE_CHECKING:
    from core.experiment import Experiment

LARGEST = 256 * 2**20  # bytes of x and y together
_VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}


def _make(experiment: "Experiment") -> Data:
    """One-hot characters (code points) over the text's own sorted alphabet; y_t = x_{t+1}; every step supervised.

    The text is read round and round, so that any T works; T = len(text) − 1 reads it once. Sample b starts b characters
    later. Raises InputError where an alphabet of thousands over a long sequence would not fit into memory.
    """
    text, steps, batch = experiment.text, experiment.steps, experiment.batch
    alphabet = sorted(set(text))
    if 2 * 8 * steps * batch * len(alphabet) > LARGEST:
        fits = max(1, LARGEST // (2 * 8 * batch * len(alphabet)))
        raise InputError(
            f"A text of {len(alphabet)} different characters is too large for {steps} steps and a batch of {batch}; "
            f"choose at most {fits} steps, a smaller batch or a shorter text."
        )
    units = {character: unit for unit, character in enumerate(alphabet)}
    read = np.array([units[character] for character in text])
    position = np.arange(steps + 1)[:, np.newaxis] + np.arange(batch)
    codes = read[position % len(text)]
    x = np.zeros((steps, batch, len(alphabet)))
    y = np.zeros_like(x)
    np.put_along_axis(x, codes[:-1, :, np.newaxis], 1.0, axis=-1)
    np.put_along_axis(y, codes[1:, :, np.newaxis], 1.0, axis=-1)
    names = tuple(_visible(character) for character in alphabet)
    labels = tuple(names[code] for code in codes[:-1, 0])
    return Data(x, y, np.ones(steps, dtype=bool), "categorical", names, names, labels)


def _visible(character: str) -> str:
    """A character as a label: what would draw nothing gets a sign, or its code."""
    return (
        character
        if character.isprintable() and character != " "
        else _VISIBLE.get(character, f"U+{ord(character):04X}")
    )


NEXT_CHARACTER = Task(
    "next-character",
    "Next character",
    "Predict the next character of a text, which is read round and round.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": min(len(experiment.text) - 1, 1000)},
    options=("text",),
)
