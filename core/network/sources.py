"""Where a scan's input comes from: a signal that is complete before the loop, or something made step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Protocol

import numpy as np

from core.cells import cell_named
from core.choices import DECODED, Choices
from core.maths.arrays import Array
from core.network.declared import FIRST, TARGETS, Declared, Read
from core.network.parts import OUTPUT, BackwardPass, ForwardPass, Key
from core.options import Option


def feeds_back(choices: Choices) -> bool:
    """Whether outputs of earlier steps are read."""
    structure = choices.structure in (*DECODED, "1-n-feedback")
    return structure or choices.output_feedback or cell_named(choices.cell).fed


def _can_feed_back(choices: Choices) -> bool:
    """Whether outputs can be fed back to the cell where nothing else feeds them back."""
    return not feeds_back(choices) and cell_named(choices.cell).readout != "counts"


TEACHER_FORCING = Option(
    "teacher_forcing",
    bool,
    False,
    "Teacher forcing",
    "What is fed back is the target, not the output: no gradient goes through it.",
    after="output_feedback",
    applies=feeds_back,
    why="No output is fed back here.",
)
OUTPUT_FEEDBACK = Option(
    "output_feedback",
    bool,
    False,
    "Output fed back",
    "Each step also reads the previous output, through {F}.",
    makes=("parameters",),
    applies=lambda choices: choices.output_feedback or _can_feed_back(choices),
    why="This cell or this structure decides already what is fed back.",
)


class Reader(Protocol):
    """What a source asks of the scan that it is of."""

    name: str
    reverse: bool

    def order(self, array: Array) -> Array:
        """A sequence in the order of its steps."""
        ...


class Source:
    """What a scan reads. `stepwise`: it has work to do within the loop, before each step of the cell, after it back.

    A source holds choices only, as a cell does: every number is in the run or the pass, so that several of them can go
    through one network in any order.
    """

    stepwise = True
    gathers = False  # its x is made of several things, and is shown in a row of its own

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
        """A source may have parameters of its own; most have none."""
        return {}

    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        """The input (T, B, I) in data time; a stepwise source fills it in as the steps come."""
        raise NotImplementedError

    def before(self, run: ForwardPass, scan: Reader, t: int) -> None:
        """Before the cell's step t: completes x[t]."""

    def allocate_back(self, back: BackwardPass, scan: Reader) -> None:
        """Arrays for the backward pass."""

    def before_back(self, back: BackwardPass, scan: Reader, t: int) -> None:
        """After the cell's step back at t, when ∂L/∂x_t is there: sends it on."""

    def wants(self, back: BackwardPass) -> bool:
        """Whether ∂L/∂x is to be made for all t at once, after the backward loop."""
        return False

    def finish_back(self, back: BackwardPass, scan: Reader) -> None:
        """After the backward loop, when a static source's ∂L/∂x is there for all t."""

    def records(self, run: ForwardPass, scan: Reader) -> Iterator[tuple[Key, Array]]:
        """What it has recorded itself."""
        return iter(())

    def gradients(self, back: BackwardPass, scan: Reader) -> Iterator[tuple[Key, Array]]:
        """And the gradients of that."""
        return iter(())


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


def window_reads(signal: Key, taps: int, width: int, reverse: bool) -> tuple[Read, ...]:
    """`window_of` as declared."""
    if taps == 1:
        return (Read(signal),)
    way = -1 if reverse else 1
    return tuple(Read(signal, way * k, columns=(k * width, (k + 1) * width), present=reverse) for k in range(taps))


class FullSequence(Source):
    """A signal that is complete before the loop. With `taps` > 1 a window of it (`window_of`)."""

    stepwise = False

    def __init__(self, signal: Key, taps: int = 1) -> None:
        self.signal, self.taps = signal, taps

    def width(self, widths: dict[Key, int]) -> int:
        return self.taps * widths[self.signal]

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        return window_reads(self.signal, self.taps, widths[self.signal], scan.reverse)

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


class LayerBelow(Source):
    """The same as `FullSequence`, step by step: the scan below runs in one loop with this one."""

    def __init__(self, signal: Key, taps: int = 1) -> None:
        self.signal, self.taps = signal, taps

    def width(self, widths: dict[Key, int]) -> int:
        return self.taps * widths[self.signal]

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        return window_reads(self.signal, self.taps, widths[self.signal], scan.reverse)

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


