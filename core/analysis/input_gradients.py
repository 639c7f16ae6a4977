"""The gradient of L by the inputs, which no part of the network records: what the readers of x send back."""

from __future__ import annotations

from collections.abc import Mapping

from core.analysis.evaluation import Evaluation
from core.choices import Choices
from core.maths.arrays import Array
from core.network.declared import Key, X
from core.trace import Trace


def given_once(experiment: Choices, inputs: Array) -> Array:
    """Of x or ∂L/∂x (T, B, I) what a person gives: (1, B, I) where the first x is read at every step."""
    return inputs[:1] if experiment.structure == "1-n-every" else inputs


def input_gradient(trace: Trace, used: bool = False) -> Array:
    """∂L/∂x of the data, (T, B, I): what every reader sends back. Of an x that is read at every step (1 to N) the sum
    over the steps stands at the first one."""
    return sent_to_inputs(trace, trace.used if used else trace.exact)


def sent_to_inputs(trace: Trace, gradients: Mapping[Key, Array]) -> Array:
    """The same from the records' gradients of any backward pass."""
    found = Evaluation(trace, gradients=gradients).sent_to(X)
    if trace.experiment.structure == "1-n-every":
        found[0], found[1:] = found.sum(axis=0), 0.0
    return found
