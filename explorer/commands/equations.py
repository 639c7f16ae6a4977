"""equations: every quantity and every equation of a cell, in a textbook's notation."""

from __future__ import annotations

import argparse
from unicodedata import combining

from core.cells import cell_for
from core.chain.rows import output_layer
from core.choices import LOSS_OF_STRUCTURE, Choices
from core.maths.operations import Operation
from core.network.head import Head
from core.notation.books import NOTATIONS, notation_named
from core.notation.equations import Style
from core.notation.quantities import Quantity, quantities
from core.notation.sheet import sheet
from explorer.commands.base import Command
from explorer.commands.options.experiment import add_experiment_options, experiment_from


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    choices = ", ".join(f"{each.number} or {each.name}" for each in NOTATIONS)
    parser.add_argument("--notation", metavar="N", default="1", help=f"one of {choices} (default: 1)")
    parser.add_argument("--tex", action="store_true", help="LaTeX instead of plain text")


def _run(options: argparse.Namespace) -> int:
    notation = notation_named(options.notation)
    experiment = experiment_from(options)
    cell, head = cell_for(experiment), _output_layer(experiment)
    if experiment.output_feedback or cell.fed:
        cell = cell.with_feedback()
    lines = [f"{cell.title} in notation {notation.number}: {notation.title}", f"After {notation.source}."]
    lines += [f"  {note}" for note in notation.notes]
    lines += [f"The cell: {cell.note}."] if cell.note else []
    plain = experiment.layers == 1 and not experiment.bidirectional and experiment.structure in LOSS_OF_STRUCTURE
    lines += [] if plain else ["The equations of one cell: what it reads, and who reads it, the structure says."]
    table = _table(quantities(notation, cell, head), options.tex)
    lines += ["", "Quantities (our name, symbol, shape, meaning)", *table]
    style = Style(options.tex, None, notation, head=head)
    for heading, equations in sheet(cell, style, experiment.teacher_forcing).items():
        lines += ["", heading, *(f"  {equation}" for equation in equations)]
    print("\n".join(lines))
    return 0


def _output_layer(experiment: Choices) -> Operation:
    """What makes z in an experiment."""
    return output_layer(Head(("L1", "s"), 1, "squared", dense=experiment.head, biased=experiment.biases))


def _table(quantities: tuple[Quantity, ...], tex: bool) -> list[str]:
    rows = [(each.name, each.tex if tex else each.text, each.shape) for each in quantities]
    widths = [max(_width(row[k]) for row in rows) for k in range(3)]
    lines = []
    for row, each in zip(rows, quantities, strict=True):
        padded = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(padded)}  {each.meaning}")
    return lines


def _width(text: str) -> int:
    """Columns on the screen: a tilde stands above its letter."""
    return sum(not combining(sign) for sign in text)


EQUATIONS = Command(
    "equations",
    "Print every quantity and every equation of a cell, forward and backward, in a textbook's notation.",
    ("equations --cell lstm --notation 4", "equations --cell gru --set reset=after --notation pytorch --tex"),
    _add_options,
    _run,
)
