"""What the page of the phase diagram says."""

from __future__ import annotations

import math

from core.ensemble.grid import Cell, Grid
from core.ensemble.measures import measure_named
from explorer.style.numbers import MINUS, number, power
from explorer.words import in_language, translator

tr = translator("MapPanel")
STEPS = 10  # a colour says what so many steps leave of the gradient


def value_text(value: float) -> str:
    """A value of an option as short as it is: "0.2", "12", "1·10⁻⁶"."""
    if value and not 1e-3 <= abs(value) < 1e4:
        return power(value, 1)
    return f"{value:.3g}".replace("-", MINUS)


def factor_text(decades: float) -> str:
    """What STEPS steps make of the gradient, from its decay in decades a step: "÷ 97", "× 4"."""
    if math.isnan(decades):
        return tr("no number")
    if math.isinf(decades):
        return "0" if decades > 0 else "∞"
    factor = 10.0 ** min(abs(decades) * STEPS, 300.0)
    return f"{'÷' if decades > 0 else '×'} {number(factor)}"


def cell_sentence(grid: Grid, titles: tuple[str, str], cell: Cell) -> str:
    """A cell in words: its values, and how fast the gradient shrinks, or why it cannot be run."""
    across, up = (f"{title} = {value_text(value)}" for title, value in zip(titles, cell.values, strict=True))
    if cell.refusal:
        return f"{across}, {up}: {in_language(cell.refusal)}"
    decades = cell.of(measure_named("decades"))
    words = tr("{across}, {up}: {decades} decades a step, {factor} in {n} steps.")
    text = number(decades) if not math.isnan(decades) else tr("no number of")
    return words.format(across=across, up=up, decades=text, factor=factor_text(decades), n=STEPS)


def summary(grid: Grid, seeds: int) -> str:
    """The whole diagram in a sentence."""
    found = [cell.of(measure_named("decades")) for cell in grid.cells if not cell.refusal]
    known = [each for each in found if not math.isnan(each)]
    if not known:
        return tr("No cell of it has a gradient over more than one step.")
    grow = sum(each < -1e-9 for each in known)
    words = tr("In {grow} of {n} cells the gradient grows, in {shrink} it shrinks.")
    shrink = sum(each > 1e-9 for each in known)
    text = words.format(grow=grow, shrink=shrink, n=len(grid.cells))
    refused = sum(bool(cell.refusal) for cell in grid.cells)
    if refused:
        text += " " + tr("{n} cannot be run.").format(n=refused)
    return text if seeds == 1 else text + " " + tr("Each is the median of {n} seeds.").format(n=seeds)
