"""From a place to its page, at once: of a cell's node, an edge, a node that no cell makes, a loss, a parameter."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.cell_node import Step
from core.arithmetic.nodes import member_of
from core.arithmetic.part_nodes import Member
from core.arithmetic.plan import plan_of
from core.arithmetic.text import edge_text, node_text, sum_lines, table_lines
from core.chain.rows import OUTPUT, records_of, row_named, value_limit
from core.maths.arrays import norms
from core.notation.equations import Style
from explorer.items.tables.numbers import TableColumn
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.contribution_page import jacobian_page
from explorer.panels.inspector.equations_view import Equation
from explorer.panels.inspector.node_page import Progress, tr
from explorer.panels.inspector.page import Chips, Page
from explorer.panels.inspector.parameter_page import (
    LOSSES,
    entry_of,
    loss_page,
    parameter_chips,
    parameter_page,
    session_loss,
)
from explorer.session.session import Selection, Session

MOST_STEPS = 16  # kept at a time: the main inspector's and those of the pinned ones


class Pages:
    """Makes pages of a session. Steps are kept as long as the trace and the way of looking are the same, so that
    several inspectors at one step cost one."""

    def __init__(self) -> None:
        self._key: tuple = ()
        self._steps: dict[tuple[str, int], Step] = {}
        self._members: dict[tuple[str, int], Member | None] = {}
        self._limit = 1.0

    def _follow(self, session: Session) -> None:
        trace, view = session.trace, session.view
        key = trace, view.sample, view.gradient, session.notation
        if key != self._key:
            self._key = key
            self._steps, self._members = {}, {}
            self._limit = value_limit(trace, view.sample)

    def step(self, session: Session, place: Selection) -> Step:
        """The step that a place's node belongs to, with the sample and the gradients that the view asks for."""
        self._follow(session)
        key = part, t = content.part_of(session.trace, place)
        if key not in self._steps:
            if len(self._steps) >= MOST_STEPS:
                self._steps.clear()
            used = session.view.gradient != "exact"
            self._steps[key] = Step(
                session.trace, t, session.view.sample, used, plan_of(session.trace, part, session.notation)
            )
        return self._steps[key]

    def member(self, session: Session, place: Selection) -> Member | None:
        """A place's node where no cell makes it; None for a cell's, and for an input."""
        self._follow(session)
        if not content.plain(session.trace, place):
            return None
        key = part, t = content.part_of(session.trace, place)
        if key not in self._members:
            if len(self._members) >= MOST_STEPS:
                self._members.clear()
            view = session.view
            self._members[key] = member_of(session.trace, part, t, view.sample, view.gradient != "exact",
                                           session.notation)  # fmt: skip
        return self._members[key]

    @property
    def limit(self) -> float:
        """The scale that all values share."""
        return self._limit

    def records(self, session: Session, place: Selection) -> tuple[str, ...]:
        """The quantities that a place's node stands for."""
        member = self.member(session, place)
        return member.names if member is not None else records_of(session.trace, place.row)

    def page(self, session: Session, place: Selection, wanted: str, there: Progress, unit: int) -> Page:
        """What there is to show of a place; `wanted`: the record, where the node has it."""
        self._follow(session)
        if place.parameter and entry_of(session.trace, place) is not None:
            return parameter_page(session, place, self._limit)
        if place.row == OUTPUT and wanted in LOSSES:
            return loss_page(session, place, wanted, there)
        if place.reaches is not None and not content.plain(session.trace, place):
            found = jacobian_page(session, self.step(session, place), place, unit)
            if found is not None:
                return found
        member = self.member(session, place)
        if member is not None:
            record = wanted if wanted in member.names else content.default_record(session, place.row)
            return self._of_member(session, member, place, record, there, unit)
        record = content.default_record(session, place.row, wanted)
        if content.plain(session.trace, place):
            return self._of_input(session, place, record, there, unit)
        if place.source:
            return self._of_edge(session, self.step(session, place), place, there, unit)
        return self._of_node(session, self.step(session, place), place, record, there, unit)

    # --- the kinds ---
    def _of_node(
        self, session: Session, step: Step, place: Selection, record: str, there: Progress, unit: int
    ) -> Page:  # fmt: skip
        unit = min(unit, len(step.value(record)) - 1)
        own = next((names for row, names in step.rows if row == place.row), ())
        entries = content.entries_of(step.forward(record, unit), there.forward, False)
        back = step.backward(record, unit)
        if back is not None:
            entries += content.entries_of(back, there.backward, True)
        return Page(
            symbol=step.symbol(record),
            title=step.title(record) + tr(" at t = {t}").format(t=step.t),
            notes=content.shapes_and_notes(session, step, record),
            chips=(*content.chip_groups(step.plan), *self._further(session, step.scan.name, step.pair(record))),
            record=record,
            own=own,
            equations=content.equations_of(step, record),
            columns=content.columns_of(step, record, there),
            entries=tuple(entries),
            unit=unit,
            limit=self._limit,
            sentence=content.sentence(step, record, there),
            part=step.scan.name,
            text=lambda: node_text(step, record, unit, there.forward, there.backward),
            warm=lambda: content.warm_equations(step.plan),
            underflow=bool(step.scan.order(step.trace.underflow[step.scan.name])[step.t - 1]),
        )

    def _further(self, session: Session, part: str, names: tuple[str, ...]) -> Chips:
        """The losses, where the node is the output, and the parameters that make it."""
        losses = ((LOSSES[0], session_loss(session)), (LOSSES[1], "L")) if OUTPUT in names else ()
        return tuple(filter(None, (losses, parameter_chips(session, part, names))))

    def _of_edge(self, session: Session, step: Step, place: Selection, there: Progress, unit: int) -> Page:
        found = step.edge(place.source, place.row, place.recurrent, unit)
        unit = min(unit, max((len(each.vector) for each in found), default=1) - 1)
        start = self._symbol(session, step, place.source, step.t - step.way * int(place.recurrent))
        symbol = f"{start} → {self._symbol(session, step, place.row, step.t)}"
        entries = content.edge_entries(found, step, place.recurrent, unit, there.backward) or content.no_edge()
        spoken = "; ".join(" ".join(filter(None, (e.label, e.numbers, e.value))) for e in entries)
        return Page(
            symbol=symbol,
            title=tr("the gradient that flows back along this edge"),
            notes=content.notes_of(session, step, step.rows[-1][1][0]),
            chips=content.chip_groups(step.plan),
            record="",
            own=(),
            equations=content.edge_equations(found),
            columns=content.edge_columns(found, step, there.backward),
            entries=tuple(entries),
            unit=unit,
            limit=1.0,
            sentence=f"{symbol}. {spoken}",
            part=step.scan.name,
            text=lambda: edge_text(step, place.source, place.row, place.recurrent, unit, there.backward),
            warm=lambda: content.warm_equations(step.plan),
        )

    def _symbol(self, session: Session, step: Step, row: str, t: int) -> str:
        name = content.default_record(session, row)
        shown = row_named(step.trace, row, session.notation)
        if row not in dict(step.rows) or len(shown.lines) > 1:
            own = tr("{row} at {t}").format(row=shown.text, t=t)
            return own if len(shown.lines) > 1 else content.at_step(shown.text, t, session.notation)
        return step.plan.at(t).symbol(step.cell, name)

    def _of_member(
        self, session: Session, member: Member, place: Selection, record: str, there: Progress, unit: int
    ) -> Page:  # fmt: skip
        unit = min(unit, len(member.value(record)) - 1)
        tex, text = Style(True, None, session.notation), member.text
        equations = [Equation(member.forward_equation(each, tex), False, member.forward_equation(each, text))
                     for each in member.names]  # fmt: skip
        equations += [Equation(member.backward_equation(each, tex), True, member.backward_equation(each, text))
                      for each in reversed(member.names) if member.gradient(each) is not None]  # fmt: skip
        entries = content.entries_of(member.forward(record, unit), there.forward, False)
        back = member.backward(record, unit)
        if back is not None:
            entries += content.entries_of(back, there.backward, True)
        symbol, title = member.symbol(record), member.title(record)
        columns = _member_columns(member, record, there)
        plain = Style(False, None, replace(session.notation, index_text="", index_tex=""))
        chips = tuple((each, member.symbol(each, plain)) for each in member.names)
        return Page(
            symbol=symbol,
            title=title + tr(" at t = {t}").format(t=member.t),
            notes=_member_notes(session, member),
            chips=(chips, *self._further(session, member.part, member.names)),
            record=record,
            own=member.names,
            equations=tuple(equations),
            columns=columns,
            entries=tuple(entries),
            unit=unit,
            limit=self._limit,
            sentence=", ".join((symbol, title, *(each.text for each in equations))),
            part=member.part,
            text=lambda: _member_text(member, record, unit, there, equations),
        )

    def _of_input(self, session: Session, place: Selection, record: str, there: Progress, unit: int) -> Page:
        """The input, where the cell reads something else that is made of it."""
        trace, notation = session.trace, session.notation
        row = content.plain_row(trace, place, notation)
        symbol, t = content.plain_symbol(trace, place, notation)
        columns = content.plain_columns(session, place, there)
        unit = min(unit, len(columns[0].values) - 1)
        value = content.number_text(float(columns[0].values[unit]), False)
        given = Entry("head", f"{symbol}[{unit + 1}]", value=value), Entry("note", content.absent("given"))
        return Page(
            symbol=symbol,
            title=row.title + tr(" at t = {t}").format(t=t),
            notes="",
            chips=(tuple((name, row.text) for _, name in row.signals),),
            record=record,
            own=(record,),
            equations=(),
            columns=columns,
            entries=given,
            unit=unit,
            limit=self._limit,
            sentence=f"{symbol}, {row.title}. {content.absent('given')}",
            part=row.part,
            text=lambda: content.plain_text(session, place, there),
        )


