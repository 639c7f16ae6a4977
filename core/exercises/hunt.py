"""The fault hunt: a textbook error is switched on without being named, and the user marks the wrong gradient.

The answer comes from the gradient check, node by node: ∂L/∂quantity is compared with the complex step, for which that
one number is moved in the forward pass (`core.analysis.perturbation`). A gradient that is wrong may be so for two
reasons. Either its own derivation is broken: it is not the sum of the addends that its readers, as they are shown, send
back; that is the cause. Or that sum holds, and it is wrong because what it is computed from is: a consequence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import msgspec
import numpy as np

from core.analysis.complex_step import ComplexPass, epsilon_for
from core.analysis.perturbation import derivative, of_gate
from core.arithmetic.nodes import node_of
from core.arithmetic.parameter_sums import Addends, entry_addends, parameter_symbol
from core.arithmetic.plan import plan_of
from core.cells import cell_named
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, records_of, row_named
from core.chain.symbols import signal_symbol
from core.errors import InputError
from core.experiment import Experiment
from core.faults import FAULTS, Fault, fault_named
from core.jobs import Job
from core.jobs import part as part_of
from core.maths.arrays import Array
from core.maths.streams import stream
from core.network.parts import HEAD, Key
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.recorder import backward_pass, recording
from core.rules import fault_refusal
from core.trace import Trace, collect

TOLERANCE = 1e-6  # relative, as of the gradient check
HOLDS = 1e-9  # relative: within it a sum of addends is the number that is shown
SEEN = 1e-3  # a fault that changes every gradient by less than this share of the largest would be impossible to find
LOOKED_AT = 32  # entries of a node, those that are furthest off, of which the sum of addends is made
Kind = Literal["right", "cause", "consequence", "kink", "unresolved", "fixed"]


@dataclass(frozen=True)
class Verdict:
    """What the check says of a mark: `shown` beside its own `numeric`, of the entry `symbol`.

    "right"; wrong by its own derivation ("cause") or because of what it is computed from ("consequence"); or nothing,
    since a unit stands at its "kink", rounding keeps them apart ("unresolved"), or it is "fixed", no function at all.
    """

    kind: Kind
    symbol: str
    shown: float = 0.0
    numeric: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether it is an answer, and so the mark a try."""
        return self.kind in ("right", "cause", "consequence")

    @property
    def error(self) -> float:
        """Relative to the larger of the two; 0 where both are 0."""
        largest = max(abs(self.shown), abs(self.numeric))
        return abs(self.shown - self.numeric) / largest if largest else 0.0


# --- choosing a fault ---
def possible(experiment: Experiment) -> tuple[Fault, ...]:
    """The faults that are errors in this experiment."""
    return tuple(fault for fault in FAULTS if not fault_refusal(fault.name, experiment))


def hiding(experiment: Experiment, seed: int, parameters: Mapping[str, Array] | None = None) -> Job[Trace]:
    """Runs the experiment with one of the faults that are possible in it and that show in its numbers; which, the seed
    says. A job, whose result is that run.

    Truncation and clipping are off, since with them no gradient is the derivative of L. Raises InputError where there
    is no such fault.
    """
    if not cell_named(experiment.cell).learned:
        raise InputError(
            "No gradient is computed in the cell {cell}; choose another cell to hide an error in.", cell=experiment.cell
        )
    plain = msgspec.structs.replace(experiment, fault=None, truncate=None, clip_norm=None, clip_value=None)
    faults = possible(plain)
    right = yield from part_of(recording(plain, parameters), 0.0, 0.5)
    for place in stream(seed, "hunt").permutation(len(faults)):  # nearly always the first one shows
        chosen = plain.with_changes(fault=faults[place].name)
        wrong = yield from part_of(recording(chosen, parameters), 0.5, 1.0)
        if _shows(right, wrong):
            return wrong
    raise InputError("No textbook error would show in this run; choose the cell tanh or lstm, and two steps or more.")


