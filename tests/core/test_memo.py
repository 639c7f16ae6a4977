"""What is derived from an object is worked out once, and is collected with it."""

import gc
import weakref

import pytest

from core.arithmetic.plan import plan_of
from core.chain.rows import rows
from core.experiment import natural
from core.memo import memoised, remember
from core.notation.books import NOTATIONS
from core.recorder import record


class Owner:
    """Something to derive from."""


def test_a_result_is_made_once_for_an_owner_and_its_arguments():
    calls = []

    @memoised
    def derived(owner: Owner, number: int, more: int = 0) -> int:
        calls.append((owner, number, more))
        return number + more

    first, second = Owner(), Owner()
    assert [derived(first, 1), derived(first, 1), derived(first, 2), derived(second, 1)] == [1, 1, 2, 1]
    assert derived(first, 1, more=2) == derived(first, 1, more=2) == 3
    assert calls == [(first, 1, 0), (first, 2, 0), (second, 1, 0), (first, 1, 2)]


def test_two_functions_do_not_share_results():
    @memoised
    def one(owner: Owner) -> str:
        return "one"

    @memoised
    def two(owner: Owner) -> str:
        return "two"

    owner = Owner()
    assert [one(owner), two(owner), remember(owner, "three", lambda: "three")] == ["one", "two", "three"]


def test_what_cannot_be_made_is_tried_again():
    owner, tries = Owner(), []

    @memoised
    def derived(owner: Owner) -> int:
        tries.append(1)
        return 1 // (len(tries) - 1)

    with pytest.raises(ZeroDivisionError):
        derived(owner)
    assert derived(owner) == 1


def test_a_trace_has_one_plan_of_each_scan_and_notation():
    trace = record(natural("echo", layers=2, steps=3))
    book = NOTATIONS[1]
    assert plan_of(trace) is plan_of(trace, "L2") is plan_of(trace, "out") is not plan_of(trace, "L1")
    assert plan_of(trace, "L1", book) is plan_of(trace, "L1", book) is not plan_of(trace, "L1")
    assert rows(trace, book) is rows(trace, book) is not rows(trace)


def test_what_is_derived_from_a_trace_is_collected_with_it():
    trace = record(natural("echo", layers=2, steps=3))
    plan = plan_of(trace, "L1", NOTATIONS[1])
    assert plan.trace is trace
    gone = weakref.ref(trace), weakref.ref(plan)
    del trace, plan
    gc.collect()
    assert [each() for each in gone] == [None, None]
