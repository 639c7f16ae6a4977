"""What is asked of a whole run: its loss, its parameters, its gradient check, its training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from core import bptt
from core.analysis import gradcheck
from core.analysis.complex_step import moved_pass
from core.errors import InputError
from core.jobs import Job
from core.lessons.language.address import parameter_named
from core.lessons.language.faults import Misuse
from core.lessons.language.runs import Runs
from core.maths.arrays import Array
from core.network.attention import WEIGHTS
from core.network.parts import Network
from core.recorder import EVERY, quietly, recording
from core.sentence import Sentence
from core.tasks import dataset
from core.tasks.base import Data
from core.tasks.splits import WHOLE
from core.trace import Trace
from core.training.measures import Measured, forward_pass, measure_in_parts
from core.training.plan import Plan
from core.training.run import AT_ONCE, TrainingRun
from core.training.update import UpdateRule, updating
from core.training.watching import NOTHING

HELD_OUT = 1000  # sequences that a trained run is measured on, where there are so many
STEP = 1e-5  # ε of a difference quotient, where none is given


def loss(runs: Runs, pin: str = "") -> float:
    return float(runs.trace(pin).loss)


def count(runs: Runs, part: str = "", pin: str = "") -> float:
    parameters = runs.trace(pin).parameters
    own = {name: array for name, array in parameters.items() if not part or name.startswith(f"{part}.")}
    if not own:
        parts = ", ".join(dict.fromkeys(name.partition(".")[0] for name in parameters))
        raise Misuse(Sentence("no part {part} has parameters; {parts} have some.", part=part, parts=parts), 0)
    return float(sum(array.size for array in own.values()))


def clip_factor(runs: Runs, pin: str = "") -> float:
    return float(runs.trace(pin).clip_factor)


def broken(runs: Runs, pin: str = "") -> bool:
    return runs.trace(pin).broken is not None


def check(runs: Runs, pin: str = "") -> Job[float]:
    trace = runs.trace(pin)
    return (yield from runs.kept(("check", pin), lambda: _checking(trace)))


def _checking(trace: Trace) -> Job[float]:
    found = gradcheck.Check(0, 1)
    for found in gradcheck.check(trace):
        yield found.done / max(found.total, 1)
    return found.worst


def quotient(runs: Runs, p: str, i: int, j: int, step: float = STEP) -> Job[float]:
    """(L(θ_ij + ε) − L(θ_ij − ε)) / 2ε; of a bias j is 1."""
    trace, address = runs.run_and_address(p)
    name, epsilon = parameter_named(trace, address), step
    if not 1e-300 < abs(epsilon) < 1e3:
        raise Misuse("a difference quotient needs a small step, not 0.", 3)
    losses = []
    for sign in (1.0, -1.0):
        moved = {each: np.zeros_like(array) for each, array in trace.parameters.items()}
        _entry_of({**moved, **trace.named_parameters(moved)}[name], i, j, sign * epsilon)
        run = moved_pass(trace, moved)
        for k, _ in enumerate(quietly(bptt.forward(trace.network, run))):
            if not k % EVERY:
                yield 0.0
        losses.append(run.loss)
    with np.errstate(all="ignore"):
        return float(np.subtract(*losses) / (2 * epsilon))


def after(runs: Runs, rate: float, pin: str = "") -> Job[float]:
    """L of the same data after one update of gradient descent; NaN where the gradient is not finite."""
    if not 0.0 < rate <= 1e6:
        raise Misuse("the rate of an update is larger than 0, and at most a million.", 0)
    return (yield from updating(runs.trace(pin), UpdateRule(rate=rate))).loss_after


def _entry_of(array: Array, i: int, j: int, value: float) -> None:
    rows, columns = array.shape if array.ndim == 2 else (len(array), 1)
    if not 1 <= i <= rows:
        raise Misuse(Sentence("there is no row {i}; they are 1 to {rows}.", i=i, rows=rows), 1)
    if not 1 <= j <= columns:
        raise Misuse(Sentence("there is no column {j}; they are 1 to {columns}.", j=j, columns=columns), 2)
    array.reshape(rows, columns)[i - 1, j - 1] = value


# --- a training ---
@dataclass(frozen=True, eq=False)
class Trained:
    """The loss and the gradient's norm of every update, (n,) each, and how good the result is on data not seen;
    `parameters`: of the trained `network`."""

    losses: Array
    norms: Array
    measured: Measured
    network: Network
    parameters: Mapping[str, Array]


def accuracy(runs: Runs, pin: str = "") -> Job[float]:
    found = (yield from _trained(runs, pin)).measured.accuracy
    if found is None:
        raise Misuse("the outputs are numbers, of which none is right or wrong; r2 measures them.")
    return found


def r_squared(runs: Runs, pin: str = "") -> Job[float]:
    measured = (yield from _trained(runs, pin)).measured
    if measured.accuracy is not None:
        raise Misuse("R² is for outputs that are numbers; accuracy measures these.")
    if measured.r_squared is None:
        raise Misuse("the targets are all alike, and then there is no R².")
    return measured.r_squared


def rival(runs: Runs, pin: str = "") -> float:
    """R² = 1 − Σ(x_t − y_t)²/Σ(y_t − ȳ)² of the prediction that costs nothing, the next value is the present one, over
    the sequences that a trained run is measured on; each output's present value is the input of its place."""
    trace = runs.trace(pin)
    plan = runs.plans.get(pin)
    split = WHOLE if plan is None else plan.split
    if trace.data.y.shape[2] > trace.data.x.shape[2] or trace.network.loss.name != "squared":
        raise Misuse("the rival “next is this” is for tasks whose outputs are the next values of their inputs.")
    there = dataset.held_out_count(trace.experiment, "test", split)
    off = spread = total = count = 0.0
    for data in dataset.held_out_in_parts(trace.experiment, min(there or HELD_OUT, HELD_OUT), AT_ONCE, "test", split):
        x, y = data.x[data.supervised][..., : data.y.shape[2]], data.y[data.supervised]
        off += float(np.square(x - y).sum())
        spread += float(np.square(y).sum())
        total, count = total + float(y.sum()), count + y.size
    spread -= total**2 / max(count, 1.0)
    return 1.0 - off / spread if spread > 0.0 else float("nan")


