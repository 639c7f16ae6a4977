"""What the inspector shows for a place: from the session to equations, entries, columns and sentences. No widget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication

from core.arithmetic.cell_node import Step
from core.arithmetic.lines import EdgeAddend, Line, Sum
from core.arithmetic.plan import Plan, loss_equation, unplaced
from core.arithmetic.shapes import shapes_text
from core.arithmetic.text import NOT_YET, context, exact
from core.chain.rows import OUTPUT, ChainRow, key_of, records_of, row_named, rows
from core.documents.storage import Inspector
from core.maths.arrays import norms
from core.memo import memoised
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS
from core.trace import Trace
from explorer.items.tables.numbers import TableColumn
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.equations_view import Equation
from explorer.session.progress import Progress
from explorer.session.session import Selection, Session
from explorer.style.numbers import number, power


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("Inspector", text)


def place(session: Session) -> Selection:
    """The selection, or the node of the last beat that is done: what is still under way has no numbers yet."""
    if session.selection is not None:
        return session.selection
    trace = session.trace
    first, last = (row + key_of(trace, trace.scan) for row in _ends(trace))
    beat = session.timeline.beat(int(session.position))
    if beat.phase == LOSS:
        return Selection(OUTPUT, trace.steps)
    if beat.phase == BACKWARD:
        return Selection(first, beat.t)
    if beat.phase == ACCUMULATE:
        return Selection(first, 1)
    return Selection(last, beat.t if beat.phase == FORWARD else 1)


def column(session: Session) -> int:
    """The column of the last beat that is done: T at the loss, 1 at the start and at the sum."""
    beat = session.timeline.beat(int(session.position))
    return session.trace.steps if beat.phase == LOSS else max(1, beat.t)


def pinned_place(session: Session, pinned: Inspector) -> Selection | None:
    """The place that a pinned inspector shows: its own column or the playhead's, or the nearest that has such a node;
    None where this network has none."""
    row = next((each for each in rows(session.trace) if each.name == pinned.row), None)
    if row is None or (pinned.source and all(each.name != pinned.source for each in rows(session.trace))):
        return None
    wanted = column(session) if pinned.t is None else pinned.t
    nearest = [min(max(wanted, each.offset + 1), each.offset + each.steps) for each in row.pieces]
    t = min(nearest, key=lambda at: abs(at - wanted))
    return Selection(pinned.row, t, pinned.source, pinned.recurrent, pinned.record, pinned.unit)


def _ends(trace: Trace) -> tuple[str, str]:
    rows = trace.scan.cell.rows
    return rows[0].name, rows[-1].name


def part_of(trace: Trace, place: Selection) -> tuple[str, int]:
    """The part that a place's node belongs to, and its step there, from 1."""
    row = next(each for each in rows(trace) if each.name == place.row)
    piece = row.piece(place.t)
    if piece is None:
        return row.part, 1
    return piece.part, place.t - piece.offset


def default_record(session: Session, row: str, wanted: str = "") -> str:
    """The selected record of a node: the wanted one where the node has it, else the first that the chain draws."""
    names = records_of(session.trace, row)
    if wanted in names or wanted in on_the_way(session.trace, row):
        return wanted
    return next(each for each in rows(session.trace) if each.name == row).signals[0][1]


def on_the_way(trace: Trace, row: str) -> tuple[str, ...]:
    """What a row's node computes besides its records: f ⊙ c, i ⊙ g."""
    found = row_named(trace, row)
    if not found.row:
        return ()
    cell = next(scan.cell for scan in trace.scans if scan.name == found.part)
    recorded = {record.name for record in cell.records}
    members = next(each.members for each in cell.rows if each.name == found.row)
    return tuple(name for name in members if name not in recorded)


def equations_of(step: Step, name: str) -> tuple[Equation, ...]:
    """Forward in the order of computation, backward the other way round, as the passes go."""
    return tuple(replace(each, text=step.filled(each.text)) for each in templates_of(step.plan, step.pair(name)))


@memoised
def templates_of(plan: Plan, names: tuple[str, ...]) -> tuple[Equation, ...]:
    """The equations of some quantities, their text with [t] where the step stands."""
    found = [Equation(plan.forward_equation(each, plan.tex), False, plan.forward(each)) for each in names]
    if OUTPUT in names:
        found.append(Equation(loss_equation(plan.trace, plan.tex), False, plan.loss))
    found += [Equation(plan.backward_equation(each, plan.tex), True, plan.backward(each)) for each in reversed(names)]
    return tuple(each for each in found if each.tex)


