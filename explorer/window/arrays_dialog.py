"""How own arrays are read, before they are opened: array by array, what is assumed, and what can be said instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.documents.opening import Opened, open_arrays
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.maths.losses import LOSSES
from core.own.layout import COLUMNS, INPUT_FIRST, ORDERS, ROWS, STATE_FIRST, UNSAID, Layout, layout_from
from core.own.presets import PRESETS
from explorer.widgets.labels import text_label
from explorer.words import in_language, translator

_tr = translator("arrays")


class ArraysDialog(QDialog):
    """`found` is what the arrays make of the experiment as they are read now; None where they cannot be, and then the
    button that opens them is out of reach. `name`: the files' names."""

    def __init__(
        self, arrays: Mapping[str, Array], name: str, experiment: Experiment, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._arrays, self.name, self._experiment = arrays, name, experiment
        self.found: Opened | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_tr("Your own arrays"))
        alone = _tr("as names and shapes say")
        self.preset = self._combo(((alone, None), *((each.title, each.name) for each in PRESETS)))
        self.weights = self._combo(
            ((alone, None), (_tr("x·W: rows, W (in, out)"), ROWS), (_tr("W·x: columns, W (out, in)"), COLUMNS))
        )
        shapes = ("(T, B, n)", "(B, T, n)", "(n, B, T)")
        pairs = zip(ORDERS, shapes, strict=True)
        self.order = self._combo(((alone, None), *((f"{_tr(order)} {shape}", order) for order, shape in pairs)))
        self.joined = self._combo(((alone, None), ("[h, x]", STATE_FIRST), ("[x, h]", INPUT_FIRST)))
        self.loss = self._combo(((alone, None), *((_tr(each.title), each.name) for each in LOSSES)))
        self.gates = QLineEdit()
        self.gates.setPlaceholderText(_tr("stacked in this order: i f o g"))
        self.gates.textChanged.connect(self._read)
        self.read_as, self.assumed = text_label("value", wraps=True), text_label("small", wraps=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._arrange()
        self._read()

    def _combo(self, items: tuple[tuple[str, str | None], ...]) -> QComboBox:
        box = QComboBox()
        for text, data in items:
            box.addItem(text, data)
        box.currentIndexChanged.connect(self._read)
        return box

    def _arrange(self) -> None:
        form = QFormLayout()
        rows = (
            (_tr("Named as in"), self.preset),
            (_tr("Weights"), self.weights),
            (_tr("Sequences"), self.order),
            (_tr("Gates"), self.gates),
            (_tr("One matrix for both"), self.joined),
            (_tr("Loss of targets"), self.loss),
        )
        for text, widget in rows:
            form.addRow(text, widget)
            widget.setAccessibleName(text)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        for each in (self.read_as, self.assumed):
            each.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(each)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.addWidget(text_label("small", self.name, wraps=True))
        whole.addLayout(form)
        whole.addWidget(area, 1)
        whole.addWidget(self.buttons)
        self.resize(560, 460)

    # --- what is said, and what becomes of it ---
    def layout_said(self) -> Layout:
        """What the fields say. Raises InputError for letters that are no gates."""
        said = layout_from(f"gates {self.gates.text()}") if self.gates.text().strip() else UNSAID
        return replace(
            said,
            preset=self.preset.currentData(),
            weights=self.weights.currentData(),
            order=self.order.currentData(),
            joined=self.joined.currentData(),
            loss=self.loss.currentData(),
        )

    def _read(self, *_: object) -> None:
        """Reads the arrays anew, and says how."""
        try:
            self.found = open_arrays(self._arrays, self._experiment, self.name, self.layout_said())
        except InputError as error:
            self.found = None
            self._say(in_language(error), "", error=True)
        else:
            *facts, last = self.found.remarks
            assumes = last.endswith(_ASSUMED)
            known, guessed = (facts, last) if assumes else (self.found.remarks, "")
            self._say("\n".join(map(in_language, known)), in_language(guessed), error=False)
        self.buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(self.found is not None)

    def _say(self, facts: str, assumed: str, error: bool) -> None:
        self.read_as.setProperty("role", "error" if error else "value")
        self.read_as.style().unpolish(self.read_as)
        self.read_as.style().polish(self.read_as)
        self.read_as.setText(facts)
        self.assumed.setText(assumed)
        self.assumed.setVisible(bool(assumed))


_ASSUMED = "assumed, the file does not say"  # how core.interop.network.Fitted ends such a clause
