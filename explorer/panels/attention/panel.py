"""What every step that writes attends to: the weights a_ij of attention, and ∂L/∂a_ij once the gradient was there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.chain.rows import rows
from core.network.attention import WEIGHTS
from core.notation.equations import Style
from explorer.items.legends import MapLegend, decades_scale, levels_scale
from explorer.items.pixmaps import painted
from explorer.items.plots.attention_matrix import (
    MatrixFrame,
    draw_matrix,
    gradient_texts,
    outline,
    weight_texts,
)
from explorer.items.plots.playhead import band, draw_band
from explorer.panels.attention.accessible import AttentionItems
from explorer.panels.attention.layout import AttentionLayout
from explorer.panels.attention.scene import Attention, attention_of
from explorer.panels.columns.column_panel import CellsPanel
from explorer.session.session import Change, Selection, Session
from explorer.style.colours import gradient_colours, level_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.numbers import number, spoken
from explorer.widgets.accessible import announce
from explorer.widgets.labels import text_label

_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_BracketLeft: (0, -1),
    Qt.Key.Key_BracketRight: (0, 1),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
_BEGINS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)


@dataclass(frozen=True, eq=False)
class Picture:
    """Both matrices painted, and where they lie."""

    axes: QPixmap
    weights: QPixmap
    gradients: QPixmap
    first: MatrixFrame
    second: MatrixFrame


class AttentionPanel(CellsPanel):
    """Two matrices, rows for the decoder's steps, columns for the encoder's: the weights in the chain's columns, and
    their gradients beside them or, where there is no room, below them."""

    name = "attention"
    names_steps = False  # it names its rows and columns itself

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.canvas.accessible_items = AttentionItems(self)
        self.keys = (
            (self.tr("[ ] ↑ ↓"), self.tr("move the readout")),
            (self.tr("Return"), self.tr("select the attention of its step")),
        )
        self._title = text_label("title")
        self._levels, self._decades = MapLegend(levels_scale(), 60), MapLegend(decades_scale(LOW, HIGH), 110)
        self._of_levels, self._of_decades = text_label("small"), text_label("small")
        self.card.header.addWidget(self._title)
        self.card.header.addStretch(1)
        for widget in (self._of_levels, self._levels, self._of_decades, self._decades):
            self.card.header.addWidget(widget)
        self.renders = 0  # how often the matrices were painted; tests count them
        self.data: Attention | None = None
        self._picture: Picture | None = None
        self._beats = (np.zeros(0, dtype=int), np.zeros(0, dtype=int))
        self._drawn = (0, 0, 0)

    # --- what is shown -----------------------------------------------------------------------------------------------
    def wanted(self, session: Session) -> bool:
        return WEIGHTS in session.trace.values

    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.VIEW | Change.THEME):
            return
        session = self.session
        if not self.wanted(session):
            self.data, self._at = None, None
            return
        self.data = attention_of(session)
        lane = session.trace.schedule
        self._beats = tuple(way[self.data.offset :] for way in (lane.forward("attention"), lane.backward("attention")))
        symbol = self._symbol()
        self._title.setText(self.tr("What each step attends to"))
        self._of_levels.setText(symbol)
        self._of_decades.setText(self._gradient(symbol))
        self._levels.set_scale(levels_scale(self.tr("the row's largest") if session.view.normalise else "1"))
        self._levels.set_theme(session.theme)
        self._decades.set_theme(session.theme)
        if self._at is not None and not (self._at[0] < self.data.steps[0] and self._at[1] < self.data.steps[1]):
            self._at = None
        self.canvas.setAccessibleName(self._title.text())
        self.canvas.setAccessibleDescription(self._description(self.data))
        self.resized()

    def _gradient(self, symbol: str) -> str:
        """The gradient on what has this symbol, as the notation writes it; of one step's share of the loss."""
        share, notation = self.session.view.share_at, self.session.notation
        if share is None:
            return notation.gradient.of(False, symbol)
        return f"∂{Style(False, share, notation).symbol(None, 'ℓ')}/∂{symbol}"

    def _symbol(self, i: int | None = None, j: int | None = None) -> str:
        """ "αᵢⱼ" as the chain's row has its letter, or "α(2′, 5)"."""
        row = next(each for each in rows(self.session.trace, self.session.notation) if each.name == "attention")
        letter = row.lines[0]
        return f"{letter}ᵢⱼ" if i is None or j is None else f"{letter}({i + 1}′, {j + 1})"

    def _description(self, data: Attention) -> str:
        """The picture in a sentence."""
        strongest = np.nanargmax(np.where(np.isfinite(data.weights), data.weights, -1.0), axis=1)
        words = self.tr("step {i} attends most to step {j}, with {a}")
        parts = [
            words.format(i=data.written[i], j=data.read[j], a=spoken(float(data.weights[i, j])))
            for i, j in enumerate(strongest[:12])
        ]
        more = self.tr(", and so on for {n} steps").format(n=len(strongest)) if len(strongest) > len(parts) else ""
        return f"{'; '.join(parts)}{more}."

    def forget_picture(self) -> None:
        self._picture = None

    def fit_header(self) -> None:
        room = self.card.width() - self._title.sizeHint().width() - 70
        legends = ((self._of_decades, self._decades), (self._of_levels, self._levels))
        for pair in reversed(legends):
            room -= sum(widget.sizeHint().width() + 10 for widget in pair)
            for widget in pair:
                widget.setVisible(room >= 0)

    # --- time --------------------------------------------------------------------------------------------------------
    def now(self) -> tuple[int, ...]:
        """The live column, how many rows the forward pass has done, and the first one (from 0) that the backward pass
        has."""
        session, line = self.session, self.session.timeline
        forward, backward = self._beats
        done = int(np.searchsorted(forward, line.forward_done(session.position), side="right"))
        behind = int((backward <= line.backward_done(session.position)).sum())
        return self.live, done, len(backward) - behind

    def show_time(self, position: float) -> None:
        if self.data is not None and self.now() != self._drawn:
            self.canvas.update()

    @property
    def at(self) -> tuple[int, int] | None:
        """The weight (i, j), from 0, that is read off."""
        return self._at

    def reached(self, i: int) -> tuple[bool, bool]:
        """Whether the playhead has been at row i (from 0): forward, backward."""
        _, done, reached = self.now()
        return i < done, i >= reached

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        data = self.data
        if data is None:
            return
        if self._picture is None or self._picture.axes.devicePixelRatio() != self.ratio():
            self._picture = self._render(data)
        picture, theme = self._picture, self.session.theme
        live, done, reached = self._drawn = self.now()
        forward = self.session.time.phase == "forward"
        if 0 < live <= data.offset:
            columns = self.session.columns
            box = picture.first.rect
            place = band(columns.x(live), columns.column, box.top() - 18, box.top() + picture.first.row * data.steps[0])
            draw_band(painter, place.intersected(box.adjusted(-2, -18, 2, 0)), theme, forward)
        painter.drawPixmap(0, 0, picture.axes)
        for frame, matrix, first, last in (
            (picture.first, picture.weights, 0, done - 1),
            (picture.second, picture.gradients, reached, data.steps[0] - 1),
        ):
            if last >= first:
                painter.save()
                painter.setClipRect(frame.span(first, last))
                painter.drawPixmap(0, 0, matrix)
                painter.restore()
        row = live - data.offset - 1
        if row >= 0:
            colour = theme.forward_text if forward else theme.backward_text
            for frame in (picture.first, picture.second):
                outline(painter, frame.span(row, row), colour, theme.outline, theme.panel)
        if self._at is not None:
            self._draw_readout(painter, picture, *self._at)

    def _layout(self, data: Attention) -> AttentionLayout:
        symbol = self._symbol()
        captions = symbol, self._gradient(symbol)
        return AttentionLayout(data, self.session.columns, self.plot, self.small_font(), captions)

    def frames(self, data: Attention) -> tuple[MatrixFrame, MatrixFrame]:
        """Where the two matrices lie."""
        return self._layout(data).frames

    def _render(self, data: Attention) -> Picture:
        layout = self._layout(data)
        first, second = layout.frames
        font = self._cell_font()
        there = np.where(data.present, np.uint32(0xFFFFFFFF), np.uint32(0))
        theme = self.session.theme
        largest = data.weights.max(axis=1, keepdims=True) if self.session.view.normalise else 1.0
        with np.errstate(all="ignore"):
            weights = level_colours(data.weights / largest, theme) & there
        gradients = gradient_colours(data.gradients, LOW, HIGH, theme) & there
        return Picture(
            self._painted(lambda painter: layout.draw_around(painter, theme)),
            self._painted(lambda p: draw_matrix(p, first, weights, weight_texts(data.weights, first, font), font)),
            self._painted(
                lambda p: draw_matrix(p, second, gradients, gradient_texts(data.gradients, second, font), font)
            ),
            first,
            second,
        )

    def _painted(self, draw) -> QPixmap:
        self.renders += 1
        return painted(self.picture_size(), self.ratio(), draw)

    def _cell_font(self) -> QFont:
        font = self.small_font()
        font.setPixelSize(max(font.pixelSize() - 1, self.session.theme.digit_px))
        return font

    # --- reading off -------------------------------------------------------------------------------------------------
    def readout(self) -> list[tuple[str, str]]:
        """(name, value) of the weight that is read off, and of its gradient once that is there."""
        if self._at is None or self.data is None:
            return []
        i, j = self._at
        _, done, reached = self.now()
        symbol = self._symbol(i, j)
        found = [(symbol, number(float(self.data.weights[i, j]), 4) if i < done else "–")]
        gradient = number(float(self.data.gradients[i, j]), 4, sign=True) if i >= reached else "–"
        return [*found, (self._gradient(symbol), gradient)]

    def _draw_readout(self, painter: QPainter, picture: Picture, i: int, j: int) -> None:
        theme = self.session.theme
        for frame in (picture.first, picture.second):
            outline(painter, frame.cell(i, j).intersected(frame.rect), theme.ink, 1.6, theme.panel)
        cell = picture.first.cell(i, j)
        heading = f"{self.data.written[i]} ← {self.data.read[j]}" if self.data is not None else ""
        rows = [(name, value, theme.ink) for name, value in self.readout()]
        at = QPointF(cell.center().x() + min(cell.width() / 2, 20), cell.center().y())
        self.draw_readout(painter, at, heading, rows)

    # --- mouse and keys ----------------------------------------------------------------------------------------------
    def _hit(self, place: QPointF | None) -> tuple[int, int] | None:
        if place is None or self._picture is None:
            return None
        return self._picture.first.hit(place) or self._picture.second.hit(place)

    def _select(self, i: int, j: int) -> None:
        """Selects the weight that step i of the decoder gives step j of the encoder."""
        if self.data is not None:
            self.session.select(Selection("attention", self.data.offset + i + 1, unit=j))

    def own_keys(self) -> frozenset[Qt.Key]:
        if self.data is None:
            return frozenset()
        if self._at is None:
            return frozenset(_BEGINS)
        return frozenset((*_ARROWS, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape))

    def key(self, key: Qt.Key) -> bool:
        data = self.data
        if data is None or key not in self.own_keys():
            return False
        if key == Qt.Key.Key_Escape:
            self._at = None
        elif key not in _ARROWS and self._at is not None:
            self._select(*self._at)
        elif self._at is None:
            self._at = (max(0, self.live - data.offset - 1), 0)
        else:
            (down, right), (i, j) = _ARROWS[key], self._at
            self._at = (min(max(i + down, 0), data.steps[0] - 1), min(max(j + right, 0), data.steps[1] - 1))
        if self._at is not None:
            self.session.columns.reveal(self._at[1] + 1)
            self.canvas.setAccessibleDescription(self.sentence(*self._at))
            announce(self.canvas)
        self.canvas.update()
        return True

    def sentence(self, i: int, j: int) -> str:
        """One weight in words."""
        if self.data is None:
            return ""
        said = ", ".join(f"{name} = {value}" for name, value in self.readout())
        words = self.tr("Step {i} that is written, step {j} that is read: {said}.")
        return words.format(i=self.data.written[i], j=self.data.read[j], said=said)
