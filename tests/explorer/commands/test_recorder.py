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
