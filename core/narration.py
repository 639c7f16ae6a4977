"""What happens at a moment of the timeline, as the equation at work."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.outside import consumers
from core.cells import cell_named
from core.cells.base import Cell
from core.chain.rows import key_of, row_named, style_of
from core.experiment import Experiment
from core.maths.activations import activation_named
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import backward_addends, forward
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, Time
from core.trace import Trace

_DEFAULT = Experiment()


def mathematics(trace: Trace, time: Time, notation: Notation = ROW) -> str:
    """The equation at work, as plain text with the step's number as index: "h₅ = x₅·U + s₄·W + b,   s₅ = tanh(h₅)"."""
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
        if last and name in cell.carried and name != "s":  # what is carried may begin a decoder
            addends += [each.label for each in consumers(trace, scan, notation) if each.whole]
        return f"{style.gradient_of(cell, name)} = {' + '.join(addends) or '0'}"
    if time.phase == ACCUMULATE:
        gradient = style.gradient(style.parameter(_summed(cell, notation)))
        return f"{gradient} = Σₜ {gradient}{_own_step(notation)},   t = 1 … T"
    return ""


def _at_work(trace: Trace, column: int) -> Scan:
    """The scan that does a column's step in the layer on view: a decoder's own steps are its, those before them are
    its encoder's."""
    piece = row_named(trace, "s" + key_of(trace, trace.scan)).piece(column)
    return next((scan for scan in trace.scans if piece is not None and scan.name == piece.part), trace.scan)


def _own_step(notation: Notation) -> str:
    """What marks the share of step t in a parameter's gradient: ⁽ᵗ⁾, or ⟨t⟩ where that is the step's index."""
    index = notation.index(0, None, False)
    return "⁽ᵗ⁾" if index == "ₜ" else index


def _summed(cell: Cell, notation: Notation) -> str:
    """The parameter whose sum over time stands for all of them: W, or what the cell has instead; V of one with none. Of
    gates the first one's where the book has no symbol for all together."""
    recurrent = [factor.parameter for left in ("s_prev", "a_prev") for factor in cell.factors if factor.left == left]
    own = [*recurrent, *(factor.parameter for factor in cell.factors)]
    if not own:
        return "V"
    stem, several = own[0].partition("_")[0], len(cell.blocks) > 1
    return f"{stem}_{cell.blocks[0]}" if several and not notation.stacked else stem


def describe(experiment: Experiment) -> str:
    """A run in a few characters: "tanh 0.8·Q", "LSTM b_f = 5"; what distinguishes runs in a plot."""
    cell = cell_named(experiment.cell)
    text = {"identity": "{g:g}·I", "orthogonal": "{g:g}·Q", "matrix": "W", "spectral": "ρ {g:g}"}
    shape = [] if experiment.structure in ("n-1", "n-n") else [experiment.structure]
    shape += [f"{experiment.layers} layers"] if experiment.layers > 1 else []
    shape += ["bidirectional"] if experiment.bidirectional is not None else []
    parts = [
        " ".join([cell.title, *shape]),
        text.get(experiment.w_init, f"{experiment.w_init} {{g:g}}").format(g=experiment.w_gain),
    ]
    if "forget_bias" in cell.options and experiment.frozen_at("f") is None:
        parts.append(f"b_f = {experiment.forget_bias:g}")
    if "update_bias" in cell.options and experiment.frozen_at("u") is None:
        parts.append(f"b_u = {experiment.update_bias:g}")
    for name in ("activation", "gate_activation"):
        if name in cell.options and getattr(experiment, name) != getattr(_DEFAULT, name):
            parts.append(activation_named(getattr(experiment, name)).title)
    parts += [f"{held.gate} ≡ {held.at:g}" for held in experiment.frozen if held.gate in cell.gates]
    return "  ".join(parts)
