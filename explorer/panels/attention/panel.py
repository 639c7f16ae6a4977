"""What every step that writes attends to: the weights a_ij of attention, and ∂L/∂a_ij once the gradient was there; the
live step's as arcs from the encoder, or all of them as a matrix."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.chain.rows import rows
from core.network.attention import WEIGHTS
from core.notation.equations import Style
from core.timeline.timeline import BACKWARD
from explorer.items.legends import MapLegend, decades_scale, levels_scale
from explorer.items.pixmaps import painted
from explorer.items.plots.attention.matrix import MatrixFrame
from explorer.panels.attention.accessible import AttentionItems
from explorer.panels.attention.arcs import ArcPicture
from explorer.panels.attention.matrix import MatrixPicture
from explorer.panels.attention.scene import Attention, Now, Setting, attention_of
from explorer.panels.columns.column_panel import CellsPanel
from explorer.session.session import Change, Selection, Session
from explorer.style.decades import HIGH, LOW
from explorer.style.numbers import number, spoken
from explorer.widgets.accessible import announce
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import clauses, ended

_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_BracketLeft: (0, -1),
    Qt.Key.Key_BracketRight: (0, 1),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
_BEGINS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)


ARCS, MATRIX = "arcs", "matrix"
# lower than the segments of a toolbar: the header takes its height from the picture
_LOW = "QPushButton { padding: 0px 8px; } QPushButton:focus { padding: 0px 7px; }"
_LOW_HEIGHT = 2.0  # in heights of the type
LEAST_HEIGHT = 150  # px
_SHARES = 12  # in how many pictures the arcs of a step grow


class AttentionPanel(CellsPanel):
    """The decoder's steps above the encoder's, with an arc for each weight of the live one; or two matrices, rows for
    the decoder's steps, columns for the encoder's."""

    name = "attention"
    names_steps = False  # it names its rows and columns itself
    remembered = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.canvas.accessible_items = AttentionItems(self)
        self.keys = (
            (self.tr("[ ] ↑ ↓"), self.tr("move the readout")),
            (self.tr("Return"), self.tr("select the attention of its step")),
        )
        self._title = text_label("title")
        self.ways = SegmentedControl(
            (
                (ARCS, self.tr("arcs"), self.tr("The decoder above the encoder, with the arcs of the live step.")),
                (MATRIX, self.tr("matrix"), self.tr("Every weight at once: a row for each step of the decoder.")),
            )
        )
        self.ways.setAccessibleName(self.tr("picture of attention"))
        self.ways.setStyleSheet(_LOW)
        self.ways.currentChanged.connect(self.choose)
        self._levels, self._decades = MapLegend(levels_scale(), 44), MapLegend(decades_scale(LOW, HIGH), 44)
        self._of_levels, self._of_decades = text_label("small"), text_label("small")
        self.card.header.addWidget(self._title)
        self.card.header.addWidget(self.ways)
        self.card.header.addStretch(1)
        for widget in (self._of_levels, self._levels, self._of_decades, self._decades):
            self.card.header.addWidget(widget)
        self.renders = 0  # how often a picture was painted; tests count them
        self.data: Attention | None = None
        self._matrix = MatrixPicture()
        self._pictures = {ARCS: ArcPicture(), MATRIX: self._matrix}
        self._setting: Setting | None = None
        self._beats = (np.zeros(0, dtype=int), np.zeros(0, dtype=int))
        self._shown = Now()
        self.setMinimumHeight(LEAST_HEIGHT)

    # --- what is shown -----------------------------------------------------------------------------------------------
    def wanted(self, session: Session) -> bool:
        return WEIGHTS in session.trace.values

    def chosen(self) -> str:
        return self.ways.current()

    def choose(self, chosen: object) -> None:
        if isinstance(chosen, str) and chosen in self._pictures:
            self.ways.setCurrent(chosen)
            self._at = None
            self.canvas.update()

    def commands(self) -> dict:
        return {"attention": self._choose_other}

    def _choose_other(self) -> None:
        """The other picture of attention."""
        if self.wanted(self.session):
            self.choose(MATRIX if self.chosen() == ARCS else ARCS)
        else:
            self.session.message.emit(self.tr("This run has no attention: choose that structure under Structure."))

    @property
    def _picture(self) -> ArcPicture | MatrixPicture:
        return self._pictures[self.chosen()]

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
        said = clauses(parts)
        if len(strongest) > len(parts):
            return self.tr("{steps}, and so on for {n} steps.").format(steps=said, n=len(strongest))
        return ended(said)

    def forget_picture(self) -> None:
        self._setting = None
        for picture in self._pictures.values():
            picture.forget()

    def fit_header(self) -> None:
        self.ways.setMaximumHeight(round(_LOW_HEIGHT * self.session.theme.enlarged.font_px))
        self.ways.setVisible(not self.presented)
        room = self.card.width() - self._title.sizeHint().width() - 46
        room -= 0 if self.presented else self.ways.sizeHint().width() + 10
        legends = [(self._of_levels, self._levels), (self._of_decades, self._decades)]
        widths = [sum(widget.sizeHint().width() + 10 for widget in pair) for pair in legends]
        back = self._backward()
        for k, pair in enumerate(legends):
            both = sum(widths) <= room
            for widget in pair:
                widget.setVisible(both or (widths[k] <= room and back == (k == 1)))

    def _backward(self) -> bool:
        """Whether the gradients are what is looked at."""
        return Now(phase=self.session.time.phase).behind or self.session.time.phase == BACKWARD

    # --- time --------------------------------------------------------------------------------------------------------
    def now(self) -> Now:
        """Where the passes are, the grown share of arcs in a few steps."""
        session, line = self.session, self.session.timeline
        forward, backward = self._beats
        done = int(np.searchsorted(forward, line.forward_done(session.position), side="right"))
        behind = int((backward <= line.backward_done(session.position)).sum())
        time = session.time
        grown = self.chosen() == ARCS and self.data is not None and time.t > self.data.offset
        share = int(time.fraction * _SHARES) / _SHARES if grown else 1.0
        return Now(self.live, done, len(backward) - behind, time.phase, share)

    def show_time(self, position: float) -> None:
        if self.data is None:
            return
        now = self.now()
        if (now.behind or now.phase == BACKWARD) != (self._shown.behind or self._shown.phase == BACKWARD):
            self.fit_header()  # where there is room for one legend, that of the pass
        if now != self._shown:
            self.canvas.update()

    def show_selection(self) -> None:
        self.canvas.update()

    @property
    def _chosen_weight(self) -> tuple[int, int] | None:
        """The weight (i, j), from 0, that is selected; with none of a step's own its largest is not meant."""
        selection, data = self.session.selection, self.data
        if data is None or selection is None or selection.row != "attention" or selection.unit is None:
            return None
        i = selection.t - data.offset - 1
        return (i, selection.unit) if 0 <= i < data.steps[0] and selection.unit < data.steps[1] else None

    @property
    def at(self) -> tuple[int, int] | None:
        """The weight (i, j), from 0, that is read off."""
        return self._at

    def reached(self, i: int) -> tuple[bool, bool]:
        """Whether the playhead has been at row i (from 0): forward, backward."""
        now = self.now()
        return i < now.done, i >= now.reached

    # --- painting ----------------------------------------------------------------------------------------------------
    def setting(self, data: Attention) -> Setting:
        """What the pictures are drawn with."""
        if self._setting is None or self._setting.data is not data or self._setting.ratio != self.ratio():
            symbol = self._symbol()
            self._setting = Setting(
                data, self.session.columns, self.plot, self.small_font(), self._digits(),
                (symbol, self._gradient(symbol)), self.session.view.normalise, self.session.theme, self.ratio(),
                self._painted,
            )  # fmt: skip
        return self._setting

    def paint(self, painter: QPainter) -> None:
        data = self.data
        if data is None:
            return
        setting, now = self.setting(data), self.now()
        self._shown = now
        self._picture.paint(painter, setting, now, self._at, self._chosen_weight)
        if self._at is not None:
            self._draw_readout(painter, setting, *self._at)

    def frames(self, data: Attention) -> tuple[MatrixFrame, MatrixFrame]:
        """Where the two matrices lie."""
        return self._matrix.frames(self.setting(data))

    def box(self, i: int, j: int) -> QRectF:
        """Where the weight (i, j) stands, px."""
        return QRectF() if self.data is None else self._picture.box(i, j, self.setting(self.data))

    def _painted(self, draw) -> QPixmap:
        self.renders += 1
        return painted(self.picture_size(), self.ratio(), draw)

    def _digits(self) -> QFont:
        font = self.small_font()
        font.setPixelSize(max(font.pixelSize() - 1, self.session.theme.digit_px))
        return font

    # --- reading off -------------------------------------------------------------------------------------------------
    def readout(self) -> list[tuple[str, str]]:
        """(name, value) of the weight that is read off, and of its gradient once that is there."""
        if self._at is None or self.data is None:
            return []
        i, j = self._at
        forward, backward = self._picture.known(i, self.now(), self.data.offset)
        symbol = self._symbol(i, j)
        found = [(symbol, number(float(self.data.weights[i, j]), 4) if forward else "–")]
        gradient = number(float(self.data.gradients[i, j]), 4, sign=True) if backward else "–"
        return [*found, (self._gradient(symbol), gradient)]

    def _draw_readout(self, painter: QPainter, setting: Setting, i: int, j: int) -> None:
        theme = self.session.theme
        heading = f"{setting.data.written[i]} ← {setting.data.read[j]}"
        rows = [(name, value, theme.ink) for name, value in self.readout()]
        self.draw_readout(painter, self._picture.pointed(i, j, setting), heading, rows)

    # --- mouse and keys ----------------------------------------------------------------------------------------------
    def _hit(self, place: QPointF | None) -> tuple[int, int] | None:
        if place is None or self.data is None:
            return None
        return self._picture.hit(place, self.setting(self.data), self.now(), self._at)

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
