"""The state_dict of a torch.nn.RNN, LSTM or GRU, alone or with a linear layer behind it, to our parameters and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from core.cells.elsewhere import TORCH, Layer
from core.choices import layer_widths
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.interop.conventions import (
    NOTHING_SAID,
    Imported,
    assumed_arguments,
    embedding_note,
    gradient_to_theirs,
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
from core.sentence import all_of

KEY = re.compile(
    r"(?P<prefix>.*?)(?P<kind>weight|bias)_(?P<of>ih|hh|hr)(?:_l(?P<layer>[0-9]{1,6})(?P<reverse>_reverse)?)?",
    re.DOTALL,
)
GATES = (1, 3, 4)
READ_AT = {"own-end": "at its own end", "last-step": "at the last step"}
MODULE, OUTPUT_LAYER = "rnn", "fc"


def recognises(arrays: Mapping[str, Array]) -> bool:
    """Whether the names are those of a state_dict with a recurrent module."""
    return any(KEY.fullmatch(key) for key in arrays)


def read(
    arrays: Mapping[str, Array],
    experiment: Experiment,
    chosen: Collection[str] = (),
    arguments: Mapping[str, str] = NOTHING_SAID,
) -> Imported:
    """What a state_dict says, any module prefix before its keys: of nn.RNN, LSTM, GRU or of a single RNNCell, LSTMCell,
    GRUCell, with a linear layer behind it, with a bias or not, and an embedding before it.

    `experiment` decides what no weight shows: whether an nn.RNN is tanh or relu, and `chosen` names the fields that
    somebody has chosen in it; `arguments` are what is said of the module ("nonlinearity"). Raises InputError naming the
    array, its shape and the shape that is expected.
    """
    modules = _recurrent(arrays)
    layers = [layer for prefix, own in modules.items() for layer in _layers(prefix, own)]
    first = layers[0]
    for each in layers:
        refuse_larger(each.hidden, len(layers))
    layer = layer_for_import(TORCH, first.gates, experiment, arguments)
    both = first.both
    left = {key: array for key, array in arrays.items() if not KEY.fullmatch(key)}
    inputs = width = _inputs(first.own.get(f"weight_ih{first.suffix}"))
    embedding = _embedding(arrays, left, inputs, layers[-1].width)
    parameters: dict[str, Array] = {}
    origins: dict[str, str] = {}
    for k, each in enumerate(layers, 1):
        if (each.gates, each.both) != (first.gates, first.both):
            raise InputError(
                "{other}weight_hh{suffix} is of another kind than {first}weight_hh{first_suffix}; all layers here are "
                "of one kind.",
                other=each.prefix,
                suffix=each.suffix,
                first=first.prefix,
                first_suffix=first.suffix,
            )
        for name, suffix in ((f"L{k}", each.suffix), (f"L{k}r", f"{each.suffix}_reverse"))[: 1 + both]:
            kernel, recurrent, *biases = each.arrays(suffix, width)
            kernel, reads = kernel.T, f"{each.prefix}weight_ih{suffix}"
            if k == 1 and embedding is not None:
                kernel, reads = with_embedding(arrays[embedding], kernel, (embedding, reads)), embedding
            for key, array in to_ours(layer, experiment, kernel, recurrent.T, *biases).items():
                parameters[f"{name}.{key}"] = array
                origins[f"{name}.{key}"] = {"U": reads, "W": f"{each.prefix}weight_hh{suffix}"}.get(
                    key, f"{each.prefix}bias_ih{suffix}"
                )
        width = each.width
    for prefix, own in modules.items():
        known = {key for each in layers if each.prefix == prefix for key in each.keys}
        _refuse_more(prefix, sorted(set(own) - known))
    _read_head(left, parameters, origins)
    join = (experiment.bidirectional or "concat") if both else None
    widths = [each.hidden for each in layers]
    biased = any(KEY.fullmatch(key) and "bias_" in key for key in arrays) or origins.get("out.b") in arrays
    changes = {"cell": layer.cell, **shape_changes(widths, join), **layer.choices}
    if "out.V" in parameters or "head" in chosen:
        changes["head"] = "out.V" in parameters or experiment.head
    known = {*arguments, *(("nonlinearity",) if "cell" in chosen else ())}
    assumed = assumed_arguments(layer, known)
    if both and experiment.structure == "n-1" and "reverse_at" not in chosen:
        assumed.append("the reverse direction read " + READ_AT[experiment.reverse_at])
    notes = () if embedding is None else (embedding_note(embedding),)
    return Imported(changes, parameters, origins, tuple(assumed), notes, biased)


def state_dict(experiment: Experiment, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Our parameters as the state_dict of a module with `rnn` and the linear `fc`; layers of different widths are
    modules rnn1, rnn2 … `read` gives them back exactly.

    b goes into bias_ih, and bias_hh is 0 but for a GRU's b_q. Raises InputError where PyTorch computes something else.
    """
    return _to_state_dict(experiment, parameters, to_theirs)


