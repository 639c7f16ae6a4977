"""From somebody's arrays to an experiment and the parameters to run it with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from core.cells import CELLS, cell_named
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.interop.conventions import NOTHING_SAID, Imported, refuse_larger
from core.interop.files import numbers
from core.interop.libraries import library_of
from core.interop.network import Fitted, fit
from core.maths.arrays import Array
from core.maths.losses import CATEGORICAL, GIVEN, SQUARED
from core.options import names_of
from core.own.incoming import has_order
from core.own.layout import UNSAID, Layout
from core.own.reading import Own, read
from core.own.recorded import from_recording, is_recording
from core.own.roles import PLAIN, known_kind
from core.own.template import from_template, is_template
from core.own.without_weights import is_without_weights
from core.own.writing import stacked_parameters
from core.sentence import Sentence, all_of, listed
from core.tasks.own_arrays import Numbers, packed

# What lies beside a library's weights.
BESIDE = ("x", "y", "mask", "s_0", "c_0", "ds", "dz", "dout", "dy", "s", "z", "out")


def experiment_of(
    arrays: Mapping[str, Array],
    experiment: Experiment | None = None,
    layout: Layout = UNSAID,
    chosen: Collection[str] = (),
) -> tuple[Fitted, Own | None]:
    """What arrays make of an experiment: the one that runs on them, with their weights. What somebody has computed, and
    how the arrays lie, is in the second; None where all of them are a library's weights of several layers, or those of
    a recorded run.

    `chosen` names the fields that somebody has chosen in `experiment`. Without an x the task stays, and the arrays are
    its weights. Raises InputError as `read` does, and where the network would not fit.
    """
    base = experiment or Experiment()
    if is_recording(arrays):
        if chosen or layout != UNSAID:
            stated = ", ".join(sorted(chosen)) or Sentence("the layout")
            raise InputError("a recorded run says itself what it is; leave out {stated}.", stated=stated)
        return from_recording(arrays), None
    if is_template(arrays):
        return from_template(arrays), None
    if not chosen and is_without_weights(arrays):
        raise InputError(
            "it has states or gates, but no weights to make them again; add the weights, or open it by itself in the "
            "window, which shows what it has."
        )
    weights = {name: array for name, array in arrays.items() if known_kind(name) not in BESIDE}
    if library_of(weights) is not None and not _alone(weights):
        return _of_library(weights, arrays, base, layout, chosen), None
    blocks = cell_named(base.cell).blocks if "cell" in chosen else ()
    said = {name: getattr(base, name) for name in ("reset", "update") if name in chosen}
    own = read(arrays, layout, blocks, said)
    if own.above is not None and own.above.of == "h":
        raise InputError(
            "{file} is the gradient on the pre-activation h here; hand in that on the state, ds, or state a layout in "
            "which h is the state (pytorch, cs231n).",
            file=quoted(own.above.name),
        )
    return _fitted(own, base, chosen), own


def _fitted(own: Own, base: Experiment, chosen: Collection[str]) -> Fitted:
    changes: dict[str, object] = {}
    notes, assumed = list(own.said), list(own.assumed)
    if own.blocks:
        if not ("cell" in chosen or cell_named(base.cell).blocks == own.blocks):
            base = base.with_changes(cell=next(cell.name for cell in CELLS if cell.blocks == own.blocks))
        if own.blocks == PLAIN and "cell" not in chosen:
            assumed.append(Sentence("the activation {title}", title=Sentence(cell_named(base.cell).title)))
        hidden = own.sizes["H"]
        refuse_larger(hidden, 1)
        changes = {"cell": base.cell, "hidden": hidden, "layers": 1, "widths": (), "bidirectional": None}
        names = names_of(cell_named(base.cell).options)
        changes |= {name: value for name, value in own.choices.items() if name in names}
    parameters = stacked_parameters(own.arrays, own.blocks or PLAIN)
    if own.above is not None and own.above.of == "s" and "out.V" in parameters:
        unread = [
            name for name, place in own.places.items() if place.role.kind in ("V", "by") and not place.role.gradient
        ]
        notes.append(Sentence("{names} not used: the gradient comes in below", names=all_of(unread)))
        parameters = {name: array for name, array in parameters.items() if not name.startswith("out.")}
    if "x" in own.arrays:
        own_data, data_said = _data(own, "out.V" in parameters)
        assumed += data_said
        clauses = [*notes, *([Sentence("{what}: assumed", what=listed(assumed))] if assumed else [])]
        base = _on_arrays(base, replace(own_data, said=tuple(clauses)), chosen)
    if own.above is not None or "out.V" in parameters:
        changes["head"] = "out.V" in parameters
    if "out.V" in parameters and "out.b" not in parameters:
        parameters["out.b"] = np.zeros(parameters["out.V"].shape[1])
    biased = any(name.endswith((".b", ".b_q")) and np.any(array) for name, array in parameters.items()) or any(
        place.role.kind in ("b", "by", "b2") and not place.role.gradient for place in own.places.values()
    )
    if own.blocks and "L1.U" not in parameters:
        gradients = [quoted(place.name) for place in own.places.values() if place.role.gradient]
        raise InputError(
            "it has no weights, only gradients ({gradients}); the arrays of a run are its x and its weights, and "
            "gradients are what is checked (check --mine, or Tools, Check my gradient)."
            if gradients
            else "it has no weights; the arrays of a run are its x and its weights, and gradients are what is checked "
            "(check --mine, or Tools, Check my gradient).",
            gradients=", ".join(gradients),
        )
    if own.blocks and "L1.b" not in parameters:
        parameters["L1.b"] = np.zeros(parameters["L1.U"].shape[1])
    if own.blocks and own.choices.get("reset") == "after" and "L1.b_q" not in parameters:
        parameters["L1.b_q"] = np.zeros(own.sizes["H"])
    origins = {name: _origin(own, name) for name in parameters}
    imported = Imported(changes, parameters, origins, tuple(assumed), tuple(notes), biased)
    return fit(base, imported)


def _origin(own: Own, name: str) -> str:
    """The learner's name of an array that makes one of our parameters."""
    return next(
        (
            place.name
            for place in own.places.values()
            if not place.role.gradient and any(key == name or key.startswith(f"{name}_") for key in place.keys)
        ),
        name,
    )


