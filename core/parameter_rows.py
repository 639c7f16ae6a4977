"""At which node of the chain a parameter is used: there the addends of its gradient are made."""

from __future__ import annotations

from core.chain import OUTPUT, key_of
from core.diagnostics import declared_factor
from core.joins import Context, Convolution
from core.trace import Trace


def row_of_parameter(trace: Trace, name: str) -> tuple[str, str]:
    """The row and the record of the pre-activation that a parameter ("L1.W_f", "out.V", "conv.C" …) makes; "" for the
    record where it makes several at once (the stack of a gated cell). Raises KeyError for one that there is not."""
    part, _, own = name.partition(".")
    if name not in {**trace.parameters, **trace.named_parameters(trace.parameters)}:
        raise KeyError(name)
    scan = next((each for each in trace.scans if each.name == part), None)
    if scan is None:
        other = next((each for each in trace.network.members if each.name == part), None)
        if isinstance(other, Convolution | Context):
            return part, "h"
        return (OUTPUT, OUTPUT) if other is not None else ("attention", "e")
    record = declared_factor(scan.cell, own).right
    for row in scan.cell.rows:
        if record in row.members:
            return row.name + key_of(trace, scan), record
    return scan.cell.rows[0].name + key_of(trace, scan), ""


def parameters_of(trace: Trace, part: str, record: str) -> tuple[str, ...]:
    """The parameters that take part in making a record, in the order of its expression; of a part that no cell makes
    and of the output, all that it has."""
    scan = next((each for each in trace.scans if each.name == part), None)
    if scan is None or record in (OUTPUT, "a"):
        own = "out" if scan is not None else part
        return tuple(name for name in trace.parameters if name.startswith(f"{own}."))
    operation = next((each for each in scan.cell.graph if each.out == record), None)
    if operation is None:
        return ()
    names = (*operation.parameters, *([operation.bias] if operation.bias else []))
    named = trace.named_parameters(trace.parameters)
    return tuple(f"{part}.{each}" for each in names if f"{part}.{each}" in named)
