"""An experiment's network and the weights of a file: what belongs to which chain, and whether the two fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.experiment import Experiment
from core.interop.conventions import Imported, without_biases
from core.maths.arrays import Array
from core.recorder import Recorder
from core.sentence import Sentence, listed

CHAIN = re.compile(r"L\d+r?")
OWN = ({"U", "W"}, {"U", "W", "b"}, {"U", "W", "b", "b_q"})


@dataclass(frozen=True)
class Fitted:
    """An experiment with the parameters to run it with; `initial` names those that the file did not have, `assumed` and
    `notes` are the file's (see Imported)."""

    experiment: Experiment
    parameters: dict[str, Array]
    initial: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that a person must know of how the file was read, a clause each."""
        found: list[str] = (
            [Sentence("{names} as the seed makes them", names=", ".join(self.initial))] if self.initial else []
        )
        found += self.notes
        if self.assumed:
            found.append(Sentence("{what}: assumed, the file does not say", what=listed(self.assumed)))
        return tuple(found)


def chains(parameters: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """The parameters of L1, L1r, L2 … by chain, and in it by their short names."""
    found: dict[str, dict[str, Array]] = {}
    for full, array in parameters.items():
        part, _, name = full.partition(".")
        if CHAIN.fullmatch(part):
            found.setdefault(part, {})[name] = array
    return found


def refuse_other_parts(library: str, experiment: Experiment, parameters: Mapping[str, Array]) -> None:
    """Raises InputError where the network has more than recurrent layers and a linear one."""
    known = [name for name in parameters if CHAIN.fullmatch(name.partition(".")[0])]
    more = [name for name in parameters if name not in (*known, "out.V", "out.b")]
    more += [f"{part}.{name}" for part, own in chains(parameters).items() for name in own if set(own) not in OWN]
    if more:
        raise InputError(
            "structure {structure} has weights that {library}'s recurrent layers lack, {more}; export the run as "
            "numpy-code instead.",
            structure=experiment.structure,
            library=library,
            more=more[0],
        )


def fit(experiment: Experiment, imported: Imported) -> Fitted:
    """The experiment changed to hold the imported weights; what the file lacks (a read-out) begins as it would. Where
    it has no dense layer, nobody has asked for one and the last state is as wide as the output, that is the output.
    What has no bias at all is a network without biases.

    Raises InputError where the task's inputs or outputs, or the structure, are others than the weights'.
    """
    experiment = experiment.with_changes(**imported.changes)
    assumed = imported.assumed
    if "head" not in imported.changes and experiment.head and _state_is_output(experiment):
        experiment = experiment.with_changes(head=False)
        assumed = (*assumed, Sentence("the last state as the output (for a dense layer set head=true)"))
    whole = not experiment.head or "out.V" in imported.parameters  # nothing is left for the seed to make
    given = without_biases(imported.parameters) if whole and not imported.biased else imported.parameters
    experiment = experiment.with_changes(biases=imported.biased or not whole)
    recorder = Recorder(experiment)
    shapes = recorder.network.parameter_shapes
    for name, array in given.items():
        if name not in shapes:
            raise InputError(
                "structure {structure} has no {name}, where {origin} would go; choose structure n-1 or n-n.",
                structure=experiment.structure,
                name=name,
                origin=imported.origins[name],
            )
        if array.shape != shapes[name]:
            _refuse_shape(experiment, imported, name, array.shape, shapes[name])
    parameters = {name: given.get(name, array) for name, array in recorder.parameters.items()}
    initial = tuple(name for name in parameters if name not in given)
    return Fitted(experiment, parameters, initial, assumed, imported.notes)


def _state_is_output(experiment: Experiment) -> bool:
    """Whether the last state is as wide as the task's output."""
    try:
        Recorder(experiment.with_changes(head=False))
    except InputError:
        return False
    return True


def _refuse_shape(
    experiment: Experiment, imported: Imported, name: str, found: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    origin, task = imported.origins[name], experiment.task
    if name.endswith(".U") and found[1:] == wanted[1:]:
        raise InputError(
            "{origin} reads {found} inputs, but the task {task} gives {wanted}; choose a task with {found}, or keep "
            "the embedding in the file that stands before it.",
            origin=origin,
            found=found[0],
            task=task,
            wanted=wanted[0],
        )
    if name.startswith("out.") and found[-1] != wanted[-1]:
        raise InputError(
            "{origin} gives {found} outputs, but the task {task} has {wanted}; choose a task with {found}.",
            origin=origin,
            found=found[-1],
            task=task,
            wanted=wanted[-1],
        )
    raise InputError(
        "{origin}, in our layout {found}, does not fit {name}, {wanted}; check the layers' widths and `bidirectional`.",
        origin=origin,
        found=found,
        name=name,
        wanted=wanted,
    )
