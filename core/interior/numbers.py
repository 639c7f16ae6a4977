"""Every number inside a cell over all steps of one sample: values, gradients, and what each edge sends back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import copied_steps, cuts_of
from core.chain.edges import PREVIOUS
from core.interior.diagram import FED, INPUT
from core.maths.arrays import Array
from core.maths.operations import FIXED, addends_over_time, compute
from core.network.attention import Attention
from core.network.joins import Context, Join, joined_back
from core.network.scan import Scan
from core.network.sources import Concatenated, FullSequence, LayerBelow, window_back
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.trace import Trace

NEXT, OUTPUT, REST = "next", "output", "rest"


@dataclass(frozen=True)
class Arrival:
    """A gradient that reaches what a step passes on from outside it: `origin` is NEXT (the next step), OUTPUT, the name
    of a layer or join, or REST (contexts and attention, of which no record holds the share). vectors (T, n)."""

    origin: str
    vectors: Array


@dataclass(frozen=True)
class Numbers:
    """By name, each (T, n) in data time. `addends` by (operation, input): what the operation sends back to that input.

    `gradients` of what comes in are what this step sends back to it: the sum of its addends; where a sample does not
    have the step, what has come to the state that it passes on unchanged.
    """

    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    addends: Mapping[tuple[str, str], Array]
    arrivals: Mapping[str, tuple[Arrival, ...]]


def numbers(trace: Trace, part: str, sample: int = 0, used: bool = True, notation: Notation = ROW) -> Numbers:
    """Of the scan `part`, in the book's meaning: where its gate is 1 − ours, so are its numbers."""
    scan = next(each for each in trace.scans if each.name == part)
    values, addends, gradients = _computed(trace, scan, sample, used)
    arrivals = _arrivals(trace, scan, sample, used, addends, gradients)
    complemented, cell = notation.complemented(scan.cell), scan.cell

    def in_book(name: str, array: Array, gradient: bool = False) -> Array:
        if name in complemented:
            return -array if gradient else 1.0 - array
        return -array if notation.negated(cell, name) else array

    return Numbers(
        {name: in_book(name, array) for name, array in values.items()},
        {name: in_book(name, array, True) for name, array in gradients.items()},
        {edge: in_book(edge[1], array, True) for edge, array in addends.items()},
        arrivals,
    )


Arrays = dict[str, Array]


def _computed(trace: Trace, scan: Scan, sample: int, used: bool) -> tuple[Arrays, dict[tuple[str, str], Array], Arrays]:
    """Values, addends and gradients of one sample, in data time; of all samples where one depends on the others."""
    cell, r, order = scan.cell, trace.run.records[scan.name], scan.order
    gradients = trace.used if used else trace.exact
    these = slice(None) if cell.couples_samples else slice(sample, sample + 1)
    names = {record.name: getattr(r, record.name) for record in cell.records}
    names.update({INPUT: r.x, **{name + PREVIOUS: getattr(r, name + PREVIOUS) for name in cell.carried}})
    if scan.feedback is not None:
        names[FED] = r.a_prev
    arriving = {record.name: order(gradients[scan.name, record.name])[:, these] for record in cell.records}
    copied = copied_steps(trace, scan)
    if copied is not None:  # there the gradient on what is carried bypasses the cell unchanged
        aside = order(copied)[:, these, None]
        arriving.update({name: np.where(aside, 0.0, arriving[name]) for name in cell.carried})
    parameters = scan.views(dict(trace.parameters))
    with np.errstate(all="ignore"):
        recorded = {name: array[:, these] for name, array in names.items()}
        values = dict(recorded)
        for operation in cell.graph:  # what is not recorded is computed on the way
            if operation.out not in values:
                values[operation.out] = compute(operation, values, parameters)
        found = addends_over_time(cell.graph, parameters, values, arriving)
    own = sample if cell.couples_samples else 0
    fixed = {operation.out for operation in cell.graph if operation.kind in FIXED}
    addends = {edge: order(array)[:, own] for edge, array in found.items()}
    whole = {record.name: gradients[scan.name, record.name][:, sample] for record in cell.records}
    read = {operation.out for operation in cell.graph} | {source for _, source in addends}
    for name in read - whole.keys():
        shares = [array for (_, source), array in addends.items() if source == name]
        whole[name] = np.zeros_like(order(values[name])[:, own]) if name in fixed else np.sum(shares, axis=0)
    if copied is not None:
        for name in cell.carried:
            past = np.where(copied[:, sample, None], whole[name], 0.0)
            whole[name + PREVIOUS] = whole[name + PREVIOUS] + past
    return {name: order(array)[:, own] for name, array in values.items()}, addends, whole


