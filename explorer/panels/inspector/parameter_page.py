"""Pages of what is no node: the loss, as the sum that it is, and a parameter, with one selected entry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.arithmetic.entries import clipped_entry, entry_symbol, parameter_entry, shown_matrix
from core.arithmetic.lines import Equation, Sum
from core.arithmetic.loss import loss_in_all, loss_of_sample, loss_of_step
from core.arithmetic.parameter_sums import Addends, parameter_names, parameter_symbol
from core.arithmetic.text import exact, sum_lines
from core.chain.places import parameters_of
from core.chain.rows import OUTPUT_ROW, style_of
from core.edits.places import stacked
from core.maths.arrays import norms
from core.network.parameter_counts import counts_of
from core.network.scan import Scan
from core.notation.equations import Style
from core.notation.forms import loss_term
from core.timeline.timeline import UPDATE
from core.trace import Trace
from core.training.entry_update import entry_update
from explorer.items.tables.numbers import TableColumn
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.node_page import tr
from explorer.panels.inspector.page import Page
from explorer.panels.sentences import part_words
from explorer.panels.update_words import step_numbers
from explorer.session.selection import LOSSES
from explorer.session.session import Selection, Session
from explorer.style.numbers import number, power
from explorer.words import in_language

PARAMETER = "#"  # before a parameter's name, among the chips
MOST_COLUMNS = 5  # of a matrix, around the selected entry
MOST_LINES = 12  # addends that are written out; more stand in the table alone


# --- the loss ---
def session_loss(session: Session) -> str:
    """ℓ in the notation on view, without a step."""
    bare = replace(session.notation, index_text="", index_tex="")
    return Style(False, None, bare).symbol(None, "ℓ")


def loss_page(session: Session, place: Selection, which: str) -> Page:
    """ℓ_t with its samples, or L with its steps: the addends, and what they add up to."""
    trace, view = session.trace, session.view
    t = place.t - trace.schedule.before_output
    style = Style(False, t, session.notation)
    done = session.position >= session.timeline.index("loss")
    whole = which == LOSSES[1]
    total = loss_in_all(trace, style) if whole else loss_of_step(trace, t, style)
    own = None if whole else loss_of_sample(trace, t, view.sample, style)
    entries = _loss_entries(total, done)
    words = tr("sample {k}").format(k=view.sample + 1)
    if own is not None:
        entries += [Entry("note", words), *_loss_entries(own, done)]
    mean = trace.network.loss.mean
    at_step = tr("loss at t = {t}, the mean of the batch") if mean else tr("loss at t = {t}, the sum of the batch")
    title = tr("loss: the sum over all steps") if whole else at_step.format(t=t)
    of_batch = tr("loss, the batch’s mean") if mean else tr("loss, the batch’s sum")
    shorter = (tr("sum over all steps") if whole else of_batch, tr("loss"))
    chips = ((("z", style_bare(session).symbol(None, "z")), ("a", style_bare(session).symbol(None, "a"))),
             ((LOSSES[0], session_loss(session)), (LOSSES[1], "L")))  # fmt: skip
    tex = Style(True, None, session.notation)
    equations = (Equation(_sum_of_losses(mean, tex), False, _sum_of_losses(mean, Style(False, None, session.notation))),
                 Equation(loss_term(trace.network.loss, tex), False,
                          loss_term(trace.network.loss, style)))  # fmt: skip
    columns = _loss_columns(session, done)
    return Page(
        symbol="L" if whole else total.symbol,
        title=title,
        shorter=shorter,
        notes=content.absent("unsupervised") if total.absent else "",
        chips=chips,
        record=which,
        own=LOSSES,
        equations=equations,
        columns=columns,
        entries=tuple(entries),
        unit=t - 1,
        limit=max(1.0, float(np.abs(columns[1].values).max(initial=0.0, where=np.isfinite(columns[1].values)))),
        sentence=f"{total.symbol}, {title}: " + (power(total.total) if done else tr("not computed yet")),
        part="out",
        text=lambda: "\n".join([*(each.text for each in equations), "", *_loss_lines(total, own, words, done)]),
        numbers=tr("With this run’s numbers"),
        gradients=False,
        what="steps",
    )


def style_bare(session: Session) -> Style:
    """Plain text without a step."""
    return Style(False, None, replace(session.notation, index_text="", index_tex=""))


def _sum_of_losses(mean: bool, style: Style) -> str:
    loss = style.symbol(None, "ℓ")
    if not mean:
        return rf"L = \sum {loss}" if style.tex else f"L = Σ {loss}"
    return rf"L = \frac{{1}}{{B}} \sum {loss}" if style.tex else f"L = (1/B)·Σ {loss}"


def _loss_lines(total: Sum, own: Sum | None, words: str, done: bool) -> list[str]:
    """As text: the loss, and the sample's own where there is one."""
    if not done:
        return [f"{total.name}: {tr('not computed yet')}"]
    return [
        *map(in_language, sum_lines(total)),
        *([] if own is None else ["", words, *map(in_language, sum_lines(own))]),
    ]


