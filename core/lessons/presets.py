"""PRESETS: the visible list of the experiments that lessons start from, by the names of the syllabus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import one_named


@dataclass(frozen=True)
class Preset:
    """`fields` of an experiment, numbers typed over by their places ("x[1, 1, 1]", counted from 1), and a training."""

    name: str
    fields: Mapping[str, Any]
    edits: Mapping[str, float] = field(default_factory=dict)
    train: Mapping[str, Any] | None = None


_BASE = {
    "task": "last-step", "cell": "tanh", "structure": "n-1", "steps": 30, "hidden": 8, "batch": 1, "input_scale": 1.0,
    "w_init": "orthogonal", "w_gain": 0.8, "u_gain": 1.0, "data_seed": 1, "weight_seed": 1,
}  # fmt: skip
_HAND = {
    "x[1, 1, 1]": 1.0, "x[2, 1, 1]": 0.5, "x[3, 1, 1]": 0.5, "y[3, 1, 1]": 1.0,
    "L1.U[1, 1]": 0.5, "L1.W[1, 1]": 0.8, "L1.b[1]": 0.0, "out.V[1, 1]": 1.0, "out.b[1]": 0.0,
}  # fmt: skip
_RECALL = {"task": "recall", "steps": 40, "noise": 0.5, "u_gain": 0.3, "w_gain": 1.0, "clip_norm": 1.0}
_ADAM = {"optimizer": "adam", "rate": 0.005, "length": 200, "sequences": 32}

PRESETS = (
    Preset("BASE", _BASE),
    Preset("HAND", {**_BASE, "task": "sine", "steps": 3, "hidden": 1}, _HAND),
    Preset("LINE", {**_BASE, "cell": "relu", "w_init": "identity", "nonnegative": True}),
    Preset("LS", {**_BASE, "cell": "lstm", "steps": 50, "w_init": "normal", "w_gain": 0.3, "u_gain": 0.3}),
    Preset("RECALL", {**_BASE, **_RECALL}, train=_ADAM),
)


def preset_named(name: str) -> Preset:
    """Raises InputError for an unknown one."""
    return one_named(name, PRESETS, "There is no base “{name}”; the bases are {known}.")
