"""The independent oracle: the equations of the networks once more, differentiated by autograd.

Nothing here calls a cell, a graph or a loop of `core`. A zero is added to every quantity at every step (a probe); the
derivative by the probe is ∂L/∂ that quantity in total, all later steps included. A frozen gate is a constant without a
probe, so its gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import autograd.numpy as np
import numpy
from autograd import make_vjp
from autograd.tracer import getval

Array = Any  # arrays, or autograd's boxes around them
Tap = Callable[[str, str, int, Array], Array]

BLOCKS = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "u", "n")}
GATES = {"lstm": ("i", "f", "o"), "gru": ("r", "u")}
CARRIED = {"lstm": ("s", "c")}
LOSSES = ("squared", "binary", "categorical")
FLOOR = 3e-5  # with the limit 1e-10 on `disagreement`: an absolute floor of 3e-15 of the run's largest gradient


def _sigmoid(h: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-h))


PHI: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda h: h * (getval(h) > 0),  # the kink at 0 counts as slope 0
    "sigmoid": _sigmoid,
    "identity": lambda h: h,
}
KINDS = (*PHI, *BLOCKS)


@dataclass(frozen=True)
class OracleCell:
    """Which equations a scan follows: `kind` of KINDS, gates frozen at a value, the place of the GRU's reset."""

    kind: str
    frozen: Mapping[str, float] = field(default_factory=dict)
    reset: str = "before"

    @property
    def carried(self) -> tuple[str, ...]:
        """What a step hands to the next."""
        return CARRIED.get(self.kind, ("s",))


def cell_of(experiment: Any) -> OracleCell:
    """The cell that an experiment describes, read from its fields."""
    gates = GATES.get(experiment.cell, ())
    held = {each.gate: each.at for each in experiment.frozen if each.gate in gates}
    return OracleCell(experiment.cell, held, experiment.reset)


def step(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """One step by the textbook; `tap(name, value)` on every quantity."""
    if cell.kind in PHI:
        h = tap("h", np.dot(x, p["U"]) + np.dot(state["s"], p["W"]) + p["b"])
        return {"s": tap("s", PHI[cell.kind](h))}
    blocks, hidden = BLOCKS[cell.kind], p["W"].shape[0]
    part = {key: slice(k * hidden, (k + 1) * hidden) for k, key in enumerate(blocks)}

    def linear(key: str, s: Array) -> Array:
        k = part[key]
        return np.dot(x, p["U"][:, k]) + np.dot(s, p["W"][:, k]) + p["b"][k]

    def gate(key: str, h: Array) -> Array:
        if key in cell.frozen:
            return numpy.full(getval(h).shape, cell.frozen[key])
        return tap(key, _sigmoid(h))

    if cell.kind == "lstm":
        h = {key: tap("h_" + key, linear(key, state["s"])) for key in blocks}
        i, f, o = (gate(key, h[key]) for key in ("i", "f", "o"))
        g = tap("g", np.tanh(h["g"]))
        c = tap("c", f * state["c"] + i * g)
        tc = tap("tc", np.tanh(c))
        return {"s": tap("s", o * tc), "c": c}
    s = state["s"]
    r, u = (gate(key, tap("h_" + key, linear(key, s))) for key in ("r", "u"))
    k = part["n"]
    if cell.reset == "after":
        q = tap("q", np.dot(s, p["W"][:, k]) + p["b_q"])
        h_n = tap("h_n", np.dot(x, p["U"][:, k]) + p["b"][k] + tap("rq", r * q))
    else:
        h_n = tap("h_n", np.dot(x, p["U"][:, k]) + np.dot(tap("rs", r * s), p["W"][:, k]) + p["b"][k])
    n = tap("n", np.tanh(h_n))
    return {"s": tap("s", u * n + (1.0 - u) * s)}


def loss_of(kind: str, z: Array, y: numpy.ndarray) -> Array:
    """Σ_batch ℓ of one step, from the logits z (B, O)."""
    if kind == "squared":
        return 0.5 * np.sum((z - y) ** 2)
    if kind == "binary":
        return np.sum(np.logaddexp(0.0, z) - y * z)
    peak = numpy.max(getval(z), axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(z - peak), axis=1)) + peak[:, 0]) - np.sum(y * z)


