"""The walk: every number that is recorded is worked out again from the text that the inspector shows of it.

For every cell and every structure, with losses, options, truncation, lengths and notations in turn: each record of each
step, sample and unit, forward and backward, as its lines with their operands, in words as they are copied. The lines
are calculated from their text, added up, and compared with the recorded number. What has no line says why.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.arithmetic import cell_node
from core.arithmetic.cell_node import CellNode
from core.arithmetic.entries import clipped_entry, parameter_entry
from core.arithmetic.lines import Line, Sum
from core.arithmetic.loss import loss_in_all, loss_of_sample, loss_of_step
from core.arithmetic.nodes import node_at, node_of, parts_without_cells
from core.arithmetic.parts.nodes import PartNode
from core.arithmetic.plan import Plan
from core.arithmetic.text import absent_note, exact, sum_lines
from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.notation.base import Notation
from core.notation.books import NOTATIONS
from core.notation.equations import Style
from core.recorder import record
from core.trace import Trace
from tests.core.by_calculator import calculated
from tests.core.structured import STRUCTURES

TURNS: tuple[dict[str, Any], ...] = (  # what comes round beside the cell or the structure
    {"task": "echo"},
    {"task": "last-step", "truncate": 2},
    {"task": "binary-subtraction"},
    {"task": "next-character", "reset": "after", "update": "keeps"},
    {"task": "last-step", "clip_norm": 1e-3},
    {"task": "echo", "peephole_o": "previous", "truncate": 1},
    {"task": "recall", "clip_value": 1e-4},
    {"task": "sine", "periods": (2, 1)},
)
UNEXPLAINED = ("given", "fault", "copied")  # what no sum can give: said in words
SMALL: dict[str, Any] = {"steps": 3, "hidden": 2, "batch": 2, "bias": 0.2, "initial_state": 0.3, "periods": (1, 2)}


def near(a: float, b: float, size: float) -> bool:
    """To 1e-12 of the largest number that went into it."""
    return abs(a - b) <= 1e-12 * max(abs(a), abs(b), size) + 1e-300


def worked_out(line: Line) -> float:
    """A line's number from what is written: its text, or, where it is too long for that, the two vectors of its
    product, which the inspector writes out row by column on demand."""
    if line.template:
        return calculated(line.put_in(exact))
    assert line.product is not None, f"{line.label} has no operands"
    return math.fsum(float(a) * float(b) for a, b in zip(line.product.left, line.product.right, strict=True))


def size_of(line: Line) -> float:
    """The largest number that a line may have cancelled."""
    numbers = [abs(float(each)) for each in line.operands]
    if line.product is not None:
        numbers += [abs(float(a) * float(b)) for a, b in zip(line.product.left, line.product.right, strict=True)]
    return max([abs(line.value), *numbers])


def retrace(total: Sum, recorded: float, leftover: bool = False) -> None:
    """Works a number out from its lines. Raises AssertionError where that is not what was recorded."""
    assert total.total == recorded, total
    assert total.symbol and all(line.label for line in total.lines), total
    written = sum_lines(total)
    assert written[0] == f"{total.name} = {exact(recorded)}"
    assert total.name.count("[") <= 1, total.name
    if total.absent:
        assert written[-1].strip() == absent_note(total.absent)
    found = [worked_out(line) for line in total.lines]
    for line, value, text in zip(total.lines, found, written[1:], strict=False):
        assert near(value, line.value, size_of(line)), (total, line)
        assert line.label in text and text.endswith(exact(line.value)), text
        assert not line.template or line.put_in(exact) in text, text
    if total.absent in UNEXPLAINED[:2] or leftover:
        assert not total.lines, total
        return
    assert total.lines or total.absent, f"{total.symbol}: neither lines nor a reason"
    size = max((size_of(line) for line in total.lines), default=0.0)
    assert near(math.fsum(found), recorded, size), (total, math.fsum(found))


def walk(trace: Trace, notation: Notation) -> Counter[str]:
    """Every number of a trace; what there was, by kind and by reason."""
    seen: Counter[str] = Counter()
    ways = (True, False) if trace.used is not trace.exact else (True,)
    samples = range(trace.data.x.shape[1])
    for used in ways:
        for scan in trace.scans:
            plan = Plan(trace, scan.name, notation)
            for t in range(1, len(trace.values[scan.name, "s"]) + 1):
                for sample in samples:
                    seen += walk_step(CellNode(trace, t, sample, used, plan))
        for part, steps in parts_without_cells(trace):
            for t in range(1, steps + 1):
                for sample in samples:
                    node = node_of(trace, part, t, sample, used, notation)
                    assert node is not None
                    seen += walk_member(node)
        seen += walk_parameters(trace, used, Style(False, None, notation))
    return seen + walk_loss(trace, Style(False, None, notation))


def some(units: int) -> Iterable[int]:
    """All units; of the many inputs and outputs of letters and names a few."""
    return range(units) if units <= 6 else (0, 1, units // 2, units - 1)


def walk_step(step: CellNode) -> Counter[str]:
    """Every record of one step, what it computes on the way, and the outputs that are fed back."""
    seen: Counter[str] = Counter()
    trace, in_notation = step.trace, step.plan.notation
    records = {each.name for each in step.cell.records}
    names = [name for _, names in step.rows for name in names]
    names += [each.out for each in step.plan.graph if step.is_intermediate(each.out)]
    names += ["a_prev"] * (step.scan.feedback is not None)
    for name in names:
        own = ("out", name) if name in ("z", "a") else (step.scan.name, name)
        recorded = trace.values.get(own)
        values = step.value(name)
        if recorded is not None:
            assert np.array_equal(in_notation.in_notation(step.cell, name, recorded[step.t - 1, step.sample]), values)
        gradient = step.gradient(name)
        if gradient is not None and own in step.gradients:
            shown = in_notation.gradient_in_notation(step.cell, name, step.gradients[own][step.t - 1, step.sample])
            assert np.array_equal(shown, gradient)
        leftover = step.copied and name in records and name not in step.cell.recurrent_states
        for unit in some(len(values)):
            if step.used:  # the values are the same for both kinds of gradient
                forward = step.forward(name, unit)
                retrace(forward, float(values[unit]), leftover)
                seen[f"forward {forward.absent}"] += 1
            back = step.backward(name, unit)
            assert (back is None) == (gradient is None)
            if back is not None and gradient is not None:
                retrace(back, float(gradient[unit]))
                seen[f"backward {back.absent}"] += 1
    return seen


def walk_member(node: PartNode) -> Counter[str]:
    """Every record of a node that no cell makes."""
    seen: Counter[str] = Counter()
    for name in node.names:
        values, gradient = node.value(name), node.gradient(name)
        assert np.array_equal(values, node.trace.values[node.signal(name)][node.t - 1, node.sample])
        for unit in some(len(values)):
            if node.used:
                retrace(node.forward(name, unit), float(values[unit]))
            back = node.backward(name, unit)
            if back is not None and gradient is not None:
                if node.signal(name) in node.gradients:
                    assert back.total == node.gradients[node.signal(name)][node.t - 1, node.sample, unit]
                retrace(back, float(gradient[unit]))
            seen[type(node).__name__] += 1
    return seen


def walk_parameters(trace: Trace, used: bool, style: Style) -> Counter[str]:
    """The corners of every parameter's gradient: entries as sums over time, with their running totals, and clipped."""
    seen: Counter[str] = Counter()
    learned = all(scan.cell.learned for scan in trace.scans)
    exact_ones = trace.named_parameters(trace.exact_parameters)
    used_ones = trace.named_parameters(trace.used_parameters)
    for name, gradient in exact_ones.items():
        for index in {tuple(0 for _ in gradient.shape), tuple(n - 1 for n in gradient.shape)}:
            total = parameter_entry(trace, name, index, used, style)
            if not used or trace.used is trace.exact:
                assert total.total == gradient[index]
            retrace(total, total.total)
            added = sum(line.value for line in total.lines)
            assert not total.lines or near(added, total.total, max(map(size_of, total.lines)))
            clipped = clipped_entry(trace, name, index, style) if used else None
            if clipped is not None:
                retrace(clipped, float(used_ones[name][index]))
            elif used and (learned or name.startswith("out.")):
                assert near(total.total, float(used_ones[name][index]), max([1.0, *map(size_of, total.lines)]))
            seen["parameter"] += 1
    return seen


