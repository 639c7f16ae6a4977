"""The head: it makes the output from the states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from core.cells.base import Factor, Record, Row
from core.errors import InputError
from core.maths.activations import IDENTITY
from core.maths.arrays import Array, flush_all
from core.maths.losses import loss_named
from core.maths.operations import Operation, activate, linear
from core.network.declared import Read
from core.network.parts import HEAD, BackwardPass, ForwardPass, Key, Network, Part, StepFunction, nothing
from core.options import Option

DENSE = Option(
    "head",
    bool,
    True,
    "Dense layer",
    "Whether a dense layer with {V} makes the output; without it the last layer’s state is the output, and as wide.",
    note="false: no dense layer, the last layer's state is z, and needs as many units as the task has outputs",
    makes=("parameters",),
)


class Head(Part):
    """z_t = s_t·V + b_z and the output a_t, for all t in one product; `stepwise` where the output is read again.

    Without a `dense` layer z_t = s_t, and nothing is learned here; where it has no bias (`biased`) z_t = s_t·V.
    """

    options = (DENSE,)
    quantities = (
        Record("z", "pre-activation", "pre-activation of the output"),
        Record("a", "state", "output"),
    )
    title = "the output"
    rows = (Row("z", "output", ("z",), ("z", "a")),)

    def __init__(
        self,
        source: Key,
        outputs: int,
        loss: str,
        name: str = HEAD,
        stepwise: bool = False,
        dense: bool = True,
        biased: bool = True,
    ) -> None:
        self.source, self.outputs, self.name, self.stepwise = source, outputs, name, stepwise
        self.dense, self.biased = dense, dense and biased
        made = activate("z", IDENTITY.name, "s", at=(1, 2))
        if dense:
            made = linear("z", ("s", "V"), bias="b" if biased else None, at=(1, 2))
        self.graph = (made, Operation("a", loss_named(loss).function, ("z",), at=(1, 1)))
        self.factors = (Factor("V", "s", "z"),) * dense + (Factor("b", "1", "z"),) * self.biased

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        return {"s": (Read(self.source),)}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        """Raises InputError where the state would be the output, and is not as wide."""
        widths[self.name, "a"] = self.outputs
        width = widths[self.source]
        if not self.dense:
            self._refuse_other_width(width)
            return {}
        shapes: dict[str, tuple[int, ...]] = {f"{self.name}.V": (width, self.outputs)}
        return {**shapes, f"{self.name}.b": (self.outputs,)} if self.biased else shapes

    def _refuse_other_width(self, width: int) -> None:
        if width != self.outputs:
            raise InputError(
                "head: without a dense layer the last state is the output, but it has {width} number and the task's "
                "output {outputs}; end widths with the output's, or switch head on."
                if width == 1
                else "head: without a dense layer the last state is the output, but it has {width} numbers and the "
                "task's output {outputs}; end widths with the output's, or switch head on.",
                width=width,
                outputs=self.outputs,
            )

    def _made(self, run: ForwardPass) -> Callable[[Array], Array]:
        """How z, or any number of its rows, is made of the states."""
        if not self.dense:
            return np.copy
        v = run.parameters[f"{self.name}.V"]
        if not self.biased:
            return lambda s: s @ v
        bias = run.parameters[f"{self.name}.b"]
        return lambda s: s @ v + bias

    def _sent(self, back: BackwardPass) -> Callable[[Array], Array]:
        """∂L/∂s of ∂L/∂z, or any number of its rows."""
        if not self.dense:
            return lambda dz: dz
        transposed = back.run.parameters[f"{self.name}.V"].T
        return lambda dz: dz @ transposed

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        made = self._made(run)
        s, output = run.signals[self.source], run.network.loss.output
        if self.stepwise:
            run.z = np.empty((*s.shape[:2], self.outputs), dtype=run.dtype)
            run.a = run.signals[self.name, "a"] = np.empty_like(run.z)

            def step(t: int) -> None:
                run.z[t] = made(s[t])
                run.a[t] = output(run.z[t])

            return len(s), step
        steps, batch, width = s.shape
        counted = s if run.workspace is None else s[run.at]
        z = made(counted.reshape(-1, width)).reshape(-1, batch, self.outputs)
        a = output(z)
        if len(counted) == steps:
            run.z, run.a = z, a
        else:  # a training looks at no output but those that count
            run.z, run.a = np.zeros((2, steps, batch, self.outputs), dtype=run.dtype)
            run.z[run.at], run.a[run.at] = z, a
        run.signals[self.name, "a"] = run.a
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "z"] = back.dz_loss
        if self.stepwise:
            back.signals[self.name, "z"] = back.dz_loss.copy()
            back.signals[self.name, "a"] = np.zeros_like(back.dz_loss)

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        sent = self._sent(back)
        dz, ds = back.signals[self.name, "z"], back.signals[self.source]
        if self.stepwise:
            a, da, output_back = back.run.a, back.signals[self.name, "a"], back.run.network.loss.output_back

            def step_back(t: int) -> None:
                """∂L/∂z_t from the loss and from a_t's use at later steps; on to s_t."""
                dz[t] += output_back(a[t], da[t])
                ds[t] += sent(dz[t])

            return len(dz), step_back
        at = back.at
        ds[at] += sent(dz[at].reshape(-1, self.outputs)).reshape(-1, *ds.shape[1:])
        return 0, nothing

    def finish_back(self, back: BackwardPass) -> None:
        at = slice(None) if self.stepwise else back.at
        if self.stepwise:  # what comes back through fed-back outputs vanishes as it does through states
            flush_all(back.signals[self.name, "z"], np.zeros(len(back.dz_loss), dtype=bool))
        if not self.dense:
            return
        dz = back.signals[self.name, "z"][at].reshape(-1, self.outputs)
        s = back.run.signals[self.source][at]
        back.parameters[f"{self.name}.V"][...] = s.reshape(-1, s.shape[2]).T @ dz
        if self.biased:
            back.parameters[f"{self.name}.b"][...] = dz.sum(axis=0)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), run.z
        yield (self.name, "a"), run.a

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), back.signals[self.name, "z"]


def head_of(network: Network) -> Head:
    """What makes the output. Raises StopIteration where nothing does."""
    return next(part for part in network.members if isinstance(part, Head))
