"""Who computes the rows of a sweep: this process, others on this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from typing import Any

from core.errors import InputError, quoted
from explorer.commands.running.ctrl_c import Stop

PACKAGE = "distributed==2026.8.0"  # as the extra "dask" of pyproject.toml says
LOOK = 0.2  # seconds between two looks at what has been pressed
AHEAD = 4  # tasks for each worker that are handed out before they are needed
CONNECT = 10  # seconds to wait for a scheduler
ONE_THREAD: dict[str, str] = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Row = tuple[str, ...]
Task = tuple[Any, ...]  # the arguments of one call
Rows = Generator[Row | None, None, None]  # a row that is done, or None after a while without one


def processors() -> int:
    """How many processes can run at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def here(function: Callable[..., Row], tasks: Iterable[Task], stop: Stop) -> Rows:
    """One after the other, in this process."""
    for task in tasks:
        if stop.pressed:
            return
        yield function(*task)


def in_processes(function: Callable[..., Row], tasks: Iterable[Task], jobs: int, stop: Stop) -> Rows:
    """`jobs` at a time, in processes of their own, in the order in which they are done. After `stop` no further one is
    begun, and those under way are waited for. Raises InputError where one of the processes dies."""
    context = multiprocessing.get_context("spawn")
    with (
        _environment(ONE_THREAD),  # before NumPy is loaded there: the processes are the threads
        ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool,
    ):
        try:
            yield from _handing_out(lambda task: pool.submit(function, *task), tasks, jobs * AHEAD, stop)
        except BrokenProcessPool:
            raise InputError(
                "A process of the sweep has ended unexpectedly (out of memory?); what was done is in the table, and "
                "the same command goes on, with --jobs 1 in one process."
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list((pool._processes or {}).values()):
                process.terminate()
            raise


def on_cluster(function: Callable[..., Row], tasks: Iterable[Task], address: str, stop: Stop) -> Rows:
    """The same on a Dask cluster whose workers can import this project. Raises InputError where the optional package is
    missing, or no scheduler answers."""
    if find_spec("distributed") is None:
        raise InputError("--scheduler needs the optional package distributed: pip install {package}.", package=PACKAGE)
    from distributed import Client, wait as wait_for  # pyright: ignore[reportMissingImports]  # noqa: I001

    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError, ImportError) as error:
        shown = quoted(str(error), 100)
        raise InputError(
            "No Dask scheduler answers at {address} ({shown}); start one, or leave it out.",
            address=quoted(address, 100),
            shown=shown,
        ) from None
    try:
        tasks = iter(tasks)
        pending: set[Any] = set()
        while True:
            workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
            if not stop.pressed:
                some = islice(tasks, max(0, workers * AHEAD - len(pending)))
                pending |= {client.submit(function, *task, pure=False, retries=2) for task in some}
            if not pending:
                return
            done = {each for each in pending if each.done()}
            if not done:
                try:
                    found: Any = wait_for(pending, timeout=LOOK, return_when="FIRST_COMPLETED")
                    done = set(found.done)
                except TimeoutError:
                    yield None
                    continue
            pending -= done
            for each in done:
                yield each.result()
            if stop.pressed:
                client.cancel([each for each in pending if each.status == "pending"])
    finally:
        client.close()


def _handing_out(submit: Callable[[Task], Future[Row]], tasks: Iterable[Task], ahead: int, stop: Stop) -> Rows:
    remaining: Iterator[Task] = iter(tasks)
    pending: set[Future[Row]] = set()
    while True:
        if not stop.pressed:
            pending |= {submit(task) for task in islice(remaining, ahead - len(pending))}
        else:
            pending = {each for each in pending if not each.cancel()}
        if not pending:
            return
        done, pending = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
        if not done:
            yield None
        for each in done:
            yield each.result()


def _begin() -> None:
    """In a new process: Ctrl-C is its parent's, and it does not outlive a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
