"""At which node of the chain a parameter is used: there the addends of its gradient are made."""

from __future__ import annotations

from dataclasses import dataclass

from core.cells.factors import declared_factor
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, key_of, row_named
from core.choices import INPUTS, START, TARGETS, is_start
from core.network.scan import Scan
from core.trace import Trace


def row_of_parameter(trace: Trace, name: str) -> tuple[str, str]:
    """The row and the record of the pre-activation that a parameter ("L1.W_f", "out.V", "conv.C" …) makes; "" for the
    record where it makes several at once (the stack of a gated cell). Raises KeyError for an unknown one."""
    part, _, own = name.partition(".")
    if name not in {**trace.parameters, **trace.named_parameters(trace.parameters)}:
        raise KeyError(name)
    scan = trace.scan_named(part)
    if scan is None:
        other = trace.network.part(part)
        if other is None:
            return "attention", "e"
        right = next(each.right for each in other.factors if own in (each.parameter, each.parameter.partition("_")[0]))
        recorded = [each.name for each in other.quantities]
        record = right if right in recorded else recorded[-1]  # what is not recorded has its node's
        return next(row.name for row in other.rows if record in row.members), record
    record = declared_factor(scan.cell, own).right
    for row in scan.cell.rows:
        if record in row.members:
            return row.name + key_of(trace, scan), record
    return scan.cell.rows[0].name + key_of(trace, scan), ""


@dataclass(frozen=True)
class NumberPlace:
    """Where a number that can be typed over stands in the chain: a node's row, column, record and unit (from 0), and
    the parameter with the entry, where it is one of those."""

    row: str
    t: int
    record: str = ""
    unit: int | None = None
    parameter: str = ""
    entry: tuple[int, ...] = ()


def place_of_number(trace: Trace, name: str, index: tuple[int, ...], t: int) -> NumberPlace:
    """The place of a number by the name of its edit: x, y, an initial state "L1.s_0", a stacked parameter "L1.W"; of a
    parameter at column t, or the nearest at which it is used. Raises KeyError or StopIteration for an unknown one."""
    if name in (INPUTS, TARGETS):
        offset = trace.schedule.before_output if name == TARGETS else 0
        return NumberPlace(OUTPUT_ROW if name == TARGETS else INPUT_ROW, index[0] + 1 + offset, "", index[2])
    part, _, own = name.partition(".")
    scan = trace.scan_named(part)
    if is_start(name) and scan is not None:
        record = own.removesuffix(START)
        row = next(each.name for each in scan.cell.rows if record in each.members) + key_of(trace, scan)
        first, last = trace.schedule.lanes[part][:2]
        return NumberPlace(row, last if scan.reverse else first, record, index[1])
    if scan is not None and name in trace.parameters:
        name, index = _block(trace.parameters[name].shape[-1], scan, part, own, index)
    row, record = row_of_parameter(trace, name)
    pieces = row_named(trace, row).pieces
    piece = next((each for each in pieces if each.part == part), pieces[0])
    return NumberPlace(row, min(max(t, piece.offset + 1), piece.offset + piece.steps), record, None, name, index)


def _block(width: int, scan: Scan, part: str, own: str, index: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """The gate's block that an entry of a stack is in, and its place there."""
    blocks = scan.cell.blocks
    if blocks == ("",) or width != len(blocks) * scan.hidden:
        return f"{part}.{own}", index
    block, place = divmod(index[-1], scan.hidden)
    return f"{part}.{own}_{blocks[block]}", (*index[:-1], place)


def parameters_of(trace: Trace, part: str, record: str) -> tuple[str, ...]:
    """The parameters that take part in making a record, in the order of its expression; of a part that no cell makes
    and of the output, all that it has."""
    scan = trace.scan_named(part)
    if scan is None or record in (OUTPUT_ROW, "a"):
        own = "out" if scan is not None else part
        return tuple(name for name in trace.parameters if name.startswith(f"{own}."))
    operation = next((each for each in scan.cell.graph if each.out == record), None)
    if operation is None:
        return ()
    names = (*operation.parameters, *([operation.bias] if operation.bias else []))
    named = trace.named_parameters(trace.parameters)
    return tuple(f"{part}.{each}" for each in names if f"{part}.{each}" in named)
