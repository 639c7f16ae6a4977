"""What the inspector shows for a place: from the session to equations, entries, columns and sentences. No widget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.arithmetic.lines import EdgeAddend, Equation, Line, Sum
from core.arithmetic.nodes import Node
from core.arithmetic.text import ABSENT, context
from core.chain.rows import OUTPUT_ROW, key_of, rows
from core.documents.storage import Inspector
from core.maths.arrays import norms
from core.sentence import Sentence
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, UPDATE
from core.trace import Trace
from explorer.items.tables.numbers import TableColumn
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.sentences import part_words
from explorer.session.progress import Progress, done_last
from explorer.session.session import Selection, Session
from explorer.style.formula import equation_in_language
from explorer.style.numbers import number, power
from explorer.words import ended, in_language, sentences, translator

tr = translator("Inspector")


def place(session: Session) -> Selection:
    """The selection, or the node of the last beat that is done: what is still under way has no numbers yet. Within the
    step of an open cell it is the operation that was done last."""
    if session.selection is not None:
        return session.selection
    within = done_last(session)
    if within is not None:
        return within
    trace = session.trace
    first, last = (row + key_of(trace, trace.scan) for row in _ends(trace))
    beat = session.timeline.beat(int(session.position))
    if beat.phase == LOSS:
        return Selection(OUTPUT_ROW, trace.steps)
    if beat.phase == BACKWARD:
        return Selection(first, beat.t)
    if beat.phase in (ACCUMULATE, UPDATE):
        return Selection(first, 1)
    return Selection(last, beat.t if beat.phase == FORWARD else 1)


def column(session: Session) -> int:
    """The column of the last beat that is done: T at the loss, 1 at the start, the sum and the update."""
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


def worded(label: str, tex: str = "") -> str:
    """A label of the arithmetic in the language of the window. `tex`: the equations whose words may stand in it."""
    return in_language(label) if isinstance(label, Sentence) else equation_in_language(label, tex)


def entries_of(total: Sum, there: bool, backward: bool, tex: str = "") -> list[Entry]:
    """A sum as lines; `tex`: the equations of its quantity."""
    total = replace(total, lines=tuple(replace(line, label=worded(line.label, tex)) for line in total.lines))
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
    return tr(ABSENT[reason])


def columns_of(session: Session, node: Node, name: str, there: Progress) -> tuple[TableColumn, ...]:
    """The table's columns, each with a person's own numbers beside it where there are some."""
    found: list[TableColumn] = []
    for column in node.columns(name):
        gradient = column.kind == "gradient"
        letter = node.letter(column.name, gradient)
        shown = there.backward if gradient else there.forward
        shorter = (letter, letter.replace("∂L/∂", "d")) if gradient else (letter,)
        size = float(norms(column.values[None, None])[0])
        found.append(TableColumn(column.label, column.kind, column.values, size, shown, shorter))
        found += _theirs(session, node, column.name, gradient, shorter[-1])
    return tuple(found)


def _theirs(session: Session, node: Node, name: str, gradient: bool, letter: str) -> tuple[TableColumn, ...]:
    """A person's own numbers of a quantity, to stand beside the run's; none where they have not been compared."""
    state = session.compared.state
    if state is None or state.diagnosis.trace is not session.trace:
        return ()
    array = state.theirs(node.part, name, gradient)
    if array is None:
        return ()
    values = array[node.t - 1, node.sample]
    size = float(norms(values[None, None])[0])
    label = tr("your {letter}").format(letter=letter)
    return (TableColumn(label, "gradient" if gradient else "value", values, size, True, (tr("yours"),)),)


def edge_entries(found: tuple[EdgeAddend, ...], unit: int, there: bool) -> tuple[Entry, ...]:
    """Each addend of an edge: from which operation to which input, its norm, and one unit's numbers."""
    entries: list[Entry] = []
    for each in found:
        said = worded(each.label, each.tex)
        entries.append(Entry("head", f"{each.sender} → {each.receiver}:  {said}", backward=True))
        if not there:
            entries.append(Entry("note", tr("not reached yet")))
            continue
        entries.append(Entry("line", tr("norm"), value=power(each.norm), backward=True))
        numbers = each.line.put_in(lambda v: number_text(v, False)) if each.line.template else ""
        label = tr("unit {i}").format(i=unit + 1)
        entry = Entry("line", label, numbers and f"= {numbers}", number_text(each.line.value, True), True)
        entries.append(_opened(entry, replace(each.line, label=said)))
    return tuple(entries)