def output_of(kind: str, z: Array) -> Array:
    """The output a of one step."""
    if kind == "squared":
        return z
    if kind == "binary":
        return _sigmoid(z)
    e = np.exp(z - numpy.max(getval(z), axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def own(inputs: dict[str, Array], name: str) -> dict[str, Array]:
    """The parameters of one part, without the part's name."""
    return {key[len(name) + 1 :]: value for key, value in inputs.items() if key.startswith(name + ".")}


def start(inputs: dict[str, Array], name: str, cell: OracleCell) -> dict[str, Array]:
    """The initial states, among the inputs as "start L1 s"."""
    return {key: inputs[f"start {name} {key}"] for key in cell.carried}


def scan(
    name: str,
    cell: OracleCell,
    p: dict[str, Array],
    xs: list[Array],
    state: dict[str, Array],
    tap: Tap,
    reverse: bool = False,
    window: int | None = None,
) -> tuple[list[Array], dict[str, Array]]:
    """States in data time and what the last step hands out. Truncated where the steps left are a multiple of `window`:
    the step reads a copy of the carried states that is a constant."""
    count, states = len(xs), {}
    for k in range(count):
        t = count - 1 - k if reverse else k
        if window is not None and k and (count - k) % window == 0:
            state = {key: numpy.array(getval(value)) for key, value in state.items()}
        x = tap(name, "x", t, xs[t])
        state = step(cell, p, x, state, lambda key, value, t=t: tap(name, key, t, value))
        states[t] = state["s"]
    return [states[t] for t in range(count)], state


def head(inputs: dict[str, Array], states: list[Array], data: Any, tap: Tap) -> Array:
    """z_t = s_t·V + b_z and L = (1/B)·Σ_batch Σ_{t supervised} ℓ_t."""
    total = 0.0
    for t, s in enumerate(states):
        z = tap("out", "z", t, np.dot(s, inputs["out.V"]) + inputs["out.b"])
        if data.supervised[t]:
            total = total + loss_of(data.loss, z, data.y[t])
    return total / data.y.shape[1]


def layer(cell: OracleCell, data: Any, window: int | None = None) -> Callable[[dict[str, Array], Tap], Array]:
    """The model of an experiment: one layer L1 and the head."""

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        xs = sequence(inputs, "x")
        states, _ = scan("L1", cell, own(inputs, "L1"), xs, start(inputs, "L1", cell), tap, window=window)
        return head(inputs, states, data, tap)

    return model


def sequence(inputs: dict[str, Array], key: str) -> list[Array]:
    """The steps of an input (T, B, n)."""
    return [inputs[key][t] for t in range(getval(inputs[key]).shape[0])]


@dataclass(frozen=True)
class Derivatives:
    """L, ∂L/∂ every input by its name, and every quantity with its gradient by (part, name), (T, B, n)."""

    loss: float
    inputs: dict[str, numpy.ndarray]
    values: dict[tuple[str, str], numpy.ndarray]
    gradients: dict[tuple[str, str], numpy.ndarray]


def differentiate(model: Callable[[dict[str, Array], Tap], Array], inputs: Mapping[str, Array]) -> Derivatives:
    """All derivatives of a model in one backward pass of autograd."""
    seen: dict[tuple[str, str, int], numpy.ndarray] = {}

    def look(part: str, name: str, t: int, value: Array) -> Array:
        seen[part, name, t] = numpy.array(getval(value))
        return value

    loss = float(getval(model(dict(inputs), look)))
    shapes = {**{key: numpy.shape(value) for key, value in inputs.items()}, **{key: v.shape for key, v in seen.items()}}
    ends = numpy.cumsum([int(numpy.prod(shape)) for shape in shapes.values()])
    flat = numpy.concatenate([
        *(numpy.ravel(numpy.asarray(value, float)) for value in inputs.values()),
        numpy.zeros(sum(value.size for value in seen.values())),
    ])  # fmt: skip

    def unpacked(vector: Array) -> dict[Any, Array]:
        begins = [0, *ends[:-1]]
        return {
            key: np.reshape(vector[a:b], shape) for (key, shape), a, b in zip(shapes.items(), begins, ends, strict=True)
        }

    def objective(vector: Array) -> Array:
        given = unpacked(vector)
        return model({key: given[key] for key in inputs}, lambda part, name, t, v: v + given[part, name, t])

    back, _ = make_vjp(objective)(flat)
    found = unpacked(back(numpy.float64(1.0)))
    return Derivatives(loss, {key: found[key] for key in inputs}, _stacked(seen), _stacked({k: found[k] for k in seen}))


def _stacked(by_step: Mapping[tuple[str, str, int], numpy.ndarray]) -> dict[tuple[str, str], numpy.ndarray]:
    found: dict[tuple[str, str], dict[int, numpy.ndarray]] = {}
    for (part, name, t), value in by_step.items():
        found.setdefault((part, name), {})[t] = value
    return {key: numpy.stack([steps[t] for t in sorted(steps)]) for key, steps in found.items()}


def of_trace(trace: Any, window: int | None = None) -> Derivatives:
    """The oracle's own run of a trace's experiment: its data, parameters and initial state, nothing else of it."""
    cell = cell_of(trace.experiment)
    given = {**trace.parameters, "x": trace.data.x, **{f"start {a} {b}": v for (a, b), v in trace.start.items()}}
    found = differentiate(layer(cell, trace.data, window), given)
    complete(found, "L1", cell)
    return found


def complete(found: Derivatives, name: str, cell: OracleCell) -> None:
    """Adds what carries no probe: frozen gates (gradient 0), and the stack of all pre-activations."""
    shape = found.values[name, "s"].shape
    for gate, at in cell.frozen.items():
        found.values[name, gate] = numpy.full(shape, at)
        found.gradients[name, gate] = numpy.zeros(shape)
    if cell.kind in BLOCKS:
        for each in (found.values, found.gradients):
            each[name, "h"] = numpy.concatenate([each[name, "h_" + key] for key in BLOCKS[cell.kind]], axis=2)


def disagreement(found: Mapping[Any, Array], expected: Mapping[Any, Array]) -> tuple[float, Any]:
    """The worst max|found − expected| / (max|expected| + FLOOR·scale), and whose it is; Inf where one is not a number.

    Each array is measured by its own largest magnitude. `scale`, the largest magnitude in `expected` altogether, tells
    what is only rounding (sums that cancel to 0) from an error.
    """
    scale = max((float(numpy.abs(value).max(initial=0.0)) for value in expected.values()), default=0.0)
    worst, whose = 0.0, None
    for key, value in found.items():
        reference = expected[key]
        assert numpy.shape(value) == numpy.shape(reference), key
        off = float(numpy.abs(value - reference).max(initial=0.0))
        error = off / (float(numpy.abs(reference).max(initial=0.0)) + FLOOR * scale) if off else 0.0
        if not error <= worst:
            worst, whose = (error if error == error else numpy.inf), key
    return worst, whose