def entries_of(total: Sum, there: bool, backward: bool) -> list[Entry]:
    """A sum as lines."""
    head = total.name
    if total.absent == "given":
        return [Entry("head", head, value=number_text(total.total, backward)), Entry("note", absent(total.absent))]
    if not there:
        words = tr("not reached yet") if backward else tr("not computed yet")
        return [Entry("head", f"{head} = –", backward=backward), Entry("note", words)]
    if total.absent == "frozen":
        value = Entry(
            "head", f"{head} {'=' if backward else '≡'}", value=number_text(total.total, backward), backward=backward
        )
        return [value, Entry("note", absent("frozen"))] if backward else [value]
    if len(total.lines) == 1 and not total.absent:
        (line,) = total.lines
        numbers = line.put_in(lambda v: number_text(v, False)) if line.template else line.label
        return [_opened(Entry("head", f"{head} =", numbers, number_text(total.total, backward), backward), line)]
    if not total.lines:
        value = number_text(total.total, backward)
        return [Entry("head", f"{head} =", value=value, backward=backward), Entry("note", absent(total.absent))]
    found = [Entry("head", f"{head} =", backward=backward)]
    for line in total.lines:
        numbers = line.put_in(lambda v: number_text(v, False)) if line.template not in ("", "{}") else ""
        entry = Entry("line", line.label, numbers and f"= {numbers}", number_text(line.value, backward), backward)
        found.append(_opened(entry, line))
    if total.absent:
        found.append(Entry("note", absent(total.absent)))
    found.append(Entry("total", tr("total"), value=number_text(total.total, backward), backward=backward))
    return found


def _opened(entry: Entry, line: Line) -> Entry:
    """The entry of a line with what it takes to write its product out."""
    return replace(entry, product=line.product, term=line.label, exact=line.value)


def number_text(value: float, gradient: bool) -> str:
    """A number as it stands in the arithmetic."""
    if isinstance(value, int):  # the batch's size, a count and no measurement
        return str(value)
    return power(value, 3, sign=True) if gradient else number(value, 3)


def absent(reason: str) -> str:
    """Why there are fewer addends than in the equation, as a sentence."""
    return {
        "end": tr("No next step: this is the last one, so its addend is absent."),
        "cut": tr("Truncated here: what the next step would send back is cut."),
        "frozen": tr("Frozen: it is a constant, and its own gradient is 0."),
        "unread": tr("Nothing reads it: its gradient is 0."),
        "unsupervised": tr("The loss does not include this step: 0."),
        "given": tr("Given by the task."),
        "copied": tr("The sample has no such step: its state is copied."),
        "fixed": tr("Only the read-out is fitted: no gradient is computed here."),
        "first": tr("No output has been written yet: 0."),
        "outside": tr("What lies outside the sequence is 0."),
        "no key": tr("The sample has no such step: its weight is 0."),
        "always 0": tr("The cell keeps this entry at 0."),
        "fault": tr("A fault is switched on: what the equation gives need not be this number."),
    }[reason]


def columns_of(step: Step, name: str, there: Progress) -> tuple[TableColumn, ...]:
    """The table's columns."""
    found = []
    for column in step.columns(name):
        gradient = column.kind == "gradient"
        letter = unplaced(step.plan.gradient(column.name) if gradient else step.plan.symbol(column.name))
        shown = there.backward if gradient else there.forward
        shorter = (letter, letter.replace("∂L/∂", "d")) if gradient else (letter,)
        size = float(norms(column.values[None, None])[0])
        found.append(TableColumn(column.label, column.kind, column.values, size, shown, shorter))
    return tuple(found)


