"""The independent oracle: the equations of the networks once more, differentiated by autograd.

Nothing here calls a cell, a graph or a loop of `core`. Every quantity at every step is watched: what autograd sends
back to it is ∂L/∂ that quantity in total, all later steps included. A frozen gate is a constant that nobody watches;
its gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import autograd.numpy as np
import numpy
from autograd.core import make_vjp
from autograd.extend import defvjp, primitive
from autograd.tracer import getval, isbox

from tests.core.oracle import gated, plain

Array = Any  # arrays, or autograd's boxes around them
Tap = Callable[..., Array]  # (part, name, t, value, rows=None): the value, watched, in these samples only

BLOCKS = {"lstm": ("i", "f", "g", "o"), "gru": ("r", "u", "n"), **gated.BLOCKS}
GATES = {"lstm": ("i", "f", "o"), "gru": ("r", "u"), **gated.GATES}
CARRIED = {"lstm": ("s", "c"), **gated.CARRIED, **plain.CARRIED}
LOSSES = ("squared", "binary", "categorical")
FLOOR = 3e-5  # with the limit 1e-10 on `disagreement`: an absolute floor of 3e-15 of the run's largest gradient


def _sigmoid(h: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-h))


def _ramp(v: Array) -> Array:
    """v between 0 and 1, else what is nearer; the kinks count as slope 0."""
    inside = (getval(v) > 0) & (getval(v) < 1)
    return v * inside + (getval(v) >= 1)


PHI: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda h: h * (getval(h) > 0),  # the kink at 0 counts as slope 0
    "sigmoid": _sigmoid,
    "identity": lambda h: h,
}
GATE = {
    "sigmoid": _sigmoid,
    "hard-sigmoid": lambda h: _ramp(h / 6.0 + 0.5),
    "hard-sigmoid-keras2": lambda h: _ramp(0.2 * h + 0.5),
}
STEPS = {**gated.STEPS, **plain.STEPS}
KINDS = (*PHI, "lstm", "gru", *STEPS)


@dataclass(frozen=True)
class OracleCell:
    """Which equations a scan follows: `kind` of KINDS, gates frozen at a value, the place of the GRU's reset, and all
    other choices by their names in an experiment."""

    kind: str
    frozen: Mapping[str, float] = field(default_factory=dict)
    reset: str = "before"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def carried(self) -> tuple[str, ...]:
        """What a step hands to the next."""
        return CARRIED.get(self.kind, ("s",))


def cell_of(experiment: Any) -> OracleCell:
    """The cell that an experiment describes, read from its fields."""
    gates = GATES.get(experiment.cell, ())
    held = {each.gate: each.at for each in experiment.frozen if each.gate in gates}
    options = {name: getattr(experiment, name) for name in experiment.__struct_fields__}
    return OracleCell(experiment.cell, held, experiment.reset, options)


def step(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """One step by the textbook; `tap(name, value)` on every quantity."""
    if cell.kind in STEPS:
        return STEPS[cell.kind](cell, p, x, state, tap)
    if cell.kind in PHI:
        h = tap("h", np.dot(x, p["U"]) + np.dot(state["s"], p["W"]) + p["b"])
        return {"s": tap("s", PHI[cell.kind](h))}
    blocks, hidden = BLOCKS[cell.kind], p["W"].shape[0]
    part = {key: slice(k * hidden, (k + 1) * hidden) for k, key in enumerate(blocks)}
    of_x = np.dot(x, p["U"]) + p["b"]
    phi, sigma = PHI[cell.options.get("activation", "tanh")], GATE[cell.options.get("gate_activation", "sigmoid")]

    def gate(key: str, h: Array) -> Array:
        if key in cell.frozen:
            return numpy.full(getval(h).shape, cell.frozen[key])
        return tap(key, sigma(h))

    if cell.kind == "lstm":
        net = of_x + np.dot(state["s"], p["W"])
        h = {key: tap("h_" + key, net[:, part[key]]) for key in blocks}
        i, f, o = (gate(key, h[key]) for key in ("i", "f", "o"))
        g = tap("g", phi(h["g"]))
        c = tap("c", f * state["c"] + i * g)
        tc = tap("tc", phi(c))
        return {"s": tap("s", o * tc), "c": c}
    s = state["s"]
    k = part["n"]
    W_ru, W_n = p["W"][:, : k.start], p["W"][:, k]
    net = of_x[:, : k.start] + np.dot(s, W_ru)
    r, u = (gate(key, tap("h_" + key, net[:, part[key]])) for key in ("r", "u"))
    if cell.reset == "after":
        q = tap("q", np.dot(s, W_n) + p["b_q"])
        h_n = tap("h_n", of_x[:, k] + tap("rq", r * q))
    else:
        h_n = tap("h_n", of_x[:, k] + np.dot(tap("rs", r * s), W_n))
    n = tap("n", phi(h_n))
    if cell.options.get("update") == "keeps":
        return {"s": tap("s", u * s + (1.0 - u) * n)}
    return {"s": tap("s", u * n + (1.0 - u) * s)}


def loss_of(kind: str, z: Array, y: numpy.ndarray, counted: numpy.ndarray | None = None) -> Array:
    """Σ_batch ℓ of one step over the samples that are counted (B,), from the logits z (B, O)."""
    counted = numpy.ones(len(y)) if counted is None else counted
    if kind == "squared":
        return 0.5 * np.sum(counted[:, None] * (z - y) ** 2)
    if kind == "binary":
        return np.sum(counted[:, None] * (np.logaddexp(0.0, z) - y * z))
    peak = numpy.max(getval(z), axis=1, keepdims=True)
    every = np.log(np.sum(np.exp(z - peak), axis=1)) + peak[:, 0] - np.sum(y * z, axis=1)
    return np.sum(counted * every)


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


def sequence(inputs: dict[str, Array], key: str) -> list[Array]:
    """The steps of an input (T, B, n)."""
    return [inputs[key][t] for t in range(getval(inputs[key]).shape[0])]


def head(inputs: dict[str, Array], states: list[Array], data: Any, tap: Tap) -> Array:
    """z_t = s_t·V + b_z and L = (1/B)·Σ_batch Σ_{t supervised} ℓ_t."""
    total = 0.0
    for t, s in enumerate(states):
        z = tap("out", "z", t, np.dot(s, inputs["out.V"]) + inputs["out.b"])
        if data.supervised[t]:
            total = total + loss_of(data.loss, z, data.y[t])
    return total / data.y.shape[1]


@dataclass(frozen=True)
class Derivatives:
    """L, ∂L/∂ every input by its name, and every quantity with its gradient by (part, name), (T, B, n)."""

    loss: float
    inputs: dict[str, numpy.ndarray]
    values: dict[tuple[str, str], numpy.ndarray]
    gradients: dict[tuple[str, str], numpy.ndarray]


@primitive
def _watched(value: Array, note: Callable[[Array], Array]) -> Array:
    """The value itself; in the backward pass `note` sees what arrives."""
    return value


defvjp(_watched, lambda answer, value, note: note, argnums=(0,))


def differentiate(model: Callable[[dict[str, Array], Tap], Array], inputs: Mapping[str, Array]) -> Derivatives:
    """All derivatives of a model in one backward pass of autograd."""
    seen: dict[tuple[str, str, int], numpy.ndarray] = {}
    arrived: dict[tuple[str, str, int], numpy.ndarray] = {}
    shapes = {key: numpy.shape(value) for key, value in inputs.items()}
    ends = numpy.cumsum([int(numpy.prod(shape)) for shape in shapes.values()])
    flat = numpy.concatenate([*(numpy.ravel(numpy.asarray(value, float)) for value in inputs.values()), [0.0]])

    def unpacked(vector: Array) -> dict[str, Array]:
        begins = [0, *ends[:-1]]
        return {
            key: np.reshape(vector[a:b], shape) for (key, shape), a, b in zip(shapes.items(), begins, ends, strict=True)
        }

    def objective(vector: Array) -> Array:
        def watch(part: str, name: str, t: int, value: Array, rows: Any = None) -> Array:
            key = part, name, t
            seen[key] = numpy.array(getval(value))
            arrived.setdefault(key, numpy.zeros(seen[key].shape))

            def note(gradient: Array) -> Array:
                arrived[key] = arrived[key] + (gradient if rows is None else rows[:, None] * gradient)
                return gradient

            return _watched(value if isbox(value) else value + vector[-1], note)

        return model(unpacked(vector), watch)

    # Of g/cosh²(h), which is 0 where cosh² is ∞, a tanh that is 1 to rounding; and of 1/(1 + exp(−h)), 0 there.
    with numpy.errstate(over="ignore"):
        back, loss = make_vjp(objective, flat)
        found = unpacked(back(numpy.float64(1.0)))
    return Derivatives(float(loss), found, _stacked(seen), _stacked(arrived))


def _stacked(by_step: Mapping[tuple[str, str, int], numpy.ndarray]) -> dict[tuple[str, str], numpy.ndarray]:
    found: dict[tuple[str, str], dict[int, numpy.ndarray]] = {}
    for (part, name, t), value in by_step.items():
        found.setdefault((part, name), {})[t] = value
    return {key: numpy.stack([steps[t] for t in sorted(steps)]) for key, steps in found.items()}


def of_trace(trace: Any, window: int | None = None) -> Derivatives:
    """The oracle's own run of a trace's experiment: its data, parameters and initial states, nothing else of it.

    An initial state that an encoder hands over is no input of its own; its gradient is found among them all the same.
    """
    from tests.core.oracle import networks  # which is written with what stands here

    cell = cell_of(trace.experiment)
    handed = networks.handed_over(trace.experiment, cell)
    starts = {f"start {a} {b}": value for (a, b), value in trace.start.items() if (a, b) not in handed}
    given = {**trace.parameters, "x": trace.data.x, **starts}
    found = differentiate(networks.network(trace.experiment, trace.data, window), given)
    for part, name in handed:
        found.inputs[f"start {part} {name}"] = found.gradients.pop((f"start {part}", name))[0]
        del found.values[f"start {part}", name]
    for part in sorted({part for part, _ in found.values if networks.is_scan(part)}):
        present = None if part.startswith("D") else trace.data.present
        complete(found, part, cell, part.endswith("r"), None if present is None else present.sum(axis=0).tolist())
    if window is not None and cell.kind == "esn":  # what is used of a reservoir's gradients is the read-out's
        for gradients in (found.inputs, found.gradients):
            for key, array in gradients.items():
                array *= (key if isinstance(key, str) else key[0]).startswith("out")
    return found


def complete(
    found: Derivatives, name: str, cell: OracleCell, reverse: bool = False, lengths: list[int] | None = None
) -> None:
    """Adds what is not watched: frozen gates and clocks (gradient 0), and the stack of all pre-activations."""
    shape = found.values[name, "s"].shape
    for key, value in gated.given(cell, shape, reverse, lengths or [shape[0]] * shape[1]).items():
        found.values[name, key] = value
        found.gradients[name, key] = numpy.zeros(shape)
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
