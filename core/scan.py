"""A scan: one cell run over a sequence, with everything recorded, forward and back."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np

from core.cells.base import Array, Cell
from core.network import Part, Pass, Run, Signal, StepFunction, X, flush_all, flush_row
from core.sources import Source, Static


class Scan(Part):
    """One cell run over a sequence, forward in time or reversed.

    `initial`: the name of an earlier scan whose last states are this one's initial states; None for the experiment's.
    """

    def __init__(
        self,
        name: str,
        cell: Cell,
        hidden: int,
        source: Source | None = None,
        reverse: bool = False,
        initial: str | None = None,
    ) -> None:
        self.name, self.cell, self.hidden = name, cell, hidden
        self.source = source or Static(X)
        self.reverse, self.initial = reverse, initial
        self.start_value = 0.0

    def parameter_shapes(self, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        shapes = self.cell.parameter_shapes(self.source.width(widths), self.hidden)
        widths[self.name, "s"] = self.hidden
        own = {f"{self.name}.{key}": shape for key, shape in shapes.items()}
        return {**own, **self.source.parameter_shapes(self, widths)}

    def order(self, array: Array) -> Array:
        """Between data time and the order of processing (its own inverse)."""
        return array[::-1] if self.reverse else array

    def begin(self, run: Run) -> tuple[int, StepFunction]:
        p = self._prepare(run)
        x = self.order(self.source.begin(run, self))
        steps, batch, inputs = x.shape
        r = self.cell.forward_records(steps, batch, self.hidden)
        r.x, r.p, r.underflow = x, p, np.zeros(steps, dtype=bool)
        for name in self.cell.carried:
            getattr(r, name + "_base")[0] = self._start(run, name)
        run.records[self.name] = r
        run.signals[self.name, "s"] = self.order(r.s)
        cell_step, source = self.cell.step, self.source
        if not source.stepwise:
            np.matmul(x.reshape(steps * batch, inputs), p.U, r.h.reshape(steps * batch, -1))
            r.h += p.b
            return steps, lambda t: cell_step(t, p, r)

        def step(t: int) -> None:
            source.before(run, self, t)
            np.add(x[t] @ p.U, p.b, r.h[t])
            cell_step(t, p, r)
            source.after(run, self, t)

        return steps, step

    def prepared(self, run: Run) -> SimpleNamespace:
        """The parameters as the cell's steps want them; a finished run no longer holds them, and they are made anew."""
        r = run.records[self.name]
        return r.p if r.p is not None else self._prepare(run)

    def _prepare(self, run: Run) -> SimpleNamespace:
        prefix = self.name + "."
        own = {name.removeprefix(prefix): run.parameters[name] for name in run.parameters if name.startswith(prefix)}
        return self.cell.prepare(own)

    def finish(self, run: Run) -> None:
        r = run.records[self.name]
        for array in self._stacks(r):
            flush_all(array, r.underflow)

    def _stacks(self, namespace: SimpleNamespace) -> list[Array]:
        """The arrays (T, B, …) of all records, each once: the blocks of a stack are views of one."""
        found: dict[int, Array] = {}
        for record in self.cell.records:
            array = getattr(namespace, record.name)
            base = array.base
            whole = array if base is None or len(base) != len(array) else base
            found[id(whole)] = whole
        return list(found.values())

    def _start(self, run: Run, name: str) -> Array | float:
        if self.initial is None:
            return self.start_value
        return getattr(run.records[self.initial], name)[-1]

    def allocate_back(self, back: Pass) -> None:
        r = back.run.records[self.name]
        p = self.prepared(back.run)
        d = back.records[self.name] = self.cell.backward_records(p, r)
        d.p = p
        d.underflow = np.zeros(len(r.h), dtype=bool)
        back.signals[self.name, "s"] = self.order(d.s)
        self.source.allocate_back(back, self)

    def begin_back(self, back: Pass) -> tuple[int, StepFunction]:
        r, d = back.run.records[self.name], back.records[self.name]
        cell_back, p, source = self.cell.step_back, d.p, self.source
        steps = len(r.h)

        def whole(t: int) -> None:
            cell_back(t, p, r, d)

        step_back = whole
        if source.stepwise:
            u_transposed = np.ascontiguousarray(p.U.T)

            def step_back(t: int) -> None:
                source.after_back(back, self, t)
                cell_back(t, p, r, d)
                np.matmul(d.h[t], u_transposed, d.x[t])
                source.before_back(back, self, t)

        window = back.window
        if window is None:
            return steps, step_back
        return steps, self._truncated(step_back, d, steps, window)

    def _truncated(self, step_back: StepFunction, d: SimpleNamespace, steps: int, window: int) -> StepFunction:
        """The same, but where a window begins nothing is handed to the step before it."""
        carried = [getattr(d, name + "_prev") for name in self.cell.carried]

        def cut(t: int) -> None:
            if t == 0 or (steps - t) % window:
                step_back(t)
                return
            before = [array[t].copy() for array in carried]
            step_back(t)
            for array, kept in zip(carried, before, strict=True):
                array[t] = kept

        return cut

    def finish_back(self, back: Pass) -> None:
        r, d = back.run.records[self.name], back.records[self.name]
        for array in self._stacks(d):
            flush_all(array, d.underflow)
        self._parameter_gradients(back, r, d)
        self.source.finish_back(back, self)
        if isinstance(self.source, Static):
            steps, batch, width = d.h.shape
            d.x = (d.h.reshape(steps * batch, width) @ d.p.U.T).reshape(r.x.shape)
            flush_all(d.x, d.underflow)
            self.source.receive(back, self.order(d.x))
        if self.initial is not None:
            for name in self.cell.carried:
                getattr(back.records[self.initial], name)[-1] += getattr(d, name + "_base")[0]

    def _parameter_gradients(self, back: Pass, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """dU = Σ_t x_tᵀ·dh_t, dW = Σ_t s_{t−1}ᵀ·dh_t …: one product over all t, from the cell's declared factors."""
        targets = self.views(back.parameters)
        for factor in self.cell.factors:
            right = getattr(d, factor.right)
            right = right.reshape(-1, right.shape[-1])
            if factor.left == "1":
                targets[factor.parameter][...] = right.sum(axis=0)
            else:
                left = getattr(r, factor.left)
                targets[factor.parameter][...] = left.reshape(-1, left.shape[-1]).T @ right

    def views(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """This scan's own parameters out of a whole dictionary: stacked names and names by block, all views."""
        prefix = self.name + "."
        found: dict[str, Array] = {}
        for key, array in parameters.items():
            if key.startswith(prefix):
                found[key[len(prefix) :]] = array
                found.update(self.cell.named(key[len(prefix) :], array, self.hidden))
        return found

    def flush(self, run: Run, t: int) -> None:
        r = run.records[self.name]
        for name in self.cell.carried:
            flush_row(getattr(r, name)[t], r.underflow, t)

    def flush_back(self, back: Pass, t: int) -> None:
        d = back.records[self.name]
        for name in self.cell.carried:
            flush_row(getattr(d, name + "_prev")[t], d.underflow, t)

    def records(self, run: Run) -> Iterator[tuple[Signal, Array]]:
        r = run.records[self.name]
        yield (self.name, "x"), self.order(r.x)
        yield from self._named(r)
        yield from self.source.records(run, self)

    def gradients(self, back: Pass) -> Iterator[tuple[Signal, Array]]:
        d = back.records[self.name]
        yield (self.name, "x"), self.order(d.x)
        yield from self._named(d)
        yield from self.source.gradients(back, self)

    def _named(self, namespace: SimpleNamespace) -> Iterator[tuple[Signal, Array]]:
        if self.cell.blocks != ("",):
            yield (self.name, "h"), self.order(namespace.h)
        for record in self.cell.records:
            yield (self.name, record.name), self.order(getattr(namespace, record.name))
