"""The ways in which a file can be read, and those of them in which all shapes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.own.layout import COLUMNS, INPUT_FIRST, ORDERS, ROWS, STATE_FIRST, Layout, gates_in
from core.own.presets import Preset
from core.own.roles import FOUR, PLAIN, THREE, Named, Role, plain
from core.own.shapes import SEQUENCES, Fit, Item, fit, patterns_of, shape_text, symbol_patterns
from core.sentence import Sentence, one_of

OUTPUTS = ("z", "out")
ORDER = ("b", "b2", "b_q", "s_0", "c_0", "W", "UW", "U", "V", "by", *SEQUENCES, "mask")  # in which shapes are compared
BLAMED = {"y": 0, "x": 1}  # before weights, where either could be wrong; after gradients


class Trial(NamedTuple):
    """One way to read the file."""

    layout: Layout
    blocks: tuple[str, ...]
    stacked: tuple[str, ...]
    roles: Mapping[str, Role]
    fit: Fit

    @property
    def alike(self) -> tuple[object, ...]:
        """Two readings with the same of it give the same numbers: an axis with one place can stand anywhere."""
        sizes = self.fit.sizes
        patterns = {
            name: tuple(letter for letter in pattern if sizes.get(letter) != 1 and letter != "1")
            for name, pattern in self.fit.patterns.items()
        }
        return patterns, self.roles, self.layout.joined


def fitted(
    arrays: Mapping[str, Array],
    names: Named,
    preset: Preset,
    stated: Layout,
    blocks: tuple[str, ...],
    known: Mapping[str, int],
) -> list[Trial]:
    """All readings that fit, the likeliest first. Raises InputError where there is none."""
    trials = list(_trials(arrays, names, preset, stated, blocks, known))
    fitting = [each for each in trials if each.fit.wrong is None]
    if not fitting:
        raise InputError(_misfit(trials, arrays, known))
    return fitting


def _trials(
    arrays: Mapping[str, Array],
    names: Named,
    preset: Preset,
    stated: Layout,
    blocks: tuple[str, ...],
    known: Mapping[str, int],
) -> Iterator[Trial]:
    usual = stated.over(preset.layout)
    kinds = {role.kind for role in names.roles.values()}
    own = (plain(name).removeprefix("d") for name, role in names.roles.items() if role.kind in ("U", "W"))
    letters = {name[:1] if len(name) <= 2 else "" for name in own}  # U and W, or U_f and W_f
    both = "UW" in kinds
    swaps = letters == {"u", "w"} or (usual.input_letter is not None and letters <= {"u", "w"} and bool(letters))
    ways = product(
        _choices(stated.weights, usual.weights, (ROWS, COLUMNS)),
        _choices(stated.order, usual.order, ORDERS),
        _choices(stated.joined, usual.joined, (STATE_FIRST, INPUT_FIRST)) if both else (None,),
        _choices(stated.input_letter, usual.input_letter, ("u", "w")) if swaps else (None,),
        _stacks(names, preset, stated, blocks),
    )
    for weights, order, joined, letter, stacked in ways:
        layout = replace(usual, preset=preset.name, weights=weights, order=order, joined=joined, input_letter=letter)
        roles = names.roles
        if letter == "w":
            other = {"U": "W", "W": "U"}
            roles = {name: role._replace(kind=other.get(role.kind, role.kind)) for name, role in roles.items()}
        blocks_here = next((each for each in (PLAIN, FOUR, THREE) if sorted(each) == sorted(stacked)), stacked)
        yield Trial(layout, blocks_here, stacked, roles, _fit(arrays, roles, layout, stacked, known))


def _choices(stated: str | None, usual: str | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if stated is not None:
        return (stated,)
    return tuple(dict.fromkeys((usual, *every))) if usual else every  # type: ignore[arg-type]


def _stacks(names: Named, preset: Preset, stated: Layout, blocks: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The gates in the order in which they can be stacked; of gates with arrays of their own the order is nobody's."""
    if stated.gates is not None:
        return (gates_in(stated.gates),)
    kinds = [blocks or names.blocks] if blocks or names.blocks else [PLAIN, FOUR, THREE]
    return tuple(preset.stacked.get(each, each) for each in kinds)


def _fit(
    arrays: Mapping[str, Array], roles: Mapping[str, Role], layout: Layout, stacked: tuple[str, ...],
    known: Mapping[str, int],
) -> Fit:  # fmt: skip
    head = "O" in known or any(role.kind == "V" for role in roles.values())
    items = []
    for name, role in sorted(roles.items(), key=lambda pair: (pair[1].gradient, ORDER.index(pair[1].kind))):
        array, gates = arrays[name], 1 if role.gate else len(stacked)
        found = patterns_of(role, array.ndim, layout.weights or ROWS, layout.order or ORDERS[0], gates)
        if role.kind in OUTPUTS and not head:
            found = tuple(tuple("H" if letter == "O" else letter for letter in each) for each in found)
        if role.kind in ("x", "y") and is_whole(array) and not role.gradient:
            found = (*found, *symbol_patterns(layout.order or ORDERS[0], array.ndim, role.kind == "y"))
        sequence = role.kind in (*SEQUENCES, "mask")
        one_step = role.kind == "x"
        items.append(Item(name, array.shape, found, gates, sequence or role.kind in ("s_0", "c_0"), one_step))
    return fit(items, known)


def is_whole(array: Array) -> bool:
    return array.ndim <= 2 and array.dtype.kind in "iu"


def _misfit(trials: list[Trial], arrays: Mapping[str, Array], known: Mapping[str, int]) -> str:
    """The sentence for the array without which all others fit; else for the first that does not fit those before."""
    roles = trials[0].roles
    blamed = sorted(roles, key=lambda name: -1 if roles[name].gradient else BLAMED.get(roles[name].kind, len(BLAMED)))
    for trial, name in product(trials, blamed):
        rest = {other: role for other, role in trial.roles.items() if other != name}
        found = _fit(arrays, rest, trial.layout, trial.stacked, known)
        if found.wrong is None:
            return _sentence(trial, name, arrays[name].shape, found)
    trial = max(trials, key=lambda each: len(each.fit.patterns))
    assert trial.fit.wrong is not None
    return _sentence(trial, trial.fit.wrong.name, trial.fit.wrong.shape, trial.fit)


def _sentence(trial: Trial, name: str, shape: tuple[int, ...], found: Fit) -> str:
    role = trial.roles[name]
    gates = 1 if role.gate else len(trial.stacked)
    weights, order = trial.layout.weights or ROWS, trial.layout.order or ORDERS[0]
    same_rank = patterns_of(role, len(shape), weights, order, gates)
    ranks = [each for rank in (3, 2, 1) for each in patterns_of(role, rank, weights, order, gates)[:1]]
    wanted = one_of(shape_text(each, found.sizes, gates) for each in (same_rank or ranks)[:2])
    before = [quoted(each) for each in found.patterns if each != name]
    return Sentence(
        "{name} has the shape {shape}, but {wanted} is looked for beside {others}; correct it, or state the layout."
        if before
        else "{name} has the shape {shape}, but {wanted} is looked for; correct it, or state the layout.",
        name=quoted(name),
        shape=shape,
        wanted=wanted,
        others=", ".join(before[:4]) + (" …" if len(before) > 4 else ""),
    )
