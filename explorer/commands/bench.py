"""bench: measure the budgets on this machine, as ratios."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from core.errors import InputError
from explorer.commands.base import Command

SCRIPT = Path(__file__).resolve().parents[2] / "tests" / "bench" / "run.py"


def _add_options(parser: argparse.ArgumentParser) -> None:
    fixed = (
        "The same runs are measured on every machine, so no option of an experiment is taken (--text-file, --set …)."
    )
    parser.epilog = f"{fixed}\n\n{parser.epilog}"
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: rougher figures, sooner")


def _run(options: argparse.Namespace) -> int:
    if not SCRIPT.is_file():
        raise InputError("{script} is missing from this copy of the project; fetch the project again.", script=SCRIPT)
    return subprocess.call([sys.executable, str(SCRIPT), *["--quick"] * options.quick])


BENCH = Command(
    "bench",
    "Measure the engine against plain NumPy and, where it is installed, PyTorch: ratios in one run on one thread.",
    ("bench", "bench --quick"),
    _add_options,
    _run,
)
