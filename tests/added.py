"""A copy of the program in which a cell and a task are added, each with an option of its own: one file and one line for
either, as a contributor would. What such a copy does is asked of a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

CELL = '''
"""Leaky units whose rate is given by a time constant."""

from typing import Annotated

import msgspec

from core.cells.leaky import Leaky
from core.options import Option, Slider

TAU = Option(
    "time_constant",
    Annotated[float, msgspec.Meta(ge=1.0, le=50.0)],
    4.0,
    "Time constant τ",
    "After so many steps about 1/e of the state is left.",
    Slider(1.0, 10.0),
    note="1 renews the whole state at each step",
    unit="steps",
)


class TimeConstant(Leaky):
    """α = 1/τ."""

    name = "time-constant"
    title = "time constant"
    options = (TAU,)

    @classmethod
    def from_experiment(cls, experiment):
        return cls(leak=1.0 / experiment.time_constant)
'''
TASK = '''
"""Parity of the last bits."""

from typing import Literal

import numpy as np

from core.maths.streams import stream
from core.options import Option
from core.tasks.base import Data, Task

PARITY_OF = Option(
    "parity_of", Literal["ones", "zeros"], "ones", "Counted", "Which bits are counted.",
    words=(("ones", "ones", "The bits that are 1."), ("zeros", "zeros", "The bits that are 0.")), makes=("data",),
)


def _make(experiment):
    bits = stream(experiment.data_seed, "data").random((experiment.steps, experiment.batch, 1)) < 0.5
    counted = bits if experiment.parity_of == "ones" else ~bits
    y = counted.cumsum(axis=0) % 2
    every = np.ones(experiment.steps, dtype=bool)
    return Data(bits.astype(float), y.astype(float), every, "binary", ("bit",), ("parity",))


PARITY = Task(
    "parity", "Parity", "Whether the bits so far are odd.", _make, lambda _: {"loss_at": "every"}, options=(PARITY_OF,)
)
'''


def copy_with_additions(folder: Path) -> Path:
    """The program in a folder, with the cell "time-constant" and the task "parity"."""
    for name in ("core", "explorer", "start", "assets"):
        shutil.copytree(ROOT / name, folder / name)
    _add(folder / "core" / "cells", "time_constant", CELL, "TimeConstant", "    NGram,\n")
    _add(folder / "core" / "tasks", "parity", TASK, "PARITY", "    CSV,\n")
    return folder


def _add(room: Path, module: str, source: str, name: str, last: str) -> None:
    """A file, and the line in the visible list (with the import that it needs)."""
    (room / f"{module}.py").write_text(source, encoding="utf-8")
    listed = room / "__init__.py"
    text = listed.read_text(encoding="utf-8")
    assert text.count(last) == 1
    text = text.replace(last, f"{last}    {name},\n")
    first = f"from core.{room.name}.base import"
    listed.write_text(
        text.replace(first, f"from core.{room.name}.{module} import {name}\n{first}", 1), encoding="utf-8"
    )


def run(folder: Path, script: str, *arguments: str) -> None:
    """Runs a script in the copy; fails with what it says where it fails."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
