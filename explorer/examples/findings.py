"""The numbers of examples whose claim is about more than the gradient that comes from the last loss."""

from __future__ import annotations

import numpy as np

from core.analysis.contributions import share_of_step
from core.analysis.state_map import SADDLE, STABLE, directions, fixed_points
from core.claims.claim import column_norms
from core.maths.arrays import norms, scaled_norm
from core.recorder import record
from core.tasks.dataset import held_out
from core.trace import Trace
from core.training.measures import Measurement, forward_pass
from explorer.examples.example import of_claim

NEW = 500  # sequences


def gates(trace: Trace) -> dict[str, float]:
    """What is claimed, and the mean of the gate that keeps or writes."""
    cell = trace.scan.cell
    level = {} if cell.kept_by is None else {"gate": float(trace.values[trace.scan.name, cell.kept_by[1]].mean())}
    return {**of_claim(trace), **level}


def cells(trace: Trace) -> dict[str, float]:
    """What is left of the gradient at the first step with each of the four cells."""
    found: dict[str, float] = {"steps": trace.steps - 1}
    for name in ("tanh", "relu", "lstm", "gru"):
        found[name] = of_claim(record(trace.experiment.with_cell(name)))["kept"]
    return found


def shut(trace: Trace) -> dict[str, float]:
    """How many units are above 0 at any step, and how large the gradient is before the last one."""
    name, memory = trace.scan.name, trace.scan.cell.memory
    size = column_norms(trace, trace.exact, memory)
    return {
        "units": trace.scan.hidden,
        "open": int((trace.values[name, memory] > 0).any(axis=(0, 1)).sum()),
        "before": float(np.max(size[:-1])),
    }


def total_and_last(trace: Trace) -> dict[str, float]:
    """‖∂L/∂s₁‖ of all losses together, and of the last one alone."""
    memory = trace.scan.cell.memory
    last = column_norms(trace, share_of_step(trace, trace.steps), memory)
    return {
        "total": float(column_norms(trace, trace.exact, memory)[0]),
        "last": float(last[0]),
        "steps": trace.steps - 1,
    }


def cut(trace: Trace) -> dict[str, float]:
    """Where the used gradient ends, and how much of the exact one is left at the first step."""
    memory = trace.scan.cell.memory
    used = column_norms(trace, trace.used, memory)
    return {**of_claim(trace), "reached": int(np.flatnonzero(used > 0)[0]) + 1}


def clipped(trace: Trace) -> dict[str, float]:
    """The norm of all gradients of parameters before and after, and the cosine between the two."""
    exact = np.concatenate([array.ravel() for array in trace.exact_parameters.values()])
    used = np.concatenate([array.ravel() for array in trace.used_parameters.values()])
    before, after = float(scaled_norm(exact)), float(scaled_norm(used))
    return {"before": before, "after": after, "cosine": float((exact / before) @ (used / after))}


def across(trace: Trace) -> dict[str, float]:
    """How much of the first step's loss reaches the last step, through each of the two chains."""
    share = share_of_step(trace, 1)
    forward, reverse = (scan for scan in trace.scans[:2])
    size = {scan.name: norms(share[scan.name, scan.cell.memory]) for scan in (forward, reverse)}
    return {
        "forward": float(size[forward.name][-1]),
        "reverse": float(size[reverse.name][-1]),
        "steps": trace.steps - 1,
    }


def handed_over(trace: Trace) -> dict[str, float]:
    """How large the gradient is on the first state that is read, over that on the last."""
    encoder = next(scan for scan in trace.scans if not scan.decodes)
    size = norms(trace.exact[encoder.name, encoder.cell.memory])
    return {"ratio": float(size[0] / size[-1]), "steps": len(size)}


def right(trace: Trace) -> dict[str, float]:
    """How many of the steps that count are answered right, and how sure the least sure of them is."""
    count = trace.supervised
    a, y = trace.values["out", "a"][:, 0][count], trace.data.y[:, 0][count]
    good = (a > 0.5) == (y > 0.5)
    return {"right": int(good.all(axis=1).sum()), "steps": int(count.sum()), "error": float(np.abs(a - y).max())}


def recognised(trace: Trace) -> dict[str, float]:
    """What is claimed; which class the last output names, how sure it is, 1 in `known` where that is the target; and
    how many of NEW sequences that it was not trained on are answered right."""
    names, loss = trace.data.output_names, trace.network.loss.name
    a, y = trace.values["out", "a"][-1, 0], trace.data.y[-1, 0]
    found = Measurement(loss)
    found.add(forward_pass(trace.network, trace.parameters, held_out(trace.experiment, NEW)))
    accuracy = found.result().accuracy
    assert accuracy is not None, "a task of classes"
    said = int(a.argmax())
    return {
        **of_claim(trace),
        "digit": int(names[said]),
        "sure": float(a[said]),
        "known": int(y[said] == 1.0),
        "right": round(accuracy * NEW),
        "new": NEW,
    }


def plane(trace: Trace) -> dict[str, float]:
    """What is claimed of a run of two units, and the fixed points of a step without input: how many are stable, how
    many saddles, and how far from the nearest saddle the first state is, `begins`; how W turns (degrees) and stretches.
    Raises ValueError for another width."""
    scan = trace.scan
    found = fixed_points(trace, scan, 1, 0, True, 1.25).points
    first = trace.values[scan.name, "s"][0, 0]
    numbers: dict[str, float] = dict(of_claim(trace))
    for kind in (STABLE, SADDLE):
        numbers[kind] = sum(point.kind == kind for point in found)
    if numbers[SADDLE]:
        apart = [float(np.linalg.norm(first - point.place)) for point in found if point.kind == SADDLE]
        numbers["begins"] = min(apart)
    kept = directions(trace, scan)
    if kept is not None:
        value = complex(kept.eigenvalues[0])
        numbers |= {"turn": abs(float(np.degrees(np.angle(value)))), "stretch": abs(value)}
    return numbers


def lengths(trace: Trace) -> dict[str, float]:
    """The lengths in a batch, and the largest gradient at a step that a sample does not have."""
    present = trace.data.present
    assert present is not None
    own = present.sum(axis=0)
    dh = trace.exact[trace.scan.name, trace.scan.cell.records[0].name]
    return {
        "samples": int(own.size),
        "shortest": int(own.min()),
        "longest": int(own.max()),
        "padding": float(np.abs(dh[~present[: len(dh)]]).max(initial=0.0)),
    }
