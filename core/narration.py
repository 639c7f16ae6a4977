"""What happens at a moment of the timeline, as the equation at work."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.nodes import node_of
from core.arithmetic.senders import consumers
from core.cells.base import Cell
from core.chain.rows import key_of, row_named, style_of
from core.memo import remember
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import added_up, backward_addends, forward
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, UPDATE, Time
from core.trace import Trace

GRADIENT_STEP = "η·{g}"  # by which gradient descent moves a parameter, {g} its gradient


def mathematics(trace: Trace, time: Time, notation: Notation = ROW, step: str = GRADIENT_STEP) -> str:
    """The equation at work, as plain text with the step's number as index: "h₅ = x₅·U + s₄·W + b,   s₅ = tanh(h₅)".
    How much of the beat is done changes nothing, so that it is worked out once a beat. `step`: what an update takes
    from a parameter, where {g} is its gradient and {θ} the parameter."""
    beat = time._replace(fraction=1.0)
    key = ("mathematics", beat, notation, step)
    return remember(trace, key, lambda: _mathematics(trace, beat, notation, step))


def _mathematics(trace: Trace, time: Time, notation: Notation, rule: str) -> str:
    scan = _at_work(trace, time.t)
    cell, step = scan.cell, time.t - trace.schedule.offset(scan.name)
    style = style_of(trace, scan, False, step, notation)
    single = [row.shown[0] for row in cell.rows if len(row.shown) == 1]
    if time.phase == FORWARD:
        return ",   ".join(forward(cell, name, style) for name in single)
    if time.phase == LOSS:
        term = replace(style, t=None).symbol(None, "ℓ")
        return f"L = Σ {term} = {trace.loss:.6g}" if trace.data.supervised.sum() > 1 else f"L = {trace.loss:.6g}"
    if time.phase == BACKWARD:
        first = cell.rows[0].shown
        name = first[0] if len(first) == 1 else (cell.memory if cell.memory != "s" else first[-1])
        found = backward_addends(cell, name, style, trace.head.source == (scan.name, "s"))
        last = step == len(trace.values[scan.name, "s"])  # no step of its own comes after it
        addends = [text for origin, text in found if not (last and origin == "next step")]
        if last and name in cell.recurrent_states and name != "s":  # what is carried may begin a decoder
            addends += [each.label for each in consumers(trace, (scan.name, name), notation)]
        return f"{style.gradient_of(cell, name)} = {added_up(addends)}"
    if time.phase == ACCUMULATE:
        gradient = style.gradient(style.parameter(_summed(cell, notation, style.head.parameters)))
        return f"{gradient} = Σₜ {gradient}{_own_step(notation)},   t = 1 … T"
    if time.phase == UPDATE:
        moved = style.parameter(_summed(cell, notation, style.head.parameters))
        return f"{moved} ← {moved} − {rule.replace('{g}', style.gradient(moved))}"
    return ""


def both_halves(trace: Trace, time: Time, notation: Notation = ROW) -> tuple[str, ...]:
    """What the backward pass does in a step, as plain text in its order: the gradient on the memory, then that on the
    pre-activation, where the cell has a single one: "∂L/∂s₅ = ∂L/∂h₆·Wᵀ", "∂L/∂h₅ = ∂L/∂s₅ ⊙ (1 − s₅²)". An output
    without a loss of its own sends nothing, and is left out."""
    scan = _at_work(trace, time.t)
    cell, step = scan.cell, time.t - trace.schedule.offset(scan.name)
    node = node_of(trace, scan.name, step, notation=notation)
    if node is None:
        return ()
    first = cell.rows[0].shown
    dz, own = trace.exact["out", "z"], time.t - 1 - trace.schedule.before_output
    found = []
    for name in dict.fromkeys((cell.memory, *first) if len(first) == 1 else (cell.memory,)):
        total = node.backward(name, 0)
        if total is not None:
            silent = own < 0 or not dz[own].any()
            addends = [each.label for each in total.lines if not (each.origin == "output" and silent)]
            found.append(f"{node.gradient_symbol(name)} = {added_up(addends)}")
    return tuple(found)


def _at_work(trace: Trace, column: int) -> Scan:
    """The scan that does a column's step in the layer on view: a decoder's own steps are its, those before them are
    its encoder's."""
    piece = row_named(trace, "s" + key_of(trace, trace.scan)).piece(column)
    return next((scan for scan in trace.scans if piece is not None and scan.name == piece.part), trace.scan)


def _own_step(notation: Notation) -> str:
    """What marks the share of step t in a parameter's gradient: ⁽ᵗ⁾, or ⟨t⟩ where that is the step's index."""
    index = notation.index(0, None, False)
    return "⁽ᵗ⁾" if index == "ₜ" else index


def moving(trace: Trace, notation: Notation = ROW) -> tuple[str, str]:
    """The parameter whose sum and whose update stand for all of them: its name ("L1.W") and its symbol."""
    style = style_of(trace, trace.scan, False, None, notation)
    own = _summed(trace.scan.cell, notation, style.head.parameters)
    part = trace.head.name if own == "V" else trace.scan.name
    return f"{part}.{own}", style.parameter(own)


def _summed(cell: Cell, notation: Notation, others: tuple[str, ...]) -> str:
    """The parameter whose sum over time stands for all of them: W, or what the cell has instead; of `others`, the
    output's, where it has none. Of gates the first one's where the book has no symbol for all together."""
    recurrent = [factor.parameter for left in ("s_prev", "a_prev") for factor in cell.factors if factor.left == left]
    own = [*recurrent, *(factor.parameter for factor in cell.factors)]
    if not own:
        return others[0]
    stem, several = own[0].partition("_")[0], len(cell.blocks) > 1
    return f"{stem}_{cell.blocks[0]}" if several and not notation.stacked else stem