def edge_entries(
    found: tuple[EdgeAddend, ...], step: Step, recurrent: bool, unit: int, there: bool
) -> tuple[Entry, ...]:
    """Each addend of an edge: from which operation to which input, its norm, and one unit's numbers."""
    entries: list[Entry] = []
    start = step.plan.at(step.t - step.way * int(recurrent))
    for each in found:
        target = start.symbol(step.cell, each.source.removesuffix("_prev"))
        out = step.symbol(each.out)
        entries.append(Entry("head", f"{out} → {target}:  {each.label}", backward=True))
        if not there:
            entries.append(Entry("note", tr("not reached yet")))
            continue
        entries.append(Entry("line", tr("norm"), value=power(each.norm), backward=True))
        numbers = each.line.put_in(lambda v: number_text(v, False)) if each.line.template else ""
        label = tr("unit {i}").format(i=unit + 1)
        entry = Entry("line", label, numbers and f"= {numbers}", number_text(each.line.value, True), True)
        entries.append(_opened(entry, replace(each.line, label=each.label)))
    return tuple(entries)


def shapes_and_notes(session: Session, step: Step, name: str) -> str:
    """The shapes of what the equation multiplies, each kept on one line, before the notes."""
    whole = [each.replace(" ", "\u00a0") for each in shapes_text(step.plan, name).split(",  ")]
    return " · ".join(filter(None, (", ".join(whole), notes_of(session, step, name))))


def notes_of(session: Session, step: Step, name: str) -> str:
    """What has to be said in words: which gradients, which sample, what is frozen, too small or not a number."""
    trace, t, found = session.trace, step.t, []
    batch, window = trace.data.x.shape[1], trace.experiment.truncate
    found += filter(None, [part_words(trace, step.scan.name)])
    if batch > 1:
        found.append(tr("sample {k} of {n}").format(k=step.sample + 1, n=batch))
    if window is not None:
        found.append(tr("used: truncated after {n}").format(n=window) if step.used else tr("exact gradients"))
    for each in step.pair(name):
        value = step.frozen(each)
        if value is not None:
            text = tr("{gate} ≡ {value}: frozen, its own gradient is 0")
            found.append(text.format(gate=unplaced(step.plan.symbol(each)), value=f"{value:g}"))
    found += _underflows(step, name)
    if trace.broken is not None:
        phase, at = trace.broken
        if (phase == "forward" and t >= at) or (phase == "backward" and t <= at):
            found.append(
                tr("the {phase} pass is not finite from t = {t} on: Inf or not a number").format(phase=phase, t=at)
            )
    return " · ".join(found)


def _underflows(step: Step, name: str) -> list[str]:
    """Where numbers that were too small became 0: here, or before the pass came here."""
    trace, t, part = step.trace, step.t, step.scan.name
    values, gradients = (step.scan.order(trace.underflow[prefix + part]) for prefix in ("", "d"))
    found = []
    if values[t - 1]:
        found.append(tr("values below 10⁻²⁸⁰ became 0 here (underflow)"))
    gradient = step.gradient(name)
    if gradients[t - 1]:
        found.append(tr("gradients below 10⁻²⁸⁰ became 0 here (underflow)"))
    elif gradient is not None and gradients[t:].any() and not gradient.any():
        last = t + 1 + int(np.argmax(gradients[t:]))
        found.append(tr("the gradient is 0 since an underflow at t = {t}").format(t=last))
    return found


def sentence(step: Step, name: str, there: Progress) -> str:
    """The node in one sentence, for a screen reader."""
    values = step.value(name)
    text = tr("{symbol}, {title}, step {t} of {n}, {units}.").format(
        symbol=step.symbol(name),
        title=step.title(name),
        t=step.t,
        n=step.steps,
        units=tr("one unit") if len(values) == 1 else tr("{n} units").format(n=len(values)),
    )
    if there.forward:
        text += " " + tr("Norm of the values {v}.").format(v=number(float(norms(values[None, None])[0])))
    gradient = step.gradient(name)
    if gradient is not None:
        size = power(float(norms(gradient[None, None])[0])) if there.backward else tr("not reached yet")
        text += " " + tr("Norm of the gradient {v}.").format(v=size)
    return f"{text} {context(step)}."


def warm_equations(plan: Plan) -> tuple[Equation, ...]:
    """Every equation of the cell, to be typeset in advance."""
    pairs = dict.fromkeys(plan.pair(name) for _, names in plan.rows for name in names)
    return tuple(each for names in pairs for each in templates_of(plan, names))


def edge_equations(found: tuple[EdgeAddend, ...]) -> tuple[Equation, ...]:
    return tuple(Equation(each.tex, True, each.label) for each in found)


