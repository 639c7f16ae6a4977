"""The declared factors of a parameter's gradient, found by the names that a person sees."""

from __future__ import annotations

from core.cells.base import Cell, Factor


def declared_factor(cell: Cell, parameter: str) -> Factor:
    """The declared factor of a parameter, named "W", "U_f" …; a block's name finds its stack. Raises KeyError."""
    for factor in cell.factors:
        if factor.parameter == parameter:
            return factor
    stem, _, block = parameter.partition("_")
    for factor in cell.factors:
        if factor.parameter == stem and block in cell.blocks:
            return Factor(parameter, factor.left, f"{factor.right}_{block}", factor.elementwise)
    raise KeyError(parameter)
