"""The next character of a text that the person types: hell → ello."""

from typing import Annotated

import msgspec
import numpy as np

from core.choices import Choices
from core.errors import InputError
from core.options import Option
from core.tasks.base import Data, Stock, Task
from core.tasks.files.text import FEWEST, MOST
from core.tasks.splits import Parts, Split, windows_parted
from core.tasks.words import one_hot

LARGEST = 256 * 2**20  # bytes of x and y together
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
_VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}


def alphabet(experiment: Choices) -> tuple[str, ...]:
    """The characters (code points) that have a unit: the text's own, sorted, and � after them where `unknown` is on."""
    own = sorted(set(experiment.text))
    return (*own, UNKNOWN) if experiment.unknown and UNKNOWN not in own else tuple(own)


def encoded(experiment: Choices, text: str) -> np.ndarray:
    """Return the unit of each character of any text, (len(text),); one without a unit reads the unit of �.

    Raises InputError naming the first character without a unit, where there is none for what is unknown.
    """
    units = {character: unit for unit, character in enumerate(alphabet(experiment))}
    unknown = units.get(UNKNOWN) if experiment.unknown else None
    for character in text:
        if character not in units and unknown is None:
            raise InputError(
                f"“{visible(character)}” is not in the text that the network has learned; leave it out, or switch on "
                "the unknown character (unknown)."
            )
    return np.array([units.get(character, unknown) for character in text], dtype=np.intp)


def visible(character: str) -> str:
    """A character as a label: what would draw nothing gets a sign, or its code."""
    return (
        character
        if character.isprintable() and character != " "
        else _VISIBLE.get(character, f"U+{ord(character):04X}")
    )


def _make(experiment: Choices) -> Data:
    """One-hot characters over `alphabet`; y_t = x_{t+1}; every step supervised.

    The text is read in a loop, so that any T works; T = len(text) − 1 reads it once. Sample b starts b characters
    later. Raises InputError where an alphabet of thousands over a long sequence would not fit into memory.
    """
    return _pick(experiment, np.arange(experiment.batch))


def _pick(experiment: Choices, starts: np.ndarray) -> Data:
    text, steps, batch = experiment.text, experiment.steps, len(starts)
    characters = alphabet(experiment)
    if 2 * 8 * steps * batch * len(characters) > LARGEST:
        fits = max(1, LARGEST // (2 * 8 * batch * len(characters)))
        raise InputError(
            f"A text of {len(characters)} different characters is too large for {steps} steps and a batch of {batch}; "
            f"choose at most {fits} steps, a smaller batch or a shorter text."
        )
    position = np.arange(steps + 1)[:, np.newaxis] + starts
    codes = encoded(experiment, text)[position % len(text)]
    names = tuple(visible(character) for character in characters)
    x, y = (one_hot(part, len(characters)) for part in (codes[:-1], codes[1:]))
    labels = tuple(names[code] for code in codes[:-1, 0])
    return Data(x, y, np.ones(steps, dtype=bool), "categorical", names, names, labels)


def _parts(experiment: Choices, split: Split) -> Parts:
    """Windows that do not pass the text's end, those of its last fifth held out; a short text is one window, trained on
    and tested on."""
    return windows_parted(len(experiment.text), experiment.steps + 1, split)


TEXT = Option(
    "text",
    Annotated[str, msgspec.Meta(min_length=FEWEST, max_length=MOST)],
    "hello",
    "Text",
    "The network reads this text in a loop and predicts each next character.",
    makes=("parameters", "data"),
)
UNKNOWN_CHARACTER = Option(
    "unknown",
    bool,
    False,
    "Unknown character",
    "One more unit, �, for characters that are not in the text.",
    makes=("parameters", "data"),
)
NEXT_CHARACTER = Task(
    "next-character",
    "Next character",
    "Predict the next character of a text, which is read in a loop.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": min(len(experiment.text) - 1, 1000)},
    options=(TEXT, UNKNOWN_CHARACTER),
    stock=Stock(_parts, _pick),
)
