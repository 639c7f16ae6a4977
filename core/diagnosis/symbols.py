"""Symbols of what the parts of a network compute, of its gradients and parameters, in a notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.arithmetic.lines import PLACE
from core.arithmetic.plan import Plan, plan_of
from core.chain.rows import style_of
from core.chain.symbols import signal_symbol
from core.diagnosis.changes import Clipped, Named
from core.maths.operations import Operation
from core.network.declared import PREVIOUS, Declared
from core.network.parts import HEAD
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.sentence import Sentence, all_of
from core.trace import Trace


class Symbols:
    """Of one network, without a step's number: s_t, ∂L/∂s_t, W_f."""

    def __init__(self, trace: Trace, notation: Notation = ROW) -> None:
        self.trace, self.notation = trace, notation
        self._declared = {each.name: each for each in trace.network.declared}

    # --- symbols ---
    def value(self, part: str, name: str, offset: int = 0) -> str:
        """s_t; of a name that ends in _prev that of the step before."""
        if name.endswith(PREVIOUS):
            return self.value(part, name.removesuffix(PREVIOUS), offset - 1)
        if name == "1":
            return "1"
        scan = self.trace.scan_named(part)
        if scan is None:
            return self._of_part(part, name, offset)
        plan = plan_of(self.trace, part, self.notation)
        style = style_of(self.trace, scan, False, None, self.notation)
        if name in plan.operations and plan.is_intermediate(name):
            moved = replace(style, t=f"t{offset:+d}" if offset else None)
            return _simpler(plan._symbol(name, moved))
        return style.symbol(scan.cell, name, offset)

    def gradient(self, part: str, name: str, offset: int = 0) -> str:
        """∂L/∂s_t, in the notation's way."""
        if name.endswith(PREVIOUS):
            return self.gradient(part, name.removesuffix(PREVIOUS), offset - 1)
        scan = self.trace.scan_named(part)
        if scan is not None and not plan_of(self.trace, part, self.notation).is_intermediate(name):
            style = style_of(self.trace, scan, False, None, self.notation)
            return style.gradient_of(scan.cell, name, offset)
        if part == HEAD and name == "z":
            return self._plain().gradient_of(None, "z", offset)
        return self._plain().gradient(self.value(part, name, offset))

    def _of_part(self, part: str, name: str, offset: int) -> str:
        declared = self._declared.get(part)
        if declared is not None and any(each.name == name for each in declared.quantities):
            return signal_symbol(self.trace, declared.key(name), self._plain(), offset)
        if declared is not None:
            for read in declared.reads(self.trace.network.widths).get(name, ()):
                return signal_symbol(self.trace, read.signal, self._plain(), offset)
        return name

    def _plain(self) -> Style:
        return Style(tex=False, notation=self.notation)

    def parameter(self, part: str, name: str) -> str:
        scan = self.trace.scan_named(part)
        style = self._plain() if scan is None else style_of(self.trace, scan, False, None, self.notation)
        return style.parameter(name)

    def equation(self, cause: object) -> str:
        """The right equation of what a mistake is in; "" where there is none of its own."""
        if not isinstance(cause, Named) or not cause.places:
            return ""
        part, out, source = cause.places[0]
        scan = self.trace.scan_named(part)
        if scan is None:
            return ""
        plan = self._plan(part)
        name = source.removesuffix(PREVIOUS)
        if name not in plan.records or isinstance(cause, Clipped):
            name = out
        if name not in plan.records:
            return ""
        return self._placed(plan.backward(name))

    def _plan(self, part: str) -> Plan:
        return plan_of(self.trace, part, self.notation)

    def _placed(self, text: str) -> str:
        return PLACE.sub(lambda found: self.notation.index(int(found[1]), None, False), text)

    def _operation(self, part: str, out: str) -> Operation:
        return next(each for each in self._declared[part].graph if each.out == out)

    def _readers(self, part: str, source: str) -> list[Operation]:
        return [each for each in self._declared[part].graph if source in each.inputs]

    def _only(self, part: str, source: str) -> bool:
        """Whether nothing else reads a quantity."""
        declared: Declared = self._declared[part]
        return any(each.out == source for each in declared.graph) and source not in declared.recurrent_states


def _simpler(text: str) -> str:
    """Indices such as t + 1 − 1 worked out."""
    for more, less in (("₊₁₋₁", ""), ("⁺¹⁻¹", ""), ("+1-1", ""), ("₋₁₋₁", "₋₂"), ("⁻¹⁻¹", "⁻²")):
        text = text.replace(more, less)
    return text


def listed(texts: Sequence[str], most: int = 4) -> str:
    if len(texts) > most:
        texts = [*texts[:most], Sentence("{count} more", count=len(texts) - most)]
    return all_of(texts)
