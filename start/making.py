"""Making the environment, behind a lock: with uv where it is, else with venv and pip, from the hash-locked requirements
alone."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from start.environment import (
    ISOLATED,
    LINT_LOCK,
    LINT_STAMP,
    LOCK,
    MARK,
    ROOT,
    STAMP,
    complete,
    interpreter,
    linters_ready,
    read,
    ready,
    write_stamp,
)
from start.stop import DISK_FULL, INCOMPLETE, NO_VENV, NOT_FETCHED, STUCK_ENVIRONMENT, Stop, say

# Users set these for their own work; here they would send the packages elsewhere.
PIP_DISTURBED_BY = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIREMENT")
Run = Callable[[list[str]], str]


def ensure(env: str, environment: dict[str, str], linters: bool = False) -> None:
    """Make the environment unless it is ready; with linters, add those unless they are there. Raises Stop."""
    missing = [path for path in (LOCK, LINT_LOCK) if not os.path.exists(path)]
    if missing:
        raise Stop(INCOMPLETE, f"{missing[0]} is missing from this copy of the project: fetch the project again.")
    if complete(env, linters):
        return
    with only_one(os.path.join(os.path.dirname(env), ".venv.lock")) as lock:
        if not ready(env):  # another start may have made it while this one waited
            make(env, environment, lock)
        if linters and not linters_ready(env):
            add_linters(env, environment, lock)


@contextmanager
def only_one(path: str) -> Iterator[int]:
    """Hold the lock against a second first start, which waits and says so. Yields the lock's file descriptor."""
    with open(path, "ab") as file:
        if not take(file.fileno(), wait=False):
            say("Another start is setting up the environment: waiting for it.")
            take(file.fileno(), wait=True)
        yield file.fileno()


def take(lock: int, wait: bool) -> bool:
    """Lock the open file, and tell whether it is ours now; True as well on a file system that has no locks."""
    if os.name == "nt":
        import msvcrt

        while True:
            try:
                msvcrt.locking(lock, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)  # LK_LOCK gives up after 10 s
                return True
            except OSError:
                if not wait:
                    return False
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def make(env: str, environment: dict[str, str], lock: int) -> None:
    """Make the environment anew and stamp it. `lock` stays held by a tool that outlives this process. Raises Stop."""
    uv = shutil.which("uv") or environment.get("UV", "")
    has_venv = bool(find_spec("venv") and find_spec("ensurepip"))
    if not uv and not has_venv:
        raise Stop(NO_VENV, no_venv_sentence())
    clear(env)
    say(f"Setting up {env} with {'uv' if uv else 'pip'}: only once, about 120 MB to fetch.")
    tools = [tool for tool, here in ((uv, uv), ("", has_venv)) if here]
    for tool in tools:
        try:
            begin(env)
            build(env, tool, runner(environment, lock))
            install(env, LOCK, tool, runner(environment, lock))
            break
        except Stop as stop:
            if tool == tools[-1] or stop.status == DISK_FULL:
                raise
            say("uv could not do it; trying pip.")
    write_stamp(env)


def add_linters(env: str, environment: dict[str, str], lock: int) -> None:
    """Install the linters, which only `main.py lint` needs, into the finished environment. Raises Stop."""
    say("Adding the linters: only once, about 70 MB to fetch.")
    uv = shutil.which("uv") or environment.get("UV", "")
    install(env, LINT_LOCK, uv or "", runner(environment, lock))
    with open(os.path.join(env, LINT_STAMP), "w", encoding="utf-8") as file:
        file.write(read(LINT_LOCK))


def no_venv_sentence() -> str:
    package = "python{}.{}-venv".format(*sys.version_info)
    return (
        f"This Python ({sys.executable}) comes without venv or ensurepip, so no environment can be made: "
        f"on Debian and Ubuntu run `sudo apt install {package}`, or install uv and run `uv run main.py`."
    )


