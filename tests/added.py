"""A copy of the program in which a cell, a task and a part are added, each with an option of its own: one file and one
line for each, as a contributor would. What such a copy does is asked of a process of its own."""

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

PART = '''
"""An embedding: a matrix that x is multiplied by before the layers read it."""

from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Factor, Record, Row
from core.maths.operations import linear
from core.network.declared import Read
from core.network.parts import Part, nothing
from core.options import Option, Slider

Columns = Annotated[int, msgspec.Meta(ge=1, le=32)]
EMBEDDING = Option(
    "embedding", Columns | None, None, "Embedding", "A matrix E of this many columns reads x before the cell does.",
    Slider(1, 8, start=2), unit="columns", makes=("parameters",),
)


class Embedding(Part):
    """k_t = x_t·E, E (I, embedding)."""

    name = "embed"
    options = (EMBEDDING,)
    equation = "kₜ = xₜ·E"
    quantities = (Record("s", "state", "embedding", "k@", "k@"),)
    graph = (linear("s", ("x", "E"), at=(1, 1)),)
    factors = (Factor("E", "x", "s"),)
    rows = (Row("embed", "embedding", ("s",), ("s",)),)

    def __init__(self, source, columns):
        self.source, self.columns = source, columns

    @classmethod
    def from_experiment(cls, experiment, source):
        return None if experiment.embedding is None else cls(source, experiment.embedding)

    def reads(self, widths):
        return {"x": (Read(self.source),)}

    def parameter_shapes(self, widths):
        widths["embed", "s"] = self.columns
        return {"embed.E": (widths[self.source], self.columns)}

    def begin(self, run):
        run.signals["embed", "s"] = run.signals[self.source] @ run.parameters["embed.E"]
        return 0, nothing

    def allocate_back(self, back):
        back.signals["embed", "s"] = np.zeros_like(back.run.signals["embed", "s"])

    def begin_back(self, back):
        gradient = back.signals["embed", "s"]
        back.parameters["embed.E"][...] = np.einsum("tbi,tbj->ij", back.run.signals[self.source], gradient)
        if self.source in back.signals:
            back.signals[self.source] += gradient @ back.run.parameters["embed.E"].T
        return 0, nothing
'''


def copy_with_additions(folder: Path) -> Path:
    """The program in a folder, with the cell "time-constant", the task "parity" and the part "embed"."""
    for name in ("core", "explorer", "start", "assets"):
        shutil.copytree(ROOT / name, folder / name)
    _add(
        folder / "core" / "cells",
        "time_constant",
        CELL,
        "TimeConstant",
        "    NGram,\n",
        "    NGram,\n    TimeConstant,\n",
    )
    _add(folder / "core" / "tasks", "parity", TASK, "PARITY", "    CSV,\n", "    CSV,\n    PARITY,\n")
    first = "(Convolution,)", "(Convolution, Embedding)", "structures", "parts"
    _add(folder / "core" / "network", "embedding", PART, "Embedding", *first)
    return folder


def _add(
    room: Path, module: str, source: str, name: str, line: str, longer: str, where: str = "__init__", base: str = "base"
) -> None:
    """A file, and the line in the visible list (with the import that it needs)."""
    (room / f"{module}.py").write_text(source, encoding="utf-8")
    listed = room / f"{where}.py"
    text = listed.read_text(encoding="utf-8")
    assert text.count(line) == 1
    text = text.replace(line, longer)
    first = f"from core.{room.name}.{base} import"
    listed.write_text(
        text.replace(first, f"from core.{room.name}.{module} import {name}\n{first}", 1), encoding="utf-8"
    )


def run(folder: Path, script: str, *arguments: str) -> None:
    """Runs a script in the copy; fails with what it says where it fails."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
