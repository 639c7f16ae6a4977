"""The ten lines for each course and library in docs/own-numbers.md, run as they are on code that a person has who
comes from there: `check` finds every array of both files, with the layout's name and without, and no mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.own.presets import NAMES
from explorer import cli
from tests import own_code
from tests.own_code import Names

GUIDE = (Path(__file__).resolve().parents[1] / "docs" / "own-numbers.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"^### (\S+)\n.*?```python\n(.*?)```", GUIDE.partition("## Ten lines")[2], re.DOTALL | re.M))
ANSWER = re.compile(r"All that was given agrees: (.*) \(")


def test_every_layout_has_its_lines() -> None:
    assert {*SNIPPETS} == {*NAMES} - {"ours"}
    assert all(6 <= len(text.splitlines()) <= 12 for text in SNIPPETS.values())


def checked(snippet: str, own: Names, layout: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a person's lines; what `check` answers to their files, with and without the layout's name."""
    exec(snippet, own)
    command = ["check", "--mine", "mine.npz", "--arrays", "own.npz"]
    with np.load("mine.npz") as mine:
        names = set(mine.files)
    found = ""
    for said in (["--layout", layout], []):
        status = cli.main([*command, *said])
        found = capsys.readouterr().out
        assert status == 0, found
        agreeing = ANSWER.search(found)
        assert agreeing is not None and set(re.split(", | and ", agreeing[1])) == names
    return found


OWN: dict[str, tuple[str, str, Callable[[], Names]]] = {
    "CS231n, LSTM": ("cs231n", "", lambda: own_code.cs231n(True)),
    "CS231n, RNN": ("cs231n", "rnn_", lambda: own_code.cs231n(False)),
    "deeplearning.ai, LSTM": ("deeplearning.ai", "", lambda: own_code.deeplearning(True)),
    "deeplearning.ai, RNN": ("deeplearning.ai", "rnn_", lambda: own_code.deeplearning(False)),
    "min-char-rnn": ("min-char-rnn", "", own_code.min_char_rnn),
    "PyTorch, stand-in": ("pytorch", "", own_code.torch_stand_in),
    "Keras, stand-in": ("keras", "", own_code.keras_stand_in),
}


@pytest.mark.parametrize("name", OWN)
def test_the_lines_as_they_are(name, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    layout, plain, own = OWN[name]
    snippet = SNIPPETS[layout]
    checked(snippet.replace("lstm_", plain) if plain else snippet, own(), layout, capsys)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_pytorch_itself(kind, tmp_path, monkeypatch, capsys) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    own: Names = {"np": np, "torch": torch, "x": torch.randn(4, 2, 3), "h0": torch.randn(1, 2, 5)}
    own["c0"] = torch.randn(1, 2, 5)
    snippet = SNIPPETS["pytorch"].replace("nn.LSTM", f"nn.{kind}")
    if kind != "LSTM":
        snippet = snippet.replace("(h0, c0)", "h0").replace('"c0": c0, ', "")
    checked(snippet, own, "pytorch", capsys)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_keras_itself(kind, tmp_path, monkeypatch, capsys) -> None:
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    x, dout = tf.random.normal((2, 4, 3)), tf.random.normal((2, 4, 5))
    own: Names = {"np": np, "tf": tf, "keras": keras, "x": x, "dout": dout}
    checked(SNIPPETS["keras"].replace("layers.LSTM", f"layers.{kind}"), own, "keras", capsys)
