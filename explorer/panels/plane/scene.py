"""From the session to the plane: the path, its gradients, the field of one step and its fixed points."""

from __future__ import annotations

import numpy as np

from core.analysis.state_map import StateMap, directions, fixed_points, no_state_map, state_map
from core.chain.rows import style_of
from core.maths.arrays import Array, norms
from core.memo import remember
from core.network.scan import Scan
from explorer.items.plane.model import ARROWS, FIELD, LINES, PATH, PLAIN, Dot, Field, Note, Plane, Ray, spread
from explorer.items.plots.axes.log import decade_text
from explorer.panels.plane import words
from explorer.session.session import Session
from explorer.style.decades import LOW, upper
from explorer.style.numbers import number

MARGIN = 1.25  # the square, in the largest |s| in sight
GRID = 13  # arrows of the field along each side
_LARGEST = 1e150  # beyond it a state is not drawn: its square is no number
_SMALLEST = 1e-9  # half a square's side at least
_GAP = 0.85  # of the distance of two arrows: the longest of them


def quantities(scan: Scan) -> tuple[str, ...]:
    """What can be looked at in the plane: the memory and, where that is another, the state."""
    return tuple(dict.fromkeys((scan.cell.memory, "s")))


def quantity(session: Session) -> str:
    """What is looked at."""
    names = quantities(session.trace.scan)
    return names[-1] if session.view.plane_of == "state" else names[0]


def symbol(session: Session, t: int, name: str, gradient: bool = False) -> str:
    """ "s₅", or "∂L/∂s₅"; t = 0 is what the first step begins with."""
    scan = session.trace.scan
    style = style_of(session.trace, scan, False, max(t, 1), session.notation)
    offset = 0 if t else -1
    share = session.view.share_at
    if gradient and share is not None:
        loss = style_of(session.trace, scan, False, share, session.notation).symbol(None, "ℓ")
        return f"∂{loss}/∂{symbol(session, t, name)}"
    return (style.gradient_of if gradient else style.symbol)(scan.cell, name, offset)


def letter(session: Session, name: str) -> str:
    """Its symbol without a step."""
    scan = session.trace.scan
    return style_of(session.trace, scan, False, None, session.notation).letter(scan.cell, name)


def plane_of(session: Session, t: int) -> Plane:
    """What the view asks for, with the field of step t (from 1) of the scan on view."""
    trace, sample, name = session.trace, session.view.sample, quantity(session)
    scan = trace.scan
    path, gradients = trace.values[scan.name, name][:, sample], session.share[scan.name, name][:, sample]
    start = trace.start[scan.name, name][sample] if (scan.name, name) in trace.start else np.full(2, np.nan)
    with np.errstate(invalid="ignore"):
        path = np.where(np.abs(path) <= _LARGEST, path, np.nan)
    middle, half = _window(np.vstack((start, path)), session.view.plane_near)
    mask = trace.underflow.get("d" + scan.name)
    high = upper(float(norms(gradients[:, None]).max(initial=0.0)))
    own = letter(session, name)
    notes = [
        Note(PATH, _path_text(session, name, len(path))),
        Note(ARROWS, _arrows_text(session, name, high)),
    ]
    rays = _rays(session, notes)
    field, dots = _field(session, t, name, middle, half, notes)
    return Plane(
        path, start, gradients,
        np.zeros(len(path), dtype=bool) if mask is None else np.asarray(mask),
        remember(
            trace, ("plane", scan.name, name, session.notation.name),
            lambda: tuple(symbol(session, k, name) for k in range(len(path) + 1)),
        ),
        (f"{own}[1]", f"{own}[2]"), middle, half, high, field, dots, rays, tuple(notes),
    )  # fmt: skip


def _window(path: Array, near: bool) -> tuple[tuple[float, float], float]:
    """The middle of the square and half its side: the whole plane around 0, or as far as the path reaches."""
    good = path[np.isfinite(path).all(axis=1)]
    if not near or not len(good):
        return (0.0, 0.0), MARGIN * max(1.0, float(np.abs(good).max(initial=0.0)))
    low, high = good.min(axis=0), good.max(axis=0)
    middle = (low + high) / 2
    return (float(middle[0]), float(middle[1])), max(0.6 * float((high - low).max()), _SMALLEST)


def _path_text(session: Session, name: str, steps: int) -> str:
    first, last = symbol(session, 0, name), symbol(session, steps, name)
    return words.tr("{first} … {last}, forward; the square is where it begins").format(first=first, last=last)


def _arrows_text(session: Session, name: str, high: float) -> str:
    gradient = symbol(session, len(session.trace.values[session.trace.scan.name, name]), name, gradient=True)
    said = words.tr("{g} and earlier: where L grows; length and colour by decades, {low} … {high}; a ring: exactly 0")
    return said.format(g=gradient, low=decade_text(int(LOW)), high=decade_text(int(high)))


def _rays(session: Session, notes: list[Note]) -> tuple[Ray, ...]:
    """The directions that W keeps, where there is one W; a note on them goes into `notes`."""
    trace = session.trace
    found = directions(trace, trace.scan)
    if found is None:
        return ()
    style = style_of(trace, trace.scan, False, None, session.notation)
    name = style.parameter(found.name.partition(".")[2])
    text = words.directions_text(found, name)
    if found.vectors is None:
        notes.append(Note(PLAIN, text))
        return ()
    notes.append(Note(LINES, text))
    pairs = zip(found.vectors.tolist(), np.real(found.eigenvalues), strict=True)
    return tuple(Ray((v[0], v[1]), f"λ = {number(float(value))}") for v, value in pairs)


def _field(
    session: Session, t: int, name: str, middle: tuple[float, float], half: float, notes: list[Note]
) -> tuple[Field | None, tuple[Dot, ...]]:
    """One step's arrows and the fixed points in the square; notes on them go into `notes`."""
    trace, scan, kind = session.trace, session.trace.scan, session.view.plane
    if kind == "none":
        return None, ()
    reason = no_state_map(trace, scan)
    if reason:
        notes.append(Note(PLAIN, words.no_field(reason, scan)))
        return None, ()
    f = state_map(trace, scan, t, session.view.sample, kind == "zero")
    field = _arrows(f, middle, half)
    if not len(field.places):
        notes.append(Note(PLAIN, words.tr("No field: the parameters are not finite.")))
        return None, ()
    found = fixed_points(trace, scan, t, session.view.sample, kind == "zero", half + max(map(abs, middle)))
    x = letter(session, "x")
    held = f"{x} = 0" if kind == "zero" else words.tr("{x} as at step {t}").format(x=x, t=t)
    said = words.tr("one step with {held}, drawn at {share} of its length")
    if field.share == 1.0:
        said = words.tr("one step with {held}, in its own length")
    notes.append(Note(FIELD, said.format(held=held, share=number(field.share, 2))))
    notes += words.point_notes(found)
    return field, tuple(Dot((float(p.place[0]), float(p.place[1])), p.kind) for p in found.points)


def _arrows(f: StateMap, middle: tuple[float, float], half: float) -> Field:
    gap = 2 * half / GRID
    side = (np.arange(GRID) + 0.5) * gap - half
    places = np.stack(np.meshgrid(side + middle[0], side + middle[1]), axis=-1).reshape(-1, 2)
    return spread(places, f(places) - places, _GAP * gap)