def shapes_and_notes(node: Node, name: str) -> str:
    """The shapes of what the equation multiplies, each kept on one line, before the notes."""
    whole = [each.replace(" ", "\u00a0") for each in node.shapes(name).split(",  ")]
    return " · ".join(filter(None, (", ".join(whole), notes_of(node, name))))


def notes_of(node: Node, name: str) -> str:
    """What has to be said in words: which gradients, which sample, what is frozen, too small or not a number."""
    trace, t, found = node.trace, node.t, []
    batch, window = trace.data.x.shape[1], trace.experiment.truncate
    found += filter(None, [part_words(trace, node.part)])
    if batch > 1:
        found.append(tr("sample {k} of {n}").format(k=node.sample + 1, n=batch))
    if window is not None:
        found.append(tr("used: truncated after {n}").format(n=window) if node.used else tr("exact gradients"))
    for each in node.together(name):
        value = node.frozen(each)
        if value is not None:
            text = tr("{gate} ≡ {value}: frozen, its own gradient is 0")
            found.append(text.format(gate=node.letter(each), value=f"{value:g}"))
    found += _underflows(node, name)
    if trace.broken is not None:
        phase, at = trace.broken
        if (phase == "forward" and t >= at) or (phase == "backward" and t <= at):
            found.append(
                tr("the {phase} pass is not finite from t = {t} on: Inf or not a number").format(phase=phase, t=at)
            )
    return " · ".join(found)


def _underflows(node: Node, name: str) -> list[str]:
    """Where numbers that were too small became 0: here, or before the pass came here."""
    t, values, gradients = node.t, node.underflow(False), node.underflow(True)
    found = []
    if values[t - 1]:
        found.append(tr("values below 10⁻²⁸⁰ became 0 here (underflow)"))
    gradient = node.gradient(name)
    if gradients[t - 1]:
        found.append(tr("gradients below 10⁻²⁸⁰ became 0 here (underflow)"))
    elif gradient is not None and gradients[t:].any() and not gradient.any():
        last = t + 1 + int(np.argmax(gradients[t:]))
        found.append(tr("the gradient is 0 since an underflow at t = {t}").format(t=last))
    return found


def sentence(node: Node, name: str, there: Progress) -> str:
    """The node in one sentence, for a screen reader."""
    values = node.value(name)
    text = tr("{symbol}, {title}, step {t} of {n}, {units}.").format(
        symbol=node.symbol(name),
        title=in_language(node.title(name)),
        t=node.t,
        n=node.steps,
        units=tr("one unit") if len(values) == 1 else tr("{n} units").format(n=len(values)),
    )
    said = [text]
    if there.forward:
        said.append(tr("Norm of the values {v}.").format(v=number(float(norms(values[None, None])[0]))))
    gradient = node.gradient(name)
    if gradient is not None:
        size = power(float(norms(gradient[None, None])[0])) if there.backward else tr("not reached yet")
        said.append(tr("Norm of the gradient {v}.").format(v=size))
    return sentences((*said, ended(in_language(context(node)))))


def edge_equations(found: tuple[EdgeAddend, ...]) -> tuple[Equation, ...]:
    return tuple(Equation(each.tex, True, each.label) for each in found)


def edge_columns(found: tuple[EdgeAddend, ...], there: bool) -> tuple[TableColumn, ...]:
    """One column for each addend of an edge: named by the addend, or, in little room, by the operation it is from."""
    return tuple(
        TableColumn(worded(each.label, each.tex), "gradient", each.vector, each.norm, there, _origins(each.sender))
        for each in found
    )


def _origins(origin: str) -> tuple[str, str]:
    """ "from h₂" for "∂L/∂h₂·Wᵀ"; never the gradient on h₂ alone, which the numbers are not."""
    return tr("from {origin}").format(origin=origin), f"← {origin}"


def no_edge() -> tuple[Entry, ...]:
    """Where a selection names an edge that this cell does not have."""
    return (Entry("note", tr("This cell has no such edge.")),)


def chip_groups(node: Node) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Every record with its letter, without a step, row by row; a pre-activation stands beside what becomes of it."""
    groups = []
    for _, names in node.rows:
        ordered = dict.fromkeys(each for name in names for each in node.together(name) if each in names)
        groups.append(tuple((name, node.letter(name)) for name in ordered))
    return tuple(groups)


# --- the sum over time ---
def reached(session: Session, part: str) -> int:
    """The first column that the backward pass has done of a part that runs ahead: its last + 1 where there is none."""
    schedule, done = session.trace.schedule, session.timeline.backward_done(session.position)
    first, last = schedule.lanes[part][:2]
    return last + 1 - int((schedule.backward(part)[first - 1 : last] <= done).sum())
