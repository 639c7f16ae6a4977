"""How many parameters a network has: by part, by matrix and by gate, each with the product or the sum that it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.cells.base import Cell
from core.maths.arrays import Array
from core.network.parts import HEAD, Network
from core.network.scan import scan_named

Shape = tuple[int, ...]
_I, _H, _O = 1_000_003, 720_720, 1_000_033  # sizes no multiple of each other: a shape tells its letters
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
LETTERS = {_I: "I", _H: "H", _O: "O"}


@dataclass(frozen=True)
class MatrixCount:
    """One parameter. `name`: "L1.W"; `gates`: the blocks that are stacked in it, () for one alone; `count`: its
    numbers, those apart that a mask keeps at 0; `formula`: «4·6·6»."""

    name: str
    shape: Shape
    gates: tuple[str, ...]
    count: int
    formula: str

    @property
    def masked(self) -> bool:
        """Whether some of its entries are always 0."""
        return self.count != math.prod(self.shape)

    @property
    def of_gate(self) -> int:
        """How many of them each gate has."""
        return self.count // max(len(self.gates), 1)


@dataclass(frozen=True)
class PartCount:
    """The parameters of one part, "L1" or "out": `formula` is their sum, «4·(6·6 + 6·6 + 6)»."""

    part: str
    title: str
    matrices: tuple[MatrixCount, ...]
    formula: str

    @property
    def count(self) -> int:
        return sum(each.count for each in self.matrices)


def counts_of(network: Network) -> tuple[PartCount, ...]:
    """The parts of a network that have parameters, in the order of computation."""
    by_part: dict[str, dict[str, Shape]] = {}
    for full, shape in network.parameter_shapes.items():
        part, _, name = full.partition(".")
        by_part.setdefault(part, {})[name] = shape
    return tuple(_part(network, part, shapes) for part, shapes in by_part.items())


def count_of(network: Network) -> int:
    """All parameters together."""
    return sum(each.count for each in counts_of(network))


def formula_of_cell(cell: Cell) -> str:
    """The number of a cell's parameters in letters: «4·(I·H + H·H + H)»; "" where it has none. I are all numbers that
    it reads at a step, O all outputs that are fed back to it."""
    shapes = cell.shapes(_I, _H)
    if cell.fed and cell.reads_input:
        shapes = {**shapes, "F": (_O, len(cell.blocks) * _H)}
    return _sum({name: (shape, _gates(cell, name, shape, _H)) for name, shape in shapes.items()}, _in_letters)


def _part(network: Network, part: str, shapes: dict[str, Shape]) -> PartCount:
    scan = scan_named(network, part)
    title = "the output" if part == HEAD else scan.cell.title if scan is not None else ""
    gates: dict[str, tuple[Shape, tuple[str, ...]]] = {name: (shape, ()) for name, shape in shapes.items()}
    masks: dict[str, Array | None] = {}
    if scan is not None:
        gates = {name: (shape, _gates(scan.cell, name, shape, scan.hidden)) for name, shape in shapes.items()}
        whole = {name: np.empty(shape) for name, shape in shapes.items()}
        masks = {name: mask for name, (_, mask) in scan.masked(whole).items()}
    matrices = []
    for name, (shape, blocks) in gates.items():
        mask = masks.get(name)
        count = math.prod(shape) if mask is None else int(mask.sum())
        text = _product(shape, blocks, str)
        text = text if count == math.prod(shape) else f"{count} of {text}"
        matrices.append(MatrixCount(f"{part}.{name}", shape, blocks, count, text))
    known = {each.name.partition(".")[2]: str(each.count) for each in matrices if each.masked}
    return PartCount(part, title, tuple(matrices), _sum(gates, str, known))


def _gates(cell: Cell, name: str, shape: Shape, hidden: int) -> tuple[str, ...]:
    """The blocks that a parameter is a stack of; () where it is none."""
    views = cell.named(name, np.broadcast_to(0.0, shape), hidden)  # a view of one number: no memory
    return cell.blocks if len(views) > 1 else ()


def _sum(
    parameters: dict[str, tuple[Shape, tuple[str, ...]]],
    written: Callable[[int], str],
    known: Mapping[str, str] = NOTHING_KNOWN,
) -> str:
    """What is stacked as one product with the number of gates, then the others: «3·(6·6 + 6·6 + 6) + 6»."""
    stacked = [(name, shape, gates) for name, (shape, gates) in parameters.items() if gates and name not in known]
    others = [name for name, (_, gates) in parameters.items() if not gates or name in known]
    alone = [known.get(name) or _times(parameters[name][0], written) for name in others]
    if not stacked:
        return " + ".join(alone)
    count = len(stacked[0][2])
    inside = " + ".join(_times((*shape[:-1], shape[-1] // count), written) for _, shape, _ in stacked)
    whole = f"{count}·({inside})" if len(stacked) > 1 else f"{count}·{inside}"
    return " + ".join([whole, *alone])


def _product(shape: Shape, gates: tuple[str, ...], written: Callable[[int], str]) -> str:
    count = len(gates)
    return f"{count}·{_times((*shape[:-1], shape[-1] // count), written)}" if count else _times(shape, written)


def _times(shape: Shape, written: Callable[[int], str]) -> str:
    return "·".join(map(written, shape))


def _in_letters(size: int) -> str:
    return LETTERS.get(size, str(size))
