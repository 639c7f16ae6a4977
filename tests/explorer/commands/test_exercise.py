"""`exercise`: the script that it writes runs as it is, and each save is answered. None of it is ever executed here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.experiment import natural
from core.notation.books.row import ROW
from core.recorder import backward_pass, record
from explorer import cli
from explorer.commands.exercise import PATIENCE, watch
from explorer.commands.running.ctrl_c import Stop
from tests.bench.mistakes import gradients_of


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def answers(*saves: Callable[[], object], ends: bool = False) -> tuple[int, list[str]]:
    """What is said while somebody saves one file after the other, and then presses Ctrl-C."""
    stop, said, waiting = Stop(), [], list(saves)
    quiet = 0

    def wait(seconds: float) -> None:
        nonlocal quiet
        quiet += 1
        if quiet % (PATIENCE + 2) == 0:
            if waiting:
                waiting.pop(0)()
            else:
                stop.pressed = True

    status = watch(TRACE, Path("mine.npz"), ROW, stop, wait, said.append)
    return status, said


TRACE = record(natural("echo", cell="gru", steps=4, hidden=3, batch=2))
RIGHT = {
    name: array
    for name, array in gradients_of(TRACE, backward_pass(TRACE.network, TRACE.run)).items()
    if name.startswith("grad.")
}


def save(**changes: np.ndarray) -> None:
    np.savez("mine.npz", **{**RIGHT, **changes})  # type: ignore[arg-type]


def test_each_save_is_answered_until_all_is_right():
    double = {"grad.L1.b": 2.0 * RIGHT["grad.L1.b"]}
    status, said = answers(lambda: save(**double), lambda: Path("mine.npz").write_bytes(b"PK\x03\x04"), save)
    assert status == 0
    assert "times 2" in said[0] and "damaged" in said[1] and said[-1] == "The backward pass is right."


def test_a_part_of_it_is_not_all_of_it():
    few = {name: RIGHT[name] for name in ("grad.out.V", "grad.out.b")}
    status, said = answers(lambda: np.savez("mine.npz", **few))  # type: ignore[arg-type]
    assert status == 1
    assert said[-1] == "Not saved yet: grad.L1.U, grad.L1.W, grad.L1.b."


def test_a_half_written_file_is_read_again():
    np.savez("whole.npz", **RIGHT)  # type: ignore[arg-type]
    whole = Path("whole.npz").read_bytes()
    looks = 0
    stop, said = Stop(), []

    def wait(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            Path("mine.npz").write_bytes(whole[: len(whole) // 2])
        elif looks == 3:
            Path("mine.npz").write_bytes(whole)

    assert watch(TRACE, Path("mine.npz"), ROW, stop, wait, said.append) == 0
    assert len(said) == 2 and "All that was given agrees" in said[0]


def test_what_was_there_before_is_no_answer():
    save()
    assert answers() == (1, [])


@pytest.mark.parametrize("words", [("--cell", "gru"), ("--cell", "lstm", "--structure", "attention"), ("--hand",)])
def test_the_script_runs_as_it_is(words, capsys):
    assert cli.main(["exercise", *words, "--write"]) == 0
    made = subprocess.run([sys.executable, "exercise.py"], capture_output=True, text=True, timeout=60)
    assert made.returncode == 0 and "saved mine.npz" in made.stdout, made.stderr
    with np.load("mine.npz") as found:
        assert all(not found[name].any() for name in found) and "grad.out.V" in found
    before = Path("exercise.py").read_text()
    assert cli.main(["exercise", *words, "--write"]) == 0
    assert "stays as it is" in capsys.readouterr().out and Path("exercise.py").read_text() == before


def test_another_suffix_is_refused(capsys):
    assert cli.main(["exercise", "--write", "--out", "exercise.txt"]) == 2
    assert "end its name in .py" in capsys.readouterr().err
