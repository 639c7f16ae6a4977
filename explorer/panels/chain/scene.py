"""From a session to the chain's pictures: which rows, links, cuts and labels there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from core.analysis.contributions import cuts_of
from core.chain.edges import ChainLink, arc_norms, attended, chain_links
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, ChainRow, read_again, row_of_signal, rows, shown_outputs
from core.network.attention import WEIGHTS
from core.network.parts import X
from core.network.scan import Scan
from core.network.schedule import END
from core.timeline.timeline import LOSS
from core.trace import Trace
from explorer.items.chain.scene import NEVER, ArcPicture, ChainScene, LinkPicture, RowPicture
from explorer.panels.chain.difference import Difference, before_edit, difference_of, gradients_of
from explorer.panels.chain.image import image_of
from explorer.panels.chain.scale import Scale, scale_of
from explorer.panels.chain.tiles import factors, tiles
from explorer.panels.chain.tokens import tokens_of
from explorer.session.session import Session
from explorer.style.decades import HIGH

MOST_ARCS = 64 * 64  # beyond, a step is a few px wide, and the weights are a picture of their own


def build_scene(session: Session, scale: Scale | None = None) -> ChainScene:
    """The scene of the session's trace, sample and view. `scale`: of its colours; by default the run's own."""
    trace, view = session.trace, session.view
    alone = session.share if view.share_at is not None else None
    declared, edges = rows(trace, session.notation), chain_links(trace, view.gradient == "used", alone)
    scale = scale or scale_of(session)
    limits, high = {row.name: scale.limit(row.name) for row in declared}, scale.high
    difference = difference_of(session)
    if difference is not None:
        limits = difference.limits(declared, view.sample, trace.steps)
    again = read_again(trace)
    outputs = shown_outputs(trace) | again
    readers = [row for row in declared if any((e.source, e.target) == (INPUT_ROW, row.name) for e in edges)]
    ghost = before_edit(session)
    pictures = tuple(
        _row(session, row, limits[row.name], scale, outputs, readers, outputs & ~again, difference, ghost)
        for row in declared
    )
    names = {row.name: k for k, row in enumerate(declared)}
    cuts, back_cuts = _cuts(session) if view.gradient == "used" else ((), ())
    return ChainScene(
        steps=trace.steps,
        rows=pictures,
        links=_links(session, edges, names, high),
        high=high,
        cuts=cuts,
        back_cuts=back_cuts,
        written=trace.schedule.before_output,
        labels=trace.data.labels,
        arcs=_arcs(session, names, high),
        broken=trace.broken,
        beyond=any(_beyond(row) for row in pictures),
        names=names,
        loss_beat=session.timeline.index(LOSS),
        compared="" if difference is None else difference.label,
        image=image_of(session, scale.inputs),
        frozen=tuple(
            dict.fromkeys(
                f"{name} ≡ {held}"
                for row in pictures
                for name, held in zip(row.lines, row.held, strict=bool(row.held))
                if held
            )
        ),
    )


def _row(
    session: Session,
    row: ChainRow,
    limit: float,
    colours: Scale,
    outputs: np.ndarray,
    readers: list[ChainRow],
    early: np.ndarray,
    difference: Difference | None,
    ghost: Trace | None,
) -> RowPicture:
    """`early` (columns,) bool: the outputs whose gradient the loss alone makes. `difference`: what is shown instead of
    the run's own numbers; `ghost`: the run before an edit, which stays beside them."""
    trace, sample = session.trace, session.view.sample
    own = {**trace.values, X: trace.data.x} if row.name == INPUT_ROW else trace.values
    values = row.numbers(own if difference is None else difference.signals(row), sample, trace.steps)
    shown = None
    if row.name != INPUT_ROW:
        gradients = session.share if difference is None else difference.gradients
        shown = row.numbers(gradients, sample, trace.steps, gradients=True)
    present = _own_steps(session, outputs if row.name == OUTPUT_ROW else row.present(trace.steps))
    lane = trace.schedule.lanes.get(row.name)
    if lane is not None and lane.way == END:
        present &= outputs  # what it joins elsewhere is read by nothing
    if row.name == OUTPUT_ROW and trace.data.counted is not None and not trace.experiment.output_feedback:
        present[trace.schedule.before_output :] &= trace.data.counted[:, sample]
    read = row.name == INPUT_ROW and readers and difference is None
    tokens = tokens_of(session, colours.high, ghost) if read else None
    scale = 1.0
    if session.view.normalise and shown is not None:
        finite = np.abs(shown[np.isfinite(shown)])
        largest = float(finite.max(initial=0.0)) if difference is not None else colours.largest[row.name]
        scale = largest or 1.0
    picture = RowPicture(
        name=row.name,
        tex=row.tex,
        text=row.text,
        lines=row.lines,
        kinds=row.kinds if difference is None else ("value",) * len(row.kinds),
        values=values,
        gradients=shown,
        present=present,
        limit=limit,
        theme=session.theme,
        value_underflow=_underflow(session, row, "") if difference is None else None,
        gradient_underflow=_underflow(session, row, "d") if difference is None else None,
        forward=_read(session, readers) if row.name == INPUT_ROW and readers else _done(session, row),
        backward=_sent(session, readers)
        if tokens is not None
        else _back(session, row, early if row.name == OUTPUT_ROW else None),
        tokens=tokens,
        scale=scale,
        compared=difference is not None,
        high=HIGH if session.view.normalise else colours.high,
        held=_held(session, row),
        **_place(session, row),
    )
    if ghost is None or tokens is not None:
        return picture
    then = row.numbers({**ghost.values, X: ghost.data.x}, sample, trace.steps)
    sent = None if shown is None else row.numbers(gradients_of(session, ghost), sample, trace.steps, gradients=True)
    before = replace(picture, values=then, gradients=sent, value_underflow=None, gradient_underflow=None)
    return replace(picture, before=before)


