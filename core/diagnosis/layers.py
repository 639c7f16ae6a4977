"""Of which layer an array is, by a name such as dW2, dWx_layer2, layer2.dWx, weight_ih_l1_reverse.grad."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from core.errors import InputError, quoted
from core.own.roles import known_kind
from core.trace import Trace

OF_ALL = ("x", "y", "mask", "V", "by", "z", "out")  # kinds of which a network has one, however many layers
BACKWARD = r"reverse|backward|bwd|rev|r"
FORWARD = r"forward|fwd"
WAY = rf"(?:_?(?P<way>{BACKWARD}|{FORWARD}))?"
PATTERNS = (
    re.compile(rf"(?P<start>.*(?:weight|bias)_[ih]h)_l(?P<torch>\d+){WAY}(?P<end>\.grad)?"),
    re.compile(rf"(?P<start>.+?)_?(?:layer|l)_?(?P<layer>\d+){WAY}(?P<end>\.grad)?", re.IGNORECASE),
    re.compile(rf"(?:layer|l)_?(?P<layer>\d+){WAY}[._](?P<start>.+?)(?P<end>\.grad)?", re.IGNORECASE),
    re.compile(rf"(?P<start>[A-Za-z_]+?)_?(?P<layer>\d+){WAY}(?P<end>\.grad)?"),
    re.compile(rf"(?P<start>.+?)_(?P<way>{BACKWARD}|{FORWARD})(?P<end>\.grad)?"),
)
KNOWN = (
    "dW1, dWx_l2, dW_layer2, layer2.dWx, weight_ih_l0.grad, …_reverse or …_bwd for a reverse chain, or as `trace` "
    "does, grad.L1.W, grad.L2.W"
)


class OfLayer(NamedTuple):
    """An array of one scan, by its name; "" for what belongs to none. `bare`: its own name without the layer."""

    scan: str
    bare: str


def layers_of(trace: Trace, names: Iterable[str]) -> dict[str, OfLayer]:
    """Of each name its layer. Layers are counted from 0 where one has the number 0, as in PyTorch, else from 1.

    Raises InputError for a name that says none, and for a layer that the network does not have.
    """
    matches = {name: _match(name) for name in names}
    counted = [found for found in matches.values() if found is not None and _number(found, "layer") is not None]
    first = 0 if any(_number(found, "layer") == 0 for found in counted) else 1
    return {name: _of_layer(trace, name, found, first) for name, found in matches.items()}


def _match(name: str) -> re.Match[str] | None:
    """What a name says of a layer; None where it is one of an array that a network has once."""
    kind = known_kind(name)
    if kind is not None and (kind.removeprefix("d") in OF_ALL or name.endswith("0")):
        return None
    for pattern in PATTERNS:
        found = pattern.fullmatch(name)
        if found is not None and known_kind(found["start"] + (found["end"] or "")) is not None:
            return found
    return None


def _number(found: re.Match[str], group: str) -> int | None:
    text = found.groupdict().get(group)
    return None if text is None else int(text)


def _of_layer(trace: Trace, name: str, found: re.Match[str] | None, first: int) -> OfLayer:
    if found is None:
        kind = known_kind(name)
        if kind is not None and kind.removeprefix("d") in OF_ALL:
            return OfLayer("", name)
        raise InputError(f"{quoted(name)} could be of several layers here; name the layer: {KNOWN}.")
    torch, own = _number(found, "torch"), _number(found, "layer")
    k = torch if torch is not None else own - first if own is not None else 0
    reverse = re.fullmatch(BACKWARD, found["way"] or "", re.IGNORECASE) is not None
    chain = [scan.name for scan in trace.scans if scan.reverse == reverse]
    if any(scan.decodes for scan in trace.scans) or not 0 <= k < len(chain):
        there = ", ".join(scan.name for scan in trace.scans)
        raise InputError(
            f"{quoted(name)} is of a layer that this network does not have (it has {there}); name it as `trace` does, "
            f"grad.{trace.scans[-1].name}.W."
        )
    return OfLayer(chain[k], found["start"] + (found["end"] or ""))
