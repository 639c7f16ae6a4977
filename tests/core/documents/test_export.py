"""The exported arrays have the promised names and shapes, and give back the run they came from."""

import csv
import io
import os
from pathlib import Path

import numpy as np
import pytest

from core.documents import export
from core.errors import InputError
from core.experiment import Experiment, from_json
from core.files import npz_writer
from core.jobs import finished
from core.maths.arrays import norms
from core.recorder import record
from tests.core.cases import CELL, task_of

T, B, H = 5, 2, 3
LSTM = (*"ifgo", "c", "tc", "s")
GATES = {"lstm": "ifgo", "peephole": "ifgo", "coupled": "fgo", "gru": "run", "gru-simple": "un"}
RECORDS = {  # besides h, where there are others than s; a cell that is new here has what it declares
    "lstm": LSTM,
    "peephole": LSTM,
    "coupled": LSTM[1:],
    "gru": (*"run", "rs", "s"),
    "gru-simple": (*"un", "s"),
    "leaky": ("n", "s"),
    "clockwork": ("n", "k", "s"),
    "batchnorm": ("m", "q", "s"),
}
OTHER_PARAMETERS = {"peephole": ("P_i", "P_f", "P_o"), "batchnorm": ("gamma", "beta")}  # vectors
STATELESS = ("jordan", "feedforward", "tdnn", "ar", "narx", "ngram")
TAPS, FED = {"tdnn": 4, "narx": 4, "ngram": 4}, {"jordan": 1, "ar": 4, "narx": 4}


def run(cell: str = "tanh", task: str = "last-step", **changes):
    return record(Experiment(cell=cell, task=task, steps=T, batch=B, hidden=H, loss_at="every", **changes))