def _loss_entries(total: Sum, there: bool) -> list[Entry]:
    """The addends; of very many only what they add up to, since the table has them all."""
    if not there:
        return [Entry("head", f"{total.symbol} = –"), Entry("note", tr("not computed yet"))]
    lines = total.lines if len(total.lines) <= MOST_LINES else ()
    found = [Entry("head", f"{total.symbol} =", value="" if lines else content.number_text(total.total, False))]
    for line in lines:
        numbers = line.put_in(lambda v: content.number_text(v, False)) if line.template not in ("", "{}") else ""
        value = content.number_text(line.value, False)
        found.append(Entry("line", content.worded(line.label), numbers and f"= {numbers}", value))
    if lines:
        found.append(Entry("total", tr("total"), value=content.number_text(total.total, False)))
    return found


def _loss_columns(session: Session, done: bool) -> tuple[TableColumn, TableColumn]:
    """ℓ_t by step and the sum so far."""
    values = session.trace.loss_t
    with np.errstate(all="ignore"):
        running = np.cumsum(values)
    return (TableColumn(session_loss(session), "value", values, float(norms(values[None, None])[0]), done),
            TableColumn(tr("sum so far"), "value", running, float(norms(running[None, None])[0]), done))  # fmt: skip


# --- a parameter ---
def entry_of(trace: Trace, place: Selection) -> tuple[int, ...] | None:
    """The selected entry of a place's parameter; None where this network has no such parameter."""
    array = trace.named_parameters(trace.parameters).get(place.parameter)
    if array is None:
        return None
    if len(place.entry) == array.ndim and all(k < n for k, n in zip(place.entry, array.shape, strict=True)):
        return place.entry
    return (0,) * array.ndim


