"""A network as an ordered list of parts (scans over time, joins, the head) and the arrays of one pass through it.

A Signal key (part, name) stands for a sequence (T, B, n) that one part makes and others read. Time in a signal is the
data's; a reversed scan works in its own order of processing, and its signals are flipped views of its records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np

from core.cells.base import Array
from core.losses import loss_named, output_gradient, total
from core.tasks.base import Data

Signal = tuple[str, str]
StepFunction = Callable[[int], None]
X: Signal = ("data", "x")
SMALLEST = 1e-280  # below it a value becomes 0: products of subnormal numbers are a hundred times slower


class Part:
    """A member of a network. `steps` says how many steps its loop has; 0 where all times are done at once."""

    name: str

    def parameter_shapes(self, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        """Shapes of its own parameters by full name; also enters the widths of its signals into `widths`."""
        raise NotImplementedError

    def begin(self, run: Run) -> tuple[int, StepFunction]:
        """Prepares the forward loop: its number of steps and what each step does."""
        raise NotImplementedError

    def finish(self, run: Run) -> None:
        """After the forward loop."""

    def allocate_back(self, back: Pass) -> None:
        """Makes the arrays that receive gradients, before any part runs backward."""

    def begin_back(self, back: Pass) -> tuple[int, StepFunction]:
        """Prepares the backward loop, when every reader of its signals has sent its gradient."""
        raise NotImplementedError

    def finish_back(self, back: Pass) -> None:
        """After the backward loop: gradients of the parameters, and what goes on to the sources."""

    def flush(self, run: Run, t: int) -> None:
        """Sets what has become smaller than SMALLEST to 0, in what step t hands to the next."""

    def flush_back(self, back: Pass, t: int) -> None:
        """The same for what step t hands back."""

    def records(self, run: Run) -> Iterator[tuple[Signal, Array]]:
        """Every recorded quantity in data time."""
        return iter(())

    def gradients(self, back: Pass) -> Iterator[tuple[Signal, Array]]:
        """The gradients of the same."""
        return iter(())


class Network:
    """Parts in the order of computation, a loss at the head, and the shapes of all parameters."""

    def __init__(self, parts: tuple[Part, ...], inputs: int, loss: str, extra: dict[Signal, int] | None = None) -> None:
        self.parts, self.loss = parts, loss_named(loss)
        self.widths: dict[Signal, int] = {X: inputs, **(extra or {})}
        self.parameter_shapes: dict[str, tuple[int, ...]] = {}
        for part in parts:
            self.parameter_shapes.update(part.parameter_shapes(self.widths))


class Run:
    """The arrays of one forward pass: records by part, signals by key, outputs and loss."""

    def __init__(
        self, network: Network, parameters: dict[str, Array], data: Data, extra: dict[Signal, Array] | None = None
    ) -> None:
        self.network, self.parameters, self.data = network, parameters, data
        self.signals: dict[Signal, Array] = {X: data.x, **(extra or {})}
        self.records: dict[str, SimpleNamespace] = {}
        self.loss_t: Array = np.zeros(len(data.supervised))
        self.loss = 0.0
        self.z: Array = np.empty(0)
        self.a: Array = np.empty(0)

    def measure(self) -> None:
        """The loss, from the outputs z that the head has made."""
        self.loss_t, self.loss = total(self.network.loss, self.z, self.a, self.data.y, self.data.supervised)


class Pass:
    """The arrays of one backward pass through a run: gradients of records, signals and parameters.

    `at`: the steps whose loss counts (T,) bool, all supervised ones by default. `window`: truncation, the number of
    steps that a gradient may go back; cuts lie every `window` steps counted from the last.
    """

    def __init__(self, run: Run, at: Array | None = None, window: int | None = None) -> None:
        self.run, self.window = run, window
        supervised = run.data.supervised if at is None else run.data.supervised & at
        self.dz_loss = output_gradient(run.network.loss, run.z, run.a, run.data.y, supervised)
        self.records: dict[str, SimpleNamespace] = {}
        self.signals: dict[Signal, Array] = {}
        self.parameters = {name: np.zeros(shape) for name, shape in run.network.parameter_shapes.items()}
        for part in run.network.parts:
            part.allocate_back(self)


def nothing(t: int) -> None:
    """The step of a part that does all times at once."""


def flush_all(array: Array, underflow: Array) -> None:
    """Sets every |value| < SMALLEST to 0 and marks its step."""
    tiny = array < SMALLEST
    tiny &= array > -SMALLEST
    if not tiny.any():
        return
    tiny &= array != 0.0
    if tiny.any():
        underflow |= tiny.any(axis=(1, 2))
        array[tiny] = 0.0


def flush_row(row: Array, underflow: Array, t: int) -> None:
    """The same for one step's (B, H)."""
    tiny = np.abs(row) < SMALLEST
    if tiny.any() and row[tiny].any():
        underflow[t] = True
        row[tiny] = 0.0
