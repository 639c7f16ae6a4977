"""A run's arrays in the layout of a course or a library, under its names: the inverse of `core.own.reading.read`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from core.errors import InputError
from core.maths.arrays import Array
from core.own.layout import COLUMNS, ROWS, STATE_FIRST, TIME_FIRST, UNSAID, Layout, gates_in
from core.own.places import Place
from core.own.presets import PRESETS, Preset, preset_named
from core.own.roles import PLAIN, Role
from core.own.shapes import SEQUENCES, Pattern, patterns_of
from core.trace import Trace

DATA = ("x", "y", "s_0", "c_0")


def named_arrays(trace: Trace) -> dict[str, Array]:
    """What a run is made of, by the names of core.own.places: x, y, initial states, and weights for each gate."""
    found: dict[str, Array] = {"x": trace.data.x, "y": trace.data.y}
    found |= {f"{part}.{name}_0": array for (part, name), array in trace.start.items()}
    return found | trace.named_parameters(trace.parameters)


def named_gradients(trace: Trace) -> dict[str, Array]:
    """∂L/∂ the same, by the same names, as far as there are any: those of x, of the initial states, and of weights."""
    found = dict(trace.exact_parameters.items())
    scan = trace.scans[0].name
    starts = {f"{part}.{name}_0": array for (part, name), array in trace.start_gradients.items()}
    read = {"x": trace.exact[scan, "x"]} if (scan, "x") in trace.exact else {}
    return {**read, **starts, **trace.named_parameters(found)}


def places(trace: Trace, layout: Layout = UNSAID) -> tuple[Place, ...]:
    """Where a run's x, y, initial states and weights stand in a layout, array by array under its names.

    Raises InputError where the run has more than one layer and a dense one, or the layout has no such cell.
    """
    preset = preset_named(layout.preset or PRESETS[0].name)
    layout = layout.over(preset.layout)
    scan, others = trace.scans[0], trace.scans[1:]
    if others or any(each.partition(".")[0] not in (scan.name, "out") for each in trace.parameters):
        raise InputError(
            "{title} has names for one layer and a dense one alone; leave out the layout.", title=preset.title
        )
    blocks = next((each for each in preset.names if sorted(each) == sorted(scan.cell.blocks)), None)
    if blocks is None:
        raise InputError(
            "{title} has no names for the arrays of a {cell}; choose another layout.",
            title=preset.title,
            cell=scan.cell.title,
        )
    return tuple(_places(trace, preset, layout, blocks))


def _places(trace: Trace, preset: Preset, layout: Layout, blocks: tuple[str, ...]) -> Iterator[Place]:
    names, letters = preset.names[blocks], preset.letters.get(blocks, {})
    stacked = gates_in(layout.gates) if layout.gates else preset.stacked.get(blocks, blocks)
    steps, batch, inputs = trace.data.x.shape
    sizes = {"T": steps, "B": batch, "D": inputs, "H": trace.scan.hidden, "O": trace.data.y.shape[2]}
    present = {name.partition("_")[0] if "_q" not in name else name for name in named_arrays(trace)}
    own_bias = "L1.b_q" in trace.parameters
    there = {"b": "L1.b", "b2": "L1.b", "b_q": "L1.b_q", "V": "out.V", "by": "out.b"}
    for kind, text in names.items():
        if kind == "above" or (kind in there and there[kind] not in present):
            continue
        if kind == "c_0" and ("L1", "c") not in trace.start:
            continue
        for gate in blocks if "{}" in text else ("",):
            role = Role(kind, gate)
            both = kind == "b" and own_bias and not {"b2", "b_q"} & set(names)
            place = Place(
                text.format(letters.get(gate, gate)),
                role,
                _pattern(role, preset, layout, both, batch, kind == "y" and trace.experiment.structure == "n-1"),
                sizes,
                (gate,) if gate else stacked,
                layout.joined or STATE_FIRST,
                own_bias,
            )
            yield place


def _pattern(role: Role, preset: Preset, layout: Layout, both: bool, batch: int, last: bool) -> Pattern:
    """An array's shape in letters. `last`: it is of the last step alone."""
    if both:
        return "2", "GH"
    if role.kind in SEQUENCES:
        order, rank = layout.order or TIME_FIRST, 3
        if last:
            return next(each for each in patterns_of(role, 2, ROWS, order) if "T" not in each)
        if not preset.batched and batch == 1:
            return patterns_of(role, 2, ROWS, order)[0]
    elif role.kind in ("s_0", "c_0"):
        if preset.vectors and not preset.batched and batch == 1:
            return "H", "1"
        order, rank = layout.order or TIME_FIRST, 2
    else:
        order, rank = TIME_FIRST, 2 if preset.vectors or role.kind in ("U", "W", "UW", "V") else 1
    return patterns_of(role, rank, layout.weights or COLUMNS, order)[0]


def in_layout(trace: Trace, layout: Layout = UNSAID) -> dict[str, Array]:
    """A run's x, y, initial states and weights in a layout, by its names. Raises InputError as `places` does."""
    own = named_arrays(trace)
    return {place.name: place.theirs(own) for place in places(trace, layout)}


def gradients_in_layout(trace: Trace, layout: Layout = UNSAID) -> dict[str, Array]:
    """The gradients of the same, under the same names with a d in front."""
    own = named_gradients(trace)
    return {
        "d" + place.name: replace(place, role=place.role._replace(gradient=True)).theirs(own)
        for place in places(trace, layout)
        if set(place.keys) & set(own)
    }


def stacked_parameters(named: Mapping[str, Array], blocks: tuple[str, ...]) -> dict[str, Array]:
    """The parameters of a network, "L1.U" with all gates in our order, from one for each gate."""
    if blocks == PLAIN:
        return {name: array for name, array in named.items() if "." in name and not name.endswith("_0")}
    found = {name: array for name, array in named.items() if name.startswith("out.") or name == "L1.b_q"}
    for letter in "UWb":
        keys = [f"L1.{letter}_{gate}" for gate in blocks]
        if all(key in named for key in keys):
            found[f"L1.{letter}"] = np.concatenate([named[key] for key in keys], axis=-1)
    return found
