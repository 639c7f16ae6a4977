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
CODER = r"(?P<coder>enc|encoder|dec|decoder)"
OF_CODER = (
    re.compile(rf"(?:.*[._])?{CODER}[._](?P<start>.+)", re.IGNORECASE),
    re.compile(rf"(?P<start>.+?)_{CODER}(?P<end>(?:[._].+|_?\d+.*)?)", re.IGNORECASE),
)
KNOWN_CODER = "dec.dW, dWx_enc, encoder.weight_ih_l0.grad, or as `trace` does, grad.D1.W"
KNOWN = (
    "dW1, dWx_l2, dW_layer2, layer2.dWx, weight_ih_l0.grad, …_reverse or …_bwd for a reverse chain, or as `trace` "
    "does, grad.L1.W, grad.L2.W"
)


class OfLayer(NamedTuple):
    """An array of one scan, by its name; "" for what belongs to none. `bare`: its own name without the layer."""

    scan: str
    bare: str


def layers_of(trace: Trace, names: Iterable[str]) -> dict[str, OfLayer]:
    """Of each name its layer. Layers are counted from 0 where one has the number 0, as in PyTorch, else from 1. Of a
    network that decodes, each name says too whether it is of the encoder or of the decoder.

    Raises InputError for a name that says none, and for a layer that the network does not have.
    """
    decodes = any(scan.decodes for scan in trace.scans)
    said = {name: _coder(name) if decodes else ("", name) for name in names}
    matches = {name: _match(bare) for name, (_, bare) in said.items()}
    counted = [found for found in matches.values() if found is not None and _number(found, "layer") is not None]
    first = 0 if any(_number(found, "layer") == 0 for found in counted) else 1
    return {name: _of_layer(trace, name, said[name], found, first) for name, found in matches.items()}


def _coder(name: str) -> tuple[str, str]:
    """Whether a name is of an encoder or of a decoder, "e" or "d", "" where it does not say; and the rest of it."""
    for pattern in OF_CODER:
        found = pattern.fullmatch(name)
        if found is not None:
            return found["coder"][0].lower(), found["start"] + (found.groupdict().get("end") or "")
    return "", name


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


def _of_layer(trace: Trace, name: str, said: tuple[str, str], found: re.Match[str] | None, first: int) -> OfLayer:
    coder, bare = said
    scans = [scan for scan in trace.scans if not coder or scan.decodes == (coder == "d")]
    if found is None:
        kind = known_kind(bare)
        if kind is not None and kind.removeprefix("d") in OF_ALL:
            return OfLayer("", bare)
        if coder and len(scans) == 1:
            return OfLayer(scans[0].name, bare)
        _refuse_unsaid(trace, name, coder)
        raise InputError(
            "{name} could be of several layers here; name the layer: {known}.", name=quoted(name), known=KNOWN
        )
    _refuse_unsaid(trace, name, coder)
    torch, own = _number(found, "torch"), _number(found, "layer")
    k = torch if torch is not None else own - first if own is not None else 0
    reverse = re.fullmatch(BACKWARD, found["way"] or "", re.IGNORECASE) is not None
    chain = [scan.name for scan in scans if scan.reverse == reverse]
    if not 0 <= k < len(chain):
        there = ", ".join(scan.name for scan in trace.scans)
        raise InputError(
            "{name} is of a layer that this network does not have (it has {there}); name it as `trace` does, "
            "grad.{last}.W.",
            name=quoted(name),
            there=there,
            last=trace.scans[-1].name,
        )
    return OfLayer(chain[k], found["start"] + (found["end"] or ""))


def _refuse_unsaid(trace: Trace, name: str, coder: str) -> None:
    """Raises InputError for a name that does not say which of the two it is of."""
    if not coder and any(scan.decodes for scan in trace.scans):
        raise InputError(
            "{name} could be of the encoder or of the decoder here; say which: {known}.",
            name=quoted(name),
            known=KNOWN_CODER,
        )
