"""The numbers of one step of a cell, in a notation: values, gradients, and what every operation sends back."""

from __future__ import annotations

import numpy as np

from core.analysis.contributions import previous
from core.arithmetic.lines import computed
from core.arithmetic.plan import Plan, plan_of
from core.chain.edges import PREVIOUS
from core.chain.rows import INPUT_ROW, OUTPUT_ROW
from core.maths.arrays import Array
from core.maths.operations import FIXED, addends_over_time
from core.network.parts import HEAD, Key
from core.trace import Trace


class StepNumbers:
    """Step t (from 1, the scan's own data time) of one sample of a scan, the one on view where the plan names no other.
    `used`: the gradients that are used, truncated where the experiment says so; otherwise the exact ones."""

    def __init__(self, trace: Trace, t: int, sample: int = 0, used: bool = True, plan: Plan | None = None) -> None:
        self.trace, self.t, self.sample, self.used = trace, t, sample, used
        self.plan = plan = plan or plan_of(trace)
        self.scan, self.cell = plan.scan, plan.cell
        self.way = -1 if self.scan.reverse else 1  # in data time, where the next step lies
        self.gradients = trace.used if used else trace.exact
        self._parameters, self._operations, self._records = plan.parameters, plan.operations, plan.records
        self._addends: dict[int, dict[tuple[str, str], Array]] = {}

    # --- what there is ---
    @property
    def steps(self) -> int:
        """How many steps the scan has."""
        return len(self.trace.values[self.scan.name, "s"])

    @property
    def copied(self) -> bool:
        """Whether the sample has no such step: its sequence is shorter, and what is carried is copied."""
        return self._copied(0)

    def _copied(self, offset: int) -> bool:
        at = self.t + self.way * offset - 1
        return self.plan.copied is not None and bool(self.plan.copied[at, self.sample])

    @property
    def last(self) -> bool:
        """Whether it is the scan's last step in order of processing."""
        return self.t == (self.steps if self.way > 0 else 1)

    def is_intermediate(self, name: str) -> bool:
        """Whether a quantity is computed within the step and not recorded: f ⊙ c, i ⊙ g."""
        return self.plan.is_intermediate(name)

    def frozen(self, name: str) -> float | None:
        """The value at which a gate is held; None for what is learned."""
        operation = self._operations.get(name)
        return operation.value if operation is not None and operation.kind == "constant" else None

    def fixed(self, name: str) -> bool:
        """Whether it is given and no function of anything: a clock, a frozen gate."""
        operation = self._operations.get(name)
        return operation is not None and operation.kind in FIXED

    # --- numbers ---
    def _signal(self, name: str) -> Key:
        return (HEAD, name) if name in (OUTPUT_ROW, "a") else (self.scan.name, name)

    def value(self, name: str, offset: int = 0) -> Array:
        """The recorded value (n,) `offset` steps on; `s_prev` is s one step earlier."""
        return self._batch(name, offset)[self.sample]

    def _batch(self, name: str, offset: int) -> Array:
        """The same of all samples, (B, n)."""
        t = self.t + self.way * offset
        if name == "y":
            return self.trace.data.y[t - 1]
        recurrent_states = name.removesuffix(PREVIOUS)
        if recurrent_states != name and recurrent_states in self.cell.recurrent_states:
            return previous(self.trace, self.scan, recurrent_states, t)
        if self.is_intermediate(name):
            return computed(self.plan.graph, self._parameters, self._given(offset))[name]
        return self.plan.notation.in_notation(self.cell, name, self.trace.values[self._signal(name)][t - 1])

    def _given(self, offset: int) -> dict[str, Array]:
        """What the graph of a step reads and what is recorded of it, (B, n)."""
        names = [INPUT_ROW, *self._records, *(q + PREVIOUS for q in self.cell.recurrent_states)]
        names += ["a" + PREVIOUS] if self.scan.feedback is not None else []
        return {name: self._batch(name, offset) for name in names}

    def gradient(self, name: str, offset: int = 0) -> Array | None:
        """∂L/∂name (n,) `offset` steps on, what its readers send where it is intermediate; None for what has no
        recorded gradient (the output a, a fixed number)."""
        if self.is_intermediate(name):
            return None if self.fixed(name) else self._arriving(name, offset)
        found = self.gradients.get(self._signal(name))
        if found is None:
            return None
        return self.plan.notation.gradient_in_notation(
            self.cell, name, found[self.t + self.way * offset - 1, self.sample]
        )

    @property
    def supervised(self) -> bool:
        """Whether the loss includes this step of the sample."""
        counted = self.trace.data.counted
        at = self.t - 1
        return bool(self.trace.data.supervised[at] and (counted is None or counted[at, self.sample]))

    @property
    def next_step(self) -> str:
        """Why the next step sends no gradient here: "end" where there is none, "cut" where it is truncated, else "".

        Cuts lie every `truncate` steps, counted from the sample's last one: see core.network.truncation.
        """
        if self.last:
            return "end"
        begins = self.plan.cuts(self.used)
        done = self.t if self.way > 0 else self.steps - self.t + 1
        return "cut" if begins[done, min(self.sample, begins.shape[1] - 1)] else ""

    def addends(self, offset: int = 0) -> dict[tuple[str, str], Array]:
        """What every operation of step t + offset sends back to every input: by (operation, input), (n,)."""
        if offset not in self._addends:
            at = self.t + self.way * offset - 1
            values = {name: array[None] for name, array in self._given(offset).items()}
            in_notation = self.plan.notation.gradient_in_notation
            arriving = {
                name: in_notation(self.cell, name, self.gradients[self._signal(name)][at])[None]
                for name in self._records
            }
            if self.plan.copied is not None:  # past the cell
                aside = self.plan.copied[at][None, :, None]
                arriving.update({name: np.where(aside, 0.0, arriving[name]) for name in self.cell.recurrent_states})
            with np.errstate(all="ignore"):
                found = addends_over_time(self.plan.graph, self._parameters, values, arriving)
            self._addends[offset] = {edge: array[0, self.sample] for edge, array in found.items()}
        return self._addends[offset]

    def _arriving(self, name: str, offset: int) -> Array:
        """∂L/∂name; for a quantity without a record, the sum of what its readers send it."""
        if name in self._records:
            past = name in self.cell.recurrent_states and self._copied(offset)
            return np.asarray(self.gradient(name, offset)) * (not past)
        return np.sum([array for (_, source), array in self.addends(offset).items() if source == name], axis=0)
