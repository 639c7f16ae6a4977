"""A trace as a file: every array by name (NPZ), or the norms of its gradients step by step (CSV)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import InputError, quoted
from core.experiment import to_json
from core.files.npz_writer import writing_npz
from core.files.writing import write_text
from core.jobs import Job
from core.maths.arrays import Array, norms
from core.sentence import one_of
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
    found.update({name: getattr(data, name) for name in ("present", "counted") if getattr(data, name) is not None})
    parameters = {"param": trace.parameters, "grad": trace.exact_parameters}
    if trace.used_parameters is not trace.exact_parameters:
        parameters["used"] = trace.used_parameters
    for prefix, by_name in parameters.items():
        found.update({f"{prefix}.{name}": array for name, array in trace.named_parameters(dict(by_name)).items()})
    for (part, name), array in trace.values.items():
        if not np.shares_memory(array, data.x):  # x is there once
            found[f"{part}.{name}"] = array
    found.update({f"{part}.d{name}": array for (part, name), array in trace.exact.items()})
    if trace.used is not trace.exact:
        found.update({f"used.{part}.d{name}": array for (part, name), array in trace.used.items()})
    found.update({f"{part}.{name}0": array for (part, name), array in trace.start.items()})
    found.update({f"{part}.d{name}0": array for (part, name), array in trace.start_gradients.items()})
    return found


def _norms_csv(trace: Trace) -> Job[str]:
    """One line a column: t, loss_t, supervised (0 or 1), and the norm of every record's exact gradient, `norm.L1.ds` …,
    over samples and units together; `used.norm.L1.ds` … too where other gradients are used. With a decoder the
    encoder's steps come first, and what has no step there is empty. Read back, each number is the same float."""
    columns = {"loss_t": _texts(trace, "out", trace.loss_t)}
    columns["supervised"] = [str(int(counts)) for counts in trace.supervised]
    used = {"used.norm": trace.used} if trace.used is not trace.exact else {}
    kinds = {"norm": trace.exact, **used}
    total = sum(map(len, kinds.values()))
    for prefix, gradients in kinds.items():
        for (part_name, name), array in gradients.items():
            columns[f"{prefix}.{part_name}.d{name}"] = _texts(trace, part_name, norms(array))
            yield len(columns) / (total + 2)
    lines = [",".join(("t", *columns))]
    lines += [",".join((str(t + 1), *(column[t] for column in columns.values()))) for t in range(trace.steps)]
    return "\n".join(lines) + "\n"


def _texts(trace: Trace, part: str, numbers: Array) -> list[str]:
    """A part's numbers as texts in their columns, "" where it has no step."""
    texts = [""] * trace.steps
    start = trace.schedule.offset(part)
    texts[start : start + len(numbers)] = [repr(float(number)) for number in numbers]
    return texts


def writing(trace: Trace, path: Path) -> Job[None]:
    """Writes NPZ or CSV, by the path's suffix; a full disk loses nothing.

    Raises InputError for another suffix; OSError where the file cannot be written.
    """
    refuse_suffix(path, SUFFIXES)
    if path.suffix.lower() == ".csv":
        text = yield from _norms_csv(trace)
        write_text(path, text)
    else:
        found = arrays(trace)
        yield 0.0
        yield from writing_npz(path, found)


def refuse_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Raises InputError where a file's suffix is none of these."""
    if path.suffix.lower() not in suffixes:
        raise InputError(
            "“{file}” does not say what to write; end its name in {known}.",
            file=quoted(path.name),
            known=one_of(suffixes),
        )
