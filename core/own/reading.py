"""Somebody's arrays by name, in the layout that they have, as ours: what each is, and what was assumed of it.

Names say what an array is, shapes how it lies: of all layouts that nothing excludes, those are tried that are stated,
then the one of the course or library whose names these are, then the others. Where several fit, the first is taken,
and `said` says which; where none fits, one sentence says which array does not, and what shape was looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.own.incoming import incoming
from core.own.layout import STATE_FIRST, UNSAID, Layout
from core.own.places import Place
from core.own.presets import PRESETS, Preset, preset_named
from core.own.report import said
from core.own.roles import THREE, Named, Role, named, plain
from core.own.shapes import SEQUENCES, Fit
from core.own.trials import Trial, fitted, is_whole
from core.sentence import Sentence, all_of

DATA = ("x", "y", "mask", "s_0", "c_0")
WEIGHTS = ("W", "UW", "U", "b", "b2", "b_q", "V", "by")
HANDED_IN = ("s", "z", "out", "y", "h")  # what a gradient from above can be of


class Above(NamedTuple):
    """A gradient handed in: the learner's name of it, the quantity that it is of ("s" the state, "z" the output's
    pre-activation, "out" the output, "h" the pre-activation), and its numbers, (T, B, n); (1, B, n): of the last step
    alone."""

    name: str
    of: str
    gradient: Array


@dataclass(frozen=True)
class Own:
    """What a file says.

    `blocks` are the cell's, in our order (("",) for one without gates, none where the file has no weights); `choices`
    are fields of an experiment that follow from names and shapes: reset and update of a GRU. `layout` is the whole
    layout as it was found, `sizes` T, B, D, H and O as far as they are known.

    `arrays`: x (T, B, D), y (T, B, O) or (1, B, O) for the last step alone, initial states "L1.s_0" (B, H), and the
    weights with a matrix for each gate, "L1.U_f", "out.V" (core.own.places has all names). `above` is the gradient
    handed in. `given` are arrays that say what somebody has computed, in their own layout by their own names:
    gradients (dWx) and values (h). `places` turns any array of the file, and gradients of the same shape, into ours
    and back. `said`: clauses on how it was read, and `assumed` those of them that nothing in the file shows.
    """

    blocks: tuple[str, ...]
    choices: dict[str, str]
    layout: Layout
    sizes: dict[str, int]
    arrays: dict[str, Array]
    above: Above | None
    given: dict[str, Array]
    places: dict[str, Place]
    said: tuple[str, ...]
    assumed: tuple[str, ...]


def read(
    arrays: Mapping[str, Array],
    layout: Layout = UNSAID,
    blocks: tuple[str, ...] = (),
    chosen: Mapping[str, str] | None = None,
    known: Mapping[str, int] | None = None,
) -> Own:
    """What arrays of any numeric type say; nothing is rescaled, and a float32 becomes the float64 of the same value.

    `layout`: what is stated. `blocks`: those of a cell that was chosen. `chosen`: fields of the experiment that were
    (reset, update). `known`: sizes of a run that is there already, "T", "B", "D", "H", "O": then a file of gradients
    alone can be read. Raises InputError: a name without a meaning, an array that is missing or of no shape that fits.
    """
    arrays = incoming(arrays)
    stated = preset_named(layout.preset) if layout.preset else None
    names = named(arrays, ours=layout.preset == PRESETS[0].name)
    preset = stated or _preset_of(names)
    found = fitted(arrays, names, preset, layout, blocks, known or {})
    return _own(arrays, names, preset, layout, dict(chosen or {}), found)


def places_of(
    arrays: Mapping[str, Array],
    layout: Layout,
    blocks: tuple[str, ...],
    chosen: Mapping[str, str],
    known: Mapping[str, int],
) -> tuple[dict[str, Place], str]:
    """Where the numbers of each array of a file stand, of a run that is there already, so that nothing is handed in and
    nothing is missing; and the order of the axes of its sequences. Arguments and errors as of `read`."""
    arrays = incoming(arrays)
    stated = preset_named(layout.preset) if layout.preset else None
    names = named(arrays, ours=layout.preset == PRESETS[0].name)
    preset = stated or _preset_of(names)
    first = fitted(arrays, names, preset, layout, blocks, known)[0]
    return _places(arrays, first, chosen.get("reset") == "after"), first.layout.order or ""


def _places(arrays: Mapping[str, Array], trial: Trial, after: bool) -> dict[str, Place]:
    sizes = trial.fit.sizes
    return {
        name: Place(
            name, role, trial.fit.patterns[name], sizes,
            (role.gate,) if role.gate else trial.stacked,
            trial.layout.joined or STATE_FIRST,
            after,
            _classes(name, arrays[name], role, trial.fit, sizes),
        )
        for name, role in trial.roles.items()
    }  # fmt: skip


def _own(
    arrays: Mapping[str, Array],
    names: Named,
    preset: Preset,
    stated: Layout,
    chosen: dict[str, str],
    trials: list[Trial],
) -> Own:
    first = trials[0]
    roles, sizes = first.roles, first.fit.sizes
    present = {role.kind for role in roles.values() if not role.gradient}
    weights = {role.kind for role in roles.values() if role.kind in WEIGHTS}
    blocks = first.blocks if weights & {"U", "W", "UW", "b"} else ()
    choices, of_gates = _gru(blocks, names, preset, chosen, first)
    places = _places(arrays, first, choices.get("reset") == "after")
    above = _above(arrays, roles, places, stated, "y" in present)
    found: dict[str, Array] = {}
    given: dict[str, Array] = {}
    for name, role in roles.items():
        if role.gradient or role.kind not in (*DATA, *WEIGHTS):
            if above is None or name != above.name:
                given[name] = arrays[name]
            continue
        for key, array in places[name].ours(arrays[name]).items():
            found[key] = found[key] + array if key in found else array
    if above is not None:
        sizes.setdefault("T", len(above.gradient))
    _refuse_missing(present)
    clauses, assumed = said(names, preset, stated, trials, places, above and above.name)
    assumed = (*assumed, *of_gates)
    return Own(blocks, choices, first.layout, sizes, found, above, given, places, clauses, assumed)


def _gru(
    blocks: tuple[str, ...],
    names: Named,
    preset: Preset,
    chosen: dict[str, str],
    trial: Trial,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Where a GRU's reset gate acts and what its update gate says, and which of that is assumed."""
    if blocks != THREE:
        return {}, ()
    two = any(role.kind in ("b2", "b_q") for role in trial.roles.values())
    two = two or any("2" in pattern for pattern in trial.fit.patterns.values())
    letter = names.letters.get("u", preset.letters.get(THREE, {}).get("u", "u"))
    keeps = preset.keeps if preset.name != PRESETS[0].name else letter == "z"
    found = {"reset": "after" if two else "before", "update": "keeps" if keeps else "writes"}
    texts = {
        "reset": Sentence("the reset gate after the product" if two else "the reset gate before the product"),
        "update": Sentence(
            "{gate} near 1 keeps the state" if keeps else "{gate} near 1 writes the candidate", gate=letter
        ),
    }
    assumed = tuple(texts[name] for name in found if name not in chosen and not (two and name == "reset"))
    return {**found, **{name: value for name, value in chosen.items() if name in found}}, assumed


