"""The private environment: where it is, and whether it is ready.

It is a virtual environment with two files of ours: MARK, written first, says that this program made it; STAMP, written
last, says that it is whole and which lock it was made from. Whatever has no STAMP of today is made anew.
"""

import json
import os
import sys

from start.stop import NO_WRITE, Stop

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LOCK, LINT_LOCK = os.path.join(ROOT, "requirements.lock"), os.path.join(ROOT, "requirements-lint.lock")
MARK, STAMP, LINT_STAMP = "bptt-explorer", "bptt-explorer-ready", "bptt-explorer-lint-ready"

ISOLATED = ("-P", "-s")  # Python's flags: no module comes from the current folder, the script's, or the user's packages


def home() -> str:
    """Where the environment is or will be: beside main.py, or else in the user's cache. Raises Stop."""
    beside = os.path.join(ROOT, ".venv")
    if ready(beside):  # perhaps made by someone who may write here
        return beside
    if (os.name != "nt" or len(beside) < 80) and writable(ROOT):  # Qt's files lie 180 deep, Windows stops at 260
        return beside
    import hashlib

    env = os.path.join(cache_folder(), "bptt-explorer", hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12])
    if ready(env) or writable(os.path.dirname(env)):
        return env
    raise Stop(
        NO_WRITE,
        f"No environment can be made, because neither {ROOT} nor {os.path.dirname(env)} can be written: "
        "allow writing to one of them, or copy the project into your own folder.",
    )


def cache_folder() -> str:
    if os.name == "nt":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches")
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


def writable(folder: str) -> bool:
    """Whether the lock file can be made there: asked by making it, because os.access does not know Windows's rights."""
    try:
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, ".venv.lock"), "ab"):
            return True
    except OSError:
        return False


def interpreter(env: str) -> str:
    return os.path.join(env, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def ready(env: str) -> bool:
    """Whether the environment is ours, whole, made from today's lock, and its Python still there."""
    try:
        stamp = json.loads(read(os.path.join(env, STAMP)))
        python = os.path.realpath(interpreter(env))
        packages = os.listdir(os.path.join(env, stamp["site"]))
        current = stamp["lock"] == read(LOCK) and set(stamp["packages"]) <= set(packages)
        return current and os.path.exists(python) and (os.name == "nt" or python == stamp["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write_stamp(env: str) -> None:
    """Also notes the packages by name and version: one that is taken away or replaced later shows."""
    inner = ("Lib",) if os.name == "nt" else ("lib", "python{}.{}".format(*sys.version_info))
    site = os.path.join(*inner, "site-packages")
    packages = sorted(name for name in os.listdir(os.path.join(env, site)) if name != "__pycache__")
    stamp = {"lock": read(LOCK), "python": os.path.realpath(interpreter(env)), "site": site, "packages": packages}
    unfinished = os.path.join(env, STAMP + ".new")
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(stamp, file)
    os.replace(unfinished, os.path.join(env, STAMP))


def linters_ready(env: str) -> bool:
    stamp = os.path.join(env, LINT_STAMP)
    return os.path.exists(stamp) and read(stamp) == read(LINT_LOCK)


def complete(env: str, linters: bool) -> bool:
    """Whether there is nothing to make; False as well where a lock file of this copy is missing."""
    locked = all(map(os.path.exists, (LOCK, LINT_LOCK)))
    return locked and ready(env) and (not linters or linters_ready(env))
