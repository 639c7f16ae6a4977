"""Where a scan's input comes from: a signal that is complete before the loop, or something made step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np

from core.maths.arrays import Array
from core.network.declared import Declared, Read
from core.network.parts import BackwardPass, ForwardPass, Key
from core.options import Option


class Reader(Protocol):
    """What a source asks of the scan that it is of."""

    name: str
    reverse: bool

    def order(self, array: Array) -> Array:
        """A sequence in the order of its steps."""
        ...


class Input:
    """What a scan reads, or a share of it: how many columns that are, what stands in them, and what it makes itself of
    what it reads.

    An input holds choices only, as a cell does: every number is in the run or the pass, so that several of them can go
    through one network in any order.
    """

    options: tuple[Option, ...] = ()  # as a part's

    def width(self, widths: dict[Key, int]) -> int:
        """How many numbers it gives a step."""
        raise NotImplementedError

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        """What stands in each of its columns."""
        raise NotImplementedError

    def declared(self, scan: Reader) -> Iterator[Declared]:
        """What it makes itself of what it reads."""
        return iter(())

    def parameter_shapes(self, scan: Reader, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        """It may have parameters of its own; most have none."""
        return {}

    def allocate_back(self, back: BackwardPass, scan: Reader) -> None:
        """Arrays for the backward pass."""

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        """What it has recorded itself."""
        return iter(())

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        """And the gradients of that."""
        return iter(())


class Source(Input):
    """All that a scan reads for x. `stepwise`: it has work to do within the loop, before each step of the cell, after
    it back."""

    stepwise = True
    gathers = False  # its x is made of several things, and is shown in a row of its own

    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        """The input (T, B, I) in data time; a stepwise source fills it in as the steps come."""
        raise NotImplementedError

    def before(self, run: ForwardPass, scan: Reader, t: int) -> None:
        """Before the cell's step t: completes x[t]."""

    def before_back(self, back: BackwardPass, scan: Reader, t: int) -> None:
        """After the cell's step back at t, when ∂L/∂x_t is there: sends it on."""

    def wants(self, back: BackwardPass) -> bool:
        """Whether ∂L/∂x is to be made for all t at once, after the backward loop."""
        return False

    def finish_back(self, back: BackwardPass, scan: Reader) -> None:
        """After the backward loop, when a static source's ∂L/∂x is there for all t."""


def window_of(x: Array, taps: int, reverse: bool = False, present: Array | None = None) -> Array:
    """x (T, B, I) as a scan with `taps` reads it, (T, B, taps·I), data time: x_t and the steps that it has read before
    side by side, the latest first: x_{t−1}, x_{t−2} …, in a reverse chain x_{t+1}, x_{t+2} …; 0 where there are none.

    A reverse chain is the same cell on the sequence read backward, so its window lies where it has been, not where it
    is going (Schuster & Paliwal 1997: both chains have the same form). `present` (T, B): at a step that a sample does
    not have there is nothing to read, whatever an earlier part has made there.
    """
    steps, batch, width = x.shape
    if reverse and present is not None:
        x = np.where(present[:, :, None], x, 0.0)
    window = np.zeros((steps, batch, taps * width), dtype=x.dtype)
    for k in range(min(taps, steps)):
        late, early = slice(k, None), slice(0, steps - k)
        to, read = (early, late) if reverse else (late, early)
        window[to, :, k * width : (k + 1) * width] = x[read]
    return window


def window_back(gradient: Array, taps: int, reverse: bool = False, present: Array | None = None) -> Array:
    """∂L/∂x (T, B, I) of `window_of`, from that of the window (T, B, taps·I): each step's sum over where it is read."""
    steps, width = len(gradient), gradient.shape[-1] // taps
    found = np.zeros((*gradient.shape[:-1], width))
    for k in range(min(taps, steps)):
        late, early = slice(k, None), slice(0, steps - k)
        to, read = (early, late) if reverse else (late, early)
        found[read] += gradient[to][..., k * width : (k + 1) * width]
    if reverse and present is not None:
        found = np.where(present[..., None], found, 0.0)
    return found


class Window(Source):
    """One signal; with `taps` > 1 a window of it (`window_of`)."""

    def __init__(self, signal: Key, taps: int = 1) -> None:
        self.signal, self.taps = signal, taps

    def width(self, widths: dict[Key, int]) -> int:
        return self.taps * widths[self.signal]

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        if self.taps == 1:
            return (Read(self.signal),)
        way, width = -1 if scan.reverse else 1, widths[self.signal]
        columns = ((k * width, (k + 1) * width) for k in range(self.taps))
        return tuple(Read(self.signal, way * k, columns=each, present=scan.reverse) for k, each in enumerate(columns))


class FullSequence(Window):
    """A signal that is complete before the loop."""

    stepwise = False

    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        x = run.signals[self.signal]
        return x if self.taps == 1 else window_of(x, self.taps, scan.reverse, run.data.present)

    def wants(self, back: BackwardPass) -> bool:
        """In a recorded pass, and where a part made the signal: the data needs no gradient."""
        return back.run.recorded or self.signal in back.signals

    def finish_back(self, back: BackwardPass, scan: Reader) -> None:
        """Sends ∂L/∂x on to whoever made the signal; the data's own has no reader."""
        if self.signal not in back.signals:
            return
        gradient = scan.order(back.records[scan.name].x)
        if self.taps > 1:
            gradient = window_back(gradient, self.taps, scan.reverse, back.run.data.present)
        back.signals[self.signal] += gradient


class LayerBelow(Window):
    """A signal that comes step by step: the scan below runs in one loop with this one."""

    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        steps, batch, width = run.signals[self.signal].shape
        return np.zeros((steps, batch, self.taps * width), dtype=run.dtype)

    def before(self, run: ForwardPass, scan: Reader, t: int) -> None:
        below, x = run.signals[self.signal], run.records[scan.name].x
        width = below.shape[2]
        for k in range(min(self.taps, t + 1)):
            x[t, :, k * width : (k + 1) * width] = below[t - k]

    def before_back(self, back: BackwardPass, scan: Reader, t: int) -> None:
        target, dx = back.signals[self.signal], back.records[scan.name].x
        width = target.shape[2]
        for k in range(min(self.taps, t + 1)):
            target[t - k] += dx[t, :, k * width : (k + 1) * width]