def clear(env: str) -> None:
    """Remove an environment of ours, finished or not; set anyone else's aside. Raises Stop."""
    try:
        if os.path.islink(env) or (os.path.lexists(env) and not ours(env)):
            aside = free_name(env)
            os.rename(env, aside)
            say(f"{env} was not made by this program: it is kept as {os.path.basename(aside)}, and a new one is made.")
        elif os.path.lexists(env):
            say(f"{env} is unfinished or out of date: it is made anew.")
            if os.path.exists(os.path.join(env, STAMP)):
                os.remove(os.path.join(env, STAMP))  # first: what is half removed must not look ready
            remove(env)
    except OSError as error:
        raise Stop(
            STUCK_ENVIRONMENT,
            f"{env} must be made anew and cannot be removed ({error.strerror}): end what is using it or remove it "
            "yourself, then start again.",
        ) from error


def remove(env: str) -> None:
    """Remove an environment of ours. MARK goes last: what a kill leaves of it is still known as ours."""
    for name in os.listdir(env):
        path = os.path.join(env, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif name != MARK:
            os.remove(path)
    shutil.rmtree(env)


def ours(env: str) -> bool:
    return os.path.isdir(env) and (os.path.exists(os.path.join(env, MARK)) or not os.listdir(env))


def free_name(env: str) -> str:
    number = 1
    while os.path.lexists(f"{env}.before{number}"):
        number += 1
    return f"{env}.before{number}"


def begin(env: str) -> None:
    if os.path.isdir(env):  # what the first tool left
        remove(env)
    os.makedirs(env)
    with open(os.path.join(env, MARK), "w", encoding="utf-8") as file:
        file.write("main.py makes this folder, and makes it anew when it has to.\n")


def build(env: str, uv: str, run: Run) -> None:
    # Not sys.executable: that may be the Python of an environment that was just set aside, or of uv's for one run.
    python = getattr(sys, "_base_executable", None) or sys.executable
    make = [uv, "venv", "--allow-existing", "--python", python, env] if uv else [python, *ISOLATED, "-m", "venv", env]
    try:
        run(make)
    except subprocess.CalledProcessError as error:
        full(error)
        sentence = f"The environment could not be made ({reason(error)}): " + no_venv_sentence()
        raise Stop(NO_VENV, sentence) from error


def install(env: str, lock: str, uv: str, run: Run) -> None:
    python = interpreter(env)
    pip = [python, *ISOLATED, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    tool = [uv, "pip", "install", "--python", python] if uv else pip
    if uv and sys.dont_write_bytecode:  # then Python will not do it later either, and every start takes a second more
        tool.append("--compile-bytecode")
    wheels = os.path.join(ROOT, "wheels")
    source = ["--no-index", "--find-links", wheels] if os.path.isdir(wheels) else []
    try:
        if not uv and not has_pip(env):  # uv makes environments without it
            run([python, *ISOLATED, "-m", "ensurepip"])
        run([*tool, "--no-deps", "--only-binary", ":all:", "--require-hashes", *source, "-r", lock])
    except subprocess.CalledProcessError as error:
        full(error)
        raise Stop(
            NOT_FETCHED,
            f"The packages could not be fetched ({reason(error)}): connect to the network and start again, or without "
            f"one lay a folder `wheels` beside main.py, filled on a computer of the same kind by `python3 -m pip "
            f"download --no-deps --only-binary :all: -d wheels -r {os.path.basename(lock)}`.",
        ) from error


def has_pip(env: str) -> bool:
    return any("pip" in folders for _, folders, _ in os.walk(os.path.join(env, "Lib" if os.name == "nt" else "lib")))


def runner(environment: dict[str, str], lock: int) -> Run:
    """A function that runs a command quietly and returns its output. Raises CalledProcessError."""
    environment = {name: value for name, value in environment.items() if name not in PIP_DISTURBED_BY}

    def run(command: list[str]) -> str:
        inherited = (lock,) if os.name != "nt" else ()
        done = subprocess.run(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=True,
            pass_fds=inherited,
        )
        return done.stdout

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # which ends the command as well
    return run


def full(error: subprocess.CalledProcessError) -> None:
    if "No space left" in error.output:
        raise Stop(DISK_FULL, f"The disk is full: free about 700 MB for {ROOT} and the temporary folder.") from error


def reason(error: subprocess.CalledProcessError) -> str:
    """The line of a tool's output that says most: pip's last error, or uv's last cause."""
    lines = [line.strip(" │├╰─▶×\t") for line in error.output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or [f"status {error.returncode}"])[-1].removeprefix("ERROR: ").rstrip(".")
