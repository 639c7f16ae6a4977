"""The widgets of the page of numbers, and where they stand; what they show and do is decided in
`explorer.panels.numbers.panel`."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.items.heat.map import HeatMap
from explorer.items.legends import MapLegend, values_scale
from explorer.panels.base import Panel
from explorer.widgets.card import Card
from explorer.widgets.labels import separator, text_label
from explorer.widgets.segmented import SegmentedControl

VALUES, GRADIENTS = "values", "gradients"


class NumbersLayout(Panel):
    """A choice of the matrix, the heat map with its legend, the selected number, and how many were edited."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Numbers to edit"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(12)
        self.choice.setMaxVisibleItems(24)
        tip = self.tr("Show the gradients: how much, and in which direction, each number changes L")
        self.kind = SegmentedControl(
            (
                (VALUES, self.tr("values"), self.tr("Show the numbers themselves")),
                (GRADIENTS, self.tr("gradients"), tip),
            )
        )
        self.map, self.legend = HeatMap(), MapLegend(values_scale(1.0), 84, least=24)
        self.entry, self.loss = text_label("value", wraps=True), text_label("value")
        self.slope, self.note = text_label("small", wraps=True), text_label("small", wraps=True)
        self.lock_button = self._button(
            self.tr("Lock"), self.tr("Lock this number: neither editing nor training changes it")
        )
        self.lock_button.setCheckable(True)
        self.back_button = self._button(self.tr("Reset"), self.tr("The number as it was before it was edited (Delete)"))
        self.class_button = self._button(self.tr("This class"), self.tr("Make this class the target: 1, the others 0"))
        hint = self.tr("Type, or drag a number up and down. Wheel, or Shift+↑ ↓: ±0.1; Ctrl ±0.01; Ctrl+Shift ±0.001.")
        self.hint, self.count = text_label("small", hint, wraps=True), text_label("small", wraps=True)
        self.rewind_button = self._button(
            self.tr("Rewind to the same start"),
            self.tr("Reset every number to what the seeds give, and go back to the first step"),
        )
        self._rows: tuple[tuple[QHBoxLayout, QWidget, QWidget], ...] = ()
        self._arrange()

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _arrange(self) -> None:
        self.card = Card()
        top, buttons, last = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self.kind.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        top.addWidget(self.kind)
        top.addWidget(self.legend, 1)
        head = QHBoxLayout()
        head.addWidget(self.entry, 1)
        head.addWidget(self.loss)
        for button in (self.lock_button, self.back_button, self.class_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        last.addWidget(self.count, 1)
        last.addWidget(self.rewind_button)
        self.rewind_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for row in (top, buttons, last):
            row.setSpacing(8)
        add = self.card.content
        self.card.add(self.choice)
        add.addLayout(top)
        self.card.add(self.map, 1)
        self.card.add(separator())
        add.addLayout(head)
        for each in (self.slope, self.note):
            self.card.add(each)
        add.addLayout(buttons)
        self.card.add(self.hint)
        self.card.add(separator())
        add.addLayout(last)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self._rows = (top, self.kind, self.legend), (last, self.count, self.rewind_button)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._stack()
        return super().event(event)

    def _stack(self) -> None:
        """Two that do not fit beside each other, in large type, stand below each other; no word of theirs is cut."""
        room = self.width() - 36  # what the card keeps around its content
        for row, first, second in self._rows:
            least = second.minimumSizeHint() if second is self.legend else second.sizeHint()
            fits = first.sizeHint().width() + 8 + least.width() <= room
            way = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
            if row.direction() != way:
                row.setDirection(way)
