"""Why a start can fail: the exit statuses, and the system that Qt's wheels are made for."""

import os
import sys
from contextlib import suppress

# 0 to 5 belong to the program and to pytest, 10 is main.WRONG_PYTHON, 130 is Ctrl-C.
WRONG_SYSTEM = 11  # 32 bits, an old glibc, musl, a processor without wheels
NO_VENV = 12  # this Python has no venv or no ensurepip, and there is no uv
NO_WRITE = 13  # neither the project's folder nor the user's cache can be written
NOT_FETCHED = 14  # offline, or the packages could not be fetched for another reason
NO_LIBRARIES = 15  # the system lacks libraries that Qt needs
STUCK_ENVIRONMENT = 16  # an environment that must be replaced cannot be
DISK_FULL = 17
INCOMPLETE = 18  # a file of the project is missing
WELL_READ = 19  # no failure: the arguments are right, and nothing else was to be done

# The oldest glibc that Qt's wheels run on, as their tags say.
GLIBC = {"x86_64": (2, 34), "aarch64": (2, 39)}


class Stop(Exception):
    """The start cannot go on: one sentence that says why and what to do, and the exit status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def say(sentence: str) -> None:
    """A sentence on standard error, where that is open and has room."""
    with suppress(OSError, AttributeError):
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()


def check_system() -> None:
    """Raises Stop on a system that Qt is not published for."""
    if sys.maxsize < 2**32:
        raise Stop(WRONG_SYSTEM, "This Python has 32 bits and Qt is published for 64 only: install a 64-bit Python.")
    if sys.platform.startswith("linux"):
        try:
            library, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
        except (OSError, ValueError):
            library, version = "musl", "libc"
        complaint = linux_complaint(os.uname().machine, library, version)
        if complaint:
            raise Stop(WRONG_SYSTEM, complaint)


def linux_complaint(machine: str, library: str, version: str) -> str | None:
    """The sentence for a Linux on which Qt's wheels cannot run, or None."""
    if machine not in GLIBC:
        return f"Qt is not published for {machine}: use a computer with an x86_64 or aarch64 processor."
    if library == "glibc" and tuple(int(part) for part in version.split(".")[:2]) >= GLIBC[machine]:
        return None
    oldest = "{}.{}".format(*GLIBC[machine])
    return (
        f"Qt needs glibc {oldest} or later on {machine} and this system has {library} {version}: use a newer system, "
        "for example Debian 13, Ubuntu 24.04 or Fedora 40."
    )
