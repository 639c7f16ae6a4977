# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = []
# ///
"""Start BPTT Explorer (python3 main.py), its tests (python3 main.py test) or its linters (python3 main.py lint).

The only file that runs before the dependencies are there. It must be readable by an old Python, down to 2.7, so that it
can say that the Python is too old; start/ does the rest. The comment on top is for `uv run main.py`: uv provides the
Python and nothing else, the packages come from requirements.lock either way.

Files named like modules in the current folder, beside main.py or in a folder of PYTHONPATH are not executed. Python
itself runs a sitecustomize.py of PYTHONPATH before it reads this file; `python3 -I main.py` keeps it from that, too.
"""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 14)
WRONG_PYTHON = 10  # the exit status; start/stop.py has the others
INTERRUPTED = 130


def python_complaint(version, executable):
    """The sentence for a Python that cannot run the program, or None."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    return (
        "BPTT Explorer needs Python %d.%d to %d.%d, and this is Python %d.%d (%s): start it with one of those, "
        "for example `python3.%d main.py`, or with `uv run main.py`, which fetches one."
    ) % (OLDEST + NEWEST + tuple(version[:2]) + (executable, NEWEST[1] - 1))


def import_paths():
    """sys.path in two lists, the standard library and installed packages, without what is neither: the folders of
    main.py and of PYTHONPATH, where an empty entry is the current folder. What came from there already, because
    Python's own start imported it, is forgotten."""
    library = os.path.dirname(os.__file__)
    own = {library, os.path.join(library, "lib-dynload"), os.path.join(sys.base_prefix, "DLLs")}
    foreign = {os.path.dirname(os.path.realpath(__file__)), os.path.dirname(absolute(__file__)), absolute("")}
    foreign.update(absolute(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep))
    kept = [entry for entry in sys.path if entry in own or absolute(entry) not in foreign]
    for name, module in list(sys.modules.items()):
        source = getattr(module, "__file__", None) or ""
        folders = (os.path.dirname(source), os.path.dirname(os.path.dirname(source)))  # a module's, a package's
        if name != __name__ and foreign.difference(own).intersection(folders):
            del sys.modules[name]
    packages = [entry for entry in kept if os.path.basename(entry) in ("site-packages", "dist-packages")]
    return [entry for entry in kept if entry not in packages], packages


def absolute(path):
    """The absolute path; an empty one is the current folder, which may have been deleted."""
    try:
        return os.path.abspath(path)
    except OSError:
        return path


def open_standard_streams():
    """Take the places of closed standard streams, or the next file that is opened would take them. Reading gives the
    end, and writing fails, as it does where they are closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number, which is this one
            os.set_inheritable(number, True)


def complain(sentence, status):
    """Print the sentence, where that can be done, and return the status."""
    try:
        sys.stderr.write("%s\n" % sentence)
        sys.stderr.flush()
    except (AttributeError, OSError):  # standard error is closed or full; Python would try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return status


def main(arguments):
    """Run the program in its own environment, which is made first if need be, and return its exit status."""
    complaint = python_complaint(sys.version_info, sys.executable)
    if complaint:
        return complain(complaint, WRONG_PYTHON)
    open_standard_streams()
    root = os.path.dirname(os.path.realpath(__file__))
    library, packages = import_paths()
    sys.path[:] = library + [root]
    import start

    try:
        if not start.inside():
            return start.start(arguments)
        sys.path[:] = library + packages + [root]
        with start.leaving_at_once():
            from explorer.cli import main as program

        try:
            return program(arguments)
        finally:
            start.leaving_anyway()
    except start.Stop as stop:
        return complain(stop, stop.status)


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)
