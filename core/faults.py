"""FAULTS: textbook errors, each of which can be switched on in a run; the gradient check finds every one.

A fault changes the backward pass only, by a hook. With one switched on the trace's gradients are what the faulty
derivation gives. Where it would be no error, core.rules refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from core.errors import one_named
from core.network.parts import UNCHANGED, BackwardPass, Hook, StepFunction
from core.network.scan import Scan


@dataclass(frozen=True)
class Fault:
    """A textbook error. `name` is the experiment's, `title` what is wrong, `description` a sentence on it; `hook` does
    it in a backward pass."""

    name: str
    title: str
    description: str
    hook: Hook


class DownForgotten(Hook):
    """A printed ∂L/∂h1 without ∂L/∂h2 · Qᵀ: what the upper layer sends down is left out."""

    def sends_down(self, scan: Scan) -> bool:
        return scan.name[1:2] == "1"


class SlopeOfLayerOne(Hook):
    """∂L/∂h2 with 1 − s1² in code where 1 − s2² belongs."""

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        if scan.name[1:2] != "1":
            below = scan.name[0] + "1" + scan.name[2:]
            r = back.run.records[below]
            back.records[scan.name].slope = scan.cell.activation.slope(r.h, r.s)  # type: ignore[attr-defined]


class BiasForgotten(Hook):
    """Two networks compared, one derived without biases and run with them: ∂L/∂b is missing."""

    def sums(self, scan: Scan, back: BackwardPass) -> None:
        back.parameters[f"{scan.name}.b"][...] = 0.0


class TimeIndex(Hook):
    """∂net_{t−1}/∂net_{t−1}, which is the identity, for ∂net_t/∂net_{t−1}."""

    def step_back(self, scan: Scan, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        d = back.records[scan.name]

        def unchanged(t: int) -> None:
            kept = d.s_prev[t].copy()
            step_back(t)
            d.s_prev[t] = kept
            if t + 1 < len(d.h):
                d.h[t] += d.h[t + 1]

        return unchanged


class DeltaSide(Hook):
    """δᵀ on the wrong side of the product: (∂L/∂h)ᵀ · s for sᵀ · ∂L/∂h, so that ∂L/∂W is transposed."""

    def sums(self, scan: Scan, back: BackwardPass) -> None:
        gradient = back.parameters[f"{scan.name}.W"]
        gradient[...] = gradient.T.copy()


class DiagonalForgotten(Hook):
    """The factor diag(φ′(h_t)) is missing: ∂L/∂h_t = ∂L/∂s_t."""

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        back.records[scan.name].slope = np.ones_like(back.run.records[scan.name].h)


class OnlyTheSlope(Hook):
    """Vanishing blamed on φ′ alone: the recurrent factor W is left out, ∂L/∂s_{t−1} takes ∂L/∂h_t as it is."""

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        d = back.records[scan.name]
        d.p = SimpleNamespace(**{**vars(d.p), "W_T": np.eye(scan.hidden)})  # the run's own stay as they are


class NotTransposed(Hook):
    """∂L/∂h · W for ∂L/∂h · Wᵀ: the gradient goes to the units that a unit feeds, not to those that feed it."""

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        d = back.records[scan.name]
        d.p = SimpleNamespace(**{**vars(d.p), "W_T": d.p.W})  # the run's own stay as they are


class LstmForGood(Hook):
    """“LSTM solves vanishing for good”: ∂c_t/∂c_{t−1} taken as 1, the forget gate left out of the backward pass."""

    def step_back(self, scan: Scan, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        d = back.records[scan.name]

        def undiminished(t: int) -> None:
            kept = d.c_prev[t].copy()
            step_back(t)
            d.c_prev[t] = kept + d.c[t]

        return undiminished


FAULTS: tuple[Fault, ...] = (
    Fault(
        "dh1-without-dh2",
        "what layer 2 sends down left out",
        "Layer 2 sends nothing down to layer 1: ∂L/∂h1 lacks ∂L/∂h2·Qᵀ.",
        DownForgotten(),
    ),
    Fault(
        "slope-of-s1", "slope of layer 1 in layer 2", "Layer 2 is derived with 1 − s1² for 1 − s2².", SlopeOfLayerOne()
    ),
    Fault("bias-forgotten", "∂L/∂b left out", "Derived without biases, run with them.", BiasForgotten()),
    Fault(
        "time-index",
        "slip of the time index",
        "A slip of the index, ∂net_{t−1}/∂net_{t−1}, makes the recurrent factor the identity.",
        TimeIndex(),
    ),
    Fault("delta-side", "factors swapped", "δᵀ stands on the wrong side: ∂L/∂W comes out transposed.", DeltaSide()),
    Fault("diag-forgotten", "slope left out", "∂L/∂h is taken to be ∂L/∂s.", DiagonalForgotten()),
    Fault(
        "only-the-slope",
        "recurrent matrix left out",
        "Vanishing is blamed on φ′ alone: Wᵀ is left out of the backward pass.",
        OnlyTheSlope(),
    ),
    Fault(
        "w-not-transposed",
        "W in place of Wᵀ",
        "∂L/∂h goes back through W where Wᵀ belongs.",
        NotTransposed(),
    ),
    Fault(
        "lstm-for-good",
        "forget gate left out",
        "The forget gate is left out, ∂c/∂c taken as 1: “LSTM solves vanishing for good”.",
        LstmForGood(),
    ),
)


def fault_named(name: str | None) -> Fault | None:
    """The fault of that name; None for none. Raises InputError listing the names."""
    return None if name is None else one_named(name, FAULTS, "There is no fault “{name}”; the faults are {known}.")


def hook_of(name: str | None) -> Hook:
    """What does the fault of that name in a backward pass; for None nothing is done otherwise. Raises InputError."""
    fault = fault_named(name)
    return UNCHANGED if fault is None else fault.hook
