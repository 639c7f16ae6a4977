"""Between another library's arrays of one layer and ours: gate orders, signs, biases.

A layer's arrays are meant here as kernel (I, G·H), recurrent (H, G·H), bias (G·H,) and, where it has one, the
recurrent bias (G·H,): Keras's layout; PyTorch's is the transposed one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec
import numpy as np

from core.cells import cell_named
from core.cells.elsewhere import Layer
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.maths.arrays import Array
from core.options import names_of
from core.sentence import Sentence, one_of

NOTHING_SAID: Mapping[str, str] = MappingProxyType({})  # of a layer's arguments


@dataclass(frozen=True)
class Imported:
    """What a file says: changes to the experiment, parameters by our names, and by our names whose arrays they were.

    `assumed`: what no array shows and nobody has chosen, each in a few words; `notes`: what was done with the arrays.
    `biased`: whether the file has a bias; where it has none, those in `parameters` are 0.
    """

    changes: dict[str, object]
    parameters: dict[str, Array]
    origins: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    biased: bool = True


def refuse_larger(hidden: int, layers: int) -> None:
    """Raises InputError where a network has more units or layers than an experiment can."""
    types = {each.name: each.type for each in msgspec.structs.fields(Experiment)}
    for name, count in (("hidden", hidden), ("layers", layers)):
        most = next(meta.le for meta in types[name].__metadata__ if meta.le is not None)
        if count > most:
            raise InputError(
                "it has {count} units, and at most {most} are supported."
                if name == "hidden"
                else "it has {count} layers, and at most {most} are supported.",
                count=count,
                most=most,
            )


def with_embedding(embedding: Array, kernel: Array, names: tuple[str, str]) -> Array:
    """The input weights (V, G·H) that read a one-hot vector, from an embedding (V, E) and a kernel (E, G·H): a one-hot
    vector times the embedding is one of its rows. Raises InputError where the two do not fit."""
    if embedding.shape[1] != kernel.shape[0]:
        raise InputError(
            "{first} gives {width} numbers for each symbol, but {second} reads {inputs}.",
            first=names[0],
            width=embedding.shape[1],
            second=names[1],
            inputs=kernel.shape[0],
        )
    return embedding @ kernel


def embedding_note(name: str) -> str:
    return Sentence("the embedding {name} is folded into the input weights", name=name)


def layer_for_import(
    table: tuple[Layer, ...], gates: int, experiment: Experiment, arguments: Mapping[str, str], **choices: str | bool
) -> Layer:
    """The layer with so many gate blocks: the one for the experiment's own cell where several have them (their weights
    look alike), else the first. `choices` are what the weights tell of themselves (reset), `arguments` what somebody
    says of the layer by the library's names. Raises InputError where no cell computes a layer with those."""
    fitting = [each for each in table if len(each.blocks) == gates and choices.items() <= each.choices.items()]
    for name, text in arguments.items():
        known = dict.fromkeys(each.arguments[name] for each in fitting if name in each.arguments)
        fitting, all_of_them = [each for each in fitting if _same(each.arguments.get(name), text)], fitting
        if not fitting:
            layer = all_of_them[0].name
            has = Sentence("they have no such argument")
            if known:
                has = Sentence("only {name}={known} is computed here", name=name, known=one_of(known))
            raise InputError(
                "{name}={text} cannot be used with the weights of {layer} layers: {has}.",
                name=name,
                text=quoted(text),
                layer=layer,
                has=has,
            )
    return next((each for each in fitting if each.cell == experiment.cell), fitting[0])


def assumed_arguments(layer: Layer, known: Collection[str]) -> list[str]:
    """The layer's arguments that no weight shows and nobody has said, each with the value that is taken."""
    return [f"{name} {value}" for name, value in layer.arguments.items() if name not in known]


def _same(value: str | None, text: str) -> bool:
    return value is not None and value.lower() == text.strip().lower()


