"""FAULTS: textbook errors, each of which can be switched on in a run; the gradient check finds every one.

A fault changes the backward pass only. With one switched on the trace's gradients are what the faulty derivation gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError, quoted
from core.refusals import DECODED

if TYPE_CHECKING:
    from core.experiment import Experiment
    from core.network.parts import BackwardPass, StepFunction
    from core.network.scan import Scan

OPEN = 10.0  # a forget bias above which f is 1 for all that a difference quotient can tell


@dataclass(frozen=True)
class Fault:
    """Base of the faults. `name` is the experiment's, `title` what is wrong, `where` the textbook's form of it."""

    name: str
    title: str
    description: str

    def refusal(self, experiment: Experiment) -> str:
        """Why it cannot be made in this experiment; "" where it can."""
        return ""

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        """Before the backward loop: changes what is ready for all steps (slopes, transposes)."""

    def step(self, scan: Scan, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        """What is done instead of a step back."""
        return step_back

    def finish(self, scan: Scan, back: BackwardPass) -> None:
        """After the loop, when the parameters' gradients are there."""

    def sends_down(self, scan: Scan) -> bool:
        """Whether ∂L/∂x goes on to the scan below."""
        return True


def _elman(experiment: Experiment) -> str:
    if experiment.cell in ("tanh", "relu", "sigmoid", "identity"):
        return ""
    return "it is an error about s = φ(h); choose the cell tanh, relu, sigmoid or identity"


def _curved(experiment: Experiment) -> str:
    """Of the identity and of an open ReLU the slope is 1 in every layer, right or wrong."""
    return "" if experiment.cell in ("tanh", "sigmoid") else "it is about a slope φ′; choose the cell tanh or sigmoid"


def _one_step(experiment: Experiment, carried: str = "s") -> bool:
    """Whether nothing goes from step to step, nor from an encoder into a decoder's initial state."""
    read = 1 if experiment.structure == "1-1" else experiment.steps
    if experiment.structure not in DECODED:
        return read == 1
    whole = experiment.context == "last" and experiment.bidirectional is None
    starts = experiment.structure == "attention" or experiment.context_at == "initial"
    handed = starts and (carried == "s" or whole)
    return read == 1 and (experiment.output_steps or read) == 1 and not handed


def _recurrence(experiment: Experiment) -> str:
    return "it is about going back from step to step; set steps to 2 or more" if _one_step(experiment) else ""


def _identity(experiment: Experiment) -> bool:
    """Whether every W begins as the identity."""
    size = experiment.hidden
    if experiment.w_init == "matrix":
        return bool(np.array_equal(np.array(experiment.w_matrix), np.eye(size)))
    alone = size == 1 and experiment.w_init in ("orthogonal", "spectral")  # ±1
    return experiment.w_gain == 1.0 and (experiment.w_init == "identity" or alone)


class DownForgotten(Fault):
    """A printed ∂L/∂h1 without ∂L/∂h2 · Qᵀ: what the upper layer sends down is left out."""

    def refusal(self, experiment: Experiment) -> str:
        if experiment.layers < 2:
            return "it is about what layer 2 sends down; set layers to 2 or more"
        from core.cells import cell_named

        fed = experiment.output_feedback or cell_named(experiment.cell).fed
        if fed or experiment.structure in ("1-n-feedback", *DECODED):
            return "it is about layers that run one after the other; choose a structure without fed-back outputs"
        return "layer 2 reads nothing; set u_gain above 0" if experiment.u_gain == 0.0 else ""

    def sends_down(self, scan: Scan) -> bool:
        return scan.name[1:2] == "1"


class SlopeOfLayerOne(Fault):
    """∂L/∂h2 with 1 − s1² in code where 1 − s2² belongs."""

    def refusal(self, experiment: Experiment) -> str:
        if experiment.layers < 2:
            return "it is about layer 2; set layers to 2 or more"
        return _curved(experiment)

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        if scan.name[1:2] != "1":
            below = scan.name[0] + "1" + scan.name[2:]
            r = back.run.records[below]
            back.records[scan.name].slope = scan.cell.activation.slope(r.h, r.s)  # type: ignore[attr-defined]


class BiasForgotten(Fault):
    """Two networks compared, one derived without biases and run with them: ∂L/∂b is missing."""

    def refusal(self, experiment: Experiment) -> str:
        from core.cells import cell_named

        has_bias = "b" in cell_named(experiment.cell).from_experiment(experiment).parameter_shapes(1, experiment.hidden)
        return "" if has_bias else f"the cell {experiment.cell} has no bias b; choose another cell"

    def finish(self, scan: Scan, back: BackwardPass) -> None:
        back.parameters[f"{scan.name}.b"][...] = 0.0


