"""For every test: hypothesis without a deadline, since machines are busy; no thread may be left behind, and what all
tests share has to be as it was found.

`--long` also runs what takes long; `--order-seed N` runs the tests in another order. The limits of time are in
pyproject.toml.
"""

from __future__ import annotations

import gc
import locale
import os
import random
import signal
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import Phase, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # as `main.py test` does: pytest alone aborts without a display
LONG = 3 * 3600.0  # seconds for the whole of a --long run
HANG_UP = getattr(signal, "SIGHUP", None)  # Windows has none

# Without the phase that explains: after a failure it traces every line, and the limit of time may end the test before
# it has said what fails.
PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
settings.register_profile("suite", deadline=None, phases=PHASES, max_examples=40)
settings.register_profile("long", deadline=None, phases=PHASES, max_examples=1000)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also what takes long: the fuzz for an hour, not a minute")
    parser.addoption("--order-seed", type=int, metavar="N", help="the modules, and the tests in each, in another order")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # A shell's background ignores the one, nohup the other; the programs under test would inherit that.
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (HANG_UP, signal.SIG_DFL)):
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, usual)
    if config.getoption("--long"):
        settings.load_profile("long")
        if config.option.session_timeout is None:
            config.option.session_timeout = LONG


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every worker must come to the same order, so it follows from the seed alone."""
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="only with --long"))
    seed = config.getoption("--order-seed")
    if seed is None:
        return
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.split("::")[0], []).append(item)
    shuffled = random.Random(seed)
    names = list(modules)
    shuffled.shuffle(names)
    for name in names:
        shuffled.shuffle(modules[name])
    items[:] = [item for name in names for item in modules[name]]


def pytest_collection_finish() -> None:
    """Twenty thousand collected tests live until the end: no search for garbage need go through them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fails the test that leaves a running thread."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not left, f"this test left threads behind: {', '.join(left)}"


def shared() -> dict[str, object]:
    """What a process has but once, so that a test which changes it changes what the tests after it do."""
    return {
        "the environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "the current folder": os.getcwd(),
        "what NumPy does about overflow and the like": np.geterr(),
        "how NumPy prints": np.get_printoptions(),
        "the locale": locale.setlocale(locale.LC_ALL),
        "sys.path": list(sys.path),
        "sys.excepthook": sys.excepthook,
        "threading.excepthook": threading.excepthook,
        "sys.dont_write_bytecode": sys.dont_write_bytecode,
        "the search for garbage": gc.isenabled(),
        "what a signal does": [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, HANG_UP) if each],
    }


@pytest.fixture(autouse=True)
def shared_as_found() -> Iterator[None]:
    """Fails the test that leaves changed what the tests after it share: they would depend on the order."""
    before = shared()
    yield
    after = shared()
    changed = [f"{name} was {before[name]!r} and is {after[name]!r}" for name in before if before[name] != after[name]]
    assert not changed, "this test changed " + "; ".join(changed)
