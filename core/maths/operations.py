"""A step as declared operations, a cell's or a part's, and an evaluator that keeps every addend on every edge.

The loops in `bptt` do not use it: it is the second opinion (the contract test holds the two together) and the source of
the equations, the ancestors and the numbers that the views show for one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.maths.activations import SIGMOID, activation_named
from core.maths.losses import softmax

Array = np.ndarray
Place = tuple[float, float]


@dataclass(frozen=True)
class Operation:
    """`out` = kind(inputs). `at` is its place (column, lane) in the diagram of the cell's interior.

    Kinds: "linear" (Σ input·parameter + bias), an activation's name, "multiply", "add", "complement" (1 − input),
    "normalise" ((a − mean)/√(variance + `value`) over the samples of a batch), "constant" (a frozen gate or a fixed
    number: no inputs, and no gradient) and "clock" (given from outside, step by step: none either).
    Of parts besides: "concat" (inputs side by side), "mean" (half the sum of two), "softmax" (of one input, over the
    places where a second one, given, is not 0), and two over all steps j of another sequence, which stand on the axis
    before the samples: "weigh" (Σ_j w_j k_j for inputs w (…, 1, B, J) and k (…, J, B, n)) and "compare"
    (e_j = q · k_j, (…, 1, B, J), for inputs q and k, or k · `parameters`).
    A parameter named in `elementwise` is a vector (H,) and multiplies its input ⊙ instead of ·. `shown`: the place of
    the result, where it stands apart from the sign of the operation.
    """

    out: str
    kind: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    bias: str | None = None
    value: float = 0.0
    at: tuple[float, float] = (0, 0)
    elementwise: frozenset[str] = frozenset()
    shown: tuple[float, float] | None = None


FIXED = ("constant", "clock")  # kinds without a gradient


def linear(
    out: str,
    *terms: tuple[str, str],
    bias: str | None = None,
    at: tuple[float, float],
    elementwise: Iterable[str] = (),
) -> Operation:
    """out = Σ input · parameter + bias, with input ⊙ parameter for those in `elementwise`."""
    inputs, parameters = tuple(i for i, _ in terms), tuple(p for _, p in terms)
    return Operation(out, "linear", inputs, parameters, bias, at=at, elementwise=frozenset(elementwise))


def activate(out: str, function: str, source: str, at: tuple[float, float]) -> Operation:
    """out = φ(source), φ by its activation's name."""
    return Operation(out, function, (source,), at=at)


def gate(
    out: str, source: str, frozen: float | None, at: tuple[float, float], function: str = SIGMOID.name
) -> Operation:
    """A gate, sigmoid unless `function` names another activation, or the constant that it is frozen at."""
    if frozen is None:
        return activate(out, function, source, at)
    return constant(out, frozen, at)


def constant(out: str, value: float, at: tuple[float, float]) -> Operation:
    """out = one fixed number for every unit."""
    return Operation(out, "constant", (), value=value, at=at)


def clock(out: str, at: tuple[float, float]) -> Operation:
    """out is given from outside at every step: a record of the cell that nothing in the step computes."""
    return Operation(out, "clock", (), at=at)


def normalise(out: str, source: str, epsilon: float, at: tuple[float, float]) -> Operation:
    """out = (source − mean) / √(variance + ε), each unit over the samples of the batch (Ioffe & Szegedy 2015)."""
    return Operation(out, "normalise", (source,), value=epsilon, at=at)


def multiply(out: str, a: str, b: str, at: Place, shown: Place | None = None) -> Operation:
    """out = a ⊙ b."""
    return Operation(out, "multiply", (a, b), at=at, shown=shown)


def add(out: str, a: str, b: str, at: Place, shown: Place | None = None) -> Operation:
    """out = a + b."""
    return Operation(out, "add", (a, b), at=at, shown=shown)


def complement(out: str, source: str, at: Place) -> Operation:
    """out = 1 − source."""
    return Operation(out, "complement", (source,), at=at)


REST, KEEP, WRITE = "rest", "keep", "write"  # what `mix` computes on its way: 1 − u, and its two products


