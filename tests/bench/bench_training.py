"""Training without a window against a loop written straight down in NumPy: updates a second, and their ratio.

The air-quality shape of DESIGN.md (T 24, B 64, I 6, H 4, tanh, squared error at the last step, SGD). Both go through
the same batches, made beforehand, from the same parameters, and must arrive at the same ones.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from timing import interleaved

from core import bptt
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.parts import BackwardPass, ForwardPass
from core.tasks.base import Data
from core.training.optimizers import SGD
from core.training.training import Training

STEPS, BATCH, INPUTS, HIDDEN, RATE, UPDATES = 24, 64, 6, 4, 0.05, 50
GOAL = 0.9
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
    h = np.empty((STEPS, BATCH, HIDDEN))
    dh = np.empty_like(h)
    s = np.zeros((STEPS + 1, BATCH, HIDDEN))
    for batch in data:
        x, y = batch.x, batch.y[-1]
        flat = x.reshape(-1, INPUTS)
        np.matmul(flat, u, h.reshape(-1, HIDDEN))
        h += b
        for t in range(STEPS):
            row = h[t]
            row += s[t].dot(w)
            np.tanh(row, s[t + 1])
        error = s[-1] @ v + bias - y
        losses.append(0.5 * float(np.square(error).sum()) / BATCH)
        dz = error / BATCH
        ds = dz @ v.T
        slope, w_t = 1.0 - s[1:] ** 2, np.ascontiguousarray(w.T)
        for t in range(STEPS - 1, -1, -1):
            np.multiply(ds, slope[t], dh[t])
            ds = dh[t].dot(w_t)
        flat_dh = dh.reshape(-1, HIDDEN)
        v -= RATE * (s[-1].T @ dz)
        bias -= RATE * dz.sum(axis=0)
        u -= RATE * (flat.T @ flat_dh)
        w -= RATE * (s[:-1].reshape(-1, HIDDEN).T @ flat_dh)
        b -= RATE * flat_dh.sum(axis=0)
    return losses


def run(rounds: int) -> None:
    """Prints the engine's updates a second and its ratio to the plain loop."""
    experiment = Experiment(steps=STEPS, hidden=HIDDEN, batch=BATCH)
    data = batches()

    def trained() -> Training:
        training = Training(experiment, SGD(RATE), batches=lambda update: data[update])
        for _ in range(UPDATES):
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

    def bare() -> None:
        """The engine's two loops in a plain for loop: no history, no norm, nothing checked."""
        parameters = {name: array.copy() for name, array in start.items()}
        for batch in data:
            passed = ForwardPass(ours.network, parameters, batch)
            deque(bptt.forward(ours.network, passed), maxlen=0)
            back = BackwardPass(passed)
            deque(bptt.backward(ours.network, back), maxlen=0)
            for name, gradient in back.parameters.items():
                parameters[name] -= RATE * gradient

    timed = interleaved({"engine": trained, "plain": by_hand, "bare": bare}, rounds)
    ratio = timed.ratios["plain"]
    print("\nTraining without a window: tanh, SGD, and the speed as a multiple of a plain NumPy loop's")
    print(f"{'T, B, I, H':>14} {'updates/s':>10} {'plain':>8} {'ratio':>6}  {'goal':<13} to its own two loops alone")
    size, verdict = f"{STEPS}, {BATCH}, {INPUTS}, {HIDDEN}", "met" if ratio >= GOAL else "MISSED"
    speeds = [UPDATES / timed.seconds[name] for name in ("engine", "plain")]
    print(
        f"{size:>14} {speeds[0]:10.0f} {speeds[1]:8.0f} {ratio:6.2f}  ≥ {GOAL} {verdict:<7} {timed.ratios['bare']:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    run(15)
