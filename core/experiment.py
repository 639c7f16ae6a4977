"""Experiment: every choice a person can make, the seeds among them, in one frozen object with limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from core.errors import InputError, quoted

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
LossAt = Literal["last", "every"]
Structure = Literal["n-1", "n-n", "1-1", "1-n", "1-n-every", "1-n-feedback", "encoder-decoder", "attention"]
JoinBy = Literal["sum", "concat", "product", "mean"]
Fault = Literal[
    "dh1-without-dh2",
    "slope-of-s1",
    "bias-forgotten",
    "time-index",
    "delta-side",
    "diag-forgotten",
    "only-the-slope",
    "lstm-for-good",
]
Initialisation = Literal["identity", "orthogonal", "xavier", "spectral", "normal", "matrix"]
Reset = Literal["before", "after"]
CellActivation = Literal["tanh", "relu"]
GateActivation = Literal["sigmoid", "hard-sigmoid", "hard-sigmoid-keras2"]

MAXIMUM_STEPS = 1000
MOST_EDITS = 10_000  # numbers typed over; with more, each further one would be waited for
# What parameters are made of: with another of these, those that were trained or came from a file no longer belong.
MAKES_PARAMETERS = (
    "task", "cell", "hidden", "layers", "bidirectional", "weight_seed", "w_init", "w_gain", "w_matrix",
    "u_gain", "bias", "forget_bias", "update_bias", "nonnegative", "convolution", "filters", "output_feedback",
    "structure", "context", "context_at", "score", "taps", "periods", "density", "spectral_radius", "reset",
    "text", "unknown", "csv_columns", "csv_header", "csv_decimal", "csv_predict", "csv_target", "air_quality",
)  # fmt: skip
# What an option's name and limits leave open, for whoever reads the list of them.
NOTES = {
    "truncate": "windows of k steps, counted back from each sample's own last one; only its first may be shorter",
    "score": "the query is the state of the step before of the decoder's bottom layer, D1",
    "taps": "this step and those read before it; in a reverse chain the ones after it",
    "activation": "LSTM and GRU: of the candidate and, in the LSTM, of the cell state",
    "gate_activation": "LSTM and GRU; hard-sigmoid is max(0, min(1, h/6 + 1/2)), that of Keras 2 has h/5 in it",
    "epsilon": "batch statistics are over all samples, those that have ended included",
    "periods": "a unit runs where its period divides t; each sample counts its own steps, from 1",
}
LOSS_OF_STRUCTURE: dict[str, LossAt] = {"n-1": "last", "n-n": "every", "1-1": "last"}  # where it decides


class FrozenGate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate held at one value at every step (f ≡ 1): it is not computed, and its gradient is 0."""

    gate: str
    at: Unit


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number typed over. `name`: "x" (T, B, I), "y", a parameter "L1.W", or an initial state "L1.s_0" (B, H);
    `index` counts from 0. A locked one is kept by another seed and by a training."""

    name: str
    index: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]
    value: Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
    locked: bool = False


class Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that decides a run. Equal experiments give the same numbers on the same machine.

    Fields that a cell or a task does not read have no effect on it, so that another cell can be tried on the same data
    and the choices are still there when the first one comes back.
    """

    task: str = "last-step"
    cell: str = "tanh"
    steps: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] = 14
    hidden: Annotated[int, msgspec.Meta(ge=1, le=256)] = 6
    batch: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    data_seed: Seed = 1
    weight_seed: Seed = 1
    loss_at: LossAt = "last"

    # What is read and what is written. n-1 and n-n say where the loss sits, as `loss_at` does: the two go together.
    structure: Structure = "n-1"
    layers: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    bidirectional: JoinBy | None = None
    reverse_at: Literal["own-end", "last-step"] = "own-end"  # n-1: where the reverse chain is read; last-step is wrong
    output_steps: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] | None = None  # T_y of a decoder; None: T
    context: Literal["last", "transform", "all"] = "last"  # of the encoder's last state, a transform of it, or of all
    context_at: Literal["initial", "every"] = "initial"  # the decoder's initial state, or its input at every step
    score: Literal["dot", "additive", "bilinear"] = "dot"  # of attention
    teacher_forcing: bool = False  # what is fed back is the target, not the output: no gradient goes through it
    output_feedback: bool = False  # every cell also reads the output of the step before
    convolution: Annotated[int, msgspec.Meta(ge=1, le=25)] | None = None  # a kernel of so many steps before the cell
    filters: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    fault: Fault | None = None  # a textbook error, switched on in the backward pass

    # W of each gate: g·I, g·orthogonal, Xavier (Glorot normal)·g, N(0, 1) scaled to the spectral radius g, g·N(0, 1)/√H
    # or a typed matrix (H × H, used for every gate).
    w_init: Initialisation = "orthogonal"
    w_gain: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 0.8
    w_matrix: tuple[tuple[float, ...], ...] | None = None
    u_gain: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 1.0  # U = u_gain·N(0, 1)/√I
    bias: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0
    forget_bias: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)] = 1.0
    update_bias: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)] = 0.0
    initial_state: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0  # every unit of s₀ (and c₀)
    input_scale: Annotated[float, msgspec.Meta(ge=1e-6, le=100.0)] = 1.0
    nonnegative: bool = False  # x and U become their absolute values

    frozen: tuple[FrozenGate, ...] = ()
    reset: Reset = "before"  # GRU: r ⊙ s before the product with W_n, or r ⊙ (s·W_n + b_q) after it
    update: Literal["writes", "keeps"] = "writes"  # GRU: s = u ⊙ n + (1 − u) ⊙ s, or the sides of u exchanged
    activation: CellActivation = "tanh"  # LSTM, GRU: of candidate and cell state
    gate_activation: GateActivation = "sigmoid"  # LSTM, GRU: of the gates
    peephole_o: Literal["current", "previous"] = "current"  # which cell state the output gate's peephole reads
    leak: Unit = 0.3  # leaky: α of s = (1 − α)·s + α·φ(h)
    periods: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=1024)], ...], msgspec.Meta(min_length=1)] = (
        1,
        2,
        4,
        8,
    )  # clockwork: one group of units each
    epsilon: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 1e-3  # of batch normalisation: √(variance + ε)
    taps: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4  # of a cell without recurrence: steps it reads, its own one too
    density: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.05  # echo state network: share of W that is not 0
    spectral_radius: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.9
    ridge: Annotated[float, msgspec.Meta(ge=0.0, le=1e6)] = 1e-6
    washout: Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_STEPS)] = 0  # first steps that the read-out is not fitted to
    clip_norm: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    clip_value: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    truncate: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] | None = None

    delay: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] = 3
    text: Annotated[str, msgspec.Meta(min_length=2, max_length=10_000)] = "hello"
    noise: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.1
    csv_path: str = ""
    csv_hash: str = ""
    csv_target: str = ""
    csv_columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=256)] = ()  # that are read; none named: all
    csv_missing: Annotated[tuple[str, ...], msgspec.Meta(max_length=16)] = ()  # numbers and texts: there is no value
    csv_header: Literal["auto", "yes", "no"] = "auto"  # whether the first row names the columns; auto: by its cells
    csv_decimal: Literal["auto", "point", "comma"] = "auto"  # the decimal mark of every column; auto: by its cells
    csv_predict: Literal["next", "label"] = "next"  # the target's next value, or the row's class in the target column
    air_quality: Literal["value", "class"] = "value"  # the next hour's PM2.5 as a number, or as one of six classes
    image_path: str = ""  # IDX files; a hash is the sha256 of the file's bytes, or empty
    image_hash: str = ""
    label_path: str = ""
    label_hash: str = ""
    unknown: bool = False  # next character: a unit of its own, �, for characters that are not in the text

    edits: tuple[Edit, ...] = ()  # numbers typed over, see core.edits.editing

    def __post_init__(self) -> None:
        """Made by hand with one of the two only, `structure` and `loss_at` still go together."""
        if self.structure == "n-1" and self.loss_at == "every":
            msgspec.structs.force_setattr(self, "structure", "n-n")
        wanted = LOSS_OF_STRUCTURE.get(self.structure, self.loss_at)
        if wanted != self.loss_at:
            msgspec.structs.force_setattr(self, "loss_at", wanted)

    def with_changes(self, **changes: Any) -> Experiment:
        """The same experiment with some fields replaced, validated again.

        Raises InputError naming the field: unknown, of another type, out of range, or at odds with another one.
        """
        known = set(self.__struct_fields__)
        for name in changes:
            if name not in known:
                raise InputError(f"There is no option “{quoted(name)}”; the options are {', '.join(sorted(known))}.")
        values = {**msgspec.structs.asdict(self), **changes}
        for name, other in (("loss_at", "structure"), ("structure", "loss_at")):
            if name in changes and other not in changes:
                del values[other]
                values.update(_together({**msgspec.structs.asdict(self), **changes}, leading=name))
        return from_builtins(values, known=self.edits)

    def frozen_at(self, gate: str) -> float | None:
        """The value that `gate` is held at, or None where it is learned."""
        return next((frozen.at for frozen in self.frozen if frozen.gate == gate), None)

    def freeze(self, gate: str, at: float | None) -> Experiment:
        """The same experiment with `gate` held at `at`, or learned again (None)."""
        others = [frozen for frozen in self.frozen if frozen.gate != gate]
        held = [] if at is None else [FrozenGate(gate, float(at))]
        return self.with_changes(frozen=tuple(sorted(others + held, key=lambda frozen: frozen.gate)))


