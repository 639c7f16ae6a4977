"""What the pictures of an open cell share: the split of the gradient on its memory, made once for a view of a run, and
its activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.contributions import ACTIVATION_NAMES
from core.analysis.memory_split import KINDS, STATE, MemorySplit, memory_split, no_split, ways_through
from core.arithmetic.plan import plan_of
from core.chain.rows import style_of
from core.interior.diagram import FUNCTIONS
from core.maths.activations import activation_named
from core.maths.arrays import Array
from core.memo import remember
from core.network.scan import Scan
from explorer.items.plots.activation.frame import LEAST, MOST, Curve
from explorer.items.tables.formula_flow import Piece
from explorer.panels.memory.words import tone
from explorer.session.session import Session
from explorer.style.colours import share_colours

_FAR = 1e3  # a pre-activation at which what is bounded has reached its limit
_SAMPLES = 241  # of a curve; an odd number, so that h = 0 is one of them


def split_of(session: Session, scan: Scan) -> MemorySplit | None:
    """The split of what the view asks for; None where there is none."""
    trace, view = session.trace, session.view
    if no_split(trace):
        return None
    key = ("memory split", scan.name, view.sample, view.gradient, view.share_at)
    used = view.gradient == "used"
    return remember(trace, key, lambda: memory_split(trace, scan, view.sample, session.share, used))


@dataclass(frozen=True, eq=False)
class Activation:
    """One activation of the cell, of one sample: `out` = φ(`source`), (T, H) each, in the book's meaning."""

    out: str
    source: str
    kind: str  # the name of φ
    level: bool  # its values are levels 0…1
    place: int  # among the operations of the step
    h: Array
    value: Array
    slope: Array
    curve: Curve


def activations_of(session: Session, scan: Scan) -> tuple[Activation, ...]:
    """Every activation of the cell, in the order of computation."""
    trace, cell, notation = session.trace, scan.cell, session.notation
    gates = {record.name for record in cell.records if record.kind == "gate"}
    found = []
    for place, operation in enumerate(cell.graph):
        source = operation.inputs[0] if operation.inputs else ""
        if operation.kind in ACTIVATION_NAMES and (scan.name, source) in trace.values:
            h = notation.in_notation(cell, source, trace.values[scan.name, source][:, session.view.sample])
            phi = activation_named(operation.kind)
            with np.errstate(all="ignore"):
                value = phi.f(h)
                slope = phi.slope(h, value)
            curve = _curve(operation.kind, h)
            found.append(Activation(operation.out, source, operation.kind, operation.out in gates, place, h, value,
                                    slope, curve))  # fmt: skip
    return tuple(found)


def _curve(kind: str, h: NDArray) -> Curve:
    """φ and φ′ as far as this run's pre-activations reach."""
    largest = float(np.abs(h).max(initial=0.0, where=np.isfinite(h)))
    reach = min(max(float(np.ceil(largest / 2) * 2), LEAST), MOST)
    phi = activation_named(kind)
    at = np.linspace(-reach, reach, _SAMPLES)
    value = phi.f(at)
    slope = phi.slope(at, value)
    ends = phi.f(np.array([-_FAR, _FAR]))
    edges = np.concatenate((value if np.abs(ends).max() == _FAR else ends, slope, [0.0]))  # bounded: its limits
    name = FUNCTIONS.get(kind, kind).replace("=", "φ")
    return Curve(at, value, slope, float(slope.max()), float(edges.min()), float(edges.max()), name, f"{name}′")


@dataclass(frozen=True, eq=False)
class Compared:
    """Another activation at the pre-activations of one that the cell has: its curve over the same h, and its value and
    slope, (T, H) each."""

    curve: Curve
    value: Array
    slope: Array


def compared(activation: Activation, kind: str) -> Compared | None:
    """What another activation would make of the same h; None where it is the same one."""
    if kind == activation.kind:
        return None
    phi = activation_named(kind)
    with np.errstate(all="ignore"):
        value = phi.f(activation.h)
        return Compared(_curve(kind, activation.h), value, phi.slope(activation.h, value))


def equation_of(session: Session, scan: Scan) -> tuple[tuple[Piece, ...], str]:
    """∂L/∂m_t as its addends, each with the colours of its kinds; and the same as plain text."""
    notation, cell, memory = session.notation, scan.cell, scan.cell.memory
    plan = plan_of(session.trace, scan.name, notation)
    tex = style_of(session.trace, scan, True, None, notation)
    plain = style_of(session.trace, scan, False, None, notation)
    colours = share_colours(session.theme)
    pieces = [Piece(f"{tex.gradient_of(cell, memory)} =")]
    texts = []
    for reader in plan.readers(memory):
        kinds = {STATE} if reader.operation is None else ways_through(cell, reader.operation)
        shown = tuple(colours[tone(kind)] for kind in KINDS if kind in kinds)
        pieces.append(Piece(reader.tex if len(pieces) == 1 else f"{{}} + {reader.tex}", shown))
        texts.append(reader.label)
    if memory == "s":
        others = dict.fromkeys(each.tex for each in plan.outside["s"])
        pieces += [Piece(f"{{}} + {each}" if len(pieces) > 1 else each, (colours[tone(STATE)],)) for each in others]
    return tuple(pieces), f"{plain.gradient_of(cell, memory)} = {' + '.join(texts)}"