def _held(session: Session, row: ChainRow) -> tuple[str, ...]:
    """By line, the value at which its gate is frozen, as the book writes it; "" for what is computed."""
    scan = session.trace.scan_named(row.part)
    if scan is None or not scan.cell.frozen:
        return ()
    values = [scan.cell.frozen.get(name) for _, name in row.signals]
    turned = row.complemented or (False,) * len(values)
    return tuple(
        "" if value is None else f"{1.0 - value if other else value:.4g}"
        for value, other in zip(values, turned, strict=True)
    )


def _place(session: Session, row: ChainRow) -> dict[str, Any]:
    """Where a row stands among the others: with which, in which layer, and when it gives way."""
    trace = session.trace
    scan, part = trace.scan_named(row.part), trace.network.part(row.name)
    if part is not None and part.layer:
        return {"storey": part.layer}
    if part is not None and part.once(part.reads(trace.network.widths)):
        return {"shift": 0.5}
    if row.name == "attention":
        return {"secondary": 2}
    if scan is None or not row.row:
        return {}
    states = {*scan.cell.recurrent_states, "s"}
    level = 1 if row.row not in states else 2 if row.row != "s" else 0
    found: dict[str, Any] = {"resting": _resting(session, row, scan)} if row.row in scan.cell.recurrent_states else {}
    return found | {"lane": scan.name, "storey": scan.name[1:].rstrip("r"), "secondary": level, "back": scan.reverse}


def _resting(session: Session, row: ChainRow, scan: Scan) -> np.ndarray | None:
    """(columns, n) bool: the units whose clock is 0, so that what is carried is that of the step before."""
    clock = next((each.out for each in scan.cell.graph if each.kind == "clock"), None)
    if clock is None:
        return None
    found = np.zeros((session.trace.steps, scan.hidden), dtype=bool)
    for piece in row.pieces:
        ticks = session.trace.values[piece.part, clock][:, session.view.sample]
        found[piece.offset : piece.offset + piece.steps] = ticks == 0.0
    return found


def _done(session: Session, row: ChainRow) -> np.ndarray:
    """(columns,) the beat at which each node of a row has its value; NEVER where there is none."""
    beats = np.sum([session.trace.schedule.forward(piece.part) for piece in row.pieces], axis=0)
    return np.where(beats > 0, beats, NEVER)


