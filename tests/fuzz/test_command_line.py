"""Every command with every option and values of every kind: a status from the list, one line where it is not 0."""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.cells import CELLS
from core.documents import storage
from core.experiment import Experiment
from core.network.structures import STRUCTURES
from core.recorder import record
from core.tasks import TASKS
from explorer import cli
from explorer.commands import COMMANDS, bench, sweep, window
from explorer.commands.base import Parser
from explorer.commands.options.experiment import FIELDS, GATES
from explorer.commands.running import workers

TRIES = 100  # in a part
SECONDS = 20.0  # of CPU, for one command line
NASTY = [
    "", " ", "-", "--", "-1", "0", "1", "2", "3", "5", "0.5", "-0.5", "1e-9", "1e308", "1e999", "nan", "inf", "-inf",
    "off", "true", "null", "none", "9" * 20, "9" * 5000, "[" * 2000, "[]", "{}", "[[1]]", '"x"', "½", "²", "٣", "−1",
    "1,2", "1_0", "\udcff", "a\udcffb", "\0", "a\nb", "\x1b[31m", "\u2028", "a" * 5000, "/", "/dev/null",
    "/dev/zero", "/dev/full", "..", "~", "*", "%s", "{}", "$HOME", "=", "a=b", "L1.W[0,0]=1", "x[0,0,0]=0.5",
    "y[0,0,0]=1", "L1.s_0[0,0]=-1", "L1.W[9,9]=1", "hello", "é", "文字", "0x10", "1e1", ".5", "+1",
]  # fmt: skip
SETTINGS = {
    "text": ("hello", "ab", "aaaa", "文字"), "w_matrix": ("[[0.5,0],[0,0.5]]", "[[1]]"), "csv_path": ("series.csv",),
    "image_path": ("series.csv",), "clip_norm": ("1", "off"), "truncate": ("2", "off"), "loss_at": ("every", "last"),
    "w_init": ("matrix", "identity", "orthogonal"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with some files, and no command that would take minutes or open a window."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(bench.subprocess, "call", lambda *_, **__: 0)
    monkeypatch.setattr(window, "write_pictures", lambda *_: 0)
    monkeypatch.setattr("explorer.app.run", lambda *_, **__: 0)
    monkeypatch.setattr(workers, "find_spec", lambda name: None)  # no cluster is asked
    monkeypatch.setattr(sweep, "in_processes", lambda function, tasks, _, stop: workers.here(function, tasks, stop))
    storage.save(Path("saved.json"), storage.to_text(record(Experiment(steps=4, hidden=2))))
    Path("broken.json").write_text("{")
    rows = np.random.default_rng(1).normal(size=(60, 2)).round(3).tolist()
    Path("series.csv").write_text("a,b\n" + "\n".join(",".join(map(str, row)) for row in rows))
    Path("folder.npz").mkdir()
    assert cli.main("train --updates 2 --steps 3 --hidden 2 --out trained.npz".split()) == 0
    return tmp_path


def options_of(add) -> list[argparse.Action]:
    parser = Parser("x", "", ())
    add(parser)
    return [action for action in parser._actions if action.dest != "help"]


OPTIONS = {command.name: options_of(command.add_options) for command in COMMANDS}
OPTIONS[""] = options_of(window.add_options)


def value_of(action: argparse.Action, rng: random.Random) -> str:
    """A value for an option: mostly one that it can take."""
    if rng.random() < 0.25:
        return rng.choice(NASTY)
    good = {
        "cell": [cell.name for cell in CELLS],
        "task": [task.name for task in TASKS],
        "structure": list(STRUCTURES),
        "bidirectional": ["sum", "concat", "product", "mean"],
        "layers": ["1", "2", "3"],
        "steps": ["1", "2", "3", "5"],
        "hidden": ["1", "2", "3"],
        "batch": ["1", "2"],
        "experiment": ["saved.json", "broken.json", "missing.json", "trained.npz", "folder.npz"],
        "start": ["trained.npz", "saved.json", "broken.json"],
        "trained": ["trained.npz", "broken.json"],
        "given": ["trained.npz", "saved.json"],
        "file": ["saved.json", "broken.json", "trained.npz", "folder.npz"],
        "text_file": ["series.csv", "saved.json", "missing.txt"],
        "updates": ["1", "2", "5"],
        "sequences": ["1", "2", "3"],
        "size": ["320x240", "400x300"],
        "edits": ["L1.W[0,0]=1", "x[0,0,0]=0.5", "y[0,0,0]=1", "L1.b[0]=2", "out.V[0,0]=1e6", "E1.W[0,0]=0"],
        "locks": ["L1.W[0,1]=1", "x[1,0,0]=0.5", "L1.s_0[0,0]=1"],
        "notation": ["1", "2", "3", "4", "5", "6", "row", "ng", "hu"],
        "only": ["cell-lstm", "structure-attention"],
        "length": ["1", "5"],
        "over": ["w_gain=0.5:1.5:3", "steps=1,2,3", "input_scale=1e-6:1:3:log", "cell=1", "w_gain=1:2", "bias=-1,off"],
        "seeds": ["1", "2", "3"],
        "epochs": ["1", "0.5"],
        "data": ["series.csv", ".", "missing.csv"],
        "out": [f"out.{suffix}" for suffix in ("npz", "csv", "json", "png", "svg", "gif", "pdf", "py", "safetensors")],
    }
    if action.dest == "settings":
        return setting(rng)
    if action.dest in good:
        return rng.choice(good[action.dest])
    if action.choices:
        return str(rng.choice(list(action.choices)))
    return rng.choice(("1", "2", "0.5", "0", rng.choice(NASTY)))


def setting(rng: random.Random) -> str:
    """NAME=VALUE for --set."""
    name = rng.choice([*FIELDS, "freeze." + rng.choice(GATES), rng.choice(NASTY)])
    if name in ("steps", "hidden", "batch", "layers"):
        return f"{name}={rng.choice(('1', '2', '3', 'x', '-1'))}"
    if rng.random() < 0.6 and name in SETTINGS:
        return f"{name}={rng.choice(SETTINGS[name])}"
    return f"{name}={rng.choice((*NASTY, '0.3', '1', '2', 'true', 'last', 'every'))}"


def line_of(rng: random.Random, suffixes: dict[str, str]) -> list[str]:
    """One command line, small enough to take a moment where it is right."""
    name = rng.choice([*OPTIONS, "trace", "train", "sample", "weights"])
    words = [name] if name else []
    if rng.random() < 0.03:
        words = [rng.choice((*NASTY, "tracee", "--version", "--help", "saved.json"))]
    chosen = [action for action in OPTIONS[name] if rng.random() < rng.choice((0.1, 0.3))]
    drawn = name in ("render", "gallery", "worksheet")
    needed = {"out", "steps", "updates", "source", "over", "which", "data"} | ({"size", "only"} if drawn else set())
    chosen += [action for action in OPTIONS[name] if action.dest in needed and action not in chosen]
    rng.shuffle(chosen)
    for action in chosen:
        flag = [rng.choice(action.option_strings)] if action.option_strings else []
        for _ in range(rng.choice((1, 1, 1, 1, 2))):
            if action.nargs == 0:
                words += flag
            elif action.dest == "out" and name in suffixes and rng.random() < 0.85:
                words += [*flag, "out" + suffixes[name]]
            elif action.dest == "updates" and rng.random() < 0.9:
                words += [*flag, rng.choice("123")]
            else:
                words += [*flag, value_of(action, rng)]
    if rng.random() < 0.05:
        words.insert(rng.randrange(len(words) + 1), rng.choice(NASTY))
    return words


SUFFIX = {
    "trace": ".npz",
    "train": ".npz",
    "render": ".png",
    "worksheet": ".pdf",
    "weights": ".json",
    "gallery": "",
    "sweep": ".csv",
}


def fault(words: list[str], counted: Counter[str]) -> str:
    """What is wrong with how the program takes the words; "" where nothing is."""
    said, output = io.StringIO(), io.StringIO()
    begun = time.process_time()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(output):
            status = cli.main(words)
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.200}"
    if status == cli.INTERRUPTED:
        raise KeyboardInterrupt
    text = said.getvalue()
    counted["refused lines"] += status != 0
    if status not in (cli.WRONG_FILE, cli.WRONG_ARGUMENTS, 0):
        return f"status {status}: {text:.300}"
    if "Traceback" in text:
        return f"a traceback: {text:.300}"
    notices = [line for line in text.splitlines() if not line.startswith(("update ", "Stopped"))]
    if status and len(notices) != 1:
        return f"status {status} and {len(notices)} lines: {text:.300}"
    if status and (len(notices[0]) > 1300 or not notices[0].isprintable()):
        return f"a line of {len(notices[0])} characters: {notices[0]!r:.300}"
    if (took := time.process_time() - begun) > SECONDS:
        return f"{took:.1f} seconds"
    return ""


@pytest.mark.usefixtures("folder", "bounded_memory")
def test_any_words_get_one_line_and_a_status(part: int, counted: Counter[str]) -> None:
    rng = random.Random(1000 + part)
    faults: dict[str, list[str]] = {}
    for _ in range(TRIES):
        words = line_of(rng, SUFFIX)
        counted["command lines"] += 1
        found = fault(words, counted)
        if found:
            counted["faults"] += 1
            faults.setdefault(found, words)
    assert not faults, "\n".join(f"{found}\n    {words!r:.700}" for found, words in faults.items())
