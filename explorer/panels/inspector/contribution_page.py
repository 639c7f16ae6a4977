"""The page of one cell of the contributions map: dq_t/dq_k, or ∂q_t/∂q_k, as a matrix, its norm, and each entry as a
product."""

from __future__ import annotations

import numpy as np

from core.analysis.contributions import StateJacobian, separate_memory, state_jacobian_between
from core.arithmetic.lines import Equation, Product
from core.arithmetic.nodes import Node
from core.arithmetic.text import exact
from core.chain.rows import style_of
from core.notation.forms import jacobian_product, total_derivative
from core.trace import Trace
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.node_page import tr
from explorer.panels.inspector.page import Page
from explorer.panels.inspector.parameter_page import matrix_columns
from explorer.session.progress import progress_at
from explorer.session.session import Selection, Session
from explorer.style.numbers import power

MOST_LINES, MOST_COLUMNS = 16, 4


def jacobian_page(session: Session, node: Node, place: Selection, unit: int) -> Page | None:
    """What of a node's memory reaches the column `place.reaches`; None where there is no such number."""
    trace = session.trace
    cell, total = trace.scan.cell, session.view.reach == "total"
    found = state_jacobian_between(trace, place.reaches or 0, place.t, session.view.sample, total)
    if found is None:
        return None
    transposed = session.notation.transpose  # columns: the later step's units stand below each other
    matrix = found.matrix.T if transposed else found.matrix
    unit = min(unit, len(matrix) - 1)
    later, earlier, between = (_symbol(session, trace, t) for t in (found.t, found.k, found.k + 1))
    d = "d" if total and separate_memory(cell) else "∂"
    symbol = f"{d}{later}/{d}{earlier}"
    there = progress_at(session, place.row, found.t).forward
    title = tr("how much of {k} reaches {t}").format(k=earlier, t=later)
    shorter = title, tr("of {k} in {t}").format(k=earlier, t=later), tr("a derivative")
    if separate_memory(cell) and not total:
        title = tr("{what}, {s} fixed").format(what=title, s=_symbol(session, trace, found.k, "s"))
    names = ", ".join(
        _symbol(session, trace, found.k + 1, name) for name in trace.scan.cell.recurrent_states
    )  # what step k + 1 passes on
    between = f"({names})" if len(trace.scan.cell.recurrent_states) > 1 else between
    entries = [Entry("head", f"‖{symbol}‖₂ =", value=power(found.norm) if there else "–"),
               Entry("note", tr("the largest singular value of this matrix"))]  # fmt: skip
    if there:
        entries += _lines(found, unit, transposed, (later, earlier, between), d)
    tex, text = (style_of(trace, trace.scan, each, None, session.notation) for each in (True, False))
    equations = (Equation(jacobian_product(cell, tex), False, jacobian_product(cell, text)),)
    if d == "d":
        equations = (Equation(total_derivative(cell, tex), False, total_derivative(cell, text)), *equations)
    return Page(
        symbol=symbol,
        title=title,
        shorter=shorter,
        notes=content.notes_of(node, place.record or trace.scan.cell.memory),
        chips=content.chip_groups(node),
        record="",
        own=(),
        equations=equations,
        columns=matrix_columns(matrix, (unit, unit), there, MOST_COLUMNS),
        entries=tuple(entries),
        unit=unit,
        limit=max(1.0, float(np.abs(matrix).max(initial=0.0, where=np.isfinite(matrix)))),
        sentence=f"{symbol}, {title}: {power(found.norm) if there else tr('not computed yet')}",
        part=trace.scan.name,
        text=lambda: _text(symbol, found, matrix, there),
        numbers=tr("Row {i} of the matrix, entry by entry").format(i=unit + 1),
        gradients=False,  # a derivative of a state, whatever the loss
    )


def _symbol(session: Session, trace: Trace, column: int, name: str = "") -> str:
    scan = trace.scan
    t = column - trace.schedule.offset(scan.name)
    return style_of(trace, scan, False, t, session.notation).symbol(scan.cell, name or scan.cell.memory)


def _lines(found: StateJacobian, unit: int, transposed: bool, symbols: tuple[str, str, str], d: str) -> list[Entry]:
    later, earlier, between = symbols
    entries = []
    for other in range(min(len(found.matrix), MOST_LINES)):
        i, j = (other, unit) if transposed else (unit, other)  # of the earlier step, of the later one
        value = float(found.matrix[i, j])
        label, product = f"{d}{later}[{j + 1}]/{d}{earlier}[{i + 1}]", None
        if found.t > found.k:
            first, rest = found.first[i], found.rest[:, j]
            product = Product(rest, first) if transposed else Product(first, rest)
        pair = (f"∂{later}/∂{between}", f"{d}{between}/{d}{earlier}")
        term = "·".join(pair if transposed else pair[::-1])
        text = content.number_text(value, False)
        heads = tr("row {k}").format(k=unit + 1), tr("column {k}").format(k=other + 1)
        entries.append(Entry("line", label, "", text, False, product, term, value, heads, f"{i}, {j}"))
    return entries


def _text(symbol: str, found: StateJacobian, matrix: np.ndarray, there: bool) -> str:
    if not there:
        return f"{symbol}: {tr('not computed yet')}"
    lines = [tr("{symbol}, its largest singular value {size}").format(symbol=symbol, size=exact(found.norm))]
    return "\n".join([*lines, *("  ".join(exact(float(value)) for value in row) for row in matrix)])
