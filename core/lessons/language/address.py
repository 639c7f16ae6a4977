"""Addresses: what "[A:]PART.NAME[@used]" stands for in a run.

"L1.s" a record, "L1.ds" ∂L/∂ it, "L1.W" a parameter, "L1.dW" its gradient, "L1.W_f" one gate's block, "L1.s_0" what a
scan began with; "x", "y" the data, "loss_t" the loss of every step; "all", "dall" all parameters and all their
gradients in one row. "A:" reads the pinned run A; "@used" the gradient as it is used: truncated and clipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from core.choices import START
from core.errors import quoted
from core.lessons.language.faults import Misuse
from core.maths.arrays import Array
from core.sentence import Sentence
from core.trace import Trace

_ADDRESS = re.compile(r"(?:(?P<pin>[A-Z]):)?(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)(?P<used>@used)?", re.ASCII)
FORM = "write it as PART.NAME, like 'L1.s' or 'A:L1.dW@used'"


@dataclass(frozen=True)
class Address:
    """`pin` "" for the shown run, `name` as above."""

    pin: str
    name: str
    used: bool

    @property
    def part(self) -> str:
        return self.name.partition(".")[0]

    @property
    def own(self) -> str:
        return self.name.partition(".")[2]


def address_of(text: str) -> Address:
    """Raises Misuse where it is none."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise Misuse(Sentence("“{text}” is no address; {form}.", text=quoted(text), form=Sentence(FORM)))
    return Address(found["pin"] or "", found["name"], found["used"] is not None)


def find(trace: Trace, address: Address) -> Array:
    """Its numbers: a record or its gradient (T, B, n), a parameter or its gradient in its own shape, "all" and "dall"
    (n,), "loss_t" (T, 1, 1). Raises Misuse where the run has none."""
    found = _value(trace, address.name)
    if found is not None:
        if address.used:
            raise Misuse(
                Sentence("{name} is no gradient, and @used goes with gradients; leave it out.", name=address.name)
            )
        return found
    gradient = _gradient(trace, address)
    if gradient is None:
        raise Misuse(_missing(trace, address))
    return gradient


def parameter_named(trace: Trace, address: Address) -> str:
    """The full name of a parameter, "L1.W_f". Raises Misuse where the address names none."""
    if address.name not in parameters_of(trace):
        known = ", ".join(parameters_of(trace))
        raise Misuse(Sentence("there is no parameter {name}; there are {known}.", name=address.name, known=known))
    return address.name


def parameters_of(trace: Trace) -> dict[str, Array]:
    """All parameters, stacked ones and those of single gates."""
    return {**trace.parameters, **trace.named_parameters(trace.parameters)}


def _value(trace: Trace, name: str) -> Array | None:
    part, _, own = name.partition(".")
    if name in ("x", "y"):
        return getattr(trace.data, name)
    if name == "loss_t":
        return trace.loss_t.reshape(len(trace.loss_t), 1, 1)
    if name == "all":
        return np.concatenate([array.ravel() for array in trace.parameters.values()])
    if (part, own) in trace.values:
        return trace.values[part, own]
    if own.endswith(START) and (part, own.removesuffix(START)) in trace.start:
        return trace.start[part, own.removesuffix(START)]
    return parameters_of(trace).get(name)


def _gradient(trace: Trace, address: Address) -> Array | None:
    own = trace.used_parameters if address.used else trace.exact_parameters
    if address.name == "dall":
        return np.concatenate([array.ravel() for array in own.values()])
    if not address.own.startswith("d"):
        return None
    key = address.part, address.own[1:]
    records = trace.used if address.used else trace.exact
    if key in records:
        return records[key]
    if key[1].endswith(START) and not address.used:
        return trace.start_gradients.get((key[0], key[1].removesuffix(START)))
    return {**own, **trace.named_parameters(own)}.get(".".join(key))


def _missing(trace: Trace, address: Address) -> str:
    parts = dict.fromkeys([key[0] for key in trace.values] + [name.partition(".")[0] for name in trace.parameters])
    if address.part not in parts or not address.own:
        return Sentence(
            "there is no {name}; the parts are {parts}, and beside them x, y, loss_t, all, dall.",
            name=address.name,
            parts=", ".join(parts),
        )
    records = [name for part, name in trace.values if part == address.part]
    weights = [name.partition(".")[2] for name in parameters_of(trace) if name.startswith(f"{address.part}.")]
    return Sentence(
        "there is no gradient {name}; {part} has {known}."
        if address.own.startswith("d") and address.own[1:] not in records
        else "there is no record {name}; {part} has {known}.",
        name=address.name,
        part=address.part,
        known=", ".join(dict.fromkeys([*records, *weights])),
    )
