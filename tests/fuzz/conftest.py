"""For every fuzz test: how many parts of it are run, and what all of them have come to.

A part is a fixed number of tries that follow from its number alone, so that a fault is found again by its name. The
suite runs one part of each; `--long` runs PARTS of them, an hour on two cores.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator

import pytest

PARTS = 180
MEMORY = 2 * 2**30  # bytes that a test may take beyond what there is; more is a MemoryError


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "part" in metafunc.fixturenames:
        metafunc.parametrize("part", range(PARTS if metafunc.config.getoption("--long") else 1))


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """What a test counts ("inputs", "refused" …); the sums of all tests are in the summary."""
    counts: Counter[str] = Counter()
    yield counts
    request.node.user_properties.extend((f"fuzz {name}", count) for name, count in counts.items())


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """More memory than MEMORY cannot be had within the test."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def pytest_terminal_summary(terminalreporter) -> None:
    sums: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "teardown":  # of the three reports the one that has all counts
                continue
            for name, count in report.user_properties:
                if name.startswith("fuzz "):
                    sums[name.removeprefix("fuzz ")] += count
    if sums:
        terminalreporter.write_line("fuzz: " + ", ".join(f"{count:,} {name}" for name, count in sorted(sums.items())))
