"""recorder: print the file that records a run of one's own model in PyTorch or Keras."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.files.writing import write_text
from explorer.commands.base import Command, file_faults, refuse_unwritable
from explorer.recorders import RECORDERS, text_of


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", choices=RECORDERS, help="the library that your model is made with")
    about = "write it here instead of printing it, to be copied into your own project"
    parser.add_argument("--out", metavar="FILE", type=Path, help=about)


def _run(options: argparse.Namespace) -> int:
    text = text_of(options.library)
    if options.out is None:
        sys.stdout.write(text)
        return 0
    refuse_unwritable(options.out)
    with file_faults(options.out):
        write_text(options.out, text)
    print(f"{options.out}: copy it into your project; its first lines say how it is used.")
    return 0


RECORDER = Command(
    "recorder",
    "Print a file to copy into your own project, which records a run of your PyTorch or Keras model.",
    ("recorder pytorch > record_run.py", "recorder keras --out record_run.py"),
    _add_options,
    _run,
)
