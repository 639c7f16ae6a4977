# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = []
# ///
"""Start BPTT Explorer (python3 main.py), its tests (python3 main.py test) or its linters (python3 main.py lint).

The only file that runs before the dependencies are there. It must be readable by an old Python, down to 2.7, so that it
can say that the Python is too old; start.py does the rest. The comment on top is for `uv run main.py`: uv provides the
Python and nothing else, the packages come from requirements.lock either way.
"""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 14)
WRONG_PYTHON = 10  # the exit status; start.py has the others


def python_complaint(version, executable):
    """The sentence for a Python that cannot run the program, or None."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    return (
        "BPTT Explorer needs Python %d.%d to %d.%d, and this is Python %d.%d (%s): start it with one of those, "
        "for example `python3.%d main.py`, or with `uv run main.py`, which fetches one."
    ) % (OLDEST + NEWEST + tuple(version[:2]) + (executable, NEWEST[1] - 1))


def main(arguments):
    """Run the program in its own environment, which is made first if need be, and return its exit status."""
    complaint = python_complaint(sys.version_info, sys.executable)
    if complaint:
        sys.stderr.write(complaint + "\n")
        return WRONG_PYTHON
    root = os.path.dirname(os.path.realpath(__file__))
    if root not in sys.path:  # PYTHONSAFEPATH leaves it out
        sys.path.insert(0, root)
    import start

    try:
        if not start.inside():
            return start.start(arguments)
        from explorer.cli import main as program

        return program(arguments)
    except start.Stop as stop:
        sys.stderr.write("%s\n" % stop)
        return stop.status


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