def read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def parameters_of(cell: str, inputs: int, fed: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """The scan's own and the head's, with their shapes, by the names of the textbooks."""
    suffixes = [f"_{gate}" for gate in GATES.get(cell, "")] or [""]
    shapes: dict[str, tuple[int, ...]] = {"out.V": (fed if cell == "ar" else H, outputs), "out.b": (outputs,)}
    shapes.update({f"L1.{name}": (H,) for name in OTHER_PARAMETERS.get(cell, ())})
    for suffix in suffixes if cell != "ar" else ():
        shapes[f"L1.U{suffix}"] = (inputs, H)
        shapes.update({f"L1.W{suffix}": (H, H)} if cell not in STATELESS else {})
        shapes.update({f"L1.b{suffix}": (H,)} if cell != "batchnorm" else {})
        shapes.update({f"L1.F{suffix}": (fed, H)} if fed else {})
    return shapes


@CELL
def test_the_file_has_every_name_with_its_shape(cell, tmp_path: Path) -> None:
    trace = run(cell.name, task_of(cell))
    fitted, cell = not cell.learned, cell.name
    finished(export.writing(trace, tmp_path / "run.npz"))
    found = read(tmp_path / "run.npz")
    outputs = trace.data.y.shape[2]
    inputs, fed = TAPS.get(cell, 1) * trace.data.x.shape[2], FED.get(cell, 0) * outputs
    width = fed if cell == "ar" else H
    expected = {"experiment": (), "loss_kind": (), "loss": (), "loss_t": (T,), "supervised": (T,)}
    expected |= {"x": trace.data.x.shape, "y": (T, B, outputs), "L1.dx": (T, B, inputs)}
    expected |= {"L1.x": (T, B, inputs)} if cell in TAPS else {}  # a window is not the data's own x
    shapes = parameters_of(cell, inputs, fed, outputs)
    for prefix in ("param", "grad", *(["used"] if fitted else [])):
        expected |= {f"{prefix}.{name}": shape for name, shape in shapes.items()}
    blocks = GATES.get(cell, "")
    others = [each.name for each in trace.scan.cell.records if not each.name.startswith("h")]
    for d in ("", "d"):
        expected |= {f"L1.{d}h": (T, B, max(1, len(blocks)) * H)} if cell != "ar" else {}
        expected |= {f"L1.{d}h_{block}": (T, B, H) for block in blocks}
        expected |= {f"L1.{d}{name}": (T, B, width) for name in RECORDS.get(cell, others)}
        expected |= {f"L1.{d}a_prev": (T, B, fed)} if fed else {}
        carried = ("s", "c") if "c" in RECORDS.get(cell, ()) else () if cell in STATELESS else ("s",)
        expected |= {f"L1.{d}{name}0": (B, H) for name in carried}
    expected |= {f"out.{name}": (T, B, outputs) for name in ("z", "a", "dz")}
    if fitted:  # only the read-out's gradients are used, so both passes are there
        gradients = [name for name in expected if name.startswith(("L1.d", "out.d"))]
        expected |= {f"used.{name}": expected[name] for name in gradients if not name.endswith("0")}
    assert {name: array.shape for name, array in found.items()} == expected


@CELL
def test_the_file_gives_back_its_run(cell, tmp_path: Path) -> None:
    trace = run(cell.name, task_of(cell), frozen=())
    finished(export.writing(trace, tmp_path / "run.npz"))
    found = read(tmp_path / "run.npz")
    again = record(from_json(str(found["experiment"])))
    assert str(found["loss_kind"]) == trace.data.loss
    assert float(found["loss"]) == again.loss
    assert np.array_equal(found["L1.ds"], again.exact["L1", "s"])
    for name, whole in again.exact_parameters.items():
        blocks = GATES.get(cell.name, "") if name[3:] in ("U", "W", "b") else ""
        stack = [found[f"grad.{name}_{block}"] for block in blocks] or [found[f"grad.{name}"]]
        assert np.array_equal(np.concatenate(stack, axis=-1), whole)


def test_the_lstm_can_be_recomputed_from_the_file() -> None:
    found = export.arrays(run("lstm", initial_state=0.5))
    previous = np.concatenate((found["L1.c0"][None], found["L1.c"][:-1]))
    np.testing.assert_allclose(found["L1.c"], found["L1.f"] * previous + found["L1.i"] * found["L1.g"], rtol=1e-14)
    assert np.all(found["L1.c0"] == 0.5)
    assert np.array_equal(np.concatenate([found[f"L1.dh_{gate}"] for gate in "ifgo"], axis=2), found["L1.dh"])


def test_a_clipped_run_keeps_exact_and_used_apart() -> None:
    plain, clipped = export.arrays(run("gru")), export.arrays(run("gru", clip_value=1e-3))
    assert not any(name.startswith("used.") for name in plain)
    assert np.array_equal(clipped["grad.L1.W_n"], plain["grad.L1.W_n"])
    assert np.array_equal(clipped["used.L1.W_n"], np.clip(plain["grad.L1.W_n"], -1e-3, 1e-3))
    assert "used.L1.ds" not in clipped


def test_a_truncated_run_has_the_gradients_of_both_passes() -> None:
    found = export.arrays(run("tanh", truncate=2))
    assert not np.array_equal(found["L1.ds"], found["used.L1.ds"])
    total = np.einsum("tbi,tbj->ij", found["x"], found["used.L1.dh"])
    np.testing.assert_allclose(found["used.L1.U"], total, rtol=1e-12)


def test_csv_has_the_norms_of_every_step_exactly(tmp_path: Path) -> None:
    trace = run("lstm", truncate=3)
    finished(export.writing(trace, tmp_path / "run.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "run.csv").read_text(encoding="utf-8"))))
    assert [row["t"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {row["supervised"] for row in rows} == {"1"}
    assert [float(row["loss_t"]) for row in rows] == trace.loss_t.tolist()
    for (part, name), array in trace.exact.items():
        assert [float(row[f"norm.{part}.d{name}"]) for row in rows] == norms(array).tolist()
    assert [float(row["used.norm.L1.dc"]) for row in rows] == norms(trace.used["L1", "c"]).tolist()


def test_another_suffix_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    finished(export.writing(run(), tmp_path / "UPPER.NPZ"))
    (tmp_path / "UPPER.NPZ").unlink()
    with pytest.raises(InputError, match=r"run\.txt.*\.npz or \.csv"):
        finished(export.writing(run(), tmp_path / "run.txt"))
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "run.csv"
    target.write_text("old")

    def full(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        finished(export.writing(run(), target))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_arrays_are_written_as_numpy_writes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(npz_writer, "PIECE", 64)  # so that most arrays take several pieces
    found = export.arrays(run()) | {"empty": np.zeros((0, 3)), "turned": np.arange(12.0).reshape(3, 4).T}
    job = npz_writer.writing_npz(tmp_path / "ours.npz", found)
    reports = list(job)
    assert reports == sorted(reports) and reports[-1] == 1.0 and len(reports) > len(found)
    np.savez(tmp_path / "numpys.npz", allow_pickle=False, **found)
    with np.load(tmp_path / "ours.npz") as ours, np.load(tmp_path / "numpys.npz") as numpys:
        assert list(ours) == list(numpys) == list(found)
        for name, array in found.items():
            assert ours[name].dtype == array.dtype and ours[name].shape == array.shape
            assert np.array_equal(ours[name], numpys[name], equal_nan=array.dtype.kind == "f")


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_a_trace_whose_writing_is_given_up_leaves_the_old_file(tmp_path, suffix):
    path = tmp_path / f"run{suffix}"
    path.write_text("old", encoding="utf-8")
    job = export.writing(run(), path)
    for _ in range(4):
        next(job)
    job.close()
    assert path.read_text(encoding="utf-8") == "old" and list(tmp_path.iterdir()) == [path]
