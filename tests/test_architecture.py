"""The rules of the house, read from the source: who may import whom, and that no view asks which cell it shows.

The rooms, from the ground up. A room imports from its own folder and from rooms above it in this list, never from one
below it; so nothing in the program knows who reads it. A file that stands in no folder is a room of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from core.cells import CELLS
from core.choices import Initialisation
from core.maths.activations import ACTIVATIONS

ROOMS = (
    "start",  # makes the environment; knows nothing of the program
    "core/sentence",
    "core/errors",
    "core/memo",
    "core/jobs",
    "core/history",
    "core/maths",
    "core/files",
    "core/tables",
    "core/glossary",
    "core/choices",
    "core/options",
    "core/cells",
    "core/tasks",
    "core/network",
    "core/rules",
    "core/experiment",
    "core/unrolled",
    "core/trace",
    "core/bptt",
    "core/faults",
    "core/counts",
    "core/readout",
    "core/edits",
    "core/recorder",
    "core/analysis",
    "core/timeline",
    "core/notation",
    "core/chain",
    "core/arithmetic",
    "core/narration",
    "core/claims",
    "core/ensemble",
    "core/sweep",
    "core/interior",
    "core/training",
    "core/reproduction",
    "core/exercises",
    "core/lessons",
    "core/interop",
    "core/own",
    "core/diagnosis",
    "core/documents",
    "core/sharing",
    "core",  # the names of the library
    "explorer",
    "explorer/recorders",  # files to copy: they know nothing of the program
    "explorer/interrupts",
    "explorer/garbage",
    "explorer/features",
    "explorer/settings",
    "explorer/columns",
    "explorer/words",
    "explorer/languages",
    "explorer/style",
    "explorer/session",
    "explorer/widgets",
    "explorer/application",
    "explorer/examples",
    "explorer/items",
    "explorer/panels",
    "explorer/window",
    "explorer/export",
    "explorer/texts",
    "explorer/app",
    "explorer/commands",
    "explorer/cli",
    "main",
)

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
EXPLORER = sorted((ROOT / "explorer").rglob("*.py"))
PANELS = sorted((ROOT / "explorer" / "panels").rglob("*.py"))
ITEMS = sorted((ROOT / "explorer" / "items").rglob("*.py"))
OTHERS = [*ROOT.glob("*.py"), *(ROOT / "start").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
SOURCES = sorted([*CORE, *EXPLORER, *OTHERS])
PROGRAM = [*CORE, *EXPLORER, *sorted((ROOT / "start").rglob("*.py")), ROOT / "main.py"]
ASK_WHY = 300  # lines
IDS = {"ids": lambda path: path.relative_to(ROOT).as_posix()}


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All of the file's syntax, node by node."""
    return tuple(ast.walk(tree_of(path)))


@cache
def is_module(name: str) -> bool:
    """Whether a full name is that of a module or a package of the program."""
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Every module a file imports, anywhere in it, by its full name."""
    return tuple(imports_in(nodes_of(path), path))


def imports_in(nodes: Iterable[ast.AST], path: Path) -> Iterator[str]:
    """The same of syntax that would stand in a file: «from a import b» gives a and a.b, and a.b alone where that is a
    module."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *([node.module] if node.module else [])))
            names = [f"{module}.{alias.name}" for alias in node.names]
            if not all(is_module(name) for name in names):
                yield module
            yield from names
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def reaches(name: str, *forbidden: str) -> bool:
    """Whether an imported name is one of the modules, or inside one."""
    return any(name == module or name.startswith(module + ".") for module in forbidden)


