"""`sweep` on the command line: processes, interruption, resuming, a Dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from explorer import cli
from explorer.commands import sweep
from explorer.commands.running import workers
from explorer.commands.running.ctrl_c import Stop
from tests.full_disk import full_disk

ROOT = Path(__file__).resolve().parents[3]
SMALL = "sweep --steps 6 --hidden 2 --over w_gain=0.5:1.5:3 --over input_scale=0.01:1:2:log".split()


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines(path: str = "sweep.csv") -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()[2:]


def wait_for(program: subprocess.Popen[bytes], there: Callable[[], bool], most: float = 100.0) -> None:
    """Until something is there, at most so many seconds. A loop that asks all the time would take a core from the
    program that it waits for."""
    deadline = time.monotonic() + most
    while time.monotonic() < deadline and not there() and program.returncode is None:
        with suppress(subprocess.TimeoutExpired):
            program.wait(0.05)


def test_it_writes_a_row_for_every_cell_and_says_so(capsys):
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == 0
    assert capsys.readouterr().out == "sweep.csv: 6 of 6 cells\n"
    assert [line.split(",")[:2] for line in lines()] == [[g, s] for g in ("0.5", "1.0", "1.5") for s in ("0.01", "1.0")]
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == 0
    assert capsys.readouterr().out == "sweep.csv: 6 of 6 cells, 6 of them from before\n"


def test_processes_give_the_same_rows_as_one(capsys):
    assert cli.main([*SMALL, "--jobs", "1", "--out", "one.csv"]) == 0
    assert cli.main([*SMALL, "--jobs", "2", "--out", "two.csv"]) == 0
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()


def test_a_cell_that_fails_is_said(capsys):
    arguments = "sweep --over truncate=2,1001 --jobs 1 --seeds 3 --out sweep.csv".split()
    assert cli.main(arguments) == 0
    assert "2 of 2 cells; 1 could not be run, and their rows say why" in capsys.readouterr().out
    assert lines()[1].endswith("truncate: expected `int` <= 1000.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--over w_gain --out a.csv", "write it as NAME=FIRST:LAST:COUNT"),
        ("--over w_gain=1:2 --out a.csv", "write it as NAME=FIRST:LAST:COUNT"),
        ("--over w_gain=1:2:x --out a.csv", "give a whole number"),
        ("--over w_gain=a,b --out a.csv", "give a number"),
        ("--over cell=1,2 --out a.csv", "is no option with a number"),
        ("--over steps=4 --over steps=5 --out a.csv", "two different ones"),
        ("--over steps=4 --out a.txt", "a sweep is written as .csv"),
        ("--over steps=4 --seeds 0 --out a.csv", "from 1 to 1000"),
        ("--over steps=4 --jobs 0 --out a.csv", "--jobs"),
    ],
)
def test_wrong_arguments_are_one_sentence(capsys, arguments, words):
    assert cli.main(["sweep", *arguments.split()]) == cli.WRONG_ARGUMENTS
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not Path("a.csv").exists()


def test_another_table_is_a_fault_of_the_file(capsys):
    Path("sweep.csv").write_text("1,2\n")
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == cli.WRONG_FILE
    assert "is no table of a sweep" in capsys.readouterr().err


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(capsys, monkeypatch):
    function, calls = sweep.row_of, []

    def pressed(*task):
        calls.append(task)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return function(*task)

    monkeypatch.setattr(sweep, "row_of", pressed)
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == cli.INTERRUPTED
    assert "3 of 6 cells\nInterrupted: the same command goes on" in capsys.readouterr().out
    assert len(lines()) == 3
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == 0
    assert len(calls) == 6 and len(lines()) == 6


def test_a_full_disk_keeps_the_rows_before_it_and_the_same_command_goes_on(capsys):
    assert cli.main([*SMALL, "--jobs", "1", "--out", "whole.csv"]) == 0
    size = Path("whole.csv").stat().st_size
    capsys.readouterr()
    with full_disk(size - 60):
        assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == cli.WRONG_FILE
    said = capsys.readouterr().err
    assert said.startswith("main.py: sweep.csv cannot be written: ") and said.count("\n") == 1
    assert cli.main([*SMALL, "--jobs", "1", "--out", "sweep.csv"]) == 0
    assert capsys.readouterr().out == "sweep.csv: 6 of 6 cells, 5 of them from before\n"
    assert Path("sweep.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_after_a_stop_nothing_further_is_handed_to_processes():
    stop = Stop()
    done = []
    for row in workers.in_processes(_texts, ((k,) for k in range(1000)), 2, stop):
        if row is not None:
            done.append(row)
            stop.pressed = True
    assert 1 <= len(done) <= 2 * workers.AHEAD


def test_a_process_that_dies_is_one_sentence():
    with pytest.raises(workers.InputError, match="ended unexpectedly"):
        list(workers.in_processes(os._exit, ((3,) for _ in range(4)), 2, Stop()))


def _texts(k: int) -> tuple[str, ...]:
    return (str(k),)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill −9")
def test_a_kill_loses_no_row_that_was_there():
    arguments = (
        "sweep --steps 300 --hidden 32 --over w_gain=0.5:1.5:40 --over u_gain=0.5:1.5:40 --seeds 4 --jobs 2".split()
    )
    command = [sys.executable, str(ROOT / "main.py"), *arguments, "--out", "sweep.csv"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(running, lambda: Path("sweep.csv").exists() and len(lines()) >= 5)
        before = lines()
        assert len(before) >= 5 and running.returncode is None
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    plan = sweep.Plan(
        sweep.experiment_to_run(_parsed(arguments)),
        tuple(map(sweep.knob_from, ("w_gain=0.5:1.5:40", "u_gain=0.5:1.5:40"))),
        4,
    )
    with sweep.Table(Path("sweep.csv"), plan) as table:
        assert set(table.rows) >= {
            tuple(line.split(",")[:2]) for line in before if line.count(",") == len(table.names) - 1
        }
        assert len(table.rows) >= len(before) - 1


def _parsed(arguments: list[str]):
    from explorer.commands.base import Parser

    parser = Parser("sweep", "", ())
    sweep.SWEEP.add_options(parser)
    return parser.parse_args([*arguments[1:], "--out", "sweep.csv"])


# --- a Dask cluster ---
def test_the_package_that_is_asked_for_is_the_extra_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["dask"] == [workers.PACKAGE]


def test_without_the_optional_package_the_line_that_installs_it_is_said(capsys, monkeypatch):
    monkeypatch.setattr(workers, "find_spec", lambda name: None)
    assert cli.main([*SMALL, "--scheduler", "tcp://127.0.0.1:1", "--out", "sweep.csv"]) == cli.WRONG_ARGUMENTS
    assert "pip install distributed==" in capsys.readouterr().err
    assert Path("sweep.csv").exists() and not lines()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_rows(capsys):
    pytest.importorskip("distributed", reason="the optional extra dask")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    script = "import sys\nfrom distributed.cli import {0}\nsys.exit({0}.main(sys.argv[1:]))"
    started: list[subprocess.Popen[bytes]] = []

    def start(kind: str, *arguments: str) -> None:
        command = [sys.executable, "-W", "ignore", "-c", script.format(kind), *arguments]
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    try:
        start(
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            "scheduler.json",
        )
        wait_for(started[0], Path("scheduler.json").exists)
        for _ in range(2):
            start(
                "dask_worker", "--scheduler-file", "scheduler.json", "--nthreads", "1", "--no-dashboard", "--no-nanny"
            )
        import msgspec

        address = msgspec.json.decode(Path("scheduler.json").read_bytes())["address"]
        # In a process of its own: the client's event loop stays with whoever has started it.
        command = [
            sys.executable,
            "-c",
            "import sys; from explorer.cli import main; sys.exit(main(sys.argv[1:]))",
            *SMALL,
        ]
        done = subprocess.run(
            [*command, "--scheduler", address, "--out", "cluster.csv"], env=environment, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (0, "cluster.csv: 6 of 6 cells\n"), done.stderr
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(20)
    assert cli.main([*SMALL, "--jobs", "1", "--out", "one.csv"]) == 0
    assert Path("one.csv").read_bytes() == Path("cluster.csv").read_bytes()


@pytest.mark.slow
def test_where_no_scheduler_answers_it_is_said():
    pytest.importorskip("distributed", reason="the optional extra dask")
    code = (
        "import sys\nfrom explorer import cli\nfrom explorer.commands.running import workers\nworkers.CONNECT = 0.5\n"
    )
    command = [sys.executable, "-c", code + "sys.exit(cli.main(sys.argv[1:]))", *SMALL]
    done = subprocess.run(
        [*command, "--scheduler", "127.0.0.1:9", "--out", "sweep.csv"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == cli.WRONG_ARGUMENTS
    assert "No Dask scheduler answers at 127.0.0.1:9" in done.stderr
