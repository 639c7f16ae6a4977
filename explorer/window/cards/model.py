"""The cards of a page as a list that a view shows, and those of them that a search finds."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from explorer.window.cards.card import Card

CARD = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class CardModel(QAbstractListModel):
    """`shown`: what the search leaves of all the cards."""

    def __init__(self, cards: list[Card]) -> None:
        super().__init__()
        self.cards = cards
        self.shown = list(cards)

    def search(self, text: str) -> None:
        """Shows the cards that have every word of a text."""
        words = text.casefold().split()
        self.beginResetModel()
        self.shown = [card for card in self.cards if all(word in _all_of(card) for word in words)]
        self.endResetModel()

    def changed(self, card: Card) -> None:
        """A card has got its text or its picture."""
        if card in self.shown:
            place = self.index(self.shown.index(card))
            self.dataChanged.emit(place, place)

    def remove(self, card: Card) -> None:
        self.beginResetModel()
        self.cards.remove(card)
        self.shown.remove(card)
        self.endResetModel()

    # --- Qt ---
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        card = self.shown[index.row()]
        if role == CARD:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return card.title
        if role in (Qt.ItemDataRole.AccessibleDescriptionRole, Qt.ItemDataRole.ToolTipRole):
            return f"{card.text} ({card.group})"
        return None


def _all_of(card: Card) -> str:
    return f"{card.searched} {card.title} {card.group} {card.text}".casefold()
