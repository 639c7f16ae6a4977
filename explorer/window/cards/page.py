"""The page of cards: over the window, below its bar; a search, the cards, and Enter or a double-click to open one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from explorer.session.session import Session
from explorer.widgets.keys import TAKES_ITS_KEYS
from explorer.widgets.labels import text_label
from explorer.widgets.second_click import SecondClick
from explorer.widgets.segmented import SegmentedControl
from explorer.window.cards.card import Card
from explorer.window.cards.model import CARD, CardModel
from explorer.window.cards.painter import CardPainter
from explorer.window.cards.pictures import Pictures
from explorer.window.page import Page

EXAMPLES, RECENT = "examples", "recent"
NARROWEST = 300  # px of a card in the light theme
TO_LIST = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class SearchField(QLineEdit):
    """Enter opens what it has found, and Esc closes the page."""

    takes_its_keys = True


class CardPage(Page):
    """`chosen` names a card's file and example."""

    chosen = Signal(object)  # a Card
    dropped = Signal(object)  # a Card that is to go from the list

    def __init__(
        self,
        session: Session,
        kinds: dict[str, Callable[[], list[Card]]],
        place: Callable[[], QRect],
        parent: QWidget,
    ) -> None:
        super().__init__(session, place, parent)
        self._kinds = kinds
        self._pictures = Pictures()
        self._second_click = SecondClick(self)
        titles = {EXAMPLES: self.tr("Examples"), RECENT: self.tr("Recent files")}
        self.which = SegmentedControl([(key, titles[key], "") for key in kinds])
        self.which.currentChanged.connect(self._show_kind)
        self.search = SearchField()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setProperty(TAKES_ITS_KEYS, True)
        self.search.textChanged.connect(self._on_search)
        self.hint = text_label("small")
        self.list = QListView()
        self._painter = CardPainter(session, self._pictures)
        self.model = CardModel([])
        self._set_up_list()
        self._nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._nothing.setProperty("role", "muted")
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._load_next)
        buttons = [self.which.button(kind) for kind in kinds]
        self.watch((self.search, self.list, self.which, self.close_button, *buttons))

    def _set_up_list(self) -> None:
        self.list.setItemDelegate(self._painter)
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("Cards"))
        self.list.clicked.connect(self._on_clicked)
        self.list.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.list.setStyleSheet("QListView { background: transparent; }")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.which)
        head.addWidget(self.search, 1)
        head.addWidget(self.hint)
        head.addWidget(self.close_button)
        head.setSpacing(12)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 10, 10)
        whole.addLayout(head)
        whole.addWidget(self._nothing)
        whole.addWidget(self.list, 1)
        self.search.setMaximumWidth(420)

    # --- opening and closing ---
    def open_page(self, kind: str) -> None:
        """Shows one kind of cards, with the search empty and the first card selected."""
        self.open_over()
        self.which.setCurrent(kind)
        self.search.clear()
        self._show_kind(kind)
        self._fit_cards()
        self.search.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _show_kind(self, kind: str) -> None:
        self.model = CardModel(self._kinds[kind]())
        self.list.setModel(self.model)
        self._on_search(self.search.text())
        self._timer.start()

    def _on_search(self, text: str) -> None:
        self.model.search(text)
        shown = len(self.model.shown)
        if shown:
            self.list.setCurrentIndex(self.model.index(0))
        of_all = self.tr("{n} of {all}").format(n=shown, all=len(self.model.cards))
        self.hint.setText(self.tr("{count}  ·  A click or Enter opens, Esc closes").format(count=of_all))
        self.list.setVisible(bool(shown))
        self._nothing.setVisible(not shown)
        none = self.tr("No file has been opened or saved yet.")
        missed = self.tr("Nothing has all of these words; Esc closes.")
        self._nothing.setText(missed if self.model.cards else none)

    # --- loading, a card at a time ---
    def _load_next(self) -> None:
        """One card's text or picture, those in sight first."""
        theme, ratio = self._session.theme.name, self.devicePixelRatioF()
        for card in (*self.model.shown, *(each for each in self.model.cards if each not in self.model.shown)):
            if not card.loaded:
                card.fill()
            elif card.run is not None and not self._pictures.has(card.run, theme, ratio):
                self._pictures.of(card.run, theme, ratio)
            else:
                continue
            self.model.changed(card)
            return
        self._timer.stop()

    @property
    def loading(self) -> bool:
        """Whether cards are still without their text or picture."""
        return self._timer.isActive()

    # --- choosing ---
    def current(self) -> Card | None:
        """The selected card."""
        index = self.list.currentIndex()
        return index.data(CARD) if index.isValid() else None

    def _choose(self, card: Card | None) -> None:
        if card is not None:
            self.close_page()
            self.chosen.emit(card)

    def _on_clicked(self, index: QModelIndex) -> None:
        """One click opens, as in any gallery; where a second one follows, the picture below must not get it. A file
        that has gone is only selected, for Del."""
        card: Card = index.data(CARD)
        if not card.missing:
            self._second_click.expect()
            self._choose(card)

    def _drop(self) -> None:
        card = self.current()
        if card is not None and card.example is None:
            self.dropped.emit(card)
            self.model.remove(card)
            self._on_search(self.search.text())

    # --- geometry ---
    def _fit_cards(self) -> None:
        """As many beside each other as have room, all of one width."""
        bar = self.list.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self.list)
        room = self.list.width() - bar - 8
        least = NARROWEST * self._session.theme.font_px / 13
        count = max(1, int(room // least))
        self._painter.width = int(room // count)
        self.list.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_cards()

    # --- keys ---
    def controls(self) -> list[QWidget]:
        return [self.which.button(self.which.current()), self.search, self.close_button, self.list]

    def key(self, watched: QObject, event: QKeyEvent) -> bool:
        pressed = event.key()
        if pressed in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and watched in (self.search, self.list):
            self._choose(self.current())
        elif pressed == Qt.Key.Key_Delete and watched is self.list:
            self._drop()
        elif pressed in TO_LIST and watched is self.search:
            self.list.setFocus()
        elif watched is self.list and event.text().strip() and event.text().isprintable():
            self.search.setFocus()
            self.search.insert(event.text())
        else:
            return super().key(watched, event)
        return True
