"""CHOICES: the visible list of the experiment panel's rows, in their order: one line for each choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.cells import CELLS, cell_named
from core.experiment import MAXIMUM_STEPS, Experiment
from core.tasks import TASKS, task_named
from explorer.panels.experiment_data import FileRow, SampleRow, TargetRow, TextRow
from explorer.panels.experiment_loss import ClipRow
from explorer.panels.experiment_network import (
    TYPED,
    GatesRow,
    HiddenRow,
    InitialisationRow,
    MatrixRow,
    SpectraRow,
)
from explorer.panels.experiment_row import CheckRow, NumberRow, OptionalRow, Row, ScaleFor, SeedRow, SegmentRow, ViewRow
from explorer.panels.experiment_scales import Reach, WholeLog
from explorer.widgets.scale import Scale


@dataclass(frozen=True)
class Choice:
    """One row: its section, the words for it, how it is built from them, and when it means something."""

    key: str  # the field of Experiment that it sets first, or a name of its own
    section: str
    title: str
    tip: str
    build: Callable[[str, str], Row]
    applies: Callable[[Experiment], bool] = lambda experiment: True

    def row(self) -> Row:
        """The row's widget, in the chosen language."""
        return self.build(_tr(self.title), _tr(self.tip))

    def shown(self, experiment: Experiment) -> bool:
        """Whether the choice has an effect here: what only some cells or tasks read is hidden for the others."""
        return (
            self.applies(experiment)
            and (self.key not in _OF_CELLS or self.key in cell_named(experiment.cell).options)
            and (self.key not in _OF_TASKS or self.key in task_named(experiment.task).options)
        )


_OF_CELLS = frozenset(option for cell in CELLS for option in cell.options)
_OF_TASKS = frozenset(option for task in TASKS for option in task.options)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ExperimentPanel", text)


def _number(field: str, scale: Scale | ScaleFor) -> Callable[[str, str], Row]:
    def scale_for(experiment: Experiment) -> Scale:
        return scale if isinstance(scale, Scale) else scale(experiment)

    return lambda title, tip: NumberRow(title, tip, field, scale_for)


def _segments(row: type[SegmentRow], field: str, *options: tuple[str, str, str]) -> Callable[[str, str], Row]:
    return lambda title, tip: row(title, tip, field, [(key, _tr(label), _tr(text)) for key, label, text in options])


def _seed(field: str, throw: str) -> Callable[[str, str], Row]:
    return lambda title, tip: SeedRow(title, tip, field, _tr(throw))


def _about(limit: float, typed: float) -> Scale:
    return Reach(-typed, typed, "float", near=-limit, far=limit)


def _changed_on_the_way(experiment: Experiment) -> bool:
    return any(limit is not None for limit in (experiment.truncate, experiment.clip_norm, experiment.clip_value))


HIDDEN = Reach(1, 256, "int", near=1, far=64)
BATCH = Reach(1, 256, "int", near=1, far=8)
GAIN = Reach(0.0, 100.0, near=0.0, far=3.0)
INITIALISATIONS = (
    ("identity", "g · identity", "W = g·I: each unit keeps a share g of itself."),
    ("orthogonal", "g · orthogonal", "W = g·Q with a random rotation Q: every singular value is g."),
    ("xavier", "g · Xavier", "Normal numbers with the variance 2/(H + H), times g (Glorot and Bengio 2010)."),
    ("spectral", "spectral radius g", "Normal numbers, scaled so that the largest |eigenvalue| is g."),
    ("normal", "g · normal / √H", "Normal numbers with the standard deviation g/√H."),
    (TYPED, "typed matrix…", "Your own numbers, used for every gate."),
)