def walk_loss(trace: Trace, style: Style) -> Counter[str]:
    """ℓ_t of every sample, its mean over the batch, and L."""
    seen: Counter[str] = Counter()
    for t in range(1, len(trace.loss_t) + 1):
        retrace(loss_of_step(trace, t, style), float(trace.loss_t[t - 1]))
        for sample in range(trace.data.x.shape[1]):
            total = loss_of_sample(trace, t, sample, style)
            retrace(total, total.total)
            seen["loss"] += 1
    retrace(loss_in_all(trace, style), trace.loss)
    return seen


def in_turn(first: int, **chosen: Any) -> Trace:
    """A small run with what is chosen and, beside it, the first turn that goes with it."""
    refused = []
    for k in range(len(TURNS)):
        turn = TURNS[(first + k) % len(TURNS)]
        changes = {**SMALL, **turn, **chosen}
        try:
            return record(natural(changes.pop("task"), **changes))
        except InputError as error:
            refused.append(str(error))
    raise AssertionError(refused)


@pytest.mark.parametrize("k", range(len(CELLS)), ids=[cell.name for cell in CELLS])
def test_every_number_of_every_cell_is_worked_out_from_what_is_shown(k):
    trace = in_turn(k, cell=CELLS[k].name, structure="n-n")
    seen = walk(trace, NOTATIONS[k % len(NOTATIONS)])
    assert seen["forward "] and seen["backward "] + seen["backward fixed"]
    assert seen["parameter"] and seen["loss"]