def parameter_chips(session: Session, part: str, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The parameters that make a node."""
    found = dict.fromkeys(each for name in names for each in parameters_of(session.trace, part, name))
    style = Style(False, None, session.notation)
    return tuple((PARAMETER + each, _symbol(session.trace, each, style)) for each in found)


def _symbol(trace: Trace, name: str, style: Style) -> str:
    known = {scan.name for scan in trace.scans} | {"out"}
    return parameter_symbol(name, style, trace) if name.partition(".")[0] in known else style.parameter(
        name.partition(".")[2]
    )  # fmt: skip


def _scan(trace: Trace, name: str) -> Scan | None:
    return next((each for each in trace.scans if each.name == name.partition(".")[0]), None)


def parameter_page(session: Session, place: Selection, limit: float) -> Page:
    """One entry of a parameter: its value, its gradient as the sum over time, the matrix around it."""
    trace, name, used = session.trace, place.parameter, session.view.gradient != "exact"
    index = entry_of(trace, place)
    assert index is not None
    style = Style(False, None, session.notation)
    array = trace.named_parameters(trace.parameters)[name]
    shown = shown_matrix(trace, name, session.notation)
    spot = shown.place(*index) if shown is not None else index
    symbol = entry_symbol(trace, name, index, style)
    sign = shown.value(spot, 1.0) if shown is not None else 1.0
    total, clipped = parameter_entry(trace, name, index, used, style), clipped_entry(trace, name, index, style)
    total = total if sign > 0 else total.negated()
    fixed = total.absent in ("fixed", "fault", "always 0")
    done = session.position >= session.timeline.complete
    value = sign * float(array[index])
    entries = [Entry("head", f"{symbol} =", value=content.number_text(value, False))]
    most = MOST_LINES if name in parameter_names(trace) else len(total.lines)  # the others have no bars below
    entries += _gradient_entries(total, done or fixed, most, sign)
    compared = session.compared.state
    theirs = compared.entry(name, index) if compared is not None and compared.diagnosis.trace is trace else None
    if theirs is not None:
        entries.append(Entry("line", tr("yours"), value=power(sign * theirs, 3, sign=True), backward=True))
    if clipped is not None and used and done:
        entries.append(Entry("line", tr("clipped: what is used"), value=power(sign * clipped.total, 3, sign=True)))
    entries += update_entries(session, name, index, symbol, sign)
    scan = _scan(trace, name)
    shape = " × ".join(map(str, (shown.array if shown else array).shape))
    title = tr("entry of {name}, {shape}").format(name=_symbol(trace, name, style), shape=shape)
    columns = matrix_columns(array if shown is None else shown.array, spot)
    part = name.partition(".")[0]
    chips = parameter_chips(session, part, (place.record,) if place.record else ())
    node = tuple(
        (each, label) for each, label in ((place.record, _record_symbol(session, scan, place.record)),) if label
    )
    return Page(
        symbol=symbol,
        title=title,
        shorter=(tr("of {shape}").format(shape=shape), shape),
        notes=" · ".join(filter(None, (part_words(trace, part), count_words(trace, name, index)))),
        chips=tuple(filter(None, (node, chips or ((PARAMETER + name, _symbol(trace, name, style)),)))),
        record=PARAMETER + name,
        own=(PARAMETER + name,),
        equations=_equations(session, scan, name),
        columns=columns,
        entries=tuple(entries),
        unit=spot[0],
        limit=max(limit, float(np.abs(array).max(initial=0.0))),
        sentence=f"{symbol}, {title}: {content.number_text(value, False)}",
        part=part,
        text=lambda: _parameter_text(symbol, value, total, done or fixed),
        numbers=tr("Its value, and its gradient as a sum over time"),
        what="rows",
    )


def count_words(trace: Trace, name: str, index: tuple[int, ...]) -> str:
    """How many parameters a matrix has, of a cell with gates one gate's: «36 parameters»."""
    full = stacked(trace.network, name, index)[0]
    found = (each for part in counts_of(trace.network) for each in part.matrices if each.name == full)
    matrix = next(found, None)
    if matrix is None:
        return ""
    count = matrix.count if full == name else matrix.of_gate
    text = tr("1 parameter") if count == 1 else tr("{n} parameters").format(n=count)
    zeros = trace.named_parameters(trace.parameters)[name].size - count
    return tr("{parameters}, the other {n} entries are always 0").format(parameters=text, n=zeros) if zeros else text


def update_entries(session: Session, name: str, index: tuple[int, ...], symbol: str, sign: float) -> list[Entry]:
    """At the update: the number, what is added to it, and the new one below each other; nothing before, and nothing
    while an error is hidden."""
    update = session.findings.update
    if session.time.phase != UPDATE or update is None or session.hunt.hidden_fields:
        return []
    found = entry_update(session.trace, update, name, index, Style(False, None, session.notation))
    found = found if sign > 0 else found.negated()
    head = Entry("head", tr("the update"))
    if not found.change:
        return [head, Entry("line", symbol, value=content.number_text(found.before, False)),
                Entry("note", tr("it stays as it is"))]  # fmt: skip
    rule = update.rule
    gradient = session.notation.gradient.of(False, symbol)
    numbers = step_numbers(found, rule)
    label = f"−η·{gradient}" if rule.plain else f"Δ{symbol}"
    return [
        head,
        Entry("line", symbol, value=content.number_text(found.before, False)),
        Entry("line", label, numbers and f"= −{numbers}", number(found.change, 3, sign=True)),
        Entry("total", tr("new {w}").format(w=symbol), value=content.number_text(found.after, False)),
    ]


def _record_symbol(session: Session, scan: Scan | None, record: str) -> str:
    """The symbol that leads back to the node; "" where it is no cell's."""
    bare = style_bare(session)
    if record in (OUTPUT_ROW, "a"):
        return bare.symbol(None, record)
    known = scan is not None and any(each.name == record for each in scan.cell.records)
    return bare.symbol(scan.cell, record) if scan is not None and known else ""


def _gradient_entries(total: Sum, there: bool, most: int, sign: float) -> list[Entry]:
    if not there:
        return [Entry("head", f"{total.name} = –", backward=True), Entry("note", tr("not reached yet"))]
    value = power(total.total, 3, sign=True)
    if total.absent:
        head = Entry("head", f"{total.name} =", value=value, backward=True)
        return [head, Entry("note", content.absent(total.absent))]
    lines = total.lines if len(total.lines) <= most else ()
    found = [Entry("head", f"{total.name} =", value="" if lines else value, backward=True)]
    for line in lines:
        numbers = line.put_in(lambda v: content.number_text(v, False)) if line.template not in ("", "{}") else ""
        found.append(Entry("line", line.label, numbers and f"= {numbers}", power(line.value, 3, sign=True), True,
                           line.product, line.label, sign * line.value))  # fmt: skip
    if lines:
        found.append(Entry("total", tr("total"), value=value, backward=True))
    return found


def matrix_columns(
    array: np.ndarray, spot: tuple[int, ...], shown: bool = True, most: int = MOST_COLUMNS
) -> tuple[TableColumn, ...]:
    """The matrix around the entry: all its rows, and as many columns as there is room for."""
    if array.ndim == 1:
        return (TableColumn("", "value", array, float(norms(array[None, None])[0])),)
    flat = array.reshape(-1, array.shape[-1])
    first = max(0, min(spot[-1] - most // 2, flat.shape[1] - most))
    return tuple(
        TableColumn(f"[{k + 1}]" if k == spot[-1] else str(k + 1), "value", flat[:, k],
                    float(norms(flat[:, k][None, None])[0]), shown)
        for k in range(first, min(first + most, flat.shape[1]))
    )  # fmt: skip


def _equations(session: Session, scan: Scan | None, name: str) -> tuple[Equation, ...]:
    """dW = Σ_t s_{t−1}ᵀ·∂L/∂h_t, from the cell's declared factors."""
    trace = session.trace
    if scan is None and not name.startswith("out."):
        return ()
    addends = Addends(trace, name)
    pairs = []
    for tex in (True, False):
        style = style_of(trace, addends.scan, tex, None, session.notation)
        own = parameter_symbol(name, style, trace)
        over = r"\sum_t " if tex else "Σₜ "
        pairs.append(f"{style.gradient(own)} = {over}{addends.term(style)}")
    return (Equation(pairs[0], True, pairs[1]),)


def _parameter_text(symbol: str, value: float, total: Sum, there: bool) -> str:
    lines = list(map(in_language, sum_lines(total))) if there else [f"{total.name}: {tr('not reached yet')}"]
    return "\n".join([f"{symbol} = {exact(value)}", "", *lines])
