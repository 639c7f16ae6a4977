"""Bubbles over the live window: nothing is dimmed, and the mouse goes through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from explorer.items.bubble import Bubble, draw_bubble, place_bubble
from explorer.panels.base import Panel
from explorer.widgets.passing import make_passing
from explorer.window.window import Window


@dataclass(frozen=True)
class Pointed:
    """What a note is about: an item of a panel, by both names. `beside`: it leaves all of the panel in sight."""

    panel: str
    item: str
    text: str
    hint: str = ""
    beside: bool = False


class Overlay(QWidget):
    """Fills the window. Where a panel or its item is not in sight, the note points at what the window has instead: the
    panel as a whole, else at the middle of the pictures."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.notes: tuple[Pointed, ...] = ()
        self.drawn: list[tuple[Bubble, QRectF]] = []  # as they stand on the screen
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        make_passing(self)
        window.installEventFilter(self)
        self.hide()

    def point(self, notes: Sequence[Pointed]) -> None:
        """Shows these notes, and no others."""
        self.notes = tuple(notes)
        text = " ".join(f"{each.text} {each.hint}" for each in self.notes)
        self.setAccessibleName(text)
        self.setAccessibleDescription(text)
        self.setGeometry(self._window.rect())
        self.setVisible(bool(self.notes))
        self.raise_()
        self.update()

    def bubbles(self) -> list[tuple[Bubble, QRectF]]:
        """Each with its place, px of the window."""
        theme, room = self._window.session.theme, QRectF(self.rect())
        made = [Bubble(each.text, self.target(each), each.hint, self._around(each)) for each in self.notes]
        taken, found = [*(bubble.target for bubble in made), *self._busy()], []
        for bubble in made:
            size = bubble.size(self._window.font(), theme)
            place = place_bubble(bubble, size, room, [each for each in taken if each != bubble.target])
            taken.append(place.adjusted(-8, -8, 8, 8))
            found.append((bubble, place))
        return found

    def _busy(self) -> list[QRectF]:
        """What of the panels should be left in sight: the claim, and what each of them says is busy."""
        panels = [panel for panel in self._window.panels.values() if panel.isVisibleTo(self._window)]
        claim = self._window.panels["claim"]
        found = [(panel, place) for panel in panels for place in panel.busy()] + [(claim, QRectF(claim.rect()))]
        return [place.translated(QPointF(panel.mapTo(self._window, panel.rect().topLeft()))) for panel, place in found]

    def target(self, note: Pointed) -> QRectF:
        """Where the item is, px of the window."""
        panel = self._panel(note)
        place = panel.pointed(note.item) or QRectF(panel.rect())
        place = place.intersected(QRectF(panel.rect()))
        return place.translated(QPointF(panel.mapTo(self._window, panel.rect().topLeft())))

    def _around(self, note: Pointed) -> QRectF:
        panel = self._panel(note)
        place = QRectF(panel.rect()).translated(QPointF(panel.mapTo(self._window, panel.rect().topLeft())))
        return place if note.beside else QRectF()

    def _panel(self, note: Pointed) -> Panel:
        panel = self._window.panels[note.panel]
        return panel if panel.isVisibleTo(self._window) else self._window.stage.first

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        found = self.bubbles()
        if found != self.drawn:
            if QRegion(self.rect()).subtracted(event.region()).isEmpty():
                self.drawn = found
            else:  # a panel below has moved: in its part of the window alone, they would be drawn in two pieces
                self.update()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for bubble, place in self.drawn:
                draw_bubble(painter, bubble, place, self._window.font(), self._window.session.theme)