def _classes(name: str, array: Array, role: Role, fit: Fit, sizes: Mapping[str, int]) -> int:
    """How many symbols whole numbers can stand for; 0 where they stand for themselves."""
    letter = SEQUENCES.get(role.kind)
    if letter is None or letter in fit.patterns[name] or role.gradient or not is_whole(array):
        return 0
    count = sizes.get(letter) or (sizes.get("H") if role.kind == "y" else None) or int(array.max(initial=0)) + 1
    if array.min(initial=0) < 0 or array.max(initial=0) >= count:
        wrong = int(array.max() if array.min() >= 0 else array.min())
        raise InputError(
            "{name} has the number {wrong}, but there are {count} symbols, 0 to {last}, by the weights.",
            name=quoted(name),
            wrong=wrong,
            count=count,
            last=count - 1,
        )
    return count


def _above(
    arrays: Mapping[str, Array],
    roles: Mapping[str, Role],
    places: Mapping[str, Place],
    stated: Layout,
    has_targets: bool,
) -> Above | None:
    """The gradient handed in: the one that is stated; else, where there are no targets, the only one of a sequence."""
    possible = [name for name, role in roles.items() if role.gradient and role.kind in HANDED_IN]
    if stated.above is not None:
        found = [name for name in possible if name == stated.above]
        if not found:
            raise InputError(
                "“{above} from above”: it is no gradient of a sequence here; there are {possible}."
                if possible
                else "“{above} from above”: it is no gradient of a sequence here; there is none of a sequence.",
                above=quoted(stated.above),
                possible=", ".join(map(quoted, possible)),
            )
        if has_targets:
            raise InputError(
                "there are targets y, and {found} from above takes the place of a loss; leave one of them out.",
                found=quoted(found[0]),
            )
    elif has_targets:
        return None
    else:
        found = possible
        if len(found) > 1:
            found = [name for name in possible if "T" in places[name].pattern] or possible
        if len(found) > 1:
            raise InputError(
                "{names} are gradients of sequences; say which of them is handed in from above, “{found} from above”, "
                "or leave the others out.",
                names=all_of(map(quoted, found)),
                found=quoted(found[0]),
            )
        if not found:
            return None
    (name,) = found
    besides = [each for each, role in roles.items() if role.gradient and role.kind == "c" and "next" in plain(each)]
    if besides:
        raise InputError(
            "{other} is a gradient of the cell state that comes from above, and only one can be handed in; set it to 0 "
            "and leave it out, or check all steps together, with {name} of every step.",
            other=quoted(besides[0]),
            name=quoted(name),
        )
    (array,) = places[name].ours(arrays[name]).values()
    kind = roles[name].kind
    return Above(name, "out" if kind == "y" else kind, array)


def _refuse_missing(present: set[str]) -> None:
    if not present:
        return  # gradients alone
    if present & {"U", "W"} and not {"U", "W"} <= present:
        raise InputError(
            "the matrix that reads the state is missing; add it under a name that says so (Wh, Whh, Waa, W or for each "
            "gate)."
            if "U" in present
            else "the matrix that reads the inputs is missing; add it under a name that says so (Wx, Wxh, Wax, U or "
            "for each gate)."
        )


def _preset_of(names: Named) -> Preset:
    """The one that uses most of the names; the first of several."""

    def used(preset: Preset) -> int:
        best = 0
        for blocks, own in preset.names.items():
            letters = preset.letters.get(blocks, {}).values()
            spelled = {plain(text.format(letter)) for text in own.values() for letter in (letters or ("",))}
            spelled |= {"d" + each for each in spelled}
            count = sum(plain(name) in spelled for name in names.roles)
            best = max(best, count)
        return best

    return max(PRESETS, key=used)