def loss_not_seen(runs: Runs, pin: str = "") -> Job[float]:
    return (yield from _trained(runs, pin)).measured.loss


def history(runs: Runs, update: int, pin: str = "") -> Job[float]:
    return _at((yield from _trained(runs, pin)).losses, update)


def history_norm(runs: Runs, update: int, pin: str = "") -> Job[float]:
    return _at((yield from _trained(runs, pin)).norms, update)


def attended(runs: Runs, pin: str = "") -> Job[Array]:
    """The weights of attention, (T_y, T_x), as a mean over the sequences that a trained run is measured on."""
    trained, trace = (yield from _trained(runs, pin)), runs.trace(pin)
    if WEIGHTS not in trace.values:
        raise Misuse("this run has no attention; choose the structure attention.")
    plan = runs.plans[pin]
    return (yield from runs.kept(("attended", pin), lambda: _attending(trace, trained, plan)))


def _attending(trace: Trace, trained: Trained, plan: Plan) -> Job[Array]:
    total, count = np.zeros(()), 0
    for data in _unseen(trace, plan):
        weights = forward_pass(trained.network, trained.parameters, data).signals[WEIGHTS]
        total, count = total + weights.sum(axis=1), count + weights.shape[1]
        yield 0.95
    return total / count


def _unseen(trace: Trace, plan: Plan) -> Iterator[Data]:
    """The sequences that a trained run is measured on, a batch at a time."""
    there = dataset.held_out_count(trace.experiment, "test", plan.split)
    size = min(there or HELD_OUT, HELD_OUT)
    return iter(dataset.held_out_in_parts(trace.experiment, size, AT_ONCE, "test", plan.split))


def _at(column: Array, update: int) -> float:
    """NaN after a training that broke off."""
    return float(column[update - 1]) if 1 <= update <= len(column) else float("nan")


def trained_runs(runs: Runs) -> Job[dict[str, Trace]]:
    """The runs that were trained for an expression so far, by their letter, with what they have learned; none whose
    training broke off."""
    found: dict[str, Trace] = {}
    for pin in runs.plans:
        trained: Trained | None = runs.known(("trained", pin))
        if trained is not None:
            with suppress(InputError):  # of numbers that are not finite there is no run
                found[pin] = yield from recording(runs.trace(pin).experiment, trained.parameters)
    return found


def _trained(runs: Runs, pin: str) -> Job[Trained]:
    trace = runs.trace(pin)
    plan = runs.plans.get(pin)
    if plan is None:
        raise Misuse("nothing says how the run is trained; give the step a `train`.")
    return (yield from runs.kept(("trained", pin), lambda: _training(trace, plan)))


def _training(trace: Trace, plan: Plan) -> Job[Trained]:
    start = dict(trace.parameters) if trace.own_parameters else None
    try:
        run = TrainingRun(trace.experiment, plan, start, NOTHING, film_bytes=0)
    except InputError as error:
        raise Misuse(error.sentence) from None
    for _ in run.steps(within=True):
        yield 0.9 * run.update / run.total
    measured = measure_in_parts(run.network, run.result, _unseen(trace, plan))
    losses, sizes = (np.array(run.history.column(name)) for name in ("loss", "norm"))
    return Trained(losses, sizes, measured, run.network, run.result)
