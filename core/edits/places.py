"""Which numbers of a run can be edited, what they are called, and why others are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core import tasks
from core.choices import INPUTS, START, TARGETS, Edit, is_start
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.declared import TARGETS as TARGETS_SIGNAL
from core.network.parts import Network
from core.network.scan import Scan, scan_named, scans_of
from core.network.structures import build
from core.sentence import Sentence
from core.tasks.base import Data
from core.unrolled import readers_of

NUMBERS = ("squared", "given")  # losses whose y are any numbers, no probabilities
FIRST_ONLY = ("1-n", "1-n-every", "1-n-feedback")  # structures that read x at the first step only


@dataclass(frozen=True, eq=False)
class Places:
    """The editable numbers of one run: their `shapes`, by an edit's name, and which of them are read."""

    experiment: Experiment
    data: Data
    network: Network

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """x (T, B, I), y (T, B, O), every parameter by its stacked name, every initial state (B, H)."""
        own = {INPUTS: self.data.x.shape, TARGETS: self.data.y.shape}
        return {**own, **self.network.parameter_shapes, **start_shapes(self.network, self.data.x.shape[1])}

    @cached_property
    def inputs(self) -> Array:
        """(T, B) bool: the steps whose x is there to be read."""
        found = np.ones(self.data.x.shape[:2], dtype=bool) if self.data.present is None else self.data.present.copy()
        if self.experiment.structure in FIRST_ONLY:
            found[1:] = False
        return found

    @cached_property
    def counted(self) -> Array:
        """(T, B) bool: the targets that the loss includes."""
        found = np.repeat(self.data.supervised[:, None], self.data.y.shape[1], axis=1)
        return found if self.data.counted is None else found & self.data.counted

    @cached_property
    def targets(self) -> Array:
        """(T, B) bool: the targets that the loss includes, or that teacher forcing reads at the step after."""
        found = self.counted.copy()
        if readers_of(self.network, TARGETS_SIGNAL):
            found[:-1] = True
        return found

    @cached_property
    def masks(self) -> dict[str, Array]:
        """Of the parameters some of whose entries are always 0: where they may be another number."""
        found = {}
        for scan in scans_of(self.network):
            own = {name.partition(".")[2]: shape for name, shape in self.network.parameter_shapes.items()
                   if name.startswith(scan.name + ".")}  # fmt: skip
            masked = scan.masked({name: np.ones(shape) for name, shape in own.items()})
            found.update({f"{scan.name}.{name}": mask for name, (_, mask) in masked.items() if mask is not None})
        return found

    def refusal(self, edit: Edit) -> str:
        """Why there is no such number to edit, in one sentence; "" where there is."""
        if edit.name not in self.shapes:
            return Sentence(
                "edits: there is no “{name}” to edit; there are {known}.",
                name=quoted(edit.name),
                known=", ".join(self.shapes),
            )
        shape, place = self.shapes[edit.name], place_text(edit)
        if len(edit.index) != len(shape) or any(not 0 <= k < n for k, n in zip(edit.index, shape, strict=True)):
            return Sentence(
                "edits: there is no {place}; {name} is {shape}, counted from 0.",
                place=place,
                name=edit.name,
                shape=" × ".join(map(str, shape)),
            )
        if edit.name == INPUTS and not self.inputs[edit.index[:2]]:
            if self.data.present is not None and not self.data.present[edit.index[:2]]:
                return Sentence("{place}: this sample has no such step; edit an earlier one.", place=place)
            return Sentence(
                "{place}: structure {structure} reads x at the first step; edit x[0, …].",
                place=place,
                structure=self.experiment.structure,
            )
        if edit.name == TARGETS and not self.targets[edit.index[:2]]:
            return Sentence(
                "{place}: the loss does not include this target; edit one at a step that counts.", place=place
            )
        if edit.name in self.masks and not self.masks[edit.name][edit.index]:
            return Sentence("{place} is always 0 in this cell; edit another number.", place=place)
        return ""

    def misfits(self, edits: Sequence[Edit]) -> list[Edit]:
        """Those of many that have a `refusal`, found without asking for each by itself."""
        by_name: dict[str, list[Edit]] = {}
        for edit in edits:
            by_name.setdefault(edit.name, []).append(edit)
        found: list[Edit] = []
        for name, some in by_name.items():
            bad = np.ones(len(some), dtype=bool)
            places = index_array(some)
            shape = self.shapes.get(name)
            if shape is not None and places is not None and places.shape[1] == len(shape):
                bad[:] = np.any(places >= shape, axis=1)
                there = places[~bad].T
                allowed = {INPUTS: self.inputs, TARGETS: self.targets}.get(name)
                if allowed is not None:
                    bad[~bad] = ~allowed[there[0], there[1]]
                elif name in self.masks:
                    bad[~bad] = np.asarray(self.masks[name])[tuple(there)] == 0
            found += [edit for edit, doubtful in zip(some, bad, strict=True) if doubtful and self.refusal(edit)]
        return found

    def unused(self, edit: Edit) -> str:
        """Why a number that there is has no effect, in one sentence: its gate is frozen; "" where it has one."""
        part, _, name = edit.name.partition(".")
        scan = scan_named(self.network, part)
        if scan is None or is_start(edit.name) or edit.name not in self.network.parameter_shapes:
            return ""
        key = block_of(scan, name, edit.index[-1])
        if key in idle_parameters(scan):
            gate = key.partition("_")[2]
            return Sentence(
                "{name} is not used while {gate} is held at one value; let {gate} be learned first.",
                name=f"{part}.{key}",
                gate=gate,
            )
        return ""

    def row_refusal(self, y: Array, t: int, sample: int) -> str:
        """Why the targets y (O,) of one step are none: a cross-entropy's gradient a − y wants probabilities."""
        if self.data.loss in NUMBERS or not self.counted[t, sample]:
            return ""
        if y.min() < 0.0 or y.max() > 1.0:
            return Sentence(
                "The target y[{t}, {sample}] must lie between 0 and 1, since it is a probability.", t=t, sample=sample
            )
        if self.data.loss == "categorical" and abs(y.sum() - 1.0) > 1e-9:
            return Sentence(
                "The targets y[{t}, {sample}] are the probabilities of classes and must add up to 1; they add up to "
                "{sum:g}.",
                t=t,
                sample=sample,
                sum=float(y.sum()),
            )
        return ""


