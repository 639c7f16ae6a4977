"""For every test: hypothesis without a deadline, since machines are busy, and no thread may be left behind.

`--long` also runs what takes long; `--order-seed N` runs the tests in another order. The limits of time are in
pyproject.toml.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import threading
from collections.abc import Iterator

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
