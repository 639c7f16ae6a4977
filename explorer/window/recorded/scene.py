"""From a recorded run to what its picture draws, and its numbers in words."""

from __future__ import annotations

import numpy as np

from core.maths.arrays import Array, norms
from core.own.step_names import GATE
from core.own.without_weights import RecordedLayer, RecordedQuantity, RecordedRun, decay
from explorer.items.plots.axes.log import decade_text
from explorer.items.recorded.layout import Layer, NormCurve, Place, Strip
from explorer.style.numbers import MINUS, number, spoken
from explorer.words import clauses, translator

DECADES = 4  # below the largest gradient of the file, which have ink
FOLLOWED = ("state", "cell state")  # whose norms are drawn: what one step hands on to the next
Titles = tuple[tuple[str, str, str], ...]

_tr = translator("recorded")


def decades_of(run: RecordedRun) -> tuple[float, float]:
    """From paper to full ink: the largest gradient of the file, and so many decades below it."""
    largest = max((quantity.largest_gradient for quantity in run.quantities), default=0.0)
    high = float(np.ceil(np.log10(largest))) if largest > 0.0 else 0.0
    return high - DECADES, high


def titles_of(run: RecordedRun) -> Titles:
    """Of the values and, where there are any, of the gradients, each with the ends of its colours."""
    low, high = decades_of(run)
    values = (_tr("Values"), f"{MINUS}max", "+max")
    if not run.backward:
        return (values,)
    return values, (_tr("∂L/∂ each"), f"≤ {decade_text(int(low))}", f"≥ {decade_text(int(high))}")


def layers_of(run: RecordedRun, sample: int) -> tuple[Layer, ...]:
    """All layers, with the strips of one sample and the norms of all."""
    counted = len([layer for layer in run.layers if layer.name])
    return tuple(
        Layer(
            _heading(layer, counted),
            tuple(_strip(quantity, sample) for quantity in layer.quantities),
            tuple(_curves(layer)),
        )
        for layer in run.layers
    )


def _heading(layer: RecordedLayer, counted: int) -> tuple[str, str]:
    if not layer.name and not counted:
        return "", ""
    return layer.name or _tr("input of the first layer"), _tr("backward in time") if layer.reverse else ""


def _strip(quantity: RecordedQuantity, sample: int) -> Strip:
    level = quantity.kind == GATE
    limit = quantity.largest or 1.0
    scale = _tr("0 … 1") if level else f"±{number(limit, 3)}"
    if quantity.values is not None and not quantity.largest:  # there is nothing to scale by
        scale = _tr("all 0") if np.isfinite(quantity.values).all() else _tr("not finite or 0")
    units = _tr("1 unit") if quantity.units == 1 else _tr("{n} units").format(n=quantity.units)
    sizes = units if quantity.values is None else f"{units}, {scale}"
    notes = (quantity.title, sizes) if quantity.title != quantity.letter and quantity.title else (sizes,)
    values, gradient = (None if each is None else each[:, sample] for each in (quantity.values, quantity.gradient))
    return Strip(quantity.letter, notes, "level" if level else "value", limit, values, gradient)


def _curves(layer: RecordedLayer) -> list[NormCurve]:
    found = []
    for quantity in layer.quantities:
        fell = decay(layer, quantity) if quantity.title in FOLLOWED else None
        if fell is None or quantity.gradient is None:
            continue
        ends = _tr("{first} at t = {begins}, {last} at t = {ends}.")
        falls = _tr("{first} at t = {begins}, {last} at t = {ends}: × {factor} a step back on average.")
        said = (ends if fell.factor is None else falls).format(
            first=number(fell.first, 3), begins=fell.begins, last=number(fell.last, 3), ends=fell.ends,
            factor="" if fell.factor is None else number(fell.factor, 3),
        )  # fmt: skip
        with np.errstate(divide="ignore"):
            logs = np.log10(norms(quantity.gradient))
        samples = quantity.gradient.shape[1]
        name = f"‖∂L/∂{quantity.letter}‖"
        if samples > 1:
            name = _tr("{norm}, over all {n} samples").format(norm=name, n=samples)
        found.append(NormCurve(name, logs, said))
    return found


def words_of(run: RecordedRun, place: Place, sample: int, aloud: bool = False) -> str:
    """One number, with its gradient: «lstm: c, cell state, t = 5, unit 3, sample 1: 0.418; ∂L/∂c = −1.2·10⁻³»."""
    layer = run.layers[place.layer]
    quantity = layer.quantities[place.strip]
    digits = spoken if aloud else lambda value: number(value, 4)
    named = ", ".join(filter(None, (quantity.letter, quantity.title if quantity.title != quantity.letter else "")))
    several = run.shape[1] > 1
    where = _tr("t = {t}, unit {unit}, sample {sample}") if several else _tr("t = {t}, unit {unit}")
    at = where.format(t=place.step + 1, unit=place.unit + 1, sample=sample + 1)
    index = place.step, sample, place.unit
    numbers = [
        _tr("no value recorded") if quantity.values is None else digits(_at(quantity.values, index)),
        _tr("no gradient recorded")
        if quantity.gradient is None
        else f"∂L/∂{quantity.letter} = {digits(_at(quantity.gradient, index))}",
    ]
    head = f"{layer.name}: {named}" if layer.name else named
    return f"{head}, {at}: {clauses(numbers if run.backward else numbers[:1])}"


def _at(array: Array, index: tuple[int, int, int]) -> float:
    return float(array[index])
