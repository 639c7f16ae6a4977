"""The start: a private environment from requirements.lock, what Qt needs of the system, then the program in it.

Standard library only. main.py has checked the Python's version before it imports this.
"""

import os
import sys
from collections.abc import Sequence

from start.environment import ISOLATED, ROOT, complete, home, interpreter
from start.interrupt import blocked, leaving_anyway, leaving_at_once
from start.stop import WELL_READ, Stop, check_system

__all__ = ["Stop", "inside", "leaving_anyway", "leaving_at_once", "only_reading", "start"]

INSIDE = "BPTT_EXPLORER_ENVIRONMENT"  # tells the child that it was started from here, with a clean environment
READING = "BPTT_EXPLORER_READING"  # tells it to read the arguments and do nothing else
WINDOW_OPTIONS = ("-h", "--help", "--version", "--theme", "--no-window")  # what may stand where no command does
WRONG_ARGUMENTS = 2  # explorer/cli.py has it too; nothing of it can be imported without the environment
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
    refuse_unknown(arguments)
    linters = command == "lint"
    if command not in WORDS_ONLY:
        from start.qt import prepare_qt

        arguments = prepare_qt(list(arguments), environment, lambda: refuse_wrong(arguments, environment))
    env = made(environment, linters)
    python = interpreter(env)
    if command == "test":
        environment.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(os.path.dirname(env), ".hypothesis"))
        keep_compiled(environment, env)
        return hand_over([python, *ISOLATED, "-m", "pytest", *pytest_arguments(env, arguments[1:])], environment, ROOT)
    if command == "lint":
        return lint(python, environment)
    environment[INSIDE] = env
    development = ("-X", "dev") if sys.flags.dev_mode else ()
    blocked()  # until main.py's next process can take it
    return hand_over([python, *ISOLATED, *development, os.path.join(ROOT, "main.py"), *arguments], environment)


def made(environment: dict[str, str], linters: bool = False) -> str:
    """The environment, which is there then. Raises Stop."""
    env = home()
    if not complete(env, linters):
        from start.making import ensure  # what a start that finds everything there does without

        ensure(env, environment, linters)
    return env


def refuse_unknown(arguments: Sequence[str]) -> None:
    """Raises Stop for an option that there is not, where no command precedes it: before anything is fetched for it."""
    if not arguments or not arguments[0].startswith("-") or {"-h", "--help", "--version"} & set(arguments):
        return
    options = [each for each in arguments if each.startswith("-") and each != "-"]
    options = options[: options.index("--")] if "--" in options else options
    unknown = [each for each in options if each.partition("=")[0] not in WINDOW_OPTIONS]
    if unknown:
        names = "".join(letter if letter.isprintable() else "·" for letter in " ".join(unknown))[:300]
        sentence = f"main.py: unrecognized arguments: {names}; `python3 main.py --help` shows the options."
        raise Stop(WRONG_ARGUMENTS, sentence)


def refuse_wrong(arguments: Sequence[str], environment: dict[str, str]) -> None:
    """Ends the start where the program, in the environment that is made for it, says that the arguments are wrong, or
    prints its help: before anything of the system is installed for them. Raises Stop and SystemExit."""
    if arguments[:1] == ["test"]:
        return  # they are pytest's
    import subprocess

    env = made(environment)
    reading = {**environment, INSIDE: env, READING: "1"}
    status = subprocess.call([interpreter(env), *ISOLATED, os.path.join(ROOT, "main.py"), *arguments], env=reading)
    if status != WELL_READ:
        raise SystemExit(status)


def only_reading() -> bool:
    """Whether this process is to read its arguments and do nothing else."""
    return bool(os.environ.pop(READING, ""))


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


def keep_compiled(environment: dict[str, str], env: str) -> None:
    """The tests start the program some hundred times, and each start that has to compile it takes twice as long. Where
    no compiled files are wanted beside the sources, as in many containers, they are kept in the environment's folder.
    """
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", os.path.join(env, "compiled"))


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
