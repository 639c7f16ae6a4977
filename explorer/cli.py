"""The command line: one command of COMMANDS, or none for the window. Qt is not imported before it is needed."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from core.errors import InputError, quoted
from core.sharing import strings
from explorer.commands import COMMANDS, window
from explorer.commands.base import FileFault, Parser, complain
from explorer.commands.running.output import Output
from start import only_reading
from start.stop import WELL_READ

WRONG_FILE, WRONG_ARGUMENTS, UNFORESEEN, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 130, 141
ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program with these arguments and returns its exit status: 0, 1 for a file, 2 for the arguments, 3 for
    an unforeseen error, 130 for Ctrl-C, 141 where the reader of the output has gone (… | head)."""
    output, errors = Output(sys.stdout), Output(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        status = _status(list(sys.argv[1:] if arguments is None else arguments))
        output.flush()
        if isinstance(output.error, BrokenPipeError):
            status = status or BROKEN_PIPE
        elif output.error is not None:
            complain(f"Standard output cannot be written: {output.error.strerror or output.error}.")
            status = status or WRONG_FILE
        errors.flush()  # what is lost of it changes nothing
    return status


def _status(arguments: list[str]) -> int:
    """The exit status of the command. Whatever goes wrong is one line on standard error."""
    try:
        run = _read(arguments)
        return WELL_READ if only_reading() else run()
    except SystemExit as stop:  # argparse, after its help or its complaint
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else WRONG_ARGUMENTS
    except InputError as error:
        complain(str(error))
        return WRONG_FILE if isinstance(error, FileFault) else WRONG_ARGUMENTS
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        complain("There is not enough memory for this; choose fewer steps, units or samples, or a smaller picture.")
        return UNFORESEEN
    except OSError as error:
        file = quoted(os.fspath(error.filename), 200) if isinstance(error.filename, str) else "A file"
        complain(f"{file} cannot be used: {error.strerror or error}.")
        return WRONG_FILE
    except Exception as error:  # a fault of ours: the details are for a developer
        if sys.flags.dev_mode:
            traceback.print_exc()
        where = "python3 -X dev main.py … shows where"
        complain(f"Something went wrong ({type(error).__name__}: {quoted(str(error), 200)}); {where}.")
        return UNFORESEEN


def _read(arguments: list[str]) -> Callable[[], int]:
    """What the arguments ask for, to be done. Raises InputError, and SystemExit after help or a complaint."""
    words = [word for word in arguments if word != "--no-window"]  # the start puts it in front, whatever follows
    command = next((each for each in COMMANDS if words[:1] == [each.name]), None)
    if command is not None:
        parser = Parser(command.name, command.about, command.examples)
        command.add_options(parser)
        return partial(command.run, parser.parse_args(words[1:]))
    parser = _window_parser()
    first = words[0] if words else "-"
    if not first.startswith("-") and not os.path.exists(first) and not strings.is_string(first):
        names = ", ".join(each.name for each in COMMANDS)
        raise InputError(
            "“{first}” is neither a file nor a command; the commands are {names}, test and lint.",
            first=quoted(first),
            names=names,
        )
    return partial(window.run, parser.parse_args(arguments))


def _window_parser() -> Parser:
    commands = "".join(f"  {each.name:<11}{each.about}\n" for each in COMMANDS)
    commands += "  test       Run the tests (further arguments go to pytest).\n  lint       Run the linters.\n"
    examples = ("", "saved.json --theme dark", *(each.examples[0] for each in COMMANDS))
    about = "BPTT Explorer: see every number of backpropagation through time. Without a command, the window opens."
    parser = Parser("", about, examples, f"Commands (each has --help):\n{commands}\n")
    parser.add_argument("--version", action="version", version=f"BPTT Explorer {version()}")
    window.add_options(parser)
    return parser


def version() -> str:
    """The version in pyproject.toml: the program is not installed, so no package's metadata has it."""
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
