"""Of how many wrong backward passes `check` names the mistake: first, among the first three, and never a wrong one with
certainty. `python3 main.py bench` does not run it: `.venv/bin/python -m tests.bench.bench_diagnosis`.

Every mistake of tests/bench/mistakes.py in several structures, with what learners save: the gradients of parameters
alone, in float64 or float32, with dx and the initial states, or those of every step. A mistake that changes nothing of
what is saved is counted apart.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
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
from core.diagnosis.explanation import Explanation
from core.diagnosis.finishes import factors_of, written
from core.diagnosis.given import read
from core.diagnosis.starts import Start
from core.diagnosis.unrolling import Unrolling
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.recorder import backward_pass, record
from core.trace import Trace
from tests.bench.mistakes import LINES, SPOILED, Gradients, by_line, gradients_of

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
GIVEN = ("parameters", "parameters in float32", "parameters, dx, starts", "every step")


@dataclass(frozen=True)
class Case:
    name: str
    trace: Trace
    arrays: Gradients
    means: tuple[str, ...]


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


def cases(few: int = 0) -> Iterator[Case]:
    """Every case; of `few` > 0, each so many-th."""
    made = (case for case in _every() if case is not None)
    for k, case in enumerate(made):
        if not few or not k % few:
            yield case()


def _every():
    k = 0
    for line in LINES:
        for structure in OF_LINES[: 4 if line.cell in ("tanh", "lstm", "gru") else 3]:
            trace = trace_of(line.cell, structure, line.settings)
            if trace is None:
                continue
            k += 1
            given = GIVEN[k % len(GIVEN)]
            name = f"{line.cell} {structure}: {line.new} ({given})"
            yield lambda n=name, t=trace, line=line, g=given: Case(n, t, saved(by_line(t, line), g), line.means)
    for spoiled in SPOILED:
        for cell in spoiled.cells:
            for structure in OF_SPOILED:
                trace = trace_of(cell, structure, ())
                if trace is None:
                    continue
                k += 1
                given = GIVEN[k % 3]
                right = gradients_of(trace, backward_pass(trace.network, trace.run))
                name = f"{cell} {structure}: {spoiled.name} ({given})"
                yield lambda n=name, t=trace, s=spoiled, g=given, r=right: Case(n, t, saved(s.do(t, r), g), s.means)


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


def diagnosed(case: Case) -> Diagnosis:
    return finished(diagnosing(case.trace, read(case.trace, case.arrays)))


def places(case: Case, diagnosis: Diagnosis) -> int:
    """At which place the right cause is, from 1; 0 where it is nowhere."""
    ranked = diagnosis.found.ranked if diagnosis.found else []
    return next((k for k, each in enumerate(ranked, 1) if signatures(each, case.trace) & set(case.means)), 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="of all cases each so many-th")
    parser.add_argument("--quiet", action="store_true", help="the figures alone")
    options = parser.parse_args()
    count = first = three = certain = wrongly = unexplained = without = 0
    longest = 0.0
    for case in cases(options.every):
        began = time.process_time()
        found = diagnosed(case)
        took = time.process_time() - began
        longest = max(longest, took)
        if found.found is None:
            without += 1
            continue
        place = places(case, found)
        count += 1
        first += place == 1
        three += 0 < place <= 3
        certain += found.found.certain
        unexplained += not found.found.complete
        wrong = found.found.certain and place != 1
        wrongly += wrong
        if not options.quiet and (place != 1 or not found.found.complete or took > 3.0):
            text = [sorted(signatures(each, case.trace)) for each in found.found.complete[:4]]
            said = f"wanted {case.means}, place {place}, found {text}, {took:.1f} s"
            print(f"{'WRONG ' if wrong else ''}{case.name}: {said}")
    print(f"{count} mistakes ({without} more change nothing that is saved)")
    print(f"the right one first: {100 * first / count:.1f} %; among the first three: {100 * three / count:.1f} %")
    print(f"said with certainty: {100 * certain / count:.1f} %, wrongly: {wrongly}; not explained: {unexplained}")
    print(f"the longest took {longest:.2f} s")
    return 0 if wrongly == 0 and first >= 0.95 * count and three >= 0.99 * count else 1


if __name__ == "__main__":
    sys.exit(main())
