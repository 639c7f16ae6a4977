"""From an experiment to its trace: data, network, parameters, the two loops, everything recorded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from core import bptt, tasks
from core.cells import cell_named
from core.choices import INPUTS, TARGETS
from core.edits.applied import edited_data, edited_parameters, start_states
from core.errors import InputError
from core.experiment import Experiment
from core.faults import hook_of
from core.jobs import Job
from core.maths.arrays import SMALL, Array, keep_freed
from core.maths.clipping import clip
from core.network.initialisation import initial_parameters
from core.network.parts import UNCHANGED, BackwardPass, ForwardPass, Hook, Key, Network
from core.network.size import predicted_bytes, refuse_before_data, refuse_beyond_limit
from core.network.structures import build
from core.trace import Trace, collect, freeze, owners, read_only

EVERY = 8  # steps between two reports of a recording
SHARE = 0.35  # of a recording's time that the forward pass takes
TOO_LARGE = (
    "This run would need {needed:.0f} MB, more than the {limit:.0f} MB it may have; choose fewer steps, hidden units "
    "or samples."
)


class Event(NamedTuple):
    """What has just been done: `phase` "forward", "loss", "backward" or "accumulate", and the part that did its step t.

    `t` counts from 0 in the part's order of processing: in a reverse chain t = 0 is the last step of the data.
    """

    phase: str
    part: str
    t: int


class Recorder:
    """One experiment, prepared to be run to the end (`record`) or step by step (iterate, then `trace`).

    `network` has the parts in the order of computation, `data` x (T, B, I) and y (T, B, O), `parameters` every
    parameter by name. While it is iterated, `values` and `gradients` hold what has been computed so far.

    `parameters` replaces the initial ones (a gradient check, trained weights). Raises InputError where the experiment
    needs more memory than the program allows itself, its task cannot be made, or the parameters do not fit.
    """

    def __init__(self, experiment: Experiment, parameters: Mapping[str, Array] | None = None) -> None:
        self.experiment = experiment
        refuse_before_data(experiment, TOO_LARGE)
        made = tasks.make(experiment)
        self.network = build(experiment, made)  # choices and widths only: nothing large is made
        predicted = predicted_bytes(experiment, self.network)
        refuse_beyond_limit(predicted, TOO_LARGE)
        keep_freed(predicted)
        self.data = edited_data(self.network, made, experiment)
        start_states(self.network, self.data.x.shape[1], experiment)
        self.learned = cell_named(experiment.cell).learned
        # A trace is read-only: copies leave the caller's arrays writable. A product sums in an order of its own for
        # each order of a matrix in memory, so that equal numbers give equal runs only in one.
        given = {n: np.array(a, dtype=float, order="C") for n, a in parameters.items()} if parameters else None
        self.own_parameters = given is not None
        if given is not None:
            refuse_misfits(self.network, given)
        first, self.parameters = (given, given) if given is not None else self._first_parameters()
        self.parameters = edited_parameters(self.network, self.parameters, experiment)
        self.unedited: dict[str, Array] = {INPUTS: made.x, TARGETS: made.y, **first}
        self._run: ForwardPass | None = None
        self._exact: BackwardPass | None = None
        self._used: BackwardPass | None = None
        self._begun = {"forward": 0, "backward": 0}  # how many parts have begun in each pass

    def _first_parameters(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """The initial ones without edits, and the ones to run with; where the cell is not learned, both with the
        read-out fitted to the numbers as they are typed."""
        first = initial_parameters(self.network, self.experiment)
        if self.learned:
            return first, first
        from core.readout import fit_readout  # few runs need it

        typed = edited_parameters(self.network, first, self.experiment)
        fitted = fit_readout(self.network, typed, self.data, self.experiment)
        return {name: first[name] if array is typed[name] else array for name, array in fitted.items()}, fitted

    def __iter__(self) -> Iterator[Event]:
        """Runs one step per iteration: forward t = 1…T, loss, backward t = T…1, accumulate.

        Numbers that overflow become Inf and NaN without a warning; the trace says where that began.
        """
        for (event,) in self.in_pieces(1):
            yield Event(*event)

    def in_pieces(self, steps: int) -> Iterator[list[bptt.Done]]:
        """The same with so many steps per iteration: what each of them has done."""
        order = {part.name: place for place, part in enumerate(self.network.parts)}
        self._begun = {"forward": 0, "backward": 0}
        for piece in quietly(chain.from_iterable(self._passes()), steps):
            for phase, part, _ in piece:
                if phase in self._begun:
                    place = order[part]
                    self._begun[phase] = place + 1 if phase == "forward" else len(order) - place
                else:  # the loss is the end of the forward pass, the sums over time that of the backward pass
                    self._begun["forward" if phase == "loss" else "backward"] = len(order)
            yield piece

    @property
    def values(self) -> dict[Key, Array]:
        """What is recorded of the parts that have begun, by (part, name): ("L1", "h") is (T, B, H), in data time.

        Read-only views that fill up while the recorder is iterated; steps that were not reached have no meaning yet.
        """
        run, parts = self._run, self.network.parts[: self._begun["forward"]]
        return {key: read_only(array) for part in parts for key, array in part.records(run)} if run else {}

    @property
    def gradients(self) -> dict[Key, Array]:
        """∂L/∂ what is recorded of the parts whose backward loop has begun, likewise: the exact derivatives of L.

        At step t they are complete once the backward event of (part, t) has come.
        """
        back, parts = self._exact, self.network.parts[len(self.network.parts) - self._begun["backward"] :]
        return {key: read_only(array) for part in parts for key, array in part.gradients(back)} if back else {}

    def _passes(self, seldom: bool = False) -> Iterator[Iterator[bptt.Done]]:
        """The loops of the run, each to be run to its end before the next is asked for; `seldom` as they have it."""
        run = self._run = ForwardPass(self.network, self.parameters, self.data)
        yield bptt.forward(self.network, run, seldom)
        hook = hook_of(self.experiment.fault)
        back = self._exact = BackwardPass(run, hook=hook)
        yield bptt.backward(self.network, back, seldom)
        self._used = back
        if self.experiment.truncate is not None or not self.learned:
            self._used = backward_pass(
                self.network, run, window=self.experiment.truncate, hook=hook, head_only=not self.learned
            )

    def record(self) -> Trace:
        """Runs all remaining steps."""
        with np.errstate(all="ignore"):
            for loop in self._passes(seldom=True):
                deque(loop, maxlen=0)
            self._begun = dict.fromkeys(self._begun, len(self.network.parts))
            return self.trace()

    def trace(self) -> Trace:
        """The frozen trace of a finished run. Raises ValueError before it has been run to the end."""
        run, exact, used = self._run, self._exact, self._used
        if run is None or exact is None or used is None:
            raise ValueError("the recorder has not been run to the end")
        values, exact_gradients = collect(self.network, run, exact)
        owned, of_gradients = owners(values.values()), owners(exact_gradients.values())
        used_gradients = exact_gradients if used is exact else collect(self.network, run, used)[1]
        used_parameters, factor = clip(used.parameters, self.experiment.clip_norm, self.experiment.clip_value)
        starts, start_gradients, underflow = {}, {}, {}
        for name, records in run.records.items():
            gradients = exact.records[name]
            for key in vars(records):
                if key.endswith("_base"):
                    starts[name, key[:-5]] = getattr(records, key)[0]
                    start_gradients[name, key[:-5]] = getattr(gradients, key)[0]
            underflow[name] = records.underflow
            underflow["d" + name] = gradients.underflow
        for records in run.records.values():
            records.p = None  # its transposes would outlive the run; `Scan.prepared` makes them anew
            _make_read_only(records)
        _make_read_only(run)
        frozen_values = freeze(values, owned)
        frozen_exact = freeze(exact_gradients, of_gradients)
        frozen_parameters = freeze(exact.parameters)
        unclipped = frozen_parameters if used is exact else freeze(used.parameters)
        return Trace(
            experiment=self.experiment,
            network=self.network,
            data=self.data,
            run=run,
            loss=run.loss,
            loss_t=run.loss_t,
            values=frozen_values,
            exact=frozen_exact,
            used=frozen_exact if used is exact else freeze(used_gradients),
            parameters=freeze(self.parameters),
            exact_parameters=frozen_parameters,
            unclipped_parameters=unclipped,
            used_parameters=unclipped if used_parameters is used.parameters else freeze(used_parameters),
            start=freeze(starts),
            start_gradients=freeze(start_gradients),
            clip_factor=factor,
            own_parameters=self.own_parameters,
            unedited=freeze(self.unedited),
            underflow=underflow,
            broken=_first_broken(values, exact_gradients, [*owned, *of_gradients]),
        )


def refuse_misfits(network: Network, parameters: Mapping[str, Array]) -> None:
    """Raises InputError naming the first parameter that is missing, too many, of another shape or not finite."""
    shapes = network.parameter_shapes
    for name in [*shapes, *parameters]:
        if name not in parameters:
            raise InputError(
                "The parameter {name} is missing; this network needs {shapes}.", name=name, shapes=", ".join(shapes)
            )
        if name not in shapes:
            raise InputError(
                "This network has no parameter {name}; it has {shapes}.", name=name, shapes=", ".join(shapes)
            )
        if parameters[name].shape != shapes[name]:
            raise InputError(
                "The parameter {name} is {shape}, but this network needs {needed}.",
                name=name,
                shape=parameters[name].shape,
                needed=shapes[name],
            )
        if not np.isfinite(parameters[name]).all():
            raise InputError("The parameter {name} has numbers that are not finite; repair the file.", name=name)


def record(experiment: Experiment, parameters: Mapping[str, Array] | None = None) -> Trace:
    """Runs an experiment forward and backward (backpropagation through time: Werbos 1990, Proceedings of the IEEE 78)
    and records every quantity with its gradient.

    `parameters` by name, "L1.W" (H, G·H), "out.V" (H, O) …, take the place of those that the seed makes. In the trace
    `values` and `exact` are by (part, name), each (T, B, n): ("L1", "h") the pre-activations, ("out", "a") the outputs;
    `exact_parameters` by name. Raises InputError as `Recorder` does.
    """
    return Recorder(experiment, parameters).record()


def recording(experiment: Experiment, parameters: Mapping[str, Array] | None = None) -> Job[Trace]:
    """The same as a job, with the same numbers. Raises InputError as `Recorder` does."""
    yield 0.0
    recorder = Recorder(experiment, parameters)
    yield 0.0
    parts = len(recorder.network.parts)
    longest = max(len(recorder.data.x), len(recorder.data.y))
    begun, before = -1, ("", "")  # parts that have begun in this pass
    for events in recorder.in_pieces(EVERY):
        for phase, part, _ in events:
            if (phase, part) != before:
                begun = begun + 1 if phase == before[0] else 0
                before = phase, part
        phase, _, t = events[0]
        back = phase != "forward"
        done = t + 1 if not back else longest - t
        yield SHARE * back + (1.0 - SHARE if back else SHARE) * min((begun + done / longest) / parts, 1.0)
    with np.errstate(all="ignore"):
        return recorder.trace()


def backward_pass(
    network: Network,
    run: ForwardPass,
    at: Array | None = None,
    window: int | None = None,
    hook: Hook = UNCHANGED,
    head_only: bool = False,
) -> BackwardPass:
    """Another backward pass through a finished run: for the loss of some steps only, or as `BackwardPass` says."""
    back = BackwardPass(run, at, window, hook, head_only)
    deque(bptt.backward(network, back, seldom=True), maxlen=0)
    return back


def quietly(loops: Iterator[bptt.Done], steps: int = 1) -> Iterator[list[bptt.Done]]:
    """The same, so many steps at a time, with overflow and the like ignored within them; between two pieces the
    caller's own rules hold."""
    while True:
        with np.errstate(all="ignore"):
            done = list(islice(loops, steps))
        if not done:
            return
        yield done