@pytest.mark.parametrize("k", range(len(STRUCTURES)), ids=list(STRUCTURES))
def test_every_number_of_every_structure_is_worked_out_from_what_is_shown(k):
    gated = ("lstm", "tanh", "gru", "peephole", "clockwork", "batchnorm", "leaky")
    chosen = dict(list(STRUCTURES.values())[k])
    if "task" in chosen:  # names of different lengths
        chosen["steps"] = 4
    trace = in_turn(k, cell=gated[k % len(gated)], **chosen)
    seen = walk(trace, NOTATIONS[(k + 2) % len(NOTATIONS)])
    kinds = {type(node_of(trace, part, 1)).__name__ for part, _ in parts_without_cells(trace)}
    assert all(seen[kind] for kind in kinds) and kinds >= {"OutputNode"}


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.gates], ids=lambda cell: cell.name)
def test_frozen_gates_say_so(cell):
    experiment = natural("echo", cell=cell.name, **{**SMALL, "steps": 2})
    for gate in cell.gates:
        experiment = experiment.freeze(gate, 0.25)
    seen = walk(record(experiment), NOTATIONS[0])
    assert seen["forward frozen"] and seen["backward frozen"] and seen["backward unread"]


def test_what_a_fault_has_changed_is_not_explained_away():
    trace = record(natural("echo", fault="diag-forgotten", **SMALL))
    assert walk(trace, NOTATIONS[0])["backward fault"]


def test_products_too_long_to_be_written_in_a_line_multiply_out_too():
    chosen = {**STRUCTURES["attention, bilinear"], "hidden": 6, "task": "echo", "steps": 6}
    trace = record(natural(chosen.pop("task"), **{**SMALL, **chosen, "steps": 6, "batch": 1}))
    assert walk(trace, NOTATIONS[0])["AttentionNode"]