# --- rooms and circles ---
def module_of(path: Path) -> str:
    """A file's full name as a module; a package's is its folder's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def program_imports() -> dict[str, set[str]]:
    """Who imports whom among the program's own modules, for types and inside functions too. Whoever imports from
    another package runs that package's own file as well."""
    modules = {module_of(path): path for path in PROGRAM}
    graph: dict[str, set[str]] = {}
    for module, path in modules.items():
        found: set[str] = set()
        for name in imports_of(path):
            parts = name.split(".")
            packages = [".".join(parts[:k]) for k in range(1, len(parts) + 1)]
            found.update(each for each in packages[:-1] if not (module + ".").startswith(each + "."))
            found.add(name)
        graph[module] = {name for name in found if name in modules and name != module}
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The sets of modules of which each reaches every other one (Tarjan's algorithm), each in alphabetical order."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    waiting: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        waiting.append(module)
        for other in graph[module]:
            if other not in number:
                visit(other)
            if other in waiting:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            circle = waiting[waiting.index(module) :]
            del waiting[-len(circle) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for module in graph:
        if module not in number:
            visit(module)
    return found


def one_way_round(graph: Mapping[str, Iterable[str]], circle: list[str]) -> str:
    """The shortest way from a circle's first module back to it: "a -> b -> a"."""
    start, ways = circle[0], [[circle[0]]]
    known: set[str] = set()
    for way in ways:
        for other in sorted(set(graph[way[-1]]) & set(circle)):
            if other == start:
                return " -> ".join([*way, start])
            if other not in known:
                known.add(other)
                ways.append([*way, other])
    raise AssertionError("no circle")


def room_of(module: str) -> str:
    """The folder below core or explorer that a module stands in, else the file itself: "core/cells", "explorer/app"."""
    parts = module.split(".")
    return parts[0] if parts[0] in ("start", "main") else "/".join(parts[:2])


def test_no_import_runs_in_a_circle():
    graph = program_imports()
    found = circles(graph)
    told = "".join(f"\n  {one_way_round(graph, circle)} (one way round {len(circle)} modules)" for circle in found)
    assert not found, f"imports run in a circle:{told}"


def test_a_circle_would_be_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a", "c"}}
    assert circles(graph) == [["b", "c"]]
    assert one_way_round(graph, ["b", "c"]) == "b -> c -> b"
    assert not circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_every_room_is_in_the_list():
    assert {room_of(module) for module in program_imports()} == set(ROOMS)


def test_a_room_imports_only_from_rooms_above_it_in_the_list():
    floor = {room: k for k, room in enumerate(ROOMS)}
    wrong = [
        f"{module} imports {other}"
        for module, others in sorted(program_imports().items())
        for other in sorted(others)
        if not any(each.startswith(other + ".") for each in others)  # a package that only leads to its module
        if floor[room_of(other)] > floor[room_of(module)]
    ]
    assert not wrong, "from a room below its own in ROOMS: " + "; ".join(wrong)


def test_the_rules_have_something_to_read():
    assert len(CORE) > 20
    assert len(EXPLORER) > 2
    text = "import a.b\nfrom c import d\nfrom . import e\nimportlib.import_module('f')"
    found = set(imports_in(ast.walk(ast.parse(text)), ROOT / "explorer" / "panels" / "x.py"))
    assert {"a.b", "c.d", "explorer.panels.e", "f"} <= found


def by_file(paths: Iterable[Path], find: Callable[[Path], Iterable[str]]) -> dict[str, list[str]]:
    """What a rule finds, by the file; only files in which it finds something."""
    found = {path.relative_to(ROOT).as_posix(): list(find(path)) for path in paths}
    return {name: things for name, things in found.items() if things}


def test_core_knows_neither_qt_nor_the_explorer():
    others = ("PySide6", "shiboken6", "PyQt5", "PyQt6", "pyqtgraph", "qtpy", "qtawesome", "explorer", "start", "tests")
    assert not by_file(CORE, lambda path: [name for name in imports_of(path) if reaches(name, *others)])


def global_state(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Global statements, and what numpy's random numbers have for everybody at once."""
    for node in nodes:
        if isinstance(node, ast.Global):
            yield f"line {node.lineno}: a global statement"
        numpys = (
            isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random"
        )
        if numpys and node.attr not in ("Generator", "PCG64", "default_rng", "SeedSequence"):
            yield f"line {node.lineno}: np.random.{node.attr} is global"


def test_core_has_no_global_random_generator_and_no_global_state():
    assert not by_file(CORE, lambda path: global_state(nodes_of(path)))
    assert not by_file(CORE, lambda path: [name for name in imports_of(path) if reaches(name, "random")])
    assert len(list(global_state(ast.walk(ast.parse("def f():\n    global a\n    np.random.seed(1)"))))) == 2


@pytest.mark.parametrize("path", ITEMS, **IDS)
def test_items_know_no_session_and_no_panel(path):
    assert not [
        name
        for name in imports_of(path)
        if reaches(
            name,
            "explorer.session.session",
            "explorer.panels",
            "explorer.session.player",
            "explorer.window.window",
            "explorer.app",
        )
    ]


@cache
def panel_modules() -> tuple[str, ...]:
    """The modules of the panels in PANELS, as explorer/panels/__init__.py imports them; the base is none."""
    listed = set(imports_of(ROOT / "explorer" / "panels" / "__init__.py"))
    modules = {name for name in listed if (ROOT / (name.replace(".", "/") + ".py")).is_file()}
    return tuple(sorted(name for name in modules if reaches(name, "explorer.panels") and not name.endswith(".base")))


def test_the_list_of_panels_is_found():
    assert {"explorer.panels.chain.panel", "explorer.panels.experiment.panel"} <= set(panel_modules())


@pytest.mark.parametrize("path", [path for path in PANELS if path.stem != "__init__"], **IDS)
def test_panels_never_import_each_other(path):
    """Neither directly nor through what they share: no file beside them imports a panel, or the window."""
    assert not [name for name in imports_of(path) if reaches(name, *panel_modules())]
    assert not [name for name in imports_of(path) if reaches(name, "explorer.window.window", "explorer.app")]


@pytest.mark.parametrize("path", [path for path in EXPLORER if path.stem in ("session", "player")], **IDS)
def test_the_session_and_the_clock_import_no_panel(path):
    above = ("explorer.panels", "explorer.window.window", "explorer.app")
    assert not [name for name in imports_of(path) if reaches(name, *above)]


NAMES = {cell.name for cell in CELLS} - set(get_args(Initialisation))  # W can be initialised as "identity", too
CLASSES = {cell.__name__ for cell in CELLS} | {"Elman"}


def cells_named_in(nodes: Iterable[ast.AST], names: set[str] = NAMES) -> list[str]:
    """Places where a cell's name stands as a text, or its class by name: what a view would branch on."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
            found.append(f"line {node.lineno}: “{node.value}”")
        elif isinstance(node, ast.Name) and node.id in CLASSES:
            found.append(f"line {node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in CLASSES:
            found.append(f"line {node.lineno}: {node.attr}")
        elif isinstance(node, ast.Compare) and _compares_the_cell([node.left, *node.comparators]):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def _compares_the_cell(sides: list[ast.expr]) -> bool:
    return any(map(_is_the_cell, sides)) and any(isinstance(side, ast.Constant) for side in sides)


def _is_the_cell(node: ast.expr) -> bool:
    """`….cell` or `….cell.name`."""
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr == "cell" or (node.attr == "name" and ast.unparse(node.value).split(".")[-1] == "cell")


def test_a_branch_on_the_cell_would_be_found():
    compared = ("if experiment.cell == 'identity': pass", "if scan.cell.name != 'identity': pass")
    for text in ("if c == 'lstm': pass", "isinstance(c, LSTM)", "isinstance(c, cells.GRU)", "{'tanh': 1}", *compared):
        assert cells_named_in(ast.walk(ast.parse(text))), text
    for text in ("f'{cell.title}: LSTM and tanh'", "if a.cell == b.cell: pass", "w_init = 'identity'"):
        assert not cells_named_in(ast.walk(ast.parse(text))), text


def test_views_never_branch_on_the_cell():
    """A new cell is one file and one line. (Its name in a longer text is no branch.)"""
    assert not by_file([*PANELS, *ITEMS], lambda path: cells_named_in(nodes_of(path)))


def test_core_outside_the_cells_asks_for_no_cell_by_name():
    """Names that activations have as well mean those there."""
    names = NAMES - {activation.name for activation in ACTIVATIONS}
    presets = ROOT / "core" / "lessons" / "presets.py"  # experiments as data, like the files of the lessons
    others = [path for path in CORE if path.parent.name != "cells" and path != presets]
    assert not by_file(others, lambda path: cells_named_in(nodes_of(path), names))


def painters_left_open(nodes: Iterable[ast.AST]) -> Iterator[int]:
    """The lines of painters that stay on their device where what they paint raises: Qt ends the program when such a
    device goes. Qt itself ends those of a paintEvent's widget."""
    nodes = tuple(nodes)
    held: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.With):
            held |= {item.context_expr for item in node.items}
        elif isinstance(node, ast.FunctionDef) and node.name == "paintEvent":
            held |= set(ast.walk(node))
    for node in nodes:
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in ("QPainter", "QStylePainter") and node not in held:
            yield called.lineno


def test_a_painter_left_open_would_be_found():
    left = "def _render(picture):\n    painter = QPainter(picture)\n    painter.end()\n"
    held = "with QPainter(picture) as painter:\n    draw(painter)\n"
    assert list(painters_left_open(ast.walk(ast.parse(left)))) == [2]
    for text in (left.replace("_render", "paintEvent"), held):
        assert not list(painters_left_open(ast.walk(ast.parse(text))))


@pytest.mark.parametrize("path", EXPLORER, **IDS)
def test_every_painter_leaves_its_device_whatever_happens(path):
    assert not list(painters_left_open(nodes_of(path)))


def test_long_files_are_named(capsys):
    """Above 300 lines a file of the program is asked why; it fails nothing."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (*CORE, *EXPLORER)}
    with capsys.disabled():
        for path, lines in sorted(lengths.items(), key=lambda item: -item[1]):
            if lines > ASK_WHY:
                print(f"\n{path.relative_to(ROOT)} has {lines} lines: is it one thing?", end="")


# --- who asks what a part is ---
PART_TYPES = {
    *("Scan", "Join", "Context", "Convolution", "Head", "Lockstep", "Attention", "AttentionStep"),
    *("Window", "FullSequence", "LayerBelow", "Concatenated", "PreviousOutput", "ContextInput"),
}


def parts_asked_for(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Where a part's or source's class stands in an isinstance, or in a case of a match."""
    for node in nodes:
        asked: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            asked = [each for each in ast.walk(node.args[1]) if isinstance(each, ast.expr)]
        elif isinstance(node, ast.MatchClass):
            asked = [node.cls]
        for each in asked:
            if isinstance(each, ast.Name) and each.id in PART_TYPES:
                yield f"line {each.lineno}: {each.id}"


def test_a_question_about_a_part_would_be_found():
    text = "isinstance(a, Join | Head)\nmatch a:\n    case Scan():\n        pass\nisinstance(a, int)"
    assert list(parts_asked_for(ast.walk(ast.parse(text)))) == ["line 1: Join", "line 1: Head", "line 3: Scan"]


def test_what_a_part_is_stands_in_its_declaration():
    """A part declares what it reads and makes (core.network.declared): nobody outside the room where parts are made
    needs to ask what it is."""
    others = [path for path in (*CORE, *EXPLORER) if room_of(module_of(path)) != "core/network"]
    assert not by_file(others, lambda path: parts_asked_for(nodes_of(path)))
