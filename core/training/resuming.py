"""Resuming: what a training needs besides its parameters so that another one goes on as if it had been the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.maths.arrays import Array
from core.training.plan import Plan


@dataclass(frozen=True, eq=False)
class Resumed:
    """Where a training was: the `optimizer` by name with what it remembered (`state`: vectors (n,) over the `learned`
    parameters, one behind the other, and its own count of `updates`), and how many `updates` there were in all, which
    says what batch comes next."""

    optimizer: str
    learned: tuple[str, ...]
    updates: int
    state: Mapping[str, Array]

    def why_anew(self, plan: Plan, learned: tuple[str, ...], size: int) -> str:
        """Why a training by a plan, of `size` numbers learned, cannot take it up; "" where it can."""
        if self.optimizer != plan.optimizer:
            return f"the file has the state of {self.optimizer}, not of {plan.optimizer}"
        if self.learned != learned:
            return "other parameters are held than in the training of the file"
        if any(array.ndim and array.shape != (size,) for array in self.state.values()):
            return "the network has another size than in the training of the file"
        return ""
