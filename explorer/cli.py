"""The command line: one command of COMMANDS, or none for the window. Qt is not imported before it is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError
from explorer.commands import COMMANDS, window
from explorer.commands.base import PROGRAM, FileFault, Parser

WRONG_ARGUMENTS, WRONG_FILE, INTERRUPTED = 2, 1, 130
ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program with these arguments and returns its exit status: 0, 1 for a file, 2 for the arguments."""
    try:
        status = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse, after its help or its complaint
        return stop.code if isinstance(stop.code, int) else WRONG_ARGUMENTS
    except InputError as error:
        print(f"{PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)
        return WRONG_FILE if isinstance(error, FileFault) else WRONG_ARGUMENTS
    except BrokenPipeError:  # the reader of our output has gone (… | head)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return WRONG_FILE
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(arguments: list[str]) -> int:
    words = [word for word in arguments if word != "--no-window"]  # the start puts it in front, whatever follows
    command = next((each for each in COMMANDS if words[:1] == [each.name]), None)
    if command is not None:
        parser = Parser(command.name, command.about, command.examples)
        command.add_options(parser)
        return command.run(parser.parse_args(words[1:]))
    parser = _window_parser()
    first = words[0] if words else "-"
    if not first.startswith("-") and not os.path.exists(first):
        names = ", ".join(each.name for each in COMMANDS)
        raise InputError(f"“{first}” is neither a file nor a command; the commands are {names}, test and lint.")
    options = parser.parse_args(arguments)
    return window.run(options)


def _window_parser() -> Parser:
    commands = "".join(f"  {each.name:<11}{each.about}\n" for each in COMMANDS)
    commands += "  test       Run the tests (further words go to pytest).\n  lint       Run the linters.\n"
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
