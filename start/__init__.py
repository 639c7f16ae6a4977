"""The start: a private environment from requirements.lock, what Qt needs of the system, then the program in it.

Standard library only. main.py has checked the Python's version before it imports this.
"""

import os
import sys
from collections.abc import Sequence

from start.environment import ISOLATED, ROOT, complete, home, interpreter
from start.interrupt import blocked, leaving_anyway, leaving_at_once
from start.stop import Stop, check_system

__all__ = ["Stop", "inside", "leaving_anyway", "leaving_at_once", "start"]

INSIDE = "BPTT_EXPLORER_ENVIRONMENT"  # tells the child that it was started from here, with a clean environment
WORDS_ONLY = ("lint", "trace", "list", "train", "sample", "equations", "weights")  # these never load Qt
# ROS, conda, OpenCV and editors set these, and then another Python's or another Qt's files are loaded.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
FOREIGN += ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")


def start(arguments: Sequence[str]) -> int:
    """Prepare everything and hand over to the program, pytest or the linters; their exit status is returned."""
    command = arguments[0] if arguments else ""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment.update(PYTHONUTF8="1", QT_API="pyside6", PYQTGRAPH_QT_LIB="PySide6")
    # The matrices are small: several threads wait for one another longer than they work (a training: 5 times slower).
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    check_system()
    if command not in WORDS_ONLY:
        from start.qt import prepare_qt

        arguments = prepare_qt(list(arguments), environment)
    env = home()
    linters = command == "lint"
    if not complete(env, linters):
        from start.making import ensure  # what a start that finds everything there does without

        ensure(env, environment, linters)
    python = interpreter(env)
    if command == "test":
        environment.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(os.path.dirname(env), ".hypothesis"))
        return hand_over([python, *ISOLATED, "-m", "pytest", *pytest_arguments(env, arguments[1:])], environment, ROOT)
    if command == "lint":
        return lint(python, environment)
    environment[INSIDE] = env
    development = ("-X", "dev") if sys.flags.dev_mode else ()
    blocked()  # until main.py's next process can take it
    return hand_over([python, *ISOLATED, *development, os.path.join(ROOT, "main.py"), *arguments], environment)


def inside() -> bool:
    """Whether this process is the program that `start` handed over to. Another copy's environment does not count."""
    env = os.environ.get(INSIDE, "")
    if not env or os.path.realpath(sys.prefix) != os.path.realpath(env) or env != home():
        return False
    del os.environ[INSIDE]  # it is not for the children of this process
    return True


def pytest_arguments(env: str, arguments: Sequence[str]) -> list[str]:
    """pytest runs in the project's folder; paths are meant from the folder that the person is in.

    The whole suite is spread over the machine's cores; one that is named runs by itself, as one wants it to look into.
    """
    named = [os.path.exists(a.split("::")[0]) for a in arguments]
    paths = [os.path.join(os.getcwd(), a) if known else a for a, known in zip(arguments, named, strict=True)]
    alone = any(named) or any(a.startswith(("-n", "-s", "-x", "--pdb", "--dist")) for a in arguments)
    spread = [] if alone else ["-n", "auto", "--dist", "worksteal"]
    cache = [] if os.path.dirname(env) == ROOT else ["-o", "cache_dir=" + os.path.join(env, "pytest_cache")]
    return ["--rootdir", ROOT, "-c", os.path.join(ROOT, "pyproject.toml"), *cache, *spread, *paths]


def lint(python: str, environment: dict[str, str]) -> int:
    """Run both linters, the second even if the first complains; the first status that is not 0 is returned."""
    import subprocess

    environment = dict(environment, PYRIGHT_PYTHON_USE_BUNDLED_PYRIGHT="1", PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
    commands = (["ruff", "check", "--output-format", "concise"], ["pyright", "--pythonpath", python])
    statuses = [subprocess.call([python, *ISOLATED, "-m", *command], cwd=ROOT, env=environment) for command in commands]
    return next((status for status in statuses if status), 0)


def hand_over(command: list[str], environment: dict[str, str], folder: str | None = None) -> int:
    """Become the command, so that signals and the exit status are its own; on Windows, wait for it."""
    if os.name == "nt":
        import subprocess

        return subprocess.call(command, env=environment, cwd=folder)
    if folder:
        os.chdir(folder)
    os.execve(command[0], command, environment)
