"""Small runs of every structure, for the tests of the picture: rows, edges, schedule, the magnifying glass."""

from __future__ import annotations

from typing import Any

import pytest

from core.experiment import natural
from core.recorder import record
from core.trace import Trace

DECODER: dict[str, Any] = {"structure": "encoder-decoder", "output_steps": 3, "delay": 1}
ATTENTION: dict[str, Any] = {"structure": "attention", "output_steps": 3, "delay": 1}
LENGTHS: dict[str, Any] = {"task": "surname", "steps": 8}
STRUCTURES: dict[str, dict[str, Any]] = {
    "n-1": {"structure": "n-1"},
    "n-n": {"structure": "n-n"},
    "1-n": {"structure": "1-n"},
    "three layers": {"layers": 3},
    "three widths": {"layers": 3, "widths": (4, 1, 2)},
    "two widths, both directions": {"layers": 2, "widths": (2, 4), "bidirectional": "concat"},
    "two widths, output feedback": {"layers": 2, "widths": (3, 2), "output_feedback": True},
    "convolution": {"convolution": 3, "filters": 2, "layers": 2},
    "output feedback": {"output_feedback": True, "layers": 2},
    "teacher forcing": {"output_feedback": True, "teacher_forcing": True},
    "1-n-feedback": {"structure": "1-n-feedback", "layers": 2},
    "bidirectional n-n": {"bidirectional": "concat"},
    "bidirectional n-1": {"structure": "n-1", "bidirectional": "product"},
    "bidirectional at the last step": {"structure": "n-1", "bidirectional": "mean", "reverse_at": "last-step"},
    "bidirectional, two layers": {"bidirectional": "sum", "layers": 2},
    "bidirectional, two layers, n-1": {"structure": "n-1", "bidirectional": "concat", "layers": 2},
    "encoder-decoder": {**DECODER, "layers": 2},
    "encoder-decoder, forced": {**DECODER, "teacher_forcing": True},
    "no dense layer": {"layers": 2, "widths": (3, 1), "head": False},
    "no dense layer, both directions": {"widths": (1,), "head": False, "bidirectional": "sum"},
    "no dense layer, output feedback": {"widths": (1,), "head": False, "output_feedback": True},
    "no biases": {"biases": False, "layers": 2},
    "no biases, convolution": {"biases": False, "convolution": 3, "filters": 2},
    "no biases, context": {**DECODER, "biases": False, "context": "transform"},
    "neither dense layer nor biases": {**DECODER, "layers": 2, "widths": (2, 1), "head": False, "biases": False},
    "encoder-decoder of two widths": {**DECODER, "layers": 2, "widths": (3, 2)},
    "context transformed": {**DECODER, "context": "transform"},
    "context of all, at every step": {**DECODER, "context": "all", "context_at": "every", "layers": 2},
    "context of both chains": {**DECODER, "bidirectional": "sum", "layers": 2},
    "attention": {**ATTENTION, "layers": 2},
    "attention of two widths": {**ATTENTION, "score": "bilinear", "layers": 2, "widths": (2, 4)},
    "attention, bilinear": {**ATTENTION, "score": "bilinear", "bidirectional": "concat", "context": "all"},
    "attention, additive": {**ATTENTION, "score": "additive", "bidirectional": "product", "layers": 2},
    "lengths": {**LENGTHS, "structure": "n-1"},
    "lengths, bidirectional": {**LENGTHS, "structure": "n-1", "bidirectional": "sum"},
    "lengths, layers": {**LENGTHS, "structure": "n-1", "layers": 2, "bidirectional": "mean"},
    "lengths, attention": {**LENGTHS, **ATTENTION, "score": "additive"},
    "lengths, context of all": {**LENGTHS, **DECODER, "context": "all", "bidirectional": "concat"},
}
STRUCTURE = pytest.mark.parametrize("name", STRUCTURES)


def trace_of(name: str, cell: str = "tanh", **changes: Any) -> Trace:
    """Five steps, three samples, states to start from; sequences of different lengths where the name says so."""
    chosen = {"cell": cell, "steps": 5, "hidden": 3, "batch": 3, "bias": 0.2, "initial_state": 0.3, **STRUCTURES[name]}
    return record(natural(chosen.pop("task", "echo"), **{**chosen, **changes}))
