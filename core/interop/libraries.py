"""The libraries whose weights are read: how their files look, and what reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from core.cells import cell_named
from core.cells.elsewhere import KERAS, TORCH, Layer
from core.errors import InputError, one_named
from core.experiment import Experiment
from core.interop import files, keras_weights, torch_weights
from core.interop.conventions import NOTHING_SAID, Imported, layer_for_export, settings_text
from core.interop.network import Fitted, fit
from core.maths.arrays import Array
from core.options import names_of


class Library(NamedTuple):
    """One of them. `read` gets arrays by name, the experiment, the fields that somebody has chosen in it, and what is
    said of the layers by the library's own `arguments`."""

    name: str
    title: str
    recognises: Callable[[Mapping[str, Array]], bool]
    read: Callable[[Mapping[str, Array], Experiment, Collection[str], Mapping[str, str]], Imported]
    layers: tuple[Layer, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the layers' arguments that no weight shows."""
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.arguments))


LIBRARIES = (
    Library("torch", "PyTorch", torch_weights.recognises, torch_weights.read, TORCH),
    Library("keras", "Keras", keras_weights.recognises, keras_weights.read, KERAS),
)


def library_named(name: str) -> Library:
    """The library of that name. Raises InputError, listing the known ones."""
    return one_named(name, LIBRARIES, "There is no library “{name}”; there are {known}.")


def library_of(arrays: Mapping[str, Array]) -> Library | None:
    """The library whose weights have such names, or None."""
    return next((each for each in LIBRARIES if each.recognises(arrays)), None)


def experiment_says(experiment: Experiment) -> tuple[str, ...]:
    """The fields of an experiment that count as chosen for weights that do not show them: those that its cell reads,
    and the order in which it reads where that is not the libraries' own."""
    order = ("read_backwards",) if experiment.read_backwards else ()
    return (*names_of(cell_named(experiment.cell).options), *order)


def translated(name: str, experiment: Experiment, parameters: Mapping[str, Array]) -> tuple[dict[str, Array], str]:
    """A run's weights by the library's names, and the layer that they are for with the settings that it needs. Raises
    InputError where the library has no such layer."""
    if name == "torch":
        arrays, layer = torch_weights.state_dict(experiment, parameters), torch_weights.layer_of(experiment)
    else:
        arrays = keras_weights.named(keras_weights.weights(experiment, parameters))
        layer = layer_for_export(KERAS, "Keras", experiment)
    more = [text for text in (settings_text(layer), _order(name, experiment)) if text]
    return arrays, f"{layer.name} ({'; '.join(more)})" if more else layer.name


def _order(name: str, experiment: Experiment) -> str:
    """What has to be said of sequences that are read backwards, beside the layer's settings."""
    if not experiment.read_backwards:
        return ""
    if name == "torch":
        return "given each sequence in reverse order, its last row first"
    return "go_backwards in the first layer alone" if experiment.layers > 1 else ""


def open_weights(path: Path, experiment: Experiment, name: str = "", chosen: Collection[str] = ()) -> Fitted:
    """An experiment with the weights of a file; `name`: the library, where it is not to be recognised.

    Raises InputError with one sentence that names the file.
    """
    arrays = files.read(path)
    library = library_named(name) if name else library_of(arrays)
    try:
        if library is None:
            raise InputError(
                "its arrays are neither a state_dict of PyTorch nor arr_0, arr_1 … of Keras's get_weights()."
            )
        return fit(experiment, library.read(arrays, experiment, chosen, NOTHING_SAID))
    except InputError as error:
        raise InputError("{file} cannot be used: {error}", file=path.name, error=error) from None
