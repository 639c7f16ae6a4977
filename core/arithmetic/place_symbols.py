"""What one number is called that a run begins with, as the inspector writes it in a notation."""

from __future__ import annotations

from core.arithmetic.parameter_sums import parameter_symbol
from core.chain.symbols import signal_symbol, start_symbol
from core.choices import INPUTS, START, is_start
from core.edits.place_names import Index, by_gate, counted
from core.network.parts import X
from core.notation.base import Notation
from core.notation.equations import Style
from core.notation.layout import matrix
from core.trace import Trace


def place_symbol(trace: Trace, name: str, index: Index, notation: Notation) -> str:
    """The name of `place_name` as a notation writes it: W_f[1, 2], its matrix in the book's orientation; x₃[1] and
    s₀[2], with the sample where there are several, and E1 or D1 before what an encoder and a decoder call alike."""
    style, samples = Style(False, None, notation), trace.data.x.shape[1]
    part, _, own = name.partition(".")
    scan = trace.scan_named(part)
    chain = f"{part} " if scan is not None and any(each.decodes for each in trace.scans) else ""
    if name == INPUTS:
        t, sample, unit = index
        symbol = signal_symbol(trace, X, Style(False, t + 1, notation))
        return f"{symbol}[{unit + 1}]" + _of_sample(sample, samples)
    if is_start(name) and scan is not None:
        sample, unit = index
        symbol = start_symbol(trace, scan, own.removesuffix(START), style)
        return f"{chain}{symbol}[{unit + 1}]" + _of_sample(sample, samples)
    name, index = by_gate(trace, name, index)
    own = name.partition(".")[2]
    if scan is None and part != trace.head.name:
        return f"{part} {style.parameter(own)}[{counted(index)}]"
    array = trace.named_parameters(trace.parameters)[name]
    cell = (scan or trace.scan).cell
    shown = matrix(notation, cell, own if scan is not None or own != "b" else "b_z", array)
    return f"{chain}{parameter_symbol(name, style, trace)}[{counted(shown.place(*index))}]"


def _of_sample(sample: int, samples: int) -> str:
    return f" of sample {sample + 1}" if samples > 1 else ""
