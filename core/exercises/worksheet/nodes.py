"""The nodes of a worksheet: what a part computes at one step, forward and back, as exercises.

They are made of the nodes of `core.arithmetic.nodes`, one for every sample, and know which of the numbers in a line are
given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import groupby

import numpy as np

from core.arithmetic.cell_node import CellNode, first_step
from core.arithmetic.lines import Line, Sum
from core.arithmetic.loss import counts
from core.arithmetic.nodes import node_of, parts_without_cells
from core.arithmetic.output import later
from core.arithmetic.parts.nodes import PartNode
from core.arithmetic.plan import Plan, plan_of
from core.arithmetic.text import absent_note
from core.chain.edges import PREVIOUS
from core.chain.rows import INPUT_ROW, key_of
from core.chain.symbols import start_symbol
from core.exercises.worksheet.rows import Exercise, Formula, Given, Row, row_of, spelt_out
from core.network.attention import CONTEXT, WEIGHTS
from core.network.parts import HEAD
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.equations import Style, linear_parts
from core.trace import Trace

SILENT = ("", "given", "frozen")  # reasons that need no word on the sheet
NOTES = {"unsupervised": "(the loss does not include this step)"}


class Reversed(Style):
    """The equations of a reverse chain, whose next step is the one before in time."""

    def index(self, offset: int) -> str:
        return super().index(-offset)


class NodeExercises:
    """One part at its step t (from 1), column `column` of the picture."""

    names_forward: tuple[str, ...]
    names_backward: tuple[str, ...]

    def __init__(self, trace: Trace, part: str, t: int) -> None:
        self.trace, self.part, self.t = trace, part, t
        self.column = t + trace.schedule.offset(part)
        self.samples = range(trace.data.x.shape[1])

    def sums(self, name: str, back: bool) -> Iterator[tuple[int, Sum]]:
        """(sample, sum) of every unit of every sample."""
        for sample, node in enumerate(self.nodes):
            for unit in range(len(node.value(name))):
                found = node.backward(name, unit) if back else node.forward(name, unit)
                if found is not None:
                    lines = tuple(spelt_out(line) for line in found.lines if not self._from_nowhere(line, sample))
                    silent = len(lines) < len(found.lines) and not found.absent
                    yield sample, replace(found, lines=lines, absent="unsupervised" if silent else found.absent)

    def _from_nowhere(self, line: Line, sample: int) -> bool:
        """Whether an addend comes from an output that is not on the sheet, since nobody looks at it: it is 0."""
        head = line.product is not None and line.product.back and line.product.parameter == f"{HEAD}.V"
        output = self.trace.head
        if not output.dense and output.source[0] == self.part:  # its state is the output: from above comes nothing else
            head = head or line.origin == "output"
        return head and not counts(self.trace, self.t, sample) and not later(self.trace)

    @property
    def nodes(self) -> list:
        """What computes it, one for each sample."""
        raise NotImplementedError

    def _rows(self, name: str, back: bool, answers: bool) -> Iterator[Row]:
        found = list(self.sums(name, back))
        units = 1 + max((each.unit or 0 for _, each in found), default=0)
        for sample, each in found:
            called = each.name if units > 1 else each.symbol
            which = f" (sample {sample + 1})" if len(self.samples) > 1 else ""
            note = "" if each.absent in SILENT else NOTES.get(each.absent) or absent_note(each.absent)
            known = not back and self.known(name, each)
            yield row_of(each, called + which, self._given(name, back), answers, note, known)

    def known(self, name: str, total: Sum) -> bool:
        """Whether a value is given with the experiment, and not computed."""
        return total.absent in ("given", "frozen")

    def exercise(self, name: str, answers: bool) -> Exercise:
        """Its value."""
        return Exercise(self.text(name, False), tuple(self._rows(name, False, answers)))

    def exercise_back(self, name: str, answers: bool) -> Exercise:
        """Its gradient."""
        return Exercise(self.text(name, True), tuple(self._rows(name, True, answers)))

    def text(self, name: str, back: bool) -> str:
        """The equation with this step's indices, as plain text."""
        raise NotImplementedError

    def formula(self, name: str, back: bool) -> Formula:
        """The equation, typeset."""
        raise NotImplementedError

    def _given(self, name: str, back: bool):
        def given(k: int, line: Line) -> tuple[bool, ...]:
            if line.product is not None and line.operands:
                left = not back and self.left_given(name, k)
                pair = (left, bool(line.product.parameter))
                straight = line.operands[::2] == tuple(map(float, line.product.left))
                return (pair if straight else pair[::-1]) * (len(line.operands) // 2)
            if line.template in ("", "{}"):
                return (not back and self.bias(name, k),)
            if back and line.template == "({} − {}) / {}":  # (a − y) / B
                return False, True, True
            if line.template == "{} / {}":  # a mean
                return False, True
            return self.operands_given(name, k, line, back)

        return given

    def left_given(self, name: str, k: int) -> bool:
        """Whether the vector that addend k takes through a matrix is given."""
        return False

    def bias(self, name: str, k: int) -> bool:
        """Whether addend k, a number by itself, is a bias."""
        raise NotImplementedError

    def operands_given(self, name: str, k: int, line: Line, back: bool) -> tuple[bool, ...]:
        """Of any other addend."""
        return (False,) * len(line.operands)


class CellExercises(NodeExercises):
    """A cell's step."""

    def __init__(self, trace: Trace, plan: Plan, t: int) -> None:
        super().__init__(trace, plan.scan.name, t)
        self.plan = plan
        made = bool(plan.forward(INPUT_ROW)) or self.nodes[0].forward(INPUT_ROW, 0).absent != "given"
        self.names_forward = tuple(each.out for each in plan.graph if each.out in plan.records)
        own = [each for each in reversed(self.names_forward) if not self.nodes[0].fixed(each)]
        self.names_backward = (*own, *((INPUT_ROW,) if made else ()))

    @cached_property
    def nodes(self) -> list[CellNode]:
        return [CellNode(self.trace, self.t, sample, plan=self.plan) for sample in self.samples]

    def known(self, name: str, total: Sum) -> bool:
        return self.nodes[0].fixed(name) or super().known(name, total)

    def text(self, name: str, back: bool) -> str:
        return self.nodes[0].backward_text(name) if back else self.nodes[0].forward_text(name)

    def formula(self, name: str, back: bool) -> Formula:
        kind = Reversed if self.plan.scan.reverse else Style
        tex, text = kind(**vars(self.plan.tex)), kind(**{**vars(self.plan.tex), "tex": False})
        equation = self.plan.backward_equation if back else self.plan.forward_equation
        return Formula(equation(name, tex), equation(name, text))

    @cached_property
    def first(self) -> bool:
        """Whether what comes in is what the experiment gives."""
        return self.plan.scan.initial is None and self.t == first_step(self.trace, self.plan.scan)

    def _input_given(self, name: str) -> bool:
        if name == INPUT_ROW:
            return self.nodes[0].forward(INPUT_ROW, 0).absent == "given"
        if name == "a" + PREVIOUS:
            return self.t == 1
        return name.endswith(PREVIOUS) and self.first

    def _read(self, name: str, k: int) -> str:
        """What addend k of a sum of products reads, by name; "" for a bias, or where it is no such sum."""
        operation = self.plan.operations.get(name)
        if operation is None or operation.kind != "linear":
            return ""
        place = linear_parts(operation, self.plan.notation)[k].place
        return "" if place is None else operation.inputs[place]

    def left_given(self, name: str, k: int) -> bool:
        return self._input_given(self._read(name, k))

    def bias(self, name: str, k: int) -> bool:
        operation = self.plan.operations.get(name)
        return operation is not None and operation.kind in ("linear", "constant") and not self._read(name, k)

    def operands_given(self, name: str, k: int, line: Line, back: bool) -> tuple[bool, ...]:
        read = "" if back else self._read(name, k)
        if read:  # an elementwise product, the weight first
            return True, self._input_given(read)
        return super().operands_given(name, k, line, back)


class PartExercises(NodeExercises):
    """A join, a convolution, a context, attention, the output."""

    def __init__(self, trace: Trace, part: str, t: int, notation: Notation) -> None:
        super().__init__(trace, part, t)
        self.notation = notation
        head = part == trace.head.name
        names = self.nodes[0].names
        looked_at = not head or trace.data.supervised[t - 1] or bool(later(trace))
        self.names_forward = names if looked_at else ()
        back = ("z",) if head else tuple(reversed(names))
        self.names_backward = back if looked_at else ()

    @cached_property
    def nodes(self) -> list:
        return [node_of(self.trace, self.part, self.t, sample, True, self.notation) for sample in self.samples]

    def bias(self, name: str, k: int) -> bool:
        return name in ("z", "h")  # sums of products; what else is copied was computed

    def text(self, name: str, back: bool) -> str:
        return self._equation(name, back, Style(False, self.t, self.notation))

    def formula(self, name: str, back: bool) -> Formula:
        return Formula(self._equation(name, back, Style(True, self.t, self.notation)), self.text(name, back))

    def _equation(self, name: str, back: bool, style: Style) -> str:
        node = self.nodes[0]
        return node.backward_equation(name, style) if back else node.forward_equation(name, style)


class Nodes:
    """All nodes of a run, and the order in which they are worked out."""

    def __init__(self, trace: Trace, notation: Notation) -> None:
        self.trace, self.notation = trace, notation
        scans = {scan.name: scan for scan in trace.scans}
        others = dict(parts_without_cells(trace))
        self.parts = [part.name for part in trace.network.members]
        before = next((k for k, name in enumerate(self.parts) if name in scans and scans[name].decodes), 0)
        self.parts[before:before] = [
            name for name in (WEIGHTS[0], CONTEXT[0]) if name in others and name not in self.parts
        ]
        self.all: list[NodeExercises] = []
        for name in self.parts:
            if name in scans:
                plan = plan_of(trace, name, notation)
                self.all += [CellExercises(trace, plan, t + 1) for t in range(len(trace.values[name, "s"]))]
            else:
                self.all += [PartExercises(trace, name, t + 1, notation) for t in range(others[name])]

    def forward(self) -> Iterator[tuple[str, list[NodeExercises]]]:
        """(heading, nodes) in the order of computation: step by step, or part by part where each has its own loop."""
        for names in self._loops():
            nodes = [node for node in self.all if node.part in names]
            nodes.sort(key=lambda node: (self._place(node), self.parts.index(node.part)))
            for _, group in groupby(nodes, key=self._place):
                found = list(group)
                yield self._heading(names, found[0].t), found

    def backward(self) -> Iterator[tuple[str, list[NodeExercises]]]:
        """The same for the backward pass."""
        for heading, nodes in reversed(list(self.forward())):
            yield heading, nodes[::-1]

    @cached_property
    def _one_loop(self) -> bool:
        """Whether all parts can be worked out step by step: none reads more of another than this step and earlier."""
        return self.trace.schedule.simple and not any(scan.decodes for scan in self.trace.scans)

    def _loops(self) -> list[list[str]]:
        """The parts that go from step to step together."""
        if self._one_loop:
            return [self.parts]
        found: list[list[str]] = []
        for part in self.trace.network.parts:
            names = [member.name for member in part.members or (part,)]
            scan = scan_of(self.trace, names[0])
            if scan is not None and scan.decodes:
                names = [name for name in (WEIGHTS[0], CONTEXT[0]) if name in self.parts and name not in names] + names
                found = [each for each in found if not set(each) & set(names)]
            found.append(names)
        return found

    def _place(self, node: NodeExercises) -> int:
        """Its place in its loop."""
        scan = scan_of(self.trace, node.part)
        return -node.t if scan is not None and scan.reverse else node.t

    def _heading(self, names: list[str], t: int) -> str:
        if self._one_loop:
            return f"Step t = {t}"
        scan = next(filter(None, (scan_of(self.trace, name) for name in names)), None)
        if scan is None:
            node = PartNode(self.trace, names[0], t)
            words = node.declared.heading or node.title(node.names[0])
            return f"{words[:1].upper()}{words[1:]}, t = {t}"
        which = "Decoder" if scan.decodes else "Encoder" if scan.name.startswith("E") else "Chain"
        key = key_of(self.trace, scan)
        return f"{which}{f' ({key})' if key else ''}, step t = {t}"

    def formulas(self, back: bool) -> tuple[Formula, ...]:
        """Every equation once."""
        found: dict[tuple[str, str], Formula] = {}
        for node in self.all:
            for name in node.names_backward if back else node.names_forward:
                if (node.part, name) not in found:
                    found[node.part, name] = node.formula(name, back)
        return tuple(dict.fromkeys(each for each in found.values() if " = " in each.text or " ≡ " in each.text))

    def starts(self, sample: int, which: str) -> Iterator[Given]:
        """What the scans begin with, where the experiment gives it."""
        style = Style(False, None, self.notation)
        for scan in self.trace.scans:
            for name in scan.cell.recurrent_states if scan.initial is None else ():
                numbers = self.trace.start[scan.name, name][sample]
                symbol = start_symbol(self.trace, scan, name, style) + side_of(self.trace, scan)
                yield Given(symbol + which, "initial state", laid_out(numbers, self.notation))


def laid_out(vector: np.ndarray, notation: Notation) -> np.ndarray:
    """A vector (n,) as a row (1, n), or as a column (n, 1) where the notation has those."""
    return vector[:, None] if notation.transpose else vector[None, :]


def side_of(trace: Trace, scan: Scan | None) -> str:
    """Which of the two a symbol is of, where an encoder and a decoder have the same ones; "" elsewhere."""
    if scan is None or not any(each.decodes for each in trace.scans):
        return ""
    return " (decoder)" if scan.decodes else " (encoder)"


def scan_of(trace: Trace, part: str) -> Scan | None:
    """The scan of that name; None for any other part."""
    return next((scan for scan in trace.scans if scan.name == part), None)
