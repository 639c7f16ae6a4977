"""From a place to its page, at once: of a node, an edge, a loss, a parameter."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.nodes import Node, node_at
from core.arithmetic.text import edge_text, node_text
from core.chain.rows import OUTPUT_ROW, limit_of, row_named, value_limit
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector.contribution_page import jacobian_page
from explorer.panels.inspector.node_page import Progress, tr
from explorer.panels.inspector.page import Page
from explorer.panels.inspector.parameter_page import (
    LOSSES,
    entry_of,
    loss_page,
    parameter_chips,
    parameter_page,
    session_loss,
)
from explorer.panels.inspector.saturation_lines import saturation_entries
from explorer.panels.sentences import row_symbol, whole_loss
from explorer.session.session import Selection, Session
from explorer.words import clauses, in_language

MOST_NODES = 16  # kept at a time: the main inspector's and those of the pinned ones


class Pages:
    """Makes pages of a session. Nodes are kept as long as the trace and the way of looking are the same, so that
    several inspectors at one step cost one."""

    def __init__(self) -> None:
        self._key: tuple = ()
        self._nodes: dict[tuple[str, int], Node] = {}
        self._limit = 1.0

    def _follow(self, session: Session) -> None:
        trace, view = session.trace, session.view
        key = trace, view.sample, view.gradient, session.notation
        if key != self._key:
            self._key = key
            self._nodes = {}
            self._limit = value_limit(trace, view.sample)

    def node(self, session: Session, place: Selection) -> Node:
        """A place's node, with the sample and the gradients that the view asks for; the row's first where it has none
        at that column. Rows of one cell's step share a node."""
        self._follow(session)
        trace, view = session.trace, session.view
        row = row_named(trace, place.row)
        column = place.t if row.piece(place.t) is not None else row.pieces[0].offset + 1
        key = (row.piece(column) or row.pieces[0]).signals[0][0], column
        if key not in self._nodes:
            if len(self._nodes) >= MOST_NODES:
                self._nodes.clear()
            found = node_at(trace, row.name, column, view.sample, view.gradient != "exact", session.notation)
            assert found is not None
            self._nodes[key] = found
        return self._nodes[key]

    @property
    def limit(self) -> float:
        """The scale that all values share."""
        return self._limit

    def page(self, session: Session, place: Selection, wanted: str, there: Progress, unit: int) -> Page:
        """What there is to show of a place; `wanted`: the record, where the node has it. Its gradients are those that
        the update uses, of the whole loss: it says so where the chain shows those of one term."""
        found = self._page(session, place, wanted, there, unit)
        said = whole_loss(session.notation, session.view.share_at) if found.gradients else ""
        if not said:
            return found
        text = found.text
        return replace(found, whose=said, sentence=f"{found.sentence} {said}.", text=lambda: f"{text()}\n\n{said}")

    def _page(self, session: Session, place: Selection, wanted: str, there: Progress, unit: int) -> Page:
        self._follow(session)
        if place.parameter and entry_of(session.trace, place) is not None:
            return parameter_page(session, place, self._limit)
        if place.row == OUTPUT_ROW and wanted in LOSSES:
            return loss_page(session, place, wanted)
        node, row = self.node(session, place), row_named(session.trace, place.row)
        if place.reaches is not None and row.row:
            found = jacobian_page(session, node, place, unit)
            if found is not None:
                return found
        edge = node.edge(place.source, place.row, place.recurrent, unit) if place.source else None
        if edge is not None:
            return self._of_edge(session, node, place, there, unit)
        record = wanted if wanted in node.quantities(place.row) else row.signals[0][1]
        return self._of_node(session, node, place, record, there, unit)

    def _of_node(
        self, session: Session, node: Node, place: Selection, record: str, there: Progress, unit: int
    ) -> Page:  # fmt: skip
        unit, trace, view = min(unit, len(node.value(record)) - 1), session.trace, session.view
        equations = node.equations(record)
        tex = " ".join(each.tex for each in equations)
        entries = content.entries_of(node.forward(record, unit), there.forward, False, tex)
        back = node.backward(record, unit)
        if back is not None:
            entries += content.entries_of(back, there.backward, True, tex)
        entries += saturation_entries(node, record, unit, there)
        together, title = node.together(record), in_language(node.title(record))
        losses = ((LOSSES[0], session_loss(session)), (LOSSES[1], "L")) if OUTPUT_ROW in together else ()
        return Page(
            symbol=node.symbol(record),
            title=tr("{quantity} at t = {t}").format(quantity=title, t=node.t),
            shorter=(
                title,
                title if title != node.title(record) else title.partition(" of ")[0],
            ),  # the symbol says the rest
            notes=content.shapes_and_notes(node, record),
            chips=(*content.chip_groups(node), *filter(None, (losses, parameter_chips(session, node.part, together)))),
            record=record,
            own=dict(node.rows)[place.row],
            equations=equations,
            columns=content.columns_of(session, node, record, there),
            entries=tuple(entries),
            unit=unit,
            limit=limit_of(trace, place.row, view.sample),
            sentence=content.sentence(node, record, there),
            part=node.part,
            text=lambda: node_text(node, record, unit, there.forward, there.backward, in_language),
            warm=node.every_equation,
            underflow=bool(node.underflow(False)[node.t - 1]),
        )

    def _of_edge(self, session: Session, node: Node, place: Selection, there: Progress, unit: int) -> Page:
        found = node.edge(place.source, place.row, place.recurrent, unit) or ()
        unit = min(unit, max((len(each.vector) for each in found), default=1) - 1)
        before = node.t - node.way * int(place.recurrent)
        ends = ((place.source, before), (place.row, node.t))
        symbol = " → ".join(row_symbol(session.trace, session.notation, *each) for each in ends)
        entries = content.edge_entries(found, unit, there.backward) or content.no_edge()
        spoken = clauses(" ".join(filter(None, (e.label, e.numbers, e.value))) for e in entries)
        return Page(
            symbol=symbol,
            title=tr("the gradient that flows back along this edge"),
            shorter=(tr("the gradient along this edge"), tr("gradient along it"), tr("gradient")),
            notes=content.notes_of(node, node.rows[-1][1][0]),
            chips=content.chip_groups(node),
            record="",
            own=(),
            equations=content.edge_equations(found),
            columns=content.edge_columns(found, there.backward),
            entries=tuple(entries),
            unit=unit,
            limit=1.0,
            sentence=f"{symbol}. {spoken}",
            part=node.part,
            text=lambda: edge_text(node, symbol, found, unit, there.backward, in_language),
            warm=node.every_equation,
        )
