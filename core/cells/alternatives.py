"""Experiments that are one click away from a cell's own: the counter-example of what the textbooks say of it, and back.

What each of them makes of the gradient is tested over seeds (tests/core/claims/test_defaults.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Alternative:
    """`title`: in three or four words, which stand on a button; `changes`: fields of the experiment."""

    title: str
    changes: Mapping[str, Any] = field(hash=False)


EXPLODING = Alternative("ReLU, W = 1.2·I", {"cell": "relu", "w_init": "identity", "w_gain": 1.2, "nonnegative": True})
BALANCED = Alternative("W = 1·I", {"w_init": "identity", "w_gain": 1.0, "nonnegative": True})
GATED = Alternative("LSTM", {"cell": "lstm"})
FORGETTING = Alternative("forget bias 0", {"forget_bias": 0.0})
REMEMBERING = Alternative("forget bias 5", {"forget_bias": 5.0})
OVERWRITING = Alternative("update bias 0", {"update_bias": 0.0})
KEEPING = Alternative("update bias −5", {"update_bias": -5.0, "update": "writes"})