class Component:
    """A share of a decoder's input at every step: it fills its columns of x_t, and takes ∂L/∂ them back."""

    options: tuple[Option, ...] = ()  # as a part's

    def width(self, widths: dict[Key, int]) -> int:
        """How many columns."""
        raise NotImplementedError

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        """What stands in its columns."""
        raise NotImplementedError

    def declared(self, scan: Reader) -> Iterator[Declared]:
        """What it makes itself of what it reads."""
        return iter(())

    def parameter_shapes(self, scan: Reader, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        """Its own parameters."""
        return {}

    def begin(self, run: ForwardPass, scan: Reader, steps: int) -> None:
        """Its own records."""

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        """Writes into x (B, width), its part of x_t."""
        raise NotImplementedError

    def allocate_back(self, back: BackwardPass, scan: Reader) -> None:
        """Arrays for the gradients of its records."""

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        """Sends dx (B, width), ∂L/∂ its part of x_t, on."""
        raise NotImplementedError

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        """What it has recorded."""
        return iter(())

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        """And the gradients of that."""
        return iter(())


class PreviousOutput(Component):
    """The output of an earlier step, a_{t−lag} (or its target, where `teacher`: no gradient goes through that).

    At t = lag there is none: `first` is the signal whose first step is read instead; nothing (0) where it is None, and
    at all steps before. Several of them with lags 1, 2 … are a window of what has been read: with a first x
    x_1, a_1, a_2 …, as a window of an input is (`FullSequence`).
    """

    options = (TEACHER_FORCING,)

    def __init__(self, outputs: int, teacher: bool, first: Key | None = None, lag: int = 1) -> None:
        self.outputs, self.teacher, self.first, self.lag = outputs, teacher, first, lag

    def width(self, widths: dict[Key, int]) -> int:
        return self.outputs

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        again = Read(TARGETS if self.teacher else OUTPUT, self.lag)
        return (again,) if self.first is None else (again, Read(self.first, at=FIRST, only=self.lag))

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        if t >= self.lag:
            x[...] = run.data.y[t - self.lag] if self.teacher else run.a[t - self.lag]
        elif t == self.lag - 1 and self.first is not None:
            x[...] = run.signals[self.first][0]

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        if t < self.lag or self.teacher:
            return
        within = back.records[scan.name].window_starts[t] <= t - self.lag  # not across a cut
        back.signals[OUTPUT][t - self.lag] += np.where(within[:, None], dx, 0.0)


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


class Concatenated(Source):
    """Several components side by side, made step by step."""

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

    def begin(self, run: ForwardPass, scan: Reader) -> Array:
        steps, batch, _ = run.data.y.shape
        for component in self.components:
            component.begin(run, scan, steps)
        return np.zeros((steps, batch, int(self.ends[-1])), dtype=run.dtype)

    def _shares(self, x: Array) -> Iterator[tuple[Component, Array]]:
        start = 0
        for component, end in zip(self.components, self.ends, strict=True):
            yield component, x[..., start:end]
            start = end

    def before(self, run: ForwardPass, scan: Reader, t: int) -> None:
        for component, share in self._shares(run.records[scan.name].x[t]):
            component.fill(run, scan, t, share)

    def allocate_back(self, back: BackwardPass, scan: Reader) -> None:
        for component in self.components:
            component.allocate_back(back, scan)

    def before_back(self, back: BackwardPass, scan: Reader, t: int) -> None:
        for component, share in self._shares(back.records[scan.name].x[t]):
            component.take_back(back, scan, t, share)

    def records(self, run: ForwardPass, scan: Reader) -> Iterator[tuple[Key, Array]]:
        for component in self.components:
            yield from component.records(run)

    def gradients(self, back: BackwardPass, scan: Reader) -> Iterator[tuple[Key, Array]]:
        for component in self.components:
            yield from component.gradients(back)


class OutputFeedback:
    """Outputs of earlier steps, read beside the input through weights F of their own: a_{t−1} … a_{t−taps} side by
    side, 0 before the first (Jordan 1986; Jaeger 2001 calls the weights back projections)."""

    options = (TEACHER_FORCING, OUTPUT_FEEDBACK)

    def __init__(self, outputs: int, taps: int, teacher: bool) -> None:
        self.outputs, self.taps, self.teacher = outputs, taps, teacher

    @property
    def width(self) -> int:
        """taps · O."""
        return self.taps * self.outputs

    def reads(self) -> tuple[Read, ...]:
        """What stands in its columns."""
        signal, width = TARGETS if self.teacher else OUTPUT, self.outputs
        return tuple(Read(signal, k + 1, columns=(k * width, (k + 1) * width)) for k in range(self.taps))

    def before(self, run: ForwardPass, r: SimpleNamespace, t: int) -> None:
        """Fills a_prev[t]."""
        given = run.data.y if self.teacher else run.a
        for k in range(min(self.taps, t)):
            r.a_prev[t, :, k * self.outputs : (k + 1) * self.outputs] = given[t - 1 - k]

    def before_back(self, back: BackwardPass, d: SimpleNamespace, t: int) -> None:
        """Sends ∂L/∂a_prev[t] on to the outputs that it came from; not across a cut."""
        if self.teacher:
            return
        gradient, first = back.signals[OUTPUT], d.window_starts[t]
        for k in range(min(self.taps, t - int(first.min()))):
            sent = d.a_prev[t, :, k * self.outputs : (k + 1) * self.outputs]
            gradient[t - 1 - k] += np.where((first <= t - 1 - k)[:, None], sent, 0.0)
