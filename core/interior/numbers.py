"""Every number inside a cell over all steps of one sample: values, gradients, and what each edge sends back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.evaluation import Evaluation
from core.maths.arrays import Array
from core.maths.operations import FIXED, addends_over_time, compute
from core.network.declared import PREVIOUS
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.trace import Trace
from core.unrolled import readers_of

NEXT, FROM_OUTPUT, REST = "next", "output", "rest"


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
    scan = trace.scan_named(part)
    assert scan is not None
    alone = not scan.couples_samples  # otherwise one sample's numbers depend on the others'
    evaluation = Evaluation(trace, used, samples=slice(sample, sample + 1) if alone else slice(None))
    own = 0 if alone else sample
    values, addends, gradients = _computed(evaluation, scan, own, notation)
    return Numbers(values, gradients, addends, _arrivals(evaluation, scan, own, addends, gradients))


Arrays = dict[str, Array]


def _computed(
    evaluation: Evaluation, scan: Scan, own: int, notation: Notation
) -> tuple[Arrays, dict[tuple[str, str], Array], Arrays]:
    """Values, addends and gradients of one sample, number `own` of those that are evaluated, in data time."""
    values, found = _of_all_samples(evaluation, scan, notation)
    fixed = {operation.out for operation in scan.graph if operation.kind in FIXED}
    addends = {edge: array[:, own] for edge, array in found.items()}
    recorded = {record.name: evaluation.gradient(scan.key(record.name))[:, own] for record in scan.quantities}
    whole = {name: notation.gradient_in_notation(scan.cell, name, array) for name, array in recorded.items()}
    read = {operation.out for operation in scan.graph} | {source for _, source in addends}
    for name in read - whole.keys():
        shares = [array for (_, source), array in addends.items() if source == name]
        whole[name] = np.zeros_like(values[name][:, own]) if name in fixed else np.sum(shares, axis=0)
    copied = evaluation.copied(scan)
    if copied is not None:
        for name in scan.recurrent_states:
            past = np.where(copied[:, own], whole[name], 0.0)
            whole[name + PREVIOUS] = whole[name + PREVIOUS] + past
    return {name: array[:, own] for name, array in values.items()}, addends, whole


def _of_all_samples(
    evaluation: Evaluation, scan: Scan, notation: Notation
) -> tuple[Arrays, dict[tuple[str, str], Array]]:
    """Values and addends as the book's graph has them, which differs from ours where a gate is 1 − ours."""
    graph, cell = notation.graph(scan.cell), scan.cell
    if graph is cell.graph:
        return evaluation.values(scan), evaluation.addends(scan)
    on_the_way = {operation.out for operation in graph} - {record.name for record in cell.records}
    given = {name: array for name, array in evaluation.values(scan).items() if name not in on_the_way}
    values = {name: notation.in_notation(cell, name, array) for name, array in given.items()}
    parameters = notation.parameters_in_notation(cell, scan.own_parameters(evaluation.trace.parameters))
    arriving = {
        record.name: notation.gradient_in_notation(cell, record.name, evaluation.gradient(scan.key(record.name)))
        for record in cell.records
    }
    copied = evaluation.copied(scan)
    if copied is not None:  # there the gradient on what is carried goes past the step
        arriving |= {name: np.where(copied, 0.0, arriving[name]) for name in cell.recurrent_states}
    with np.errstate(all="ignore"):
        for operation in graph:
            if operation.out in on_the_way:
                values[operation.out] = compute(operation, values, parameters)
        return values, addends_over_time(graph, parameters, values, arriving)


def _arrivals(
    evaluation: Evaluation, scan: Scan, own: int, addends: Mapping[tuple[str, str], Array], whole: Arrays
) -> dict[str, tuple[Arrival, ...]]:
    """What reaches each quantity that is handed on, besides what the step's own operations send it."""
    found: dict[str, tuple[Arrival, ...]] = {}
    head = evaluation.trace.head.name
    for name in dict.fromkeys((*scan.recurrent_states, "s")):
        total, arrivals = whole[name], []
        if name in scan.recurrent_states:
            edges = readers_of(evaluation.trace.network, scan.key(name))
            back = [edge for edge in edges if edge.declared is scan and edge.read.lag]
            arrivals.append(Arrival(NEXT, evaluation.sent_by(back)[:, own]))
        readers, others = evaluation.readers_outside(scan, name)
        for part, edges in readers.items():
            arrivals.append(Arrival(FROM_OUTPUT if part == head else part, evaluation.sent_by(edges)[:, own]))
        if others:
            within = [array for (_, source), array in addends.items() if source == name]
            known = [each.vectors for each in arrivals]
            arrivals.append(Arrival(REST, total - sum((*within, *known), np.zeros_like(total))))
        found[name] = tuple(arrivals)
    return found