def _back(session: Session, row: ChainRow, early: np.ndarray | None) -> np.ndarray:
    """(columns,) the beat at which each node's gradient is complete: that of the loss where `early`."""
    schedule = session.trace.schedule
    beats = np.sum([schedule.backward(piece.part) for piece in row.pieces], axis=0)
    found = np.where(beats > 0, schedule.beats + 1 + beats, NEVER)
    return found if early is None else np.where(early, schedule.beats + 1, found)


def _read(session: Session, readers: list[ChainRow]) -> np.ndarray:
    """(columns,) the beat at which the input of each column is first read."""
    return np.min([_done(session, row) for row in readers], axis=0)


def _sent(session: Session, readers: list[ChainRow]) -> np.ndarray:
    """(columns,) the beat at which all that read the input of a column have sent back; NEVER where one does not."""
    return np.max([_back(session, row, None) for row in readers], axis=0)


def _beyond(row: RowPicture) -> bool:
    shown = [line for line, kind in enumerate(row.kinds) if kind == "value"]
    with np.errstate(invalid="ignore"):
        return bool((np.abs(row.values[row.present][:, shown]) > row.limit).any())


def _links(
    session: Session, edges: tuple[ChainLink, ...], names: dict[str, int], high: float
) -> tuple[LinkPicture, ...]:
    """Every edge of the chain."""
    on_edges, by_factor = tiles(session), factors(session)
    return tuple(
        LinkPicture(
            names[edge.source],
            names[edge.target],
            edge.recurrent,
            edge.norms,
            session.theme,
            high,
            edge.there,
            edge.lag,
            edge.begins,
            edge.ends,
            (edge.source, edge.target),
            on_edges.get((edge.source, edge.target), ()) if edge.recurrent else (),
            by_factor.get((edge.source, edge.target)) if edge.recurrent or not edge.lag else None,
        )
        for edge in edges
        if not (edge.lag and not edge.recurrent) or names[edge.target] == names[edge.source] + 1
    )


def _arcs(session: Session, names: dict[str, int], high: float) -> ArcPicture | None:
    """Attention, where there is some, and not too much of it to be seen as arcs."""
    trace = session.trace
    weights = trace.values.get(WEIGHTS)
    if weights is None or weights.shape[0] * weights.shape[2] > MOST_ARCS:
        return None
    _, keys = attended(trace)
    source, written = names[row_of_signal(trace, keys[0].read.signal)], trace.schedule.offset("attention")
    sizes = arc_norms(trace, session.share)
    return ArcPicture(source, names["contexts"], weights[:, session.view.sample], sizes, written, session.theme, high)


def _own_steps(session: Session, present: np.ndarray) -> np.ndarray:
    """The columns with a node, without the steps that the sample on view does not have: its sequence is shorter."""
    data, sample = session.trace.data, session.view.sample
    if data.present is None:
        return present
    present = present.copy()
    present[: len(data.present)] &= data.present[:, sample]
    return present


def _underflow(session: Session, row: ChainRow, prefix: str) -> np.ndarray | None:
    """(columns,) bool: where a number of this row became 0 because it was too small; None for what no scan made."""
    trace = session.trace
    found = np.zeros(trace.steps, dtype=bool)
    for piece in row.pieces:
        mask = trace.underflow.get(prefix + piece.part)
        if mask is None:
            return None
        reverse = next(scan for scan in trace.scans if scan.name == piece.part).reverse
        found[piece.offset : piece.offset + piece.steps] = mask[::-1] if reverse else mask
    return found


def _cuts(session: Session) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The columns before which a chain is cut, and those after which a reverse chain is, for the sample on view: every
    `truncate` steps, counted from its last in the order of processing."""
    ahead: set[int] = set()
    back: set[int] = set()
    for scan in session.trace.scans:
        first, last = session.trace.schedule.lanes[scan.name][:2]
        begins = cuts_of(session.trace, scan)
        steps = np.flatnonzero(begins[:, min(session.view.sample, begins.shape[1] - 1)]).tolist()
        if scan.reverse:
            back.update(last - step for step in steps)
        else:
            ahead.update(first + step for step in steps)
    return tuple(sorted(ahead)), tuple(sorted(back))
