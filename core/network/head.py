"""The head: it makes the output from the states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from core.cells.base import Factor, Record, Row
from core.maths.arrays import Array, flush_all
from core.maths.losses import loss_named
from core.maths.operations import Operation, linear
from core.network.declared import Read
from core.network.parts import HEAD, BackwardPass, ForwardPass, Key, Network, Part, StepFunction, nothing


class Head(Part):
    """z_t = s_t·V + b_z and the output a_t, for all t in one product; `stepwise` where the output is read again."""

    quantities = (
        Record("z", "pre-activation", "pre-activation of the output"),
        Record("a", "state", "output"),
    )
    title = "the output"
    factors = (Factor("V", "s", "z"), Factor("b", "1", "z"))
    rows = (Row("z", "output", ("z",), ("z", "a")),)

    def __init__(self, source: Key, outputs: int, loss: str, name: str = HEAD, stepwise: bool = False) -> None:
        self.source, self.outputs, self.name, self.stepwise = source, outputs, name, stepwise
        function = loss_named(loss).function
        self.graph = (linear("z", ("s", "V"), bias="b", at=(1, 2)), Operation("a", function, ("z",), at=(1, 1)))

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        return {"s": (Read(self.source),)}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "a"] = self.outputs
        return {f"{self.name}.V": (widths[self.source], self.outputs), f"{self.name}.b": (self.outputs,)}

    def weights(self, run: ForwardPass) -> tuple[Array, Array]:
        """V (H, O) and b (O,)."""
        return run.parameters[f"{self.name}.V"], run.parameters[f"{self.name}.b"]

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        v, bias = self.weights(run)
        s, output = run.signals[self.source], run.network.loss.output
        if self.stepwise:
            run.z = np.empty((*s.shape[:2], self.outputs), dtype=run.dtype)
            run.a = run.signals[self.name, "a"] = np.empty_like(run.z)

            def step(t: int) -> None:
                run.z[t] = s[t] @ v + bias
                run.a[t] = output(run.z[t])

            return len(s), step
        run.z = (s.reshape(-1, s.shape[2]) @ v + bias).reshape(*s.shape[:2], self.outputs)
        run.a = run.signals[self.name, "a"] = output(run.z)
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "z"] = back.dz_loss
        if self.stepwise:
            back.signals[self.name, "z"] = back.dz_loss.copy()
            back.signals[self.name, "a"] = np.zeros_like(back.dz_loss)

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        v, _ = self.weights(back.run)
        dz, ds = back.signals[self.name, "z"], back.signals[self.source]
        if self.stepwise:
            a, da, output_back = back.run.a, back.signals[self.name, "a"], back.run.network.loss.output_back

            def step_back(t: int) -> None:
                """∂L/∂z_t from the loss and from a_t's use at later steps; on to s_t."""
                dz[t] += output_back(a[t], da[t])
                ds[t] += dz[t] @ v.T

            return len(dz), step_back
        at = back.at
        ds[at] += (dz[at].reshape(-1, self.outputs) @ v.T).reshape(-1, *ds.shape[1:])
        return 0, nothing

    def finish_back(self, back: BackwardPass) -> None:
        at = slice(None) if self.stepwise else back.at
        if self.stepwise:  # what comes back through fed-back outputs vanishes as it does through states
            flush_all(back.signals[self.name, "z"], np.zeros(len(back.dz_loss), dtype=bool))
        dz = back.signals[self.name, "z"][at].reshape(-1, self.outputs)
        s = back.run.signals[self.source][at]
        back.parameters[f"{self.name}.V"][...] = s.reshape(-1, s.shape[2]).T @ dz
        back.parameters[f"{self.name}.b"][...] = dz.sum(axis=0)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), run.z
        yield (self.name, "a"), run.a

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), back.signals[self.name, "z"]


def head_of(network: Network) -> Head:
    """What makes the output. Raises StopIteration where nothing does."""
    return next(part for part in network.members if isinstance(part, Head))