def layer_for_export(table: tuple[Layer, ...], library: str, experiment: Experiment) -> Layer:
    """The layer that computes what the experiment's cell computes. Raises InputError with the reason there is none."""
    own = [each for each in table if each.cell == experiment.cell]
    if not own:
        known = ", ".join(dict.fromkeys(each.cell for each in table))
        raise InputError(
            "{library} has no layer for the cell {cell}; it has one for each of {known}.",
            library=library,
            cell=experiment.cell,
            known=known,
        )
    if experiment.frozen:
        held = cell_named(experiment.cell).gates
        gates = [frozen.gate for frozen in experiment.frozen if frozen.gate in held]
        if gates:
            raise InputError(
                "{library} cannot hold the gate {gate} at one value; let it be learned again.",
                library=library,
                gate=gates[0],
            )
    for each in own:
        if all(getattr(experiment, name) == value for name, value in each.choices.items()):
            return each
    name, value = next(each for each in own[0].choices.items() if getattr(experiment, each[0]) != each[1])
    raise InputError(
        "{library}'s {layer} computes {name} {value}; set {name}={value}.",
        library=library,
        layer=own[0].name,
        name=name,
        value=value,
    )


def to_ours(layer: Layer, experiment: Experiment, kernel: Array, recurrent: Array, *biases: Array) -> dict[str, Array]:
    """U, W, b (and b_q) of one layer, float64, from its arrays; biases that are missing are 0, two are added."""
    hidden = len(recurrent)
    bias = biases[0] if biases else np.zeros(recurrent.shape[1])
    found = {"U": kernel, "W": recurrent, "b": bias}
    if layer.own_bias:
        inner = biases[1].copy() if len(biases) > 1 else np.zeros(recurrent.shape[1])
        found["b_q"] = inner[-hidden:].copy()
        inner[-hidden:] = 0.0
        found["b"] = bias + inner
    elif len(biases) > 1:
        found["b"] = bias + biases[1]
    for name in "UWb":
        found[name] = _reordered(
            found[name], layer.blocks, cell_named(layer.cell).blocks, _negated_blocks(layer, experiment)
        )
    return found


def to_theirs(layer: Layer, experiment: Experiment, own: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
    """Kernel, recurrent, bias and recurrent bias, 0 but for b_q: the inverse of `to_ours`. Biases that a network is
    without are 0."""
    own = {"b": np.zeros(own["U"].shape[1]), "b_q": np.zeros(len(own["W"])), **own}
    blocks, negated = cell_named(layer.cell).blocks, _negated_blocks(layer, experiment)
    kernel, recurrent, bias = (_reordered(own[name], blocks, layer.blocks, negated) for name in "UWb")
    inner = np.zeros_like(bias)
    if layer.own_bias:
        inner[-len(recurrent) :] = own["b_q"]
    return kernel, recurrent, bias, inner


def gradient_to_theirs(layer: Layer, experiment: Experiment, own: dict[str, Array]) -> tuple[Array, ...]:
    """The same for gradients: both biases enter the same sum, so both receive its gradient."""
    kernel, recurrent, bias, inner = to_theirs(layer, experiment, own)
    if layer.own_bias:
        inner[: -len(recurrent)] = bias[: -len(recurrent)]
    else:
        inner = bias.copy()
    return kernel, recurrent, bias, inner


def shape_changes(widths: list[int], join: str | None) -> dict[str, object]:
    """The fields of an experiment for layers of these widths."""
    alike = len(set(widths)) == 1
    return {
        "hidden": widths[0], "layers": len(widths), "widths": () if alike else tuple(widths), "bidirectional": join
    }  # fmt: skip


def without_biases(parameters: dict[str, Array]) -> dict[str, Array]:
    """The parameters of a file that has no bias at all."""
    return {name: array for name, array in parameters.items() if not name.endswith((".b", ".b_q"))}


def settings_text(layer: Layer) -> str:
    """The settings that the other library needs besides the weights, and the release in which they mean that, or ""."""
    text = ", ".join(f"{name}={value}" for name, value in layer.settings.items())
    return f"{text} as in {layer.version}" if layer.version else text


def _negated_blocks(layer: Layer, experiment: Experiment) -> tuple[str, ...]:
    """The blocks whose sign changes: none where the experiment's own gate keeps, too."""
    keeps = experiment.update == "keeps" and "update" in names_of(cell_named(layer.cell).options)
    return () if keeps else layer.keeps


def _reordered(array: Array, order: tuple[str, ...], wanted: tuple[str, ...], negated: tuple[str, ...]) -> Array:
    """The blocks along the last axis in another order; a new float64 array."""
    parts = dict(zip(order, np.split(np.asarray(array, dtype=float), len(order), axis=-1), strict=True))
    return np.concatenate([-parts[name] if name in negated else parts[name] for name in wanted], axis=-1)