def mix(
    out: str, u: str, a: str, b: str, places: tuple[Place, Place, Place], shown: Place | None = None
) -> tuple[Operation, ...]:
    """out = u ⊙ a + (1 − u) ⊙ b as its four operations, for a level u that shares out between a state of the step
    before (a or b) and what is written over it. `places`: of the product with that state, of the other, of the sum."""
    kept, written, total = places
    first, second = (KEEP, WRITE) if a.endswith("_prev") else (WRITE, KEEP)
    at = {KEEP: kept, WRITE: written}
    return (
        multiply(first, u, a, at[first]),
        complement(REST, u, _place_of_rest(second, kept, written)),
        multiply(second, REST, b, at[second]),
        add(out, first, second, at=total, shown=shown),
    )


def _place_of_rest(reader: str, kept: Place, written: Place) -> Place:
    """1 − u stands in the lane of what is written: below the product with the state, or beside the other one."""
    return kept[0] if reader == KEEP else (kept[0] + written[0]) / 2, written[1]


def mixed(graph: Iterable[Operation], u: str) -> tuple[Operation, ...]:
    """The operations of the `mix` in which u shares out; () where it does anything else, or something besides, or where
    they are not called as `mix` calls them."""
    operations = tuple(graph)
    readers = [each for each in operations if u in each.inputs]
    if [each.kind for each in readers] != ["multiply", "complement"]:
        return ()
    first, rest = readers
    second = [each for each in operations if rest.out in each.inputs]
    total = [each for each in operations if first.out in each.inputs]
    kinds = [each.kind for each in (*second, *total)]
    if kinds != ["multiply", "add"] or {rest.out, first.out, second[0].out} != {REST, KEEP, WRITE}:
        return ()
    return first, rest, *second, *total


def mixed_by_rest(graph: Iterable[Operation], u: str) -> tuple[Operation, ...]:
    """The graph with the sides of u exchanged: what 1 − u was multiplied with is multiplied with u."""
    operations = tuple(graph)
    first, _, second, total = own = mixed(operations, u)
    places = {each.out: each.at for each in own}
    changed = mix(total.out, u, second.inputs[1], first.inputs[1], (places[KEEP], places[WRITE], total.at), total.shown)
    start = operations.index(first)
    others = tuple(each for each in operations if each not in own)
    return (*others[:start], *changed, *others[start:])


def concat(out: str, *inputs: str, at: Place) -> Operation:
    """out = the inputs side by side."""
    return Operation(out, "concat", inputs, at=at)


def mean(out: str, a: str, b: str, at: Place) -> Operation:
    """out = ½ (a + b)."""
    return Operation(out, "mean", (a, b), at=at)


def softmax_of(out: str, source: str, there: str, at: Place) -> Operation:
    """out = softmax(source) over the places where `there` is not 0; 0 elsewhere."""
    return Operation(out, "softmax", (source, there), at=at)


def weigh(out: str, weights: str, states: str, at: Place) -> Operation:
    """out = Σ_j weights_j · states_j."""
    return Operation(out, "weigh", (weights, states), at=at)


def compare(out: str, query: str, keys: str, at: Place) -> Operation:
    """out_j = query · keys_j."""
    return Operation(out, "compare", (query, keys), at=at)


def compare_with(out: str, keys: str, parameter: str, at: Place) -> Operation:
    """out_j = keys_j · parameter, a vector."""
    return Operation(out, "compare", (keys,), (parameter,), at=at)


def compute(operation: Operation, values: Mapping[str, Array], parameters: Mapping[str, Array]) -> Array:
    """The operation's value, (…, B, n), from those of its inputs."""
    arguments = [values[name] for name in operation.inputs]
    match operation.kind:
        case "linear":
            total = sum(
                a * parameters[p] if p in operation.elementwise else a @ parameters[p]
                for a, p in zip(arguments, operation.parameters, strict=True)
            )
            return np.asarray(total + parameters[operation.bias] if operation.bias else total)
        case "multiply":
            return arguments[0] * arguments[1]
        case "add":
            return arguments[0] + arguments[1]
        case "complement":
            return 1 - arguments[0]
        case "constant":
            return np.full_like(values["s_prev"], operation.value)
        case "normalise":
            centred = arguments[0] - arguments[0].mean(axis=-2, keepdims=True)
            return centred / _deviation(centred, operation.value)
        case "concat":
            return np.concatenate(arguments, axis=-1)
        case "mean":
            return 0.5 * (arguments[0] + arguments[1])
        case "softmax":
            return softmax(arguments[0] if len(arguments) == 1 else np.where(arguments[1], arguments[0], -np.inf))
        case "weigh":
            return (_swapped(arguments[0]) * arguments[1]).sum(axis=-3, keepdims=True)
        case "compare":
            other = parameters[operation.parameters[0]] if operation.parameters else arguments[1]
            return _swapped((arguments[0] * other).sum(axis=-1, keepdims=True))
        case function:
            return activation_named(function).f(arguments[0])


