"""A scan: one cell run over a sequence, with everything recorded, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np

from core.cells import cell_named
from core.cells.base import Cell, Factor, in_complex
from core.choices import MOST_LAYERS
from core.maths.arrays import Array, add_row, flat, flush_all, flush_each, flush_row, sums_of_rows
from core.network import stepping
from core.network.declared import BY_CONTEXT, FIRST, LAST, PREVIOUS, Declared, Read
from core.network.gathered import Component
from core.network.parts import UNCHANGED, BackwardPass, ForwardPass, Key, Network, Part, StepFunction, X, nothing
from core.network.sources import FullSequence, Source
from core.network.truncation import window_starts
from core.network.workspace import in_rows
from core.options import Option

WIDTHS = Option(
    "widths",
    Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=256)], ...], msgspec.Meta(max_length=MOST_LAYERS)],
    (),
    "Widths",
    "The number of units of each layer, from below to above; empty: Hidden H in every one.",
    example="H each, or 6, 1",
    after="layers",
    note="the units of each layer, from below to above, such as 6,1; none: `hidden` in every layer",
    makes=("parameters",),
    applies=lambda choices: cell_named(choices.cell).stackable,
    why="This cell has no hidden layer.",
)


BIASES = Option(
    "biases",
    bool,
    True,
    "Biases",
    "Whether the network has biases at all: without them no part of it has one, {b} and that of the output among them.",
    note="false: no part has a bias, neither the cell nor the dense layer",
    makes=("parameters",),
)


Sum = Callable[[], object]  # makes the gradient of a parameter, of what a backward loop has left in its arrays


class Kept(NamedTuple):
    """What the passes of a training keep of a scan for the next one: its arrays, and the same in `rows` for the loop;
    of a backward pass the `sums` over time, too."""

    arrays: SimpleNamespace
    rows: Any
    sums: tuple[Sum, ...] = ()


class Scan(Part):
    """One cell run over a sequence, forward in time or reversed.

    `initial`: where its initial states come from: the name of an earlier scan (that one's last states), a signal
    (1, B, H) that is its s_0, or None for the experiment's. `feedback`: outputs of earlier steps that it also reads.
    `decodes`: its time is that of what is written, not of what is read; it has all its steps for every sample.
    `context`: the signal (1, B, H) by way of which the s among an earlier scan's last states comes.
    """

    options = (WIDTHS, BIASES)

    def __init__(
        self,
        name: str,
        cell: Cell,
        hidden: int,
        source: Source | None = None,
        reverse: bool = False,
        initial: str | Key | None = None,
        feedback: Component | None = None,
        decodes: bool = False,
        context: Key | None = None,
    ) -> None:
        self.name, self.hidden = name, hidden
        self.cell = cell.with_feedback() if feedback else cell
        self.source = source or FullSequence(X)
        self.reverse, self.initial, self.feedback, self.decodes = reverse, initial, feedback, decodes
        self.context = context
        self._masked = type(self.cell).mask is not Cell.mask  # whether its parameters have numbers that stay 0
        self.start_value = 0.0
        self.starts: dict[str, Array] = {}  # (B, H) of what begins otherwise
        self._full_names: dict[str, str] = {}  # of its parameters: {"U": "L1.U", …}
        self.gathered = ("x", "a" + PREVIOUS) if feedback is not None else ("x",)
        own = self.cell
        self.quantities, self.graph, self.factors, self.rows = own.records, own.graph, own.factors, own.rows
        self.recurrent_states, self.couples_samples = own.recurrent_states, own.couples_samples
        self.title = f"{name}: {own.title}"
        self.in_words = {
            each + PREVIOUS: BY_CONTEXT for each in own.recurrent_states
        }  # of another's, which it begins with

    def declared(self) -> Iterator[Declared]:
        yield from self.source.declared(self)
        yield self

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        found = {
            "x": self.source.reads(self, widths),
            **{name + PREVIOUS: self.before(name) for name in self.recurrent_states},
        }
        if self.feedback is not None:
            found["a" + PREVIOUS] = self.feedback.reads(self, widths)
        return found

    def before(self, name: str) -> tuple[Read, ...]:
        """What stands for a carried quantity of the step before: at the first step what another part hands on."""
        own = Read((self.name, name), lag=-1 if self.reverse else 1)
        if isinstance(self.initial, str):
            through = self.context if name == "s" else None
            signal = through or (self.initial, name)
            return own, Read(signal, at=LAST, only=1)
        if self.initial is not None and name == "s":
            return own, Read(self.initial, at=FIRST, only=1)
        return (own,)

    def given(self, run: ForwardPass) -> dict[str, Array]:
        r = run.records[self.name]
        found = {"x": self.order(r.x)}
        if self.feedback is not None:
            found["a" + PREVIOUS] = self.order(r.a_prev)
        return {**found, **{name + PREVIOUS: self.order(getattr(r, name + PREVIOUS)) for name in self.recurrent_states}}

    def own_parameters(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return self.views(dict(parameters))

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        inputs, fed = self.source.width(widths), self.feedback.width(widths) if self.feedback else 0
        self.hidden = self.cell.width(self.hidden, inputs, fed)
        shapes = self.cell.shapes(inputs, self.hidden)
        if fed and "U" in shapes:
            shapes["F"] = (fed, shapes["U"][1])
        widths[self.name, "s"] = self.hidden
        own = {f"{self.name}.{key}": shape for key, shape in shapes.items()}
        found = {**own, **self.source.parameter_shapes(self, widths)}
        prefix = self.name + "."
        self._full_names = {name[len(prefix) :]: name for name in found if name.startswith(prefix)}
        return found

    def order(self, array: Array) -> Array:
        """Between data time and the order of processing (its own inverse)."""
        return array[::-1] if self.reverse else array

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        p = self._prepare(run)
        x = self.order(self.source.begin(run, self))
        steps, batch, _ = x.shape
        r = self._forward_records(run, steps, batch)
        r.x, r.p = x, p
        absent = self.absent(run)
        if absent is not None:
            self.cell.pause(r, absent)
        if self.feedback is not None:
            r.a_prev = np.zeros((steps, batch, self.feedback.width(run.network.widths)), dtype=run.dtype)
        for name in self.cell.recurrent_states:
            getattr(r, name + "_base")[0] = self._start(run, name)
        run.records[self.name] = r
        run.signals[self.name, "s"] = self.order(r.s)
        reads = self.cell.reads_input
        if reads and not self.source.stepwise:
            np.matmul(flat(x), p.U, flat(r.h))
            add_row(r.h, p.b)
        step = self._forward_step(run, p, r)
        return steps, step if absent is None else stepping.copying(step, absent, self._carried(r))

    def _forward_records(self, run: ForwardPass, steps: int, batch: int) -> SimpleNamespace:
        def made() -> SimpleNamespace:
            r = self.cell.forward_records(steps, batch, self.hidden)
            r.underflow = np.zeros(steps, dtype=bool)
            return r

        if run.workspace is None or not self.cell.reusable:
            return made() if run.dtype is float else in_complex(made())
        # as they are: a run's own steps write every number of its records
        kept = run.workspace.kept((self.name, "forward"), (steps, batch), lambda: Kept(r := made(), in_rows(r)))
        run.kept[self.name] = kept
        return kept.arrays

    def _backward_records(self, back: BackwardPass, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        def made() -> SimpleNamespace:
            d = self.cell.backward_records(p, r)
            d.underflow = np.zeros(len(r.x), dtype=bool)
            return d

        if back.workspace is None or not self.cell.reusable or back.hook is not UNCHANGED:  # it may replace arrays
            return made()
        kept = back.workspace.kept(
            (self.name, "backward"), r.s.shape[:2], lambda: Kept(d := made(), in_rows(d), self._sums(back, r, d))
        )
        back.kept[self.name] = kept
        for each in self.recurrent_states:
            getattr(kept.arrays, each + "_base").fill(0.0)
        self.cell.differentiate(r, kept.arrays)
        return kept.arrays

    def _forward_step(self, run: ForwardPass, p: SimpleNamespace, r: SimpleNamespace) -> StepFunction:
        cell_step, source, feedback = self.cell.step, self.source, self.feedback
        if not source.stepwise and feedback is None:
            rows: Any = run.kept[self.name].rows if self.name in run.kept else r
            return lambda t: cell_step(t, p, rows)
        reads = self.cell.reads_input

        def step(t: int) -> None:
            if source.stepwise:
                source.before(run, self, t)
                if reads:
                    np.add(r.x[t] @ p.U, p.b, r.h[t])
            if feedback is not None:
                feedback.fill(run, self, t, r.a_prev[t])
                if reads:
                    r.h[t] += r.a_prev[t] @ p.F
            cell_step(t, p, r)

        return step

    def absent(self, run: ForwardPass) -> Array | None:
        """(T, B) bool, in the order of processing: the steps that a sample does not have."""
        if run.data.present is None or self.decodes:
            return None
        return ~self.order(run.data.present)

    def _carried(self, namespace: SimpleNamespace) -> list[tuple[Array, Array]]:
        """What a step passes to the next, in values or gradients: after it and before it, (T, B, H) each."""
        return [(getattr(namespace, each), getattr(namespace, each + PREVIOUS)) for each in self.recurrent_states]

    def prepared(self, run: ForwardPass) -> SimpleNamespace:
        """The parameters as the cell's steps want them; a finished run no longer holds them, and they are made
        again."""
        r = run.records[self.name]
        return r.p if r.p is not None else self._prepare(run)

    def _prepare(self, run: ForwardPass) -> SimpleNamespace:
        own = self._own(run.parameters)
        if self._masked:
            own = {name: array if mask is None else array * mask for name, (array, mask) in self.masked(own).items()}
        p = self.cell.prepare(own)
        if self.cell.reads_input and "b" not in own:
            p.b = 0.0
        for name in self.cell.left_out:
            setattr(p, name, 0.0)
        return p

    def _own(self, parameters: dict[str, Array]) -> dict[str, Array]:
        return {short: parameters[name] for short, name in self._full_names.items()}

    def masked(self, own: dict[str, Array]) -> dict[str, tuple[Array, Array | None]]:
        if not self._masked:
            return super().masked(own)
        found: dict[str, tuple[Array, Array | None]] = {}
        for name, array in own.items():
            whole = np.ones(array.shape)
            masks = [(view, self.cell.mask(key, self.hidden)) for key, view in self.named(name, whole).items()]
            for view, mask in masks:
                if mask is not None:
                    view *= mask
            found[name] = array, None if all(mask is None for _, mask in masks) else whole
        return found

    def named(self, parameter: str, array: Array) -> dict[str, Array]:
        return self.cell.named(parameter, array, self.hidden)

    def finish(self, run: ForwardPass) -> None:
        if not run.recorded or run.dtype is complex:
            return
        r = run.records[self.name]
        flush_each(self._stacks(r), r.underflow)

    def _stacks(self, namespace: SimpleNamespace) -> list[Array]:
        """The arrays (T, B, …) of all records, each once: the blocks of a stack are views of one."""
        found: dict[int, Array] = {}
        for record in self.cell.records:
            array = getattr(namespace, record.name)
            base = array.base
            whole = array if base is None or len(base) != len(array) else base
            found[id(whole)] = whole
        return list(found.values())

    def _start(self, run: ForwardPass, name: str) -> Array | float:
        if (self.name, name) in run.starts:
            return run.starts[self.name, name]
        if isinstance(self.initial, str):
            return getattr(run.records[self.initial], name)[-1]
        if self.initial is not None and name == "s":
            return run.signals[self.initial][0]
        return self.starts.get(name, self.start_value)

    def allocate_back(self, back: BackwardPass) -> None:
        r = back.run.records[self.name]
        p = self.prepared(back.run)
        d = back.records[self.name] = self._backward_records(back, p, r)
        d.p = p
        back.signals[self.name, "s"] = self.order(d.s)
        if self.feedback is not None:
            d.a_prev = np.zeros_like(r.a_prev)
        if self.feedback is not None or self.source.stepwise:  # nothing else looks beyond the step before
            d.window_starts = window_starts(back.window, len(r.x), self.absent(back.run))
        if self.source.stepwise or not self.cell.reads_input:
            d.x = np.zeros_like(r.x)
        self.source.allocate_back(back, self)
        back.hook.prepare(self, back)

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        r, d = back.run.records[self.name], back.records[self.name]
        steps = len(r.x)
        if back.head_only:
            return 0, nothing
        step_back = back.hook.step_back(self, back, self._backward_step(back, r, d))
        absent = self.absent(back.run)
        if absent is not None:
            step_back = stepping.copying_back(step_back, absent, self._carried(d))
        if back.window is not None:
            step_back = stepping.truncated(step_back, back.window, absent, self._carried(d))
        return steps, step_back

    def _backward_step(self, back: BackwardPass, r: SimpleNamespace, d: SimpleNamespace) -> StepFunction:
        cell_back, p, source, feedback = self.cell.step_back, d.p, self.source, self.feedback
        if not source.stepwise and feedback is None:
            r_rows: Any = r
            d_rows: Any = d
            if self.name in back.kept:
                r_rows, d_rows = back.run.kept[self.name].rows, back.kept[self.name].rows
            return lambda t: cell_back(t, p, r_rows, d_rows)
        reads = self.cell.reads_input
        u_transposed = p.U.T.copy() if reads else None
        f_transposed = p.F.T.copy() if reads and feedback is not None else None

        def step_back(t: int) -> None:
            cell_back(t, p, r, d)
            if feedback is not None:
                if f_transposed is not None:
                    np.matmul(d.h[t], f_transposed, d.a_prev[t])
                feedback.take_back(back, self, t, d.a_prev[t])
            if source.stepwise:
                if u_transposed is not None:
                    np.matmul(d.h[t], u_transposed, d.x[t])
                source.before_back(back, self, t)

        return step_back

    def finish_back(self, back: BackwardPass) -> None:
        r, d = back.run.records[self.name], back.records[self.name]
        if back.head_only:
            d.x = np.zeros_like(r.x)
            for array in vars(d).values():
                if isinstance(array, np.ndarray):
                    array.fill(0)
            return
        recorded = back.run.recorded
        if recorded:
            flush_each([*self._stacks(d), d.a_prev] if self.feedback is not None else self._stacks(d), d.underflow)
            for name in self.recurrent_states:
                flush_row(getattr(d, name + "_base")[0], d.underflow, 0)
        for add_up in back.kept[self.name].sums if self.name in back.kept else self._sums(back, r, d):
            add_up()
        if self._masked:
            for array, mask in self.masked(self._own(back.parameters)).values():
                if mask is not None:
                    array *= mask
        if self.cell.reads_input and self.source.wants(back):
            steps, batch, width = d.h.shape
            d.x = (d.h.reshape(steps * batch, width) @ d.p.U.T).reshape(r.x.shape)
            if recorded:
                flush_all(d.x, d.underflow)
        back.hook.sums(self, back)
        if back.hook.sends_down(self):
            self.source.finish_back(back, self)
        if isinstance(self.initial, str):
            for name in self.cell.recurrent_states:
                last = getattr(back.records[self.initial], name)
                if self.context is not None and name == "s":
                    last = back.signals[self.context]
                last[-1] += getattr(d, name + "_base")[0]
        elif self.initial is not None and "s" in self.cell.recurrent_states:
            back.signals[self.initial][0] += d.s_base[0]

    def _sums(self, back: BackwardPass, r: SimpleNamespace, d: SimpleNamespace) -> tuple[Sum, ...]:
        """dU = Σ_t x_tᵀ·dh_t, dW = Σ_t s_{t−1}ᵀ·dh_t …: one product over all t, from the cell's declared factors."""
        targets, found = self._own(back.parameters), []
        for factor in self.cell.factors:
            if factor.parameter not in targets:  # a block of a stack
                targets = self.views(back.parameters)
            found.append(_sum(factor, r, d, targets[factor.parameter]))
        return tuple(found)

    def views(self, parameters: dict[str, Array]) -> dict[str, Array]:
        """This scan's own parameters out of a whole dictionary: stacked names and names by block, all views."""
        prefix = self.name + "."
        found: dict[str, Array] = {}
        for key, array in parameters.items():
            if key.startswith(prefix):
                found[key[len(prefix) :]] = array
                found.update(self.cell.named(key[len(prefix) :], array, self.hidden))
        return found

    def flush(self, run: ForwardPass, t: int) -> None:
        r = run.records[self.name]
        if run.dtype is complex:  # an imaginary part is small and means much
            return
        for name in self.cell.recurrent_states:
            flush_row(getattr(r, name)[t], r.underflow, t)

    def flush_back(self, back: BackwardPass, t: int) -> None:
        d = back.records[self.name]
        for name in self.cell.recurrent_states:
            flush_row(getattr(d, name + "_prev")[t], d.underflow, t)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        r = run.records[self.name]
        yield (self.name, "x"), self.order(r.x)
        if self.feedback is not None:
            yield (self.name, "a_prev"), r.a_prev
        yield from self._named(r)
        yield from self.source.records(run)

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        d = back.records[self.name]
        if hasattr(d, "x"):  # else it is made for all t at once, after the loop
            yield (self.name, "x"), self.order(d.x)
        if self.feedback is not None:
            yield (self.name, "a_prev"), d.a_prev
        yield from self._named(d)
        yield from self.source.gradients(back)

    def _named(self, namespace: SimpleNamespace) -> Iterator[tuple[Key, Array]]:
        if self.cell.blocks != ("",):
            yield (self.name, "h"), self.order(namespace.h)
        for record in self.cell.records:
            yield (self.name, record.name), self.order(getattr(namespace, record.name))


def _sum(factor: Factor, r: SimpleNamespace, d: SimpleNamespace, target: Array) -> Sum:
    """What a factor's parameter gets, into `target`. Every pass has an x of its own, so that r is asked anew."""
    right, left = flat(getattr(d, factor.right)), factor.left
    if left == "1":
        return sums_of_rows(right, target)
    if factor.elementwise:
        return lambda: np.einsum("nh,nh->h", flat(getattr(r, left)), right, out=target)
    return lambda: np.matmul(flat(getattr(r, left)).T, right, target)


def scans_of(network: Network) -> tuple[Scan, ...]:
    """All scans of a network in the order of computation."""
    return tuple(part for part in network.members if isinstance(part, Scan))


def scan_named(network: Network, name: str) -> Scan | None:
    """The scan of that name; None where there is none."""
    part = network.part(name)
    return part if isinstance(part, Scan) else None
