"""`weights` on the command line: in, out, as scripts; and what it refuses, in one sentence."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.documents import storage
from core.experiment import natural
from core.interop import files
from core.recorder import record
from explorer import cli


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["weights", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def session(name: str = "own.json", **changes) -> None:
    """A session with weights of its own."""
    experiment = natural("echo", **{"cell": "gru", "reset": "after", "hidden": 3, "steps": 4, "batch": 2, **changes})
    first = record(experiment).parameters
    own = {name: array + 0.125 * (k + 1) for k, (name, array) in enumerate(first.items())}
    storage.save(Path(name), storage.to_text(record(experiment, own)))


@pytest.mark.parametrize(("library", "file"), [("torch", "w.npz"), ("torch", "w.safetensors"), ("keras", "w.npz")])
@pytest.mark.parametrize("changes", [{}, {"cell": "lstm", "layers": 2, "bidirectional": "concat"}])
def test_out_and_in_again_gives_the_same_session(library, file, changes, capsys):
    session(**changes)
    status, out, err = said(capsys, "--experiment", "own.json", "--to", library, "--out", file)
    assert (status, err) == (0, "") and out.startswith(f"{file}: ")
    wanted = storage.load(Path("own.json"))
    task = "--task echo --steps 4 --batch 2".split()
    status, out, err = said(capsys, "--from", library, "--in", file, *task, "--out", "back.json")
    assert (status, err) == (0, "")
    found = storage.load(Path("back.json"))
    assert found.own_parameters and found.parameters.keys() == wanted.parameters.keys()
    assert all(np.array_equal(array, wanted.parameters[name]) for name, array in found.parameters.items())
    assert found.experiment.cell == wanted.experiment.cell and found.loss == wanted.loss
    line, _, assumed = out.partition("; ")
    assert line.strip() == f"back.json: {found.experiment.cell} on echo, loss {wanted.loss!r}"
    assert ("go_backwards False: assumed, the file does not say" in assumed) == (library == "keras")


def test_what_set_says_of_a_layer_is_believed_or_refused_by_name(capsys):
    np.savez("w.npz", np.ones((2, 3)), np.ones((3, 3)), np.ones(3))
    words = "--from keras --in w.npz --task adding --out back.json --set activation=".split()
    status, out, _ = said(capsys, *words[:-1], words[-1] + "relu", "--set", "go_backwards=False")
    assert status == 0 and out.startswith("back.json: relu on adding") and "assumed" not in out
    np.savez("w.npz", np.ones((2, 12)), np.ones((3, 12)), np.ones(12))
    status, out, _ = said(capsys, *words[:-1], words[-1] + "relu", "--set", "recurrent_activation=hard_sigmoid")
    assert status == 0 and "hard_sigmoid as in Keras 3" in out
    found = storage.load(Path("back.json"))
    assert (found.experiment.activation, found.experiment.gate_activation) == ("relu", "hard-sigmoid")
    status, out, _ = said(capsys, "--experiment", "back.json", "--to", "keras", "--out", "again.npz")
    assert status == 0 and out.endswith("LSTM (activation=relu, recurrent_activation=hard_sigmoid as in Keras 3)\n")
    status, _, err = said(capsys, *words[:-1], words[-1] + "gelu")
    assert status == 1 and "w.npz cannot be used: activation=gelu cannot be used with the weights of LSTM layers" in err
    np.savez("w.npz", weight_ih_l0=np.ones((12, 2)), weight_hh_l0=np.ones((12, 3)))
    status, _, err = said(capsys, "--from", "torch", *words[2:-1], words[-1] + "relu")
    assert status == 2 and "activation is relu, but the weights in w.npz are of activation tanh" in err


def test_a_read_out_that_the_file_lacks_is_said(capsys):
    np.savez("w.npz", np.ones((2, 12)), np.ones((3, 12)), np.ones(12))
    status, out, _ = said(capsys, "--from", "keras", "--in", "w.npz", "--task", "adding", "--out", "back.json")
    assert status == 0 and "; out.V, out.b as the seed makes them; " in out
    assert storage.load(Path("back.json")).experiment.cell == "lstm"


def test_what_no_weight_shows_is_said(capsys):
    session(cell="relu")
    assert said(capsys, "--experiment", "own.json", "--to", "torch", "--out", "w.npz")[1].endswith(
        "arrays of RNN (nonlinearity=relu)\n"
    )


@pytest.mark.parametrize("hidden", ["3", "20"])
def test_a_script_runs_alone_with_the_sessions_own_weights(hidden, capsys):
    session(hidden=int(hidden), steps=20)
    status, out, err = said(capsys, "--experiment", "own.json", "--to", "numpy-code", "--out", "run.py")
    assert (status, err) == (0, "")
    beside = [path.name for path in Path().glob("*.npz")]
    assert len(beside) == (hidden == "20") and all(f"its numbers in {name}\n" in out for name in beside)
    done = subprocess.run([sys.executable, "run.py"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"recorded {storage.load(Path('own.json')).loss!r}" in done.stdout


def test_a_pytorch_script_is_written(capsys):
    status, _, err = said(capsys, "--cell", "lstm", "--task", "echo", "--to", "torch-code", "--out", "run.py")
    assert (status, err) == (0, "")
    text = Path("run.py").read_text(encoding="utf-8")
    compile(text, "run.py", "exec")
    assert "torch.nn.LSTM(" in text


def pickled() -> None:
    with zipfile.ZipFile("w.npz", "w") as archive, archive.open("arr_0.npy", "w") as file:
        np.lib.format.write_array(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def bare_pickle() -> None:
    Path("w.npz").write_bytes(pickle.dumps({"weight_hh_l0": [1.0]}))


def cut_short() -> None:
    np.savez("w.npz", np.ones((50, 50)))
    Path("w.npz").write_bytes(Path("w.npz").read_bytes()[:-100])


def promises_more() -> None:
    """A header that promises an array of 80 TB."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }"
    raw = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"12345678"
    with zipfile.ZipFile("w.npz", "w") as archive:
        archive.writestr("arr_0.npy", raw)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (pickled, "arr_0 holds Python objects, which are never read"),
        (bare_pickle, "it is a Python pickle: opening it can run code, so it is not opened"),
        (cut_short, "the NPZ is damaged"),
        (promises_more, "the NPZ is damaged"),
        (lambda: np.savez("w.npz", np.array([1.0, np.nan])), "arr_0 holds numbers that are not finite"),
        (lambda: np.savez("w.npz", np.array(["a"])), "arr_0 does not hold real numbers"),
        (lambda: np.savez("w.npz"), "there is no array in it|the NPZ is damaged|neither NPZ"),
        (lambda: np.savez("w.npz", weight_ih_l0=np.ones((4, 1))), "there is no weight_hh_l0"),
        (lambda: Path("w.npz").mkdir(), "is a folder"),
        (lambda: None, "There is no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_sentence(make, sentence, capsys):
    make()
    status, out, err = said(capsys, "--from", "torch", "--in", "w.npz", "--task", "echo", "--out", "back.json")
    assert (status, out) == (1, "") and err.count("\n") == 1 and "w.npz" in err
    assert any(each in err for each in sentence.split("|"))
    assert not Path("back.json").exists()


def test_numbers_in_columns_first_order_are_read_as_they_are():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.savez("w.npz", a=array, b=array.astype(np.float32))
    found = files.read(Path("w.npz"))
    assert all(np.array_equal(found[name], array) for name in "ab")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--from torch --out back.json", "--from torch needs --in FILE"),
        ("--to torch --in w.npz --out back.npz", "--in goes with --from"),
        ("--to torch --out back.txt", "end its name in .npz or .safetensors"),
        ("--to keras --out back.safetensors", "end its name in .npz"),
        ("--to numpy-code --out run.npz", "end its name in .py"),
        ("--from keras --in w.npz --out back.npz", "end its name in .json"),
        ("--out back.json", "one of the arguments --from --to is required"),
        ("--from torch --to keras --in w.npz --out back.json", "not allowed with argument"),
        ("--cell peephole --task echo --to torch --out w2.npz", "PyTorch has no layer for the cell peephole"),
        ("--set fault=time-index --to numpy-code --out run.py", "wrong on purpose"),
        ("--from keras --in w.npz --task adding --cell gru --out back.json", "cell is gru, but the weights in w.npz"),
        ("--from keras --in w.npz --task adding --set hidden=5 --out back.json", "hidden is 5, but the weights"),
        ("--from keras --in w.npz --task sine --out back.json", "arr_0 reads 2 inputs, but the task sine gives 1"),
    ],
)
def test_what_does_not_go_is_refused_in_one_sentence(words, sentence, capsys):
    np.savez("w.npz", np.ones((2, 12)), np.ones((3, 12)), np.ones(12))
    status, out, err = said(capsys, *words.split())
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert sentence in err
    assert [path.name for path in Path().iterdir()] == ["w.npz"]
