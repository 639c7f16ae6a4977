"""The get_weights() of Keras's SimpleRNN, LSTM and GRU layers, with a Dense behind them or not, to ours and back.

The arrays stand one after the other, arr_0, arr_1 … as np.savez(file, *model.get_weights()) names them: of each layer
kernel (I, G·H), recurrent kernel (H, G·H) and bias; of Bidirectional the forward layer's, then the backward one's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from core.cells.elsewhere import KERAS, Layer
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.interop.conventions import (
    NOTHING_SAID,
    Imported,
    assumed_arguments,
    embedding_note,
    layer_for_export,
    layer_for_import,
    refuse_larger,
    shape_changes,
    to_ours,
    to_theirs,
    with_embedding,
)
from core.interop.network import chains, refuse_other_parts
from core.maths.arrays import Array
from core.sentence import Sentence, one_of

GATES = (1, 3, 4)
ACTIVATIONS = {"activation": "activation", "gate_activation": "recurrent_activation"}  # our fields, Keras's arguments
BACKWARDS = ("read_backwards", "go_backwards")  # likewise
JOINS = (None, "concat", "sum", "mean", "product")


class Chain(NamedTuple):
    """The arrays of one recurrent layer in one direction, `at` the number of the first."""

    at: int
    kernel: Array
    recurrent: Array
    bias: Array | None

    @property
    def gates(self) -> int:
        return self.recurrent.shape[1] // len(self.recurrent)


def recognises(arrays: Mapping[str, Array]) -> bool:
    """Whether the names are those of np.savez(file, *arrays)."""
    return bool(arrays) and all(re.fullmatch(r"arr_[0-9]{1,6}", name) for name in arrays)


def read(
    arrays: Mapping[str, Array],
    experiment: Experiment,
    chosen: Collection[str] = (),
    arguments: Mapping[str, str] = NOTHING_SAID,
) -> Imported:
    """What get_weights() says: recurrent layers, an Embedding before them or not, a Dense behind them or not.

    `experiment` decides what no weight shows: activations, whether two layers of one shape stand on each other or side
    by side (by `bidirectional`) and, of a GRU without biases, `reset`; `chosen` names the fields that somebody has
    chosen in it; `arguments` are what is said of the layer ("activation", "reset_after" …), and the others are Keras's
    defaults. Raises InputError naming the array, its shape and the shape that is expected.
    """
    ordered = _ordered(arrays)
    embedded = _embedded(ordered)
    found, at = _chains(ordered, int(embedded))
    if not found:
        shapes = ", ".join(str(array.shape) for array in ordered[:2])
        raise InputError(
            "arr_0 and arr_1 ({shapes}) are no kernel (I, G·H) and recurrent kernel (H, G·H) with G 1, 3 or 4; save "
            "get_weights() of SimpleRNN, LSTM or GRU layers.",
            shapes=shapes,
        )
    head = _head(ordered, at)
    first = found[0]
    for chain in found:
        refuse_larger(len(chain.recurrent), 1)
    join, joins = _join(found, head, experiment, "bidirectional" in chosen)
    widths = [len(chain.recurrent) for chain in found[:: 1 if join is None else 2]]
    layers = len(widths)
    refuse_larger(widths[0], layers)
    ours, theirs = BACKWARDS
    if layers > 1 and arguments.get(theirs, "").strip().lower() == "true":
        raise InputError(
            "{theirs}=True cannot be used with {layers} layers on each other: each would turn the order round once "
            "more; where the first alone has it, say {ours}=true instead.",
            theirs=theirs,
            layers=layers,
            ours=ours,
        )
    choices, known = _choices(first, experiment, chosen), {*arguments}
    if "cell" in chosen and first.gates == 1:
        known.add("activation")
    known |= {theirs for ours, theirs in (*ACTIVATIONS.items(), BACKWARDS) if ours in choices}
    if first.bias is not None or "reset" in chosen:
        known.add("reset_after")
    layer = layer_for_import(KERAS, first.gates, experiment, arguments, **choices)
    parameters: dict[str, Array] = {}
    origins: dict[str, str] = {}
    for k, chain in enumerate(found):
        biases = () if chain.bias is None else tuple(np.atleast_2d(chain.bias))
        kernel, reads = chain.kernel, f"arr_{chain.at}"
        if embedded and k < (1 if join is None else 2):
            kernel, reads = with_embedding(ordered[0], kernel, ("arr_0", reads)), "arr_0"
        for key, array in to_ours(layer, experiment, kernel, chain.recurrent, *biases).items():
            name = f"L{k + 1}.{key}" if join is None else f"L{k // 2 + 1}{'r' * (k % 2)}.{key}"
            parameters[name] = array
            origins[name] = {"U": reads, "W": f"arr_{chain.at + 1}"}.get(key, f"arr_{chain.at + 2}")
    biased = first.bias is not None or len(ordered) > at + 1
    changes = {"cell": layer.cell, **shape_changes(widths, join), **layer.choices}
    if head is not None:
        parameters["out.V"], parameters["out.b"] = head
        origins["out.V"], origins["out.b"] = f"arr_{at}", f"arr_{at + 1}"
    if head is not None or "head" in chosen:
        changes["head"] = head is not None or experiment.head
    assumed = [*_looks_alike(layers, join, joins), *_assumed(layer, known), *_release(layer, choices)]
    notes = (embedding_note("arr_0"),) if embedded else ()
    return Imported(changes, parameters, origins, tuple(assumed), notes, biased)


def _choices(first: Chain, experiment: Experiment, chosen: Collection[str]) -> dict[str, str | bool]:
    """The fields that the kind of layer depends on beside its cell, as far as the file or somebody says."""
    said = {name: getattr(experiment, name) for name in BACKWARDS[:1] if name in chosen}
    if first.gates == 1:
        return said
    said |= {name: getattr(experiment, name) for name in ACTIVATIONS if name in chosen}
    if first.gates == 3 and first.bias is not None:
        said["reset"] = "before" if first.bias.ndim == 1 else "after"
    elif first.gates == 3 and "reset" in chosen:
        said["reset"] = experiment.reset
    return said


def _assumed(layer: Layer, known: Collection[str]) -> list[str]:
    """Keras's names, but for the reset gate's place, which has one here."""
    assumed = assumed_arguments(layer, {*known, "reset_after"})
    has_place = "reset" in layer.choices and "reset_after" not in known
    return [*([f"reset {layer.choices['reset']}"] if has_place else []), *assumed]


def _release(layer: Layer, choices: Mapping[str, str | bool]) -> list[str]:
    """Whose hard_sigmoid was taken, where it was not chosen by our own name for it."""
    if not layer.version or "gate_activation" in choices:
        return []
    return [f"hard_sigmoid as in {layer.version}, h/6 + 1/2 (Keras 2: set gate_activation=hard-sigmoid-keras2)"]


def _looks_alike(layers: int, join: str | None, joins: list[str | None]) -> list[str]:
    """How the layers are taken to belong together, where they could as well otherwise; none: that was chosen."""
    if len(joins) < 2:
        return []
    text = {1: "1 layer", 2: "2 stacked layers"}.get(layers, f"{layers} stacked layers")
    mine = text if join is None else f"{text} in both directions joined by {join}"
    others = ["stacked layers" if each is None else each for each in joins if each != join]
    pairs = "both directions joined by " if join is None else ""
    return [f"{mine} (the file could as well hold {pairs}{', '.join(others)}: set bidirectional)"]


def weights(experiment: Experiment, parameters: Mapping[str, Array]) -> list[Array]:
    """Our parameters as get_weights() gives them, a Dense layer last; `read` gives them back exactly.

    Raises InputError where no Keras layer computes the same.
    """
    layer = layer_for_export(KERAS, "Keras", experiment)
    refuse_other_parts("Keras", experiment, parameters)
    found: list[Array] = []
    for own in chains(parameters).values():
        kernel, recurrent, bias, inner = to_theirs(layer, experiment, own)
        biases = [np.stack((bias, inner)) if layer.own_bias else bias] if "b" in own else []
        found += [kernel, recurrent, *biases]
    return [*found, *(np.array(parameters[name]) for name in ("out.V", "out.b") if name in parameters)]


def named(found: list[Array]) -> dict[str, Array]:
    """As np.savez(file, *found) names them."""
    return {f"arr_{k}": array for k, array in enumerate(found)}


def _ordered(arrays: Mapping[str, Array]) -> list[Array]:
    numbers = {
        int(match[1]): array for name, array in arrays.items() if (match := re.fullmatch(r"arr_([0-9]{1,6})", name))
    }
    if len(numbers) != len(arrays) or sorted(numbers) != list(range(len(arrays))):
        other = next((quoted(name) for name in arrays if not recognises({name: arrays[name]})), "")
        raise InputError(
            "its arrays are not arr_0, arr_1 … ({other}); save them with np.savez(file, *model.get_weights()).",
            other=other or Sentence("a number is missing"),
        )
    return [numbers[k] for k in range(len(numbers))]


def _chain(ordered: list[Array], at: int) -> Chain | None:
    """The recurrent layer whose kernel is arr_`at`; None where something else stands there."""
    if at + 1 >= len(ordered):
        return None
    kernel, recurrent = ordered[at], ordered[at + 1]
    if kernel.ndim != 2 or recurrent.ndim != 2 or not len(recurrent) or kernel.shape[1] != recurrent.shape[1]:
        return None
    gates, rest = divmod(recurrent.shape[1], len(recurrent))
    if rest or gates not in GATES:
        return None
    bias = ordered[at + 2] if at + 2 < len(ordered) else None
    width = recurrent.shape[1]
    if bias is None or not (bias.ndim == 1 or (gates == 3 and bias.shape == (2, width))):
        return Chain(at, kernel, recurrent, None)
    if bias.shape[-1] != width:
        shapes = one_of((f"({width},)", f"(2, {width})")[: 1 + (gates == 3)])
        raise InputError(
            "arr_{bias} is {shape}, but a bias {shapes} is expected behind arr_{kernel}.",
            bias=at + 2,
            shape=bias.shape,
            shapes=shapes,
            kernel=at + 1,
        )
    return Chain(at, kernel, recurrent, bias)


def _chains(ordered: list[Array], at: int) -> tuple[list[Chain], int]:
    """The recurrent layers from arr_`at` on, and the number of the first array behind them."""
    found = []
    while (chain := _chain(ordered, at)) is not None:
        found.append(chain)
        at += 2 if chain.bias is None else 3
    return found, at


def _embedded(ordered: list[Array]) -> bool:
    """Whether arr_0 is an embedding (V, E), E being what the layer behind it reads, and no layer's kernel."""
    behind = _chain(ordered, 1)
    if behind is None or ordered[0].ndim != 2 or ordered[0].shape[1] != len(behind.kernel):
        return False
    found, at = _chains(ordered, 0)
    if not found:
        return True
    try:
        head = _head(ordered, at)
    except InputError:
        return True
    return all(_problem(found, head, join) is not None for join in JOINS)


