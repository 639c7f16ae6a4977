"""A recorded run of somebody's own model, compared with what is recomputed here from its weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from core.choices import INPUTS, START
from core.diagnosis.asked import EXACT, SINGLE, Item, Kind, Quantity, item, shape_of
from core.diagnosis.diagnosis import Diagnosis
from core.diagnosis.report import Report
from core.diagnosis.symbols import listed
from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.own.recorded import read_recording
from core.own.recording import GRADIENT, Chain, Recording
from core.sentence import Sentence, clauses, plural
from core.trace import Trace

ROUNDED = 0.05  # relative to the largest number: how far off rounding in saturated units puts gradients
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def items_of(trace: Trace, arrays: Mapping[str, Array]) -> list[Item]:
    """What was recorded of the run on show, array by array under its own name: states, and gradients of states, initial
    states, weights and x. What the run was made from is not compared, and what `unchecked` names is not either.

    Raises InputError as `read_recording` does, and where the run is of another network.
    """
    found = read_recording(arrays)
    pairs = list(_pairs(found))
    loosest = max((item("", (), array).tolerance for _, _, array in pairs), default=0.0)  # one dtype makes all of them
    items = []
    for name, quantities, array in pairs:
        for quantity in quantities:
            shape = shape_of(trace, quantity.name, quantity.kind)
            if shape != quantity.array.shape:
                raise InputError(
                    "{name} is {shape}, but {quantity} has {ours} in the run on show; open the recording itself."
                    if shape
                    else "{name} is {shape}, but {quantity} is not there in the run on show; open the recording "
                    "itself.",
                    name=quoted(name),
                    shape=quantity.array.shape,
                    quantity=quantity.name,
                    ours=shape,
                )
        items.append(replace(item(name, quantities, array), tolerance=loosest))
    if not items:
        raise InputError(
            "nothing of it can be compared: {reason}.",
            reason=found.unlike or Sentence("it has neither states nor gradients"),
        )
    return items


def _pairs(found: Recording) -> Iterator[tuple[str, tuple[Quantity, ...], Array]]:
    """The arrays that are compared, each with its name and what it gives."""
    gradients = not found.unlike
    for chain in found.chains:
        for state, ours in found.recorded.items():
            own = f"{chain.part}.{ours}"
            kinds: list[tuple[str, str, Kind]] = [(chain.name(state), own, "value")] if not found.about.dropout else []
            if gradients:
                kinds.append((chain.name(state, GRADIENT), own, "signal"))
                if state in found.states:
                    kinds.append((chain.name(f"{state}0", GRADIENT), f"{own}{START}", "start"))
            for name, quantity, kind in kinds:
                array = found.arrays.get(name)
                if array is not None:
                    yield name, (Quantity(quantity, kind, np.asarray(array, dtype=float)),), array
        if gradients:
            places = dict(_places(found).gradients(chain))
            for name, ours in found.gradients(chain):
                quantities = tuple(
                    Quantity(f"{chain.part}.{key}", "parameter", ours[key], where=places[name][key].astype(int))
                    for key in ours
                )
                yield name, quantities, found.arrays[name]
    array = found.arrays.get(INPUTS + GRADIENT)
    if gradients and array is not None:
        yield INPUTS + GRADIENT, (Quantity(INPUTS, "signal", np.asarray(array, dtype=float)),), array


def _places(found: Recording) -> Recording:
    """The same recording with the place of each number in its array for the number, in all gradients."""
    return replace(
        found,
        arrays={
            name: np.arange(array.size, dtype=float).reshape(array.shape) if name.endswith(GRADIENT) else array
            for name, array in found.arrays.items()
        },
    )


def unchecked(arrays: Mapping[str, Array]) -> tuple[str, ...]:
    """What of a recording cannot be compared, and why, a clause each. Raises InputError as `read_recording` does."""
    found = read_recording(arrays)
    said = []
    gates = [letter for letter in found.recorded if letter not in found.states]
    if gates and not all(found.get(chain, letter) is not None for chain in found.chains for letter in gates):
        said.append(
            Sentence(
                "{gates}, which {library} does not hand out (they are computed here)",
                gates=listed(gates),
                library=found.about.library,
            )
        )
    said.append(
        Sentence(
            "what stands before and after the recurrent layers, and the loss (what came from above is taken as "
            "recorded)"
        )
    )
    if found.unlike:
        said.append(Sentence("the gradients, since {reason}", reason=found.unlike))
    missing = [name for chain in found.chains for name in _expected(found, chain) if name not in found.arrays]
    if not found.unlike and INPUTS + GRADIENT not in found.arrays:
        missing.append(INPUTS + GRADIENT)
    if missing:
        said.append(Sentence("{names}: not in the file", names=listed([quoted(name) for name in missing], 6)))
    return tuple(said)


def _expected(found: Recording, chain: Chain) -> list[str]:
    """The names of what a recording has of every layer, where there is nothing against it."""
    states, weights = found.states, found.library.names[:2]
    expected = [chain.name(state) for state in states]
    if not found.unlike:
        of_gradients = (*states, *(f"{state}0" for state in states), *weights)
        expected += [chain.name(each, GRADIENT) for each in of_gradients]
    return expected


def report_lines(diagnosis: Diagnosis, missing: tuple[str, ...], notation: Notation = ROW) -> Iterator[str]:
    """What there is to say of a recording, line by line; `missing`: of `unchecked`."""
    yield from sentences(diagnosis, notation)
    if not diagnosis.agrees:
        yield from Report(diagnosis, notation).mistake()
    yield Sentence("Not compared: {clauses}.", clauses=clauses(missing))


def sentences(diagnosis: Diagnosis, notation: Notation = ROW) -> Iterator[str]:
    """What the comparison found: how exactly all of it agrees, or the first number that does not."""
    items, count = diagnosis.items, len(diagnosis.items)
    if diagnosis.agrees:
        apart = max(each.apart for each in diagnosis.verdicts)
        yield plural(
            count,
            "Recomputed from the weights in float64, 1 recorded array agrees, to {apart} of the largest number of each "
            "({tolerance} is allowed for {type}).",
            "Recomputed from the weights in float64, all {count} recorded arrays agree, to {apart} of the largest "
            "number of each ({tolerance} is allowed for {type}).",
            apart=parts_text(apart),
            tolerance=parts_text(items[0].tolerance),
            type=_type(items),
        )
        return
    good = sum(each.agrees for each in diagnosis.verdicts)
    yield plural(
        count,
        "Recomputed from the weights in float64, {good} of 1 recorded array agrees.",
        "Recomputed from the weights in float64, {good} of {count} recorded arrays agree.",
        good=good,
    )
    yield Report(diagnosis, notation).difference(recorded=True)
    apart = max(each.apart for each in diagnosis.verdicts)
    if (
        items[0].tolerance > EXACT
        and apart < ROUNDED
        and all(each.agrees for each in diagnosis.verdicts if each.item.forward)
    ):
        yield Sentence(
            "All states agree, and no gradient is further off than {apart}: {type} alone can do that, where a state or "
            "a gate is so near its limit that 1 − s² has few digits left; record in float64 to tell.",
            apart=parts_text(apart),
            type=_type(items),
        )


def parts_text(share: float) -> str:
    """«1 part in 40,000», rounded down; from a million on the power of ten below."""
    parts = (1.0 + 1e-9) / max(share, 1e-15)
    power = math.floor(math.log10(parts))
    if power >= 6:
        return Sentence("1 part in {count}", count=f"10{str(power).translate(_RAISED)}")
    return Sentence("1 part in {count}", count=f"{math.floor(parts / 10**power) * 10**power:,}")


def _type(items: tuple[Item, ...]) -> str:
    return {EXACT: "float64", SINGLE: "float32"}.get(items[0].tolerance, "float16")