# fmt: off
CHOICES: tuple[Choice, ...] = (
    Choice("steps", "Data", "Steps T", "How many time steps the network is unrolled over.",
           _number("steps", WholeLog(1, MAXIMUM_STEPS))),
    Choice("text", "Data", "Text", "The network reads this text round and round and predicts each next character.",
           TextRow),
    Choice("csv_path", "Data", "Choose file…", "The table that holds your series, one row a time step.", FileRow),
    Choice("csv_target", "Data", "Target", "The column whose next value is predicted.", TargetRow),
    Choice("delay", "Data", "Delay", "The network has to answer with what it read this many steps ago.",
           _number("delay", lambda e: Reach(1, MAXIMUM_STEPS, "int", near=1, far=max(e.steps - 1, 2)))),
    Choice("noise", "Data", "Noise", "The standard deviation of the noise on the readings.",
           _number("noise", Reach(0.0, 10.0, near=0.0, far=1.0))),
    Choice("input_scale", "Data", "Input scale", "Every input is multiplied by this; the targets stay.",
           _number("input_scale", Scale(1e-6, 100.0, "log"))),
    Choice("nonnegative", "Data", "Non-negative x and U", "Inputs and input weights become their absolute values.",
           lambda title, tip: CheckRow(title, tip, "nonnegative")),
    Choice("batch", "Data", "Batch B", "How many sequences are run at once; the loss is their mean.",
           _number("batch", BATCH)),
    Choice("sample", "Data", "Sample shown", "Which sequence of the batch is drawn; no number depends on it.",
           SampleRow, lambda e: e.batch > 1),
    Choice("data_seed", "Data", "Seed", "The random stream of the data: the same seed gives every cell the same data.",
           _seed("data_seed", "New data: throw another seed")),

    Choice("hidden", "Network", "Hidden units H", "The width of the state s and of each gate.",
           lambda title, tip: HiddenRow(title, tip, "hidden", lambda experiment: HIDDEN)),
    Choice("w_init", "Network", "W", "How the recurrent matrix W starts.",
           lambda title, tip: InitialisationRow(title, tip, [(k, _tr(a), _tr(b)) for k, a, b in INITIALISATIONS])),
    Choice("w_gain", "Network", "Gain g of W", "The factor g of the recurrent matrix.",
           _number("w_gain", GAIN), lambda e: e.w_init != TYPED),
    Choice("w_matrix", "Network", "Edit W…", "Type the recurrent matrix, or paste it from a spreadsheet.",
           MatrixRow, lambda e: e.w_init == TYPED),
    Choice("spectra", "Network", "Largest singular value and spectral radius of W",
           "σ_max: the most that one product with W stretches a vector; ρ: the largest |eigenvalue|, what many "
           "products come to.", SpectraRow),
    Choice("u_gain", "Network", "Gain of U", "The input matrix U is this times normal numbers over √I.",
           _number("u_gain", GAIN)),
    Choice("bias", "Network", "Bias b", "Where every bias starts that has no choice of its own.",
           _number("bias", _about(3.0, 100.0))),
    Choice("forget_bias", "Network", "Forget bias",
           "Where the forget gate's bias starts: the larger, the more of c is kept.",
           _number("forget_bias", _about(8.0, 20.0))),
    Choice("update_bias", "Network", "Update bias",
           "Where the update gate's bias starts: the smaller, the more of s is kept.",
           _number("update_bias", _about(8.0, 20.0))),
    Choice("reset", "Network", "Reset", "Whether the reset gate acts before or after the product with W.",
           _segments(SegmentRow, "reset", ("before", "before", "r ⊙ s goes through W (Cho et al. 2014)."),
                     ("after", "after", "r scales s·W + b, as cuDNN and PyTorch have it."))),
    Choice("frozen", "Network", "Gates", "A gate is learned, or held at one value.", GatesRow,
           lambda e: bool(cell_named(e.cell).gates)),
    Choice("initial_state", "Network", "Initial state s₀", "The value of every unit before the first step.",
           _number("initial_state", _about(2.0, 100.0))),
    Choice("weight_seed", "Network", "Seed", "The random stream of the weights.",
           _seed("weight_seed", "New weights: throw another seed")),

    Choice("loss_at", "Loss", "Loss at", "Which steps count in the loss L.",
           _segments(SegmentRow, "loss_at",
                     ("last", "last", "The last step alone counts: its gradient has the longest way."),
                     ("every", "every", "Each step that has a target counts: ∂L/∂s is a sum over all later ones."))),
    Choice("clip_norm", "Loss", "Clip", "What is done to the parameters' gradient where it is too large to be used.",
           ClipRow),
    Choice("truncate", "Loss", "Truncate after", "The gradient is cut every so many steps, counted from the last.",
           lambda title, tip: OptionalRow(
               title, tip, "truncate", lambda e: Reach(1, MAXIMUM_STEPS, "int", near=1, far=max(e.steps, 2)), 5)),
    Choice("gradient", "Loss", "Gradient", "Show what is used, truncated and clipped, or the exact derivative of L.",
           _segments(ViewRow, "gradient", ("used", "used", "The gradient as truncation and clipping leave it."),
                     ("exact", "exact", "The derivative of L, which the check verifies.")), _changed_on_the_way),
)
# fmt: on
