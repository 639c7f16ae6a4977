"""Pinned inspectors: a few quantities, each in a card of its own, that follow the playhead or stay at their step."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.documents.storage import Inspector
from explorer.items.tables.numbers import NumbersTable
from explorer.panels.inspector.arithmetic_view import ArithmeticView, Entry
from explorer.panels.inspector.heading import Heading
from explorer.panels.inspector.pages import Page
from explorer.style.theme import Theme
from explorer.widgets.card import Card

MOST_ROWS = 4  # units in sight; the others scroll


class PinnedInspector(Card):
    """One quantity: its equations and numbers with this step's indices, a table of a few units."""

    changed = Signal(object)  # Inspector: another unit, following or at its step
    gone = Signal()
    opened = Signal(int)  # an entry of the arithmetic

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.pinned = Inspector(row="")
        self.t = 1
        self.page: Page | None = None
        self._shown: object = None
        self.heading, self.arithmetic = Heading(), ArithmeticView()
        self.table = NumbersTable(most_rows=MOST_ROWS)
        self.follow_button, self.close_button = QToolButton(), QToolButton()
        self.follow_button.setCheckable(True)
        self.close_button.setText("×")
        self.close_button.setAccessibleName(self.tr("Unpin this inspector"))
        self.close_button.setToolTip(self.tr("Unpin this inspector"))
        self.follow_button.setToolTip(self.tr("Follow the playhead, or stay at this step"))
        self.table.setAccessibleName(self.tr("values and gradients, unit by unit"))
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.heading, 1)
        for button in (self.follow_button, self.close_button):
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        margins = self.layout()
        if margins is not None:
            margins.setContentsMargins(12, 4, 6, 8)
        self.content.addLayout(top)
        self.add(self.arithmetic)
        self.add(self.table)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.follow_button.clicked.connect(self._on_follow)
        self.close_button.clicked.connect(self.gone)
        self.table.unit_chosen.connect(lambda unit: self.changed.emit(_replaced(self.pinned, unit=unit)))
        self.arithmetic.opened.connect(self.opened)

    def set_theme(self, theme: Theme) -> None:
        for each in (self.heading, self.arithmetic, self.table):
            each.set_theme(theme)

    def set_pinned(self, pinned: Inspector) -> None:
        self.pinned, self._shown = pinned, None

    def shows(self, key: object) -> bool:
        """Whether this is what is shown already; a page is made only where it is not."""
        if key == self._shown:
            return True
        self._shown = key
        return False

    def show_page(self, page: Page, t: int) -> None:
        """The page of the column t."""
        self.page, self.t = page, t
        self.heading.set_heading(page.symbol, page.titles)
        follows = self.pinned.t is None
        words = self.tr("follows") if follows else self.tr("step {t}").format(t=t)
        if self.follow_button.text() != words:
            self.follow_button.setText(words)
            self.follow_button.setAccessibleName(words)
        self.follow_button.setChecked(follows)
        equations = [Entry("equation", each.text, backward=each.backward) for each in page.equations]
        whose = [Entry("note", page.whose)] if page.whose else []
        self.arithmetic.set_entries((*equations, *page.entries, *whose))
        self.table.setVisible(bool(page.columns))
        if page.columns:
            self.table.set_table(page.columns, page.limit, page.unit, page.underflow)
        self.setAccessibleName(f"{self.tr('pinned')}: {self.heading.text()}")
        self.setAccessibleDescription(page.sentence)

    def _on_follow(self) -> None:
        self.changed.emit(_replaced(self.pinned, t=self.t if self.pinned.t is None else None))


class PinnedStack(QScrollArea):
    """The pinned inspectors below each other; what they show is decided in `explorer.panels.inspector.panel`."""

    changed = Signal(int, object)  # place, Inspector; None unpins it
    opened = Signal(int, int)  # place, entry
    scrolled = Signal()  # other cards are in sight

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: list[PinnedInspector] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(120)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.scrolled.emit())
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self.scrolled.emit())
        self.setWidget(inside)
        self.hide()

    def set_pinned(self, pinned: tuple[Inspector, ...], theme: Theme) -> None:
        """One card for each; those that stay keep theirs."""
        while len(self.cards) > len(pinned):
            card = self.cards.pop()
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        while len(self.cards) < len(pinned):
            card, k = PinnedInspector(), len(self.cards)
            card.set_theme(theme)
            card.changed.connect(lambda pinned, k=k: self.changed.emit(k, pinned))
            card.gone.connect(lambda k=k: self.changed.emit(k, None))
            card.opened.connect(lambda entry, k=k: self.opened.emit(k, entry))
            self._column.insertWidget(k, card)
            self.cards.append(card)
        for card, each in zip(self.cards, pinned, strict=True):
            card.set_pinned(each)
        self.setVisible(bool(pinned))

    def set_theme(self, theme: Theme) -> None:
        for card in self.cards:
            card.set_theme(theme)

    def hides(self, card: PinnedInspector) -> bool:
        """Whether a card is scrolled out of sight, on a window that is shown."""
        return self.isVisible() and card.visibleRegion().isEmpty()

    def wanted_height(self) -> int:
        """What all cards need."""
        return sum(card.sizeHint().height() + self._column.spacing() for card in self.cards if not card.isHidden())


def _replaced(pinned: Inspector, **fields: int | None) -> Inspector:
    return msgspec.structs.replace(pinned, **fields)
