"""Of which quantity and which layer an array of every step is, by a name that somebody's own hooks give it: h, dh,
f.grad, lstm.h_l0_reverse.grad, enc_c."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.own.roles import known_kind

STATE, GATE = "state", "gate"
# What an array of every step is: how it is spelled, what it is called, and whether it is a level from 0 to 1.
SPELLED: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("x", "xs", "input", "inputs"), "input", STATE),
    (("h", "hs", "s", "a", "state", "states", "hidden"), "state", STATE),
    (("c", "cs", "cell", "memory"), "cell state", STATE),
    (("i", "input_gate"), "input gate", GATE),
    (("f", "forget_gate"), "forget gate", GATE),
    (("g", "n", "candidate"), "candidate", STATE),
    (("o", "output_gate"), "output gate", GATE),
    (("z", "u", "update_gate"), "update gate", GATE),
    (("r", "reset_gate"), "reset gate", GATE),
    (("out", "output", "outputs"), "output", STATE),
)
TITLES = {spelling: (title, kind) for spellings, title, kind in SPELLED for spelling in spellings}
_RUN = frozenset(
    spelling for spellings, title, _ in SPELLED if title not in ("input", "output") for spelling in spellings
)  # at least one of these is in every run
_WAY = re.compile(r"(?:^|[._])(?:reverse|backward|bwd|rev|r)(?:$|[._])|\bL\d+r$")
_NAME = re.compile(
    rf"(?:(?P<module>.+?)[._])??(?P<letter>{'|'.join(sorted(TITLES, key=len, reverse=True))})(?:_?t)?"
    r"(?:_gate)?(?:_?(?P<layer>(?:layer|l)_?\d+))?(?:_(?P<way>reverse|backward|bwd|rev|r|forward|fwd))?"
)


class StepName(NamedTuple):
    """`layer`: what the name says of it, "" for nothing; `letter`: a key of TITLES."""

    layer: str
    letter: str
    reverse: bool
    gradient: bool


def are_sequences(names: Iterable[str]) -> bool:
    """Whether names are those of states, gates and their gradients, without weights and without what a run is begun
    with."""
    names = list(names)
    if {_kind(name) for name in names} & {"U", "W", "b", "b2", "b_q", "V", "by", "y"}:
        return False
    found = filter(None, map(step_name, names))
    return any(each.letter in _RUN and not each.gradient for each in found)


def _kind(name: str) -> str | None:
    """What it would be as one of somebody's own arrays, where a small u is no matrix."""
    return None if re.fullmatch(r"(?:d|grad_)?u(?:_t)?(?:[._]grad)?", name) else known_kind(name)


def step_name(name: str) -> StepName | None:
    """What a name says; None where that is nothing of every step, as of h0."""
    kind = _kind(name)
    if kind is not None and kind.removeprefix("d") not in ("x", "s", "c", "z", "out"):
        return None
    for text, gradient in _with_gradient(name):
        match = _NAME.fullmatch(text)
        if match is not None:
            parts = [match[group] for group in ("module", "layer", "way") if match[group]]
            layer = "_".join(parts)
            return StepName(layer, match["letter"], _WAY.search(layer) is not None, gradient)
    return None


def _with_gradient(name: str) -> Iterator[tuple[str, bool]]:
    """A name without what says that it is a gradient, in each way to say that; first as it is."""
    ended = re.fullmatch(r"(.+)[._]grad(?:ient)?", name)
    begun = re.fullmatch(r"grad(?:ient)?[._]?(.+)", name)
    if ended or begun:
        yield (ended or begun)[1], True  # type: ignore[index]
        return
    if marked := re.fullmatch(r"(.*[._])?d_(.+)", name):
        yield (marked[1] or "") + marked[2], True
    yield name, False
    if marked := re.fullmatch(r"(.*[._])?d([^._].*)", name):
        yield (marked[1] or "") + marked[2], True