def from_builtins(values: dict[str, Any], known: tuple[Edit, ...] = ()) -> Experiment:
    """An Experiment from plain values (as JSON gives them). Raises InputError naming the field that is wrong.

    `known`: edits that another experiment has; those of them that are kept are not validated once more.
    """
    kept, values = _without_known(values, known)
    if "structure" not in values or "loss_at" not in values:  # files of format 1 know no structure
        values = {**values, **_together(values, leading="structure" if "structure" in values else "loss_at")}
    wanted = LOSS_OF_STRUCTURE.get(values["structure"]) if isinstance(values["structure"], str) else None
    if wanted and values["loss_at"] in ("last", "every") and values["loss_at"] != wanted:
        raise InputError(
            f"structure {values['structure']} has its loss at {wanted}, but loss_at is {values['loss_at']}; "
            "leave one of them out."
        )
    try:
        experiment = msgspec.convert(msgspec.to_builtins(values), Experiment)
    except msgspec.ValidationError as error:
        raise InputError(_sentence(str(error))) from None
    except (TypeError, OverflowError) as error:
        raise InputError(f"The experiment cannot be read: {quoted(str(error), 200)}.") from None
    if kept:
        fresh = iter(experiment.edits)
        edits = known if kept is known else tuple(next(fresh) if old is None else old for old in kept)
        msgspec.structs.force_setattr(experiment, "edits", edits)
    validate(experiment, edits=experiment.edits is not known)
    return experiment


