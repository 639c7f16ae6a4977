"""What every part declares is what it does: values, every addend on every edge, and gradients, of each structure."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.contributions import copied_steps
from core.analysis.evaluation import Evaluation
from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.maths import operations
from core.maths.losses import output_gradient
from core.network.attention import AttentionStep
from core.network.context import Context
from core.network.convolution import Convolution
from core.network.declared import FIRST, Declared, Read
from core.network.head import Head
from core.network.joins import Join
from core.network.scan import Scan
from core.recorder import record
from core.trace import Trace
from tests.core.oracle.declared import of_declared
from tests.core.oracle.derivatives import disagreement
from tests.core.structured import STRUCTURE, trace_of

TWO_CELLS = pytest.mark.parametrize("cell", ["tanh", "lstm"])
CLOSE = 1e-12


def apart(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, beside the largest number."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))


def worst_value(trace: Trace) -> tuple[float, str]:
    """How far what is computed from the declarations lies from what was recorded: inputs first, then every operation,
    each from recorded numbers."""
    evaluation, found = Evaluation(trace), []
    for declared in trace.network.declared:
        recorded = evaluation.values(declared)
        names = {each.name for each in declared.quantities}
        for name in declared.gathered:
            gathered = evaluation.gathered(declared, name, len(recorded[name]))
            found.append((apart(gathered, recorded[name]), f"{declared.name}.{name}"))
        for operation in declared.graph:
            if operation.out in names and operation.kind != "clock":
                made = operations.compute(
                    operation, evaluation.values(declared), declared.own_parameters(trace.parameters)
                )
                copied = copied_steps(trace, declared)
                there = slice(None) if copied is None else ~copied  # what a copied step computes, nothing reads
                found.append((apart(made[there], recorded[operation.out][there]), f"{declared.name}.{operation.out}"))
    return max(found)


def worst_gradient(trace: Trace, used: bool = False) -> tuple[float, str]:
    """How far the sum of all that is sent back to a quantity lies from its recorded gradient."""
    evaluation, found = Evaluation(trace, used), []
    for declared in trace.network.declared:
        for name in (*declared.gathered, *(each.name for each in declared.quantities)):
            key = declared.key(name)
            if key in evaluation.gradients:
                sent = evaluation.sent_to(key)
                if name == "z":
                    data = trace.data
                    sent = sent + output_gradient(
                        trace.network.loss, trace.run.z, trace.run.a, data.y, data.supervised, data.counted
                    )
                found.append((apart(sent, evaluation.gradients[key]), f"{key}"))
    return max(found)


def worst_of_autograd(trace: Trace) -> float:
    """How far values and gradients lie from automatic differentiation of what is declared, the parameters' and those
    of initial states among them."""
    truth = of_declared(trace)
    fixed = {each.key(of.out) for each in trace.network.declared for of in each.graph if of.kind in operations.FIXED}
    stacks = {(scan.name, "h") for scan in trace.scans if scan.cell.blocks != ("",)}
    assert trace.exact.keys() == truth.gradients.keys() | {key for key in fixed | stacks if key in trace.exact}
    starts = {f"start {part} {name}": array for (part, name), array in trace.start_gradients.items()}
    expected = {**truth.gradients, **truth.inputs}
    claimed = {**trace.exact, **trace.exact_parameters, **starts}
    found = {key: array for key, array in claimed.items() if key in expected}
    values = {key: trace.values[key] for key in truth.values}
    return max(disagreement(found, expected)[0], disagreement(values, truth.values)[0])


@TWO_CELLS
@STRUCTURE
def test_values_are_those_that_are_declared(name, cell):
    difference, where = worst_value(trace_of(name, cell))
    assert difference < CLOSE, where


@TWO_CELLS
@STRUCTURE
def test_every_gradient_is_the_sum_of_what_its_readers_send(name, cell):
    trace = trace_of(name, cell)
    assert all(trace.exact[scan.name, "s"].any() for scan in trace.scans), "nothing to compare"
    difference, where = worst_gradient(trace)
    assert difference < CLOSE, where


@TWO_CELLS
@STRUCTURE
def test_automatic_differentiation_of_what_is_declared_gives_every_gradient(name, cell):
    trace = trace_of(name, cell)
    assert worst_of_autograd(trace) < CLOSE


@pytest.mark.parametrize("cell", [each.name for each in CELLS if each.learned])
@pytest.mark.parametrize(
    "name",
    [
        "convolution",
        "output feedback",
        "1-n-feedback",
        "bidirectional, two layers",
        "lengths, attention",
        "lengths, context of all",
    ],
)
def test_so_it_is_for_every_cell(name, cell):
    try:
        trace = trace_of(name, cell)
    except InputError:
        return  # the cell refuses the structure
    assert worst_value(trace)[0] < CLOSE
    assert worst_gradient(trace)[0] < CLOSE


@pytest.mark.parametrize("window", [2, 3])
@STRUCTURE
def test_truncated_gradients_are_the_sums_of_what_is_not_cut(name, window):
    difference, where = worst_gradient(trace_of(name, truncate=window), used=True)
    assert difference < CLOSE, where


def test_where_only_the_readout_is_fitted_nothing_goes_back_beyond_the_head():
    trace = record(natural("sine", cell="esn", steps=5, hidden=3, batch=2))
    assert not trace.used["L1", "s"].any()
    assert worst_gradient(trace, used=True)[0] < CLOSE


# --- a wrong declaration, one for each that there is ---
def _operation(kind: str):
    """A declared graph whose last operation is of another kind."""

    def wrong(declared: Declared) -> None:
        last = declared.graph[-1]
        changed = operations.Operation(last.out, kind, last.inputs, last.parameters, last.bias, at=last.at)
        declared.graph = (*declared.graph[:-1], changed)

    return wrong


def _read(name: str, read: Read):
    """Another read of an input."""

    def wrong(declared: Declared) -> None:
        reads = type(declared).reads

        def other(widths):
            return {**reads(declared, widths), name: (read,)}

        declared.reads = other

    return wrong


WRONG = {
    "a join that adds": ("bidirectional, two layers", Join, _operation("mean")),
    "a join read at its own end": ("bidirectional n-1", Join, _read("second", Read(("L1r", "s")))),
    "a join read step by step": ("bidirectional n-n", Join, _read("second", Read(("L1r", "s"), at=FIRST))),
    "a kernel's place": ("convolution", Convolution, _read("x_1", Read(("data", "x"), 0, present=True))),
    "a convolution's activation": ("convolution", Convolution, _operation("sigmoid")),
    "a context's end": ("context of both chains", Context, _read("second", Read(("E2r", "s"), at="last"))),
    "a transformed context": ("context transformed", Context, _operation("identity")),
    "what a mean reads": ("context of all, at every step", Context, _read("states", Read(("E1", "s"), at="every"))),
    "keys": ("attention, bilinear", AttentionStep, _read("keys", Read(("E1", "s"), at="every"))),
    "a query": ("attention", AttentionStep, _read("query", Read(("D1", "s")))),
    "the state below the head": ("three layers", Head, _read("s", Read(("L2", "s")))),
    "the output": ("attention", Head, _operation("identity")),
    "what a scan reads": ("three layers", Scan, _read("x", Read(("data", "x"), 1))),
    "where a decoder begins": ("context transformed", Scan, _read("s_prev", Read(("D1", "s"), 1))),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_declaration_is_found(wrong):
    name, kind, change = WRONG[wrong]
    trace = trace_of(name)
    declared = [each for each in trace.network.declared if type(each) is kind]
    assert worst_value(trace)[0] < CLOSE and worst_gradient(trace)[0] < CLOSE
    for each in declared if kind is not Scan else declared[-1:]:
        change(each)
    vars(trace.network).pop("_results")  # what was remembered of the right declarations
    assert differs(trace)


def differs(trace: Trace) -> bool:
    """Whether the declarations and the passes disagree."""
    try:
        return max(worst_value(trace)[0], worst_gradient(trace)[0]) > 1e-6
    except (AssertionError, ValueError, KeyError):  # shapes that do not go together
        return True