def _shows(right: Trace, wrong: Trace) -> bool:
    pairs = [(array, wrong.exact_parameters[name]) for name, array in right.exact_parameters.items()]
    if not all(np.isfinite(array).all() for pair in pairs for array in pair):
        return False
    largest = max((float(np.abs(array).max(initial=0.0)) for array, _ in pairs), default=0.0)
    off = max((float(np.abs(a - b).max(initial=0.0)) for a, b in pairs), default=0.0)
    return off > SEEN * largest and off > 0.0


# --- the hunt ---
class Hunt:
    """One run with a fault in it, and the answers to marks."""

    def __init__(self, trace: Trace, notation: Notation = ROW) -> None:
        """Raises ValueError for a run without a fault."""
        fault = fault_named(trace.experiment.fault)
        if fault is None:
            raise ValueError("this run has no fault")
        self.trace, self.fault, self.notation = trace, fault, notation
        # The same numbers without their fault field: the derivation of what is shown.
        self.shown = replace(trace, experiment=msgspec.structs.replace(trace.experiment, fault=None))

    @cached_property
    def _right(self) -> tuple[dict[Key, Array], dict[str, Array]]:
        """The gradients without the fault, of records and of parameters: they decide which entry is judged."""
        with np.errstate(all="ignore"):
            back = backward_pass(self.trace.network, self.trace.run)
            return collect(self.trace.network, self.trace.run, back)[1], back.parameters

    # --- nodes ---
    def judge(self, signals: tuple[Key, ...], t: int, sample: int = 0, unit: int | None = None) -> Verdict:
        """A node at its part's step t (from 1), that stands for these records; one unit of it, or the worst."""
        places = [
            of_gate(self.trace, signal, k)
            for signal in signals
            if signal in self.trace.exact and signal in self.trace.values and not self._fixed(signal)
            for k in ([unit] if unit is not None else range(self.trace.exact[signal].shape[2]))
        ]
        if not places:
            return Verdict("fixed", "")
        right = self._right[0]

        def off(place: tuple[Key, int]) -> tuple[float, float]:
            signal, k = place
            here = self.trace.exact[signal][t - 1, sample, k]
            return float(abs(here - right[signal][t - 1, sample, k])), float(abs(here))

        ranked = sorted(places, key=off, reverse=True)
        wrong = [place for place in ranked[:LOOKED_AT] if off(place)[0] > HOLDS * off(place)[1]]
        signal, k = next((each for each in wrong if not self._holds(each[0], t, sample, each[1])), ranked[0])
        shown = float(self.trace.exact[signal][t - 1, sample, k])
        symbol = self.symbol(signal, t) + (f"[{k + 1}]" if self.trace.exact[signal].shape[2] > 1 else "")
        numeric, kinked = derivative(self.trace, signal, t, sample, k, abs(shown))
        same = off((signal, k))[0] <= HOLDS * abs(shown)
        sign = self._sign(*signal)
        if kinked:
            return Verdict("kink", symbol, sign * shown, sign * numeric)
        return _verdict(symbol, sign * shown, sign * numeric, same, self._holds(signal, t, sample, k))

    def judge_row(self, row: str, column: int, record: str = "", unit: int | None = None, sample: int = 0) -> Verdict:
        """A node of the chain by its row and column, or one of its records. Raises StopIteration for an unknown row."""
        piece = row_named(self.trace, row).piece(column)
        if piece is None:
            return Verdict("fixed", "")
        signals = self.signals_of(row, column, record)
        return self.judge(signals, column - piece.offset, sample, unit if len(signals) == 1 else None)

    def signals_of(self, row: str, column: int, record: str = "") -> tuple[Key, ...]:
        """The recorded gradients that a node stands for; that of one of its records, where it has one."""
        piece = row_named(self.trace, row).piece(column)
        if piece is None:
            return ()
        part = HEAD if row == OUTPUT_ROW else piece.part
        stands = piece.signals if row == INPUT_ROW else tuple((part, name) for name in records_of(self.trace, row))
        found = tuple(signal for signal in stands if signal in self.trace.exact)
        chosen = tuple(signal for signal in found if signal[1] == record)
        return chosen or found

    def _fixed(self, signal: Key) -> bool:
        node = node_of(self.shown, signal[0], 1)
        return node is not None and node.fixed(signal[1])

    def symbol(self, signal: Key, t: int) -> str:
        """∂L/∂h₂, in the notation."""
        node = node_of(self.shown, signal[0], t, notation=self.notation)
        if node is not None and signal[1] in (name for _, names in node.rows for name in names):
            return node.gradient_symbol(signal[1])
        style = plan_of(self.shown, notation=self.notation).at(t)
        return style.gradient(signal_symbol(self.shown, signal, style))

    def _sign(self, part: str, name: str) -> float:
        """−1 for a gate where the book means 1 − u by it, and for what makes it; of a quantity or a parameter."""
        cell = next((scan.cell for scan in self.trace.scans if scan.name == part), None)
        complemented = cell is not None and (
            name in self.notation.complemented(cell) or self.notation.negated(cell, name)
        )
        return -1.0 if complemented else 1.0

    def _holds(self, signal: Key, t: int, sample: int, unit: int) -> bool:
        """Whether a gradient is the sum of what its readers, as they are shown, send back."""
        node = node_of(self.shown, signal[0], t, sample, used=False)
        found = node.backward(signal[1], unit) if node is not None else None
        return found is None or _near(sum(line.value for line in found.lines), found.total)

    # --- parameters ---
    def parameters(self) -> tuple[str, ...]:
        """The parameters by the textbooks' names, "L1.W_f"."""
        return tuple(self.trace.named_parameters(self.trace.parameters))

    def parameter_title(self, name: str) -> str:
        """∂L/∂W_f, in the notation."""
        style = plan_of(self.shown, notation=self.notation).at(1)
        part, _, own = name.partition(".")
        known = part == HEAD or any(scan.name == part for scan in self.trace.scans)
        return style.gradient(parameter_symbol(name, style, self.shown) if known else f"{own} ({part})")

    def judge_parameter(self, name: str) -> Verdict:
        """The entry of a parameter's gradient that is furthest off."""
        shown_all = self.trace.named_parameters(self.trace.exact_parameters)[name]
        right_all = self.trace.named_parameters(self._right[1])[name]
        off = np.abs(shown_all - right_all)
        index = np.unravel_index(int(np.argmax(off if off.any() else np.abs(shown_all))), off.shape)
        place = tuple(int(k) for k in index)
        shown = float(shown_all[place])
        symbol = self.parameter_title(name)
        symbol += f"[{','.join(str(k + 1) for k in place)}]" if off.size > 1 else ""
        numeric, kinked = self._derivative(name, place, abs(shown))
        same = _near(float(right_all[place]), shown)
        sign = self._sign(*name.split("."))
        if kinked:
            return Verdict("kink", symbol, sign * shown, sign * numeric)
        return _verdict(symbol, sign * shown, sign * numeric, same, _near(self._summed(name, place), shown))

    def _derivative(self, name: str, place: tuple[int, ...], size: float) -> tuple[float, bool]:
        along = {key: np.zeros(array.shape) for key, array in self.trace.parameters.items()}
        self.trace.named_parameters(along)[name][place] = 1.0
        made = ComplexPass(self.trace, along, epsilon_for(size)).finish()
        return made.derivative, made.kink

    def _summed(self, name: str, place: tuple[int, ...]) -> float | None:
        """The sum over time of the shown gradients' products; None where the cell declares none."""
        try:
            addends = Addends(self.shown, name, used=False)
        except (KeyError, StopIteration):
            return None
        return float(entry_addends(addends, place).sum())


def _verdict(symbol: str, shown: float, numeric: float, same: bool, holds: bool) -> Verdict:
    """`same`: the number is what it would be without the fault, so that nothing but rounding can have made it another
    than the check's; `holds`: it is the sum of its addends."""
    right = abs(shown - numeric) <= TOLERANCE * max(abs(shown), abs(numeric))
    if right or same or not np.isfinite(numeric):
        return Verdict("right" if right else "unresolved", symbol, shown, numeric)
    return Verdict("consequence" if holds else "cause", symbol, shown, numeric)


def _near(sent: float | None, shown: float) -> bool:
    return sent is None or abs(sent - shown) <= HOLDS * max(abs(sent), abs(shown))
