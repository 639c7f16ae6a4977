"""Spikes: what stands out is named with its update, and what only wobbles is not."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.history import Progress, Updates
from core.training.spikes import BEFORE, FEWEST, PIECE, spikes


def history(loss: np.ndarray, norm: np.ndarray | None = None) -> Updates:
    found = Updates()
    for one, other in zip(loss, np.ones(len(loss)) if norm is None else norm, strict=True):
        found.append(Progress(len(found) + 1, one, other, other, 0.1, 0))
    return found


def test_a_jump_is_named():
    random = np.random.default_rng(1)
    loss = 1.0 + 0.01 * random.normal(size=PIECE + 300)
    norm = np.ones(len(loss))
    loss[199], loss[PIECE + 100], norm[299] = 1.5, 2.0, 40.0
    found = spikes(history(loss, norm))
    assert [(each.update, each.quantity) for each in found] == [(200, "loss"), (300, "norm"), (PIECE + 101, "loss")]
    assert found[0].value == 1.5 and found[0].usual == pytest.approx(np.median(loss[199 - BEFORE : 199]))
    assert spikes(history(loss, norm), first=201) == found[1:]


def test_what_falls_or_wobbles_is_none():
    random = np.random.default_rng(2)
    assert spikes(history(np.exp(-np.arange(300) / 50))) == []
    assert spikes(history(np.full(100, 0.3))) == []
    assert len(spikes(history(1.0 + 0.1 * random.normal(size=2000)))) == 0
    assert spikes(history(np.full(FEWEST, 7.0))) == []


def test_what_is_no_longer_finite_is_one():
    loss = np.full(30, 1.0)
    loss[-1] = np.inf
    assert [(each.update, each.value) for each in spikes(history(loss))] == [(30, np.inf)]
