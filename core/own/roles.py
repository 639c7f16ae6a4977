"""What an array is by its name, in the ways in which courses and libraries name them.

Names are compared without case, underscores and dots: W_xh, Wxh and w_xh are one. A d before a name is its gradient.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from core.errors import InputError, quoted

# By kind: the names without d. Those of a matrix and a bias here are of all gates together, or of a cell without gates.
NAMES: Mapping[str, tuple[str, ...]] = {
    "x": ("x", "xs", "inputs", "input"),
    "y": ("y", "ys", "targets", "target", "labels"),
    "mask": ("mask", "counted"),
    "s_0": ("h0", "a0", "s0", "hprev", "prevh", "aprev", "hinit", "hx"),
    "c_0": ("c0", "cprev", "prevc", "cinit", "cx"),
    "U": ("u", "wx", "wxh", "wax", "wih", "weightih", "kernel", "win"),
    "W": ("w", "wh", "whh", "waa", "weighthh", "recurrentkernel", "wrec"),
    "b": ("b", "bh", "ba", "bias", "bih", "biasih"),
    "b2": ("bhh", "biashh", "recurrentbias"),
    "b_q": ("bq",),
    "V": ("v", "why", "wya", "wy", "wvocab", "fcweight", "linearweight", "densekernel", "wout", "outv"),
    "by": ("by", "bz", "bvocab", "fcbias", "linearbias", "densebias", "bout", "outb"),
    "s": ("s", "h", "hs", "a", "states", "hidden", "nexth", "hnext", "anext"),
    "c": ("c", "cs", "nextc", "cnext"),
    "z": ("z", "zs", "logits", "scores"),
    "out": ("out", "output", "outputs", "yhat", "ypred", "ps", "probs"),
}
OWN = {"a": "out", "h": "h"}  # what other names mean in this program
KIND_OF = {name: kind for kind, names in NAMES.items() for name in names}

# The blocks of a cell without gates, of an LSTM and of a GRU; and of the latter the letters that others write.
PLAIN, FOUR, THREE = ("",), ("i", "f", "g", "o"), ("r", "u", "n")
GATES: Mapping[tuple[str, ...], Mapping[str, tuple[str, ...]]] = {
    FOUR: {"i": ("i",), "f": ("f",), "g": ("g", "c"), "o": ("o",)},
    THREE: {"r": ("r",), "u": ("z", "u"), "n": ("n", "c", "h", "g")},
}
# How an array of one gate is called: what reads x, what reads the state. None: one matrix reads both, put together.
SCHEMES: tuple[tuple[str | None, str], ...] = (
    ("wx{}", "wh{}"),
    ("wi{}", "wh{}"),
    ("w{}x", "w{}h"),
    ("u{}", "w{}"),
    (None, "w{}"),
)
BIASES: tuple[tuple[str, ...], ...] = (("b{}",), ("bi{}", "bh{}"), ("bx{}", "bh{}"), ())


class Role(NamedTuple):
    """What an array is. `kind`: a key of NAMES, or "UW" for one matrix that reads both x and the state; `gate`: our
    letter of the gate that it is of, "" for all of them; `gradient`: ∂L/∂ of that."""

    kind: str
    gate: str = ""
    gradient: bool = False


class Named(NamedTuple):
    """The arrays of a file by what they are: a role for each name, and of the weights the blocks that the names tell
    (none where no name tells a gate) with the letter that stands for each of our gates."""

    roles: dict[str, Role]
    blocks: tuple[str, ...]
    letters: dict[str, str]


@functools.lru_cache(maxsize=1000)
def plain(name: str) -> str:
    """A name as it is compared: without case, underscores, dots and this program's L1. In a state_dict of PyTorch the
    module's name goes, any linear layer is fc, and .grad at the end is a d in front."""
    text = name.strip().lower().removeprefix("l1.")
    start, text = ("d", text.removesuffix(".grad")) if text.endswith(".grad") else ("", text)
    if (cell := re.fullmatch(r"(d(?:_|\b)?)?.*?((?:weight|bias)_[ih]h)(?:_l0)?", text)) is not None:
        start, text = start or (cell[1] or ("d" if text[:1] == "d" and "." in text else "")), cell[2]
    elif (linear := re.fullmatch(r"(?!emb)(\w+)\.(weight|bias)", text)) is not None:
        start, text = start or ("d" if linear[1].startswith("dfc") else ""), f"fc.{linear[2]}"
    return re.sub(r"[^a-z0-9]", "", start + text)


