"""How the rate changes: as PyTorch changes it, and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InputError
from core.training.plan import Plan
from core.training.schedules import SCHEDULES, Cosine, Step, schedule_named
from tests.core.training import from_torch
from tests.core.training.from_torch import RATE, UPDATES

RATES = json.loads(Path(from_torch.__file__).with_suffix(".json").read_text())["rates"]
PLAN = Plan(step_every=8, step_factor=0.5, rate_at_end=0.1)


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_pytorch_changes_it_the_same_way(kind):
    """At each of 50 updates; figures from torch.optim.lr_scheduler (from_torch.py)."""
    schedule = kind.of(PLAN)
    found = [RATE * schedule.factor(k, UPDATES) for k in range(UPDATES)]
    assert found == pytest.approx(RATES[kind.name], rel=1e-12)
    assert schedule_named(kind.name) is kind


def test_by_hand():
    assert [Step(2, 0.1).factor(done, 9) for done in (0, 1.99, 2, 3.5, 4)] == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert [Cosine(0.5).factor(done, 8) for done in (0, 4, 8, 9)] == pytest.approx([1, 0.75, 0.5, 0.5])


def test_an_unknown_one_is_refused():
    with pytest.raises(InputError, match=r"schedule: there is no “linear”; choose one of constant, step, cosine."):
        schedule_named("linear")
