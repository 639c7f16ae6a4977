"""--arrays wherever an experiment is given, and the command that says how arrays are read and writes templates."""

from pathlib import Path

import numpy as np
import pytest

from explorer.cli import main

CASES = Path(__file__).parents[4] / "shared" / "cases"
N, T, D, H = 2, 3, 4, 5
X = np.linspace(-0.1, 0.3, N * T * D).reshape(N, T, D)
H0 = np.linspace(-0.3, 0.1, N * H).reshape(N, H)
WX, WH = np.linspace(-0.2, 0.4, D * H).reshape(D, H), np.linspace(-0.4, 0.1, H * H).reshape(H, H)
B, DH = np.linspace(-0.7, 0.1, H), np.random.default_rng(231).standard_normal((N, T, H))


@pytest.fixture
def own(tmp_path):
    np.savez(tmp_path / "own.npz", x=X, h0=H0, Wx=WX, Wh=WH, b=B, dh=DH)
    return tmp_path / "own.npz"


def test_a_trace_of_own_arrays_is_one_command(own, tmp_path, capsys):
    assert main(["trace", "--arrays", str(own), "--out", str(tmp_path / "run.npz")]) == 0
    shown = capsys.readouterr()
    assert "tanh on arrays" in shown.out
    assert "x (B, T, D), h0 (B, H), Wx (D, H), Wh (H, H), b (H,), dh (B, T, H); rows (x·W); batch first" in shown.err
    with np.load(tmp_path / "run.npz") as run:
        assert np.array_equal(run["out.dz"].transpose(1, 0, 2), DH)
        assert np.array_equal(run["param.L1.W"], WH)


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")
def test_the_case_of_cs231n_gives_its_numbers(tmp_path, capsys):
    """Its arrays as they are: weights without names, dh as one array, x and h0."""
    case = CASES / "16-cs231n-own-arrays"
    np.savez(tmp_path / "xh.npz", x=X, h0=H0)
    files = [case / "w.npz", case / "dh.npy", tmp_path / "xh.npz"]
    options = [word for path in files for word in ("--arrays", str(path))]
    assert main(["trace", *options, "--out", str(tmp_path / "run.npz")]) == 0
    with np.load(tmp_path / "run.npz") as run:
        dwh = [0.33054913, -0.66447754, 0.05391951, -0.14907888, -0.59326058]
        assert np.allclose(run["grad.L1.W"][0], dwh, atol=5e-9)
        db = [-1.00699147, 1.48724114, -0.48660516, 0.06635522, 2.34234549]
        assert np.allclose(run["grad.L1.b"], db, atol=5e-9)


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")
@pytest.mark.parametrize(
    ("name", "loss"), [("whole", 14.2265018570), ("folded", 14.2265018570), ("nobias", 14.2012550557), ("cell", None)]
)
def test_weights_alone_are_those_of_the_task_that_is_chosen(name, loss, tmp_path, capsys):
    path = CASES / "12-embedding-and-heads" / f"{name}.npz"
    task = ["--task", "next-character", "--set", "text=abcdefabcfed", "--structure", "n-n", "--steps", "8"]
    assert main(["trace", "--arrays", str(path), *task, "--out", str(tmp_path / "run.npz")]) == 0
    said = capsys.readouterr().err
    if loss is None:
        assert "out.V, out.b as the seed makes them" in said
    else:
        with np.load(tmp_path / "run.npz") as run:
            assert run["loss"] == pytest.approx(loss, abs=5e-11)


@pytest.mark.parametrize("layout", [None, "cs231n", "deeplearning.ai", "pytorch", "keras"])
def test_a_template_is_read_back(layout, tmp_path, capsys):
    path = str(tmp_path / "t.npz")
    run = ["--cell", "lstm", "--task", "sine", "--steps", "3", "--hidden", "5", "--batch", "2", "--seed", "4"]
    said = [] if layout is None else ["--layout", layout]
    assert main(["arrays", "--template", path, *run, *said]) == 0
    assert "x (" in capsys.readouterr().out
    assert main(["arrays", "--arrays", path, *said]) == 0
    assert main(["trace", *run, "--out", str(tmp_path / "run.npz")]) == 0
    found = capsys.readouterr().out.splitlines()
    with np.load(tmp_path / "run.npz") as written:
        assert float(found[0].rpartition(" ")[2]) == pytest.approx(float(written["loss"]), rel=1e-14)


def test_a_training_begins_with_the_weights_of_the_arrays(own, tmp_path, capsys):
    options = ["--arrays", str(own), "--updates", "1", "--rate", "0.000001", "--optimizer", "sgd"]
    assert main(["train", *options, "--out", str(tmp_path / "run.npz")]) == 0
    with np.load(tmp_path / "run.npz") as run:
        assert np.allclose(run["param.L1.W"], WH, atol=1e-4)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["trace", "--layout", "cs231n", "--out", "{}/r.npz"], 2, "--layout says how the arrays of --arrays FILE lie"),
        (["trace", "--arrays", "{}/none.npz", "--out", "{}/r.npz"], 1, "There is no file"),
        (["trace", "--arrays", "{}/own.npz", "--layout", "sideways", "--out", "{}/r.npz"], 2, "--layout: “sideways”"),
        (["trace", "--arrays", "{}/own.npz", "--task", "echo", "--out", "{}/r.npz"], 2, "leave out --task"),
        (["trace", "--arrays", "{}/own.npz", "--hand", "--out", "{}/r.npz"], 2, "--hand and --arrays"),
        (["trace", "--arrays", "{}/own.npz", "--arrays", "{}/own.npz", "--out", "{}/r.npz"], 1, "is in own.npz and in"),
        (
            ["trace", "--arrays", "{}/own.npz", "--layout", "columns", "--out", "{}/r.npz"],
            1,
            "own.npz cannot be",
        ),
        (["arrays"], 2, "--template FILE, or --arrays FILE"),
        (["arrays", "--template", "{}/t.txt"], 2, ".npz"),
        (["arrays", "--template", "{}/t.npz", "--layers", "2", "--layout", "cs231n"], 2, "for one layer"),
        (
            ["arrays", "--template", "{}/t.npz", "--cell", "gru", "--layout", "cs231n"],
            2,
            "no names for the arrays of",
        ),
        (["arrays", "--template", "{}/t.npz", "--task", "surname", "--batch", "2"], 2, "different lengths"),
        (["sweep", "--arrays", "{}/own.npz", "--over", "steps=1,2", "--out", "{}/s.csv"], 2, "from its seed"),
    ],
)
def test_what_does_not_fit_is_one_sentence(words, status, said, own, tmp_path, capsys):
    assert main([word.format(tmp_path) for word in words]) == status
    shown = capsys.readouterr().err.splitlines()[-1]
    assert said in shown and shown.startswith("main.py")
