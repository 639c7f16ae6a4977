"""Rows of the experiment panel for what every structure has, and for the textbooks' errors."""

from __future__ import annotations

from PySide6.QtCore import Qt

from core.exercises.explanation import explain_fault
from core.faults import FAULTS
from explorer.panels.experiment.choice import Choice, combo_row, number_row, words
from explorer.panels.experiment.parameters_row import ParametersRow
from explorer.panels.experiment.rows import ComboRow
from explorer.panels.experiment.scales import SliderRange
from explorer.session.session import Session
from explorer.words import in_language


class FaultRow(ComboRow):
    """The textbooks' errors in the symbols of the notation on view."""

    def __init__(self, title: str, tip: str) -> None:
        faults = ((fault.name, fault.title, fault.description) for fault in FAULTS)
        super().__init__(title, tip, ("fault",), ((None, words("none"), words("The derivation is right.")), *faults))

    def sync(self, session: Session) -> None:
        for k, fault in enumerate(FAULTS, start=1):
            title, description = map(in_language, explain_fault(fault, session.notation)[:2])
            self.combo.setItemText(k, title)
            self._tips[fault.name] = description
            if fault.name not in self._refused:
                self.combo.setItemData(k, description, Qt.ItemDataRole.ToolTipRole)
        super().sync(session)


# fmt: off
STRUCTURES = (
    ("n-1", "N → 1", "Reads all steps; the loss is at the last one."),
    ("n-n", "N → N", "Reads all steps; the loss is at every one."),
    ("1-1", "1 → 1", "One step: there is no recurrence."),
    ("1-n", "1 → N, x once", "x at the first step only; an output at every step."),
    ("1-n-every", "1 → N, x at every step", "The first x again at every step."),
    ("1-n-feedback", "1 → N, output fed back", "x at the first step; then each output is the next x."),
    ("encoder-decoder", "Encoder–decoder", "Reads T steps, then writes others from a context c."),
    ("attention", "Attention", "A decoder with a context of its own at every step."),
)
BIDIRECTIONAL = (
    (None, "off", "One chain, from the first step to the last."),
    ("sum", "sum", "{s} + {s}′"),
    ("concat", "concatenation", "({s}, {s}′), twice as wide"),
    ("product", "product", "{s} × {s}′, unit by unit"),
    ("mean", "mean", "½·({s} + {s}′)"),
)
STRUCTURE: tuple[Choice, ...] = (
    Choice("structure", "Structure", "Structure", "What the network reads, and what it writes.",
           combo_row("structure", *STRUCTURES)),
    Choice("layers", "Structure", "Layers", "How many layers are stacked; each reads the states of the layer below.",
           number_row("layers", SliderRange(1, 8, "int", near=1, far=4))),
    Choice("bidirectional", "Structure", "Bidirectional",
           "A second chain reads from the end; both states are joined at every step.",
           combo_row("bidirectional", *BIDIRECTIONAL)),
    Choice("parameters", "Structure", "Parameters",
           "How many numbers the network learns, by part and by matrix; of a stack of gates each has the same share.",
           ParametersRow),
)

FAULT: tuple[Choice, ...] = (
    Choice("fault", "Textbook error", "Error",
           "A mistake that is printed in textbooks, put into the backward pass; the gradient check shows it.",
           FaultRow),
)
# fmt: on
