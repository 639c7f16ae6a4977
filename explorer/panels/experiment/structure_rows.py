"""Rows of the experiment panel for the structure, and for the textbooks' errors."""

from __future__ import annotations

from core.cells import cell_named
from core.choices import DECODED, MAXIMUM_STEPS
from core.experiment import Experiment
from core.faults import FAULTS
from explorer.panels.experiment.choice import Choice, check_row, combo_row, number_row, optional_row, segment_row
from explorer.panels.experiment.rows import SegmentRow
from explorer.panels.experiment.scales import SliderRange


def _decodes(experiment: Experiment) -> bool:
    return experiment.structure in DECODED


def _pairs(experiment: Experiment) -> bool:
    return experiment.bidirectional is not None


def _counts(experiment: Experiment) -> bool:
    return cell_named(experiment.cell).readout == "counts"


def _feeds(experiment: Experiment) -> bool:
    reads = cell_named(experiment.cell).fed or experiment.output_feedback
    return _decodes(experiment) or experiment.structure == "1-n-feedback" or reads


# fmt: off
STRUCTURE: tuple[Choice, ...] = (
    Choice("structure", "Structure", "Structure", "What the network reads, and what it writes.",
           combo_row("structure",
                     ("n-1", "N → 1", "Reads all steps; the loss is at the last one."),
                     ("n-n", "N → N", "Reads all steps; the loss is at every one."),
                     ("1-1", "1 → 1", "One step: there is no recurrence."),
                     ("1-n", "1 → N, x once", "x at the first step only; an output at every step."),
                     ("1-n-every", "1 → N, x at every step", "The first x again at every step."),
                     ("1-n-feedback", "1 → N, output fed back", "x at the first step; then each output is the next x."),
                     ("encoder-decoder", "Encoder–decoder", "Reads T steps, then writes others from a context c."),
                     ("attention", "Attention", "A decoder with a context of its own at every step."))),
    Choice("layers", "Structure", "Layers", "How many layers are stacked; each reads the states of the layer below.",
           number_row("layers", SliderRange(1, 8, "int", near=1, far=4))),
    Choice("bidirectional", "Structure", "Bidirectional",
           "A second chain reads from the end; both states are joined at every step.",
           combo_row("bidirectional",
                     (None, "off", "One chain, from the first step to the last."),
                     ("sum", "sum", "{s} + {s}′"),
                     ("concat", "concatenation", "({s}, {s}′), twice as wide"),
                     ("product", "product", "{s} × {s}′, unit by unit"),
                     ("mean", "mean", "½·({s} + {s}′)"))),
    Choice("reverse_at", "Structure", "Reverse state", "Where the reverse chain is read for one output.",
           segment_row(SegmentRow, "reverse_at",
                       ("own-end", "its end", "At t = 1, where it has read the whole sequence."),
                       ("last-step", "t = T", "At t = T, where it has read one step: a common mistake in diagrams.")),
           lambda e: _pairs(e) and e.structure == "n-1"),
    Choice("output_steps", "Structure", "Steps written", "How many steps the decoder writes; off: as many as are read.",
           optional_row("output_steps", lambda e: SliderRange(1, MAXIMUM_STEPS, "int", near=1, far=max(e.steps, 2)), 4),
           _decodes),
    Choice("context", "Structure", "Context", "What the decoder is given of the encoder.",
           combo_row("context",
                     ("last", "last state", "The encoder's last state, as it is."),
                     ("transform", "transform of the last", "Its product with a matrix M, then tanh."),
                     ("all", "transform of all", "The mean of all its states with a matrix M, then tanh.")), _decodes),
    Choice("context_at", "Structure", "Given as", "How the decoder gets the context.",
           segment_row(SegmentRow, "context_at",
                       ("initial", "{s_0}", "As its initial state."),
                       ("every", "input", "Beside its input at every step.")),
           lambda e: e.structure == "encoder-decoder"),
    Choice("score", "Structure", "Score",
           "How the query, the decoder's bottom layer at the step before, is compared with the encoder's states.",
           combo_row("score",
                     ("dot", "dot", "The product of query and key (Luong, Pham and Manning 2015)."),
                     ("bilinear", "bilinear", "The same with a matrix A between them, their “general”."),
                     ("additive", "additive", "The sum of both, each through a matrix (Bahdanau et al. 2015).")),
           lambda e: e.structure == "attention"),
    Choice("output_feedback", "Structure", "Output fed back", "Each step also reads the previous output, through {F}.",
           check_row("output_feedback"),
           lambda e: e.output_feedback or not (_feeds(e) or _counts(e))),
    Choice("teacher_forcing", "Structure", "Teacher forcing",
           "What is fed back is the target, not the output: no gradient goes through it.",
           check_row("teacher_forcing"), _feeds),
    Choice("convolution", "Structure", "Convolution", "A kernel of this many steps reads x before the cell does.",
           optional_row("convolution", lambda e: SliderRange(1, 25, "int", near=1, far=9), 3)),
    Choice("filters", "Structure", "Filters", "How many features the convolution makes.",
           number_row("filters", SliderRange(1, 64, "int", near=1, far=16)), lambda e: e.convolution is not None),
)

FAULT: tuple[Choice, ...] = (
    Choice("fault", "Loss", "Textbook error",
           "Makes the backward pass wrong in the way a printed derivation is; the gradient check shows it.",
           combo_row("fault", (None, "none", "The derivation is right."),
                     *((fault.name, fault.title, fault.description) for fault in FAULTS))),
)
# fmt: on