def named(names: Iterable[str], ours: bool = False) -> Named:
    """The roles of arrays by their names. `ours`: a and h mean the output and the pre-activation, as in this program.

    Raises InputError for a name that means nothing here, and for two that mean the same.
    """
    all_names = list(names)
    blocks, letters, by_gate = _gates({plain(name) for name in all_names})
    roles: dict[str, Role] = {}
    for name in all_names:
        role = _role(plain(name), by_gate, ours)
        if role is None:
            known = "x, h0, c0, Wx, Wh, b, Wf, bf …, Why, by, y, or dh for a gradient handed in"
            raise InputError(
                "“{name}” is no name that is looked for ({known}); rename it or leave it out.",
                name=quoted(name),
                known=known,
            )
        same = next((other for other, its in roles.items() if its == role), None)
        if same is not None:
            raise InputError(
                "“{same}” and “{name}” mean the same array; leave one of them out.",
                same=quoted(same),
                name=quoted(name),
            )
        roles[name] = role
    weights = {role.kind for role in roles.values()}
    matrices = [plain(name) for name, role in roles.items() if role.kind == "W"]
    alone = by_gate == {} and "U" not in weights and all(re.fullmatch("(d|grad)?w", each) for each in matrices)
    if alone and matrices:  # one matrix alone reads both
        roles = {name: role._replace(kind="UW") if role.kind == "W" else role for name, role in roles.items()}
    return Named(roles, blocks, letters)


def known_kind(name: str) -> str | None:
    """What an array is by a name that is of no gate, a key of NAMES; None for a name that says nothing."""
    role = _role(plain(name), {}, ours=False)
    return role and ("d" * role.gradient + role.kind)


def _role(name: str, by_gate: Mapping[str, Role], ours: bool) -> Role | None:
    for gradient in (False, True):
        bare = re.sub("^(d|grad)", "", name) if gradient else name
        if gradient and bare == name:
            return None
        if bare in by_gate:
            return by_gate[bare]._replace(gradient=gradient)
        if ours and bare in OWN:
            return Role(OWN[bare], "", gradient)
        if bare in KIND_OF:
            return Role(KIND_OF[bare], "", gradient)
    return None


def _gates(names: set[str]) -> tuple[tuple[str, ...], dict[str, str], dict[str, Role]]:
    """The blocks of the cell whose gates the names tell, their letters, and the roles of the names that have a gate."""
    there = names | {re.sub("^(d|grad)", "", name) for name in names}
    for blocks, letters in _letters():
        for scheme in SCHEMES:
            wanted = {template.format(letter) for template in scheme if template for letter in letters.values()}
            if not wanted <= there:
                continue
            found: dict[str, Role] = {}
            read, recurrent = scheme
            for gate, letter in letters.items():
                found[recurrent.format(letter)] = Role("UW" if read is None else "W", gate)
                if read is not None:
                    found[read.format(letter)] = Role("U", gate)
            for biases in BIASES:
                if all(template.format(letter) in there for template in biases for letter in letters.values()):
                    for kind, template in zip(("b", "b2"), biases, strict=False):
                        found |= {template.format(letter): Role(kind, gate) for gate, letter in letters.items()}
                    break
            return blocks, dict(letters), found
    return (), {}, {}


def _letters() -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Every cell with gates, with every way to write them."""
    for blocks, gates in GATES.items():
        ways: list[dict[str, str]] = [{}]
        for gate, letters in gates.items():
            ways = [{**way, gate: letter} for way in ways for letter in letters]
        for way in ways:
            yield blocks, way
