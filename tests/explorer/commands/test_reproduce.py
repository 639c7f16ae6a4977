"""`reproduce` on the command line."""

from __future__ import annotations

import os
import re
import signal

import pytest

from core.reproduction import air_quality
from core.reproduction.published import Result
from explorer import cli
from explorer.commands import reproduce
from tests.core.reproduction.test_reproduction import write_digits
from tests.core.task_files import write_air


def test_our_figures_stand_beside_the_printed_ones_and_the_rivals(capsys, tmp_path):
    path = write_air(tmp_path / "air.csv", 400)
    assert cli.main(["reproduce", "air-quality", "--data", str(path), "--seeds", "3", "--epochs", "0.5"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("air-quality, air.csv: 3 seeds\n")
    assert "One layer of 4: 49 parameters (printed: 49), 0.5 epochs, 2 updates, 3 seeds" in out
    assert "Two layers of 2 and 2, without biases: 26 parameters (printed: 26)" in out
    assert "without a dense layer: 86 parameters (printed: 86)" in out
    assert len(re.findall(r"^  \d h  loss +0\.00\d{4} +[\d.]+ \([\d.]+…[\d.]+\)", out, re.MULTILINE)) == 9
    assert "next = this hour" in out and "a rival that costs nothing" in out
    assert len(re.findall(r"Better than “next = this hour”.*: [0-3] of 3 seeds at 1 h, .* at 8 h\.\n", out)) == 3
    assert str(tmp_path) not in out


def test_the_seeds_that_beat_the_rival_are_counted():
    result = Result(air_quality.PUBLISHED[0])
    for loss in (0.1, 0.3, 0.5):
        result.add({("1 h", "loss from every hour"): loss, ("1 h", "loss next = this hour"): 0.4})
    assert reproduce._better(result, "1 h") == "2 of 3 seeds"


def test_one_seed_has_no_range(capsys, tmp_path):
    write_digits(tmp_path, "t10k", 60)
    assert cli.main(["reproduce", "mnist-rows", "--data", str(tmp_path), "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"accuracy  0\.9517 printed, ours 0\.\d{4}\n", out)
    assert "48 of them are trained on and 12 tested" in out


def test_ctrl_c_prints_what_is_done(capsys, tmp_path, monkeypatch):
    path = write_air(tmp_path / "air.csv", 400)
    real = reproduce.air_quality._figures

    def pressed(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments)

    monkeypatch.setattr(reproduce.air_quality, "_figures", pressed)
    arguments = ["reproduce", "air-quality", "--data", str(path), "--seeds", "2", "--epochs", "5"]
    assert cli.main(arguments) == cli.INTERRUPTED
    out = capsys.readouterr().out
    assert "updates, 1 seed\n" in out and "Two layers" not in out and "Interrupted: the figures are those" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("air-quality --data none.csv", "none.csv"),
        ("mnist-rows --data .", "no MNIST digits"),
        ("air-quality --data none.csv --seeds 0", "--seeds"),
        ("air-quality --data none.csv --epochs 0", "--epochs"),
    ],
)
def test_wrong_arguments_are_one_sentence(capsys, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["reproduce", *arguments.split()]) == cli.WRONG_ARGUMENTS
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