def gradients(experiment: Experiment, found: Mapping[str, Array]) -> dict[str, Array]:
    """Gradients of our parameters as the .grad of the same state_dict."""
    return _to_state_dict(experiment, found, gradient_to_theirs)


def layer_of(experiment: Experiment) -> Layer:
    """The torch.nn layer for an experiment. Raises InputError with the reason there is none."""
    if experiment.bidirectional not in (None, "concat"):
        raise InputError(
            "PyTorch's bidirectional layers put both states side by side; set bidirectional=concat, or export to Keras."
        )
    return layer_for_export(TORCH, "PyTorch", experiment)


def _to_state_dict(experiment: Experiment, parameters: Mapping[str, Array], convert) -> dict[str, Array]:
    layer = layer_of(experiment)
    refuse_other_parts("PyTorch", experiment, parameters)
    found: dict[str, Array] = {}
    alike = len(set(layer_widths(experiment))) == 1
    for name, own in chains(parameters).items():
        k, direction = int(name.strip("Lr")), "_reverse" if name.endswith("r") else ""
        module, suffix = (MODULE, f"_l{k - 1}{direction}") if alike else (f"{MODULE}{k}", f"_l0{direction}")
        kernel, recurrent, bias, inner = convert(layer, experiment, own)
        found[f"{module}.weight_ih{suffix}"] = np.ascontiguousarray(kernel.T)
        found[f"{module}.weight_hh{suffix}"] = np.ascontiguousarray(recurrent.T)
        if "b" in own:
            found[f"{module}.bias_ih{suffix}"] = bias
            found[f"{module}.bias_hh{suffix}"] = inner
    if "out.V" in parameters:
        found[f"{OUTPUT_LAYER}.weight"] = np.ascontiguousarray(parameters["out.V"].T)
    if "out.b" in parameters:
        found[f"{OUTPUT_LAYER}.bias"] = np.array(parameters["out.b"])
    return found


class _Layer(NamedTuple):
    """One layer of a recurrent module: the module's `prefix` and arrays, and what stands behind their names in it."""

    prefix: str
    own: dict[str, Array]
    suffix: str
    hidden: int
    gates: int
    both: bool

    @property
    def width(self) -> int:
        """How wide what it makes is."""
        return self.hidden * (2 if self.both else 1)

    @property
    def keys(self) -> set[str]:
        """The names of all its arrays in the module."""
        ways = ("", "_reverse")[: 1 + self.both]
        return {f"{kind}_{of}{self.suffix}{way}" for kind in ("weight", "bias") for of in ("ih", "hh") for way in ways}

    def arrays(self, suffix: str, inputs: int) -> list[Array]:
        """The arrays of one direction, in PyTorch's layout: of x, of the state, and both biases or none. Raises
        InputError where one is missing or of another shape."""
        rows = self.gates * self.hidden
        shapes: dict[str, tuple[int, ...]] = {
            f"weight_ih{suffix}": (rows, inputs),
            f"weight_hh{suffix}": (rows, self.hidden),
            f"bias_ih{suffix}": (rows,),
            f"bias_hh{suffix}": (rows,),
        }
        taken = [_taken(self.prefix, key, shape, self.own, self.gates) for key, shape in shapes.items()]
        return [array for array in taken if array is not None]


def _layers(prefix: str, own: dict[str, Array]) -> list[_Layer]:
    """The layers of one module, from below to above. Raises InputError where there is none."""
    numbers = {int(layer) for key in own if (layer := KEY.fullmatch(key)["layer"]) is not None}  # type: ignore[index]
    at_first = "_l0" if numbers else ""  # a cell's names have no layer
    recurrent = own.get(f"weight_hh{at_first}")
    if recurrent is None:
        raise InputError(
            "there is no {prefix}weight_hh{at_first}; save the state_dict of torch.nn.RNN, LSTM or GRU.",
            prefix=prefix,
            at_first=at_first,
        )
    hidden, gates = _sizes(f"{prefix}weight_hh{at_first}", recurrent)
    refuse_larger(hidden, max(1, len(numbers)))
    both = any(key.endswith("_reverse") for key in own)
    suffixes = [f"_l{k}" for k in range(len(numbers))] if numbers else [""]
    return [_Layer(prefix, own, suffix, hidden, gates, both) for suffix in suffixes]


