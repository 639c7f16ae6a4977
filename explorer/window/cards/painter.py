"""How a card is painted: its picture, and below it group, title and text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.session.session import Session
from explorer.window.cards.card import Card
from explorer.window.cards.model import CARD
from explorer.window.cards.pictures import DRAWN, FOOT, HEAD, Pictures

GAP, PAD = 7.0, 12.0  # px around a card, and within it
LINES = 5  # of the text
FLAGS = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
SHAPE = (DRAWN.height() - HEAD - FOOT) / (DRAWN.width() - 4)


class CardPainter(QStyledItemDelegate):
    """`width`: px of a card, its gaps included. What has not been loaded yet has an empty picture."""

    def __init__(self, session: Session, pictures: Pictures) -> None:
        super().__init__()
        self._session, self._pictures = session, pictures
        self.width = 320

    # --- geometry ---
    def _fonts(self, font: QFont) -> tuple[QFont, QFont, QFont]:
        """Of the group, the title and the text."""
        theme = self._session.theme
        small, title, text = QFont(font), QFont(font), QFont(font)
        small.setPixelSize(round(theme.small_px))
        title.setPixelSize(round(theme.font_px * 1.08))
        title.setBold(True)
        text.setPixelSize(round(theme.font_px))
        return small, title, text

    def places(self, rect: QRectF, font: QFont) -> tuple[QRectF, QRectF, QRectF, QRectF, QRectF]:
        """The card itself, its picture, and its three texts."""
        card = rect.adjusted(GAP, GAP, -GAP, -GAP)
        left, width = card.left() + PAD, card.width() - 2 * PAD
        picture = QRectF(left, card.top() + PAD, width, width * SHAPE)
        heights = [QFontMetricsF(each).height() for each in self._fonts(font)]
        group = QRectF(left, picture.bottom() + 6, width, heights[0])
        title = QRectF(left, group.bottom() + 1, width, heights[1])
        text = QRectF(left, title.bottom() + 3, width, LINES * heights[2] + 2)
        return card, picture, group, title, text

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        *_, text = self.places(QRectF(0, 0, self.width, 1000), option.font)
        return QSize(self.width, round(text.bottom() + PAD + GAP))

    # --- painting ---
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self._session.theme
        card: Card = index.data(CARD)
        frame, picture, *texts = self.places(QRectF(option.rect), option.font)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(
            QPen(QColor(theme.focus if chosen else theme.node_outline if under else theme.line), 2.0 if chosen else 1.0)
        )
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(frame, 8, 8)
        self._draw_picture(painter, card, picture)
        inks = (theme.muted, theme.muted if card.missing else theme.ink, theme.muted if card.missing else theme.ink)
        words = (card.group, card.title, card.text)
        for place, font, ink, text in zip(texts, self._fonts(option.font), inks, words, strict=True):
            painter.setFont(font)
            painter.setPen(QColor(ink))
            painter.drawText(place, FLAGS, _whole(text, font, place))
        painter.restore()

    def _draw_picture(self, painter: QPainter, card: Card, place: QRectF) -> None:
        theme, ratio = self._session.theme, painter.device().devicePixelRatioF()
        if card.run is not None and self._pictures.has(card.run, theme.name, ratio):
            pixmap: QPixmap = self._pictures.of(card.run, theme.name, ratio)
            painter.drawPixmap(place, pixmap, QRectF(pixmap.rect()))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.background))
            painter.drawRoundedRect(place, 4, 4)


def _whole(text: str, font: QFont, place: QRectF) -> str:
    """The text, or as many of its words as there is room for: nothing is cut within a word."""
    metrics, flags = QFontMetricsF(font), int(Qt.TextFlag.TextWordWrap)
    room = QRectF(0, 0, place.width(), 10_000)
    words = text.split(" ")
    while len(words) > 1 and metrics.boundingRect(room, flags, " ".join(words)).height() > place.height() + 1:
        words = [*words[:-2], "…"] if words[-1] == "…" else [*words[:-1], "…"]
    return " ".join(words)
