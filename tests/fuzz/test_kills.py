"""Kills in the middle, and two savers: there is the old file or the new one, and never a mixture."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.documents import storage, trained
from core.experiment import Experiment
from core.recorder import record
from start import INSIDE, environment
from start.interrupt import INTERRUPTED, blocked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="written for POSIX")
HANDED_OVER = {**os.environ, INSIDE: environment.home()}  # as the start leaves it
ROOT = Path(__file__).resolve().parents[2]
KILLS, COMMANDS = 12, 4  # in a part
SAVER = """
import sys
sys.path.insert(0, sys.argv[1])
from core.files.writing import write_bytes
texts = [open(name, "rb").read() for name in sys.argv[3:]]
print("ready", flush=True)
while True:
    for text in texts:
        write_bytes(sys.argv[2], text)
"""
LINES = (
    "train --updates 40 --steps 4 --hidden 2 --out out.npz",
    "train --updates 40 --steps 4 --hidden 2 --out out.json",
    "trace --steps 60 --hidden 20 --out out.npz",
    "trace --steps 300 --out out.csv",
    "list",
)


def ready(target: Path, texts: list[Path]) -> subprocess.Popen:
    """A process that has begun to write the texts, one after the other and again, to the target."""
    command = [sys.executable, "-c", SAVER, str(ROOT), str(target), *map(str, texts)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


def test_savers_that_are_killed_leave_one_whole_file(part: int, tmp_path: Path, counted: Counter[str]) -> None:
    rng = random.Random(part)
    texts = [tmp_path / f"text{number}" for number in range(3)]
    for number, path in enumerate(texts):
        path.write_bytes(bytes([65 + number]) * (300_000 + 100_000 * number))
    whole = {path.read_bytes() for path in texts}
    target = tmp_path / "place" / "target"
    target.parent.mkdir()
    target.write_bytes(texts[0].read_bytes())
    savers = [ready(target, texts), ready(target, texts[::-1])]
    try:
        for _ in range(KILLS):
            until = time.monotonic() + rng.uniform(0.0, 0.05)
            while time.monotonic() < until:  # a reader beside them sees whole files, too
                assert target.read_bytes() in whole
            dying = savers.pop(rng.randrange(2))
            dying.send_signal(rng.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)))
            dying.wait(timeout=30)
            counted["kills"] += 1
            assert target.read_bytes() in whole
            savers.append(ready(target, texts))
    finally:
        for saver in savers:
            saver.kill()
            saver.wait(timeout=30)
    left = [path.name for path in target.parent.iterdir() if path != target]
    assert len(left) <= KILLS + 2  # what a kill leaves has a name that says so, and is nobody's file
    assert all(name.startswith(".target.") and name.endswith(".new") for name in left)


def usable(path: Path) -> None:
    """Raises where the file is not whole."""
    if path.suffix == ".json":
        storage.load(path)
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            assert all(file[name] is not None for name in file.files)
        trained.read(path)
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len({line.count(",") for line in lines}) == 1 and path.read_bytes().endswith(b"\n")


@pytest.mark.skipif(sys.prefix != environment.home(), reason="not in the program's environment, which would be made")
def test_commands_that_are_ended_at_any_moment_leave_a_whole_file_or_none(
    part: int, tmp_path: Path, counted: Counter[str]
) -> None:
    rng = random.Random(part)
    for number in range(COMMANDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        line = rng.choice(LINES).split()
        sent = rng.choice((signal.SIGINT, signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP))
        old = None
        if "--out" in line and rng.random() < 0.5:
            old = folder / line[-1]
            if old.suffix == ".json":
                storage.save(old, storage.to_text(record(Experiment(steps=3))))
            else:
                old.write_bytes(b"an old file")
        before = old.read_bytes() if old is not None else b""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, *environment.ISOLATED, str(ROOT / "main.py"), *line]
        with subprocess.Popen(command, cwd=folder, env=HANDED_OVER, preexec_fn=blocked, **pipes) as process:
            try:
                said = process.communicate(timeout=rng.uniform(0.15, 1.2))[1]
            except subprocess.TimeoutExpired:
                process.send_signal(sent)
                said = process.communicate(timeout=60)[1]
        counted["ended commands"] += 1
        ways = {0, -sent} if sent != signal.SIGINT else {0, INTERRUPTED}
        assert process.returncode in ways, (line, sent, said)
        assert b"Traceback" not in said and said.count(b"\n") <= 1
        found = folder / line[-1]
        if "--out" in line and found.exists() and found.read_bytes() != before:
            usable(found)
        assert process.returncode != 0 or "--out" not in line or found.read_bytes() != before


@pytest.mark.skipif(sys.prefix != environment.home(), reason="not in the program's environment, which would be made")
def test_ctrl_c_while_python_leaves_changes_nothing(tmp_path: Path) -> None:
    """It comes when the command is done, from the last moment that a program still sees."""
    script = f"""
import atexit, os, runpy, signal, sys
atexit.register(os.kill, os.getpid(), signal.SIGINT)
sys.argv = ["main.py", "list"]
runpy.run_path({str(ROOT / "main.py")!r}, run_name="__main__")
"""
    command = [sys.executable, *environment.ISOLATED, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=HANDED_OVER, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "lstm" in done.stdout
