"""The head: it makes the output from the states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from core.cells.base import Factor, Record, Row
from core.errors import InputError
from core.maths.activations import IDENTITY
from core.maths.arrays import Array, flat, flush_all
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
        self._v, self._b = f"{name}.V", f"{name}.b"
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
        shapes: dict[str, tuple[int, ...]] = {self._v: (width, self.outputs)}
        return {**shapes, self._b: (self.outputs,)} if self.biased else shapes

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

    def _make(self, run: ForwardPass, s: Array, z: Array) -> None:
        """z (m, O) of the states (m, H): of a step, or of many."""
        if not self.dense:
            z[...] = s
            return
        np.matmul(s, run.parameters[self._v], z)
        if self.biased:
            z += run.parameters[self._b]

    def _sent(self, back: BackwardPass, dz: Array) -> Array:
        """∂L/∂s of ∂L/∂z, likewise."""
        return dz @ back.run.parameters[self._v].T if self.dense else dz

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        s, output = run.signals[self.source], run.network.loss.output
        if self.stepwise:
            run.z = np.empty((*s.shape[:2], self.outputs), dtype=run.dtype)
            run.a = run.signals[self.name, "a"] = np.empty_like(run.z)

            def step(t: int) -> None:
                self._make(run, s[t], run.z[t])
                run.a[t] = output(run.z[t])

            return len(s), step
        shape = (*s.shape[:2], self.outputs)
        if run.workspace is None:
            run.z = np.empty(shape, dtype=run.dtype)
            self._make(run, flat(s), flat(run.z))
            run.a = output(run.z)
        else:  # a training looks at no output but those that count
            run.z, run.a = run.workspace.zeros((self.name, "forward"), (2, *shape), run.at)
            z = run.z[run.at]
            self._make(run, flat(s[run.at]), flat(z))
            run.z[run.at], run.a[run.at] = z, output(z)
        run.signals[self.name, "a"] = run.a
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "z"] = back.dz_loss
        if self.stepwise:
            back.signals[self.name, "z"] = back.dz_loss.copy()
            back.signals[self.name, "a"] = np.zeros_like(back.dz_loss)

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        dz, ds = back.signals[self.name, "z"], back.signals[self.source]
        if self.stepwise:
            a, da, output_back = back.run.a, back.signals[self.name, "a"], back.run.network.loss.output_back

            def step_back(t: int) -> None:
                """∂L/∂z_t from the loss and from a_t's use at later steps; on to s_t."""
                dz[t] += output_back(a[t], da[t])
                ds[t] += self._sent(back, dz[t])

            return len(dz), step_back
        at = back.at
        received = ds[at]
        received += self._sent(back, flat(dz[at])).reshape(received.shape)
        if type(at) is not slice:  # `received` is a copy
            ds[at] = received
        return 0, nothing

    def finish_back(self, back: BackwardPass) -> None:
        at = slice(None) if self.stepwise else back.at
        if self.stepwise:  # what comes back through fed-back outputs vanishes as it does through states
            flush_all(back.signals[self.name, "z"], np.zeros(len(back.dz_loss), dtype=bool))
        if not self.dense:
            return
        dz, s = flat(back.signals[self.name, "z"][at]), flat(back.run.signals[self.source][at])
        np.matmul(s.T, dz, back.parameters[self._v])
        if self.biased:
            np.add.reduce(dz, axis=0, out=back.parameters[self._b])

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), run.z
        yield (self.name, "a"), run.a

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        yield (self.name, "z"), back.signals[self.name, "z"]


def head_of(network: Network) -> Head:
    """What makes the output. Raises StopIteration where nothing does."""
    return next(part for part in network.members if isinstance(part, Head))
