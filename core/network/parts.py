"""A network as an ordered list of parts (scans over time, joins, the head) and the arrays of one pass through it.

A Signal key (part, name) stands for a sequence (T, B, n) that one part makes and others read. Time in a signal is the
data's; a reversed scan works in its own order of processing, and its signals are flipped views of its records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.choices import Choices
from core.maths.arrays import Array
from core.maths.losses import loss_named, output_gradient, total, where
from core.network.declared import Declared, Key, X
from core.network.workspace import Workspace
from core.options import Option
from core.tasks.base import Data

StepFunction = Callable[[int], None]
HEAD = "out"  # the part that makes the output
OUTPUT: Key = (HEAD, "a")
NOTHING_YET: Array = np.empty(0)


class Part(Declared):
    """A member of a network. What it computes it declares (`Declared`), and does in `begin` and `begin_back`."""

    options: tuple[Option, ...] = ()  # what it lets a person choose beside what every experiment has
    members: tuple[Part, ...] = ()  # the parts that run in one loop, where it is several
    equation: str = ""  # in a line, of a part that no cell's graph describes

    @classmethod
    def from_experiment(cls, experiment: Choices, source: Key) -> Part | None:
        """Of a part that stands before the layers (FIRST in core.network.structures): the one that an experiment asks
        for, which reads `source`; None for none."""
        raise NotImplementedError

    def declared(self) -> Iterator[Declared]:
        """Itself, after what it makes its inputs from that declares quantities of its own (attention)."""
        yield self

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        """Shapes of its own parameters by full name; also enters the widths of its signals into `widths`."""
        raise NotImplementedError

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        """Prepares the forward loop: its number of steps and what each step does."""
        raise NotImplementedError

    def finish(self, run: ForwardPass) -> None:
        """After the forward loop."""

    def allocate_back(self, back: BackwardPass) -> None:
        """Makes the arrays that receive gradients, before any part runs backward."""

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        """Prepares the backward loop, when every reader of its signals has sent its gradient."""
        raise NotImplementedError

    def finish_back(self, back: BackwardPass) -> None:
        """After the backward loop: gradients of the parameters, and what goes on to the sources."""

    def flush(self, run: ForwardPass, t: int) -> None:
        """Sets what has become smaller than core.maths.arrays.SMALLEST to 0, in what step t passes to the next."""

    def flush_back(self, back: BackwardPass, t: int) -> None:
        """The same for what step t passes back."""

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        """Every recorded quantity in data time."""
        return ((self.key(each.name), run.signals[self.key(each.name)]) for each in self.quantities)

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        """The gradients of the same."""
        return ((self.key(each.name), back.signals[self.key(each.name)]) for each in self.quantities)


class Network:
    """Parts in the order of computation, a loss at the head, and the shapes of all parameters."""

    def __init__(self, parts: tuple[Part, ...], inputs: int, loss: str) -> None:
        self.parts, self.loss = parts, loss_named(loss)
        self.members = tuple(member for part in parts for member in (part.members or (part,)))
        self.widths: dict[Key, int] = {X: inputs}
        self.parameter_shapes: dict[str, tuple[int, ...]] = {}
        for part in parts:
            self.parameter_shapes.update(part.parameter_shapes(self.widths))

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """Everything that declares a step, in the order of computation."""
        return tuple(each for part in self.members for each in part.declared())

    def part(self, name: str) -> Part | None:
        """The member of that name; None where there is none."""
        return next((part for part in self.members if part.name == name), None)


class ForwardPass:
    """The arrays of one forward pass: records by part, signals by key, outputs and loss.

    `recorded`: every number will be looked at; training looks at none, so what serves display alone is left out.
    `dtype`: complex where something in it is; every intermediate array then is, too, and so is the loss.
    `starts`: initial states (B, H) that replace a scan's own, by (scan, name).
    `workspace`: where scans find their arrays again, for a pass that the next one of a training may write over.
    """

    def __init__(
        self,
        network: Network,
        parameters: dict[str, Array],
        data: Data,
        recorded: bool = True,
        dtype: type = float,
        starts: Mapping[Key, Array] | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self.network, self.parameters, self.data, self.recorded = network, parameters, data, recorded
        self.dtype, self.starts, self.workspace = dtype, starts or {}, workspace
        self.signals: dict[Key, Array] = {X: data.x}
        self.records: dict[str, SimpleNamespace] = {}
        self.kept: dict[str, Any] = {}  # what scans have found in the workspace
        self.loss_t = self.z = self.a = NOTHING_YET
        self.loss = 0.0
        self.at = where(data.supervised)  # looked for once a run: a training asks several times an update

    def measure(self) -> None:
        """The loss, from the outputs z that the head has made."""
        data = self.data
        self.loss_t, self.loss = total(
            self.network.loss, self.z, self.a, data.y, data.supervised, data.counted, self.at
        )


class Hook:
    """What a scan's backward pass lets be done otherwise: it asks its hook at these four points. Here nothing is; a
    subclass says what is done instead.

    `scan` is a core.network.scan.Scan. Its arrays are in `back.run.records[scan.name]` (values, (T, B, n) in the order
    of processing), `back.records[scan.name]` (their gradients, likewise) and `back.parameters`.
    """

    def prepare(self, scan: Any, back: BackwardPass) -> None:
        """Before any step: may change what all of them use, such as slopes φ′(h_t) and transposed weights."""

    def step_back(self, scan: Any, back: BackwardPass, step_back: StepFunction) -> StepFunction:
        """What is done at each step t instead of `step_back`, the cell's own."""
        return step_back

    def sums(self, scan: Any, back: BackwardPass) -> None:
        """After the last step, when the sums over time are there, ∂L/∂W and those of its other parameters: may change
        them."""

    def sends_down(self, scan: Any) -> bool:
        """Whether ∂L/∂x is an addend of the gradient of what the scan reads."""
        return True


UNCHANGED = Hook()


class BackwardPass:
    """The arrays of one backward pass through a run: gradients of records, signals and parameters.

    `at`: the steps whose loss counts (T,) bool, all supervised ones by default. `window`: truncation, the number of
    steps that a gradient may go back; cuts lie every `window` steps, counted for each sample from the last that it has
    (core.network.truncation). `hook`: what scans do otherwise. `head_only`: nothing goes back beyond the
    head (only the read-out is fitted). `parameters`: arrays of zeros that receive the parameters' gradients, by name.
    `workspace`: as of `ForwardPass`.
    """

    def __init__(
        self,
        run: ForwardPass,
        at: Array | None = None,
        window: int | None = None,
        hook: Hook = UNCHANGED,
        head_only: bool = False,
        parameters: dict[str, Array] | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self.workspace = workspace
        self.run, self.window, self.hook, self.head_only = run, window, hook, head_only
        data = run.data
        supervised = data.supervised if at is None else data.supervised & at
        self.at = run.at if at is None else where(supervised)  # elsewhere dz_loss is 0
        room = None if workspace is None else workspace.zeros((HEAD, "backward"), run.z.shape, self.at)
        self.dz_loss = output_gradient(run.network.loss, run.z, run.a, data.y, supervised, data.counted, self.at, room)
        self.records: dict[str, SimpleNamespace] = {}
        self.kept: dict[str, Any] = {}
        self.signals: dict[Key, Array] = {}
        if parameters is None:
            parameters = {name: np.zeros(shape) for name, shape in run.network.parameter_shapes.items()}
        self.parameters = parameters
        for part in run.network.parts:
            part.allocate_back(self)


def nothing(t: int) -> None:
    """The step of a part that does all times at once."""
