"""CONTRIBUTING.md is followed: what it names is there, and its cell, part, task, panel, notation and command work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.commands import COMMANDS
from tests.test_architecture import ROOMS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
FILES = {
    block.split("\n", 1)[0].removeprefix("# "): block.split("\n", 1)[1] for kind, block in BLOCKS if kind == "python"
}
CHANGES = [block.rstrip("\n").split("\n") for kind, block in BLOCKS if kind == "diff"]


def changed(text: str, lines: list[str]) -> str:
    """A file's text with the lines of a diff: «+» is put in after the line before it, «-» is taken out."""
    found, at = text.split("\n"), 0
    for line in lines:
        sign, rest = line[:1], line[1:]
        if sign == "+":
            found.insert(at, rest)
            at += 1
        else:
            at = found.index(rest, at)
            if sign == "-":
                del found[at]
            else:
                at += 1
    return "\n".join(found)


def added(folder: Path, *rooms: str) -> Path:
    """The project in a folder, with what CONTRIBUTING.md adds to these rooms."""
    for name in ("core", "explorer", "start", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in FILES.items():
        if name.startswith(rooms):
            assert not (folder / name).exists(), f"{name} is there already"
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    for first, *lines in CHANGES:
        name = first.removeprefix("--- ")
        if name.startswith(rooms):
            path = folder / name
            path.write_text(changed(path.read_text(encoding="utf-8"), lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with everything but the part, which would be in every network."""
    rooms = "core/cells", "core/tasks", "core/notation", "explorer", "tests"
    return added(tmp_path_factory.mktemp("contributed"), *rooms)


@pytest.fixture(scope="module")
def copy_with_part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the part."""
    return added(tmp_path_factory.mktemp("part"), "core/network")


def run(copy: Path, script: str) -> str:
    """What a script prints that runs in the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_what_it_names_is_there():
    named = set(re.findall(r"(?:`|\(|\s)((?:core|explorer|tests|assets)/[\w/.]*\w/?)(?=[`)\s:,.])", TEXT)) - set(FILES)
    new = {str(Path(name).parent) + "/" for name in FILES}
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists() and name not in new] == []


def test_its_commands_are_those_of_the_program():
    known = {"test", "lint", "norm", *(command.name for command in COMMANDS)}
    found = set(re.findall(r"python3 main.py (\w+)", TEXT))
    assert len(found) > 5 and found <= known


def test_the_picture_has_the_rooms_in_their_order():
    picture = (ROOT / "assets" / "architecture.svg").read_text(encoding="utf-8")
    boxes = re.findall(r'font-size="13"[^>]*font-weight="bold">([^<]*)<', picture[picture.index("Who may know whom") :])
    shown = [name for box in boxes for name in box.split(", ")]
    rooms = [room.rpartition("/")[2] for room in ROOMS]
    order = [rooms.index(name) for name in shown if name in rooms]
    assert len(order) > 25 and order == sorted(order)


def test_what_it_adds_is_formatted_as_the_project_is():
    assert all(len(line) <= 120 for text in FILES.values() for line in text.split("\n"))
    assert len(FILES) > 5 and len(CHANGES) > 4


def test_the_cell_has_its_option_and_right_gradients(copy):
    script = """
from core.analysis.gradcheck import finish
from core.experiment import Experiment
from core.recorder import record
experiment = Experiment().with_changes(cell="euler", step_size=0.5, steps=5)
print(finish(record(experiment)).passed, record(experiment).scan.cell.size)
"""
    assert run(copy, script).split() == ["True", "0.5"]
    listed = run(copy, "import sys; from explorer import cli; sys.exit(cli.main(['list']))")
    assert "euler" in listed and "step_size" in listed
    words = [
        "tests/core/test_contract.py",
        "tests/core/test_gradients.py",
        "-k",
        "euler",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    assert " passed" in run(copy, f"import sys, pytest; sys.exit(pytest.main({words!r}))")


def test_the_part_is_in_the_network_with_right_gradients(copy_with_part):
    script = """
from core.experiment import natural
from core.recorder import record
experiment = natural("last-step", steps=5, hidden=3, layers=2)
trace = record(experiment)
print(*[part.name for part in trace.network.parts])
for name, place in (("skip.R", (0, 1)), ("L1.W", (2, 0)), ("L2.U", (1, 1))):
    losses = []
    for epsilon in (1e-5, -1e-5):
        moved = {key: array.copy() for key, array in trace.parameters.items()}
        moved[name][place] += epsilon
        losses.append(record(experiment, moved).loss)
    claimed = trace.exact_parameters[name][place]
    print(claimed != 0 and abs((losses[0] - losses[1]) / 2e-5 - claimed) < 1e-8)
"""
    assert run(copy_with_part, script).split() == ["L1", "L2", "skip", "out", "True", "True", "True"]


def test_the_part_does_what_it_declares(copy_with_part):
    words = ["tests/core/network/test_declared.py", "-k", "fitted", "-q", "-p", "no:cacheprovider"]
    assert " passed" in run(copy_with_part, f"import sys, pytest; sys.exit(pytest.main({words!r}))")


def test_the_part_is_written_out_in_an_exported_script(copy_with_part):
    script = """
from core.experiment import natural
from core.interop.scripts.numpy_script import numpy_script
from core.recorder import record
text = numpy_script(record(natural("last-step", steps=5, hidden=3, layers=2)), "run").text
print("skip_s = rows(L2_s, len(x)) + skip_r" in text)
exec(compile(text, "run.py", "exec"), {"__name__": "__main__"})
"""
    first, *rest = run(copy_with_part, script).splitlines()
    assert first == "True" and any(line.startswith("dL/dskip.R: norm ") for line in rest)


def test_the_task_and_the_notation_are_there(copy):
    script = """
from core.experiment import natural
from core.notation.books import notation_named
from core.notation.equations import Style, forward
from core.recorder import record
trace = record(natural("parity", steps=9))
assert trace.data.supervised.all()
print(trace.loss > 0, forward(trace.scan.cell, "s", Style(False, None, notation_named("state"))))
"""
    assert run(copy, script).split(maxsplit=1) == ["True", "xₜ = tanh(hₜ)\n"]


def test_the_panel_is_painted(copy):
    script = """
from PySide6.QtWidgets import QApplication
app = QApplication([])
from core.experiment import natural
from explorer.panels.loss.panel import LossPanel
from explorer.session.session import Session
for task in ("last-step", "echo"):
    session = Session(natural(task))
    panel = LossPanel()
    panel.resize(900, 160)
    panel.bind(session)
    session.seek(0.0)
    empty = panel.grab().toImage()
    session.seek(session.timeline.complete)
    print(panel.canvas.accessibleDescription(), panel.grab().toImage() != empty)
"""
    first, second = run(copy, script).splitlines()
    assert first.startswith("The largest loss of a step is ") and first.endswith("at t = 14. True")
    assert second.endswith("True")


def test_the_command_prints_norms(copy):
    script = "import sys; from explorer import cli; sys.exit(cli.main(['norm', '--cell', 'lstm', '--steps', '5']))"
    assert [line.split()[0] for line in run(copy, script).splitlines()] == ["1", "2", "3", "4", "5"]
