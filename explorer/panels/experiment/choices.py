"""CHOICES: every row of the experiment panel, in order. Each says when it has an effect and how it is built.

The rows of single parts, cells and tasks follow from the options that these declare. Those of OPEN are always in sight,
one of them while a run is pinned; every other one is in a section that folds.
"""

from __future__ import annotations

from core.cells import cell_named
from core.choices import MAXIMUM_STEPS
from core.experiment import Experiment
from explorer.panels.experiment import effects
from explorer.panels.experiment.choice import Choice, about, check_row, number_row, seed_row, segment_row, words
from explorer.panels.experiment.data_rows import SampleRow
from explorer.panels.experiment.loss_rows import ClipRow
from explorer.panels.experiment.match_row import MatchRow
from explorer.panels.experiment.network_rows import TYPED, GatesRow, InitialisationRow, MatrixRow, SpectraRow
from explorer.panels.experiment.option_rows import with_options
from explorer.panels.experiment.rows import PINS, OptionalRow, SegmentRow, ViewRow
from explorer.panels.experiment.scales import SliderRange, WholeLog
from explorer.panels.experiment.structure_rows import FAULT, STRUCTURE
from explorer.panels.experiment.training_rows import TRAINING
from explorer.widgets.scale import Scale


def _carries(experiment: Experiment) -> bool:
    return bool(cell_named(experiment.cell).recurrent_states)


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
OPEN: tuple[Choice, ...] = (
    Choice("steps", "", "Steps T", "How many time steps the network is unrolled over.",
           number_row("steps", WholeLog(1, MAXIMUM_STEPS), one_line=True), reach=effects.of_steps),
    Choice("hidden", "", "Hidden H", "The number of hidden units: the width of the state and of each gate.",
           number_row("hidden", HIDDEN, one_line=True), reach=effects.of_hidden),
    Choice("match", "", "Match parameters", "The number of hidden units with which this network has about as many "
           "parameters as the run pinned last.", MatchRow, bool, subject=PINS),
    Choice("w_gain", "", "Gain g of {W}", "The factor g of the recurrent matrix.",
           number_row("w_gain", GAIN, one_line=True), reach=effects.of_gain, initial=True),
    Choice("input_scale", "", "Input scale", "A factor of every input; the targets stay.",
           number_row("input_scale", Scale(1e-6, 100.0, "log"), one_line=True), reach=effects.of_inputs),
    Choice("loss_at", "", "Loss at", "Which steps count in the loss L.",
           segment_row(SegmentRow, "loss_at",
                     ("last", "last", "Only the last step counts: its gradient has the longest path."),
                     ("every", "every", "Each step that has a target counts: {∂s} is a sum over all later ones."))),
    Choice("seed", "", "Seed", "The random streams of the data and of the weights, together; under Data and Weights "
           "each has its own.", seed_row("Another seed: new data and new weights", "data_seed", "weight_seed")),
)

DATA: tuple[Choice, ...] = (
    Choice("batch", "Data", "Batch B", "How many sequences are run at once; the loss is their mean.",
           number_row("batch", BATCH)),
    Choice("sample", "Data", "Sample shown", "Which sequence of the batch is drawn; no number depends on it.",
           SampleRow, reach=effects.of_sample),
    Choice("nonnegative", "Data", "Non-negative inputs", "Inputs and input weights become their absolute values.",
           check_row("nonnegative"), reach=effects.of_inputs),
    Choice("read_backwards", "Data", "Read backwards",
           "Each sequence is read from its last step to its first, as with Keras’s go_backwards; t counts as read.",
           check_row("read_backwards")),
    Choice("data_seed", "Data", "Seed", "The random stream of the data: the same seed gives every cell the same data.",
           seed_row("Another seed of the data alone", "data_seed")),
)

WEIGHTS: tuple[Choice, ...] = (
    Choice("w_init", "Weights", "{W}", "How the recurrent matrix {W} is initialised.",
           lambda title, tip: InitialisationRow(title, tip, [(k, words(a), words(b)) for k, a, b in INITIALISATIONS]),
           reach=effects.of_initialisation, ruled=False),
    Choice("w_matrix", "Weights", "Edit {W}…", "Your own recurrent matrix, typed or pasted from a spreadsheet.",
           MatrixRow, lambda e: e.w_init == TYPED, effects.of_initialisation, ruled=False),
    Choice("spectra", "Weights", "Singular values and spectral radius of {W}",
           "σ_max and σ_min: the most and the least that one product with {W} stretches a vector; ρ: the largest "
           "|eigenvalue|, what many products come to.", SpectraRow, _carries),
    Choice("u_gain", "Weights", "Gain of {U}", "The input matrix {U} is this times normal numbers over √I.",
           number_row("u_gain", GAIN), reach=effects.of_input_matrix, initial=True),
    Choice("bias", "Weights", "Bias {b}", "The initial value of every bias that has no setting of its own.",
           number_row("bias", about(3.0, 100.0)), reach=effects.of_bias),
    Choice("initial_state", "Weights", "Initial state {s_0}", "The value of every unit before the first step.",
           number_row("initial_state", about(2.0, 100.0)), reach=effects.of_initial_state),
    Choice("weight_seed", "Weights", "Seed", "The random stream of the weights.",
           seed_row("Another seed of the weights alone", "weight_seed")),
)

CELL: tuple[Choice, ...] = (
    Choice("frozen", "Cell", "Gates", "A gate is learned, or held at one value.", GatesRow,
           lambda e: bool(cell_named(e.cell).gates)),
)

USED: tuple[Choice, ...] = (
    Choice("clip_norm", "Clip, truncate", "Clip",
           "What is done to the parameters' gradient where it is too large to be used.", ClipRow),
    Choice("truncate", "Clip, truncate", "Truncate after",
           "The gradient is cut every this many steps, counted back from each sample's own last step.",
           lambda title, tip: OptionalRow(
               title, tip, "truncate", lambda e: SliderRange(1, MAXIMUM_STEPS, "int", near=1, far=max(e.steps, 2)), 5)),
    Choice("gradient", "Clip, truncate", "Gradient",
           "Which gradient is shown: what is used, truncated and clipped, or the exact derivative of L.",
           segment_row(ViewRow, "gradient", ("used", "used", "As truncation, clipping or a fixed cell leave it."),
                     ("exact", "exact", "The derivative of L, which the check verifies.")),
           reach=effects.of_gradient_shown),
)
# fmt: on

CHOICES = with_options((*OPEN, *TRAINING, *CELL, *DATA, *STRUCTURE, *WEIGHTS, *USED, *FAULT))