class TimeIndex(Fault):
    """∂net_{t−1}/∂net_{t−1}, which is the identity, for ∂net_t/∂net_{t−1}."""

    def refusal(self, experiment: Experiment) -> str:
        if experiment.cell in ("identity", "relu") and _identity(experiment):
            return "with W = I and a slope of 1 ∂net_t/∂net_{t−1} is the identity; choose another w_init or w_gain"
        return _elman(experiment) or _recurrence(experiment)

    def step(self, scan: Scan, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        d = back.records[scan.name]

        def unchanged(t: int) -> None:
            kept = d.s_prev[t].copy()
            step_back(t)
            d.s_prev[t] = kept
            if t + 1 < len(d.h):
                d.h[t] += d.h[t + 1]

        return unchanged


class DeltaSide(Fault):
    """δᵀ on the wrong side of the product: (∂L/∂h)ᵀ · s for sᵀ · ∂L/∂h, so that ∂L/∂W is transposed."""

    def refusal(self, experiment: Experiment) -> str:
        if experiment.hidden < 2:
            return "with one hidden unit both sides are the same; set hidden to 2 or more"
        if _one_step(experiment) and experiment.initial_state == 0.0:
            return "∂L/∂W is 0 where no state comes in; set steps to 2 or more"
        return _elman(experiment)

    def finish(self, scan: Scan, back: BackwardPass) -> None:
        gradient = back.parameters[f"{scan.name}.W"]
        gradient[...] = gradient.T.copy()


class DiagonalForgotten(Fault):
    """The factor diag(φ′(h_t)) is missing: ∂L/∂h_t = ∂L/∂s_t."""

    def refusal(self, experiment: Experiment) -> str:
        return _curved(experiment)

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        back.records[scan.name].slope = np.ones_like(back.run.records[scan.name].h)


class OnlyTheSlope(Fault):
    """Vanishing blamed on φ′ alone: the recurrent factor W is left out, ∂L/∂s_{t−1} takes ∂L/∂h_t as it is."""

    def refusal(self, experiment: Experiment) -> str:
        if _identity(experiment):
            return "W is the identity, and leaving it out changes nothing; choose another w_init or w_gain"
        return _elman(experiment) or _recurrence(experiment)

    def prepare(self, scan: Scan, back: BackwardPass) -> None:
        d = back.records[scan.name]
        d.p = SimpleNamespace(**{**vars(d.p), "W_T": np.eye(scan.hidden)})  # the run's own stay as they are


class LstmForGood(Fault):
    """“LSTM solves vanishing for good”: ∂c_t/∂c_{t−1} taken as 1, the forget gate left out of the backward pass."""

    def refusal(self, experiment: Experiment) -> str:
        from core.cells import cell_named

        if "c" not in cell_named(experiment.cell).carried:
            return "it is about the cell state; choose a cell that has one (lstm, peephole, coupled)"
        if _one_step(experiment, "c"):
            return "it is about going back from step to step; set steps to 2 or more"
        held = experiment.frozen_at("f")
        if held == 1.0 or (held is None and experiment.forget_bias > OPEN):
            return "the forget gate is 1, and then it is no error; lower forget_bias, or unfreeze f"
        return ""

    def step(self, scan: Scan, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        d = back.records[scan.name]

        def undiminished(t: int) -> None:
            kept = d.c_prev[t].copy()
            step_back(t)
            d.c_prev[t] = kept + d.c[t]

        return undiminished


FAULTS: tuple[Fault, ...] = (
    DownForgotten("dh1-without-dh2", "∂L/∂h1 without ∂L/∂h2·Qᵀ", "Layer 2 sends nothing down to layer 1."),
    SlopeOfLayerOne("slope-of-s1", "1 − s1² for 1 − s2²", "Layer 2 is derived with the slope of layer 1."),
    BiasForgotten("bias-forgotten", "∂L/∂b left out", "Derived without biases, run with them."),
    TimeIndex("time-index", "∂net_{t−1}/∂net_{t−1}", "A slip of the index makes the recurrent factor the identity."),
    DeltaSide("delta-side", "δᵀ on the wrong side", "∂L/∂W comes out transposed."),
    DiagonalForgotten("diag-forgotten", "diag(φ′) left out", "∂L/∂h is taken to be ∂L/∂s."),
    OnlyTheSlope(
        "only-the-slope", "‖W‖ left out", "Vanishing is blamed on φ′ alone: W is left out of the backward pass."
    ),
    LstmForGood("lstm-for-good", "∂c/∂c taken as 1", "“LSTM solves vanishing for good”: the forget gate is left out."),
)


def fault_named(name: str | None) -> Fault | None:
    """The fault of that name; None for none. Raises InputError listing the names."""
    if name is None:
        return None
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise InputError(f"There is no fault “{quoted(name)}”; the faults are {', '.join(fault.name for fault in FAULTS)}.")


def refuse_fault(experiment: Experiment) -> None:
    """Raises InputError where the experiment's fault has no meaning in it."""
    fault = fault_named(experiment.fault)
    reason = fault.refusal(experiment) if fault is not None else ""
    if reason:
        raise InputError(f"fault {experiment.fault}: {reason}.")
