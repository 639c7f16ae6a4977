"""What a person works on, whole and unchangeable: the experiment, the parameters that a file brought, the pinned runs.

A history holds such contents, so that undo brings all of it back; a saved session is one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.experiment import MAKES_PARAMETERS, Experiment, describe
from core.maths.arrays import Array
from core.training.plan import Plan


class Parameters(Mapping[str, Array]):
    """Parameters by name, read-only; equal where every bit is and they are made for the same choices: `belong_to`."""

    def __init__(self, experiment: Experiment, parameters: Mapping[str, Array]) -> None:
        """Copies the arrays."""
        self._made_for = _choices(experiment)
        self._arrays: dict[str, Array] = {}
        found = hashlib.sha256(repr(self._made_for).encode("utf-8", "surrogatepass"))
        for name, array in parameters.items():
            copied = self._arrays[name] = np.array(array, dtype=float, order="C")
            copied.setflags(write=False)
            found.update(f"{name}{copied.shape}".encode())
            found.update(copied.data)
        self._digest = found.digest()

    def belong_to(self, experiment: Experiment) -> bool:
        """Whether nothing that makes parameters is chosen otherwise."""
        return self._made_for == _choices(experiment)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)


def _choices(experiment: Experiment) -> tuple[object, ...]:
    return tuple(getattr(experiment, name) for name in MAKES_PARAMETERS)


def own_parameters(experiment: Experiment, parameters: Mapping[str, Array] | None) -> Parameters | None:
    """Parameters that are to be those of an experiment, instead of its seed's; the very same where they are already."""
    if parameters is None or (isinstance(parameters, Parameters) and parameters.belong_to(experiment)):
        return parameters
    return Parameters(experiment, parameters)


@dataclass(frozen=True)
class PinnedRun:
    """A run that stays beside the current one. `number` picks its colour; `parameters`: its own, if it has some.
    `plan`: how it is trained; None: as the current one is."""

    experiment: Experiment
    label: str
    number: int
    parameters: Parameters | None = None
    plan: Plan | None = None


USUAL_PLAN = Plan(optimizer="sgd", rate=0.1)  # where nobody has chosen: θ ← θ − η·∂L/∂θ, as it is taught first


@dataclass(frozen=True)
class Content:
    """All of a document that is work, and that a saved session brings back; how it is looked at is not.

    `given`: the parameters that a file brought. They stay where the experiment is changed, so that they are there again
    once it is changed back; it is run with `parameters`.
    """

    experiment: Experiment
    given: Parameters | None = None
    pinned: tuple[PinnedRun, ...] = ()
    plan: Plan = USUAL_PLAN

    @property
    def parameters(self) -> Parameters | None:
        """Those to run with; None: the seed's."""
        return self.given if self.given is not None and self.given.belong_to(self.experiment) else None

    @property
    def own_weights(self) -> bool:
        """Whether it runs on a person's own arrays, with weights that no initialisation has made."""
        return self.parameters is not None and self.experiment.task == "arrays"

    @property
    def described(self) -> str:
        """The run in a few characters."""
        return describe(self.experiment, self.own_weights)
