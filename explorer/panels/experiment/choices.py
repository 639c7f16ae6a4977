"""CHOICES: every row of the experiment panel, in order. Each says when it has an effect and how it is built.

The rows of single parts, cells and tasks follow from the options that these declare.
"""

from __future__ import annotations

from core.cells import cell_named
from core.cells.base import Cell
from core.choices import MAXIMUM_STEPS, READS_SEQUENCE
from core.experiment import Experiment
from explorer.panels.experiment.choice import Choice, about, number_row, seed_row, segment_row, words
from explorer.panels.experiment.data_rows import SampleRow
from explorer.panels.experiment.loss_rows import ClipRow
from explorer.panels.experiment.network_rows import (
    TYPED,
    GatesRow,
    HiddenRow,
    InitialisationRow,
    MatrixRow,
    SpectraRow,
)
from explorer.panels.experiment.option_rows import with_options
from explorer.panels.experiment.rows import CheckRow, OptionalRow, SegmentRow, ViewRow
from explorer.panels.experiment.scales import SliderRange, WholeLog
from explorer.panels.experiment.structure_rows import FAULT, STRUCTURE
from explorer.widgets.scale import Scale


def _has_w(experiment: Experiment) -> bool:
    """Whether the cell has a recurrent matrix that begins as `w_init` says."""
    cell = cell_named(experiment.cell)
    recurrent = "W" in cell.from_experiment(experiment).parameter_shapes(1, experiment.hidden)
    return recurrent and cell.recurrent is Cell.recurrent


def _carries(experiment: Experiment) -> bool:
    return bool(cell_named(experiment.cell).recurrent_states)


def _changed_on_the_way(experiment: Experiment) -> bool:
    limits = experiment.truncate, experiment.clip_norm, experiment.clip_value
    return any(limit is not None for limit in limits) or not cell_named(experiment.cell).learned


HIDDEN = SliderRange(1, 256, "int", near=1, far=64)
BATCH = SliderRange(1, 256, "int", near=1, far=8)
GAIN = SliderRange(0.0, 100.0, near=0.0, far=3.0)
INITIALISATIONS = (
    ("identity", "g · identity", "{W} = g·I: each unit keeps a share g of itself."),
    ("orthogonal", "g · orthogonal", "{W} = g·Q with a random rotation Q: every singular value is g."),
    (
        "xavier",
        "g · Xavier",
        "Normally distributed numbers with the variance 2/(H + H), times g (Glorot and Bengio 2010).",
    ),
    ("spectral", "spectral radius g", "Normally distributed numbers, scaled so that the largest |eigenvalue| is g."),
    ("normal", "g · normal / √H", "Normally distributed numbers with the standard deviation g/√H."),
    (TYPED, "typed matrix…", "Your own numbers, used for every gate."),
)

# fmt: off
DATA: tuple[Choice, ...] = (
    Choice("steps", "Data", "Steps T", "How many time steps the network is unrolled over.",
           number_row("steps", WholeLog(1, MAXIMUM_STEPS))),
    Choice("input_scale", "Data", "Input scale", "Every input is multiplied by this; the targets stay.",
           number_row("input_scale", Scale(1e-6, 100.0, "log"))),
    Choice("nonnegative", "Data", "Non-negative inputs", "Inputs and input weights become their absolute values.",
           lambda title, tip: CheckRow(title, tip, "nonnegative")),
    Choice("read_backwards", "Data", "Read backwards",
           "Each sequence is read from its last step to its first, as with Keras’s go_backwards; t counts as read.",
           lambda title, tip: CheckRow(title, tip, "read_backwards"), lambda e: e.structure in READS_SEQUENCE),
    Choice("batch", "Data", "Batch B", "How many sequences are run at once; the loss is their mean.",
           number_row("batch", BATCH)),
    Choice("sample", "Data", "Sample shown", "Which sequence of the batch is drawn; no number depends on it.",
           SampleRow, lambda e: e.batch > 1),
    Choice("data_seed", "Data", "Seed", "The random stream of the data: the same seed gives every cell the same data.",
           seed_row("data_seed", "New data: draw another seed")),

)

NETWORK: tuple[Choice, ...] = (
    Choice("hidden", "Network", "Hidden units H", "The width of the state and of each gate.",
           lambda title, tip: HiddenRow(title, tip, "hidden", lambda experiment: HIDDEN)),
    Choice("w_init", "Network", "{W}", "How the recurrent matrix {W} is initialised.",
           lambda title, tip: InitialisationRow(title, tip, [(k, words(a), words(b)) for k, a, b in INITIALISATIONS]),
           _has_w),
    Choice("w_gain", "Network", "Gain g of {W}", "The factor g of the recurrent matrix.",
           number_row("w_gain", GAIN), lambda e: e.w_init != TYPED and _has_w(e)),
    Choice("w_matrix", "Network", "Edit {W}…", "Type the recurrent matrix, or paste it from a spreadsheet.",
           MatrixRow, lambda e: e.w_init == TYPED and _has_w(e)),
    Choice("spectra", "Network", "Largest singular value and spectral radius of {W}",
           "σ_max: the most that one product with {W} stretches a vector; ρ: the largest |eigenvalue|, what many "
           "products come to.", SpectraRow, _carries),
    Choice("u_gain", "Network", "Gain of {U}", "The input matrix {U} is this times normal numbers over √I.",
           number_row("u_gain", GAIN)),
    Choice("bias", "Network", "Bias {b}", "The initial value of every bias that has no setting of its own.",
           number_row("bias", about(3.0, 100.0))),
    Choice("frozen", "Network", "Gates", "A gate is learned, or held at one value.", GatesRow,
           lambda e: bool(cell_named(e.cell).gates)),
    Choice("initial_state", "Network", "Initial state {s_0}", "The value of every unit before the first step.",
           number_row("initial_state", about(2.0, 100.0)), _carries),
    Choice("weight_seed", "Network", "Seed", "The random stream of the weights.",
           seed_row("weight_seed", "New weights: draw another seed")),
)

LOSS: tuple[Choice, ...] = (
    Choice("loss_at", "Loss", "Loss at", "Which steps count in the loss L.",
           segment_row(SegmentRow, "loss_at",
                     ("last", "last", "Only the last step counts: its gradient has the longest path."),
                     ("every", "every", "Each step that has a target counts: {∂s} is a sum over all later ones."))),
    Choice("clip_norm", "Loss", "Clip", "What is done to the parameters' gradient where it is too large to be used.",
           ClipRow),
    Choice("truncate", "Loss", "Truncate after",
           "The gradient is cut every this many steps, counted back from each sample's own last step.",
           lambda title, tip: OptionalRow(
               title, tip, "truncate", lambda e: SliderRange(1, MAXIMUM_STEPS, "int", near=1, far=max(e.steps, 2)), 5)),
    Choice("gradient", "Loss", "Gradient", "Show what is used, truncated and clipped, or the exact derivative of L.",
           segment_row(ViewRow, "gradient", ("used", "used", "As truncation, clipping or a fixed cell leave it."),
                     ("exact", "exact", "The derivative of L, which the check verifies.")), _changed_on_the_way),
)
# fmt: on

CHOICES = with_options((*DATA, *STRUCTURE, *NETWORK, *LOSS, *FAULT))