def _arrivals(
    trace: Trace, scan: Scan, sample: int, used: bool, addends: Mapping[tuple[str, str], Array], whole: Arrays
) -> dict[str, tuple[Arrival, ...]]:
    """What reaches each quantity that is passed on, besides what the step's own operations send it."""
    found: dict[str, tuple[Arrival, ...]] = {}
    for name in dict.fromkeys((*scan.cell.carried, "s")):
        total = whole[name]
        arrivals = [Arrival(NEXT, _from_next(trace, scan, sample, used, name, addends, whole))] * (
            name in scan.cell.carried
        )
        if name == "s":
            arrivals += _from_readers(trace, scan, sample, used)
        if _has_unrecorded_reader(trace, scan, name):
            own = [array for (_, source), array in addends.items() if source == name]
            known = [each.vectors for each in arrivals]
            arrivals.append(Arrival(REST, total - sum((*own, *known), np.zeros_like(total))))
        found[name] = tuple(arrivals)
    return found


def _from_next(
    trace: Trace,
    scan: Scan,
    sample: int,
    used: bool,
    name: str,
    addends: Mapping[tuple[str, str], Array],
    whole: Arrays,
) -> Array:
    """(T, n): what step t + 1, in the order of processing, sends back; 0 where there is none and where it is cut."""
    sent = np.sum([array for (_, source), array in addends.items() if source == name + PREVIOUS], axis=0)
    sent = sent if np.ndim(sent) else np.zeros_like(whole[name])
    copied = copied_steps(trace, scan)
    if copied is not None:  # a step that the sample does not have passes on all of its gradient
        sent = np.where(copied[:, sample, None], whole[name], 0.0) + sent
    ahead = scan.order(sent)
    shifted = np.zeros_like(ahead)
    shifted[:-1] = ahead[1:]
    begins = cuts_of(trace, scan, used)
    shifted[:-1][begins[1:, min(sample, begins.shape[1] - 1)]] = 0.0
    return scan.order(shifted)


def _from_readers(trace: Trace, scan: Scan, sample: int, used: bool) -> list[Arrival]:
    """The output, layers above and joins, as far as their share is recorded."""
    gradients = trace.used if used else trace.exact
    own = (scan.name, "s")
    found = []
    if trace.head.source == own:
        sent = gradients["out", "z"][:, sample] @ trace.parameters["out.V"].T
        kept_back = used and not scan.cell.learned  # nothing goes back into what stays as it is
        found.append(Arrival(OUTPUT, np.zeros_like(sent) if kept_back else sent))
    for other in trace.scans:
        source = other.source
        if isinstance(source, FullSequence | LayerBelow) and source.signal == own:
            sent = window_back(gradients[other.name, "x"], source.taps, other.reverse, trace.data.present)
            found.append(Arrival(other.name, sent[:, sample]))
    for part in trace.network.members:
        if isinstance(part, Join) and own in (part.first, part.second):
            which = int(part.second == own)
            both = joined_back(gradients[part.name, "s"], *part.both(trace.run), part.how)[which][:, sample]
            if which and part.at_its_end:  # read at its own end, which is column 1
                both = np.concatenate([both.sum(axis=0, keepdims=True), np.zeros_like(both[1:])])
            found.append(Arrival(part.name, both))
    return found


def _has_unrecorded_reader(trace: Trace, scan: Scan, name: str) -> bool:
    """Whether contexts, attention or a decoder that begins here read what is carried: no record holds their share."""
    own = (scan.name, "s")
    if any(other.initial == scan.name for other in trace.scans):
        return True
    if name != "s":
        return False
    contexts = (part for part in trace.network.members if isinstance(part, Context))
    if any(own in ((part.states,) if part.kind == "all" else part.ends) for part in contexts):
        return True
    attending = (
        (other, part)
        for other in trace.scans
        if isinstance(other.source, Concatenated)
        for part in other.source.components
    )
    return any(isinstance(part, Attention) and (part.keys == own or other is scan) for other, part in attending)
