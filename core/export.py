"""A trace as a file: every array by name (NPZ), or the norms of its gradients step by step (CSV)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from core.cells.base import Array
from core.diagnostics import norms
from core.errors import InputError
from core.experiment import to_json
from core.trace import Trace

SUFFIXES = (".npz", ".csv")


def arrays(trace: Trace) -> dict[str, Array]:
    """Everything that a run has recorded, by name; no array needs pickle.

    `experiment` (JSON) and `loss_kind` are texts, `loss` a number; `loss_t` and `supervised` (T,), `x` (T, B, I),
    `y` (T, B, O). Parameters are `param.L1.W` …, one per gate where they are stacked (`param.L1.U_f`), their exact
    gradients `grad.L1.W`, and where the run is truncated or clipped, what is used of them, `used.L1.W`. Records are
    `L1.s` (T, B, H) with their exact gradients `L1.ds`, and `used.L1.ds` where the run is truncated; `L1.s0` and
    `L1.ds0` (B, H) are what a scan began with. `L1.h` of a gated cell is the stack of its `L1.h_f` …, (T, B, G·H).
    """
    data, choices = trace.data, trace.experiment
    found: dict[str, Array] = {
        "experiment": np.array(to_json(choices)),
        "loss_kind": np.array(data.loss),
        "loss": np.array(trace.loss),
        "loss_t": trace.loss_t,
        "x": data.x,
        "y": data.y,
        "supervised": data.supervised,
    }
    parameters = {"param": trace.parameters, "grad": trace.exact_parameters}
    if choices.truncate is not None or choices.clip_norm is not None or choices.clip_value is not None:
        parameters["used"] = trace.used_parameters
    for prefix, by_name in parameters.items():
        found.update({f"{prefix}.{name}": array for name, array in trace.named_parameters(dict(by_name)).items()})
    for (part, name), array in trace.values.items():
        if not np.shares_memory(array, data.x):  # x is there once
            found[f"{part}.{name}"] = array
    found.update({f"{part}.d{name}": array for (part, name), array in trace.exact.items()})
    if choices.truncate is not None:
        found.update({f"used.{part}.d{name}": array for (part, name), array in trace.used.items()})
    found.update({f"{part}.{name}0": array for (part, name), array in trace.start.items()})
    found.update({f"{part}.d{name}0": array for (part, name), array in trace.start_gradients.items()})
    return found


def norms_csv(trace: Trace) -> str:
    """One line a step: t, loss_t, supervised (0 or 1), and the norm of every record's exact gradient, `norm.L1.ds` …,
    over samples and units together; `used.norm.L1.ds` … too where the run is truncated. Read back, each number is the
    same float."""
    columns = {f"norm.{part}.d{name}": norms(array) for (part, name), array in trace.exact.items()}
    if trace.experiment.truncate is not None:
        columns.update({f"used.norm.{part}.d{name}": norms(array) for (part, name), array in trace.used.items()})
    lines = [",".join(("t", "loss_t", "supervised", *columns))]
    for t in range(trace.steps):
        numbers = (trace.loss_t[t], *(column[t] for column in columns.values()))
        loss, *sizes = (repr(float(number)) for number in numbers)
        lines.append(",".join((str(t + 1), loss, str(int(trace.data.supervised[t])), *sizes)))
    return "\n".join(lines) + "\n"


def write(trace: Trace, path: Path) -> None:
    """Writes NPZ or CSV, by the path's suffix; beside the target first, so that a full disk loses nothing.

    Raises InputError for another suffix; OSError where the file cannot be written.
    """
    refuse_suffix(path, SUFFIXES)
    pieces = [norms_csv(trace).encode()] if path.suffix.lower() == ".csv" else [_npz(arrays(trace))]
    path = path.resolve()
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            file.writelines(pieces)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def refuse_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raises InputError where a file's suffix is none of these."""
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffixes[:-1]) + " or " + suffixes[-1]
        raise InputError(f"“{path.name}” does not say what to write; end its name in {known}.")


def _npz(found: dict[str, Array]) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **found)
    return file.getvalue()
