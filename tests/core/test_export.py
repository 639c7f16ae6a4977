"""The exported arrays have the promised names and shapes, and give back the run they came from."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from core import export
from core.cells import CELLS
from core.diagnostics import norms
from core.errors import InputError
from core.experiment import Experiment, from_json
from core.recorder import record

T, B, H = 5, 2, 3
GATES = {"lstm": "ifgo", "gru": "run"}
RECORDS = {"lstm": (*"ifgo", "c", "tc", "s"), "gru": (*"run", "rs", "s")}


def run(cell: str = "tanh", **changes):
    return record(Experiment(cell=cell, steps=T, batch=B, hidden=H, loss_at="every", **changes))


def read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_the_file_has_every_name_with_its_shape(cell: str, tmp_path: Path) -> None:
    trace = run(cell)
    export.write(trace, tmp_path / "run.npz")
    found = read(tmp_path / "run.npz")
    inputs, outputs = trace.data.x.shape[2], trace.data.y.shape[2]
    suffixes = [f"_{gate}" for gate in GATES.get(cell, "")] or [""]
    expected = {"experiment": (), "loss_kind": (), "loss": (), "loss_t": (T,), "supervised": (T,)}
    expected |= {"x": (T, B, inputs), "y": (T, B, outputs), "L1.dx": (T, B, inputs)}
    for prefix in ("param", "grad"):
        for suffix in suffixes:
            expected |= {f"{prefix}.L1.U{suffix}": (inputs, H), f"{prefix}.L1.W{suffix}": (H, H)}
            expected[f"{prefix}.L1.b{suffix}"] = (H,)
        expected |= {f"{prefix}.out.V": (H, outputs), f"{prefix}.out.b": (outputs,)}
    for d in ("", "d"):
        blocks = len(suffixes)
        expected[f"L1.{d}h"] = (T, B, blocks * H)
        expected |= {f"L1.{d}h{suffix}": (T, B, H) for suffix in suffixes if suffix}
        expected |= {f"L1.{d}{name}": (T, B, H) for name in RECORDS.get(cell, ("s",))}
        expected |= {f"L1.{d}{name}0": (B, H) for name in (("s", "c") if cell == "lstm" else ("s",))}
    expected |= {f"out.{name}": (T, B, outputs) for name in ("z", "a", "dz")}
    assert {name: array.shape for name, array in found.items()} == expected


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_the_file_gives_back_its_run(cell: str, tmp_path: Path) -> None:
    trace = run(cell, frozen=())
    export.write(trace, tmp_path / "run.npz")
    found = read(tmp_path / "run.npz")
    again = record(from_json(str(found["experiment"])))
    assert str(found["loss_kind"]) == "squared"
    assert float(found["loss"]) == again.loss
    assert np.array_equal(found["L1.ds"], again.exact["L1", "s"])
    stack = [found[f"grad.L1.W_{gate}"] for gate in GATES.get(cell, "")] or [found["grad.L1.W"]]
    assert np.array_equal(np.concatenate(stack, axis=1), again.exact_parameters["L1.W"])


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
    export.write(trace, tmp_path / "run.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "run.csv").read_text(encoding="utf-8"))))
    assert [row["t"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {row["supervised"] for row in rows} == {"1"}
    assert [float(row["loss_t"]) for row in rows] == trace.loss_t.tolist()
    for (part, name), array in trace.exact.items():
        assert [float(row[f"norm.{part}.d{name}"]) for row in rows] == norms(array).tolist()
    assert [float(row["used.norm.L1.dc"]) for row in rows] == norms(trace.used["L1", "c"]).tolist()


def test_another_suffix_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    export.write(run(), tmp_path / "UPPER.NPZ")
    (tmp_path / "UPPER.NPZ").unlink()
    with pytest.raises(InputError, match=r"run\.txt.*\.npz or \.csv"):
        export.write(run(), tmp_path / "run.txt")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "run.csv"
    target.write_text("old")

    def full(self: Path, other: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        export.write(run(), target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
