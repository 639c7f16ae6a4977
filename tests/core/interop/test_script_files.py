"""A script and its numbers are two files; whatever comes in between, there is the old pair or the new one."""

from __future__ import annotations

import os
import runpy
import signal
from pathlib import Path

import numpy as np
import pytest

from core.experiment import natural
from core.interop import files
from core.interop.scripts.numpy_script import numpy_script
from core.recorder import record


def script(seed: int, stem: str = "run"):
    """One with more numbers than stand in a script."""
    return numpy_script(record(natural("echo", cell="gru", hidden=20, steps=20, batch=2, weight_seed=seed)), stem)


def runs(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the script says, which ends with another status where its numbers are another script's."""
    runpy.run_path(str(path), run_name="__main__")
    return capsys.readouterr().out


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_script_takes_the_place_of_the_old_one_and_of_its_numbers(tmp_path, capsys):
    path = tmp_path / "run.py"
    (tmp_path / "mine.numbers.npz").write_bytes(b"not ours")
    for number in (1, 2, 2, 3):
        files.write_script(path, script(number))
        assert names(tmp_path) == sorted(["mine.numbers.npz", "run.py", script(number).beside.name])
        assert runs(path, capsys)
    small = numpy_script(record(natural("echo", steps=2, hidden=1)), "run")
    assert small.beside is None
    files.write_script(path, small)
    assert names(tmp_path) == ["mine.numbers.npz", "run.py"]


@pytest.mark.parametrize("stem", ["a'b", 'a"b', "b\\n", "é", "文字", "a b", "%s{}"])
def test_the_script_finds_its_numbers_under_any_name(stem, tmp_path, capsys):
    path = tmp_path / f"{stem}.py"
    for number in (1, 2):
        files.write_script(path, script(number, stem))
        assert runs(path, capsys)
        assert len(names(tmp_path)) == 2


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("old", [None, 1, 2])
def test_a_full_disk_between_them_leaves_the_old_pair(old, tmp_path, capsys, monkeypatch):
    path = tmp_path / "run.py"
    if old is not None:
        files.write_script(path, script(old))
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    monkeypatch.setattr(files, "write_text", full_disk)
    with pytest.raises(OSError, match="No space"):
        files.write_script(path, script(2))
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    if old is not None:
        assert runs(path, capsys)


@pytest.mark.skipif(os.name == "nt", reason="written for POSIX")
@pytest.mark.parametrize("moment", ["write", "write_text", "unlink"])
def test_a_kill_between_them_leaves_the_old_pair_or_the_new_one(moment, tmp_path, capsys):
    path = tmp_path / "run.py"
    files.write_script(path, script(1))
    old, new = path.read_text(), script(2)
    child = os.fork()
    if child == 0:  # dies just before that step
        die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        setattr(Path if moment == "unlink" else files, moment, die)
        files.write_script(path, new)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert path.read_text() == (new.text if moment == "unlink" else old)
    assert runs(path, capsys)


def test_numbers_that_are_another_scripts_are_noticed(tmp_path):
    path, other = tmp_path / "run.py", script(2)
    files.write_script(path, script(1))
    np.savez(tmp_path / script(1).beside.name, **other.beside.arrays)
    with pytest.raises(SystemExit, match="the numbers differ"):
        runpy.run_path(str(path), run_name="__main__")
