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
    (command,) = re.findall(r"^python3 main\.py (check .*)$", GUIDE, re.MULTILINE)
    assert cli.main(shlex.split(command)) == 1
    assert capsys.readouterr().out in GUIDE
    exec(script.replace("draw @ Wh  # the mistake", "draw @ Wh.T"), {})
    assert cli.main(shlex.split(command)) == 0


def test_the_exercise_is_a_command() -> None:
    (line,) = re.findall(r"^python3 main\.py exercise (.*)$", GUIDE, re.MULTILINE)
    parser = Parser(EXERCISE.name, EXERCISE.about, EXERCISE.examples)
    EXERCISE.add_options(parser)
    assert parser.parse_args(shlex.split(line)).cell == "gru"
