"""examples: the saved experiments that the window offers, written anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.commands.base import Command, FileFault, file_faults, run_job
from explorer.commands.gallery import refuse_unusable


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"Those of a trained network are trained anew, in some seconds each.\n\n{parser.epilog}"
    about = "where they go, one file each; it is made where there is none"
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=about)
    about = "this one alone, by name (a wrong one is answered with all names); can be given again"
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help=about)


def _run(options: argparse.Namespace) -> int:
    from explorer.examples import EXAMPLES
    from explorer.examples.making import text_of

    known = {example.name: example for example in EXAMPLES}
    for name in options.only:
        if name not in known:
            raise FileFault(f"There is no example “{name}”; the examples are {', '.join(known)}.")
    refuse_unusable(options.out)
    with file_faults(options.out):
        options.out.mkdir(exist_ok=True)
        for name in options.only or known:
            text, claim = run_job(f"Making {name}", text_of(known[name]))
            path = options.out / known[name].path.name
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path}: {claim}")
    return 0


EXAMPLES = Command(
    "examples",
    "Write the saved experiments that the window offers under Open example, each with its claim.",
    ("examples --out examples", "examples --out examples --only hello"),
    _add_options,
    _run,
)
