"""lesson check: what it prints, and its exit status."""

from pathlib import Path

import pytest

from explorer import cli
from tests.core.lessons.test_lesson_files import GOOD


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_lesson_that_is_right(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lesson", "check", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{file}:13: 4/4 ratio('L1.ds') < ratio('A:L1.ds') [")
    assert lines[1:] == [f"{file}: 2 steps, 1 claims: all right"]


def test_a_claim_that_fails_and_the_seeds_that_are_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD.replace("ratio('L1.ds') < ratio", "ratio('L1.ds') > ratio"), encoding="utf-8")
    assert cli.main(["lesson", "check", "--seeds", "2", str(file)]) == 1
    assert f"{file}:14: this fails in 2 of 2 seeds (0, 1); 0/2" in capsys.readouterr().out


def test_a_file_that_is_none(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("a = \n", encoding="utf-8")
    assert cli.main(["lesson", "check", str(file), "none.toml"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{file}:1: this is no TOML") and second.startswith("none.toml:1: There is no file")


def test_a_wrong_number_of_seeds(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lesson", "check", str(file), "--seeds", "many"]) == 2
    assert "--seeds" in capsys.readouterr().err
