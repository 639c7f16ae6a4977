"""Where a scan's input comes from: a signal that is complete before the loop, or something made step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.cells.base import Array
from core.losses import softmax
from core.network import Pass, Run, Signal

if TYPE_CHECKING:
    from core.head import Head
    from core.scan import Scan

WEIGHTS: Signal = ("attention", "a")


class Source:
    """What a scan reads. `stepwise`: it has work to do within the loop, before and after every step of the cell.

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
        """Before the cell's step t."""

    def after(self, run: Run, scan: Scan, t: int) -> None:
        """After the cell's step t."""

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        """Arrays for the backward pass."""

    def after_back(self, back: Pass, scan: Scan, t: int) -> None:
        """Before the cell's step back at t: undoes `after`."""

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        """After the cell's step back at t, when the input's gradient is there: undoes `before`."""

    def finish_back(self, back: Pass, scan: Scan) -> None:
        """After the backward loop."""

    def records(self, run: Run, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """What it has recorded itself."""
        return iter(())

    def gradients(self, back: Pass, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """And the gradients of that."""
        return iter(())


class Static(Source):
    """A source that is complete before the loop: one signal or several side by side."""

    stepwise = False

    def __init__(self, *signals: Signal) -> None:
        self.signals = signals

    def width(self, widths: dict[Signal, int]) -> int:
        return sum(widths[signal] for signal in self.signals)

    def begin(self, run: Run, scan: Scan) -> Array:
        values = [run.signals[signal] for signal in self.signals]
        return values[0] if len(values) == 1 else np.concatenate(values, axis=2)

    def receive(self, back: Pass, gradient: Array) -> None:
        """Sends the input's gradient (T, B, I), data time, on to whoever made the signals."""
        start = 0
        for signal in self.signals:
            width = back.run.signals[signal].shape[2]
            if signal in back.signals:
                back.signals[signal] += gradient[..., start : start + width]
            start += width


class Feedback(Source):
    """x_t beside the output fed back: the scan's input at t is (x_t, a_{t−1}), a_0 = 0.

    The head runs inside the loop, and the gradient on a_{t−1} goes back through it.
    """

    def __init__(self, signal: Signal, head: Head) -> None:
        self.signal, self.head = signal, head

    def width(self, widths: dict[Signal, int]) -> int:
        return widths[self.signal] + self.head.outputs

    def parameter_shapes(self, scan: Scan, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        """The head's: it belongs to this source, and is no part of its own."""
        return self.head.parameter_shapes(widths)

    def begin(self, run: Run, scan: Scan) -> Array:
        x = run.signals[self.signal]
        steps, batch, _ = x.shape
        run.z = np.empty((steps, batch, self.head.outputs))
        run.a = np.empty_like(run.z)
        run.signals[self.head.name, "a"] = run.a
        return np.concatenate((x, np.zeros_like(run.z)), axis=2)

    def before(self, run: Run, scan: Scan, t: int) -> None:
        """Puts a_{t−1} into the input of step t."""
        if t:
            run.records[scan.name].x[t, :, -self.head.outputs :] = run.a[t - 1]

    def after(self, run: Run, scan: Scan, t: int) -> None:
        """z_t = s_t·V + b_z and the output a_t."""
        v, bias = self.head.weights(run)
        run.z[t] = run.records[scan.name].s[t] @ v + bias
        run.a[t] = run.network.loss.output(run.z[t])

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        back.records[scan.name].x = np.empty_like(back.run.records[scan.name].x)
        back.signals[self.head.name, "z"] = back.dz_loss.copy()
        back.signals[self.head.name, "a"] = np.zeros_like(back.dz_loss)

    def after_back(self, back: Pass, scan: Scan, t: int) -> None:
        """∂L/∂z_t from the loss and from a_t's use at t+1; on to s_t."""
        run, name = back.run, self.head.name
        v, _ = self.head.weights(run)
        dz = back.signals[name, "z"][t]
        dz += run.network.loss.output_back(run.a[t], back.signals[name, "a"][t])
        back.records[scan.name].s[t] += dz @ v.T

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        """What the input of step t received, to a_{t−1}."""
        if t:
            back.signals[self.head.name, "a"][t - 1] += back.records[scan.name].x[t, :, -self.head.outputs :]

    def finish_back(self, back: Pass, scan: Scan) -> None:
        """The head's parameters, and the gradient on x."""
        if self.signal in back.signals:
            back.signals[self.signal] += back.records[scan.name].x[..., : -self.head.outputs]
        self.head.finish_back(back)

    def records(self, run: Run, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """The head's records."""
        return self.head.records(run)

    def gradients(self, back: Pass, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """And their gradients."""
        return self.head.gradients(back)


class DotAttention(Source):
    """x_t beside a context: e_tj = s_{t−1}·k_j, a_t = softmax(e_t), context_t = Σ_j a_tj k_j over another scan's k
    (Luong, Pham & Manning 2015, "dot", with the previous state as query)."""

    def __init__(self, signal: Signal, keys: Signal) -> None:
        self.signal, self.keys = signal, keys

    def width(self, widths: dict[Signal, int]) -> int:
        return widths[self.signal] + widths[self.keys]

    def parameter_shapes(self, scan: Scan, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        """Dot attention has no parameters. Raises ValueError where query and keys differ in width."""
        if widths[self.keys] != scan.hidden:
            raise ValueError(f"dot attention needs keys as wide as the query: {widths[self.keys]} is not {scan.hidden}")
        return {}

    def begin(self, run: Run, scan: Scan) -> Array:
        x, keys = run.signals[self.signal], run.signals[self.keys]
        steps, batch, _ = x.shape
        run.signals[WEIGHTS] = np.empty((steps, batch, len(keys)))
        return np.concatenate((x, np.zeros((steps, batch, keys.shape[2]))), axis=2)

    def before(self, run: Run, scan: Scan, t: int) -> None:
        """The weights and the context of step t, from s_{t−1}."""
        keys, r = run.signals[self.keys], run.records[scan.name]
        weights = run.signals[WEIGHTS][t]
        weights[...] = softmax(np.einsum("bh,jbh->bj", r.s_prev[t], keys))
        r.x[t, :, -scan.hidden :] = np.einsum("bj,jbh->bh", weights, keys)

    def allocate_back(self, back: Pass, scan: Scan) -> None:
        back.signals[WEIGHTS] = np.empty_like(back.run.signals[WEIGHTS])
        back.records[scan.name].x = np.empty_like(back.run.records[scan.name].x)

    def before_back(self, back: Pass, scan: Scan, t: int) -> None:
        """From context_t to the weights, the keys and the query s_{t−1}:

        ∂L/∂a_tj = ∂L/∂context_t·k_j,  ∂L/∂e_t = a_t ⊙ (∂L/∂a_t − Σ_j a_tj ∂L/∂a_tj),
        ∂L/∂k_j += a_tj ∂L/∂context_t + ∂L/∂e_tj s_{t−1},  ∂L/∂s_{t−1} += Σ_j ∂L/∂e_tj k_j
        """
        run, d = back.run, back.records[scan.name]
        keys, query, weights = run.signals[self.keys], run.records[scan.name].s_prev[t], run.signals[WEIGHTS][t]
        context_back, weights_back = d.x[t, :, -scan.hidden :], back.signals[WEIGHTS][t]
        np.einsum("bh,jbh->bj", context_back, keys, out=weights_back)
        scores_back = weights * (weights_back - (weights * weights_back).sum(axis=1, keepdims=True))
        keys_back = back.signals[self.keys]
        keys_back += np.einsum("bj,bh->jbh", weights, context_back)
        keys_back += np.einsum("bj,bh->jbh", scores_back, query)
        d.s_prev[t] += np.einsum("bj,jbh->bh", scores_back, keys)

    def finish_back(self, back: Pass, scan: Scan) -> None:
        """The gradient on x."""
        if self.signal in back.signals:
            back.signals[self.signal] += back.records[scan.name].x[..., : -scan.hidden]

    def records(self, run: Run, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """The weights (T_y, B, T_x) and the contexts (T_y, B, H)."""
        yield WEIGHTS, run.signals[WEIGHTS]
        yield ("context", "c"), run.records[scan.name].x[..., -scan.hidden :]

    def gradients(self, back: Pass, scan: Scan) -> Iterator[tuple[Signal, Array]]:
        """And their gradients."""
        yield WEIGHTS, back.signals[WEIGHTS]
        yield ("context", "c"), back.records[scan.name].x[..., -scan.hidden :]
