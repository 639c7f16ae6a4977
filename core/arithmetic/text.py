"""A node or an edge as plain, aligned text with every digit: what “Copy as text” copies."""

from __future__ import annotations

from core.arithmetic.lines import Column, EdgeAddend, Sum
from core.arithmetic.nodes import Node
from core.arithmetic.parameter_sums import Addends
from core.chain.rows import OUTPUT_ROW
from core.maths.arrays import norms
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.sentence import Sentence, Translate, listed, translated

NOT_YET = "–"
ABSENT = {  # why a sum has fewer addends than its equation: see `core.arithmetic.lines.Sum.absent`
    "end": "No next step: this is the last one, so its addend is absent.",
    "cut": "Truncated here: what the next step would send back is cut.",
    "frozen": "Frozen: it is a constant, and its own gradient is 0.",
    "unread": "Nothing reads it: its gradient is 0.",
    "unsupervised": "The loss does not include this step: 0.",
    "given": "Given by the task.",
    "copied": "The sample has no such step: its state is copied.",
    "fixed": "Only the read-out is fitted: no gradient is computed here.",
    "first": "No output has been written yet: 0.",
    "outside": "What lies outside the sequence is 0.",
    "no key": "The sample has no such step: its weight is 0.",
    "always 0": "The cell keeps this entry at 0.",
    "fault": "A fault is switched on: what the equation gives need not be this number.",
}


def absent_note(reason: str) -> str:
    """The reason in brackets: "(given by the task)"; "" for none."""
    return Sentence("({reason})", reason=Sentence(absent_clause(reason))) if reason in ABSENT else ""


def absent_clause(reason: str) -> str:
    """The reason within a sentence."""
    return f"{ABSENT[reason][0].lower()}{ABSENT[reason][1:-1]}"


def exact(value: float) -> str:
    """17 significant digits, which read back as the same float64."""
    return f"{value:.17g}"


def node_text(
    node: Node, name: str, unit: int, forward: bool = True, backward: bool = True, translate: Translate = str
) -> str:
    """Equations, this step's numbers and the table of a quantity. `forward`, `backward`: whether the playhead has
    reached it; what it has not reached is written as –. `translate`: into the user's language."""
    symbol, title = node.symbol(name), Sentence(node.title(name))
    head = Sentence("{symbol}  {title} at t = {t} of {steps}", symbol=symbol, title=title, t=node.t, steps=node.steps)
    lines = [head, context(node)]
    lines += [node.shapes(name)] * bool(node.shapes(name)) + [""]
    loss = node.loss_text() if OUTPUT_ROW in node.together(name) else ""
    lines += [each.text for each in node.equations(name) if each.text != loss]
    if loss:
        value = exact(node.trace.loss_t[node.t - 1])
        lines.append(Sentence("{symbol} = {value} (batch mean)", symbol=loss, value=value))
    lines += ["", Sentence("With this step's numbers, unit {unit}", unit=unit + 1)]
    lines += sum_lines(node.forward(name, unit)) if forward else [Sentence("{symbol}: not computed yet", symbol=symbol)]
    back = node.backward(name, unit)
    if back is not None:
        lines += sum_lines(back) if backward else [Sentence("{symbol}: not reached yet", symbol=back.symbol)]
    lines += ["", *table_lines(node.columns(name), forward, backward, translate)]
    return "\n".join(translated(line, translate) for line in lines)


def context(node: Node) -> str:
    """Cell, sample and which gradients these are."""
    batch = node.trace.data.x.shape[1]
    window = node.trace.experiment.truncate
    kind = Sentence("exact gradients")
    if node.used and window is not None:
        kind = Sentence("used gradients, truncated after {window}", window=window)
    sample = Sentence("sample {k} of {n}", k=node.sample + 1, n=batch)
    return listed(filter(None, (Sentence(node.made_by), sample, kind)))


