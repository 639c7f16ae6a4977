"""Where the numbers of somebody's array stand here: from their layout to ours and back, for values and gradients alike.

Our names are those of a trace with a matrix for each gate: "L1.U_f" (I, H), "L1.W_f" (H, H), "L1.b_f", "out.V",
"out.b", "L1.s_0" (B, H), "L1.c_0", and the sequences "x", "y", "L1.s", "L1.c", "out.z", "out.a", each (T, B, n). A cell
without gates has "L1.U", "L1.W" and "L1.b".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.maths.arrays import Array
from core.own.layout import STATE_FIRST
from core.own.roles import Role
from core.own.shapes import SEQUENCES, Pattern

NAME_OF = {"x": "x", "y": "y", "s_0": "L1.s_0", "c_0": "L1.c_0", "V": "out.V", "by": "out.b", "s": "L1.s", "c": "L1.c",
           "h": "L1.h", "z": "out.z", "out": "out.a", "b_q": "L1.b_q", "mask": "mask"}  # fmt: skip
CANONICAL: Mapping[str, Pattern] = {
    **{kind: ("T", "B", n) for kind, n in SEQUENCES.items()},
    "mask": ("T", "B"), "s_0": ("B", "H"), "c_0": ("B", "H"),
    "U": ("D", "GH"), "W": ("H", "GH"), "UW": ("DH", "GH"), "V": ("H", "O"),
    "b": ("GH",), "b2": ("GH",), "b_q": ("H",), "by": ("O",),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One array of theirs. `pattern`: its shape in letters (core.own.shapes); `gates`: our letters of the gates that
    stand in it, in its order; `joined`: of a matrix that reads both, which part comes first; `own_bias`: the last gate
    has a bias inside the reset product, b_q; `classes`: where whole numbers stand for symbols, how many there are."""

    name: str
    role: Role
    pattern: Pattern
    sizes: Mapping[str, int]
    gates: tuple[str, ...] = ("",)
    joined: str = STATE_FIRST
    own_bias: bool = False
    classes: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """Our names of what stands in it."""
        if self.role.kind in NAME_OF:
            return (NAME_OF[self.role.kind],)
        return tuple(key for part in self._parts for key in part)

    def ours(self, array: Array) -> dict[str, Array]:
        """By our names, float64. Two biases that are added both give b: whoever wants the value adds them up."""
        if self.classes:
            array, pattern = np.eye(self.classes)[array], (*self.pattern, SEQUENCES[self.role.kind])
        else:
            array, pattern = np.asarray(array, dtype=float), self.pattern
        own = _arranged(array, pattern, self._canonical)
        if self.role.kind in NAME_OF:
            return {NAME_OF[self.role.kind]: own}
        found: dict[str, Array] = {}
        for keys, part in zip(self._parts, self._split(own), strict=True):
            blocks = np.split(part, len(self.gates), axis=-1)
            for key, block in zip(keys, blocks, strict=True):
                found[key] = np.ascontiguousarray(block)
        return found

    def indices(self, array: Array) -> dict[str, Array]:
        """By our names, of each number of `ours` where it stands in the array, counted through all of its axes. Of
        symbols each class has the symbol's place."""
        places = np.arange(array.size, dtype=float).reshape(array.shape)  # exact up to 2⁵³ numbers
        plain = self
        if self.classes:
            places = np.repeat(places[..., None], self.classes, axis=-1)
            plain = replace(self, classes=0, pattern=(*self.pattern, SEQUENCES[self.role.kind]))
        return {name: each.astype(int) for name, each in plain.ours(places).items()}

    def theirs(self, ours: Mapping[str, Array]) -> Array:
        """The array in their layout, from arrays by our names: the inverse of `ours`. Of two biases that are added the
        first is b and the second 0; their gradients (`role.gradient`) are both that of b. What `ours` lacks of a bias
        is 0. Symbols are the largest of their row."""
        if self.role.kind in NAME_OF:
            own = ours[NAME_OF[self.role.kind]]
            if self.classes:
                return _back(own.argmax(axis=-1), ("T", "B"), self.pattern)
        else:
            parts = [
                np.concatenate([self._block(letter, key, ours) for key in keys], axis=-1)
                for letter, keys in zip(self._letters, self._parts, strict=True)
            ]
            own = np.stack(parts) if "2" in self.pattern else np.concatenate(parts, axis=0)
        return _back(own, self._canonical, self.pattern)

    @property
    def _canonical(self) -> Pattern:
        found = CANONICAL[self.role.kind]
        if (
            "O" in found and self.role.kind in ("z", "out") and "H" in self.pattern
        ):  # without a dense layer the state is the output
            found = tuple("H" if letter == "O" else letter for letter in found)
        return ("2", *found) if "2" in self.pattern else found

    @property
    def _letters(self) -> str:
        """What stands in it along the axis that is read: U, W, b, or 2 for the second of two biases."""
        if "2" in self.pattern:
            return "b2"
        return {"b2": "2", "UW": "WU" if self.joined == STATE_FIRST else "UW"}.get(self.role.kind, self.role.kind)

    @property
    def _parts(self) -> tuple[tuple[str, ...], ...]:
        """Our names in the array, for each of these letters gate by gate."""
        return tuple(tuple(self._key(letter, gate) for gate in self.gates) for letter in self._letters)

    def _block(self, letter: str, key: str, ours: Mapping[str, Array]) -> Array:
        second = letter == "2" and key != NAME_OF["b_q"] and not self.role.gradient
        return np.zeros(self.sizes["H"]) if second or key not in ours else ours[key]

    def _key(self, letter: str, gate: str) -> str:
        if letter == "2":
            letter = "b"
            if self.own_bias and gate == "n":
                return NAME_OF["b_q"]
        return f"L1.{letter}_{gate}" if gate else f"L1.{letter}"

    def _split(self, own: Array) -> list[Array]:
        if "2" in self.pattern:
            return list(own)
        if self.role.kind != "UW":
            return [own]
        return np.split(own, [self.sizes["H" if self.joined == STATE_FIRST else "D"]], axis=0)


def _arranged(array: Array, pattern: Pattern, wanted: Pattern) -> Array:
    """The axes in the wanted order; those that the array lacks have one place."""
    letters = [letter for letter in pattern if letter != "1"]
    array = array.reshape([size for size, letter in zip(array.shape, pattern, strict=True) if letter != "1"])
    array = array.transpose([letters.index(letter) for letter in wanted if letter in letters])
    sizes = iter(array.shape)
    return np.ascontiguousarray(array.reshape([next(sizes) if letter in letters else 1 for letter in wanted]))


def _back(own: Array, canonical: Pattern, pattern: Pattern) -> Array:
    """The inverse. Of what the pattern has no axis for it is the last place: one sample, or the last step."""
    own = own[tuple(slice(None) if letter in pattern else -1 for letter in canonical)]
    letters = [letter for letter in canonical if letter in pattern]
    own = own.transpose([letters.index(letter) for letter in pattern if letter != "1"])
    sizes = iter(own.shape)
    return np.ascontiguousarray(own.reshape([1 if letter == "1" else next(sizes) for letter in pattern]))
