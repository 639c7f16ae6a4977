"""The libraries whose weights are read: how their files look, and what reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from core.cells.base import Array
from core.errors import InputError
from core.experiment import Experiment
from core.interop import files, keras_weights, torch_weights
from core.interop.conventions import Imported
from core.interop.network import Fitted, fit


class Library(NamedTuple):
    """One of them. `read` gets arrays by name, the experiment and the fields that somebody has chosen in it."""

    name: str
    title: str
    recognises: Callable[[Mapping[str, Array]], bool]
    read: Callable[[Mapping[str, Array], Experiment, Collection[str]], Imported]


LIBRARIES = (
    Library("torch", "PyTorch", torch_weights.recognises, torch_weights.read),
    Library("keras", "Keras", keras_weights.recognises, keras_weights.read),
)


def library_named(name: str) -> Library:
    """The library of that name. Raises InputError, listing the known ones."""
    for library in LIBRARIES:
        if library.name == name:
            return library
    raise InputError(f"There is no library “{name}”; there are {', '.join(each.name for each in LIBRARIES)}.")


def library_of(arrays: Mapping[str, Array]) -> Library | None:
    """The library whose weights have such names, or None."""
    return next((each for each in LIBRARIES if each.recognises(arrays)), None)


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
        return fit(experiment, library.read(arrays, experiment, chosen))
    except InputError as error:
        raise InputError(f"{path.name} cannot be used: {error}") from None
