"""From the arrays of a recorded run to the experiment and the weights that make it again.

Raises InputError with one sentence for a file that is damaged, mixed with another one or without its weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from core.errors import InputError, quoted
from core.interop.conventions import Imported, refuse_larger, shape_changes
from core.interop.network import Fitted, fit
from core.maths.arrays import Array
from core.maths.losses import GIVEN
from core.own.recording import ABOVE, GATES, GRADIENT, KEEPS, OF_STEPS, RECORDING, ROUNDING, About, Chain, Recording
from core.sentence import Sentence, one_of
from core.tasks.own_arrays import Numbers, packed

NEWEST = 1  # the format that is known


def is_recording(arrays: Mapping[str, Array]) -> bool:
    """Whether arrays are those of a recorded run."""
    return RECORDING in arrays


def read_recording(arrays: Mapping[str, Array], whole: bool = True) -> Recording:
    """A recorded run. `whole`: with all its weights. Raises InputError: another format, a name without a meaning,
    another shape, what is no number, a weight that is missing."""
    try:
        about = msgspec.json.decode(str(arrays[RECORDING]))
        if isinstance(about, dict) and isinstance(about.get("format"), int) and about["format"] > NEWEST:
            raise InputError(
                "a newer recorder has written it (format {format}); use the one of this version.",
                format=about["format"],
            )
        about = msgspec.convert(about, About)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        raise InputError("its array “{recording}” is damaged; record the run again.", recording=RECORDING) from None
    if about.layer not in GATES:
        raise InputError("a layer {layer} cannot be read; record an RNN, a GRU or an LSTM.", layer=quoted(about.layer))
    if any(pattern.count("{}") != 1 for pair in about.chains for pattern in pair) or (
        {len(pair) for pair in about.chains} != {1 if about.join is None else 2}
    ):
        raise InputError("its array “{recording}” is damaged; record the run again.", recording=RECORDING)
    found = Recording(about, {name: array for name, array in arrays.items() if name != RECORDING})
    if "x" not in found.arrays:
        raise InputError("x, which the first layer reads, is missing; record the run again.")
    _refuse_strange(found)
    if whole and found.missing:
        raise InputError(
            "{missing} is missing, so nothing can be recomputed; record it with its weights, or open it by itself in "
            "the window, which shows what it has.",
            missing=quoted(found.missing[0]),
        )
    return found


def _refuse_strange(found: Recording) -> None:
    """Raises InputError for the first array that has no meaning, another shape or numbers that are none."""
    shapes = _shapes(found)
    for name, array in found.arrays.items():
        if name not in shapes:
            raise InputError(
                "“{name}” is no array of this recording; leave it out, or give it by itself.", name=quoted(name)
            )
        if array.dtype.kind != "f":
            raise InputError(
                "{name} does not hold real numbers (its type is {type}); record it again.",
                name=quoted(name),
                type=array.dtype,
            )
        if array.shape not in shapes[name]:
            wanted = one_of(map(str, shapes[name]))
            raise InputError(
                "{name} has the shape {shape}, but {wanted} is looked for; do not mix two recordings.",
                name=quoted(name),
                shape=array.shape,
                wanted=wanted,
            )
        if not np.isfinite(array).all():
            at = int(np.argwhere(~np.isfinite(array))[0][0]) + 1
            raise InputError(
                "{name} has numbers that are not finite, first at step {at}; record an earlier update."
                if array.ndim == 3
                else "{name} has numbers that are not finite; record an earlier update.",
                name=quoted(name),
                at=at,
            )


def _shapes(found: Recording) -> dict[str, tuple[tuple[int, ...], ...]]:
    """Every name that an array can have, with the shapes that it can have then."""
    x = found.arrays["x"]
    if x.ndim != 3 or not x.size:
        raise InputError(
            "x has the shape {shape}, but (T, B, inputs) is looked for; record the run again.", shape=x.shape
        )
    steps, batch, width = x.shape
    shapes: dict[str, tuple[tuple[int, ...], ...]] = {"x": ((steps, batch, width),)}
    gates, library = GATES[found.about.layer], found.library
    for pair in found.about.chains:
        hidden = 0
        for pattern in pair:
            chain = Chain("", pattern)
            hidden = found.hidden(chain)
            matrices = [(width, gates * hidden), (hidden, gates * hidden)]
            for name, shape in zip(library.names[:2], matrices, strict=True):
                shapes[chain.name(name)] = (shape[::-1] if library.columns else shape,)
            both = ((2, gates * hidden),) if gates == 3 and not library.columns else ()
            for name in library.biases:
                shapes[chain.name(name)] = ((gates * hidden,), *both)
            for state in found.states:
                shapes[chain.name(state)] = shapes[chain.name(state, ABOVE)] = ((steps, batch, hidden),)
                shapes[chain.name(state + "0")] = ((batch, hidden),)
            shapes |= dict.fromkeys(map(chain.name, OF_STEPS.get(found.about.layer, ())), ((steps, batch, hidden),))
        width = hidden * (2 if found.about.join == "concat" else 1)
    return shapes | {name + GRADIENT: shape for name, shape in shapes.items() if not name.endswith(ABOVE)}


def from_recording(arrays: Mapping[str, Array]) -> Fitted:
    """The run of a recording: its weights on its x, with what came from above in place of a loss. Raises InputError."""
    found = read_recording(arrays)
    widths = [found.hidden(Chain("", pair[0])) for pair in found.about.chains]
    for width in widths:
        refuse_larger(width, len(widths))
    parameters, origins = {}, {}
    for chain in found.chains:
        for name, array in found.weights(chain).items():
            parameters[f"{chain.part}.{name}"] = array
            origins[f"{chain.part}.{name}"] = chain.pattern.replace("{}", "…")
    x = np.asarray(found.arrays["x"], dtype=float)
    handed, assumed = _handed_in(found)
    last = len(found.top) == 1 and len(x) > 1 and not handed[:-1].any()
    starts = {
        f"{chain.part}.{found.recorded[state]}": np.asarray(array, dtype=float)
        for chain in found.chains
        for state in found.states
        if (array := found.get(chain, state + "0")) is not None
    }
    notes = (
        Sentence("recorded from {model}", model=found.model),
        *([found.unlike] if found.unlike and not assumed else []),
    )
    said = (*notes, *(Sentence("{what}: assumed", what=each) for each in assumed))
    changes: dict[str, object] = {
        **shape_changes(widths, found.about.join),
        **found.layer.choices,
        "cell": found.layer.cell,
        "update": KEEPS.update,
        "head": False,
    }
    steps, batch = x.shape[:2]
    experiment = KEEPS.with_changes(
        task="arrays",
        arrays=packed(Numbers(x, handed, GIVEN.name, last, starts, said)),
        structure="n-1" if last else "n-n",
        steps=steps,
        batch=batch,
    )
    biased = any(name.endswith((".b", ".b_q")) and np.any(array) for name, array in parameters.items()) or any(
        found.get(chain, name) is not None for chain in found.chains for name in found.library.biases
    )
    return fit(experiment, Imported(changes, parameters, origins, assumed, notes, biased))


def _handed_in(found: Recording) -> tuple[Array, tuple[str, ...]]:
    """The gradient on what the top layer makes, (T, B, ·), and what is assumed of it."""
    parts = [found.above(chain) for chain in found.top]
    steps, batch = found.arrays["x"].shape[:2]
    whole = [np.asarray(each, dtype=float) for each in parts if each is not None]
    if len(whole) == len(parts):
        if found.about.join in (None, "concat"):
            return np.concatenate(whole, axis=-1), ()
        if found.about.join == "product" or not np.allclose(*whole, rtol=ROUNDING, atol=ROUNDING * np.abs(whole).max()):
            raise InputError(
                "both directions are joined by {join}, and not the same comes from above to both; record a layer that "
                "joins them by concat.",
                join=found.about.join,
            )
        return whole[0] * (2.0 if found.about.join == "mean" else 1.0), ()
    width = found.hidden(found.top[0]) * (len(parts) if found.about.join == "concat" else 1)
    assumed = Sentence("no backward pass was recorded, so 1 for every number of the output")
    return np.ones((steps, batch, width)), (assumed,)