def _head(ordered: list[Array], at: int) -> tuple[Array, Array] | None:
    """Kernel (width, O) and bias (O,) of the Dense layer behind; None where nothing is there."""
    left = ordered[at:]
    if not left:
        return None
    kernel = left[0]
    if kernel.ndim != 2:
        raise InputError(
            "arr_{at} is {shape}, but the kernel of a recurrent or a Dense layer is expected there; save get_weights() "
            "unchanged.",
            at=at,
            shape=kernel.shape,
        )
    bias = left[1] if len(left) > 1 else np.zeros(kernel.shape[1])
    if bias.shape != (kernel.shape[1],):
        raise InputError(
            "arr_{kernel} is {shape}, but the Dense layer's bias ({columns},) is expected behind arr_{at}, {wanted}; "
            "the network here has recurrent layers of one kind, then one Dense layer.",
            kernel=at + 1,
            shape=bias.shape,
            columns=kernel.shape[1],
            at=at,
            wanted=kernel.shape,
        )
    if len(left) > 2:
        raise InputError(
            "arr_{bias} stands behind the Dense layer arr_{at}; the network here ends with one, so leave it out.",
            bias=at + 2,
            at=at,
        )
    return kernel, bias


def _join(
    found: list[Chain], head: tuple[Array, Array] | None, experiment: Experiment, chosen: bool
) -> tuple[str | None, list[str | None]]:
    """How the chains belong together, and all that would fit: the experiment's own `bidirectional` where it has one or
    it was chosen, else stacked, else concatenated pairs. Raises InputError where the file leaves it open."""
    if experiment.bidirectional or chosen:
        problem = _problem(found, head, experiment.bidirectional)
        if problem is not None:
            raise InputError(problem)
        return experiment.bidirectional, [experiment.bidirectional]
    fitting = [join for join in JOINS if _problem(found, head, join) is None]
    if not fitting:
        raise InputError(_problem(found, head, None) or "")
    if fitting[0] not in (None, "concat"):
        raise InputError(
            "it holds both directions, and joined by {ways} they look alike; set bidirectional to the model's "
            "merge_mode (sum, mean for ave, product for mul).",
            ways=one_of(map(str, fitting)),
        )
    return fitting[0], fitting


