"""Which shapes an array can have in a layout, in letters, and the sizes that make all shapes of a file fit at once.

T steps, B samples, D inputs, H units, O outputs; GH are the G gates side by side, DH is D + H; 1 and 2 are themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.own.layout import BATCH_FIRST, COLUMNS, FEATURES_FIRST, TIME_FIRST
from core.own.roles import Role

Pattern = tuple[str, ...]
Shape = tuple[int, ...]
SEQUENCES: Mapping[str, str] = {"x": "D", "y": "O", "s": "H", "c": "H", "h": "GH", "z": "O", "out": "O"}
FIXED = {"1": 1, "2": 2}
_IN_ORDER: Mapping[str, tuple[str, ...]] = {
    TIME_FIRST: ("T", "B", "n"), BATCH_FIRST: ("B", "T", "n"), FEATURES_FIRST: ("n", "B", "T")
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One array to be fitted: the patterns that it can have, the likeliest first."""

    name: str
    shape: Shape
    patterns: tuple[Pattern, ...]
    gates: int = 1  # that stand in it
    needs_batch: bool = False  # a pattern without B is of one sample
    needs_step: bool = False  # a pattern without T is of one step


@dataclass
class Fit:
    """What was found: each array's pattern and the sizes; or how many arrays fitted before the one that did not."""

    patterns: dict[str, Pattern] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    wrong: Item | None = None


def patterns_of(role: Role, rank: int, weights: str, order: str, gates: int = 1) -> tuple[Pattern, ...]:
    """The shapes, in letters, that an array with so many axes can have."""
    columns = weights == COLUMNS
    if role.kind in ("U", "W", "UW", "V"):
        read, made = {"U": ("D", "GH"), "W": ("H", "GH"), "UW": ("DH", "GH"), "V": ("H", "O")}[role.kind]
        found: tuple[Pattern, ...] = ((made, read) if columns else (read, made),)
    elif role.kind in ("b", "b2", "b_q", "by"):
        n = {"by": "O", "b_q": "H"}.get(role.kind, "GH")
        found = ((n,), (n, "1"), ("1", n), *((("2", n),) if role.kind == "b" and gates == 3 else ()))
    elif role.kind in ("s_0", "c_0"):
        batch_first = (("H", "B"), ("B", "H")) if order == FEATURES_FIRST else (("B", "H"), ("H", "1"))
        found = (*batch_first[:1], ("1", "B", "H"), *batch_first[1:], ("H",))
    elif role.kind == "mask":
        return symbol_patterns(order, rank, False)
    else:
        found = _of_sequence(SEQUENCES[role.kind], order, role.kind != "x")
    return tuple(each for each in found if len(each) == rank)


def _of_sequence(n: str, order: str, last: bool) -> tuple[Pattern, ...]:
    """All samples, one sample's columns, one sample, one step of all samples; and where it may be the last step's
    alone, that of one sample, and of all with an axis more."""
    whole = tuple(n if letter == "n" else letter for letter in _IN_ORDER[order])
    one = tuple(letter for letter in whole if letter != "B")
    end = tuple(letter for letter in whole if letter != "T")
    return whole, ("T", n, "1"), one, end, *(((n,), ("1", *end)) if last else ())


def symbol_patterns(order: str, rank: int, last: bool) -> tuple[Pattern, ...]:
    """Of whole numbers that stand for symbols or classes, one for each step."""
    whole = ("T", "B") if order == TIME_FIRST else ("B", "T")
    return tuple(each for each in (whole, ("T",), *((("B",),) if last else ())) if len(each) == rank)


def fit(items: Sequence[Item], known: Mapping[str, int]) -> Fit:
    """The first pattern of each array with which all shapes agree. `known`: sizes that are there before."""
    best = Fit(sizes=dict(known))

    def go(at: int, sizes: dict[str, int], patterns: dict[str, Pattern]) -> Fit | None:
        nonlocal best
        if at == len(items):
            return Fit(patterns, sizes)
        item = items[at]
        for pattern in item.patterns:
            bound = _bound(pattern, item.shape, sizes, item.gates)
            if bound is not None and item.needs_batch and "B" not in pattern:
                bound = bound if bound.setdefault("B", 1) == 1 else None
            if bound is not None and item.needs_step and "T" not in pattern:
                bound = bound if bound.setdefault("T", 1) == 1 else None
            found = None if bound is None else go(at + 1, bound, {**patterns, item.name: pattern})
            if found is not None:
                return found
        if best.wrong is None or len(patterns) > len(best.patterns):
            best = Fit(patterns, sizes, item)
        return None

    return go(0, dict(known), {}) or best


def _bound(pattern: Pattern, shape: Shape, sizes: Mapping[str, int], gates: int) -> dict[str, int] | None:
    """The sizes with those that a shape adds; None where it contradicts them."""
    found = dict(sizes)
    pairs = sorted(zip(pattern, shape, strict=True), key=lambda pair: pair[0] == "DH")  # needs the others
    for letter, size in pairs:
        if size < 1:
            return None
        if letter == "GH":
            letter, size = "H", size / gates
        elif letter == "DH":
            if "H" not in found and "D" not in found:
                return None
            other = "H" if "H" in found else "D"
            letter, size = "D" if other == "H" else "H", size - found[other]
        if size < 1 or size != int(size) or FIXED.get(letter, size) != size:
            return None
        if letter not in FIXED and found.setdefault(letter, int(size)) != size:
            return None
    return found


def shape_text(pattern: Pattern, sizes: Mapping[str, int], gates: int) -> str:
    """«(D, 4H) = (4, 20)», with ? for what is not known."""
    values = {**FIXED, **sizes}
    if "H" in values:
        values["GH"] = gates * values["H"]
        if "D" in values:
            values["DH"] = values["D"] + values["H"]
    numbers = [str(values.get(letter, "?")) for letter in pattern]
    return f"{letters_text(pattern, gates)} = {tuple_text(numbers)}"


def tuple_text(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def letters_text(pattern: Pattern, gates: int) -> str:
    """«(D, 4H)»."""
    return tuple_text(
        [{"GH": f"{gates}H" if gates > 1 else "H", "DH": "D + H"}.get(letter, letter) for letter in pattern]
    )
