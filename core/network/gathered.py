"""What a scan reads that is made of several things side by side, step by step: a decoder's input, outputs fed back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from core.maths.arrays import Array
from core.network.declared import FIRST, Declared, Read
from core.network.parts import BackwardPass, ForwardPass, Key
from core.network.sources import Input, Reader, Source


class Component(Input):
    """A share of what is read at every step: it fills its columns, and takes ∂L/∂ them back."""

    def allocate(self, run: ForwardPass, scan: Reader, steps: int) -> None:
        """Arrays for its own records."""

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        """Writes into x (B, width), its part of what step t reads."""
        raise NotImplementedError

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        """Sends dx (B, width), ∂L/∂ its part of what step t reads, on."""
        raise NotImplementedError


class ContextInput(Component):
    """The same context c at every step."""

    def __init__(self, signal: Key) -> None:
        self.signal = signal

    def width(self, widths: dict[Key, int]) -> int:
        return widths[self.signal]

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        return (Read(self.signal, at=FIRST),)

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        x[...] = run.signals[self.signal][0]

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        back.signals[self.signal][0] += dx


class Concatenated(Component, Source):
    """Several components side by side: a scan's whole input, or a component itself."""

    gathers = True

    def __init__(self, *components: Component) -> None:
        self.components = components
        self.ends: list[int] = []

    def width(self, widths: dict[Key, int]) -> int:
        self.ends = list(np.cumsum([component.width(widths) for component in self.components]))
        return int(self.ends[-1])

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        """Of every component, in its columns."""
        found: list[Read] = []
        start = 0
        for component in self.components:
            columns = start, start + component.width(dict(widths))
            found += [replace(read, columns=columns) for read in component.reads(scan, widths)]
            start = columns[1]
        return tuple(found)

    def declared(self, scan: Reader) -> Iterator[Declared]:
        for component in self.components:
            yield from component.declared(scan)

    def parameter_shapes(self, scan: Reader, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for component in self.components:
            shapes.update(component.parameter_shapes(scan, widths))
        return shapes

    def _shares(self, x: Array) -> Iterator[tuple[Component, Array]]:
        start = 0
        for component, end in zip(self.components, self.ends, strict=True):
            yield component, x[..., start:end]
            start = end

    # --- as a component ---
    def allocate(self, run: ForwardPass, scan: Reader, steps: int) -> None:
        for component in self.components:
            component.allocate(run, scan, steps)

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        for component, share in self._shares(x):
            component.fill(run, scan, t, share)

    def allocate_back(self, back: BackwardPass, scan: Reader) -> None:
        for component in self.components:
            component.allocate_back(back, scan)

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        for component, share in self._shares(dx):
            component.take_back(back, scan, t, share)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        for component in self.components:
            yield from component.records(run)

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        for component in self.components:
            yield from component.gradients(back)

    # --- as a whole input ---
    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        steps, batch, _ = run.data.y.shape
        self.allocate(run, scan, steps)
        return np.zeros((steps, batch, int(self.ends[-1])), dtype=run.dtype)

    def before(self, run: ForwardPass, scan: Reader, t: int) -> None:
        self.fill(run, scan, t, run.records[scan.name].x[t])

    def before_back(self, back: BackwardPass, scan: Reader, t: int) -> None:
        self.take_back(back, scan, t, back.records[scan.name].x[t])