@pytest.mark.parametrize("name", ["bidirectional n-1", "context of all, at every step", "attention, additive"])
@pytest.mark.parametrize("how", ["sum", "product", "mean"])
def test_sums_over_many_steps_are_one_product_each(name, how):
    chosen = {**STRUCTURES[name], "bidirectional": how, "layers": 1, "hidden": 1, "batch": 1, "task": "echo"}
    chosen.update({"output_steps": 13} if "output_steps" in chosen else {})
    trace = record(natural(chosen.pop("task"), **{**SMALL, **chosen, "steps": 14, "delay": 2}))
    for part, steps in parts_without_cells(trace):
        for t in {1, 7, steps}:
            node = node_of(trace, part, min(t, steps))
            assert node is not None and walk_member(node)
            assert len(node.forward(node.names[-1], 0).lines) <= 4
    for scan in trace.scans:
        assert walk_step(CellNode(trace, 1, plan=Plan(trace, scan.name)))
        assert walk_step(CellNode(trace, 13, plan=Plan(trace, scan.name)))


def test_every_row_of_the_chain_has_its_numbers():
    from core.chain.rows import rows

    for name in ("attention, additive", "bidirectional n-1", "convolution", "encoder-decoder"):
        trace = in_turn(0, cell="tanh", **STRUCTURES[name])
        for row in rows(trace):
            for column in range(1, trace.steps + 1):
                piece = row.piece(column)
                node = node_at(trace, row.name, column)
                assert (piece is None) == (node is None)
                if piece is None or node is None:
                    continue
                assert node.column == column and node.t == column - piece.offset
                for record_name in dict(node.rows)[row.name]:
                    assert node.row_of(record_name) == row.name and record_name in node.quantities(row.name)
                    retrace(node.forward(record_name, 0), float(node.value(record_name)[0]))


# --- it can fail ---
def test_a_wrong_operand_is_found():
    trace = in_turn(0, cell="lstm", structure="n-n")
    step = CellNode(trace, 2)
    total = step.forward("h_f", 0)
    total = replace(total, lines=tuple(sorted(total.lines, key=lambda line: -abs(line.value))))
    line = total.lines[0]
    retrace(total, total.total)
    moved = replace(line, operands=(line.operands[0] + 1e-9 * (1 + abs(line.operands[0])), *line.operands[1:]))
    with pytest.raises(AssertionError):
        retrace(replace(total, lines=(moved, *total.lines[1:])), total.total)
    with pytest.raises(AssertionError):
        retrace(replace(total, lines=total.lines[1:]), total.total)
    with pytest.raises(AssertionError, match="reason"):
        retrace(replace(total, lines=(), absent=""), total.total)
    with pytest.raises(AssertionError, match="operands"):
        retrace(replace(total, lines=(replace(line, template="", product=None), *total.lines[1:])), total.total)


@pytest.mark.parametrize(
    ("planted", "cell"),
    [(" × (1 − {})", "tanh"), (" × {}", "tanh"), (" × {} × {}", "lstm")],
)
def test_a_wrong_slope_is_found(planted, cell, monkeypatch):
    right = cell_node.slope

    def wrong(operation, place, inputs, out):
        if operation.kind != ("tanh" if cell == "tanh" else "sigmoid"):
            return right(operation, place, inputs, out)
        return planted, (out,) * planted.count("{}")

    trace = in_turn(0, cell=cell, structure="n-n")
    walk_step(CellNode(trace, 2))
    monkeypatch.setattr(cell_node, "slope", wrong)
    with pytest.raises(AssertionError):
        walk_step(CellNode(trace, 2))


def test_a_number_that_is_recorded_wrong_is_found():
    trace = in_turn(1, cell="gru", structure="n-n")
    values = {key: array.copy() for key, array in trace.values.items()}
    values["L1", "s"][1, 0, 0] *= 1 + 1e-9
    forged = replace(trace, values=values)
    with pytest.raises(AssertionError):
        walk_step(CellNode(forged, 2))
