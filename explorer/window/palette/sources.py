"""SOURCES: the visible list of what Ctrl+K finds, each a function of the program. A new kind is one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from core.arithmetic.matrices import keys
from core.cells import CELLS, PRIMARY
from core.chain.rows import ChainRow, rows
from core.glossary import glossary
from core.lessons.reading import lessons_there
from core.notation.books import NOTATIONS
from core.tasks import TASKS
from explorer.panels import RIGHT
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.symbols import written
from explorer.panels.lesson.words import goal_text, title_text
from explorer.panels.numbers.words import choice_text
from explorer.session.session import Selection
from explorer.style.theme import THEMES
from explorer.window.actions import ENTRIES
from explorer.window.cards.card import example_cards
from explorer.window.history import show_choices, show_event
from explorer.window.palette.finder import GLOSSARY, HISTORY, LESSONS, USES, Item
from explorer.window.palette.values import values
from explorer.window.program import Program
from explorer.words import translator

_tr, _term = translator("palette"), translator("glossary")
Source = Callable[[Program], Iterator[Item]]

# Keys and gestures that belong to a picture or a page while it has the keyboard: named here, done there.
ELSEWHERE = (
    ("In the chain", "another row of the selected step", "↑ ↓"),
    ("In the chain", "the same row of another step", "Shift+← →"),
    ("In the chain", "zoom, pan, all steps", "wheel, drag, double-click"),
    ("In a cell", "the next node above, below or beside", "↑ ↓, Shift+← →"),
    ("In the inspector", "a line, its product row by column, a weight of it", "↑ ↓, Enter"),
    ("In the inspector", "copy what it shows, as text", "Ctrl+C"),
    ("In the numbers", "lock, reset, type", "K, Del, F2"),
    ("In the numbers", "±0.1, ±0.01, both ±0.001; or wheel, or drag", "Shift+↑ ↓, Ctrl+↑ ↓"),
)


def commands(program: Program) -> Iterator[Item]:
    """The menu's actions, but for those that choose a cell: the cells have them."""
    chosen = {cell.title for cell in PRIMARY}
    for entry in ENTRIES:
        if entry is not None and entry.text not in chosen:
            yield Item(_tr(entry.menu), _tr(entry.text), "", ", ".join(entry.keys), partial(entry.do, program))


def sides(program: Program) -> Iterator[Item]:
    """What stands beside the pictures."""
    for key, dock in zip(("Ctrl+1", "Ctrl+2"), program.window.docks, strict=False):
        title = _tr("Show or hide: {panel}").format(panel=dock.windowTitle())
        yield Item(_tr("View"), title, "", key, dock.toggleViewAction().trigger)
    for key in program.window.pages[RIGHT].keys():  # noqa: SIM118 (its own method)
        panel = program.window.panels[key]
        show = partial(program.window.show_page, key)
        yield Item(_tr("View"), panel.page_title()[0], _tr("a page on the right"), "", show)


def cells(program: Program) -> Iterator[Item]:
    """Every cell, on the same task, seeds and loss."""
    for cell in CELLS:
        key = str(PRIMARY.index(cell) + 1) if cell in PRIMARY else ""
        hint = f"{_tr(cell.family)}, {cell.name}"
        yield Item(_tr("Cells"), cell.title, hint, key, partial(program.session.choose_cell, cell.name))


def tasks(program: Program) -> Iterator[Item]:
    """Every task; one that reads a file asks for it."""
    for task in TASKS:
        choose = partial(program.window.command, f"task {task.name}")
        yield Item(_tr("Tasks"), _tr(task.title), task.name, "", choose)


def choices(program: Program) -> Iterator[Item]:
    """The experiment's choices: the keyboard goes to the one that is chosen."""
    for choice in CHOICES:
        if choice.is_there(program.session):
            title = written(_tr(choice.title), program.session.notation)
            reveal = partial(_reveal, program, choice.key)
            yield Item(_tr("Experiment"), title, _tr(choice.section), "", reveal)


def quantities(program: Program) -> Iterator[Item]:
    """The rows of the chain: selected at the step of the selection, or of the playhead."""
    session = program.session
    for row in rows(session.trace, session.notation):
        select = partial(_select, program, row)
        names = ", ".join(name for _, name in row.signals)
        yield Item(_tr("Quantities"), f"{row.text}  {_tr(row.title)}", names, "", select)


