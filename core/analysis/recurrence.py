"""The matrices by which a step reads what an earlier one made, as the parts declare them."""

from __future__ import annotations

from core.cells.base import Factor
from core.cells.factors import declared_factor
from core.memo import memoised
from core.network.declared import PREVIOUS, Declared
from core.trace import Trace


@memoised
def recurrent_matrices(trace: Trace) -> tuple[str, ...]:
    """The recurrent matrices of every part by the textbooks' names, "L1.W" or "L1.W_f", in the order of computation:
    those that what is carried, or an output fed back, is multiplied by, as it is or gated before (a GRU's r ⊙ s)."""
    named = trace.named_parameters(trace.parameters)
    found = []
    for declared in trace.network.declared:
        read = previous(declared)
        for name, array in named.items():
            factor = _factor(trace, declared, name)
            if factor is not None and not factor.elementwise and factor.left in read and array.ndim == 2:
                found.append(name)
    return tuple(found)


def previous(declared: Declared) -> frozenset[str]:
    """The inputs of a declared step that an earlier one made, and what is made of them by a gate alone."""
    carried = {f"{name}{PREVIOUS}" for name in declared.recurrent_states}
    carried |= {name for name in declared.gathered if name.endswith(PREVIOUS)}
    gated = {each.out for each in declared.graph if each.kind == "multiply" and carried.intersection(each.inputs)}
    return frozenset(carried | (gated - set(declared.recurrent_states)))


def _factor(trace: Trace, declared: Declared, name: str) -> Factor | None:
    """The product in which a parameter takes part in a part's step; None where it is another's."""
    part, _, own = name.partition(".")
    if part != declared.name:
        return None
    scan = trace.scan_named(part)
    if scan is None:
        return next((each for each in declared.factors if each.parameter == own), None)
    try:
        return declared_factor(scan.cell, own)
    except KeyError:
        return None
