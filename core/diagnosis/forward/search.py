"""What mistake gives a learner's wrong values: every alteration is tried, and judged by all values that were given; and
what becomes of the gradients on these values."""

from __future__ import annotations

import numpy as np

from core.diagnosis.asked import Asked, Item, Quantity
from core.diagnosis.backward import Change, Pass
from core.diagnosis.explanation import Found
from core.diagnosis.forward.candidates import candidates
from core.diagnosis.forward.changes import Altered
from core.diagnosis.forward.passes import Alteration, Forward
from core.diagnosis.judge import Judge
from core.diagnosis.unrolling import Unrolling
from core.jobs import Job
from core.maths.arrays import Array
from core.maths.operations import FIXED, compute

CHUNK = 64  # passes side by side
NUMBERS = 2_000_000  # of all quantities, of all passes side by side


def searching(asked: Asked, wrong: frozenset[Item]) -> Job[Found]:
    """Looks for what gives the values, of which `wrong` do not agree. A job."""
    unrolling = asked.unrolling
    right = Forward(unrolling, [Alteration()]).run()
    base = asked.value_rows(right.signals, 1)
    judge = Judge(asked, asked.values, wrong, base)
    judge.note(None, base, thorough=True)
    if any(item.largest for item in wrong) and not any(item.kind == "weight" for item in wrong):
        every = candidates(unrolling)
        chunk = max(1, min(CHUNK, NUMBERS // max(sum(array.size for array in right.signals.values()), 1)))
        for start in range(0, len(every), chunk):
            some = every[start : start + chunk]
            found = Forward(unrolling, some).run()
            with np.errstate(all="ignore"):
                judge.rows(some, asked.value_rows(found.signals, len(some)))
            yield start / len(every)
    judge.explain(None, judge.finished, 0.0)
    if not any(each.complete and each.mistakes == 1 and each.likely for each in judge.all):
        for _, cause, row in judge.nearest():
            if row is not None:
                with np.errstate(all="ignore"):
                    judge.note(cause, row, thorough=False)
            yield 0.99
    return judge.found()


def altered(unrolling: Unrolling, cause: Altered) -> Unrolling:
    """The same steps with the values that a mistake gives; what is not recorded, such as 1 − u, a backward pass makes
    anew from what is."""
    values = Forward(unrolling, [cause]).run().row(0)
    with np.errstate(all="ignore"):
        for declared in unrolling.declared:
            own, recorded = values[declared.name], {each.name for each in declared.quantities}
            for operation in declared.graph:
                if operation.out not in recorded and operation.kind not in FIXED:
                    own[operation.out] = compute(operation, own, unrolling.parameters[declared.name])
    return Unrolling(unrolling.trace, unrolling.window, values)


def gradients_on(asked: Asked) -> dict[Quantity, Array]:
    """What the right backward pass makes of the values of an unrolling, with an axis of 1."""
    return asked.rows(Pass(asked.unrolling, [Change()]).run(), 1)
