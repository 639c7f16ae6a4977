"""docs/own-numbers.md, followed word for word: its script runs, and its command answers as is written there."""

import re
import shlex
from pathlib import Path

import pytest

from explorer import cli
from explorer.commands.base import Parser
from explorer.commands.exercise import EXERCISE

GUIDE = (Path(__file__).resolve().parents[1] / "docs" / "own-numbers.md").read_text(encoding="utf-8")


def test_the_script_and_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (script,) = (text for text in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "dprev_h" in text)
    exec(script, {})
    (command,) = re.findall(r"^python3 main\.py (check .*--arrays.*)$", GUIDE, re.MULTILINE)
    assert cli.main(shlex.split(command)) == 1
    assert capsys.readouterr().out in GUIDE
    exec(script.replace("draw @ Wh  # the mistake", "draw @ Wh.T"), {})
    assert cli.main(shlex.split(command)) == 0


def test_the_recording_and_its_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed, so its model does not run")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (print_it,) = re.findall(r"^python3 main\.py (recorder .*) > record_run\.py$", GUIDE, re.MULTILINE)
    assert cli.main(shlex.split(print_it)) == 0
    (tmp_path / "record_run.py").write_text(capsys.readouterr().out, encoding="utf-8")
    (script,) = (text for text in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL) if "record_run" in text)
    exec(script, {"__name__": "guide"})
    assert cli.main(["check", "--mine", "run.npz"]) == 0
    assert capsys.readouterr().out in GUIDE


def test_the_exercise_is_a_command() -> None:
    (line,) = re.findall(r"^python3 main\.py exercise (.*)$", GUIDE, re.MULTILINE)
    parser = Parser(EXERCISE.name, EXERCISE.about, EXERCISE.examples)
    EXERCISE.add_options(parser)
    assert parser.parse_args(shlex.split(line)).cell == "gru"
