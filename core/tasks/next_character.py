"""The next character, or word, of a text that the person types: hell → ello."""

from collections.abc import Iterable
from typing import Annotated, Literal

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
WORDS = "words"
_VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}


def alphabet(experiment: Choices) -> tuple[str, ...]:
    """The characters (code points) or words that have a unit: the text's own, sorted, and � after them where `unknown`
    is on."""
    own = sorted(set(pieces(experiment, experiment.text)))
    return (*own, UNKNOWN) if experiment.unknown and UNKNOWN not in own else tuple(own)


def pieces(experiment: Choices, text: str) -> tuple[str, ...]:
    """What a network reads a text in: its characters (code points), or its words, which spaces separate. A language
    that is written without spaces has words where the text is typed with spaces between them."""
    return tuple(text.split() if experiment.text_units == WORDS else text)


def shown_text(experiment: Choices) -> str:
    """What the run on show reads: the text, or the one that is read instead of it."""
    return experiment.read_text if pieces(experiment, experiment.read_text) else experiment.text


def joined(experiment: Choices, found: Iterable[str]) -> str:
    """The inverse of `pieces`, but for how many spaces there were."""
    return (" " if experiment.text_units == WORDS else "").join(found)


def encoded(experiment: Choices, text: str) -> np.ndarray:
    """Return the unit of each character or word of any text, (its pieces,); one without a unit reads the unit of �.

    Raises InputError naming the first one without a unit, where there is none for what is unknown.
    """
    units = {character: unit for unit, character in enumerate(alphabet(experiment))}
    unknown = units.get(UNKNOWN) if experiment.unknown else None
    read = pieces(experiment, text)
    for character in read:
        if character not in units and unknown is None:
            raise InputError(
                "“{character}” is not in the text that the network has learned; leave it out, or switch on the unknown "
                "character (unknown).",
                character=visible(character),
            )
    return np.array([units.get(character, unknown) for character in read], dtype=np.intp)


def visible(character: str) -> str:
    """A character as a label: what would draw nothing gets a sign, or its code. A word is that of its characters."""
    if len(character) > 1:
        return "".join(map(visible, character))
    return (
        character
        if character.isprintable() and character != " "
        else _VISIBLE.get(character, f"U+{ord(character):04X}")
    )


def _make(experiment: Choices) -> Data:
    """One-hot characters or words over `alphabet`; y_t = x_{t+1}; every step supervised. With `zero_start` x_1 is 0 and
    y_1 the first of them, so that the beginning is predicted as well.

    The text, or the one that is read instead of it, is read in a loop, so that any T works; T = its length − 1 reads it
    once. Sample b starts b characters later. Raises InputError where an alphabet of thousands over a long sequence
    would not fit into memory, and where what is read instead has a character that the text has not.
    """
    return _read(experiment, shown_text(experiment), np.arange(experiment.batch))


def _pick(experiment: Choices, starts: np.ndarray) -> Data:
    return _read(experiment, experiment.text, starts)


def _read(experiment: Choices, text: str, starts: np.ndarray) -> Data:
    steps, batch = experiment.steps, len(starts)
    characters = alphabet(experiment)
    if 2 * 8 * steps * batch * len(characters) > LARGEST:
        fits = max(1, LARGEST // (2 * 8 * batch * len(characters)))
        raise InputError(
            "A text of {count} different characters is too large for {steps} steps and a batch of {batch}; choose at "
            "most {fits} steps, a smaller batch or a shorter text.",
            count=len(characters),
            steps=steps,
            batch=batch,
            fits=fits,
        )
    known = encoded(experiment, text)
    position = np.arange(-1 if experiment.zero_start else 0, _used(experiment))[:, np.newaxis] + starts
    codes = known[position % len(known)]
    if experiment.zero_start:
        codes[0] = -1  # no unit: all zeros
    names = tuple(visible(character) for character in characters)
    x, y = (one_hot(part, len(characters)) for part in (codes[:-1], codes[1:]))
    labels = tuple(names[code] if code >= 0 else "" for code in codes[:-1, 0])
    return Data(x, y, np.ones(steps, dtype=bool), "categorical", names, names, labels)


def _parts(experiment: Choices, split: Split) -> Parts:
    """Windows that do not pass the text's end, those of its last fifth held out; a short text is one window, trained on
    and tested on."""
    return windows_parted(len(pieces(experiment, experiment.text)), _used(experiment), split)


def _used(experiment: Choices) -> int:
    """How many characters or words a sequence has, the last target among them."""
    return experiment.steps + (not experiment.zero_start)


def _natural(experiment: Choices) -> dict[str, object]:
    """As many steps as read the text once."""
    length = len(pieces(experiment, shown_text(experiment)))
    return {"loss_at": "every", "steps": min(max(length - (not experiment.zero_start), 1), 1000)}


TEXT = Option(
    "text",
    Annotated[str, msgspec.Meta(min_length=FEWEST, max_length=MOST)],
    "hello",
    "Text",
    "The network reads this text in a loop and predicts each next character.",
    makes=("parameters", "data"),
    along=lambda choices: {"read_text": ""},
)
READ_TEXT = Option(
    "read_text",
    Annotated[str, msgspec.Meta(max_length=MOST)],
    "",
    "Read instead",
    "Another text of the same characters or words, which this run reads; a training reads the text itself.",
    example="the text itself",
    after="zero_start",
    note="characters or words of `text`; a training reads `text` itself",
    makes=("data",),
)
UNKNOWN_CHARACTER = Option(
    "unknown",
    bool,
    False,
    "Unknown character",
    "One more unit, �, for characters that are not in the text.",
    makes=("parameters", "data"),
)
TEXT_UNITS = Option(
    "text_units",
    Literal["characters", "words"],
    "characters",
    "Read by",
    "What one step reads and predicts.",
    words=(
        ("characters", "characters", "One character (code point) a step."),
        (WORDS, "words", "One word a step; spaces separate words."),
    ),
    makes=("parameters", "data"),
    along=lambda choices: {"read_text": ""},
)
ZERO_START = Option(
    "zero_start",
    bool,
    False,
    "Zero start",
    "The first step reads 0 and predicts the beginning of the text.",
    makes=("data",),
)
NEXT_CHARACTER = Task(
    "next-character",
    "Next character",
    "Predict the next character of a text, which is read in a loop.",
    _make,
    natural=_natural,
    options=(TEXT, UNKNOWN_CHARACTER, TEXT_UNITS, ZERO_START, READ_TEXT),
    stock=Stock(_parts, _pick),
)
