"""A panel of the experiment to try, and a table to read."""

from __future__ import annotations

import pytest

from core.experiment import natural
from tests.explorer.panels.experiment.desk import Desk


@pytest.fixture
def desk(qtbot):
    desks = []

    def make(**fields):
        theme, unfolded = fields.pop("theme", "light"), fields.pop("unfolded", True)
        desks.append(Desk(qtbot, natural(fields.pop("task", "last-step"), **fields), theme, unfolded))
        return desks[-1]

    yield make
    for each in desks:
        each.player.stop()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "river.csv"
    path.write_text("day,level,flow\n" + "".join(f"{k},{k % 7},{'' if k == 5 else k * 2}\n" for k in range(60)))
    return path
