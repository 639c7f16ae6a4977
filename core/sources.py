"""Where a scan's input comes from: a signal that is complete before the loop, or something made step by step."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from core.cells.base import Array
from core.network import OUTPUT, Pass, Run, Signal

if TYPE_CHECKING:
    from core.scan import Scan


class Source:
    """What a scan reads. `stepwise`: it has work to do within the loop, before each step of the cell, after it back.

    A source holds choices only, as a cell does: every number is in the run or the pass, so that several of them can go
    through one network in any order.
    """

    stepwise = True

    def width(self, widths: dict[Signal, int]) -> int:
        """How many numbers it gives a step."""
        raise NotImplementedError

    def parameter_shapes(self, scan: Scan, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        """A source may have parameters of its own; most have none."""
        return {}

    def begin(self, run: Run, scan: Scan) -> Array:
        """The input (T, B, I) in data time; a stepwise source fills it in as the steps come."""
        raise NotImplementedError

    def before(self, run: Run, scan: Scan, t: int) -> None:
        """Before the cell's step t: completes x[t]."""

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        """Arrays for the backward pass."""

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        """After the cell's step back at t, when ∂L/∂x_t is there: sends it on."""

    def wants(self, back: Pass) -> bool:
        """Whether ∂L/∂x is to be made for all t at once, after the backward loop."""
        return False

    def finish_back(self, back: Pass, scan: Scan) -> None:
        """After the backward loop, when a static source's ∂L/∂x is there for all t."""

    def records(self, run: Run, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """What it has recorded itself."""
        return iter(())

    def gradients(self, back: Pass, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """And the gradients of that."""
        return iter(())


class Static(Source):
    """A signal that is complete before the loop. With `taps` > 1 a window: x_t, x_{t−1} … side by
    side, 0 before x_1."""

    stepwise = False

    def __init__(self, signal: Signal, taps: int = 1) -> None:
        self.signal, self.taps = signal, taps

    def width(self, widths: dict[Signal, int]) -> int:
        return self.taps * widths[self.signal]

    def begin(self, run: Run, scan: Scan) -> Array:
        x = run.signals[self.signal]
        if self.taps == 1:
            return x
        steps, batch, width = x.shape
        window = np.zeros((steps, batch, self.taps * width), dtype=x.dtype)
        for k in range(min(self.taps, steps)):
            window[k:, :, k * width : (k + 1) * width] = x[: steps - k]
        return window

    def wants(self, back: Pass) -> bool:
        """In a recorded pass, and where a part made the signal: the data has no use for it."""
        return back.run.recorded or self.signal in back.signals

    def finish_back(self, back: Pass, scan: Scan) -> None:
        """Sends ∂L/∂x on to whoever made the signal; the data's own has no reader."""
        if self.signal not in back.signals:
            return
        gradient, target = scan.order(back.records[scan.name].x), back.signals[self.signal]
        width, steps = target.shape[2], len(target)
        for k in range(min(self.taps, steps)):
            target[: steps - k] += gradient[k:, :, k * width : (k + 1) * width]


class Below(Source):
    """The same as `Static`, step by step: the scan below runs in one loop with this one."""

    def __init__(self, signal: Signal, taps: int = 1) -> None:
        self.signal, self.taps = signal, taps

    def width(self, widths: dict[Signal, int]) -> int:
        return self.taps * widths[self.signal]

    def begin(self, run: Run, scan: Scan) -> Array:
        steps, batch, width = run.signals[self.signal].shape
        return np.zeros((steps, batch, self.taps * width), dtype=run.dtype)

    def before(self, run: Run, scan: Scan, t: int) -> None:
        below, x = run.signals[self.signal], run.records[scan.name].x
        width = below.shape[2]
        for k in range(min(self.taps, t + 1)):
            x[t, :, k * width : (k + 1) * width] = below[t - k]

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        target, dx = back.signals[self.signal], back.records[scan.name].x
        width = target.shape[2]
        for k in range(min(self.taps, t + 1)):
            target[t - k] += dx[t, :, k * width : (k + 1) * width]


class Component:
    """A share of a decoder's input at every step: it fills its columns of x_t, and takes ∂L/∂ them back."""

    def width(self, widths: dict[Signal, int]) -> int:
        """How many columns."""
        raise NotImplementedError

    def parameter_shapes(self, scan: Scan, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        """Its own parameters."""
        return {}

    def begin(self, run: Run, scan: Scan, steps: int) -> None:
        """Its own records."""

    def fill(self, run: Run, scan: Scan, t: int, x: Array) -> None:
        """Writes into x (B, width), its part of x_t."""
        raise NotImplementedError

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        """Arrays for the gradients of its records."""

    def take_back(self, back: Pass, scan: Scan, t: int, dx: Array) -> None:
        """Sends dx (B, width), ∂L/∂ its part of x_t, on."""
        raise NotImplementedError

    def records(self, run: Run) -> Iterator[tuple[Signal, Array]]:
        """What it has recorded."""
        return iter(())

    def gradients(self, back: Pass) -> Iterator[tuple[Signal, Array]]:
        """And the gradients of that."""
        return iter(())


class Fed(Component):
    """The output of the step before, a_{t−1} (or its target, where `teacher`: no gradient goes through that).

    At t = 1 there is none: `first` is the signal whose first step is read instead; nothing (0) where it is None.
    """

    def __init__(self, outputs: int, teacher: bool, first: Signal | None = None) -> None:
        self.outputs, self.teacher, self.first = outputs, teacher, first

    def width(self, widths: dict[Signal, int]) -> int:
        return self.outputs

    def fill(self, run: Run, scan: Scan, t: int, x: Array) -> None:
        if t:
            x[...] = run.data.y[t - 1] if self.teacher else run.a[t - 1]
        elif self.first is not None:
            x[...] = run.signals[self.first][0]

    def take_back(self, back: Pass, scan: Scan, t: int, dx: Array) -> None:
        if t and not self.teacher and not back.cut_before(len(back.dz_loss), t):
            back.signals[OUTPUT][t - 1] += dx


class ContextInput(Component):
    """The same context c at every step."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal

    def width(self, widths: dict[Signal, int]) -> int:
        return widths[self.signal]

    def fill(self, run: Run, scan: Scan, t: int, x: Array) -> None:
        x[...] = run.signals[self.signal][0]

    def take_back(self, back: Pass, scan: Scan, t: int, dx: Array) -> None:
        back.signals[self.signal][0] += dx


class Beside(Source):
    """Several components side by side, made step by step."""

    def __init__(self, *components: Component) -> None:
        self.components = components
        self.ends: list[int] = []

    def width(self, widths: dict[Signal, int]) -> int:
        self.ends = list(np.cumsum([component.width(widths) for component in self.components]))
        return int(self.ends[-1])

    def parameter_shapes(self, scan: Scan, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for component in self.components:
            shapes.update(component.parameter_shapes(scan, widths))
        return shapes

    def begin(self, run: Run, scan: Scan) -> Array:
        steps, batch, _ = run.data.y.shape
        for component in self.components:
            component.begin(run, scan, steps)
        return np.zeros((steps, batch, int(self.ends[-1])), dtype=run.dtype)

    def _shares(self, x: Array) -> Iterator[tuple[Component, Array]]:
        start = 0
        for component, end in zip(self.components, self.ends, strict=True):
            yield component, x[..., start:end]
            start = end

    def before(self, run: Run, scan: Scan, t: int) -> None:
        for component, share in self._shares(run.records[scan.name].x[t]):
            component.fill(run, scan, t, share)

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        for component in self.components:
            component.allocate_back(back, scan)

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        for component, share in self._shares(back.records[scan.name].x[t]):
            component.take_back(back, scan, t, share)

    def records(self, run: Run, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        for component in self.components:
            yield from component.records(run)

    def gradients(self, back: Pass, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        for component in self.components:
            yield from component.gradients(back)


class OutputFeedback:
    """Outputs of earlier steps, read beside the input through weights F of their own: a_{t−1} … a_{t−taps} side by
    side, 0 before the first (Jordan 1986; Jaeger 2001 calls the weights back projections)."""

    def __init__(self, outputs: int, taps: int, teacher: bool) -> None:
        self.outputs, self.taps, self.teacher = outputs, taps, teacher

    @property
    def width(self) -> int:
        """taps · O."""
        return self.taps * self.outputs

    def before(self, run: Run, r: SimpleNamespace, t: int) -> None:
        """Fills a_prev[t]."""
        given = run.data.y if self.teacher else run.a
        for k in range(min(self.taps, t)):
            r.a_prev[t, :, k * self.outputs : (k + 1) * self.outputs] = given[t - 1 - k]

    def before_back(self, back: Pass, d: SimpleNamespace, t: int) -> None:
        """Sends ∂L/∂a_prev[t] on to the outputs that it came from; not across a cut."""
        if self.teacher:
            return
        gradient, first = back.signals[OUTPUT], back.window_start(len(d.a_prev), t)
        for k in range(min(self.taps, t - first)):
            gradient[t - 1 - k] += d.a_prev[t, :, k * self.outputs : (k + 1) * self.outputs]