def _make_read_only(namespace: object) -> None:
    """Every array that is an attribute: a view made before its base was frozen would stay writable."""
    for value in vars(namespace).values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False


def _first_broken(values: Mapping, gradients: Mapping, owned: list[Array]) -> tuple[str, int] | None:
    """The first step, in the order of computation, whose numbers are not all finite; `owned` are the arrays that own
    the memory of both."""
    if _sums_are_finite(owned):
        return None
    bad = _not_finite(values)
    if bad.any():
        return "forward", int(np.argmax(bad)) + 1
    bad = _not_finite(gradients)
    return ("backward", len(bad) - int(np.argmax(bad[::-1]))) if bad.any() else None


def _sums_are_finite(arrays: list[Array]) -> bool:
    """True only where every number is finite; one pass over each array, where looking at every step takes many. Small
    ones are added up together: of those the calls are what takes time."""
    with np.errstate(all="ignore"):
        small = [array for array in arrays if array.size < SMALL]
        if small and not math.isfinite(np.concatenate(small, axis=None).sum()):
            return False
        return all(math.isfinite(array.sum()) for array in arrays if array.size >= SMALL)


def _not_finite(arrays: Mapping) -> Array:
    return np.any([~np.isfinite(array).all(axis=(1, 2)) for array in arrays.values()], axis=0)