def _on_arrays(base: Experiment, numbers: Numbers, chosen: Collection[str]) -> Experiment:
    """The experiment on these arrays as they are: nothing of what a task of another kind had is left on them."""
    steps, batch = numbers.x.shape[:2]
    plain = {"input_scale": 1.0, "nonnegative": False, "read_backwards": False, "edits": (), "truncate": None,
             "structure": "n-1" if numbers.last else "n-n", "steps": steps, "batch": batch}  # fmt: skip
    changes = {name: value for name, value in plain.items() if name not in chosen}
    return base.with_changes(task="arrays", arrays=packed(numbers), **changes)


def _data(own: Own, has_head: bool) -> tuple[Numbers, list[str]]:
    """x, with the targets or the gradient handed in; and what is assumed of them."""
    x = own.arrays["x"]
    steps, batch = x.shape[:2]
    starts = {key.removesuffix("_0"): array for key, array in own.arrays.items() if key.endswith("_0")}
    assumed: list[str] = []
    if own.above is not None:
        y, loss = own.above.gradient, GIVEN.name
    elif "y" in own.arrays:
        y, loss = own.arrays["y"], own.layout.loss
        if loss is None:
            loss = CATEGORICAL.name if _are_classes(y) else SQUARED.name
            title = Sentence(CATEGORICAL.title) if loss == CATEGORICAL.name else "½ Σ (a − y)²"
            assumed.append(Sentence("the loss {loss}", loss=title))
        if loss == GIVEN.name:
            raise InputError("y are targets, so the loss cannot be given; name a gradient handed in dh, ds, da or dz.")
    else:
        width = own.sizes.get("O" if has_head else "H")
        if width is None:
            raise InputError("there is neither y nor a gradient handed in (dh, ds, da or dz); add one of them.")
        y, loss = np.ones((steps, batch, width)), GIVEN.name
        assumed.append(Sentence("neither y nor a gradient handed in, so 1 for every number of the output"))
    last = len(y) == 1 and steps > 1
    if last:
        y = np.concatenate((np.zeros((steps - 1, *y.shape[1:])), y))
    mask = own.arrays.get("mask")
    if mask is not None and mask.shape != y.shape[:2]:
        raise InputError(
            "mask has {mask_steps} steps, but what it is for has {steps}; give both the same.",
            mask_steps=mask.shape[0],
            steps=len(y),
        )
    return Numbers(x, y, loss, last, starts, counted=None if mask is None else mask != 0.0), assumed


def _are_classes(y: Array) -> bool:
    """Whether every row is a class: one 1, and 0 for the others."""
    return y.shape[2] > 1 and bool(np.isin(y, (0.0, 1.0)).all() and (y.sum(axis=-1) == 1.0).all())


def _alone(weights: Mapping[str, Array]) -> bool:
    """Whether a library's weights are of one layer, which is read as anybody's: its gradients can be compared, too."""
    return has_order(weights) or all(known_kind(name) is not None for name in weights)


def _of_library(
    weights: Mapping[str, Array],
    arrays: Mapping[str, Array],
    base: Experiment,
    layout: Layout,
    chosen: Collection[str],
) -> Fitted:
    """Weights of PyTorch or Keras as core.interop reads them, of several layers too, on data that lie beside them."""
    data = {name: array for name, array in arrays.items() if name not in weights}
    library = library_of(weights)
    assert library is not None
    imported = library.read({name: numbers(name, each) for name, each in weights.items()}, base, chosen, NOTHING_SAID)
    if not data:
        return fit(base, imported)
    own = read(data, layout)
    if "x" not in own.arrays:
        raise InputError("{data} came without x; add x, or leave them out.", data=", ".join(data))
    own_data, assumed = _data(own, "out.V" in imported.parameters)
    clauses = [
        *own.said,
        *([Sentence("{what}: assumed", what=listed((*own.assumed, *assumed)))] if own.assumed or assumed else []),
    ]
    base = _on_arrays(base, replace(own_data, said=tuple(clauses)), chosen)
    if own.above is not None and own.above.of == "s":
        imported = Imported(
            {**imported.changes, "head": False},
            {name: array for name, array in imported.parameters.items() if not name.startswith("out.")},
            imported.origins, imported.assumed, imported.notes, imported.biased,
        )  # fmt: skip
    return fit(base, imported)