def index_array(edits: Sequence[Edit]) -> Array | None:
    """The places of edits of one name, (number of edits, dimensions); None where they have not all as many."""
    if len({len(edit.index) for edit in edits}) != 1:
        return None
    try:
        return np.array([edit.index for edit in edits], dtype=np.int64)
    except OverflowError:  # beyond any array
        return None


def places_of(experiment: Experiment) -> Places:
    """The numbers that an experiment's run has. Raises InputError where it cannot be run."""
    data = tasks.make(experiment)
    return Places(experiment, data, build(experiment, data))


def start_shapes(network: Network, batch: int) -> dict[str, tuple[int, ...]]:
    """The initial states that are the experiment's own, by an edit's name, each (B, H)."""
    return {
        f"{scan.name}.{name}{START}": (batch, scan.hidden)
        for scan in scans_of(network)
        for name in scan.cell.recurrent_states
        if len(scan.before(name)) == 1
    }


def place_text(edit: Edit) -> str:
    """«L1.W[0, 1]», counted from 0."""
    return f"{edit.name}[{', '.join(map(str, edit.index))}]"


def block_of(scan: Scan, name: str, column: int) -> str:
    """The block that a column of a stacked parameter is in: "W_f" of "W"."""
    blocks = scan.cell.named(name, np.arange(scan.hidden * len(scan.cell.blocks)), scan.hidden)
    return next((key for key, columns in blocks.items() if column in columns), name)


def idle_parameters(scan: Scan) -> set[str]:
    """The parameters, by block, from which nothing goes into a state: those of a frozen gate."""
    reached = {"s", *scan.cell.recurrent_states}
    for operation in reversed(scan.cell.graph):
        if operation.out in reached:
            reached.update(operation.inputs)
    of = [(op.out in reached, {*op.parameters, *((op.bias,) if op.bias else ())}) for op in scan.cell.graph]
    live = {name for useful, names in of if useful for name in names}
    return {name for _, names in of for name in names} - live


def stacked(network: Network, name: str, index: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """The name and place of an edit for a number named by gate: ("L1.W_f", (0, 1)) is ("L1.W", (0, H + 1)) where f is
    the second block. Other names come back as they are."""
    part, _, key = name.partition(".")
    scan = scan_named(network, part)
    if scan is None or name in network.parameter_shapes or is_start(name) or not index:
        return name, index
    for full, shape in network.parameter_shapes.items():
        own, _, stem = full.partition(".")
        if own == part:
            view = scan.cell.named(stem, np.broadcast_to(np.arange(shape[-1]), shape), scan.hidden).get(key)
            if view is not None and 0 <= index[-1] < view.shape[-1]:
                return full, (*index[:-1], int(view[(0,) * (view.ndim - 1)][index[-1]]))
    return name, index


# --- targets that are probabilities ---
def class_edits(data: Data, t: int, sample: int, chosen: int) -> list[Edit]:
    """The whole row of targets at step t (from 0): 1 for the class `chosen`, 0 for the others.

    Raises InputError where there is no such class, or the targets are no classes.
    """
    if data.loss != "categorical":
        raise InputError("These targets are no classes; type their numbers.")
    count = data.y.shape[2]
    if not 0 <= chosen < count:
        raise InputError("There is no class {chosen}; there are {count}, counted from 0.", chosen=chosen, count=count)
    return [Edit(TARGETS, (t, sample, k), float(k == chosen)) for k in range(count)]


def probability_edits(data: Data, t: int, sample: int, k: int, value: float, row: Array | None = None) -> list[Edit]:
    """The whole row of targets at step t (from 0) with `value`, cut to 0 … 1, for class k: the others share what is
    left as they did before, evenly where they had none. Numbers that are probabilities by themselves (binary) or none
    at all (squared) are one edit. `row` (O,): what stands there, where the data are a frame behind."""
    if data.loss in NUMBERS:
        return [Edit(TARGETS, (t, sample, k), value)]
    value = min(max(value, 0.0), 1.0)
    if data.loss == "binary":
        return [Edit(TARGETS, (t, sample, k), value)]
    row = np.array(data.y[t, sample] if row is None else row)
    others = np.arange(len(row)) != k
    if not others.any():
        value = 1.0
    elif row[others].max() > 0.0:
        shares = row[others] / row[others].max()  # first to the size of 1: one over a sum of subnormal numbers is ∞
        row[others] = (1.0 - value) * (shares / shares.sum())
    else:
        row[others] = (1.0 - value) / others.sum()
    row[k] = value
    return [Edit(TARGETS, (t, sample, j), float(each)) for j, each in enumerate(row)]
