"""Every command that the README shows is one that the program takes; every file that it names is there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from core.experiment import Experiment
from core.lessons.reading import lesson_paths
from explorer.cli import main
from explorer.commands import COMMANDS
from explorer.commands.base import Parser
from explorer.commands.options.experiment import experiment_from
from tests.core.task_files import DATA

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```\n(.*?)```", README, re.DOTALL)).replace("\\\n", " ")
LINES = [line.removeprefix("python3 main.py") for line in BLOCKS.splitlines() if line.startswith("python3 main.py")]
SHOWN = [shlex.split(line, comments=True) for line in LINES]
OTHERS = ("test", "lint")  # main.py runs these itself


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_a_command_of_the_readme_is_one_of_the_program(words: list[str], tmp_path, monkeypatch) -> None:
    if "--arrays" in words:
        monkeypatch.chdir(tmp_path)
        shown = next(each for each in SHOWN if "--template" in each)
        assert main(shown) == 0
    if not words or words[0] in OTHERS:
        return
    command = next(each for each in COMMANDS if each.name == words[0])
    parser = Parser(command.name, command.about, command.examples)
    command.add_options(parser)
    options = parser.parse_args(words[1:])
    if hasattr(options, "settings"):
        assert isinstance(experiment_from(options), Experiment)


def test_the_readme_shows_every_command() -> None:
    assert {words[0] for words in SHOWN if words} == {*OTHERS, *(command.name for command in COMMANDS)}


def test_the_example_of_the_library_runs_and_prints_what_its_comments_say() -> None:
    example, of_arrays = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", of_arrays], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "(5, 5)\n"
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second, *steps = re.sub(r"\s*\n\s+", " ", done.stdout).splitlines()
    assert float(first.split()[0]) > 0.0 and first.endswith("(24, 1, 8)")
    assert second.endswith("(8, 32)")
    assert [int(line.split()[0]) for line in steps] == [*range(24, 0, -1)]
    assert all(line.count("[[") == 2 for line in steps)


def test_the_readme_counts_the_lessons() -> None:
    assert f"`Ctrl+L` lists {len(lesson_paths())} lessons" in README


def test_what_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`((?:core|explorer|tests|start|assets)/[\w/.]*)`|\]\((assets/[\w/.-]+)\)", README))
    paths = [first or second for first, second in named]
    assert len(paths) > 10 and [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.long
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("figure", ["R² ([\\d.]+) over all (\\d+) hours", "accuracy ([\\d.]+) over all (\\d+) of its"])
def test_a_trained_network_is_as_good_as_the_readme_says(figure: str, tmp_path: Path) -> None:
    said = re.search(figure, README.replace("\n", " "))
    assert said is not None
    task = "air-quality" if "hours" in figure else "digits"
    words = next(each for each in SHOWN if each[:1] == ["train"] and task in each)
    words = [re.sub(r"=(?=.*(csv|gz)$)", f"={DATA}/", word) for word in words[:-1]]
    command = [sys.executable, ROOT / "main.py", *words, tmp_path / "trained.npz"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = f"{figure.split(' ')[0]} {said[1]} (over all {said[2]} sequences)"
    assert measured in done.stdout
