"""The state_dict of a torch.nn.RNN, LSTM or GRU, alone or with a linear layer behind it, to our parameters and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

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
    to_ours,
    to_theirs,
    with_embedding,
)
from core.interop.network import chains, refuse_other_parts
from core.maths.arrays import Array

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
    prefix, own = _recurrent(arrays)
    numbers = {int(layer) for key in own if (layer := KEY.fullmatch(key)["layer"]) is not None}  # type: ignore[index]
    at_first = "_l0" if numbers else ""  # a cell's names have no layer
    first = own.get(f"weight_hh{at_first}")
    if first is None:
        raise InputError(f"there is no {prefix}weight_hh{at_first}; save the state_dict of torch.nn.RNN, LSTM or GRU.")
    hidden, gates = _sizes(f"{prefix}weight_hh{at_first}", first)
    layers = max(1, len(numbers))
    refuse_larger(hidden, layers)
    both = any(key.endswith("_reverse") for key in own)
    layer = layer_for_import(TORCH, gates, experiment, arguments)
    inputs = _inputs(own.get(f"weight_ih{at_first}"))
    left = {key: array for key, array in arrays.items() if not KEY.fullmatch(key)}
    width = hidden * (2 if both else 1)
    embedding = _embedding(arrays, left, inputs, width)
    parameters: dict[str, Array] = {}
    origins: dict[str, str] = {}
    expected: set[str] = set()
    for k, name, suffix in _places(layers, both) if numbers else [(0, "L1", "")]:
        shapes = {
            f"weight_ih{suffix}": (gates * hidden, inputs if k == 0 else width),
            f"weight_hh{suffix}": (gates * hidden, hidden),
            f"bias_ih{suffix}": (gates * hidden,),
            f"bias_hh{suffix}": (gates * hidden,),
        }
        expected |= set(shapes)
        taken = [_taken(prefix, key, shape, own, gates) for key, shape in shapes.items()]
        kernel, recurrent, *biases = (array for array in taken if array is not None)
        kernel, reads = kernel.T, f"{prefix}weight_ih{suffix}"
        if k == 0 and embedding is not None:
            kernel, reads = with_embedding(arrays[embedding], kernel, (embedding, reads)), embedding
        for key, array in to_ours(layer, experiment, kernel, recurrent.T, *biases).items():
            parameters[f"{name}.{key}"] = array
            origins[f"{name}.{key}"] = {"U": reads, "W": f"{prefix}weight_hh{suffix}"}.get(
                key, f"{prefix}bias_ih{suffix}"
            )
    _refuse_more(prefix, sorted(set(own) - expected))
    _read_head(left, parameters, origins)
    join = (experiment.bidirectional or "concat") if both else None
    changes = {"cell": layer.cell, "hidden": hidden, "layers": layers, "bidirectional": join, **layer.choices}
    known = {*arguments, *(("nonlinearity",) if "cell" in chosen else ())}
    assumed = assumed_arguments(layer, known)
    if both and experiment.structure == "n-1" and "reverse_at" not in chosen:
        assumed.append("the reverse direction read " + READ_AT[experiment.reverse_at])
    notes = () if embedding is None else (embedding_note(embedding),)
    return Imported(changes, parameters, origins, tuple(assumed), notes)


def state_dict(experiment: Experiment, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Our parameters as the state_dict of a module with `rnn` and the linear `fc`; `read` gives them back exactly.

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
    if len(set(layer_widths(experiment))) > 1:
        raise InputError("PyTorch's recurrent modules have layers of one width; set widths to none, or export to Keras.")
    return layer_for_export(TORCH, "PyTorch", experiment)


def _to_state_dict(experiment: Experiment, parameters: Mapping[str, Array], convert) -> dict[str, Array]:
    layer = layer_of(experiment)
    refuse_other_parts("PyTorch", experiment, parameters)
    found: dict[str, Array] = {}
    for name, own in chains(parameters).items():
        suffix = f"_l{int(name.strip('Lr')) - 1}" + ("_reverse" if name.endswith("r") else "")
        kernel, recurrent, bias, inner = convert(layer, experiment, own)
        found[f"{MODULE}.weight_ih{suffix}"] = np.ascontiguousarray(kernel.T)
        found[f"{MODULE}.weight_hh{suffix}"] = np.ascontiguousarray(recurrent.T)
        found[f"{MODULE}.bias_ih{suffix}"] = bias
        found[f"{MODULE}.bias_hh{suffix}"] = inner
    found[f"{OUTPUT_LAYER}.weight"] = np.ascontiguousarray(parameters["out.V"].T)
    found[f"{OUTPUT_LAYER}.bias"] = np.array(parameters["out.b"])
    return found


def _recurrent(arrays: Mapping[str, Array]) -> tuple[str, dict[str, Array]]:
    """The prefix of the one recurrent module, and its arrays without it."""
    found: dict[str, dict[str, Array]] = {}
    for key, array in arrays.items():
        match = KEY.fullmatch(key)
        if match is None:
            continue
        if match["of"] == "hr":
            raise InputError(
                f"{quoted(key)} belongs to an LSTM with proj_size; use one without a projection of its state."
            )
        found.setdefault(match["prefix"], {})[key[len(match["prefix"]) :]] = array
    if not found:
        raise InputError("there is no weight_ih_l0; save the state_dict of torch.nn.RNN, LSTM or GRU.")
    if len(found) > 1:
        names = " and ".join(f"“{quoted(prefix.rstrip('.'))}”" for prefix in sorted(found)[:3])
        raise InputError(f"it has several recurrent modules, {names}; save the state_dict of one of them.")
    return next(iter(found.items()))


def _places(layers: int, both: bool) -> list[tuple[int, str, str]]:
    """(layer from 0, our name, their suffix) of every chain."""
    places = []
    for k in range(layers):
        places.append((k, f"L{k + 1}", f"_l{k}"))
        if both:
            places.append((k, f"L{k + 1}r", f"_l{k}_reverse"))
    return places


def _sizes(name: str, recurrent: Array) -> tuple[int, int]:
    """(H, G) from weight_hh (G·H, H)."""
    if recurrent.ndim == 2 and recurrent.shape[1]:
        gates, rest = divmod(recurrent.shape[0], recurrent.shape[1])
        if not rest and gates in GATES:
            return recurrent.shape[1], gates
    raise InputError(
        f"{name} is {recurrent.shape}, but (H, H), (3·H, H) or (4·H, H) is expected, of an RNN, a GRU or an LSTM; "
        "save the module's own state_dict, unchanged."
    )


def _inputs(array: Array | None) -> int:
    return array.shape[1] if array is not None and array.ndim == 2 else 1


def _taken(prefix: str, key: str, shape: tuple[int, ...], own: Mapping[str, Array], gates: int) -> Array | None:
    """An array of the expected shape; None for a bias where the module has no biases at all."""
    array = own.get(key)
    if array is None:
        if key.startswith("bias") and not any(each.startswith("bias") for each in own):
            return None
        raise InputError(f"{prefix}{key} is missing; save the module's whole state_dict.")
    if array.shape != shape:
        sizes = f"{gates} × {shape[0] // gates} units" if gates > 1 else f"{shape[0]} units"
        raise InputError(
            f"{prefix}{key} is {array.shape}, but {shape} is expected ({sizes}); "
            "save the state_dict of one module, unchanged."
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
        names = " and ".join(quoted(stem + "weight") for stem in stems[:3])
        raise InputError(f"it has {len(stems)} linear layers, {names}; the network here has one, so save one of them.")
    for stem in stems:
        weight = left.pop(stem + "weight")
        bias = left.pop(stem + "bias", np.zeros(weight.shape[0]))
        if bias.shape != weight.shape[:1]:
            raise InputError(f"{stem}bias is {bias.shape}, but {weight.shape[:1]} is expected beside {stem}weight.")
        parameters["out.V"], parameters["out.b"] = weight.T.copy(), bias
        origins["out.V"], origins["out.b"] = stem + "weight", stem + "bias"
    _refuse_more("", sorted(left))


def _refuse_more(prefix: str, keys: list[str]) -> None:
    if keys:
        raise InputError(
            f"{quoted(prefix + keys[0])} has no place in a network of an embedding, recurrent layers and one linear "
            "layer; this program cannot compute with it."
        )
