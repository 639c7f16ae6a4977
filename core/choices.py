"""Choices: what every experiment lets a person choose, the seeds among them, with limits.

Data alone: core.rules says what goes together, and core.experiment adds the options of single parts, cells and tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

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
    "w-not-transposed",
    "lstm-for-good",
]
Initialisation = Literal["identity", "orthogonal", "xavier", "spectral", "normal", "matrix"]

MAXIMUM_STEPS = 1000
MOST_LAYERS = 8
MOST_EDITS = 10_000  # numbers typed over; with more, each further one would be waited for
DECODED = ("encoder-decoder", "attention")  # structures with a decoder
READS_SEQUENCE = ("n-1", "n-n", *DECODED)  # structures that read all of x; the others read one step of it
INPUTS, TARGETS = "x", "y"  # the names of edits of the data
START = "_0"  # "L1.s_0" is the initial state s of the scan L1, (B, H)
# What parameters are made of: with another of these, those that were trained or came from a file no longer belong.
MAKES_PARAMETERS = (
    "task", "cell", "hidden", "layers", "bidirectional", "weight_seed", "w_init", "w_gain", "w_matrix",
    "u_gain", "bias", "nonnegative", "structure",
)  # fmt: skip
# With another of these, what was typed over the data no longer belongs.
MAKES_DATA = ("task", "data_seed", "read_backwards")
# What a choice's name and limits leave open, for whoever reads the list of them.
NOTES = {
    "truncate": "windows of k steps, counted back from each sample's own last one; only its first may be shorter",
    "read_backwards": "each sample's last x is read first; with structure n-n each step's target goes along with its x",
}
PARTS_FOLLOW = "bidirectional"  # the choice after which files and lists have the options of parts
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


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of Choices and of Experiment, which has the fields of Choices among others, in an order of its own."""

    if TYPE_CHECKING:

        def __getattr__(self, option: str) -> Any:
            """The options that parts, cells and tasks declare are fields of Experiment, whose names no reader here
            knows."""

    def __post_init__(self) -> None:
        """Made by hand with one of the two only, `structure` and `loss_at` still go together."""
        if self.structure == "n-1" and self.loss_at == "every":
            msgspec.structs.force_setattr(self, "structure", "n-n")
        wanted = LOSS_OF_STRUCTURE.get(self.structure, self.loss_at)
        if wanted != self.loss_at:
            msgspec.structs.force_setattr(self, "loss_at", wanted)

    def frozen_at(self, gate: str) -> float | None:
        """The value that `gate` is held at, or None where it is learned."""
        return next((frozen.at for frozen in self.frozen if frozen.gate == gate), None)


class Choices(Chosen, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every experiment has, whatever its parts, its cell and its task. These read their own options of it, too:
    what they are handed is a core.experiment.Experiment, with `context`, `leak`, `delay` … beside these.
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
    # These three decide on every part that there is, and on the data: no part declares them.
    structure: Structure = "n-1"
    layers: Annotated[int, msgspec.Meta(ge=1, le=MOST_LAYERS)] = 1
    bidirectional: JoinBy | None = None
    fault: Fault | None = None  # a textbook error, switched on in the backward pass

    # W of each gate: g·I, g·orthogonal, Xavier (Glorot normal)·g, N(0, 1) scaled to the spectral radius g, g·N(0, 1)/√H
    # or a typed matrix (H × H, used for every gate).
    w_init: Initialisation = "orthogonal"
    w_gain: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 0.8
    w_matrix: tuple[tuple[float, ...], ...] | None = None
    u_gain: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] = 1.0  # U = u_gain·N(0, 1)/√I
    bias: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0
    initial_state: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0  # every unit of s₀ (and c₀)
    input_scale: Annotated[float, msgspec.Meta(ge=1e-6, le=100.0)] = 1.0
    nonnegative: bool = False  # x and U become their absolute values
    read_backwards: bool = False  # each sample's own last x first, as Keras's go_backwards reads them

    frozen: tuple[FrozenGate, ...] = ()
    clip_norm: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    clip_value: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    truncate: Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)] | None = None

    edits: tuple[Edit, ...] = ()  # numbers typed over, see core.edits.editing


def layer_widths(choices: Choices) -> tuple[int, ...]:
    """How many units each layer has, from below to above; an encoder and its decoder have the same."""
    return tuple(choices.widths) or (choices.hidden,) * choices.layers


def layered(choices: Choices, changes: Mapping[str, Any]) -> dict[str, Any]:
    """How `layers` and `widths` go together after changes that do not say it of both: further layers are `hidden` wide,
    and another `hidden` is the width of all."""
    widths, layers = changes.get("widths"), changes.get("layers")
    if "widths" in changes:
        return {"layers": len(widths)} if layers is None and isinstance(widths, tuple | list) and widths else {}
    if "hidden" in changes:
        return {"widths": ()}
    if not choices.widths or not isinstance(layers, int) or not 1 <= layers <= MOST_LAYERS:
        return {}
    return {"widths": (*choices.widths[:layers], *[choices.hidden] * (layers - len(choices.widths)))}


def units_text(choices: Choices) -> str:
    """The letter for the units and how many each layer has: «H = 6», «H = 6, 1»."""
    each = choices.widths or (choices.hidden,)
    return f"H = {', '.join(map(str, each))}"


def is_data(name: str) -> bool:
    """Whether an edit's name is that of the inputs or the targets."""
    return name in (INPUTS, TARGETS)


def is_start(name: str) -> bool:
    """Whether an edit's name is that of an initial state."""
    return name.endswith(START)


def edit_of(choices: Choices, name: str, index: tuple[int, ...]) -> Edit | None:
    """The edit of one number, or None."""
    return next((edit for edit in choices.edits if (edit.name, edit.index) == (name, index)), None)
