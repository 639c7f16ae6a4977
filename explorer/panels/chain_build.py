"""From a session to the chain's pictures: which rows, links, cuts and labels there are."""

from __future__ import annotations

import numpy as np

from core.chain import INPUT, OUTPUT, ChainRow, rows, shown_outputs, value_limit
from core.diagnostics import norms
from core.equations import Style
from core.links import link_norms
from explorer.items.chain_scene import ChainScene, LinkPicture, RowPicture
from explorer.items.decades import HIGH, upper
from explorer.session import Session


def build_scene(session: Session) -> ChainScene:
    """The scene of the session's trace, sample and view."""
    trace, view = session.trace, session.view
    declared = rows(trace)
    limit = value_limit(trace, view.sample)
    high = _upper_decade(session, declared)
    pictures = tuple(_row(session, row, limit, high) for row in declared)
    names = {row.name: k for k, row in enumerate(declared)}
    truncate = trace.experiment.truncate if view.gradient == "used" else None
    cuts = range(trace.steps + 1 - truncate, 1, -truncate) if truncate is not None else ()
    return ChainScene(
        steps=trace.steps,
        rows=pictures,
        links=_links(session, names, high),
        high=high,
        cuts=tuple(reversed(cuts)),
        labels=trace.data.labels,
        broken=trace.broken,
        beyond=any(_beyond(row) for row in pictures),
        names=names,
    )


def _row(session: Session, row: ChainRow, limit: float, high: float) -> RowPicture:
    trace, sample = session.trace, session.view.sample
    values = np.stack([trace.values[signal][:, sample] for signal in row.signals], axis=1)
    shown = None
    if row.name != INPUT:
        shown = np.stack([session.gradients[signal][:, sample] for signal in row.signals], axis=1)
    present = shown_outputs(trace) if row.name == OUTPUT else np.ones(trace.steps, dtype=bool)
    scale = 1.0
    if session.view.normalise and shown is not None:
        finite = np.abs(shown[np.isfinite(shown)])
        scale = float(finite.max(initial=0.0)) or 1.0
    return RowPicture(
        name=row.name,
        tex=row.tex,
        text=Style(tex=False).symbol(None, row.name),
        lines=tuple(name for _, name in row.signals),
        kinds=row.kinds,
        values=values,
        gradients=shown,
        present=present,
        limit=limit,
        theme=session.theme,
        value_underflow=trace.underflow.get(row.part),
        gradient_underflow=trace.underflow.get("d" + row.part),
        scale=scale,
        high=HIGH if session.view.normalise else high,
    )


def _upper_decade(session: Session, declared: tuple[ChainRow, ...]) -> float:
    """The upper decade for all gradients on show."""
    largest = 0.0
    for row in declared:
        for signal in row.signals if row.name != INPUT else ():
            array = np.abs(session.gradients[signal][:, session.view.sample])
            largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    return upper(largest)


def _beyond(row: RowPicture) -> bool:
    shown = [line for line, kind in enumerate(row.kinds) if kind == "value"]
    with np.errstate(invalid="ignore"):
        return bool((np.abs(row.values[row.present][:, shown]) > row.limit).any())


def _links(session: Session, names: dict[str, int], high: float) -> tuple[LinkPicture, ...]:
    """The cell's own links, and the one from the state to the output."""
    trace, used = session.trace, session.view.gradient == "used"
    found = [
        LinkPicture(names[link.source], names[link.target], link.recurrent, size, high)
        for link, size in link_norms(trace, trace.scan, used).items()
    ]
    weights = trace.parameters["out.V"]
    with np.errstate(all="ignore"):
        size = norms(session.gradients["out", "z"] @ weights.T)
    found.append(LinkPicture(names["s"], names[OUTPUT], False, size, high))
    return tuple(found)
