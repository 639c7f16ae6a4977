"""Typed numbers put where numbers are made: into the data, the parameters and the initial states of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.choices import INPUTS, START, TARGETS, Edit, is_data, is_start
from core.edits.places import Places, start_shapes
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.parts import Network
from core.network.scan import scans_of
from core.tasks.base import Data


def edited_data(network: Network, data: Data, experiment: Experiment) -> Data:
    """The data with the typed inputs and targets. Raises InputError naming an edit that does not fit.

    Where the first sample's x is another symbol now, its label is that symbol's, or empty where it is none.
    """
    chosen = [edit for edit in experiment.edits if is_data(edit.name)]
    if not chosen:
        return data
    places = Places(experiment, data, network)
    arrays = {INPUTS: np.array(data.x), TARGETS: np.array(data.y)}
    _refuse(places, chosen)
    for edit in chosen:
        # The first x again at every step: what is typed over it is read at every step, too.
        again = edit.name == INPUTS and experiment.structure == "1-n-every"
        arrays[edit.name][(slice(None), *edit.index[1:]) if again else edit.index] = edit.value
    for t, sample in sorted({edit.index[:2] for edit in chosen if edit.name == TARGETS}):
        reason = places.row_refusal(arrays[TARGETS][t, sample], t, sample)
        if reason:
            raise InputError(reason)
    for array in arrays.values():
        array.setflags(write=False)
    labels = _labels(data, arrays[INPUTS])
    return replace(data, x=arrays[INPUTS], y=arrays[TARGETS], labels=labels)


def _labels(data: Data, x: Array) -> tuple[str, ...]:
    """What the first sample reads at each step, in a word, after its numbers have become x."""
    found = list(data.labels)
    for t, label in enumerate(found):
        was, now = data.x[t, 0], x[t, 0]
        if label and not np.array_equal(was, now):
            symbol = np.count_nonzero(now) == 1 and now.max() > 0.0 and label == data.input_names[int(was.argmax())]
            found[t] = data.input_names[int(now.argmax())] if symbol else ""
    return tuple(found)


def edited_parameters(network: Network, parameters: Mapping[str, Array], experiment: Experiment) -> dict[str, Array]:
    """The parameters with the typed ones; of those that have none the same arrays. Raises InputError naming an edit
    that does not fit."""
    found = dict(parameters)
    chosen = [edit for edit in experiment.edits if not is_data(edit.name) and not is_start(edit.name)]
    if not chosen:
        return found
    # Masks and shapes are the network's alone: no data are looked at.
    _refuse(_of_network(network, experiment), chosen)
    for edit in chosen:
        if found[edit.name] is parameters.get(edit.name):
            found[edit.name] = np.array(found[edit.name], dtype=float)
        found[edit.name][edit.index] = edit.value
    return found


def start_states(network: Network, batch: int, experiment: Experiment) -> None:
    """Gives the network's scans their typed initial states. Raises InputError naming an edit that does not fit."""
    chosen = [edit for edit in experiment.edits if is_start(edit.name)]
    if not chosen:
        return
    scans = {scan.name: scan for scan in scans_of(network)}
    shapes = start_shapes(network, batch)
    _refuse(_of_network(network, experiment, batch), chosen)
    for edit in chosen:
        part, _, name = edit.name.removesuffix(START).partition(".")
        starts = scans[part].starts
        if name not in starts:
            starts[name] = np.full(shapes[edit.name], experiment.initial_state)
        starts[name][edit.index] = edit.value


def _of_network(network: Network, experiment: Experiment, batch: int = 0) -> Places:
    """Places without data: those of the parameters and, with `batch`, of the initial states."""
    empty = np.zeros((0, batch, 0))
    return Places(experiment, Data(empty, empty, np.zeros(0, dtype=bool), network.loss.name, (), ()), network)


def _refuse(places: Places, edits: Sequence[Edit]) -> None:
    wrong = places.misfits(edits)
    if wrong:
        raise InputError(places.refusal(wrong[0]))
