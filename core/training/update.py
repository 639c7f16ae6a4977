"""One update of a recorded run: what its gradients make of every learned parameter, and what the loss is after it."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core import bptt
from core.edits.editing import locked_entries
from core.errors import InputError
from core.jobs import Job
from core.maths.arrays import Array
from core.maths.clipping import clip
from core.network.parts import ForwardPass
from core.recorder import quietly
from core.trace import Trace, freeze
from core.training.optimizers import SGD, Optimizer, optimizer_named
from core.training.training import learned_names

EVERY = 8  # steps between two reports of a forward pass


@dataclass(frozen=True)
class UpdateRule:
    """How one update moves the parameters: an optimizer by name with its rate η and its options, by name. `held`:
    parameters that stay as they are. `before`: the optimizer as the updates so far have left it, None for a first
    update; it is never changed, and brings its options with it.
    """

    optimizer: str = SGD.name
    rate: float = SGD.rate_usual
    options: tuple[tuple[str, float], ...] = ()
    held: tuple[str, ...] = ()
    before: Optimizer | None = None

    @property
    def step(self) -> str:
        """What the update takes from a parameter, {g} being its gradient: "η·{g}"."""
        momentum = dict(self.options).get("momentum", getattr(self.before, "momentum", 0.0))
        return optimizer_named(self.optimizer).taken[bool(momentum)]

    @property
    def plain(self) -> bool:
        """Whether it is gradient descent, θ ← θ − η·∂L/∂θ, and nothing else."""
        return self.step == SGD.taken[False]

    def new_optimizer(self) -> Optimizer:
        """One that is free to move. Raises InputError for a name, a rate or an option that cannot be."""
        if self.before is None:
            return optimizer_named(self.optimizer)(self.rate, **dict(self.options))
        made = copy.deepcopy(self.before)
        made.rate = self.rate
        return made


@dataclass(frozen=True, eq=False)
class Update:
    """One update. `moved`: the names of the parameters that are learned ("L1.W"). `gradients`: what moves them, of
    those alone: truncated, clipped, 0 where a number is locked. `before`, `after` and `change` = after − before, by
    name, of every parameter. `loss`: of the run; `loss_after`: of the same data with the new parameters, NaN where
    there are none.

    `broken`: what is not finite ("gradient", or "parameters" after it), so that nothing moves; "" where all is well.
    """

    rule: UpdateRule
    moved: tuple[str, ...]
    gradients: Mapping[str, Array]
    before: Mapping[str, Array]
    after: Mapping[str, Array]
    change: Mapping[str, Array]
    loss: float
    loss_after: float
    broken: Literal["", "gradient", "parameters"] = ""


@dataclass(frozen=True, eq=False)
class Steps:
    """What one update of a run would add to the learned parameters, by name, if the gradient were not clipped, and what
    it adds with the clipped one (the same arrays where nothing is clipped). NaN where there is no such number."""

    unclipped: Mapping[str, Array]
    clipped: Mapping[str, Array]
    clips: bool


def steps_of(trace: Trace, rule: UpdateRule) -> Steps:
    """Both, by the rule: −η·∂L/∂θ of gradient descent. Raises InputError as `UpdateRule.new_optimizer`."""
    moved, whole, used, start = _vectors(trace, rule)
    found = []
    with np.errstate(all="ignore"):
        for gradient in (whole, used):
            end = start.copy()
            if moved:
                rule.new_optimizer().step(end, gradient)
            found.append(_by_name(trace.parameters, moved, end - start))
    return Steps(found[0], found[1], not np.array_equal(whole, used, equal_nan=True))


def updating(trace: Trace, rule: UpdateRule) -> Job[Update]:
    """The update of a run: the optimizer's own step on all learned parameters as one vector, as
    `Training` does it, then a forward pass over the run's data. Raises InputError as `UpdateRule.new_optimizer`."""
    yield 0.0
    moved, _, gradient, start = _vectors(trace, rule)
    end, broken = start.copy(), ""
    with np.errstate(all="ignore"):
        if not np.isfinite(gradient).all():
            broken = "gradient"
        elif moved:
            rule.new_optimizer().step(end, gradient)
            broken = "" if np.isfinite(end).all() else "parameters"
            end = start.copy() if broken else end
    before = dict(trace.parameters)
    after = {**before, **_by_name(before, moved, end)}
    change = {**{name: np.zeros_like(array) for name, array in before.items()}, **_by_name(before, moved, end - start)}
    loss = math.nan if broken else (yield from _loss(trace, after))
    return Update(
        rule, moved, freeze(_by_name(before, moved, gradient)), trace.parameters, freeze(after), freeze(change),
        trace.loss, loss, broken,
    )  # fmt: skip


def _vectors(trace: Trace, rule: UpdateRule) -> tuple[tuple[str, ...], Array, Array, Array]:
    """The names of what is learned, its gradient before clipping and as it is used, and its numbers, (n,) each."""
    try:
        moved = learned_names(trace.network, [name for name in rule.held if name in trace.parameters])
    except InputError:  # every parameter is held
        return (), np.zeros(0), np.zeros(0), np.zeros(0)
    gradient = np.concatenate([trace.unclipped_parameters[name].ravel() for name in moved])
    experiment = trace.experiment
    locked = [locked_entries(experiment, name, trace.parameters[name].shape).ravel() for name in moved]
    gradient[np.concatenate(locked)] = 0.0
    used = clip({"all": gradient}, experiment.clip_norm, experiment.clip_value)[0]["all"]
    return moved, gradient, used, np.concatenate([trace.parameters[name].ravel() for name in moved])


def _by_name(like: Mapping[str, Array], names: tuple[str, ...], vector: Array) -> dict[str, Array]:
    found, start = {}, 0
    for name in names:
        found[name] = vector[start : start + like[name].size].reshape(like[name].shape)
        start += like[name].size
    return found


def _loss(trace: Trace, parameters: Mapping[str, Array]) -> Job[float]:
    run = ForwardPass(trace.network, dict(parameters), trace.data, recorded=False)
    for k, _ in enumerate(quietly(bptt.forward(trace.network, run))):
        if not k % EVERY:
            yield 0.5
    return float(run.loss)
