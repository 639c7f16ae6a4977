"""What Ctrl+K finds of the experiment's values: the structures, both directions, initialisations, textbook errors, and
the values of every option that a part, a cell or a task declares."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from core.cells import CELLS, cell_named
from core.experiment import OPTIONS
from core.faults import FAULTS
from core.network.structures import OPTIONS_OF_PARTS
from core.options import Option
from core.tasks import TASKS, task_named
from explorer.panels.experiment.choice import words
from explorer.panels.experiment.choices import INITIALISATIONS
from explorer.panels.experiment.network_rows import TYPED
from explorer.panels.experiment.structure_rows import BIDIRECTIONAL, STRUCTURES
from explorer.panels.experiment.symbols import written
from explorer.session.session import Session
from explorer.window.palette.finder import Item
from explorer.window.program import Program
from explorer.words import translator

_tr = translator("palette")

FIELDS = (  # of every experiment: the field, what stands before its values, and these: (value, label, tip)
    ("structure", "Structure", STRUCTURES),
    ("bidirectional", "Bidirectional", BIDIRECTIONAL),
    ("w_init", "{W}", tuple(each for each in INITIALISATIONS if each[0] != TYPED)),
    ("fault", "Error", tuple((fault.name, fault.title, "") for fault in FAULTS)),
)


def values(program: Program) -> Iterator[Item]:
    """Each as "Reset: after", with its name on the command line; chosen, it is the experiment's."""
    session = program.session
    for field, title, choices in FIELDS:
        if field not in session.hunt.hidden_fields:
            for value, label, _ in choices:
                change = partial(session.change, **{field: value})
                yield _item(session, words(title), label, f"{value or 'none'}", change)
    for option in OPTIONS.values():
        if option.words and option.name not in session.hunt.hidden_fields:
            yield from _of_option(session, option)


def _of_option(session: Session, option: Option) -> Iterator[Item]:
    """An option of the network, of the cell or of the task; one that only other cells have brings the first of these
    along, and of tasks the first that needs no file."""
    experiment = session.experiment
    owner = ""
    for value, label, _ in option.words:
        change = partial(session.change, **{option.name: value})
        if option not in OPTIONS_OF_PARTS:
            cells = [cell for cell in CELLS if option in cell.options]
            tasks = [task for task in TASKS if option in task.options]
            if cells and cell_named(experiment.cell) not in cells:
                owner, name = cells[0].title, cells[0].name
                change = partial(session.run.change, partial(_with_cell, session, name, option.name, value))
            elif tasks and task_named(experiment.task) not in tasks:
                free = [task for task in tasks if not task.files]
                if not free:
                    return
                owner = _tr(free[0].title)
                change = partial(session.choose_task, free[0].name, **{option.name: value})
        hint = " ".join(filter(None, (owner, option.name.replace("_", " "), str(value))))
        yield _item(session, words(option.title) or option.name, label, hint, change)


def _with_cell(session: Session, cell: str, field: str, value: object):
    return session.experiment.with_cell(cell).with_changes(**{field: value})


def _item(session: Session, title: str, label: str, hint: str, change: partial) -> Item:
    text = written(f"{title}: {words(label)}", session.notation)
    return Item(_tr("Values"), text, hint, "", change)