def _recurrent(arrays: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """The arrays of each recurrent module by its prefix, in the order of their numbers, else that of the file: rnn1,
    rnn2 … stand on each other, as modules of different widths do."""
    found: dict[str, dict[str, Array]] = {}
    for key, array in arrays.items():
        match = KEY.fullmatch(key)
        if match is None:
            continue
        if match["of"] == "hr":
            raise InputError(
                "{key} belongs to an LSTM with proj_size; use one without a projection of its state.", key=quoted(key)
            )
        found.setdefault(match["prefix"], {})[key[len(match["prefix"]) :]] = array
    if not found:
        raise InputError("there is no weight_ih_l0; save the state_dict of torch.nn.RNN, LSTM or GRU.")
    stems = {re.sub(r"[0-9]+\.$", "", prefix) for prefix in found}
    if len(found) > 1 and len(stems) > 1:
        names = all_of(f"“{quoted(prefix.rstrip('.'))}”" for prefix in sorted(found)[:3])
        raise InputError(
            "it has several recurrent modules, {names}; save the state_dict of one of them, or number those that stand "
            "on each other: rnn1, rnn2.",
            names=names,
        )
    numbered = sorted(found, key=lambda prefix: int(number[1]) if (number := re.search(r"([0-9]+)\.$", prefix)) else 0)
    return {prefix: found[prefix] for prefix in numbered}


def _sizes(name: str, recurrent: Array) -> tuple[int, int]:
    """(H, G) from weight_hh (G·H, H)."""
    if recurrent.ndim == 2 and recurrent.shape[1]:
        gates, rest = divmod(recurrent.shape[0], recurrent.shape[1])
        if not rest and gates in GATES:
            return recurrent.shape[1], gates
    raise InputError(
        "{name} is {shape}, but (H, H), (3·H, H) or (4·H, H) is expected, of an RNN, a GRU or an LSTM; save the "
        "module's own state_dict, unchanged.",
        name=name,
        shape=recurrent.shape,
    )


def _inputs(array: Array | None) -> int:
    return array.shape[1] if array is not None and array.ndim == 2 else 1


def _taken(prefix: str, key: str, shape: tuple[int, ...], own: Mapping[str, Array], gates: int) -> Array | None:
    """An array of the expected shape; None for a bias where the module has no biases at all."""
    array = own.get(key)
    if array is None:
        if key.startswith("bias") and not any(each.startswith("bias") for each in own):
            return None
        raise InputError("{prefix}{key} is missing; save the module's whole state_dict.", prefix=prefix, key=key)
    if array.shape != shape:
        count = f"{gates} × {shape[0] // gates}" if gates > 1 else shape[0]
        raise InputError(
            "{prefix}{key} is {shape}, but {wanted} is expected ({units} units); save the state_dict of one module, "
            "unchanged.",
            prefix=prefix,
            key=key,
            shape=array.shape,
            wanted=shape,
            units=count,
        )
    return array


def _embedding(arrays: Mapping[str, Array], left: dict[str, Array], inputs: int, width: int) -> str | None:
    """The name of an embedding (V, E), E being what the first layer reads; it is taken out of `left`.

    A linear layer without a bias (O, width) looks like one where E is the width, too: then its name tells (“emb”), or
    that it stands before the recurrent module, as in a state_dict, or that there is another one behind it.
    """
    tables = [key for key, array in left.items() if key.endswith("weight") and array.ndim == 2]
    tables = [key for key in tables if left[key].shape[1] == inputs and key.removesuffix("weight") + "bias" not in left]
    if not tables:
        return None
    names = list(arrays)
    first = next(place for place, name in enumerate(names) if KEY.fullmatch(name))
    called = [key for key in tables if "emb" in key.lower()]
    before = [key for key in tables if names.index(key) < first]
    found = called or before or ([] if width == inputs else tables)
    if not found:
        return None
    left.pop(found[0])
    return found[0]


def _read_head(left: dict[str, Array], parameters: dict[str, Array], origins: dict[str, str]) -> None:
    """One linear layer, weight (O, width) and bias (O,) or none, to out.V and out.b; no such layer is right too."""
    stems = [key.removesuffix("weight") for key, array in left.items() if key.endswith("weight") and array.ndim == 2]
    if len(stems) > 1:
        names = all_of(quoted(stem + "weight") for stem in stems[:3])
        raise InputError(
            "it has {count} linear layers, {names}; the network here has one, so save one of them.",
            count=len(stems),
            names=names,
        )
    for stem in stems:
        weight = left.pop(stem + "weight")
        bias = left.pop(stem + "bias", np.zeros(weight.shape[0]))
        if bias.shape != weight.shape[:1]:
            raise InputError(
                "{stem}bias is {shape}, but {wanted} is expected beside {stem}weight.",
                stem=stem,
                shape=bias.shape,
                wanted=weight.shape[:1],
            )
        parameters["out.V"], parameters["out.b"] = weight.T.copy(), bias
        origins["out.V"], origins["out.b"] = stem + "weight", stem + "bias"
    _refuse_more("", sorted(left))


def _refuse_more(prefix: str, keys: list[str]) -> None:
    if keys:
        raise InputError(
            "{key} has no place in a network of an embedding, recurrent layers and one linear layer; this program "
            "cannot compute with it.",
            key=quoted(prefix + keys[0]),
        )
