"""An edge of the chain in detail: what goes back along it, addend by addend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.arithmetic.lines import EdgeAddend, dot, norm_of
from core.arithmetic.plan import HEAD
from core.chain.edges import PREVIOUS, links
from core.chain.rows import INPUT, OUTPUT, key_of, row_of_source

if TYPE_CHECKING:
    from core.arithmetic.cell_node import CellNode


def edge_addends(step: CellNode, source: str, row: str, recurrent: bool, unit: int) -> tuple[EdgeAddend, ...]:
    """See `CellNode.edge`."""
    if row == OUTPUT and step.plan.top:
        if source != "s" + key_of(step.trace, step.scan) or recurrent:
            return ()
        reader = next(each for each in step.plan.readers("s") if each.operation is None)
        vector = np.asarray(step.gradient(OUTPUT)) @ step.head()[0].T
        at = min(unit, len(vector) - 1)
        line = dot(np.asarray(step.gradient(OUTPUT)), step.head()[0][at], f"{HEAD}.V", at, True, step.plan.swapped)
        label = step.filled(reader.label)
        symbols = step.symbol(OUTPUT), step.symbol("s")
        return (EdgeAddend(OUTPUT, "s", *symbols, label, reader.tex, vector, norm_of(vector), line),)
    key, below = key_of(step.trace, step.scan), row_of_source(step.trace, step.scan)
    names = {INPUT: below, OUTPUT: OUTPUT}
    found = (
        each
        for each in links(step.cell)
        if (names.get(each.source, each.source + key), each.target + key, each.recurrent) == (source, row, recurrent)
    )
    link = next(found, None)
    edges = [each for each in link.edges if not step.fixed(each[1])] if link else []
    return tuple(_edge_addend(step, *each, unit) for each in edges)


def _edge_addend(step: CellNode, out: str, source: str, unit: int) -> EdgeAddend:
    back = source.endswith(PREVIOUS)
    origin = "next step" if back else "same step"
    reader, operation = next(
        (each, each.operation)
        for each in step.plan.readers(source.removesuffix(PREVIOUS))
        if each.operation is not None and each.operation.out == out and each.origin == origin
    )
    at = step.t - step.way * int(back)
    label, vector = step.filled(reader.label, at), step.addends()[out, source]
    receiver = step.plan.at(at).symbol(step.cell, source.removesuffix(PREVIOUS))
    line = step.pulled(label, operation, reader.place, min(unit, len(vector) - 1), "same step")
    return EdgeAddend(out, source, step.symbol(out), receiver, label, reader.tex, vector, norm_of(vector), line)