def _problem(found: list[Chain], head: tuple[Array, Array] | None, join: str | None) -> str | None:
    """What does not fit, as a sentence, or None."""
    first, width = found[0], len(found[0].kernel)
    if join is not None and len(found) % 2:
        return Sentence(
            "bidirectional is {join}, but it has {count} recurrent layers, which make no pairs; set it to off.",
            join=join,
            count=len(found),
        )
    for k, chain in enumerate(found):
        other = found[k - 1] if join is not None and k % 2 else None
        hidden = len(chain.recurrent)
        if chain.gates != first.gates or (other is not None and len(other.recurrent) != hidden):
            wanted = (other or first).recurrent.shape
            return Sentence(
                "{name} is {shape}, but {wanted} is expected as in the layer before; all layers here are of one kind, "
                "and both directions of one width.",
                name=f"arr_{chain.at + 1}",
                shape=chain.recurrent.shape,
                wanted=wanted,
            )
        if (chain.bias is None) != (first.bias is None) or (
            chain.bias is not None and first.bias is not None and chain.bias.ndim != first.bias.ndim
        ):
            return Sentence(
                "{name} is another bias than the first layer's; all layers here are of one kind.",
                name=f"arr_{chain.at + 2}",
            )
        if len(chain.kernel) != width:
            return Sentence(
                "{name} is {shape}, but {wanted} is expected: what stands below is that wide; set `bidirectional` as "
                "the model has it.",
                name=f"arr_{chain.at}",
                shape=chain.kernel.shape,
                wanted=(width, chain.kernel.shape[1]),
            )
        if join is None or k % 2:
            width = 2 * hidden if join == "concat" else hidden
    if head is not None and len(head[0]) != width:
        return Sentence(
            "the Dense kernel is {shape}, but {wanted} is expected: what stands below is that wide; set "
            "`bidirectional` as the model has it.",
            shape=head[0].shape,
            wanted=(width, head[0].shape[1]),
        )
    return None