def _without_known(values: dict[str, Any], known: tuple[Edit, ...]) -> tuple[tuple[Edit | None, ...], dict[str, Any]]:
    """The edits among `values` that are known, None for each of the others; and the values with those others only."""
    edits = values.get("edits", ())
    if not isinstance(edits, tuple | list):
        return (), values
    if len(edits) > MOST_EDITS:
        raise InputError(
            f"edits: at most {MOST_EDITS:,} numbers can be typed over, and these are {len(edits):,}; leave some out."
        )
    if not known:
        return (), values
    if edits is known:
        return known, {**values, "edits": ()}
    there = set(known)
    kept = tuple(edit if isinstance(edit, Edit) and edit in there else None for edit in edits)
    return kept, {**values, "edits": [edit for edit, old in zip(edits, kept, strict=True) if old is None]}


def _together(values: dict[str, Any], leading: str) -> dict[str, Any]:
    """`structure` and `loss_at` as they go together where only `leading` was chosen."""
    structure, loss_at = values.get("structure", "n-1"), values.get("loss_at", "last")
    if leading == "structure":
        at = LOSS_OF_STRUCTURE.get(structure, "every") if isinstance(structure, str) else loss_at
        return {"structure": structure, "loss_at": at}
    if structure in ("n-1", "n-n") or (structure == "1-1" and loss_at == "every"):
        structure = "n-n" if loss_at == "every" else "n-1"
    return {"structure": structure, "loss_at": loss_at}


