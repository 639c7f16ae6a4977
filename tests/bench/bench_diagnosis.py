"""Of how many wrong forward and backward passes `check` names the mistake: first, among the first three, and never a
wrong one with certainty. `python3 main.py bench` does not run it: `.venv/bin/python -m tests.bench.bench_diagnosis`.

Every mistake of tests/bench/mistakes.py in several structures, with what learners save: the gradients of parameters
alone, in float64 or float32, with dx and the initial states, or those of every step; and every wrong forward pass of
tests/bench/wrong_values.py with its states, with every value, or with the gradients that are made from them. A mistake
that changes nothing of what is saved is counted apart.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.diagnosis.asked import Asked
from core.diagnosis.chains import Truncated
from core.diagnosis.changes import (
    Arrival,
    Both,
    Bypass,
    Clipped,
    Factor,
    Matrix,
    Named,
    Overwritten,
    Scaled,
    Slope,
    Weighed,
)
from core.diagnosis.diagnosis import Diagnosis, diagnosing
from core.diagnosis.explanation import Explanation, Found
from core.diagnosis.finishes import factors_of, written
from core.diagnosis.forward.changes import (
    Altered,
    Bias,
    Function,
    Initial,
    Instead,
    Joined,
    Moved,
    Order,
    Term,
    Weights,
)
from core.diagnosis.given import read
from core.diagnosis.starts import Start
from core.diagnosis.unrolling import Unrolling
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.recorder import backward_pass, record
from core.trace import Trace
from tests.bench.mistakes import LINES, SPOILED, Gradients, Line, by_line, gradients_of
from tests.bench.wrong_values import WRONG_STEPS, WRONG_WEIGHTS, Used, gradients_after, values_of

SIZES = {"steps": 6, "batch": 3, "hidden": 4, "bias": 0.2, "initial_state": 0.3}
STRUCTURES = {
    "n-n": {"structure": "n-n"},
    "n-1": {"structure": "n-1"},
    "layers": {"structure": "n-n", "layers": 2},
    "bidirectional": {"structure": "n-n", "bidirectional": "concat"},
    "decoder": {"structure": "encoder-decoder", "output_steps": 3, "delay": 1},
    "attention": {"structure": "attention", "output_steps": 3, "delay": 1},
    "fed back": {"structure": "n-n", "output_feedback": True},
}
OF_LINES, OF_SPOILED = ("n-n", "layers", "decoder", "bidirectional", "n-1", "attention", "fed back"), ("n-n", "n-1")
OF_VALUES = ("n-n", "layers", "bidirectional", "decoder", "attention", "fed back")
VALUES = ("states", "states in float32", "every value", "states and gradients")
GIVEN = ("parameters", "parameters in float32", "parameters, dx, starts", "every step")


@dataclass(frozen=True)
class Case:
    name: str
    trace: Trace
    arrays: Gradients
    means: tuple[str, ...]
    forward: bool = False


@cache
def trace_of(cell: str, structure: str, settings: tuple) -> Trace | None:
    try:
        return record(natural("echo", cell=cell, **{**SIZES, **STRUCTURES[structure], **dict(settings)}))
    except InputError:
        return None


def saved(arrays: Gradients, given: str) -> Gradients:
    """What a learner saves of all gradients."""
    if given == "every step":
        return arrays
    kept = {name: array for name, array in arrays.items() if name.startswith("grad.")}
    if given.endswith("float32"):
        return {name: array.astype(np.float32) for name, array in kept.items()}
    if given != "parameters":
        kept |= {name: array for name, array in arrays.items() if name == "dx" or name.endswith("0")}
    return kept


def saved_values(trace: Trace, wrong: Line | Used, given: str) -> Gradients:
    """What a learner saves of a wrong forward pass."""
    arrays = values_of(trace, wrong)
    if given == "every value":
        return arrays
    kept = {name: array for name, array in arrays.items() if name.endswith((".s", ".c"))}
    if given.endswith("float32"):
        return {name: array.astype(np.float32) for name, array in kept.items()}
    return kept | gradients_after(trace, wrong) if given.endswith("gradients") and isinstance(wrong, Line) else kept


def cases(few: int = 0, only: str = "") -> Iterator[Case]:
    """Every case whose name has `only` in it; of `few` > 0, each so many-th."""
    there = ((name, made) for name, made in _every() if only in name)
    for k, (name, made) in enumerate(there):
        if not few or not k % few:
            trace, arrays, means = made()
            yield Case(name, trace, arrays, means, ": forward, " in name)


def _every() -> Iterator[tuple[str, Callable[[], tuple[Trace, Gradients, tuple[str, ...]]]]]:
    """The name of every case, and what makes it."""
    k = 0
    for line in LINES:
        for structure in OF_LINES if line.cell in ("tanh", "lstm", "gru") else OF_LINES[:3]:
            trace = trace_of(line.cell, structure, line.settings)
            if trace is None:
                continue
            k += 1
            given = GIVEN[k % len(GIVEN)]
            name = f"{line.cell} {structure}: {line.new} ({given})"
            yield name, lambda t=trace, line=line, g=given: (t, saved(by_line(t, line), g), line.means)
    for spoiled in SPOILED:
        for cell in spoiled.cells:
            for structure in OF_SPOILED:
                trace = trace_of(cell, structure, ())
                if trace is None:
                    continue
                k += 1
                given = GIVEN[k % 3]
                name = f"{cell} {structure}: {spoiled.name} ({given})"
                yield name, lambda t=trace, s=spoiled, g=given: (t, saved(s.do(t, _right(t)), g), s.means)

    for wrong in (*WRONG_STEPS, *WRONG_WEIGHTS):
        settings = wrong.settings if isinstance(wrong, Line) else ()
        for structure in OF_VALUES if wrong.cell in ("tanh", "lstm", "gru") else OF_VALUES[:3]:
            trace = trace_of(wrong.cell, structure, settings)
            if trace is None:
                continue
            k += 1
            given = VALUES[k % len(VALUES)]
            name = (
                f"{wrong.cell} {structure}: forward, {wrong.new if isinstance(wrong, Line) else wrong.name} ({given})"
            )
            yield name, lambda t=trace, w=wrong, g=given: (t, saved_values(t, w, g), w.means)


def _right(trace: Trace) -> Gradients:
    return gradients_of(trace, backward_pass(trace.network, trace.run))


def signatures(explanation: Explanation, trace: Trace) -> set[str]:
    """How an explanation is written in the list of mistakes, in every way; two mistakes together in none."""
    if explanation.mistakes != 1 and not isinstance(explanation.cause, Both):
        return set()
    if explanation.cause is None:
        ((finish, _),) = explanation.finished
        if finish.kind == "factor":
            known = factors_of(Asked(Unrolling(trace), ()))
            return {f"factor {way}" for way in written(finish.number, known, 1e-4)}
        return {f"{finish.kind} {finish.detail or (f'{finish.number:g}' if finish.number else '')}".strip()}
    return {_cause(explanation.cause)}


def _cause(cause: object) -> str:
    if isinstance(cause, Altered):
        return _altered(cause)
    if isinstance(cause, Truncated):
        return f"{cause.way} {cause.steps}"
    if isinstance(cause, Start):
        return f"start {cause.way}"
    if not isinstance(cause, Named):
        return f"fault {getattr(cause, 'name', '')}"
    edges = " ".join(sorted({f"{out}>{source}" for _, out, source in cause.places}))
    outs = " ".join(sorted({out for _, out, _ in cause.places}))
    match cause:
        case Both():
            return "both " + " + ".join(sorted((_cause(cause.first), _cause(cause.second))))
        case Scaled():
            return f"x{cause.factor:g} {edges}"
        case Slope(twice=True):
            return f"slope {outs} twice"
        case Slope():
            return f"slope {outs} {cause.form} {cause.argument}" + (f" {cause.shift}" if cause.shift else "")
        case Factor():
            return f"factor {edges} {cause.value} {cause.shift}"
        case Matrix():
            return f"matrix {edges} {cause.matrix}"
        case Arrival():
            return f"arrival {edges} {cause.quantity} {cause.share}".strip()
        case Bypass() | Clipped() | Weighed() | Overwritten():
            return f"{cause.kind} {edges}"
    return ""


def _altered(cause: Altered) -> str:
    edges = " ".join(sorted({f"{out}>{source}" for _, out, source in cause.places}))
    outs = " ".join(sorted({out for _, out, _ in cause.places}))
    match cause:
        case Term():
            return f"x{cause.factor:g} {edges}"
        case Bias():
            return f"bias x{cause.factor:g} {outs}"
        case Weights():
            return f"matrix {edges} {cause.matrix}"
        case Order():
            return "order " + " ".join(sorted(f"{a}:{b}" for a, b in cause.taken if a != b))
        case Joined():
            return f"joined {outs} {cause.first}"
        case Function():
            return f"function {outs} {'twice' if cause.twice else cause.function}"
        case Instead():
            return f"instead {edges} {cause.value}" + " before" * cause.before
        case Initial():
            return f"initial {cause.places[0][2]} {cause.way}"
        case Moved():
            return f"moved {cause.by}"
    return ""


def diagnosed(case: Case) -> Diagnosis:
    return finished(diagnosing(case.trace, read(case.trace, case.arrays)))


def sought(case: Case, diagnosis: Diagnosis) -> Found | None:
    """What was found of the pass that the mistake is in."""
    return diagnosis.forward if case.forward else diagnosis.found


def places(case: Case, diagnosis: Diagnosis) -> int:
    """At which place the right cause is, from 1; 0 where it is nowhere."""
    found = sought(case, diagnosis)
    ranked = found.ranked if found else []
    return next((k for k, each in enumerate(ranked, 1) if signatures(each, case.trace) & set(case.means)), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="of all cases each so many-th")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--quiet", action="store_true", help="the figures alone")
    options = parser.parse_args()
    count = first = three = certain = wrongly = unexplained = without = 0
    longest = 0.0
    for case in cases(options.every, options.only):
        began = time.process_time()
        found = diagnosed(case)
        took = time.process_time() - began
        longest = max(longest, took)
        search = sought(case, found)
        if search is None:
            without += 1
            continue
        place = places(case, found)
        count += 1
        first += place == 1
        three += 0 < place <= 3
        certain += search.certain
        unexplained += not search.complete
        wrong = (search.certain and place != 1) or (case.forward and found.found is not None)
        wrongly += wrong
        if not options.quiet and (wrong or place != 1 or not search.complete or took > 3.0):
            text = [sorted(signatures(each, case.trace)) for each in search.complete[:4]]
            said = f"wanted {case.means}, place {place}, found {text}, {took:.1f} s"
            print(f"{'WRONG ' if wrong else ''}{case.name}: {said}")
    print(f"{count} mistakes ({without} more change nothing that is saved)")
    print(f"the right one first: {100 * first / count:.1f} %; among the first three: {100 * three / count:.1f} %")
    print(f"said with certainty: {100 * certain / count:.1f} %, wrongly: {wrongly}; not explained: {unexplained}")
    print(f"the longest took {longest:.2f} s")
    return 0 if wrongly == 0 and first >= 0.95 * count and three >= 0.99 * count else 1


if __name__ == "__main__":
    sys.exit(main())
