"""What the plane says: why there is none, its notes, and each step in words."""

from __future__ import annotations

import cmath
import math

from core.analysis.state_map import (
    MEMORY,
    NEUTRAL,
    NO_STATE,
    OUTPUTS,
    SADDLE,
    SAMPLES,
    STABLE,
    UNITS,
    UNSTABLE,
    Directions,
    FixedPoint,
    FixedPoints,
)
from core.maths.arrays import Array, scaled_norm
from core.network.scan import Scan
from explorer.items.plane.model import PLAIN, Note
from explorer.session.session import Session
from explorer.style.numbers import MINUS, number, power, spoken
from explorer.words import clauses, ended, translator

tr = translator("plane")
LISTED = 5  # fixed points with a line of their own


def why_none(session: Session) -> str:
    """Why there is no plane, and how to get one; "" where there is one."""
    if session.hunt.hidden_fields:
        return tr("Hidden while an error is: the arrows would give it away.")
    units = session.trace.scan.hidden
    if units == UNITS:
        return ""
    if units == 1:
        return tr("A plane has two axes, but this layer has one unit. Set Hidden H to 2.")
    return tr("A plane has two axes, but this layer has {n} units. Set Hidden H to 2.").format(n=units)


def no_field(reason: str, scan: Scan) -> str:
    """Why one step is no map of this plane."""
    return {
        MEMORY: tr("No field: a step reads s and {c}, so that one point of this plane has many successors."),
        NO_STATE: tr("No field: no state goes from a step to the next."),
        OUTPUTS: tr("No field: a step reads more than the state: an output of the step before, or attention."),
        SAMPLES: tr("No field: a step of one sample depends on the other samples of the batch."),
    }[reason].format(c=scan.cell.memory)


def place_text(place: tuple[float, float] | Array) -> str:
    """ "(0.99, −0.02)"."""
    first, second = (f"{each:z.2f}".replace("-", MINUS) for each in map(float, place))
    return f"({first}, {second})"


def kind_text(kind: str) -> str:
    """What a fixed point is."""
    return {
        STABLE: tr("stable"),
        SADDLE: tr("saddle"),
        UNSTABLE: tr("unstable"),
        NEUTRAL: tr("undecided"),
    }[kind]


def turn_text(value: complex) -> str:
    """ "turns by 40°", of a pair of complex numbers; "" for a real one."""
    degrees = abs(math.degrees(cmath.phase(value)))
    return tr("turns by {angle}°").format(angle=number(degrees, 3)) if value.imag else ""


def point_text(point: FixedPoint) -> str:
    """One fixed point: "stable at (0.99, 0.00), ρ = 0.50"."""
    words = tr("{kind} at {place}, ρ = {radius}")
    said = words.format(kind=kind_text(point.kind), place=place_text(point.place), radius=number(point.radius))
    turn = turn_text(complex(point.eigenvalues[0]))
    return f"{said}, {turn}" if turn else said


def point_notes(found: FixedPoints) -> list[Note]:
    """The fixed points, each with its sign; of many the first ones."""
    if not found.points:
        return [Note(PLAIN, tr("No fixed point in sight."))]
    if not found.isolated:
        words = tr("Fixed points fill a line or more (1 is an eigenvalue of the step there): {n} of them are drawn.")
        return [Note(NEUTRAL, words.format(n=len(found.points)))]
    notes = [Note(point.kind, point_text(point)) for point in found.points[:LISTED]]
    more = len(found.points) - LISTED
    return [*notes, Note(PLAIN, tr("+ {n} more fixed points").format(n=more))] if more > 0 else notes


def directions_text(found: Directions, name: str) -> str:
    """What W does to the plane: its real directions, or how far it turns."""
    first, second = (complex(each) for each in found.eigenvalues)
    if found.vectors is None:
        words = tr("{W} turns the plane by {angle}° and multiplies by {size}: λ = {size}·e^±i{angle}°")
        angle = number(abs(math.degrees(cmath.phase(first))), 3)
        return words.format(W=name, angle=angle, size=number(abs(first)))
    words = tr("directions that {W} keeps: λ = {a} and {b}")
    return words.format(W=name, a=number(first.real), b=number(second.real))


def norm_text(gradient: Array) -> str:
    """‖∂L/∂s_t‖ of one step."""
    return power(scaled_norm(gradient))


def step_sentence(name: str, values: Array, symbol: str, gradient: Array | None) -> str:
    """One step for a screen reader: "s₅: 0.12 -0.4; gradient …"; `gradient` None where it has not come yet."""
    said = tr("{name} = {numbers}").format(name=name, numbers=" ".join(spoken(float(each)) for each in values))
    if gradient is None:
        return ended(clauses((said, tr("no gradient yet"))))
    numbers = " ".join(spoken(float(each)) for each in gradient)
    words = tr("{symbol} = {numbers}, its norm {norm}")
    return ended(clauses((said, words.format(symbol=symbol, numbers=numbers, norm=spoken(scaled_norm(gradient))))))