def _member_columns(member: Member, record: str, there: Progress) -> tuple[TableColumn, ...]:
    found = []
    for column in member.columns(record):
        gradient = column.kind == "gradient"
        size = float(norms(column.values[None, None])[0])
        shown = there.backward if gradient else there.forward
        found.append(TableColumn(column.label, column.kind, column.values, size, shown))
    return tuple(found)


def _member_notes(session: Session, member: Member) -> str:
    trace, found = session.trace, []
    batch, window = trace.data.x.shape[1], trace.experiment.truncate
    if batch > 1:
        found.append(tr("sample {k} of {n}").format(k=member.sample + 1, n=batch))
    if window is not None:
        found.append(tr("used: truncated after {n}").format(n=window) if member.used else tr("exact gradients"))
    return " · ".join(found)


def _member_text(member: Member, record: str, unit: int, there: Progress, equations: list[Equation]) -> str:
    lines = [f"{member.symbol(record)}  {member.title(record)} at t = {member.t}", ""]
    lines += [each.text for each in equations]
    lines += ["", f"With this step's numbers, unit {unit + 1}"]
    lines += (
        sum_lines(member.forward(record, unit)) if there.forward else [f"{member.symbol(record)}: not computed yet"]
    )
    back = member.backward(record, unit)
    if back is not None:
        lines += sum_lines(back) if there.backward else [f"{back.symbol}: not reached yet"]
    return "\n".join([*lines, "", *table_lines(member.columns(record), there.forward, there.backward)])