def edge_columns(found: tuple[EdgeAddend, ...], step: Step, there: bool) -> tuple[TableColumn, ...]:
    """One column for each addend of an edge: named by the addend, or, in little room, by the operation it is from."""
    return tuple(
        TableColumn(each.label, "gradient", each.vector, each.norm, there, _origins(step.symbol(each.out)))
        for each in found
    )


def _origins(origin: str) -> tuple[str, str]:
    """ "from h₂" for "∂L/∂h₂·Wᵀ"; never the gradient on h₂ alone, which the numbers are not."""
    return tr("from {origin}").format(origin=origin), f"← {origin}"


def no_edge() -> tuple[Entry, ...]:
    """Where a selection names an edge that this cell does not have."""
    return (Entry("note", tr("This cell has no such edge.")),)


@memoised
def chip_groups(plan: Plan) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Every record with its letter, without a step, row by row; a pre-activation stands beside what becomes of it."""
    groups = []
    for _, names in plan.rows:
        ordered = dict.fromkeys(each for name in names for each in plan.pair(name) if each in names)
        groups.append(tuple((name, unplaced(plan.symbol(name))) for name in ordered))
    return tuple(groups)


# --- the sum over time ---
def part_words(trace: Trace, part: str) -> str:
    """Which of several scans a parameter belongs to: "layer 2", "encoder"; "" for the only one, and for the output."""
    if len(trace.scans) == 1 or all(scan.name != part for scan in trace.scans):
        return ""
    kinds = {"E": tr("encoder"), "D": tr("decoder")}
    layers = len({scan.name[1:].removesuffix("r") for scan in trace.scans}) > 1
    words = [kinds.get(part[0], ""), tr("layer {n}").format(n=part[1:].removesuffix("r")) if layers else ""]
    return ", ".join([*filter(None, words), *([tr("reverse chain")] if part.endswith("r") else [])])


def reached(session: Session, part: str) -> int:
    """The first column that the backward pass has done of a part that runs ahead: its last + 1 where there is none."""
    schedule, done = session.trace.schedule, session.timeline.backward_done(session.position)
    first, last = schedule.lanes[part][:2]
    return last + 1 - int((schedule.backward(part)[first - 1 : last] <= done).sum())


# --- nodes that no cell makes ---
def plain(trace: Trace, place: Selection) -> bool:
    """Whether a place is a node without a cell's equations, or the input where the cell reads something else."""
    row = plain_row(trace, place)
    part = part_of(trace, place)[0]
    scan = next((each for each in trace.scans if each.name == part), None)
    if row.name == OUTPUT:
        return trace.head.source != (trace.scan.name, "s")
    if row.row:
        return False
    return scan is None or row.signals[0] not in trace.values


def plain_row(trace: Trace, place: Selection, notation: Notation = ROW) -> ChainRow:
    return row_named(trace, place.row, notation)


def plain_symbol(trace: Trace, place: Selection, notation: Notation = ROW) -> tuple[str, int]:
    """The node's symbol at its own step, and that step: a decoder counts its own."""
    t = part_of(trace, place)[1]
    return at_step(plain_row(trace, place, notation).text, t, notation), t


def at_step(text: str, t: int, notation: Notation) -> str:
    """A row's symbol with the number of a step."""
    return text.replace(notation.index(0, None, False), notation.index(0, t, False))


def plain_columns(session: Session, place: Selection, there: Progress) -> tuple[TableColumn, ...]:
    """The input's own values, where the cell reads something that is made of it."""
    trace, symbol = session.trace, plain_symbol(session.trace, place, session.notation)[0]
    values = trace.data.x[part_of(trace, place)[1] - 1, session.view.sample]
    return (TableColumn(symbol, "value", values, float(norms(values[None, None])[0]), there.forward, (symbol,)),)


def plain_text(session: Session, place: Selection, there: Progress) -> str:
    """The same as plain text, every digit."""
    row = plain_row(session.trace, place)
    symbol, t = plain_symbol(session.trace, place, session.notation)
    lines = [f"{symbol}  {row.title} at t = {t}", ""]
    for column in plain_columns(session, place, there):
        numbers = [exact(value) if column.shown else NOT_YET for value in column.values]
        lines.append(f"{column.label}: " + "  ".join(numbers))
    return "\n".join(lines)
