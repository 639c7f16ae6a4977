"""`check` on the command line: its statuses, its names and layouts, and what it refuses in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.experiment import natural
from core.recorder import record
from explorer import cli

RUN = ("--cell", "lstm", "--task", "echo", "--steps", "5", "--hidden", "3", "--batch", "2", "--seed", "3")
CHANGES = {"cell": "lstm", "steps": 5, "hidden": 3, "batch": 2, "data_seed": 3, "weight_seed": 3}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], **arrays: np.ndarray) -> tuple[int, str, str]:
    np.savez("mine.npz", **arrays)  # type: ignore[arg-type]
    status = cli.main(["check", "--mine", "mine.npz", *RUN])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def right() -> dict[str, np.ndarray]:
    """CS231n's names and order of the gates."""
    trace = record(natural("echo", **CHANGES))
    named = trace.named_parameters(trace.exact_parameters)
    stacked = {k: np.concatenate([named[f"L1.{k}_{gate}"] for gate in "ifog"], axis=-1) for k in "UWb"}
    return {"dWx": stacked["U"], "dWh": stacked["W"], "db": stacked["b"], "dh0": trace.start_gradients["L1", "s"]}


def test_the_status_says_whether_all_agrees(capsys):
    status, out, _ = said(capsys, **right())
    assert status == 0 and out.startswith("All that was given agrees: dWx, dWh, db and dh0")
    status, out, _ = said(capsys, **{**right(), "db": 2.0 * right()["db"]})
    assert status == 1
    assert "This agrees: dWx, dWh and dh0" in out and "Your db is the right one times 2" in out


def test_the_arrays_of_a_run_are_understood_as_they_are(capsys):
    assert cli.main(["trace", *RUN, "--out", "run.npz"]) == 0
    assert cli.main(["check", "--mine", "run.npz", *RUN]) == 0
    capsys.readouterr()
    assert cli.main(["check", "--mine", "run.npz", *RUN[:-1], "4"]) == 1
    assert "belong to another network" in capsys.readouterr().out


def test_single_gates_and_gradients_of_every_step(capsys):
    trace = record(natural("echo", **CHANGES))
    exact = trace.exact
    arrays = {
        "dW_f": np.array(trace.named_parameters(trace.exact_parameters)["L1.W_f"]),
        "df_t": exact["L1", "f"].swapaxes(0, 1),  # batch first
        "dc": exact["L1", "c"].swapaxes(0, 1),
        "h": trace.values["L1", "s"].swapaxes(0, 1),
    }
    assert said(capsys, **arrays)[0] == 0
    status, out, _ = said(capsys, **{**arrays, "df_t": -arrays["df_t"]})
    assert status == 1 and "df_t[0, 4, " in out and "(here ∂L/∂fₜ, step 5, sample 1, " in out


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ({"foo": np.ones(3)}, "foo"),
        ({"dWx": np.ones((2, 3))}, "dWx has the shape"),
        ({"dWh": np.full((3, 12), np.nan)}, "not finite, dWh[0, 0]; look there"),
        ({"dWh": np.array(["a"])}, "does not hold real numbers"),
        ({"grad.L1.W": np.ones((2, 2))}, "grad.L1.W has the shape (2, 2), but L1.W has (3, 12)"),
        ({"loss": np.ones(1)}, "save dW, dU or db"),
        ({"dlogits": np.ones((9, 9, 9))}, "dlogits"),
        ({"arr_0": np.ones((3, 12)), "arr_1": np.ones(12)}, "arr_0, arr_1: save each array with its name"),
    ],
)
def test_what_cannot_be_compared_gets_one_sentence(capsys, arrays, text):
    status, out, err = said(capsys, **arrays)
    assert status in (1, 2) and out == ""
    assert text in err and err.count("\n") == 1 and "Traceback" not in err


def test_a_file_that_is_none(capsys):
    Path("mine.npz").write_bytes(b"no zip")
    assert cli.main(["check", "--mine", "mine.npz", *RUN]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert cli.main(["check", "--mine", "none.npz", *RUN]) == 1


def test_what_it_was_compared_with_is_said_where_no_file_says_it(capsys):
    np.savez("mine.npz", dbh=np.ones(4))
    assert cli.main(["check", "--mine", "mine.npz"]) == 1
    err = capsys.readouterr().err
    assert "dbh has the shape (4,), but (H,) = (6,) is looked for" in err and err.count("\n") == 1
    assert "compared with the default experiment (T = 14, B = 1, H = 6); --arrays FILE or --experiment FILE" in err
    assert cli.main(["check", "--mine", "mine.npz", "--hidden", "5"]) == 1
    assert "compared with the experiment of these options (T = 14, B = 1, H = 5)" in capsys.readouterr().err
    sizes = {"x": (2, 3, 2), "h0": (2, 5), "Wx": (2, 5), "Wh": (5, 5), "b": (5,), "dh": (2, 3, 5)}
    np.savez("own.npz", **{name: np.ones(size) for name, size in sizes.items()})
    assert cli.main(["check", "--mine", "mine.npz", "--arrays", "own.npz"]) == 1
    assert "compared with" not in capsys.readouterr().err


def test_two_files_that_were_exchanged(capsys, tmp_path):
    np.savez(tmp_path / "mine.npz", dWx=np.ones((2, 3)), dWh=np.ones((3, 3)), db=np.ones(3), dx=np.ones((2, 4, 2)))
    np.savez(tmp_path / "own.npz", x=np.ones((2, 4, 2)), Wx=np.ones((2, 3)), Wh=np.ones((3, 3)), b=np.ones(3))
    assert cli.main(["check", "--mine", str(tmp_path / "own.npz"), "--arrays", str(tmp_path / "mine.npz")]) in (1, 2)
    said = capsys.readouterr().err
    assert "it has no weights, only gradients (dWx, dWh, db, dx); the arrays of a run are its x and its weights" in said
