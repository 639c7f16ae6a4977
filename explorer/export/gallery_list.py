"""What the gallery shows: the inside of every cell and every structure, read from the registries; no Qt is needed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from core.cells import CELLS
from core.cells.base import Cell
from core.choices import DECODED
from core.errors import InputError
from core.exercises.hand_sized import hand_sized
from core.experiment import Experiment, natural
from core.network.structures import JOINS, STRUCTURES
from core.recorder import record
from core.tasks import TASKS

SHAPE: dict[str, Any] = {"steps": 6, "hidden": 4}
WRITTEN = 4  # steps of a decoder
CELLS_HEADING, STRUCTURES_HEADING = "Inside the cells", "Structures"
LENGTHS = (1, 3, 24, 200, 1000)
HINTS = get_type_hints(Experiment)  # the choices of an option are its Literal's
OPTIONS_OF = {"encoder-decoder": ("context", "context_at"), "attention": ("context", "score")}


@dataclass(frozen=True)
class Picture:
    """One picture. `name` is its file without suffix; `sentence` says in words what it shows; `inside`: of a cell, at
    its step `t`, instead of the chain."""

    name: str
    heading: str
    title: str
    sentence: str
    experiment: Experiment
    inside: bool = False
    t: int = 0


@cache
def pictures() -> tuple[Picture, ...]:
    """All of them, in the order of the page."""
    return (*_cells(), *_structures())


def named(names: tuple[str, ...]) -> tuple[Picture, ...]:
    """Those with these names; all where none is given. Raises InputError with the names that come nearest."""
    known = {picture.name: picture for picture in pictures()}
    for name in names:
        if name not in known:
            raise InputError(
                "--only {name}: there is no such picture; {nearest}.", name=name, nearest=_nearest(name, tuple(known))
            )
    return tuple(known[name] for name in dict.fromkeys(names)) if names else pictures()


def _nearest(name: str, known: tuple[str, ...]) -> str:
    """What to write instead: the names that contain it (cell-tanh for tanh), else those that are spelt most like it."""
    inside = [each for each in known if name and name.lower() in each]
    found = (inside or difflib.get_close_matches(name.lower(), known, 3))[:3]
    return f"the nearest: {', '.join(found)}" if found else f"names are like {known[0]} and {known[-1]}"


def _cells() -> Iterator[Picture]:
    for cell in CELLS:
        experiment = _suited(cell)
        made = cell.from_experiment(experiment)
        operations = sum(operation.kind not in ("constant", "clock") for operation in made.graph)
        steps = record(experiment).steps
        t = (steps + 1) // 2
        note = f"; {cell.note}" if cell.note else ""
        sentence = (
            f"Step {t} of {steps} of the cell {cell.title}, opened: {_count(operations, 'operation')}, each with its "
            f"values and its gradient{note}."
        )
        yield Picture(f"cell-{cell.name}", CELLS_HEADING, _capital(cell.title), sentence, experiment, True, t)


def _suited(cell: type[Cell]) -> Experiment:
    """Numbers at random, or else the first task that the cell takes; a batch that it can be seen at work in."""
    batch = 4 if cell.couples_samples else 1
    for task in ("last-step", *(each.name for each in TASKS)):
        try:
            experiment = natural(task, cell=cell.name, batch=batch, loss_at="every", **SHAPE)
            record(experiment)
        except InputError:
            continue
        return experiment
    raise InputError("There is no task for the cell {cell}.", cell=cell.name)


def _structures() -> Iterator[Picture]:
    for name, title in STRUCTURES.items():
        yield _chain(name, name, title, structure=name)
        for option in OPTIONS_OF.get(name, ()):
            yield from _choices(name, option)
    for layers in (2, 3):
        yield _chain(f"layers-{layers}", f"{layers} layers", "One above the other", structure="n-n", layers=layers)
    for join, title in JOINS.items():
        yield _chain(f"both-{join}", f"Both directions: {join}", title, structure="n-n", bidirectional=join)
    for at in get_args(HINTS["reverse_at"]):
        where = at.replace("-", " ")
        about = f"The last output reads both chains, the reverse one at {'its ' * at.startswith('own')}{where}"
        changes = {"structure": "n-1", "bidirectional": "sum", "reverse_at": at}
        yield _chain(f"both-read-at-{at}", f"Both directions, read at {where}", about, **changes)
    yield _chain(
        "both-2-layers",
        "Both directions, 2 layers",
        "Each layer joins its two chains",
        structure="n-n",
        bidirectional="concat",
        layers=2,
    )
    yield _chain(
        "convolution", "Convolution", "A kernel of three steps before the cell", structure="n-n", convolution=3
    )
    yield _chain(
        "output-feedback",
        "Outputs fed back",
        "Every step reads the output of the one before it",
        structure="n-n",
        output_feedback=True,
    )
    yield _chain("truncated", "Truncated", "No gradient crosses a cut", structure="n-n", truncate=3)
    hand = hand_sized(natural("last-step"))
    yield _described("structure-hand-sized", "Hand-sized", "One unit, and numbers of one decimal", hand)
    for steps in LENGTHS:
        about = "As much of every node as its width has room for"
        yield _chain(f"steps-{steps}", f"T = {steps}", about, steps=steps, hidden=6)


def _choices(structure: str, option: str) -> Iterator[Picture]:
    """A structure with every choice of an option but the one that it has by default."""
    default = getattr(Experiment(), option)
    for choice in get_args(HINTS[option]):
        if choice != default:
            words = option.replace("_", " ")
            name, changes = f"{structure}-{words.replace(' ', '-')}-{choice}", {"structure": structure, option: choice}
            yield _chain(
                name, f"{structure}, {words}: {choice}", f"{STRUCTURES[structure]}; {words} {choice}", **changes
            )


def _chain(name: str, title: str, about: str, **changes: Any) -> Picture:
    """On numbers at random; where the structure wants outputs as wide as the inputs, on bits."""
    written = {"output_steps": WRITTEN} if changes.get("structure") in DECODED else {}
    fields = {**SHAPE, "delay": 1, **written, **changes}
    experiment = natural("last-step", **fields)
    try:
        record(experiment)
    except InputError:
        experiment = natural("echo", **fields)
    return _described(f"structure-{name}", title, about, experiment)


def _described(name: str, title: str, about: str, experiment: Experiment) -> Picture:
    steps = _count(record(experiment).steps, "step")
    sentence = (
        f"{_capital(about)}: {steps} in {_count(experiment.layers, 'layer')}, after both passes; every node with its "
        "values and below them their gradient, every edge as wide as the gradient that came back along it."
    )
    return Picture(name, STRUCTURES_HEADING, _capital(title), sentence, experiment)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