def validate(experiment: Experiment, edits: bool = True) -> None:
    """Raises InputError for what no single field can tell: names unknown to the lists, fields at odds; not `edits`:
    those are known to be right."""
    from core.cells import CELLS, cell_named
    from core.refusals import refuse
    from core.tasks import task_named

    task_named(experiment.task)
    cell_named(experiment.cell)
    if experiment.clip_norm is not None and experiment.clip_value is not None:
        raise InputError("clip_norm and clip_value are both set; choose one of them and switch the other off.")
    gates = {gate for cell in CELLS for gate in cell.gates}
    for frozen in experiment.frozen:
        if frozen.gate not in gates:
            known = ", ".join(sorted(gates))
            raise InputError(f"frozen: there is no gate “{quoted(frozen.gate)}”; the gates are {known}.")
    if len({frozen.gate for frozen in experiment.frozen}) != len(experiment.frozen):
        raise InputError("frozen: a gate is named twice; name each gate once.")
    if edits and len({(edit.name, edit.index) for edit in experiment.edits}) != len(experiment.edits):
        raise InputError("edits: a number is named twice; name each number once.")
    _validate_matrix(experiment)
    refuse(experiment)


def _validate_matrix(experiment: Experiment) -> None:
    matrix, size = experiment.w_matrix, experiment.hidden
    if experiment.w_init == "matrix" and matrix is None:
        raise InputError("w_init is “matrix” but w_matrix is not given; type its rows.")
    if matrix is None:
        return
    if any(len(row) != len(matrix[0]) for row in matrix):
        raise InputError(f"w_matrix: its rows differ in length; {size} hidden units need {size} × {size} numbers.")
    if experiment.w_init == "matrix" and (len(matrix) != size or any(len(row) != size for row in matrix)):
        shape = f"{len(matrix)} × {len(matrix[0]) if matrix else 0}"
        raise InputError(f"w_matrix is {shape}, but {size} hidden units need {size} × {size} numbers.")
    if any(not abs(value) <= 1e6 for row in matrix for value in row):
        raise InputError("w_matrix: each number must be finite and between −1e6 and 1e6.")


def natural(task: str, **changes: Any) -> Experiment:
    """The default experiment on `task`, with the choices that suit it (loss placement, steps), then `changes`."""
    base = Experiment(task=task).with_changes(**changes)  # what suits a text depends on the text
    return suited(base, changes)


def suited(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    """The experiment with the choices that suit its task, then `changes`, which go before them."""
    from core.tasks import task_named

    suits = dict(task_named(experiment.task).natural(experiment))
    if "structure" in changes:  # it says where the loss sits
        suits.pop("loss_at", None)
    return experiment.with_changes(**{**suits, **changes})


def to_json(experiment: Experiment) -> str:
    """The experiment as JSON, every field by name."""
    return msgspec.json.encode(experiment).decode()


def from_json(text: str | bytes) -> Experiment:
    """The inverse of `to_json`. Raises InputError naming what is wrong."""
    try:
        values = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"This is not JSON: {quoted(str(error), 200)}.") from None
    if not isinstance(values, dict):
        raise InputError("An experiment is a JSON object with its options by name.")
    return from_builtins(values)


def _sentence(message: str) -> str:
    """msgspec's message with the field first: «steps: expected `int` >= 1.»"""
    text, _, place = message.partition(" - at `$.")
    text, field = quoted(text, 200), quoted(place.rstrip("`"))
    if not field:
        return f"The experiment cannot be read: {text}."
    return f"{field}: {text[0].lower()}{text[1:]}."
