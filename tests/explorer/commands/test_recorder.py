"""The files that record a run of one's own model are printed, and what they write is one command to check."""

import ast
from pathlib import Path

import numpy as np

from core.own.files import read_file
from explorer.cli import main
from explorer.recorders import RECORDERS, text_of

RECORDINGS = Path(__file__).parents[2] / "core" / "own" / "recordings"


def test_a_recorder_is_printed_or_written_and_needs_nothing_of_the_program(tmp_path, capsys):
    for name in RECORDERS:
        assert main(["recorder", name]) == 0
        text = capsys.readouterr().out
        assert text == text_of(name)
        assert main(["recorder", name, "--out", str(tmp_path / "record_run.py")]) == 0
        assert (tmp_path / "record_run.py").read_text(encoding="utf-8") == text
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert names <= {"json", "contextlib", "itertools", "numpy", "torch", "keras", "tensorflow", "jax"}
        capsys.readouterr()
    assert main(["recorder", "mxnet"]) == 2
    assert main(["recorder", "keras", "--out", str(tmp_path / "none" / "r.py")]) == 1


def test_a_recording_is_checked_by_itself_and_runs_where_arrays_do(tmp_path, capsys):
    path = str(RECORDINGS / "pytorch-cells.npz")
    assert main(["check", "--mine", path]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("Recomputed from the weights in float64, all 15 recorded arrays agree, to 1 part in 10")
    assert "Not compared: z, r and n, which PyTorch does not hand out (they are computed here)" in shown.out
    assert "recorded from PyTorch 2.13.0: GRU" in shown.err
    assert main(["trace", "--arrays", path, "--out", str(tmp_path / "run.npz")]) == 0
    with np.load(tmp_path / "run.npz") as run:
        assert np.allclose(run["L2.ds"], read_file(Path(path))["upper.h.grad"], rtol=1e-9, atol=1e-12)
    capsys.readouterr()
    assert main(["trace", "--arrays", path, "--cell", "lstm", "--out", str(tmp_path / "run.npz")]) == 1
    assert "a recorded run says itself what it is; leave out cell." in capsys.readouterr().err
    damaged = {**read_file(Path(path)), "recording": np.array("?")}
    np.savez(tmp_path / "damaged.npz", **damaged)
    assert main(["check", "--mine", str(tmp_path / "damaged.npz")]) == 1
    assert "damaged.npz cannot be used: its array “recording” is damaged" in capsys.readouterr().err


def test_a_recording_without_its_weights_is_drawn_and_says_what_it_could_not_check(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    arrays = read_file(RECORDINGS / "keras-lstm.npz")
    path = tmp_path / "run.npz"
    np.savez(path, **{name: each for name, each in arrays.items() if "kernel" not in name and "bias" not in name})
    assert main(["check", "--mine", str(path)]) == 0
    said = capsys.readouterr().out
    assert "all 16 arrays agree: forward_lstm.c, forward_lstm.h," in said
    assert "Not checked: x, x.grad, forward_lstm.h.grad (steps 1 to 4), forward_lstm.i," in said
    assert main(["trace", "--arrays", str(path), "--out", str(tmp_path / "t.npz")]) == 1
    assert "forward_lstm.kernel is missing, so nothing can be recomputed" in capsys.readouterr().err
    hooks = tmp_path / "hooks.npz"
    np.savez(hooks, h=np.zeros((3, 7, 2)), dh=np.ones((3, 7, 2)))
    assert main(["check", "--mine", str(hooks)]) == 1  # nothing of it can be
    assert "Not checked: h and dh." in capsys.readouterr().out
    assert main(["check", "--mine", str(hooks), "--steps", "5"]) == 1  # here a run is named
    assert "hooks.npz cannot be compared: " in capsys.readouterr().err
    out = tmp_path / "hooks.png"
    assert main(["render", "--arrays", str(hooks), "--out", str(out), "--size", "640x400"]) == 0
    assert out.read_bytes()[:4] == b"\x89PNG" and int.from_bytes(out.read_bytes()[16:20], "big") == 640
    assert main(["render", "--arrays", str(hooks), "--out", str(tmp_path / "hooks.gif")]) == 2
    monkeypatch.chdir(tmp_path)
    assert main(["--no-window", str(hooks)]) == 0
    said = capsys.readouterr().out
    assert "h, dh: without weights" in said and (tmp_path / "bptt-explorer.png").is_file()
