"""How somebody's arrays are laid out: what can be said of it, in the words in which it is also reported."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

from core.errors import InputError, quoted
from core.maths.losses import LOSSES
from core.own.roles import GATES

ROWS, COLUMNS = "rows", "columns"
TIME_FIRST, BATCH_FIRST, FEATURES_FIRST = "time first", "batch first", "features first"
STATE_FIRST, INPUT_FIRST = "[h, x]", "[x, h]"
ORDERS = (TIME_FIRST, BATCH_FIRST, FEATURES_FIRST)
BIASES = {"one bias": 1, "two biases": 2}


@dataclass(frozen=True)
class Layout:
    """What is said of a layout; None where nothing is said.

    `preset`: a course's or library's name (core.own.presets); what else is said goes before what it says. `weights`:
    ROWS for x·W with W (in, out), COLUMNS for W·x with W (out, in). `order` of sequences: TIME_FIRST (T, B, n),
    BATCH_FIRST (B, T, n), FEATURES_FIRST (n, B, T). `gates`: the letters of stacked gates in their order, "ifog".
    `joined`: of one matrix that reads both, what its part for the state and for x are: STATE_FIRST or INPUT_FIRST.
    `biases`: how many vectors of them a layer has. `input_letter`: of matrices U_f and W_f that of those that read x.
    `above`: the name of the array that is the gradient handed in. `loss`: of the targets, a name of core.maths.losses.
    """

    preset: str | None = None
    weights: str | None = None
    order: str | None = None
    gates: str | None = None
    joined: str | None = None
    biases: int | None = None
    input_letter: str | None = None
    above: str | None = None
    loss: str | None = None

    def over(self, other: Layout) -> Layout:
        """What this one says, and of the rest what the other says."""
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(other, **{name: value for name, value in own.items() if value is not None})


UNSAID = Layout()
WORDS = (
    "rows (x·W), columns (W·x), time first (T, B, n), batch first (B, T, n), features first (n, B, T), gates i f o g, "
    "[h, x], [x, h], one bias, two biases, U reads x, W reads x, dh from above, loss squared (binary, categorical)"
)


def layout_from(text: str, presets: tuple[str, ...] = ()) -> Layout:
    """The layout that words separated by commas say: "cs231n, batch first, gates i f o g". `presets`: their names.

    Raises InputError for a word without a meaning, for two that contradict each other, and for letters that are the
    gates of no cell.
    """
    found: dict[str, str | int] = {}
    for word in _split(text):
        name, value = _meaning(word, presets)
        if found.setdefault(name, value) != value:
            raise InputError(
                "“{text}” says both “{found}” and “{word}”; leave one of them out.",
                text=quoted(text),
                found=found[name],
                word=quoted(word),
            )
    return Layout(**found)  # type: ignore[arg-type]


def gates_in(letters: str) -> tuple[str, ...]:
    """The gates of a cell in the order of these letters, by our letters; none where they are no cell's."""
    for gates in GATES.values():
        ours = tuple(next((gate for gate, known in gates.items() if letter in known), "") for letter in letters)
        if sorted(ours) == sorted(gates):
            return ours
    return ()


def _split(text: str) -> list[str]:
    words = re.split(r",(?![^\[]*\])", text)
    return [" ".join(word.split()) for word in words if word.strip()]


def _meaning(word: str, presets: tuple[str, ...]) -> tuple[str, str | int]:
    lowered = word.lower()
    if lowered in presets:
        return "preset", lowered
    if lowered in (ROWS, COLUMNS):
        return "weights", lowered
    if lowered in ORDERS:
        return "order", lowered
    if lowered in BIASES:
        return "biases", BIASES[lowered]
    if (loss := re.fullmatch(r"loss (\w+)", lowered)) and loss[1] in [each.name for each in LOSSES]:
        return "loss", loss[1]
    if letter := re.fullmatch(r"([uw]) reads x", lowered):
        return "input_letter", letter[1]
    joined = re.fullmatch(r"\[ ?([ahsx]) ?[;,] ?([ahsx]) ?\]", lowered)
    if joined and (joined[1] == "x") != (joined[2] == "x"):
        return "joined", INPUT_FIRST if joined[1] == "x" else STATE_FIRST
    if gates := re.fullmatch(r"gates ((?:[a-z] ?)+)", lowered):
        letters = gates[1].replace(" ", "")
        if not gates_in(letters):
            raise InputError(
                "“{word}”: these are the gates of no cell; an LSTM's are i, f, o and g (or c), a GRU's r, z (or u) and "
                "n (or h).",
                word=quoted(word),
            )
        return "gates", letters
    if above := re.fullmatch(r"(\S+) from above", word):
        return "above", above[1]
    raise InputError(
        "“{word}” says nothing of a layout; it can be {presets}, or {words}.",
        word=quoted(word),
        presets=", ".join(presets),
        words=WORDS,
    )
