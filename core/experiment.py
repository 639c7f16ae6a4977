"""Experiment: every choice a person can make, the seeds among them, in one frozen object with limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from core.errors import InputError

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
LossAt = Literal["last", "every"]
Initialisation = Literal["identity", "orthogonal", "xavier", "spectral", "normal", "matrix"]
Reset = Literal["before", "after"]

MAXIMUM_STEPS = 1000


class FrozenGate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate held at one value at every step (f ≡ 1): it is not computed, and its gradient is 0."""

    gate: str
    at: Unit


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
    clip_norm: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    clip_value: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    truncate: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] | None = None

    delay: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] = 3
    text: Annotated[str, msgspec.Meta(min_length=2, max_length=10_000)] = "hello"
    noise: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.1
    csv_path: str = ""
    csv_hash: str = ""
    csv_target: str = ""

    def with_changes(self, **changes: Any) -> Experiment:
        """The same experiment with some fields replaced, validated again.

        Raises InputError naming the field: unknown, of another type, out of range, or at odds with another one.
        """
        known = set(self.__struct_fields__)
        for name in changes:
            if name not in known:
                raise InputError(f"There is no option “{name}”; the options are {', '.join(sorted(known))}.")
        return from_builtins({**msgspec.structs.asdict(self), **changes})

    def frozen_at(self, gate: str) -> float | None:
        """The value that `gate` is held at, or None where it is learned."""
        return next((frozen.at for frozen in self.frozen if frozen.gate == gate), None)

    def freeze(self, gate: str, at: float | None) -> Experiment:
        """The same experiment with `gate` held at `at`, or learned again (None)."""
        others = [frozen for frozen in self.frozen if frozen.gate != gate]
        held = [] if at is None else [FrozenGate(gate, float(at))]
        return self.with_changes(frozen=tuple(sorted(others + held, key=lambda frozen: frozen.gate)))


def from_builtins(values: dict[str, Any]) -> Experiment:
    """An Experiment from plain values (as JSON gives them). Raises InputError naming the field that is wrong."""
    try:
        experiment = msgspec.convert(msgspec.to_builtins(values), Experiment)
    except msgspec.ValidationError as error:
        raise InputError(_sentence(str(error))) from None
    except (TypeError, OverflowError) as error:
        raise InputError(f"The experiment cannot be read: {error}.") from None
    validate(experiment)
    return experiment


def validate(experiment: Experiment) -> None:
    """Raises InputError for what no single field can tell: names unknown to the lists, fields at odds."""
    from core.cells import CELLS, cell_named
    from core.tasks import task_named

    task_named(experiment.task)
    cell_named(experiment.cell)
    if experiment.clip_norm is not None and experiment.clip_value is not None:
        raise InputError("clip_norm and clip_value are both set; choose one of them and switch the other off.")
    gates = {gate for cell in CELLS for gate in cell.gates}
    for frozen in experiment.frozen:
        if frozen.gate not in gates:
            raise InputError(f"frozen: there is no gate “{frozen.gate}”; the gates are {', '.join(sorted(gates))}.")
    if len({frozen.gate for frozen in experiment.frozen}) != len(experiment.frozen):
        raise InputError("frozen: a gate is named twice; name each gate once.")
    _validate_matrix(experiment)


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
    from core.tasks import task_named

    base = Experiment(task=task).with_changes(**changes)  # what suits a text depends on the text
    return base.with_changes(**{**task_named(task).natural(base), **changes})


def to_json(experiment: Experiment) -> str:
    """The experiment as JSON, every field by name."""
    return msgspec.json.encode(experiment).decode()


def from_json(text: str | bytes) -> Experiment:
    """The inverse of `to_json`. Raises InputError naming what is wrong."""
    try:
        values = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"This is not JSON: {error}.") from None
    if not isinstance(values, dict):
        raise InputError("An experiment is a JSON object with its options by name.")
    return from_builtins(values)


def _sentence(message: str) -> str:
    """msgspec's message with the field first: «steps: expected `int` >= 1.»"""
    text, _, place = message.partition(" - at `$.")
    field = place.rstrip("`")
    if not field:
        return f"The experiment cannot be read: {text}."
    return f"{field}: {text[0].lower()}{text[1:]}."
