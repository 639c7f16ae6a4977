"""list: what there is to choose from."""

from __future__ import annotations

import argparse

import msgspec

from core.cells import CELLS
from core.cells.base import Cell
from core.experiment import NOTES
from core.network.parameter_counts import formula_of_cell
from core.network.structures import JOINS, STRUCTURES
from core.options import names_of
from core.tasks import TASKS
from explorer.commands.base import Command
from explorer.commands.options.experiment import FIELDS, wanted


def lines() -> list[str]:
    """Cells, tasks and options, one line each."""
    cells = [f"  {cell.name:<20}{cell.title}{_note(cell.note)}{_parameters(cell)}{_gates(cell.gates)}"
             for cell in CELLS]  # fmt: skip
    structures = [f"  {name:<20}{title}" for name, title in STRUCTURES.items()]
    tasks = [f"  {task.name:<20}{task.description}{_needs(names_of(task.options))}" for task in TASKS]
    options = [
        f"  {name:<20}{wanted(name)} (default: {_default(field)}){_readers(name)}{_more(name)}"
        for name, field in FIELDS.items()
    ]
    options.append(f"  {'freeze.GATE':<20}a number from 0 to 1 or off (default: off)")
    ways = [f"  {name:<20}{title}" for name, title in JOINS.items()]
    letters = "I what is read at a step, H units, O outputs fed back"
    listed = [f"Cells (--cell), with their parameters: {letters}", *cells, "Structures (--structure)", *structures]
    listed += ["Bidirectional (--bidirectional)", *ways]
    return [*listed, "Tasks (--task)", *tasks, "Options (--set NAME=VALUE)", *options]


def _note(note: str) -> str:
    return f" ({note})" if note else ""


def _readers(name: str) -> str:
    """The cells or tasks that an option is for; "" for what every experiment has."""
    for kind, owners in (("cell", CELLS), ("task", TASKS)):
        found = [owner.name for owner in owners if name in names_of(owner.options)]
        if found:
            return f"; of the {kind}{'s' if len(found) > 1 else ''} {', '.join(found)}"
    return ""


def _more(name: str) -> str:
    return f"; {NOTES[name]}" if name in NOTES else ""


def _parameters(cell: type[Cell]) -> str:
    formula = formula_of_cell(cell())
    masked = type(cell()).mask is not Cell.mask
    more = ", of which W is in part always 0" if masked else ""
    return f"; {formula} parameters{more}" if formula else "; no parameters of its own"


def _gates(gates: tuple[str, ...]) -> str:
    return f"; gates that can be frozen: {', '.join(gates)}" if gates else ""


def _needs(options: tuple[str, ...]) -> str:
    return f" Its options: {', '.join(options)}." if options else ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is None:
        return "off"
    if field.default in ("", ()):
        return "none"
    if isinstance(field.default, tuple):
        return ",".join(map(str, field.default))
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def _run(options: argparse.Namespace) -> int:
    print("\n".join(lines()))
    return 0


LIST = Command("list", "List the cells, the tasks and every option with its limits.", ("list",), lambda _: None, _run)
