"""A training's history as arrays by name, for NPZ, and as a table, CSV."""

from __future__ import annotations

import math

import numpy as np

from core.maths.arrays import Array
from core.training.history import Updates, Validations
from core.training.measures import R_SQUARED

NUMBERS = ("loss", "norm", "used", "rate", "epoch")


def history_arrays(history: Updates, validations: Validations | None = None) -> dict[str, Array]:
    """`history.loss`, `history.norm` (before clipping), `history.used` (after it), `history.rate` and `history.epoch`,
    (updates,); where something was validated on, `validation.update`, `validation.loss` and `validation.metric` too."""
    found = {f"history.{name}": np.array(history.column(name)) for name in NUMBERS}
    if validations is not None and len(validations):
        found["validation.update"] = validations.updates
        found["validation.loss"] = np.array(validations.loss)
        found["validation.metric"] = np.array(validations.metric)
    return found


def history_csv(history: Updates, validations: Validations, metric: str) -> str:
    """One line an update: update, epoch (0 where there are none), rate, loss of its batch and gradient norm, before and
    after clipping; and what was validated after it, empty where nothing was. A validation before the first update has
    a line of its own, update 0. Read back, each number is the same float; what has no meaning is empty.

    `metric`: what the validations' metric is, accuracy or R².
    """
    name = "validation_r_squared" if metric == R_SQUARED else "validation_accuracy"
    lines = [f"update,epoch,rate,loss,norm,used_norm,validation_loss,{name},validation_sequences"]
    validated = {
        int(update): f"{_text(loss)},{_text(value)},{validations.sequences}"
        for update, loss, value in zip(validations.updates, validations.loss, validations.metric, strict=True)
    }
    if 0 in validated:
        lines.append(f"0,0,,,,,{validated[0]}")
    for each in history:
        numbers = ",".join(map(_text, (each.rate, each.loss, each.norm, each.used)))
        lines.append(f"{each.update},{each.epoch},{numbers},{validated.get(each.update, ',,')}")
    return "\n".join(lines) + "\n"


def _text(number: float) -> str:
    return "" if math.isnan(number) else repr(float(number))
