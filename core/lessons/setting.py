"""The runs of a step: from a preset and changes to experiments, and from those to recorded runs.

A step's changes are laid over its preset, those of a claim over the step's, and those of a pin over both. No file is
read and no name of one taken: a lesson may come from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from core.choices import Edit, FrozenGate
from core.errors import InputError, quoted
from core.exercises.hand_sized import hand_sized
from core.experiment import Experiment
from core.jobs import Job, part
from core.lessons.format import Changes, Claim, Lesson, Pin
from core.lessons.language.runs import Runs
from core.lessons.presets import PRESETS, preset_named
from core.maths.arrays import Array
from core.recorder import recording
from core.tasks import TASKS
from core.trace import Trace
from core.training.plan import Plan, from_builtins

OFF = "off"  # in a file that knows no None
MOST_UPDATES, MOST_SEQUENCES = 2000, 128  # of a training in a lesson
_PLACE = re.compile(r"([A-Za-z]\w*(?:\.\w+)?)\[(\d{1,6}(?:, ?\d{1,6})*)\]", re.ASCII)
_FILES = frozenset(name for task in TASKS for name in task.files) | {
    name for name in Experiment.__struct_fields__ if name.endswith(("_path", "_hash"))
}
_CAN_BE_OFF = frozenset(each.name for each in msgspec.structs.fields(Experiment) if each.default is None)


@dataclass(frozen=True)
class Setting:
    """All that makes one run: see core.lessons.format.Changes."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    edits: Mapping[str, float] = field(default_factory=dict)
    freeze: Mapping[str, float] = field(default_factory=dict)
    hand: bool = False
    train: Mapping[str, Any] | None = None
    weights: bool = False

    def changed(self, by: Changes) -> Setting:
        """The same with changes laid over it. Raises InputError for a preset that there is none of."""
        first = self if by.base is None else setting_named(by.base)
        freeze = {**first.freeze, **by.freeze}
        train = first.train if by.train is None else {**(first.train or {}), **by.train}
        return replace(
            first,
            fields={**first.fields, **by.set},
            edits={**first.edits, **by.edits},
            freeze={gate: at for gate, at in freeze.items() if at >= 0.0},
            hand=first.hand if by.hand is None else by.hand,
            train=train,
            weights=isinstance(by, Pin) and by.weights,
        )

    def experiment(self, seed: int | None = None) -> Experiment:
        """With both seeds of that number, or as the setting has them. Raises InputError naming what is wrong."""
        values = {name: self._value(name, value) for name, value in self.fields.items()}
        if seed is not None:
            values |= {"data_seed": seed, "weight_seed": seed}
        edits = tuple(_edit(place, value) for place, value in self.edits.items())
        frozen = tuple(FrozenGate(gate, float(at)) for gate, at in sorted(self.freeze.items()))
        found = Experiment().with_changes(**{"frozen": frozen, **values})
        if self.hand:
            found = hand_sized(found)
        return found.with_changes(edits=(*found.edits, *edits)) if edits else found

    def _value(self, name: str, value: Any) -> Any:
        if name in _FILES:
            raise InputError("{name}: a lesson reads no files; choose a task that makes its own data.", name=name)
        if name in ("edits", "frozen"):
            other = {"edits": "edits", "frozen": "freeze"}[name]
            raise InputError("{name}: this stands beside `set`, as `{other}`.", name=name, other=other)
        return None if value == OFF and name in _CAN_BE_OFF else value

    def plan(self) -> Plan | None:
        """How the run is trained; None where nothing says so. Raises InputError."""
        if self.train is None:
            return None
        plan = from_builtins(dict(self.train))
        if plan.length > MOST_UPDATES or plan.unit != "updates":
            raise InputError("length: a lesson trains for at most {most:,} updates; choose fewer.", most=MOST_UPDATES)
        if (plan.sequences or 1) > MOST_SEQUENCES:
            raise InputError("sequences: a lesson trains on at most {most} at once; choose fewer.", most=MOST_SEQUENCES)
        return plan


def setting_named(name: str) -> Setting:
    """That of a preset. Raises InputError."""
    preset = preset_named(name)
    return Setting(preset.fields, preset.edits, train=preset.train)


def _edit(place: str, value: float) -> Edit:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise InputError(
            "edits: “{place}” is no place; write it as x[1, 1, 1] or L1.W[2, 1], counted from 1.", place=quoted(place)
        )
    index = tuple(int(each) - 1 for each in found[2].split(","))
    if min(index) < 0:
        raise InputError("edits: “{place}” has a 0, and places count from 1.", place=quoted(place))
    return Edit(found[1], index, float(value))


# --- of a lesson ---
def settings_of(lesson: Lesson) -> tuple[Setting, ...]:
    """That of every step. Raises InputError."""
    found: list[Setting] = []
    for step in lesson.step:
        before = found[-1] if step.same and found else setting_named(PRESETS[0].name)
        found.append(before.changed(step))
    return tuple(found)


@dataclass(frozen=True)
class Scene:
    """The shown run of a step or a claim, and the pinned ones by their letter."""

    shown: Setting
    pins: Mapping[str, Setting]

    def experiments(self, seed: int | None = None) -> dict[str, Experiment]:
        """By letter, "" the shown one. Raises InputError."""
        return {letter: each.experiment(seed) for letter, each in {"": self.shown, **self.pins}.items()}

    def plans(self) -> dict[str, Plan]:
        """Of those that are trained. Raises InputError."""
        found = {letter: each.plan() for letter, each in {"": self.shown, **self.pins}.items()}
        return {letter: plan for letter, plan in found.items() if plan is not None}

    def running(self, seed: int | None = None) -> Job[Runs]:
        """Records all of them. Raises InputError where one cannot be run."""
        experiments = self.experiments(seed)
        traces: dict[str, Trace] = {}
        for k, (letter, experiment) in enumerate(experiments.items()):
            own: Mapping[str, Array] | None = traces[""].parameters if letter and self.pins[letter].weights else None
            job = recording(experiment, own)
            traces[letter] = yield from part(job, k / len(experiments), (k + 1) / len(experiments))
        return Runs(traces.pop(""), traces, self.plans(), self.running)


def scene_of(setting: Setting, pins: Mapping[str, Pin]) -> Scene:
    """A setting, and the pins as changes of it. Raises InputError."""
    return Scene(setting, {letter: setting.changed(pin) for letter, pin in pins.items()})


def scene_of_claim(setting: Setting, pins: Mapping[str, Pin], claim: Claim) -> Scene:
    """The step's setting as the claim changes it, with the claim's own pins where it has some."""
    return scene_of(setting.changed(claim), pins if claim.pins is None else claim.pins)
