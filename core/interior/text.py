"""The words and equations of a cell's interior, as plain text: derived once from its plan, filled in at every step."""

from __future__ import annotations

from functools import cached_property

from core.arithmetic.lines import PLACE, filled
from core.arithmetic.plan import Plan
from core.chain.edges import PREVIOUS
from core.interior.diagram import FED, INPUT, Interior
from core.maths.operations import FIXED
from core.notation.equations import forward
from core.sentence import Sentence


class InteriorText:
    """Symbols and equations of one part, in the notation of its plan."""

    def __init__(self, plan: Plan, interior: Interior) -> None:
        self.plan, self.interior = plan, interior
        self.way = -1 if plan.scan.reverse else 1

    def at(self, text: str, t: int) -> str:
        """A text of the plan with step t put in."""
        return filled(text, t, self.way, self.plan.notation)

    # --- symbols ---
    @cached_property
    def symbols(self) -> dict[str, str]:
        """Every node's symbol with [t]; its expression where it has none; "≡ 0.3" for a constant without a symbol."""
        found = {}
        for node in self.interior.nodes:
            if node.outside or node.recorded:
                text = self.plan.text.symbol(self.plan.cell, node.name)
                found[node.name] = text if node.held is None else f"{text} ≡ {node.held:g}"
            else:
                found[node.name] = self._expression(node.name)
        return found

    def _expression(self, name: str) -> str:
        """The right side of what makes it."""
        text = forward(self.plan.cell, name, self.plan.text)
        head, sign, right = text.partition(" ≡ ")
        return f"≡ {right}" if sign else text.partition(" = ")[2] or head

    def gradient(self, name: str) -> str:
        """The symbol of a node's gradient with [t]; of what has no symbol ∂L/∂(…)."""
        node = self.interior.by_name[name]
        if node.outside or node.recorded:
            return self.plan.text.gradient_of(self.plan.cell, name)
        return self.plan.text.gradient(f"({self.symbols[name]})")

    # --- equations ---
    @cached_property
    def forward(self) -> dict[str, str]:
        """Each operation's equation with [t]."""
        return {name: self._made(name) for name in self.interior.order}

    def _made(self, name: str) -> str:
        if name not in self.plan.records:
            return self.symbols[name]
        left, _, right = self.plan.forward(name).partition(" = ")
        return right if left == f"({right})" else self.plan.forward(name)  # what is its own name

    @cached_property
    def addends(self) -> dict[tuple[str, str], str]:
        """What an operation sends back to each of its inputs, by (operation, input), with [t]; without those that
        nothing goes back to."""
        found = {}
        for edge in self.interior.edges:
            if self._fixed(edge.source):
                continue
            back = edge.source.endswith(PREVIOUS)
            for reader in self.plan.readers(edge.source.removesuffix(PREVIOUS)):
                origin = "next step" if back else "same step"
                if reader.operation is not None and reader.operation.out == edge.out and reader.origin == origin:
                    found[edge.out, edge.source] = _earlier(reader.label) if back else reader.label
        return found

    @cached_property
    def backward(self) -> dict[str, tuple[str, ...]]:
        """What going back through each operation computes, with [t]: "∂L/∂f[t+0] += ∂L/∂c[t+0] ⊙ c[t-1]"."""
        found = {}
        for name in self.interior.order:
            own = [(source, text) for (out, source), text in self.addends.items() if out == name]
            found[name] = tuple(f"{self.gradient(source)} {self._sign(source)} {text}" for source, text in own)
        return found

    def _sign(self, name: str) -> str:
        """Whether what one operation sends back is all of a node's gradient, or an addend."""
        lone = len(self.interior.readers[name]) == 1 and name not in self.interior.outgoing
        return "=" if lone and not self.interior.by_name[name].outside else "+="

    def _fixed(self, name: str) -> bool:
        operation = self.interior.by_name[name].operation
        return operation is not None and operation.kind in FIXED

    def title(self, name: str) -> str:
        """A node in words."""
        node = self.interior.by_name[name]
        if node.title:
            return node.title
        if name == FED:
            return Sentence("output of the step before")
        if name == INPUT:
            return Sentence("input")
        if name.endswith(PREVIOUS):
            record = self.plan.records.get(name.removesuffix(PREVIOUS))
            return Sentence("{title} of the step before", title=Sentence(record.title)) if record else ""
        return Sentence("computed on the way")


def _earlier(label: str) -> str:
    """The text of the next step's addend, seen from that step: every [t+k] is one less."""
    return PLACE.sub(lambda found: f"[t{int(found[1]) - 1:+d}]", label)