def matrices(program: Program) -> Iterator[Item]:
    """Parameters, initial states and the data: their numbers, to be read and typed."""
    session = program.session
    for key in keys(session.trace):
        title = choice_text(session.trace, key, session.notation, session.view.sample)
        yield Item(_tr("Numbers"), title, "", "", partial(session.edit_number, key))


def notations(program: Program) -> Iterator[Item]:
    """The textbooks' notations."""
    for notation in NOTATIONS:
        use = partial(program.session.set_view, notation=notation.name)
        yield Item(_tr("Notations"), _tr(notation.short), f"{notation.name}: {_tr(notation.title)}", "", use)


def themes(program: Program) -> Iterator[Item]:
    """Light, dark, projector."""
    for theme in THEMES:
        title = _tr("Theme: {name}").format(name=_tr(theme.name))
        yield Item(_tr("View"), title, "", "", partial(program.window.set_theme, theme.name))


def examples(program: Program) -> Iterator[Item]:
    """The saved experiments of the gallery."""
    for card in example_cards():
        hint = f"{card.group}, {card.path.stem}"
        yield Item(_tr("Examples"), card.title, hint, "", partial(program.files.open_card, card))


def lessons(program: Program) -> Iterator[Item]:
    """The lessons that come with the program, in their order."""
    for path, lesson in lessons_there():
        open_it = partial(program.session.lesson.open, path)
        yield Item(LESSONS, title_text(lesson), goal_text(lesson), "", open_it)


def terms(program: Program) -> Iterator[Item]:
    """Every symbol and term, with what it is."""
    for section in glossary().section:
        for entry in section.entry:
            title, says = f"{_term(entry.name)}   {entry.symbol}".rstrip(), _term(entry.says)
            say = partial(program.window.show_message, _term("{term}: {says}").format(term=title, says=says))
            yield Item(GLOSSARY, title, says, "", say, ", ".join((entry.name, *entry.also)))


def history(program: Program) -> Iterator[Item]:
    """What came when, year by year: a click shows it on the data that are there."""
    for event in glossary().event:
        show = partial(show_event, program.session, event)
        yield Item(HISTORY, f"{event.year}   {_term(event.name)}", _term(event.says), "", show)


def uses(program: Program) -> Iterator[Item]:
    """What structures are used for: a click shows one with a task."""
    for use in glossary().use:
        show = partial(show_choices, program.session, use.task, use.set, _term(use.says))
        yield Item(USES, _term(use.name), _term(use.says), "", show)


def recent(program: Program) -> Iterator[Item]:
    """The files that were opened or saved last."""
    for path in program.window.settings.recent_files():
        yield Item(_tr("Recent files"), path.name, str(path.parent), "", partial(program.files.open, path))


def elsewhere(program: Program) -> Iterator[Item]:
    """What a picture or a page does by key while it has the keyboard."""
    for group, text, key in ELSEWHERE:
        yield Item(_tr(group), _tr(text), "", key)


SOURCES: tuple[Source, ...] = (
    recent, commands, sides, themes, cells, tasks, choices, values, quantities, matrices, notations, examples,
    lessons, terms, history, uses, elsewhere,
)  # fmt: skip


def items(program: Program) -> list[Item]:
    """All of it, group by group in the order of SOURCES."""
    found = [item for source in SOURCES for item in source(program)]
    groups = list(dict.fromkeys(item.group for item in found))
    return sorted(found, key=lambda item: groups.index(item.group))


def _reveal(program: Program, key: str) -> None:
    program.window.show_left()
    program.window.command(f"choice {key}")


def _select(program: Program, row: ChainRow) -> None:
    """The row's node at the step that is looked at, or at the nearest one where the row has a node."""
    session = program.session
    looked_at = session.selection.t if session.selection is not None else max(session.time.t, 1)
    steps = [t for t in range(1, session.trace.steps + 1) if row.piece(t) is not None]
    if steps:
        session.select(Selection(row.name, min(steps, key=lambda t: abs(t - looked_at))))