def sum_lines(total: Sum) -> list[str]:
    """A number as the sum of its addends, one a line."""
    head = f"{total.name} = {exact(total.total)}"
    rows = [
        (line.label, f"{line.put_in(exact)} = " if line.template else "", exact(line.value)) for line in total.lines
    ]
    width = max((len(label) for label, _, _ in rows), default=0)
    result = [head, *(f"    {label:<{width}}  {numbers}{value}" for label, numbers, value in rows)]
    return [*result, *([Sentence("    {note}", note=absent_note(total.absent))] if total.absent else [])]


def table_lines(
    columns: tuple[Column, ...], forward: bool = True, backward: bool = True, translate: Translate = str
) -> list[str]:
    """Units down, columns across, aligned right; the norms in the last line."""
    norm = Sentence("norm").translated(translate)
    cells = [["i", *(str(k + 1) for k in range(max(len(c.values) for c in columns))), norm]]
    for column in columns:
        shown = backward if column.kind == "gradient" else forward
        numbers = [*column.values, norms(column.values[None, None])[0]]
        cells.append([column.label, *(exact(v) if shown else NOT_YET for v in numbers)])
    widths = [max(map(len, texts)) for texts in cells]
    rows = max(map(len, cells))
    return ["  ".join(f"{texts[r]:>{w}}" for texts, w in zip(cells, widths, strict=True)) for r in range(rows)]


def edge_text(
    node: Node,
    symbol: str,
    found: tuple[EdgeAddend, ...],
    unit: int,
    backward: bool = True,
    translate: Translate = str,
) -> str:
    """The addends that go back along an edge to a node; `symbol` names the edge."""
    lines = [Sentence("{symbol}  edge at t = {t}", symbol=symbol, t=node.t), context(node), ""]
    for addend in found if backward else ():
        numbers = f"{addend.line.put_in(exact)} = " if addend.line.template else ""
        lines += [Sentence("{symbol}  norm {value}", symbol=addend.label, value=exact(addend.norm))]
        value = f"{numbers}{exact(addend.line.value)}"
        lines += [Sentence("    unit {unit}: {value}", unit=unit + 1, value=value)]
        lines += [f"    {k + 1:>3}  {exact(v)}" for k, v in enumerate(addend.vector)]
    if not backward:
        lines.append(Sentence("not reached yet"))
    return "\n".join(translated(line, translate) for line in lines)


def addends_text(addends: Addends, reached: int, notation: Notation = ROW, translate: Translate = str) -> str:
    """The sum over time as far as the backward pass has come, steps T … `reached`."""
    steps, style = addends.trace.steps, Style(False, None, notation)
    rows = [(addends.symbol(t, style), exact(addends.norms[t - 1])) for t in range(steps, reached - 1, -1)]
    width = max((len(symbol) for symbol, _ in rows), default=0)
    lines: list[str] = [
        Sentence(
            "{symbol} is a sum over time: the norm of each addend, all samples together",
            symbol=addends.symbol(None, style),
        )
    ]
    lines += [f"    {symbol:<{width}}  {value}" for symbol, value in rows]
    if reached > 1:
        lines.append(Sentence("    {symbol}: not reached yet", symbol=not_reached(addends, reached, notation)))
    if reached <= steps:
        lines.append(Sentence("    norm of the sum of these  {value}", value=exact(addends.running(reached))))
    if reached == 1:
        lines.append(Sentence("    norm of the recorded gradient  {value}", value=exact(addends.total)))
        if addends.clips:
            clipped, factor = exact(addends.clipped), exact(addends.trace.clip_factor)
            lines.append(Sentence("    clipped to  {value}, factor {factor}", value=clipped, factor=factor))
    return "\n".join(translated(line, translate) for line in lines)


def not_reached(addends: Addends, reached: int, notation: Notation = ROW) -> str:
    """ "dW₄ … dW₁", "dW₁" """
    style = Style(False, None, notation)
    first, last = addends.symbol(reached - 1, style), addends.symbol(1, style)
    return first if first == last else f"{first} … {last}"
