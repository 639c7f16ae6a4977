"""Training without a window: updates a second beside a loop written straight down in NumPy and PyTorch's fused layer,
and what a whole training costs beside its updates.

The first is the air-quality shape of DESIGN.md (T 24, B 64, I 6, H 4, tanh, squared error at the last step, SGD). All
go through the same batches, made beforehand, several times; the loop begins with the same parameters and must arrive at
the same ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from types import ModuleType

import numpy as np
from timing import interleaved
from with_torch import load, trained_fused

from core import bptt
from core.experiment import Experiment, natural
from core.maths.arrays import Array
from core.network.parts import BackwardPass, ForwardPass
from core.tasks.base import Data
from core.tasks.dataset import Batches
from core.training.optimizers import SGD
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.training import Training

STEPS, BATCH, INPUTS, HIDDEN, RATE, UPDATES = 24, 64, 6, 4, 0.05, 50
EPOCHS = 4  # a training of so few updates as there are batches would be measured by what is done before its first one
GOAL, GOAL_FUSED = 0.9, 5.0
RUNS = {
    "next-character, tanh": {"task": "next-character"},
    "recall, tanh": {"task": "recall", "steps": 40, "batch": 32, "hidden": 8},
    "recall, lstm": {"task": "recall", "steps": 40, "batch": 32, "hidden": 8, "cell": "lstm"},
}
NAMES = ("L1.U", "L1.W", "L1.b", "out.V", "out.b")


def batches(count: int = UPDATES) -> list[Data]:
    """Random windows; the target is what a sum of the last inputs gives."""
    random = np.random.default_rng(1)
    supervised = np.arange(STEPS) == STEPS - 1
    found = []
    for _ in range(count):
        x = random.random((STEPS, BATCH, INPUTS))
        y = np.zeros((STEPS, BATCH, 1))
        y[-1] = x[-3:, :, :2].mean(axis=(0, 2))[:, np.newaxis]
        names = tuple(f"x{k}" for k in range(INPUTS))
        found.append(Data(x, y, supervised, "squared", names, ("y",)))
    return found


def plain(data: list[Data], u: Array, w: Array, b: Array, v: Array, bias: Array) -> list[float]:
    """SGD on ½(z − y)² at the last step, in place; nothing recorded but what the backward pass needs, and the loss."""
    losses = []
    (steps, size, inputs), hidden = data[0].x.shape, len(w)
    h = np.empty((steps, size, hidden))
    dh = np.empty_like(h)
    s = np.zeros((steps + 1, size, hidden))
    for batch in data:
        x, y = batch.x, batch.y[-1]
        flat = x.reshape(-1, inputs)
        np.matmul(flat, u, h.reshape(-1, hidden))
        h += b
        for t in range(steps):
            row = h[t]
            row += s[t].dot(w)
            np.tanh(row, s[t + 1])
        error = s[-1] @ v + bias - y
        losses.append(0.5 * float(np.square(error).sum()) / size)
        dz = error / size
        ds = dz @ v.T
        slope, w_t = 1.0 - s[1:] ** 2, np.ascontiguousarray(w.T)
        for t in range(steps - 1, -1, -1):
            np.multiply(ds, slope[t], dh[t])
            ds = dh[t].dot(w_t)
        flat_dh = dh.reshape(-1, hidden)
        v -= RATE * (s[-1].T @ dz)
        bias -= RATE * dz.sum(axis=0)
        u -= RATE * (flat.T @ flat_dh)
        w -= RATE * (s[:-1].reshape(-1, hidden).T @ flat_dh)
        b -= RATE * flat_dh.sum(axis=0)
    return losses


def run(rounds: int) -> None:
    """Prints both tables."""
    _against_others(rounds, load())
    _whole_runs(rounds)


def _against_others(rounds: int, torch: ModuleType | None) -> None:
    """The engine's updates a second, and its speed as multiples of the others'."""
    experiment = Experiment(steps=STEPS, hidden=HIDDEN, batch=BATCH)
    data = batches() * EPOCHS

    def trained() -> Training:
        training = Training(experiment, SGD(RATE), batches=lambda update: data[update])
        for _ in data:
            training.update()
        return training

    start = Training(experiment, SGD(RATE), batches=lambda update: data[update]).parameters

    def by_hand() -> tuple[list[float], tuple[Array, ...]]:
        parameters = tuple(start[name].copy() for name in NAMES)
        return plain(data, *parameters), parameters

    losses, parameters = by_hand()
    ours = trained()
    np.testing.assert_allclose([progress.loss for progress in ours.history], losses, rtol=1e-9)
    for name, array in zip(NAMES, parameters, strict=True):
        np.testing.assert_allclose(ours.parameters[name], array, rtol=1e-9, atol=1e-12, err_msg=name)

    def anew() -> None:
        """The engine's two loops in a plain for loop, with arrays made anew at each update: no history, no norm."""
        parameters = {name: array.copy() for name, array in start.items()}
        for batch in data:
            passed = ForwardPass(ours.network, parameters, batch)
            deque(bptt.forward(ours.network, passed), maxlen=0)
            back = BackwardPass(passed)
            deque(bptt.backward(ours.network, back), maxlen=0)
            for name, gradient in back.parameters.items():
                parameters[name] -= RATE * gradient

    functions: dict[str, Callable[[], object]] = {"engine": trained, "plain": by_hand, "anew": anew}
    if torch is not None:
        functions["fused"] = trained_fused(torch, [(batch.x, batch.y[-1]) for batch in data], HIDDEN, RATE)
    timed = interleaved(functions, rounds)
    size = f"T {STEPS}, B {BATCH}, I {INPUTS}, H {HIDDEN}"
    print(f"\nTraining without a window: tanh, SGD, {size}; the engine's speed as a multiple of each other one's")
    print(f"{'':>34} {'updates/s':>10} {'multiple':>9}  goal")
    words = {
        "engine": ("the engine", None),
        "plain": ("a plain NumPy loop", GOAL),
        "fused": ("PyTorch's fused RNN", GOAL_FUSED),
        "anew": ("its two loops, all arrays made anew", None),
    }
    for name in (name for name in words if name in functions):
        said, goal = words[name]
        ratio, speed = timed.ratios[name], len(data) / timed.seconds[name]
        verdict = "" if goal is None else f"≥ {goal:g} {'met' if ratio >= goal else 'MISSED'}"
        print(f"{said:>34} {speed:10.0f} {ratio:9.2f}  {verdict}", flush=True)


def _whole_runs(rounds: int) -> None:
    """What an update costs with all that a training does round it: its batch, the row that is watched, the film."""
    print("\nA whole training: µs an update with its batch made, watched and filmed, × the update alone")
    for name, changes in RUNS.items():
        experiment = natural(**changes)
        batches = Batches(experiment, experiment.batch)
        made = [batches(update) for update in range(UPDATES)]
        alone = Training(experiment, SGD(RATE), batches=lambda update, made=made: made[update % UPDATES])

        def whole(experiment: Experiment = experiment) -> None:
            plan = Plan(length=UPDATES, unit="updates", rate=RATE, validation=False)
            deque(islice(TrainingRun(experiment, plan).steps(), UPDATES), maxlen=0)

        def updates(alone: Training = alone) -> None:
            for _ in range(UPDATES):
                alone.update()

        timed = interleaved({"whole": whole, "updates": updates}, rounds)
        microseconds = timed.seconds["whole"] / UPDATES * 1e6
        print(f"{name:>34} {microseconds:10.0f} {1 / timed.ratios['updates']:9.2f}", flush=True)


if __name__ == "__main__":
    run(15)
