"""Rows of the experiment panel for the structure, for the options of single cells, and for the textbooks' errors."""

from __future__ import annotations

from typing import Any, get_args

from PySide6.QtWidgets import QLineEdit

from core.cells import cell_named
from core.experiment import MAXIMUM_STEPS, CellActivation, Experiment, GateActivation
from core.maths.activations import activation_named
from core.network.faults import FAULTS
from core.refusals import DECODED
from explorer.panels.experiment.choice import Choice, check_row, combo_row, number_row, optional_row, segment_row
from explorer.panels.experiment.rows import Row, SegmentRow
from explorer.panels.experiment.scales import SliderRange
from explorer.session.session import Session
from explorer.widgets.labels import text_label
from explorer.widgets.scale import Scale


class PeriodsRow(Row):
    """Whole numbers, separated by commas or spaces."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("periods",))
        caption = text_label("muted", title)
        self.edit = QLineEdit()
        self.name(self.edit)
        self.edit.editingFinished.connect(self._on_finished)
        self.put(caption)
        self.put(self.edit)
        self._truth = ""

    def sync(self, session: Session) -> None:
        self._truth = ", ".join(map(str, session.experiment.periods))
        self.edit.setText(self._truth)

    def _on_finished(self) -> None:
        text = self.edit.text()
        if text == self._truth:
            return
        try:
            periods: Any = tuple(int(part) for part in text.replace(",", " ").split())
        except ValueError:
            self.show_error(self.tr("Write whole numbers, separated by commas: 1, 2, 4, 8."))
            self.edit.setText(self._truth)
            return
        self.changed.emit({"periods": periods})
        self.committed.emit()


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


def _activations(names: object) -> tuple[tuple[str, str, str], ...]:
    """Activations to choose from: each by its name, its title and its formula."""
    found = [activation_named(name) for name in get_args(names)]
    return tuple((phi.name, phi.title, phi.text) for phi in found)


CELLS: tuple[Choice, ...] = (
    Choice("update", "Network", "Update gate", "Which side of the update gate keeps the state.",
           segment_row(SegmentRow, "update",
                       ("writes", "writes", "Its level is the candidate's share of the new state."),
                       ("keeps", "keeps", "Its level is the old state's share, as in PyTorch and Keras."))),
    Choice("activation", "Network", "Activation", "Of the candidate, and in the LSTM of the cell state too.",
           segment_row(SegmentRow, "activation", *_activations(CellActivation))),
    Choice("gate_activation", "Network", "Gates", "What makes levels from 0 to 1 of the gates' pre-activations.",
           combo_row("gate_activation", *_activations(GateActivation))),
    Choice("peephole_o", "Network", "Output gate sees", "Which cell state the output gate's peephole reads.",
           segment_row(SegmentRow, "peephole_o",
                       ("current", "{c_t}", "The new cell state (Gers and Schmidhuber 2000)."),
                       ("previous", "{c_t-1}", "The previous one, as some textbooks draw it."))),
    Choice("leak", "Network", "Leak α", "{s} = α·tanh({h}) + (1 − α)·{s}: how much of the state is renewed.",
           number_row("leak", Scale(0.0, 1.0))),
    Choice("periods", "Network", "Periods", "One group of units for each; a group runs when its period divides t.",
           PeriodsRow),
    Choice("taps", "Network", "Window",
           "How many steps are read at once: this one and those read before it, in a reverse chain those after it.",
           number_row("taps", SliderRange(1, 64, "int", near=1, far=16))),
    Choice("epsilon", "Network", "ε of the variance",
           "Added to the variance over the batch, samples that have ended included: 1e-3 in Keras, 1e-5 in PyTorch.",
           number_row("epsilon", Scale(1e-8, 1.0, "log"))),
    Choice("density", "Network", "Density of {W}", "The share of {W}'s entries that are not 0.",
           number_row("density", Scale(0.01, 1.0, "log"))),
    Choice("spectral_radius", "Network", "Spectral radius of {W}", "The largest |eigenvalue| of the fixed reservoir.",
           number_row("spectral_radius", SliderRange(0.0, 10.0, near=0.0, far=2.0))),
    Choice("ridge", "Network", "Ridge λ", "The penalty on large weights when the read-out is fitted.",
           number_row("ridge", Scale(1e-12, 1e3, "log"))),
    Choice("washout", "Network", "Washout", "First steps that the read-out is not fitted to.",
           number_row("washout", lambda e: SliderRange(0, MAXIMUM_STEPS, "int", near=0, far=max(e.steps - 1, 2)))),
)

FAULT: tuple[Choice, ...] = (
    Choice("fault", "Loss", "Textbook error",
           "Makes the backward pass wrong in the way a printed derivation is; the gradient check shows it.",
           combo_row("fault", (None, "none", "The derivation is right."),
                     *((fault.name, fault.title, fault.description) for fault in FAULTS))),
)
# fmt: on
