"""A disk that is full while a file is written: one sentence, the old file as it was, and nothing beside it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from core.experiment import Experiment
from explorer import cli
from explorer.app import compose
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from tests.full_disk import full_disk

ROOM = 2000  # bytes that a file may have: each of these is longer
COMMANDS = [
    "trace --steps 30 --out kept.npz",
    "trace --steps 300 --out kept.csv",
    "train --updates 1 --hidden 30 --out kept.npz",
    "train --updates 1 --hidden 30 --out kept.json",
    "weights --set steps=5 --to numpy-code --out kept.py",
    "weights --set steps=40 --hidden 20 --to numpy-code --out kept.py",
    "weights --set steps=40 --hidden 20 --to torch-code --out kept.py",
    "weights --hidden 20 --to torch --out kept.npz",
    "weights --hidden 20 --to torch --out kept.safetensors",
    "weights --hidden 20 --to keras --out kept.npz",
    "weights --from torch --in given.safetensors --out kept.json",
    "render --steps 3 --size 320x240 --out kept.png",
    "render --steps 3 --size 320x240 --out kept.svg",
    "render --steps 1 --size 320x240 --out kept.gif",
    "worksheet --hand --out kept.pdf",
    "gallery --only cell-tanh --size 320x240 --out folder",
]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and another for what is temporary."""
    (tmp_path / "place").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "place")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "place"


@pytest.mark.parametrize("kept", [True, False], ids=["an old file", "no file"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_leaves_what_was_there(command, kept, folder, capsys):
    assert cli.main("weights --hidden 20 --to torch --out given.safetensors".split()) == 0
    words = command.split()
    (folder / "folder").mkdir()
    if kept:
        Path(words[-1] if words[0] != "gallery" else "folder/cell-tanh.png").write_bytes(b"what was there")
    before = files(folder)
    capsys.readouterr()
    with full_disk(ROOM):
        status = cli.main(words)
    said = capsys.readouterr().err
    assert (status, said.count("\n")) == (cli.WRONG_FILE, 1), said
    assert f"{words[-1]} cannot be written: File too large. Choose another place." in said
    assert files(folder) == before
    assert not any(Path(tempfile.gettempdir()).iterdir())


@pytest.fixture
def program(qtbot, folder):
    session = Session(Experiment(steps=30, hidden=12), "light")
    player = Player(session)
    made = compose(session, player, Settings(folder.parent / "settings.ini"), folder.parent / "last.json")
    qtbot.addWidget(made.window)
    made.window.resize(320, 240)
    yield made
    player.stop()


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.gif", "a.pdf", "a.npz", "a.csv", "a.safetensors", "a.json"])
def test_the_window_says_so_and_leaves_what_was_there(name, program, folder, qtbot):
    path = folder / name
    path.write_bytes(b"what was there")
    session, said = program.session, []
    session.message.connect(said.append)
    with full_disk(ROOM):
        if name == "a.pdf":
            session.change(steps=2, hidden=1)
            program.exports.worksheet_to(path, answers=True)
        elif name == "a.json":
            session.save(path)
        elif name == "a.safetensors":
            program.exports.weights_to(path, "torch")
        elif name in ("a.npz", "a.csv"):
            program.exports.trace_to(path)
        else:
            program.exports.picture_to(path)
        qtbot.waitUntil(lambda: any(said), timeout=60_000)
    assert [text for text in said if text] == [f"{path} cannot be written: File too large. Choose another place."]
    assert files(folder) == {name: b"what was there"}
    assert not any(Path(tempfile.gettempdir()).iterdir())
