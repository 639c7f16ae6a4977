"""worksheet: the whole computation of a small run on paper, as a PDF with or without the answers; needs no display."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.documents.export import refuse_suffix
from core.exercises.worksheet.sheet import worksheet
from core.notation.books import NOTATIONS, notation_named
from core.recorder import record
from explorer.commands.base import Command, file_faults, refuse_unwritable, run_job
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run, own_parameters
from explorer.commands.render import without_display
from start.interrupt import leaving_at_once

PAPERS = ("a4", "letter")  # the names of explorer.export.worksheet.pages.PAPERS, which would bring Qt with it


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="worksheet.pdf")
    about = "print the numbers that are to be found (otherwise there is room for them)"
    parser.add_argument("--answers", action="store_true", help=about)
    choices = ", ".join(f"{each.number} or {each.name}" for each in NOTATIONS)
    parser.add_argument("--notation", metavar="N", default="1", help=f"one of {choices} (default: 1)")
    parser.add_argument("--paper", choices=PAPERS, default=PAPERS[0], help="default: a4")


def _run(options: argparse.Namespace) -> int:
    refuse_suffix(options.out, (".pdf",))
    notation = notation_named(options.notation)
    experiment = experiment_to_run(options)
    sheet = worksheet(record(experiment, own_parameters(options, experiment)), notation, options.answers)
    refuse_unwritable(options.out)
    without_display()
    with leaving_at_once():
        from explorer.application import application
        from explorer.export.worksheet.pages import writing

    application()
    with file_faults(options.out):
        pages = run_job(f"Writing {options.out.name}", writing(sheet, options.out, options.paper))
    kind = "with the answers" if options.answers else "to fill in"
    count = f"{pages} page{'' if pages == 1 else 's'}"
    print(f"{options.out}: {sheet.title}, {len(sheet.rows)} lines {kind}, {count}")
    return 0


WORKSHEET = Command(
    "worksheet",
    "Write the whole computation of a small run as a worksheet (PDF), with or without the answers; needs no display.",
    (
        "worksheet --hand --cell tanh --out worksheet.pdf",
        "worksheet --hand --cell lstm --out answers.pdf --answers --notation 2",
        "worksheet --experiment saved.json --out worksheet.pdf --paper letter",
    ),
    _add_options,
    _run,
)