def pull_back(
    operation: Operation, gradient: Array, values: Mapping[str, Array], parameters: Mapping[str, Array]
) -> list[tuple[str, Array]]:
    """The addend that each input receives of ∂L/∂out, (…, B, n); linear in it."""
    names = operation.inputs
    match operation.kind:
        case "linear":
            return [
                (
                    n,
                    _fit(
                        gradient * parameters[p] if p in operation.elementwise else gradient @ parameters[p].T,
                        values[n],
                    ),
                )
                for n, p in zip(names, operation.parameters, strict=True)
            ]
        case "multiply":
            return [(names[0], gradient * values[names[1]]), (names[1], gradient * values[names[0]])]
        case "add":
            return [(names[0], gradient), (names[1], gradient)]
        case "complement":
            return [(names[0], -gradient)]
        case "constant" | "clock":
            return []
        case "normalise":
            out, source = values[operation.out], values[names[0]]
            centred = source - source.mean(axis=-2, keepdims=True)
            along = out * (gradient * out).mean(axis=-2, keepdims=True)
            straight = gradient - gradient.mean(axis=-2, keepdims=True)
            return [(names[0], (straight - along) / _deviation(centred, operation.value))]
        case "concat":
            ends = np.cumsum([values[name].shape[-1] for name in names])
            return list(zip(names, np.split(gradient, ends[:-1], axis=-1), strict=True))
        case "mean":
            return [(names[0], 0.5 * gradient), (names[1], 0.5 * gradient)]
        case "softmax":
            out = values[operation.out]
            return [(names[0], out * (gradient - (out * gradient).sum(axis=-1, keepdims=True)))]
        case "weigh":
            weights, states = (values[name] for name in names)
            to_weights = _swapped((gradient * states).sum(axis=-1, keepdims=True))
            return [(names[0], to_weights), (names[1], _swapped(weights) * gradient)]
        case "compare":
            arriving = _swapped(gradient)
            if operation.parameters:
                return [(names[0], arriving * parameters[operation.parameters[0]])]
            query, keys = (values[name] for name in names)
            return [(names[0], _fit(arriving * keys, query)), (names[1], arriving * query)]
        case function:
            slope = activation_named(function).slope(values[names[0]], values[operation.out])
            return [(names[0], gradient * slope)]


def _swapped(array: Array) -> Array:
    """(…, 1, B, J), numbers by step j, as (…, J, B, 1), to be multiplied with what that step has; and back."""
    return np.swapaxes(array, -1, -3)


def _fit(addend: Array, like: Array) -> Array:
    """Summed over the steps j of another sequence, where what receives it is the same for all of them."""
    if addend.ndim == 4 and like.shape[1] == 1:
        return addend.sum(axis=1, keepdims=True)
    return addend


def _deviation(centred: Array, epsilon: float) -> Array:
    return np.sqrt(np.square(centred).mean(axis=-2, keepdims=True) + epsilon)


def addends_over_time(
    graph: Iterable[Operation],
    parameters: Mapping[str, Array],
    values: Mapping[str, Array],
    gradients: Mapping[str, Array],
) -> dict[tuple[str, str], Array]:
    """Every addend (out, input) for all t at once, (T, B, n), from the recorded values and gradients.

    `values` holds x, s_prev … and every record, `gradients` the records'. What is not recorded is computed on the way.
    """
    operations = tuple(graph)
    fixed = {operation.out for operation in operations if operation.kind in FIXED}
    known, arrived = dict(values), dict(gradients)
    for operation in operations:
        if operation.out not in known:
            known[operation.out] = compute(operation, known, parameters)
    addends: dict[tuple[str, str], Array] = {}
    for operation in (each for each in reversed(operations) if each.kind not in FIXED):
        for source, addend in pull_back(operation, arrived[operation.out], known, parameters):
            if source in fixed:
                addend = np.zeros_like(addend)
            edge = (operation.out, source)
            addends[edge] = addends[edge] + addend if edge in addends else addend
            if source not in gradients:
                arrived[source] = arrived[source] + addend if source in arrived else addend
    return addends
