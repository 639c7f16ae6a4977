"""Every sentence on a mistake, in several networks: no word twice in a row, and no two prepositions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from core.diagnosis.asked import Asked
from core.diagnosis.backward import Pass
from core.diagnosis.candidates import candidates
from core.diagnosis.chains import truncations
from core.diagnosis.changes import Change
from core.diagnosis.diagnosis import Diagnosis
from core.diagnosis.explanation import Cause, Explanation
from core.diagnosis.finishes import Finish, Sums, factors_of
from core.diagnosis.forward.candidates import candidates as forward_candidates
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.diagnosis.unrolling import Unrolling
from core.faults import FAULTS
from tests.core.structured import trace_of

PREPOSITION = "(?:with|without|of|in|into|to|from|over|at|by|for)"
BROKEN = re.compile(rf"\b([A-Za-z]+) \1(?=[ ,.;:])|\b{PREPOSITION} {PREPOSITION}\b|  |\{{")
FINISHED = ("transposed", "reversed", "zero")


@pytest.mark.parametrize(
    ("structure", "cell"), [("n-n", "tanh"), ("n-n", "gru"), ("bidirectional n-n", "lstm"), ("attention", "gru")]
)
def test_no_sentence_is_broken(structure: str, cell: str) -> None:
    trace = trace_of(structure, cell)
    arrays = {f"grad.{name}": array for name, array in trace.exact_parameters.items()}
    report = Report(Diagnosis(trace, tuple(read(trace, arrays)), ()))
    unrolling, names = Unrolling(trace), tuple(arrays)
    said = set()
    for of in (names[:1], names[:2]):
        said |= {report.sentence(Explanation(None, ((each, of),))) for each in _finishes(report, unrolling)}
        said |= {report.sentence(Explanation(each, (), of)) for each in _causes(unrolling)}
    assert len(said) > 100 and any("the sum over time without the last step" in each for each in said)
    assert [each for each in sorted(said) if BROKEN.search(each)] == []


def _finishes(report: Report, unrolling: Unrolling) -> Iterator[Finish]:
    asked = Asked(unrolling, report.diagnosis.items)
    found = Pass(unrolling, [Change()]).run()
    yield from (finish for finish, _ in Sums(asked, found, asked.rows(found, 1)).all())
    yield from map(Finish, FINISHED)
    yield from (Finish("shifted", detail) for detail in ("later", "earlier"))
    yield from (Finish("factor", number=number) for number in {3.7, *factors_of(asked).values()})
    yield from (Finish("clipped", number=1.0), Finish("order", "f i o g"))


def _causes(unrolling: Unrolling) -> Iterator[Cause]:
    yield from candidates(unrolling)
    yield from forward_candidates(unrolling)
    for labels, _ in truncations(unrolling):
        yield from labels
    yield from FAULTS
