"""The inspector's widgets and where they stand; what they show is decided in `explorer.panels.inspector.panel`."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.items.tables.numbers import NumbersTable
from explorer.items.tables.product import ProductTable
from explorer.panels.base import Panel
from explorer.panels.inspector.arithmetic_view import ArithmeticView
from explorer.panels.inspector.chips import Chips
from explorer.panels.inspector.equations_view import EquationsView
from explorer.panels.inspector.heading import Heading
from explorer.panels.inspector.pinned import PinnedStack
from explorer.panels.inspector.sum_over_time import SumOverTime
from explorer.widgets.card import Card
from explorer.widgets.labels import separator, text_label

PINNED_SHARE = 0.46  # of the height at most


class InspectorLayout(Panel):
    """A heading with two buttons; below, scrolling: notes, chips, equations, table, arithmetic, the sum over time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips, self.equations, self.arithmetic = Chips(), EquationsView(), ArithmeticView()
        self.table, self.sums = NumbersTable(), SumOverTime()
        self.bars, self.parameters, self.sum_text = self.sums.bars, self.sums.parameters, self.sums.text
        self.heading, self.notes, self.product = Heading(), text_label("small", wraps=True), ProductTable()
        self.product.hide()
        self.numbers_title = text_label("value", wraps=True)
        self.follow_button, self.pin_button, self.copy_button = QToolButton(), QToolButton(), QToolButton()
        self.follow_button.setText(self.tr("Follow"))
        self.pin_button.setText(self.tr("Pin"))
        self.copy_button.setText(self.tr("Copy"))
        for button in (self.follow_button, self.pin_button, self.copy_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.follow_button.setToolTip(self.tr("Clear the selection and follow the playhead again (Esc)"))
        self.pin_button.setToolTip(self.tr("Pin this quantity: it stays in an inspector of its own, below (I)"))
        self.pin_button.setAccessibleName(self.tr("Pin this inspector"))
        self.copy_button.setToolTip(self.tr("Copy everything shown as text, with every digit (Ctrl+C)"))
        self.copy_button.setAccessibleName(self.tr("Copy as text"))
        self.table.setAccessibleName(self.tr("values and gradients, unit by unit"))
        top = QHBoxLayout()
        top.setSpacing(2)
        top.setContentsMargins(0, 0, 6, 0)
        top.addWidget(self.heading, 1)
        for button in (self.follow_button, self.pin_button, self.copy_button):
            button.setAutoRaise(True)
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(7)
        for each in (self.notes, self.chips, self.equations, separator(), self.table, self.numbers_title):
            column.addWidget(each)
        for each in (self.arithmetic, self.product, separator(), self.sums):
            column.addWidget(each)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a bar that came and went would change the width, and with it every line break.
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        self.card = Card()
        margins = self.card.layout()
        if margins is not None:
            margins.setContentsMargins(14, 10, 4, 8)  # the scroll bar takes the place of the right one
        self.card.content.addLayout(top)
        self.card.add(self.area, 1)
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(self._on_scroll_range)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self.pinned = PinnedStack()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.addWidget(self.card)
        self.splitter.addWidget(self.pinned)
        self.splitter.setStretchFactor(0, 1)
        whole.addWidget(self.splitter)
        order = (self.follow_button, self.pin_button, self.copy_button, self.chips, self.table, self.arithmetic,
                 self.product, self.parameters, self.bars)  # fmt: skip
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def fit_pinned(self) -> None:
        """The pinned inspectors get what they need, and leave more than half of the height to the main one."""
        height = self.height() - self.splitter.handleWidth()
        wanted = min(self.pinned.wanted_height(), round(PINNED_SHARE * height))
        self.splitter.setSizes([height - wanted, wanted])

    def _on_scroll_range(self, low: int, high: int) -> None:
        sheet = "" if high > low else "QScrollBar::handle { background: transparent; }"
        bar = self.area.verticalScrollBar()
        if bar.styleSheet() != sheet:
            bar.setStyleSheet(sheet)
