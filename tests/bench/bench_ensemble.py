"""An ensemble of seeds as one batch of networks against one recorded run.

`passes`: both passes of all networks over data and parameters that are made already. `whole`: with the making of them,
which is done seed by seed, since every seed has random streams of its own. One recorded run makes its own, too.
"""

from __future__ import annotations

import numpy as np
from timing import interleaved

from core.ensemble.outcomes import running
from core.ensemble.seeds import over_seeds
from core.ensemble.stack import Stack
from core.experiment import Experiment
from core.jobs import finished
from core.recorder import Recorder, record

SEEDS, STEPS, BATCH, HIDDEN = 200, 50, 1, 16
GOAL = 8.0  # times one recorded run, of the passes
CELLS = ("tanh", "lstm", "gru")


def run(rounds: int) -> None:
    """Prints what 200 seeds take, as a multiple of one recorded run's time."""
    print(f"\nEnsembles: {SEEDS} seeds at T {STEPS}, B {BATCH}, H {HIDDEN}, as a multiple of one recorded run")
    print(f"{'cell':>6} {'one run':>9} {'passes':>8}  {'goal':<12} {'with data and parameters':>24} {'one by one':>11}")
    for cell in CELLS:
        _compare(Experiment(cell=cell, steps=STEPS, batch=BATCH, hidden=HIDDEN), rounds)


def _compare(experiment: Experiment, rounds: int) -> None:
    experiments = over_seeds(experiment, SEEDS)
    made = [Recorder(each) for each in experiments]
    data, parameters = [each.data for each in made], [each.parameters for each in made]
    stack = Stack()
    finished(stack.passing(experiment, data, parameters))
    for k in (0, SEEDS - 1):
        np.testing.assert_allclose(stack.loss[k], record(experiments[k]).loss, rtol=1e-12)
    timed = interleaved(
        {
            "one": lambda: record(experiment),
            "passes": lambda: finished(Stack(recorded=False).passing(experiment, data, parameters)),
            "whole": lambda: finished(running(experiments)),
        },
        rounds,
    )
    ratio = timed.ratios["passes"]
    goal = f"≤ {GOAL:g} {'met' if ratio <= GOAL else 'MISSED'}" if experiment.cell == CELLS[0] else ""
    one = 1000 * timed.seconds["one"]
    whole = timed.ratios["whole"]
    print(f"{experiment.cell:>6} {one:6.2f} ms {ratio:7.1f}×  {goal:<12} {whole:23.1f}× {SEEDS:10}×", flush=True)


if __name__ == "__main__":
    run(15)
