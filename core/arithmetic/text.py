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
from core.sentence import Sentence, listed

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
    sentence = ABSENT.get(reason, "")
    return sentence and f"({sentence[0].lower()}{sentence[1:-1]})"


def exact(value: float) -> str:
    """17 significant digits, which read back as the same float64."""
    return f"{value:.17g}"


def node_text(node: Node, name: str, unit: int, forward: bool = True, backward: bool = True) -> str:
    """Equations, this step's numbers and the table of a quantity. `forward`, `backward`: whether the playhead has
    reached it; what it has not reached is written as –."""
    lines = [f"{node.symbol(name)}  {node.title(name)} at t = {node.t} of {node.steps}", context(node)]
    lines += [node.shapes(name)] * bool(node.shapes(name)) + [""]
    loss = node.loss_text() if OUTPUT_ROW in node.together(name) else ""
    lines += [each.text for each in node.equations(name) if each.text != loss]
    if loss:
        lines.append(f"{loss} = {exact(node.trace.loss_t[node.t - 1])} (batch mean)")
    lines += ["", f"With this step's numbers, unit {unit + 1}"]
    lines += sum_lines(node.forward(name, unit)) if forward else [f"{node.symbol(name)}: not computed yet"]
    back = node.backward(name, unit)
    if back is not None:
        lines += sum_lines(back) if backward else [f"{back.symbol}: not reached yet"]
    lines += ["", *table_lines(node.columns(name), forward, backward)]
    return "\n".join(lines)


def context(node: Node) -> str:
    """Cell, sample and which gradients these are."""
    window = node.trace.experiment.truncate
    sample = Sentence("sample {k} of {n}", k=node.sample + 1, n=node.trace.data.x.shape[1])
    used = Sentence("used gradients, truncated after {n}", n=window)
    kind = used if node.used and window is not None else Sentence("exact gradients")
    return listed(filter(None, (Sentence(node.made_by), sample, kind)))


def sum_lines(total: Sum) -> list[str]:
    """A number as the sum of its addends, one a line."""
    head = f"{total.name} = {exact(total.total)}"
    rows = [
        (line.label, f"{line.put_in(exact)} = " if line.template else "", exact(line.value)) for line in total.lines
    ]
    width = max((len(label) for label, _, _ in rows), default=0)
    result = [head, *(f"    {label:<{width}}  {numbers}{value}" for label, numbers, value in rows)]
    return [*result, *([f"    {absent_note(total.absent)}"] if total.absent else [])]


def table_lines(columns: tuple[Column, ...], forward: bool = True, backward: bool = True) -> list[str]:
    """Units down, columns across, aligned right; the norms in the last line."""
    cells = [["i", *(str(k + 1) for k in range(max(len(c.values) for c in columns))), "norm"]]
    for column in columns:
        shown = backward if column.kind == "gradient" else forward
        numbers = [*column.values, norms(column.values[None, None])[0]]
        cells.append([column.label, *(exact(v) if shown else NOT_YET for v in numbers)])
    widths = [max(map(len, texts)) for texts in cells]
    rows = max(map(len, cells))
    return ["  ".join(f"{texts[r]:>{w}}" for texts, w in zip(cells, widths, strict=True)) for r in range(rows)]


def edge_text(node: Node, symbol: str, found: tuple[EdgeAddend, ...], unit: int, backward: bool = True) -> str:
    """The addends that go back along an edge to a node; `symbol` names the edge."""
    lines = [f"{symbol}  edge at t = {node.t}", context(node), ""]
    if not backward:
        return "\n".join([*lines, "not reached yet"])
    for addend in found:
        numbers = f"{addend.line.put_in(exact)} = " if addend.line.template else ""
        lines += [f"{addend.label}  norm {exact(addend.norm)}"]
        lines += [f"    unit {unit + 1}: {numbers}{exact(addend.line.value)}"]
        lines += [f"    {k + 1:>3}  {exact(v)}" for k, v in enumerate(addend.vector)]
    return "\n".join(lines)


def addends_text(addends: Addends, reached: int, notation: Notation = ROW) -> str:
    """The sum over time as far as the backward pass has come, steps T … `reached`."""
    steps, style = addends.trace.steps, Style(False, None, notation)
    rows = [(addends.symbol(t, style), exact(addends.norms[t - 1])) for t in range(steps, reached - 1, -1)]
    width = max((len(symbol) for symbol, _ in rows), default=0)
    lines = [f"{addends.symbol(None, style)} is a sum over time: the norm of each addend, all samples together"]
    lines += [f"    {symbol:<{width}}  {value}" for symbol, value in rows]
    if reached > 1:
        lines.append(f"    {not_reached(addends, reached, notation)}: not reached yet")
    if reached <= steps:
        lines.append(f"    norm of the sum of these  {exact(addends.running(reached))}")
    if reached == 1:
        lines.append(f"    norm of the recorded gradient  {exact(addends.total)}")
        if addends.clips:
            lines.append(f"    clipped to  {exact(addends.clipped)}, factor {exact(addends.trace.clip_factor)}")
    return "\n".join(lines)


def not_reached(addends: Addends, reached: int, notation: Notation = ROW) -> str:
    """ "dW₄ … dW₁", "dW₁" """
    style = Style(False, None, notation)
    first, last = addends.symbol(reached - 1, style), addends.symbol(1, style)
    return first if first == last else f"{first} … {last}"
